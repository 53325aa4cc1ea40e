"""Remarks: what is the matter with a submission, in a few words."""

import msgspec
import pytest

from grader.autograde.remark import remark_of
from grader.records import Feedback, Speed, TestRecord, Verdict
from grader.worker.imports import refused_imports

REFUSED = refused_imports("import matplotlib.pyplot as plt", "gates", ["gates"], "numpy")[0].sentence


def record(verdict=Verdict.FAILED, message="", likely="", task="slope"):
    feedback = Feedback(message=message, likely=likely)
    return TestRecord("lines", task, "line.test", "test", True, 2.0, 0.0, verdict, feedback)


def test_nothing_to_remark():
    assert remark_of([record(Verdict.PASSED), record(Verdict.NO_GPU), record(Verdict.SKIPPED)]) == ""
    assert remark_of([]) == ""


LOSING = [verdict for verdict in Verdict if not (verdict.meaning.costs_nothing or verdict is Verdict.PASSED)]


@pytest.mark.parametrize("verdict", LOSING)
def test_a_remark_is_never_empty_where_points_are_lost(verdict):
    assert remark_of([record(Verdict.PASSED), record(verdict)]).endswith(": slope")


def test_the_costliest_cause_is_named_first():
    tests = [
        record(Verdict.FAILED),
        record(Verdict.TIMED_OUT, task="residuals"),
        record(Verdict.TIMED_OUT, task="residuals"),
        record(likely="The kernel is flipped."),
        record(Verdict.NOT_ATTEMPTED, task="last"),
    ]
    assert remark_of(tests) == "timed out: residuals; the kernel is flipped; wrong: slope; and 1 more cause"


def test_a_remark_says_out_of_how_many_points_the_rest_was_measured():
    tests = [record(Verdict.FAILED), record(Verdict.GRADER_ERROR, task="a"), record(Verdict.TOO_NOISY, task="b")]
    assert remark_of(tests) == (
        "wrong: slope; measured out of 2 of 6 points (grader error: a, too noisy to time, run it again: b)"
    )
    assert remark_of([record(Verdict.PASSED), tests[2]]) == (
        "measured out of 2 of 4 points (too noisy to time, run it again: b)"
    )


def test_a_right_answer_that_is_slow_is_told_as_slow():
    slow = msgspec.structs.replace(record(Verdict.FAILED), speed=Speed(2.0, 1.9, 2.1, 9, "one thread"), earned=1.0)
    assert remark_of([slow]) == "slower than the highest tier: slope"


def test_a_student_cannot_write_the_remark():
    told = record(Verdict.CRASHED, "slope raised RuntimeError: the file grader.py is missing")
    assert "grader.py" not in remark_of([told])


def test_all_open_is_not_attempted():
    assert remark_of([record(Verdict.NOT_ATTEMPTED)] * 3) == "not attempted"
    assert remark_of([record(Verdict.NOT_ATTEMPTED), record(Verdict.PASSED)]) == "not attempted: slope"


@pytest.mark.parametrize(
    ("message", "remark"),
    [
        ("neuron.py does not load: SyntaxError: line 12: invalid syntax: def", "syntax error in neuron.py, line 12"),
        ("neuron.py does not load: SyntaxError: never closed (neuron.py, line 3)", "syntax error in neuron.py, line 3"),
        ("neuron.py does not load: line 7: invalid syntax", "syntax error in neuron.py, line 7"),
        ("neuron.py does not load: NameError: name 'nump' is not defined", "neuron.py does not load: NameError"),
        ("gates.py does not load: SyntaxError: neuron.py, line 3: never closed", "syntax error in neuron.py, line 3"),
        ("the file neuron.py is missing", "neuron.py is missing"),
        ("needs step of neuron.py: neuron.py is missing", "neuron.py is missing"),
        ("needs step of neuron.py: neuron.py does not define it", "neuron.py lacks step"),
        ("there is no step in neuron.py", "neuron.py lacks step"),
        (
            "needs step of neuron.py: neuron.py does not load: SyntaxError: neuron.py, line 3: never closed",
            "syntax error in neuron.py, line 3",
        ),
        (
            "gates.py does not load: needs step of neuron.py: neuron.py does not load: KeyError: 1 (neuron.py, line 9)",
            "neuron.py does not load: KeyError",
        ),
        (f"gates.py does not load: {REFUSED}", "gates.py would load without line 1: imports matplotlib.pyplot"),
    ],
)
def test_a_file_that_does_not_load_is_named(message, remark):
    tests = [record(Verdict.PASSED), record(Verdict.CRASHED, message), record(likely="It is flipped. Do not.")]
    assert remark_of(tests).split("; ")[0] == remark


def test_an_import_that_is_not_on_the_list_is_a_class_of_its_own():
    there = Feedback(message=f"gates.py does not load: {REFUSED}", where=("gates.py, line 40: plt.style.use(",))
    at_load = msgspec.structs.replace(record(Verdict.BLOCKED), feedback=there)
    assert remark_of([at_load]) == "gates.py would load without lines 1 and 40: imports matplotlib.pyplot"
    missing = record(Verdict.CRASHED, "the file fast.py is missing")
    both = "fast.py is missing; gates.py would load without lines 1 and 40: imports matplotlib.pyplot"
    assert remark_of([missing, at_load]) == both
    used = record(Verdict.BLOCKED, REFUSED)
    assert remark_of([used]) == "uses matplotlib.pyplot, which may not be imported: gates.py, line 1"
    assert remark_of([record(Verdict.BLOCKED, "this task is written without aten::conv2d")]) == "blocked: slope"


def test_the_cause_goes_before_what_it_brings_about():
    follows = record(Verdict.CRASHED, "gates.py does not load: ModuleNotFoundError: No module named 'student.neuron'")
    assert remark_of([follows, record(Verdict.CRASHED, "the file neuron.py is missing")]) == "neuron.py is missing"
    broken = record(Verdict.CRASHED, "neuron.py does not load: SyntaxError: line 12: invalid syntax")
    assert remark_of([follows, broken]) == "syntax error in neuron.py, line 12"


@pytest.mark.parametrize(
    ("verdict", "message", "follows", "remark"),
    [
        (
            Verdict.CRASHED,
            "ValueError: oops",
            "ValueError: oops (neuron.py, line 9)",
            "neuron.py does not load: ValueError",
        ),
        (Verdict.CRASHED, "KeyboardInterrupt", "KeyboardInterrupt", "neuron.py does not load: KeyboardInterrupt"),
        (Verdict.BLOCKED, "reading is not allowed", "reading is not allowed", "neuron.py does not load: reading"),
    ],
)
def test_a_file_that_does_not_load_goes_before_one_that_costs_less(verdict, message, follows, remark):
    tests = [
        record(Verdict.CRASHED, "the file fast.py is missing", task="fast"),
        record(verdict, f"neuron.py does not load: {message}", task="step"),
        record(Verdict.CRASHED, f"needs step of neuron.py: neuron.py does not load: {follows}"),
    ]
    assert remark_of(tests).startswith(remark)
    assert remark_of(tests).endswith("; fast.py is missing")


@pytest.mark.parametrize(
    ("verdict", "message"),
    [
        (Verdict.TIMED_OUT, "loading neuron.py did not return in time"),
        (Verdict.OUT_OF_MEMORY, "loading neuron.py needs more memory"),
        (Verdict.CRASHED, "loading neuron.py ended its process"),
    ],
)
def test_a_file_whose_loading_ends_the_worker_costs_what_needs_it_too(verdict, message):
    tests = [
        record(Verdict.CRASHED, "the file fast.py is missing", task="fast"),
        record(verdict, f"{message} (5 s)", task="step"),
        record(Verdict.CRASHED, f"needs step of neuron.py: neuron.py does not load: {message} (5 s)"),
    ]
    assert remark_of(tests) == f"{message}; fast.py is missing"


def test_the_most_frequent_misconceptions_are_named_shortly():
    tests = [
        record(likely="The bias is missing: add it."),
        record(likely="The kernel is flipped. Layers slide it as it is."),
        record(likely="The kernel is flipped. Layers slide it as it is."),
        record(likely="BN uses the biased variance. Use it here."),
    ]
    assert remark_of(tests) == "the kernel is flipped; the bias is missing; BN uses the biased variance"
    assert remark_of(tests[3:]) == "BN uses the biased variance"


def test_limits_are_named_with_their_tasks():
    tests = [record(Verdict.TIMED_OUT), record(Verdict.TIMED_OUT), record(Verdict.OUT_OF_MEMORY, task="residuals")]
    assert remark_of(tests) == "timed out: slope; out of memory: residuals"


def test_what_cost_points_goes_before_mistakes_of_the_graders_own():
    tests = [record(Verdict.CRASHED, "the file a.py is missing"), record(Verdict.GRADER_ERROR, "ZeroDivisionError")]
    assert remark_of(tests) == "a.py is missing; measured out of 2 of 4 points (grader error: slope)"
