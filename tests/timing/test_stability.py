"""The benchmark of the races' stability: its submissions stand where they should, its counts count."""

import argparse
import json
import subprocess
import sys
import time
from datetime import date

import pytest

from grader.course.medals import Thresholds, medals_of, placed, read_tiers
from grader.course.registry import load_course
from grader.records import Result, Speed, Status, TestRecord, Verdict
from grader.submissions.parsing import normalized_source
from tests.benchmarks import identical
from tests.benchmarks import timing_stability as module
from tests.benchmarks.timing_stability import NONE, REFERENCE, ROOT, Seen, load, record_of, repeated, subjects, table

TASK = "softmax_cross_entropy_fast"


def speed(ratio, tier):
    return Speed(ratio, ratio, ratio, 9, "one thread of a CPU", tier)


def test_each_submission_is_made_for_the_middle_of_its_tier():
    made = subjects(load_course(ROOT), "activations", TASK)
    tiers = medals_of(read_tiers(ROOT / "tests/hidden/activations/tiers.toml")[TASK]["cpu"])
    for name, subject in made.items():
        for ratio in (0.92 * subject.meant, subject.meant, 1.08 * subject.meant):
            reached, _ = placed(ratio, tiers)
            assert (reached.name if reached else NONE) == name
        compile(subject.files["fast"], "fast.py", "exec")
    assert len({subject.files["fast"] for subject in made.values()}) == 4


def test_work_is_repeated_and_the_answer_stays():
    scope = {}
    exec(repeated("calls = []\ndef twice(x):\n    calls.append(x)\n    return 2 * x\n", "twice", 3), scope)
    assert (scope["twice"](4), scope["calls"]) == (8, [4, 4, 4])


def test_a_tier_that_no_number_of_solutions_reaches_is_refused():
    entry = Thresholds(1.2, 1.5, 1.9, 1.0, 9.0, "a CPU", date(2031, 5, 1), "a command")
    with pytest.raises(SystemExit, match="well within silver"):
        module.times_for("silver", entry)


def test_other_tiers_other_ends_and_noise_are_counted_apart():
    seen = Seen("gold")
    seen.take(Verdict.PASSED, speed(1.0, "gold"), "")
    seen.take(Verdict.FAILED, speed(1.7, "silver"), "gold needs less")
    seen.take(Verdict.FAILED, None, "the result is wrong")
    seen.take(Verdict.TOO_NOISY, None, "too busy")
    figures = seen.summary()
    assert (figures["measured"], figures["another tier"], figures["too noisy"]) == (2, 2, 1)
    assert figures["others"] == ["silver at 1.700", "failed: the result is wrong"]
    assert figures["ratio"]["median"] == 1.35


def test_below_bronze_is_right_for_who_should_have_nothing_and_torch_has_no_tier():
    nothing, reference = Seen(NONE), Seen(REFERENCE)
    nothing.take(Verdict.FAILED, speed(9.0, ""), "")
    reference.take(Verdict.PASSED, speed(1.04, ""), "")
    reference.take(Verdict.PASSED, speed(1.06, ""), "")
    assert nothing.others == reference.others == []
    lines = table({NONE: nothing, REFERENCE: reference})
    assert lines[-1] == "torch against itself within 0.95 to 1.05: 1 of 2"


def test_the_record_says_where_when_how_and_under_which_load(tmp_path):
    options = argparse.Namespace(unit="activations", task=TASK, tier="sealed", load=7)
    record = record_of(options, {REFERENCE: Seen(REFERENCE)}, [1.5, 2.5], 61.2)
    module.write(tmp_path / "records" / "a.json", record)
    kept = json.loads((tmp_path / "records" / "a.json").read_text(encoding="utf-8"))
    assert kept["rounds"] == 2
    assert kept["load average by round"] == [1.5, 2.5]
    assert kept["load"] == "all cores in bursts, seed 7"
    assert kept["command"].startswith("python tests/benchmarks/timing_stability.py")
    assert kept["device"].startswith("one thread of ")
    assert kept["date"][:2] == "20"


def graded(name, *speeds, verdict=Verdict.PASSED):
    tests = tuple(
        TestRecord("activations", "gelu_fast", f"fast.test_{number}", "t", True, 3.0, 3.0, verdict, speed=speed)
        for number, speed in enumerate(speeds)
    )
    return Result(name, "activations", Status.GRADED, tests=tests)


def test_identical_code_is_counted_by_what_is_shown_and_earned():
    gold, silver = speed(1.0, "gold"), speed(1.7, "silver")
    same = [graded(name, gold, None) for name in "abc"]
    assert identical.is_one_medal(identical.medals(same), 3)
    assert identical.table(identical.medals(same), 3)[:2] == [
        "3 identical submissions",
        "gelu_fast, fast.test_0: 1 medal",
    ]
    other = [*same[:2], graded("c", silver, None, verdict=Verdict.FAILED)]
    assert not identical.is_one_medal(identical.medals(other), 3)
    noisy = [*same[:2], graded("c", None, None, verdict=Verdict.TOO_NOISY)]
    assert not identical.is_one_medal(identical.medals(noisy), 3)
    assert not identical.is_one_medal(identical.medals([graded("a", None)]), 1)  # nothing was timed


def test_who_hands_in_the_same_code_hands_in_another_text(tmp_path):
    course = load_course(ROOT)
    identical.hand_in(course, "activations", tmp_path, range(4))
    texts = [path.read_text(encoding="utf-8") for path in sorted(tmp_path.glob("*/activations/fast.py"))]
    assert len(set(texts)) == 4
    assert len({normalized_source(text) for text in texts}) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_load_is_there_and_ends_with_its_block(monkeypatch):
    started = []
    original = subprocess.Popen

    def start(command, **options):
        started.append(original(command, **options))
        return started[-1]

    monkeypatch.setattr(module.subprocess, "Popen", start)
    monkeypatch.setattr(module, "usable_cores", lambda: 1)
    with load(None):
        assert started == []
    with load(3):
        (burner,) = started
        time.sleep(0.2)
        assert burner.poll() is None
    assert burner.returncode is not None
