"""What is shown of wrong numbers: all of a few, a window of many, both sides aligned, and the type where it matters."""

from typing import Any

import numpy as np
import pytest
import torch

from grader.judge import check
from grader.judge.outcomes import CheckFailed
from grader.judge.side_by_side import FEW, arguments_written_out, everything_shown, with_numbers
from grader.records import Feedback


def told(value: Any, expected: Any) -> Feedback:
    with pytest.raises(CheckFailed) as failed:
        check(value, "out").equals(expected)
    return failed.value.feedback()


def test_few_numbers_are_shown_in_columns_of_one_width() -> None:
    failure = told(np.array([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[1.0, 2.0], [3.0, -0.25]], dtype=torch.float64))
    assert failure.got == "[[    1     2]\n [    3     4]]"
    assert failure.expected == "[[    1     2]\n [    3 -0.25]]"


def test_of_many_numbers_the_neighbourhood_of_the_first_wrong_one_is_shown() -> None:
    reference = np.arange(2 * 9 * 9.0).reshape(2, 9, 9)
    answer = reference.copy()
    answer[1, 4, 8] = -1.0
    failure = told(answer, reference)
    assert failure.got.splitlines()[0] == failure.expected.splitlines()[0] == "at [1, 2:7, 4:9]:"
    assert failure.got.splitlines()[3] == " [121 122 123 124  -1]"
    assert failure.expected.splitlines()[3] == " [121 122 123 124 125]"


@pytest.mark.parametrize(("place", "window"), [(0, "at [0:5]:"), (50, "at [48:53]:"), (99, "at [95:100]:")])
def test_a_window_stays_within_the_array(place: int, window: str) -> None:
    answer = np.zeros(100)
    answer[place] = 1.0
    assert told(answer, np.zeros(100)).got.startswith(window)


def test_everything_is_shown_where_it_is_asked_for() -> None:
    with everything_shown(True):
        assert told(np.zeros(FEW + 1), np.ones(FEW + 1)).got.count("0") == FEW + 1
    assert told(np.zeros(FEW + 1), np.ones(FEW + 1)).got.count("0]") == 1


def test_digits_go_on_until_the_numbers_differ() -> None:
    failure = told(np.array([1.0, 2.00000001]), np.array([1.0, 2.0]))
    assert (failure.got, failure.expected) == ("[         1 2.00000001]", "[         1          2]")
    assert told(0.30000004, 0.3).got == "0.30000004"


@pytest.mark.parametrize(
    ("value", "expected", "shown"),
    [
        (2.0, 2, ("2, a float", "2, an int")),
        (np.float32(2), 2.0, ("2, a float32", "2, a float")),
        (np.float32(2), np.float64(2), ("2, a float32", "2, a float64")),
        (np.int64(2), torch.tensor(2.0), ("2, an int64", "2, a float32")),
        ("2", 2, ("'2'", "2")),
    ],
)
def test_the_type_is_told_where_the_printed_forms_are_the_same(
    value: Any, expected: Any, shown: tuple[str, str]
) -> None:
    failure = told(value, expected)
    assert (failure.got, failure.expected) == shown


def test_a_wrong_shape_or_dtype_comes_with_the_numbers() -> None:
    failure = told(np.zeros((2, 1)), np.ones((1, 2)))
    assert (failure.got, failure.expected) == ("float64 (2, 1):\n[[0]\n [0]]", "float64 (1, 2): [[1 1]]")
    failure = told(np.array([1, 2]), np.array([1.0, 2.0]))
    assert (failure.got, failure.expected) == ("int64 (2,): [1 2]", "float64 (2,): [1 2]")
    assert with_numbers(np.zeros(FEW + 1)) == f"float64 ({FEW + 1},)"


def test_texts_and_empty_arrays_have_no_numbers() -> None:
    assert told(np.array(["a"]), np.array(["b"])).got == "<U1 (1,)"
    assert with_numbers(np.zeros((0, 3))) == "float64 (0, 3)"
    assert with_numbers(torch.eye(2).to_sparse()) == "tensor float32 (2, 2)"


def test_small_arguments_are_written_out_by_name() -> None:
    args = (np.eye(2), np.zeros(1000), 3)
    text = arguments_written_out(("w", "x"), args, {"parts": [np.ones(2, dtype=np.float32), torch.ones(1)]})
    assert text == "w = [[1 0]\n     [0 1]]\nparts[0] = [1 1]\nparts[1] = [1]"
    assert arguments_written_out((), (np.ones(1),), {}) == "argument 1 = [1]"


def test_a_failure_outside_of_a_grading_is_aligned_too() -> None:
    with pytest.raises(CheckFailed) as failed:
        check(np.eye(2)).equals(np.zeros((2, 2)))
    lines = str(failed.value).splitlines()
    assert lines[1:3] == ["got       [[1 0]", "           [0 1]]"]
