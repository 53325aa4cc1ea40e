"""`grade calibrate`: what is written, kept and refused. The measurements are made up; races have tests of their own."""

import shutil
import time
from pathlib import Path

import pytest
import torch

from grader.cli.bench import lines_of
from grader.cli.place import Place
from grader.course.medals import read_tiers
from grader.course.registry import load_course
from grader.errors import CourseError, NotFoundError, UnavailableError
from grader.judge.outcomes import NoGpu
from grader.records import Isolation
from grader.records.speeds import Measurement
from grader.timing import calibrate as module
from grader.timing.calibrate import calibrate, round_on
from tests.timing.stand_in import NAME, StandIn, ThreadLauncher

TRACK = Path(__file__).parent / "track"


def measurement(ratio, reference=0.008):
    return Measurement(ratio, 0.98 * ratio, 1.02 * ratio, 25, "one thread of a CPU", ratio * reference, reference)


@pytest.fixture
def course(tmp_path):
    shutil.copytree(TRACK, tmp_path / "course")
    return load_course(tmp_path / "course")


@pytest.fixture
def rounds(monkeypatch):
    """Return what each round measures, solution and naive version; tests change it."""
    measured = [
        (measurement(1.0), measurement(9.0)),
        (measurement(1.2), measurement(8.0)),
        (measurement(1.1), measurement(10.0)),
    ]
    monkeypatch.setattr(module, "_round", lambda course, unit, task, launcher: measured.pop(0))
    monkeypatch.setattr(module, "use_one_thread", lambda: None)
    return measured


def calibrated(course, *tasks):
    return calibrate(course, "quick", tasks, Isolation.SELF, lambda step: None)


def tiers(course):
    return read_tiers(course.root / "tests/hidden/quick/tiers.toml")


def test_the_slowest_round_of_the_solution_and_the_fastest_of_the_naive_version_decide(course, rounds):
    (calibration,) = calibrated(course, "cube_fast")
    entry = tiers(course)["cube_fast"]["cpu"]
    assert (entry.solution, entry.naive, entry.gold, entry.bronze) == (1.2, 8.0, 1.5, 5.6)
    assert entry.silver == pytest.approx((1.5 * 5.6) ** 0.5, rel=1e-2)
    assert entry.command == "grade calibrate quick"
    assert entry.device
    assert lines_of(calibration)[0] == "torch: 8.0 ms of CPU time a call"
    assert lines_of(calibration)[-1] == "tiers: gold 1.50, silver 2.90, bronze 5.60"


def test_other_tasks_and_devices_keep_their_thresholds(course, rounds):
    path = course.root / "tests/hidden/quick/tiers.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + text.replace("cube_fast", "broken_fast"))
    before = tiers(course)
    calibrated(course, "cube_fast")
    after = tiers(course)
    assert after["broken_fast"] == before["broken_fast"]
    assert after["cube_fast"]["gpu_float32"] == before["cube_fast"]["gpu_float32"]
    assert after["cube_fast"]["cpu"] != before["cube_fast"]["cpu"]


def test_a_naive_version_as_fast_as_the_solution_is_refused_and_nothing_is_written(course, rounds):
    rounds[:] = [(measurement(1.0), measurement(1.5))] * 3
    before = tiers(course)
    with pytest.raises(CourseError, match=r"the naive version takes 1\.50 x the solution's time"):
        calibrated(course, "cube_fast")
    assert tiers(course) == before


def test_a_reference_that_is_too_quick_is_refused(course, rounds):
    rounds[:] = [(measurement(1.0, 0.001), measurement(9.0, 0.001))] * 3
    with pytest.raises(CourseError, match=r"torch needs 1\.00 ms .* 2 ms are the least"):
        calibrated(course, "cube_fast")


def test_only_timed_tasks_can_be_calibrated(course, rounds):
    with pytest.raises(NotFoundError, match='no timed task "cube"') as missing:
        calibrated(course, "cube")
    assert missing.value.hint == "timed: cube_fast, broken_fast"


def test_without_a_gpu_nothing_is_measured_there(course, monkeypatch):
    def none():
        raise NoGpu("this machine has no GPU that torch can use")

    monkeypatch.setattr("grader.timing.gpu.require_gpu", none)
    before = tiers(course)
    with pytest.raises(UnavailableError, match="no GPU that torch can use") as missing:
        calibrate(course, "quick", ("cube_fast",), Isolation.SELF, lambda step: None, gpu=("float32",))
    assert missing.value.hint.startswith("on a machine with an NVIDIA card: the same command")
    assert tiers(course) == before


def test_on_a_gpu_every_dtype_has_an_entry_of_its_own(course, monkeypatch):
    monkeypatch.setattr("grader.timing.gpu.require_gpu", lambda: StandIn(shares=False))
    monkeypatch.setattr(module, "use_one_thread", lambda: None)
    asked = []

    def measured(device, dtype, course, unit, task, *, launcher):
        asked.append((device.name, dtype, task.name))
        return measurement(1.0 if dtype == "float32" else 1.2, 0.001), measurement(9.0, 0.001)

    monkeypatch.setattr("grader.timing.calibrate.round_on", measured)
    dtypes = ("float32", "bfloat16")
    calibrations = calibrate(course, "quick", ("cube_fast",), Isolation.SELF, lambda step: None, gpu=dtypes)
    assert asked == [(NAME, dtype, "cube_fast") for dtype in dtypes for _ in range(module.ROUNDS_ON_DEVICE)]
    entries = tiers(course)["cube_fast"]
    assert (entries["gpu_float32"].gold, entries["gpu_bfloat16"].gold) == (1.25, 1.5)
    assert entries["gpu_bfloat16"].device == NAME
    assert entries["gpu_bfloat16"].command == "grade calibrate quick --gpu --dtype bfloat16"
    assert "cpu" in entries
    assert lines_of(calibrations[0])[0] == f"torch: 1.000 ms a call on {NAME}"


@pytest.fixture
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("one_thread")
def test_a_round_on_a_device_is_a_race_behind_walls_of_the_tier(course, monkeypatch):
    """The race is real, on a stand-in: the solution of the track is the reference's equal, the naive one is not."""
    monkeypatch.setattr("grader.timing.calibrate.USUAL", 3)
    monkeypatch.setattr("grader.timing.noise.SLOWED", 100.0)
    monkeypatch.setattr("grader.timing.measuring.WALL", 1000)
    monkeypatch.setattr("grader.timing.on_device.time.perf_counter", time.process_time)  # whatever else runs here
    monkeypatch.setattr("grader.timing.gpu_state.lock_paths", lambda: (course.root / "card.lock",))
    monkeypatch.setattr("grader.timing.on_device.AT_ONCE", 3)  # about as long as one naive call
    monkeypatch.setattr("grader.timing.noise.QUIET", (0.2, 5.0))  # that races are noisy is no matter here
    unit = course.unit("quick")
    launcher = ThreadLauncher()
    device = StandIn(shares=False)
    solution, naive = round_on(device, "float32", course, unit, unit.timed_tasks[0], launcher=launcher)
    assert solution.ratio > 0.2
    assert naive.ratio > 1.3  # three times as a rule
    assert solution.device == f"{NAME}, float32"
    assert solution.details.startswith("batches of ")


def test_what_a_dtype_is_without_a_gpu_is_a_mistake_in_the_command(course):
    from click.testing import CliRunner

    from grader.cli.bench import calibrate as command

    done = CliRunner().invoke(command, ["quick", "--dtype", "float32"], obj=Place(course.root))
    assert done.exit_code == 2
    assert "add --gpu" in done.output
