"""`check` sees every difference, in the order type, shape, dtype, finite, value."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from grader.judge.comparison import TOLERANCES, check, to_torch
from grader.judge.outcomes import CheckFailed

FINITE = st.floats(-1e3, 1e3)
EXPECTED = np.array([[1.0, -2.0, 3.0], [4.0, 5.0, -6.0]])


def told(value: object, expected: object, **options: float) -> CheckFailed:
    with pytest.raises(CheckFailed) as caught:
        check(value).equals(expected, **options)
    return caught.value


@given(arrays(np.float64, array_shapes(max_dims=4, max_side=4), elements=FINITE))
def test_every_array_equals_itself_as_array_and_as_tensor(array: np.ndarray) -> None:
    check(array).equals(array)
    check(array).equals(to_torch(array))


@given(arrays(np.float64, array_shapes(max_dims=3, max_side=4), elements=FINITE), st.data())
def test_one_wrong_entry_is_found_and_named(array: np.ndarray, data: st.DataObject) -> None:
    index = tuple(data.draw(st.integers(0, size - 1)) for size in array.shape)
    wrong = array.copy()
    wrong[index] += 1e-4 * max(1.0, float(np.abs(array).max()))
    assert f"at 1 of {array.size} places, first at {list(index)}" in told(wrong, array).told.differs


@pytest.mark.parametrize(
    ("value", "message", "got"),
    [
        (None, "the result has the wrong type", "None"),
        (
            [[1.0, -2.0, 3.0], [4.0, 5.0, -6.0]],
            "the result has the wrong type",
            "list of 2 ([1.0, -2.0, 3.0], [4.0, 5.0, -6.0])",
        ),
        (3.0, "the result has the wrong type", "float 3"),
        (EXPECTED.T, "the result has the wrong shape", "float64 (3, 2):\n[[ 1  4]\n [-2  5]\n [ 3 -6]]"),
        (EXPECTED[:1], "the result has the wrong shape", "float64 (1, 3): [[ 1 -2  3]]"),
        (np.float64(1.0), "the result has the wrong shape", "float64 1"),
        (EXPECTED.astype("f4"), "the result has the wrong dtype", "float32 (2, 3):\n[[ 1 -2  3]\n [ 4  5 -6]]"),
        (EXPECTED.astype(int), "the result has the wrong dtype", "int64 (2, 3):\n[[ 1 -2  3]\n [ 4  5 -6]]"),
        (EXPECTED * np.nan, "the result is not finite", "[[nan nan nan]\n [nan nan nan]]"),
        (np.where(EXPECTED > 4, np.inf, EXPECTED), "the result is not finite", "[[  1  -2   3]\n [  4 inf  -6]]"),
        (-EXPECTED, "the result is wrong", "[[-1  2 -3]\n [-4 -5  6]]"),
    ],
)
def test_the_first_difference_in_kind_is_told(value: object, message: str, got: str) -> None:
    failure = told(value, to_torch(EXPECTED))
    assert (failure.told.message, failure.told.got) == (message, got)


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
def test_tolerances_let_rounding_pass_and_nothing_larger(dtype: str) -> None:
    rng = np.random.default_rng(0)
    expected = rng.uniform(1, 2, 50).astype(dtype)
    rtol, share = TOLERANCES[dtype]
    check((expected.astype("f8") * (1 + 0.4 * rtol)).astype(dtype)).equals(expected)
    told((expected.astype("f8") * (1 + 4 * rtol) + 4 * share).astype(dtype), expected)


def test_nan_is_equal_to_nan_only_where_it_is_expected() -> None:
    expected = np.array([1.0, np.nan, np.inf])
    check(expected.copy()).equals(expected)
    told(np.array([1.0, 2.0, np.inf]), expected)
    told(np.array([1.0, np.nan, -np.inf]), expected)


def test_numbers_may_be_python_s_or_numpy_s() -> None:
    for value in (0.5, np.float64(0.5), np.array(0.5)):
        check(value).equals(0.5)
    assert told(0.25, 0.5).told.differs == "largest error 0.25, relative 0.5"
    assert told(True, 0.5).told.message == "the result has the wrong type"


def test_integers_strings_and_truth_are_exact() -> None:
    check(np.int64(3)).equals(3)
    check("a").equals("a")
    for value, expected in ((3.0, 3), (True, 1), (1, True), ("a", "b"), (None, 0)):
        told(value, expected)


def test_containers_are_compared_item_by_item() -> None:
    check([1, np.ones(2)]).equals((1, torch.ones(2, dtype=torch.float64)))
    assert told([1, np.zeros(2)], (1, np.ones(2))).told.message == "the result[1] is wrong"
    assert told({"w": np.zeros(2)}, {"w": np.ones(2)}).told.message == "the result['w'] is wrong"
    assert told({"v": 1}, {"w": 1}).told.message == "the result has the wrong keys"
    told([1], [1, 2])


def test_empty_arrays_are_compared_by_shape() -> None:
    check(np.empty((0, 3))).equals(np.empty((0, 3)))
    told(np.empty((3, 0)), np.empty((0, 3)))


def test_an_object_with_an_equality_of_its_own_wins_nothing() -> None:
    class Always:
        def __eq__(self, other: object) -> bool:
            return True

        def __array__(self, *args: object) -> np.ndarray:
            return EXPECTED

        __hash__ = None  # type: ignore[assignment]  # not asked for

    for expected in (EXPECTED, 1.5, 3, "a", (1, 2), {"a": 1}, None):
        told(Always(), expected)


def test_statements_carry_their_credit() -> None:
    check(3, "epochs").holds(True, "fine")
    with pytest.raises(CheckFailed, match="epochs: 3 where 2 are enough") as caught:
        check(3, "epochs").holds(False, "3 where 2 are enough", credit=0.5)
    assert caught.value.credit == 0.5


def test_a_wrong_plane_can_be_drawn_around_its_first_wrong_place() -> None:
    right = np.zeros((2, 3, 100, 50))
    wrong = right.copy()
    wrong[1, 2, 90, 7] = 5.0
    slices = told(wrong, right).slices()
    assert slices.place == "[1, 2, 68:100, 0:32]"
    assert slices.got[90 - 68][7] == 5.0
    assert {len(slices.got), len(slices.expected), *map(len, slices.got)} == {32}


@pytest.mark.parametrize("right", [np.zeros(3), np.zeros((3, 1)), np.array(1.0), np.zeros((2, 2), complex)])
def test_what_has_no_plane_cannot_be_drawn(right: np.ndarray) -> None:
    assert told(right + 1, right).slices() is None


def test_what_is_not_finite_has_no_number_in_a_plane() -> None:
    assert told(np.full((2, 2), np.nan), np.zeros((2, 2))).slices().got == ((None, None), (None, None))
