"""What is kept of a hidden test's record: below `everything` nothing that a submission could have chosen."""

import pytest
from msgspec.structs import asdict

from grader.records import Cause, CauseKind, Feedback, TestRecord, Verdict
from grader.records.disclosure import ABOUT_THE_MACHINE, Level, disclosed

LOUD = Feedback(
    message="step raised Seen_3_4: 17",
    called="step(x float64 (3, 4))",
    given="x = [17]",
    got="17",
    expected="18",
    differs="at 1 of 1 places",
    likely="The threshold counts as below it.",
    where=("neuron.py, line 17: raise",),
    near=("neuron.py, line 17: while",),
    printed="17",
    replay="a117",
    review="17",
    cause=Cause(CauseKind.WRONG_RESULT),
)


def record(verdict=Verdict.FAILED, feedback=LOUD, *, hidden=True, test="neuron.test_step_agrees", title="step agrees"):
    return TestRecord("perceptron", "step", test, title, hidden, 2.0, 0.0, verdict, feedback, seconds=17.0)


def texts(test):
    return (
        " ".join(str(value) for value in asdict(test.feedback).values()) + f" {test.title} {test.test} {test.seconds}"
    )


@pytest.mark.parametrize("level", [Level.NAME, Level.PROPERTY])
@pytest.mark.parametrize("verdict", [one for one in Verdict if one.meaning.look not in ABOUT_THE_MACHINE])
def test_nothing_of_a_hidden_call_is_kept(level, verdict):
    kept = disclosed(record(verdict), level)
    assert "17" not in texts(kept)
    assert "3, 4" not in texts(kept)
    assert (kept.earned, kept.points, kept.verdict, kept.title) == (0.0, 2.0, verdict, "step agrees")


def test_the_property_level_has_the_kind_of_failure_and_the_mistake_s_name():
    kept = disclosed(record(), Level.PROPERTY).feedback
    assert (kept.message, kept.likely) == ("the result is not the expected one", "The threshold counts as below it.")
    raised = Feedback(message="step raised X: 17", where=("neuron.py, line 17: raise",))
    assert disclosed(record(feedback=raised), Level.PROPERTY).feedback.message == "your code raised an exception"
    broken = Feedback(message="step changed x", cause=None)
    assert disclosed(record(feedback=broken), Level.PROPERTY).feedback.message == "the property does not hold"


def test_a_file_that_does_not_load_is_named_without_the_words_of_its_exception():
    cause = Cause(CauseKind.EXCEPTION, "neuron.py", 17, "Seen_3_4")
    kept = disclosed(record(Verdict.CRASHED, Feedback("neuron.py does not load: 17", cause=cause)), Level.PROPERTY)
    assert kept.feedback.message == "neuron.py cannot be loaded: grade run shows why"
    assert kept.feedback.cause == Cause(CauseKind.EXCEPTION, "neuron.py")


def test_points_with_a_reference_below_say_so_and_other_messages_of_such_tests_do_not():
    given = Feedback("right, given a right step; mend step first", cause=Cause(CauseKind.GIVEN, name="step"))
    assert disclosed(record(Verdict.PASSED, given), Level.PROPERTY).feedback.message.startswith("right, given")
    partly = Feedback("step raised X: 17", cause=Cause(CauseKind.GIVEN, name="step"))
    assert "17" not in texts(disclosed(record(Verdict.FAILED, partly), Level.PROPERTY))


def test_a_case_is_not_part_of_the_title():
    kept = disclosed(record(test="neuron.test_step_agrees[17-4]", title="step agrees (17-4)"), Level.PROPERTY)
    assert (kept.test, kept.title) == ("neuron.test_step_agrees", "step agrees")


def test_a_medal_is_shown_at_every_level():
    race = Feedback(message="silver needs 1.2", timed="1.4 x torch's time · bronze", review="17")
    for level in Level:
        kept = disclosed(record(feedback=race), level).feedback
        assert kept.timed == race.timed
        assert not kept.review
    assert disclosed(record(feedback=race), Level.PROPERTY).feedback.message == "silver needs 1.2"


@pytest.mark.parametrize("level", list(Level))
def test_visible_tests_are_shown_whole_without_the_instructor_s_notes(level):
    kept = disclosed(record(hidden=False), level)
    assert kept.feedback.got == "17"
    assert kept.feedback.replay == "a117"
    assert not kept.feedback.review


def test_everything_is_everything_but_a_replay_that_the_student_cannot_run():
    kept = disclosed(record(), Level.EVERYTHING).feedback
    assert (kept.got, kept.printed, kept.replay, kept.review) == ("17", "17", "", "")
