"""The comparison against exact arithmetic: integers by equality, real and complex numbers by fractions."""

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from grader.judge.comparison import TOLERANCES, check
from grader.judge.outcomes import CheckFailed

INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
ROUNDING = {"float64": 1e-12, "float32": 1e-5, "float16": 1e-9}
"""Distance from the edge of its tolerance within which a number of this dtype may pass or fail."""


def passes(value: Any, expected: Any, **tolerance: float) -> bool:
    try:
        check(value).equals(expected, **tolerance)
    except CheckFailed:
        return False
    return True


def extremes(dtype: str) -> st.SearchStrategy[int]:
    info = np.iinfo(dtype)
    return st.sampled_from([info.min, info.min + 1, 0, 1, info.max - 1, info.max]) | st.integers(info.min, info.max)


@given(st.data(), st.sampled_from(INTEGERS))
def test_integers_are_compared_by_equality(data: st.DataObject, dtype: str) -> None:
    mine, theirs = data.draw(extremes(dtype)), data.draw(extremes(dtype))
    kind = np.dtype(dtype).type
    same = mine == theirs
    assert passes(mine, theirs) is passes([mine], [theirs]) is same
    assert passes(kind(mine), theirs) is passes(mine, kind(theirs)) is same
    assert passes(np.array([mine], dtype), np.array([theirs], dtype)) is same
    assert passes(mine, np.array(theirs, dtype)) is same
    assert passes(np.array([mine], dtype), np.array([theirs], dtype), rtol=1.0, atol=10.0) is same


@given(st.integers(), st.integers())
def test_integers_of_any_size_are_compared_by_equality(mine: int, theirs: int) -> None:
    assert passes(mine, theirs) is passes({"n": mine}, {"n": theirs}) is (mine == theirs)
    assert passes(mine << 900, theirs << 900) is (mine == theirs)


@pytest.mark.parametrize("dtype", ["int64", "uint64", "int32", "int8", "uint8", "bool"])
def test_tensors_of_integers_are_compared_by_equality(dtype: str) -> None:
    kind = getattr(torch, dtype)
    assert passes(torch.tensor([1, 0], dtype=kind), torch.tensor([1, 0], dtype=kind))
    assert not passes(torch.tensor([1, 1], dtype=kind), torch.tensor([1, 0], dtype=kind))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([-(2**63)], [0]),
        (np.array([-(2**63)]), np.array([0])),
        (np.array([-128], "int8"), np.array([0], "int8")),
        (np.array([2**64 - 1], "uint64"), np.array([2**64 - 2], "uint64")),
        (np.array([2**53 + 1]), np.array([2**53])),
        (-1, np.array(2**64 - 1, "uint64")),
        (complex(3, 999), 3.0),
        (complex(3, 999), np.array(3.0)),
        (np.complex128(3), 3.0),
        (np.array([3 + 9j]), np.array([3.0])),
        (3.5, np.array(3)),
        (3.0, np.array(3)),
        (True, np.array(1)),
        (1, np.array(True)),
        (2**8190, 3.0),
        (-(2**8190), 3.0),
        (2**70, np.array(3)),
        ({True}, {1}),
        ({1.0}, {1}),
        ({(1, True)}, {(1, 1)}),
        ({True: "a"}, {1: "a"}),
        (np.array([True]), np.array([False])),
        (np.array(["a"]), np.array(["b"])),
        (np.array([1.7e308]), np.array([-1.7e308])),
        (np.array([60000.0], "f2"), np.array([-60000.0], "f2")),
        (np.array([3e38], "f4"), np.array([-3e38], "f4")),
        (np.array([5e-324]), np.array([0.0])),
        (complex(math.inf, 0), complex(0, math.inf)),
        (complex(1.7e308, 1.7e308), complex(-1.7e308, -1.7e308)),
        (np.datetime64("2026-01-01"), 1.0),
        (np.zeros(1, [("a", "f8")]), np.zeros(1)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_equal_fails_and_is_told(value: Any, expected: Any) -> None:
    with pytest.raises(CheckFailed) as failure:
        check(value).equals(expected, rtol=0.0, atol=0.0)
    assert len(str(failure.value)) < 1000


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, 3.0),
        (2**53 + 1, 2.0**53),
        (3, 3 + 0j),
        (0.0, -0.0),
        (np.array([np.inf, np.nan, -0.0]), np.array([np.inf, np.nan, 0.0])),
        (np.array(["a", "bc"]), np.array(["a", "bc"], "U9")),
        ({np.int64(1)}, {1}),
        ({np.str_("a"): 1}, {"a": 1}),
        (np.array([1.7e308]), np.array([1.7e308])),
        (torch.tensor([1.0], dtype=torch.bfloat16), torch.tensor([1.0], dtype=torch.bfloat16)),
        (np.empty((0, 3), int), np.empty((0, 3), int)),
        (np.array(True), np.array(True)),
        (True, np.array(True)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_equal_passes(value: Any, expected: Any) -> None:
    assert passes(value, expected)


def rounded(number: float, dtype: str) -> float:
    """Return a number in the precision of a dtype; beyond its largest number it is infinite."""
    with np.errstate(over="ignore"):
        return float(np.asarray(number, dtype))


@given(st.data(), st.sampled_from(["float64", "float32", "float16"]))
def test_real_numbers_are_held_to_their_tolerance(data: st.DataObject, dtype: str) -> None:
    width = int(dtype.removeprefix("float"))
    reals = st.floats(width=width, allow_nan=False, allow_infinity=False)  # type: ignore[arg-type]  # 16, 32 or 64
    expected = data.draw(reals)
    near = st.floats(-3, 3).map(lambda step: rounded(expected * (1 + step * TOLERANCES[dtype][0]), dtype))
    mine = data.draw(reals | near.filter(math.isfinite))
    rtol, atol = data.draw(st.sampled_from([(0.0, 0.0), (1e-3, 0.0), (0.0, 1e-3), (1e-6, 1e-9)]))
    allowed = Fraction(atol) + Fraction(rtol) * abs(Fraction(expected))
    gap = abs(Fraction(mine) - Fraction(expected))
    assume(abs(gap - allowed) > Fraction(ROUNDING[dtype]) * allowed or gap == allowed == 0)
    assume(not allowed or allowed > Fraction(1, 10**30))  # below, the tolerance itself is rounded away
    arrays_close = passes(np.array([mine], dtype), np.array([expected], dtype), rtol=rtol, atol=atol)
    assert arrays_close is (gap <= allowed)


@given(st.integers(), st.floats(allow_nan=False, allow_infinity=False))
def test_an_integer_is_held_to_a_real_reference_with_all_its_digits(mine: int, expected: float) -> None:
    assert passes(mine, expected, rtol=0.0, atol=0.0) is (Fraction(mine) == Fraction(expected))


@given(
    arrays(np.complex128, array_shapes(max_dims=2, max_side=3), elements=st.complex_numbers(max_magnitude=1e6)),
    st.sampled_from([1, 1j, -1, 1 + 1j]),
)
def test_complex_numbers_differ_in_each_part(expected: np.ndarray, direction: complex) -> None:
    assert passes(expected, expected)
    room = 1e-6 * max(1.0, float(np.abs(expected).max()))
    assert not passes(expected + direction * room, expected)
    assert passes(expected + direction * room * 1e-7, expected)


@settings(max_examples=200, phases=[Phase.generate])
@given(st.data())
def test_every_pair_of_plain_values_has_an_answer(data: st.DataObject) -> None:
    """Whatever comes is compared or refused: no exception of another kind, whichever side it stands on."""
    scalars = st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.complex_numbers(), st.text(max_size=3), st.binary(),
        st.sampled_from([2**8190, -(2**1000), np.float16(7), np.uint64(2**64 - 1), np.bool_(True), np.complex64(1j)]),
        st.sampled_from(["int8", "uint64", "float16", "complex64", "bool", "U3", "S2"]).map(
            lambda name: np.ones(2, name)
        ),
        st.sampled_from(["int64", "bfloat16", "float32", "bool", "uint64"]).map(
            lambda name: torch.ones(2, dtype=getattr(torch, name))
        ),
    )  # fmt: skip
    values = scalars | st.lists(scalars, max_size=2) | st.dictionaries(st.sampled_from("ab"), scalars, max_size=2)
    passes(data.draw(values), data.draw(values))
