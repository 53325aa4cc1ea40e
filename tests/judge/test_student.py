"""The proxy on code of this process: handles and references are the remote side's, everything else is common."""

import numpy as np
import pytest

from grader.judge.local import LocalTransport
from grader.judge.outcomes import CheckFailed, NotAttempted, StudentRaised
from grader.judge.student import Student


def adds_in_place(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    x += y
    return x


def student_of(*functions: object, wrap: bool = True) -> Student:
    table = {function.__name__: function for function in functions}  # type: ignore[attr-defined]
    return Student(LocalTransport(table.__getitem__, wrap=wrap), {})


def test_the_reference_sees_what_the_student_saw() -> None:
    x = np.ones(3)
    student_of(adds_in_place).adds_in_place(x, x)
    assert (x == 1).all()


def test_a_changed_argument_is_named() -> None:
    with pytest.raises(CheckFailed, match="adds_in_place changes its argument number 1 in place"):
        student_of(adds_in_place).adds_in_place.keeping_arguments(np.ones(3), np.ones(3))


def test_nan_in_an_argument_is_not_a_change() -> None:
    def reads(x: np.ndarray) -> float:
        return float(x[0])

    student_of(reads).reads.keeping_arguments(np.array([1.0, np.nan]))


def test_a_refusal_may_be_of_a_derived_class() -> None:
    def refuses() -> None:
        raise np.linalg.LinAlgError("singular")  # derives from ValueError

    def refuses_otherwise() -> None:
        raise KeyError("k")

    student = student_of(refuses, refuses_otherwise)
    student.refuses.refuses(ValueError)
    with pytest.raises(StudentRaised):
        student.refuses_otherwise.refuses(ValueError)


def test_a_stub_is_not_attempted() -> None:
    def stub() -> None:
        raise NotImplementedError("unit.stub")

    with pytest.raises(NotAttempted, match=r"unit\.stub is not written yet"):
        student_of(stub).stub()


def test_without_wrapping_exceptions_stay_what_they_are() -> None:
    def broken() -> None:
        raise KeyError("k")

    with pytest.raises(KeyError):
        student_of(broken, wrap=False).broken()
