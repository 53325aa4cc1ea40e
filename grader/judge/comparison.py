"""`check(value)`: comparison with a reference by type, shape, dtype, finiteness and value, in this order.

Tolerances follow the dtype of the reference. For float64 a different order of summation changes a result by about 1e-15
of the largest term. So `rtol` 1e-9 and `atol` 1e-11 times the largest reference value leave a margin of four digits and
still detect a wrong epsilon. Closeness is torch's: ``|value - expected| <= atol + rtol * |expected|``.
"""

import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

import numpy as np

from grader.judge.describe import describe, dtype_name, is_array, number, shape_text, typed, with_type
from grader.judge.outcomes import CheckFailed, WrongValue
from grader.judge.side_by_side import NUMERIC, drawable, side_by_side, told_apart, with_numbers
from grader.records import Cause, CauseKind, Slices

TOLERANCES = {  # dtype of the reference: (rtol, atol as a share of the largest reference value)
    "float64": (1e-9, 1e-11),
    "complex128": (1e-9, 1e-11),
    "float32": (1e-4, 1e-5),
    "complex64": (1e-4, 1e-5),
    "float16": (1e-2, 1e-3),
    "bfloat16": (2e-2, 1e-2),
}
PLAIN_SIZES = {"float64": 1e300, "float32": 1e37}
"""Largest reference, by dtype, whose differences are finite in that dtype."""

ADMITTED = {"b": (bool,), "i": (int,), "u": (int,), "f": (int, float), "c": (int, float, complex)}
"""Python numbers accepted for a scalar array, by kind of dtype: complex is not accepted for real."""


def to_torch(*arrays: Any, grad: bool = False) -> Any:
    """Return copies of arrays as tensors, for the reference.

    Parameters
    ----------
    *arrays : ndarray
    grad : bool
        Whether the tensors require gradients.

    Returns
    -------
    Tensor or tuple of Tensor
        One tensor for one array, a tuple for several.
    """
    import torch

    made = tuple(torch.from_numpy(np.array(array, order="C")).requires_grad_(grad) for array in arrays)
    return made[0] if len(made) == 1 else made


RESULT = "the result"  # name in messages of a value that the test does not name


def check(value: Any, name: str = RESULT) -> "Check":
    """Start a comparison: ``check(out).equals(expected)``.

    Parameters
    ----------
    value : object
        Value that the student's code returned.
    name : str
        Name of the value in messages: ``check(dw, "dw")``.

    Returns
    -------
    Check
    """
    return Check(value, name)


class Check:
    """Student's value that is to be compared."""

    def __init__(self, value: Any, name: str) -> None:
        self.value = value
        self.name = name

    def equals(self, expected: Any, *, rtol: float | None = None, atol: float | None = None) -> None:
        """Fail the test unless the value is the expected one.

        Parameters
        ----------
        expected : Tensor, ndarray, number, str, bool, None, list, tuple or dict of these
            Arrays and floats are compared within tolerance, everything else exactly.
        rtol, atol : float, optional
            Tolerances; by default they follow from the reference's dtype.

        Raises
        ------
        CheckFailed
            The value is wrong; the error has the actual and the expected value, and the difference.
        """
        if is_array(expected) or isinstance(expected, float | complex | np.inexact):
            _compare_arrays(self.name, self.value, expected, rtol, atol)
        elif isinstance(expected, list | tuple):
            _compare_sequences(self.name, self.value, expected, rtol, atol)
        elif isinstance(expected, dict):
            _compare_dicts(self.name, self.value, expected, rtol, atol)
        else:
            _compare_exactly(self.name, self.value, expected)

    def has_shape(self, *shape: int) -> None:
        """Fail the test unless the value is an array of this shape."""
        if not is_array(self.value) or tuple(self.value.shape) != shape:
            raise CheckFailed(f"{self.name} has the wrong shape", got=describe(self.value), expected=shape_text(shape))

    def has_dtype(self, dtype: str) -> None:
        """Fail the test unless the value has this dtype, for example ``"float32"``."""
        if not (isinstance(self.value, np.generic) or is_array(self.value)) or dtype_name(self.value) != dtype:
            raise CheckFailed(f"{self.name} has the wrong dtype", got=describe(self.value), expected=dtype)

    def holds(self, condition: Any, statement: str, *, credit: float = 0.0) -> None:
        """Fail the test with a statement about the value unless the condition is true.

        Parameters
        ----------
        condition : bool
        statement : str
            What should be true, with figures: ``"34 mistakes; Novikoff's bound is 12"``.
        credit : float
            Share of the points that is earned if it is false.
        """
        if not bool(condition):
            raise WrongValue(f"{self.name}: {statement}", credit=credit)


def _wrong(
    name: str, got: str, expected: str, differs: str = "", slices: Callable[[], Slices | None] = lambda: None
) -> WrongValue:
    """Return the failure for a wrong value; without a name, actual and expected value describe it fully."""
    cause = Cause(CauseKind.WRONG_RESULT) if name == RESULT and got else None
    return WrongValue(f"{name} is wrong", got=got, expected=expected, differs=differs, cause=cause, slices=slices)


def _compare_exactly(name: str, value: Any, expected: Any) -> None:
    if not _same(value, expected):
        raise _wrong(name, *_described_apart(value, expected))


def _described_apart(value: Any, expected: Any) -> tuple[str, str]:
    """Describe two values; with their types if they look the same otherwise."""
    got, wanted = describe(value), describe(expected)
    return (got, wanted) if got != wanted else (with_type(value), with_type(expected))


def _same(value: Any, expected: Any) -> bool:
    """Return whether two values are equal and of the same kind, including all elements of sets and tuples."""
    kind = _kind(expected)
    if _kind(value) != kind:
        return False
    if kind == "int":
        return int(value) == int(expected)
    if kind == "tuple":
        return len(value) == len(expected) and all(map(_same, value, expected))
    if kind in ("set", "frozenset"):
        return value == expected and _same_elements(value, expected)
    return bool(value == expected)


def _same_elements(values: Iterable[Any], expected: Iterable[Any]) -> bool:
    """Return whether equal elements or keys are also of the same kind: in Python, ``{True} == {1}``."""
    mates = {value: value for value in values}
    return all(_same(mates[element], element) for element in expected)


def _kind(value: Any) -> str:
    """Return the kind of a value: NumPy's and Python's scalars are of one kind, bool and int of two."""
    if isinstance(value, bool | np.bool_):
        return "bool"
    if isinstance(value, int | np.integer):
        return "int"
    return type(value).__name__.removesuffix("_") if isinstance(value, np.str_ | np.bytes_) else type(value).__name__


def _compare_sequences(name: str, value: Any, expected: Any, rtol: float | None, atol: float | None) -> None:
    if not isinstance(value, list | tuple) or len(value) != len(expected):
        raise _wrong(name, describe(value), describe(expected))
    for index, (item, counterpart) in enumerate(zip(value, expected, strict=True)):
        Check(item, f"{name}[{index}]").equals(counterpart, rtol=rtol, atol=atol)


def _compare_dicts(name: str, value: Any, expected: dict[Any, Any], rtol: float | None, atol: float | None) -> None:
    if not isinstance(value, dict) or value.keys() != expected.keys() or not _same_elements(value, expected):
        raise CheckFailed(f"{name} has the wrong keys", got=describe(value), expected=describe(expected))
    for key, item in expected.items():
        Check(value[key], f"{name}[{key!r}]").equals(item, rtol=rtol, atol=atol)


def _compare_arrays(name: str, value: Any, expected: Any, rtol: float | None, atol: float | None) -> None:
    if not _plainly_close(value, expected, rtol, atol):
        _compare_slowly(name, value, expected, rtol, atol)


def _plainly_close(value: Any, expected: Any, rtol: float | None, atol: float | None) -> bool:
    """Return quickly whether two finite values of one dtype and shape are close; False means undecided."""
    answer, reference = _as_numpy(value), _as_numpy(expected)
    if answer is None or reference is None or answer.dtype != reference.dtype or answer.shape != reference.shape:
        return False
    if reference.dtype.kind != "f":
        return bool((answer == reference).all())
    default_rtol, share = TOLERANCES[reference.dtype.name]
    size = np.abs(reference)
    largest = float(size.max()) if size.size else 0.0
    if not largest <= PLAIN_SIZES[reference.dtype.name]:  # a difference could overflow the dtype
        return False
    room = share * max(1.0, largest) if atol is None else atol
    with np.errstate(all="ignore"):
        return bool((np.abs(answer - reference) <= room + (default_rtol if rtol is None else rtol) * size).all())


def _as_numpy(value: Any) -> np.ndarray | None:
    """Return a number, array or tensor as an array, or None if NumPy cannot compare its dtype directly."""
    if type(value) is np.ndarray or isinstance(value, np.floating) or type(value) is float:
        array = np.asarray(value)
    elif is_array(value) and dtype_name(value) != "bfloat16":
        array = value.detach().cpu().resolve_conj().numpy()
    else:
        return None
    return array if array.dtype.kind in "iu" or array.dtype.name in PLAIN_SIZES else None


def _compare_slowly(name: str, value: Any, expected: Any, rtol: float | None, atol: float | None) -> None:
    """Compare values, and fail with a full description if they differ.

    Integers, booleans and strings are compared exactly, whatever the tolerance; real and complex numbers in float64.
    """
    reference = _widened(expected)
    _require_type_shape_dtype(name, value, expected, reference)
    answer = _widened(value)
    if reference.dtype.kind in "fc":
        _require_finite(name, value, expected, answer, reference)
        wrong = _far(value, answer, reference, *_tolerances(expected, reference, rtol, atol))
    else:
        wrong = np.asarray(value != reference.item() if type(value) is int else answer != reference)
    if wrong.any():
        differs = _difference(answer, reference, wrong) if reference.dtype.kind in NUMERIC else ""
        slices = drawable(answer, reference, wrong)
        raise _wrong(name, *_shown(value, expected, answer, reference, wrong), differs, slices)


def _shown(value: Any, expected: Any, answer: np.ndarray, reference: np.ndarray, wrong: np.ndarray) -> tuple[str, str]:
    """Return the numbers of an answer and of the reference; of texts, what they are."""
    if reference.dtype.kind not in NUMERIC:
        return _in_words(value), _in_words(expected)
    if wrong.ndim:
        return side_by_side(answer, reference, wrong)
    return told_apart(value if type(value) is int else answer.item(), reference.item())


def _far(value: Any, answer: np.ndarray, reference: np.ndarray, rtol: float, atol: float) -> np.ndarray:
    """Return a mask of the entries that are too far from a real or complex reference."""
    if type(value) is int and reference.dtype.kind == "f" and np.isfinite(reference):
        return np.asarray(not _exactly_close(value, reference, rtol, atol))
    return ~_close(answer, reference, rtol, atol)


def _tolerances(expected: Any, reference: np.ndarray, rtol: float | None, atol: float | None) -> tuple[float, float]:
    """Return the relative and the absolute tolerance, as given or derived from the reference."""
    default_rtol, share = TOLERANCES.get(_dtype_name(expected), (0.0, 0.0))
    if atol is None:
        finite = np.abs(reference[np.isfinite(reference)])
        atol = share * max(1.0, float(finite.max())) if finite.size else 0.0
    return default_rtol if rtol is None else rtol, atol


def _close(answer: np.ndarray, reference: np.ndarray, rtol: float, atol: float) -> np.ndarray:
    """Return a mask of the entries that are close; equal infinities and expected NaNs count as close."""
    with np.errstate(all="ignore"):
        gap = np.abs(answer - reference)
        near = np.isfinite(gap) & (gap <= atol + rtol * np.abs(reference))
    return np.asarray(near | (answer == reference) | (np.isnan(answer) & np.isnan(reference)))


def _exactly_close(value: int, reference: np.ndarray, rtol: float, atol: float) -> bool:
    """Compare a Python integer, which may have more digits than a float holds."""
    exact = Fraction(reference.item())
    return abs(value - exact) <= Fraction(atol) + Fraction(rtol) * abs(exact)


def _widened(value: Any) -> np.ndarray:
    """Return a number, array or tensor as an array; real numbers as float64, complex ones as complex128."""
    if type(value) is int:
        return np.asarray(_as_float(value))
    if is_array(value) and not isinstance(value, np.ndarray):
        value = value.detach().cpu().resolve_conj()
        value = (value.float() if dtype_name(value) == "bfloat16" else value).numpy()
    array = np.asarray(value)
    wide = {"f": np.float64, "c": np.complex128}.get(array.dtype.kind)
    return array if wide is None else array.astype(wide, copy=False)


def _as_float(value: int) -> float | int:
    """Return an integer that NumPy can hold: unchanged within 64 bits, else the nearest float."""
    if -(2**63) <= value < 2**64:
        return value
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _require_type_shape_dtype(name: str, value: Any, expected: Any, reference: np.ndarray) -> None:
    numeric = is_array(value) or isinstance(value, np.generic)
    if not numeric and not (reference.ndim == 0 and type(value) in ADMITTED.get(reference.dtype.kind, ())):
        raise CheckFailed(f"{name} has the wrong type", got=typed(value), expected=_in_words(expected))
    shape = tuple(value.shape) if numeric else ()
    if shape != reference.shape:
        raise CheckFailed(f"{name} has the wrong shape", got=with_numbers(value), expected=_with_numbers(expected))
    if numeric and _dtype_name(value) != _dtype_name(expected):
        got, wanted = (
            (with_numbers(value), _with_numbers(expected)) if shape else (with_type(value), with_type(expected))
        )
        raise CheckFailed(f"{name} has the wrong dtype", got=got, expected=wanted)


def _with_numbers(expected: Any) -> str:
    """Describe a reference, with its numbers if they are few; that it is torch's is no business of the answer."""
    has_axes = is_array(expected) and expected.ndim
    return with_numbers(expected).removeprefix("tensor ") if has_axes else _in_words(expected)


def _dtype_name(value: Any) -> str:
    """Return the dtype's name, which is the same for strings of every length."""
    name = dtype_name(value if hasattr(value, "dtype") else np.asarray(value))
    return name[:2] if name.startswith(("<U", ">U", "|S")) else name


def _require_finite(name: str, value: Any, expected: Any, answer: np.ndarray, reference: np.ndarray) -> None:
    wrong = ~np.isfinite(answer) & np.isfinite(reference)
    if wrong.any():
        got, wanted = _shown(value, expected, answer, reference, wrong)
        raise WrongValue(
            f"{name} is not finite",
            got=got,
            expected=wanted,
            differs=f"{_places(wrong)}{_instead(answer, reference, wrong)}",
            slices=drawable(answer, reference, wrong),
        )


def _in_words(value: Any) -> str:
    """Describe one side of a comparison: numbers by value, arrays by dtype and shape."""
    if is_array(value) and value.ndim:
        return f"{dtype_name(value)} {shape_text(tuple(value.shape))}"
    item = value.item() if is_array(value) or isinstance(value, np.generic) else value
    return number(item) if isinstance(item, int | float | complex) else describe(item)


def _first(mask: np.ndarray) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(int(mask.argmax()), mask.shape))


def _places(mask: np.ndarray) -> str:
    """Describe where a mask is true; empty for a scalar."""
    return f"at {int(mask.sum())} of {mask.size} places, first at {list(_first(mask))}: " if mask.ndim else ""


def _instead(answer: np.ndarray, reference: np.ndarray, wrong: np.ndarray) -> str:
    index = _first(wrong)
    return f"{number(answer[index].item())} instead of {number(reference[index].item())}"


def _difference(answer: np.ndarray, reference: np.ndarray, wrong: np.ndarray) -> str:
    """Describe where an answer differs, with the largest absolute and relative error."""
    index = _first(wrong)
    with np.errstate(all="ignore"):
        gap = np.abs(_as_inexact(answer) - _as_inexact(reference))
        size = np.abs(_as_inexact(reference))
        relative = (gap / size)[wrong & (size > 0)]
    furthest = float(gap[wrong].max())
    if reference.dtype.kind in "iu":  # float64 may not resolve the difference
        furthest = max(furthest, abs(answer[index].item() - reference[index].item()))
    largest = f"largest error {number(furthest)}"
    if relative.size:
        largest += f", relative {number(float(relative.max()))}"
    return f"{_places(wrong)}{_instead(answer, reference, wrong)}; {largest}" if wrong.ndim else largest


def _as_inexact(array: np.ndarray) -> np.ndarray:
    return array if array.dtype.kind in "fc" else array.astype(np.float64)
