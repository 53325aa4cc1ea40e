"""Remarks: what is the matter with a submission, in a few words."""

import msgspec
import pytest

from grader.autograde.remark import remark_of
from grader.course.model import Limits
from grader.judge.remote_error import Known, remote_error
from grader.records import Cause, CauseKind, Feedback, Speed, TestRecord, Verdict

PLOTTED = Cause(CauseKind.IMPORT_AT_LOAD, "gates.py", 1, "matplotlib.pyplot")
ABSENT = Cause(CauseKind.MISSING_FILE, "fast.py")


def record(verdict=Verdict.FAILED, message="", likely="", task="slope", cause=None):
    feedback = Feedback(message=message, likely=likely, cause=cause)
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


IMITATIONS = [
    "the file grader.py is missing",
    "neuron.py does not load: SyntaxError: grader.py, line 3: never closed",
    "loading grader.py ended its process with a kill",
    "needs step of grader.py: grader.py does not define it",
    "grader.py, line 1 imports pandas: pandas is not there when this is graded",
]


@pytest.mark.parametrize("text", IMITATIONS)
@pytest.mark.parametrize("phase", ["load", "call"])
def test_a_student_cannot_write_the_remark(text, phase):
    error = {"kinds": ("RuntimeError", "Exception"), "text": text, "phase": phase, "where": ()}
    ended = remote_error(error, Known(("neuron",), ("slope",))).outcome("slope", "neuron", Limits())
    feedback = ended.feedback()
    assert text in feedback.message
    remark = remark_of([TestRecord("lines", "slope", "line.test", "test", True, 2.0, 0.0, ended.verdict, feedback)])
    assert remark == ("neuron.py does not load: RuntimeError" if phase == "load" else "wrong: slope")


@pytest.mark.parametrize("verdict", LOSING)
@pytest.mark.parametrize("text", IMITATIONS)
def test_no_words_of_a_message_are_read(verdict, text):
    assert remark_of([record(verdict, text)]) == remark_of([record(verdict)])


def test_all_open_is_not_attempted():
    assert remark_of([record(Verdict.NOT_ATTEMPTED)] * 3) == "not attempted"
    assert remark_of([record(Verdict.NOT_ATTEMPTED), record(Verdict.PASSED)]) == "not attempted: slope"


@pytest.mark.parametrize(
    ("cause", "remark"),
    [
        (Cause(CauseKind.SYNTAX_ERROR, "neuron.py", 12), "syntax error in neuron.py, line 12"),
        (Cause(CauseKind.SYNTAX_ERROR, "neuron.py"), "syntax error in neuron.py"),
        (Cause(CauseKind.EXCEPTION, "neuron.py", name="NameError"), "neuron.py does not load: NameError"),
        (Cause(CauseKind.EXCEPTION, "neuron.py"), "neuron.py does not load: an exception"),
        (Cause(CauseKind.MISSING_FILE, "neuron.py"), "neuron.py is missing"),
        (Cause(CauseKind.MISSING_NAME, "neuron.py", name="step"), "neuron.py lacks step"),
        (
            Cause(CauseKind.CIRCULAR_IMPORT, "neuron.py", name="LIMIT"),
            "neuron.py lacks LIMIT while it is loaded: a circular import",
        ),
        (
            Cause(CauseKind.FORBIDDEN, "neuron.py", name="aten::conv2d"),
            "neuron.py does not load: uses aten::conv2d, which is not allowed",
        ),
        (PLOTTED, "gates.py would load without line 1: imports matplotlib.pyplot"),
    ],
)
def test_a_file_that_does_not_load_is_named(cause, remark):
    tests = [record(Verdict.PASSED), record(Verdict.CRASHED, cause=cause), record(likely="It is flipped. Do not.")]
    assert remark_of(tests).split("; ")[0] == remark


def test_an_import_that_is_not_on_the_list_is_a_class_of_its_own():
    at_load = record(Verdict.BLOCKED, cause=msgspec.structs.replace(PLOTTED, used_line=40))
    assert remark_of([at_load]) == "gates.py would load without lines 1 and 40: imports matplotlib.pyplot"
    both = "fast.py is missing; gates.py would load without lines 1 and 40: imports matplotlib.pyplot"
    assert remark_of([record(Verdict.CRASHED, cause=ABSENT), at_load]) == both
    used = record(Verdict.BLOCKED, cause=msgspec.structs.replace(PLOTTED, kind=CauseKind.REFUSED_IMPORT))
    assert remark_of([used]) == "uses matplotlib.pyplot, which may not be imported: gates.py, line 1"
    assert remark_of([record(Verdict.BLOCKED, "this task is written without aten::conv2d")]) == "blocked: slope"


def test_the_cause_goes_before_what_it_brings_about():
    follows = record(Verdict.CRASHED, cause=Cause(CauseKind.EXCEPTION, "neuron.py", name="ModuleNotFoundError"))
    absent = record(Verdict.CRASHED, cause=Cause(CauseKind.MISSING_FILE, "neuron.py"))
    assert remark_of([follows, absent]) == "neuron.py is missing"
    broken = record(Verdict.CRASHED, cause=Cause(CauseKind.SYNTAX_ERROR, "neuron.py", 12))
    assert remark_of([follows, broken]) == "syntax error in neuron.py, line 12"


@pytest.mark.parametrize("name", ["ValueError", "KeyboardInterrupt"])
def test_a_file_that_does_not_load_goes_before_one_that_costs_less(name):
    cause = Cause(CauseKind.EXCEPTION, "neuron.py", name=name)
    tests = [
        record(Verdict.CRASHED, cause=ABSENT, task="fast"),
        record(Verdict.CRASHED, cause=cause, task="step"),
        record(Verdict.CRASHED, cause=cause),
    ]
    assert remark_of(tests) == f"neuron.py does not load: {name}; fast.py is missing"


@pytest.mark.parametrize(
    ("verdict", "kind", "remark"),
    [
        (Verdict.TIMED_OUT, CauseKind.NO_RETURN, "loading neuron.py did not return in time"),
        (Verdict.TIMED_OUT, CauseKind.CPU_TIME, "loading neuron.py used up its CPU time"),
        (Verdict.OUT_OF_MEMORY, CauseKind.MEMORY, "loading neuron.py needs more memory"),
        (Verdict.CRASHED, CauseKind.PROCESS_ENDED, "loading neuron.py ended its process"),
    ],
)
def test_a_file_whose_loading_ends_the_worker_costs_what_needs_it_too(verdict, kind, remark):
    tests = [
        record(Verdict.CRASHED, cause=ABSENT, task="fast"),
        record(verdict, cause=Cause(kind, "neuron.py"), task="step"),
        record(Verdict.CRASHED, cause=Cause(kind, "neuron.py")),
    ]
    assert remark_of(tests) == f"{remark}; fast.py is missing"


@pytest.mark.parametrize("kind", [kind for kind in CauseKind if Cause(kind).keeps_from_loading])
def test_every_cause_of_a_file_has_words(kind):
    assert "neuron.py" in remark_of([record(Verdict.CRASHED, cause=Cause(kind, "neuron.py", 1, "name"))])


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
    tests = [record(Verdict.CRASHED, cause=ABSENT), record(Verdict.GRADER_ERROR, "ZeroDivisionError")]
    assert remark_of(tests) == "fast.py is missing; measured out of 2 of 4 points (grader error: slope)"
