"""Tests that measured nothing are measured again, and no other; sound results stay."""

import msgspec
import pytest

from grader.autograde import again
from grader.autograde.again import is_sound, merged, unsound_tests
from grader.records import Cause, CauseKind, Feedback, Result, Status, TestRecord, Verdict


def record(test, verdict=Verdict.PASSED, earned=2.0, review=""):
    return TestRecord("lines", "slope", test, test, True, 2.0, earned, verdict, Feedback(review=review))


def result(*tests, status=Status.GRADED, **fields):
    return Result("s001", "lines", status, tests=tests, key="k", **fields)


SLOW = record("line.slow", Verdict.NOT_MEASURED, 0.0)
GOLD, NOISY = record("line.fast"), record("line.other", Verdict.TOO_NOISY, 0.0, review="its noise")


def test_only_what_measured_nothing_is_tried_again():
    both = result(GOLD, NOISY, record("line.third", Verdict.GRADER_ERROR, 0.0), record("line.gpu", Verdict.NO_GPU, 0.0))
    assert unsound_tests(both) == ("line.other", "line.third")
    assert again.tests_to_try_alone(both) == ("line.other",)
    assert not is_sound(both)
    assert is_sound(result(GOLD, record("line.gpu", Verdict.NO_GPU, 0.0)))
    assert not is_sound(result(status=Status.GRADER_ERROR))


def test_a_test_measured_again_keeps_the_gold_of_its_neighbour():
    measured = record("line.other", earned=1.0)
    whole = merged(result(GOLD, NOISY, review=("line.py, line 1: x", "slope: its noise")), result(measured))
    assert whole.tests == (GOLD, measured)
    assert whole.earned == 3.0
    assert whole.review == ()


@pytest.mark.parametrize("verdict", [Verdict.TOO_NOISY, Verdict.GRADER_ERROR])
def test_a_sound_record_does_not_give_way_to_an_unsound_one(verdict):
    assert merged(result(GOLD), result(record("line.fast", verdict, 0.0))).tests == (GOLD,)


def test_a_sound_record_gives_way_to_a_sound_one_and_an_unsound_one_to_any():
    worse = record("line.fast", Verdict.FAILED, 0.0)
    assert merged(result(GOLD), result(worse)).tests == (worse,)
    broken = record("line.other", Verdict.GRADER_ERROR, 0.0)
    assert merged(result(NOISY), result(broken)).tests == (broken,)


def test_what_had_no_core_is_tried_alone_and_then_listed_and_left_alone():
    first = result(GOLD, SLOW, review=("line.py, line 1: x",))
    assert again.tests_to_try_alone(first) == ("line.slow",) == unsound_tests(first)
    second = again.settled(merged(first, result(SLOW, review=("line.py, line 1: x",))))
    assert is_sound(second)
    assert second.review == ("line.py, line 1: x", f"slope: {again.NO_CORE_TWICE}")
    assert second.measured == 4.0  # its points stay in what the total is out of
    assert second.earned == 2.0
    assert "not measured" in second.remark


def test_what_has_a_core_when_it_is_tried_alone_counts_as_if_nothing_had_been():
    passed = record("line.slow")
    assert again.settled(merged(result(GOLD, SLOW), result(passed))).tests == (GOLD, passed)


@pytest.mark.parametrize(("cause", "verdict"), [(Cause(CauseKind.GRADER_ENDED), Verdict.FAILED), (None, SLOW.verdict)])
def test_what_ended_the_grader_twice_counts_as_failed_whatever_its_message_says(cause, verdict):
    feedback = Feedback(message="the grader's process ended while it looked at what your code answered", cause=cause)
    (test,) = again.settled(result(msgspec.structs.replace(SLOW, feedback=feedback))).tests
    assert test.verdict is verdict
    assert test.feedback.review == (again.BROKEN_TWICE if cause else again.NO_CORE_TWICE)
