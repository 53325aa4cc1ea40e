"""`grade calibrate`: what is written, kept and refused. The measurements are made up; races have tests of their own."""

import shutil
from pathlib import Path

import pytest

from grader.autograde import calibrate as module
from grader.autograde.calibrate import calibrate
from grader.cli.calibrate import lines_of
from grader.course.registry import load_course
from grader.course.thresholds import read_tiers
from grader.errors import CourseError, NotFoundError
from grader.judge.timing.words import Measurement
from grader.records import Tier

TRACK = Path(__file__).parents[1] / "judge" / "track"


def told(ratio, reference=0.008):
    return Measurement(ratio, 0.98 * ratio, 1.02 * ratio, 25, "one thread of a CPU", ratio * reference, reference)


@pytest.fixture
def course(tmp_path):
    shutil.copytree(TRACK, tmp_path / "course")
    return load_course(tmp_path / "course")


@pytest.fixture
def rounds(monkeypatch):
    """Return what each round measures, solution and naive version; tests change it."""
    measured = [(told(1.0), told(9.0)), (told(1.2), told(8.0)), (told(1.1), told(10.0))]
    monkeypatch.setattr(module, "_round", lambda course, unit, task, launcher: measured.pop(0))
    monkeypatch.setattr(module, "use_one_thread", lambda: None)
    return measured


def calibrated(course, *tasks):
    return calibrate(course, "quick", tasks, Tier.SELF, lambda step: None)


def tiers(course):
    return read_tiers(course.root / "tests/hidden/quick/tiers.toml")


def test_the_slowest_round_of_the_solution_and_the_fastest_of_the_naive_version_decide(course, rounds):
    (found,) = calibrated(course, "cube_fast")
    entry = tiers(course)["cube_fast"]["cpu"]
    assert (entry.solution, entry.naive, entry.gold, entry.bronze) == (1.2, 8.0, 1.5, 5.6)
    assert entry.silver == pytest.approx((1.5 * 5.6) ** 0.5, rel=1e-2)
    assert entry.command == "grade calibrate quick"
    assert entry.device
    assert lines_of(found)[0] == "torch: 8.0 ms of CPU time a call"
    assert lines_of(found)[-1] == "tiers: gold 1.50, silver 2.90, bronze 5.60"


def test_other_tasks_and_devices_keep_their_thresholds(course, rounds):
    path = course.root / "tests/hidden/quick/tiers.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + text.replace("cube_fast.cpu", "cube_fast.gpu") + text.replace("cube_fast", "broken_fast"))
    before = tiers(course)
    calibrated(course, "cube_fast")
    after = tiers(course)
    assert after["broken_fast"] == before["broken_fast"]
    assert after["cube_fast"]["gpu"] == before["cube_fast"]["gpu"]
    assert after["cube_fast"]["cpu"] != before["cube_fast"]["cpu"]


def test_a_naive_version_as_fast_as_the_solution_is_refused_and_nothing_is_written(course, rounds):
    rounds[:] = [(told(1.0), told(1.5))] * 3
    before = tiers(course)
    with pytest.raises(CourseError, match=r"the naive version takes 1\.50 x the solution's time"):
        calibrated(course, "cube_fast")
    assert tiers(course) == before


def test_a_reference_that_is_too_quick_is_refused(course, rounds):
    rounds[:] = [(told(1.0, 0.001), told(9.0, 0.001))] * 3
    with pytest.raises(CourseError, match=r"torch needs 1\.00 ms .* 2 ms are the least"):
        calibrated(course, "cube_fast")


def test_only_timed_tasks_can_be_calibrated(course, rounds):
    with pytest.raises(NotFoundError, match='no timed task "cube"') as missing:
        calibrated(course, "cube")
    assert missing.value.hint == "timed: cube_fast, broken_fast"
