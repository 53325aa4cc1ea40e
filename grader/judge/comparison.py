"""`check(value)`: type, shape, dtype, finite, value, in this order, against a reference.

Tolerances follow the dtype of the reference. For float64 a different order of summation moves a result by some 1e-15 of
the largest term, so `rtol` 1e-9 and `atol` 1e-11 times the largest reference value leave four digits of room and still
see a wrong epsilon. Closeness is torch's: ``|value - expected| <= atol + rtol * |expected|``.
"""

import math
from typing import Any

import numpy as np

from grader.judge.describe import describe, dtype_name, is_array, number, shape_text, typed
from grader.judge.ended import CheckFailed

TOLERANCES = {  # dtype of the reference: (rtol, atol as a share of the largest reference value)
    "float64": (1e-9, 1e-11),
    "complex128": (1e-9, 1e-11),
    "float32": (1e-4, 1e-5),
    "complex64": (1e-4, 1e-5),
    "float16": (1e-2, 1e-3),
    "bfloat16": (2e-2, 1e-2),
}


def to_torch(*arrays: Any, grad: bool = False) -> Any:
    """Return copies of arrays as tensors, for the reference.

    Parameters
    ----------
    *arrays : ndarray
    grad : bool
        Whether gradients are wanted for them.

    Returns
    -------
    Tensor or tuple of Tensor
        One tensor for one array, a tuple for several.
    """
    import torch

    made = tuple(torch.from_numpy(np.array(array, order="C")).requires_grad_(grad) for array in arrays)
    return made[0] if len(made) == 1 else made


def check(value: Any, name: str = "the result") -> "Check":
    """Start a comparison: ``check(out).equals(expected)``.

    Parameters
    ----------
    value : object
        What the student's code returned.
    name : str
        What the message calls it: ``check(dw, "dw")``.
    """
    return Check(value, name)


class Check:
    """One value of the student's, to be compared."""

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
            Instead of those that follow from the reference's dtype.

        Raises
        ------
        CheckFailed
            With what was obtained, what was expected and how far apart they are.
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
            What should be true, with the figures: ``"34 mistakes; Novikoff's bound is 12"``.
        credit : float
            Share of the points that is earned although it is not true.
        """
        if not bool(condition):
            raise CheckFailed(f"{self.name}: {statement}", credit=credit)


def _compare_exactly(name: str, value: Any, expected: Any) -> None:
    same_kind = _kind(value) == _kind(expected)
    if not same_kind or value != expected:
        raise CheckFailed(f"{name} is wrong", got=describe(value), expected=describe(expected))


def _kind(value: Any) -> str:
    """Name what counts as the same type: NumPy's scalars and Python's are one kind, bool and int are two."""
    if isinstance(value, bool | np.bool_):
        return "bool"
    if isinstance(value, int | np.integer):
        return "int"
    return type(value).__name__


def _compare_sequences(name: str, value: Any, expected: Any, rtol: float | None, atol: float | None) -> None:
    if not isinstance(value, list | tuple) or len(value) != len(expected):
        raise CheckFailed(f"{name} is wrong", got=describe(value), expected=describe(expected))
    for index, (mine, theirs) in enumerate(zip(value, expected, strict=True)):
        Check(mine, f"{name}[{index}]").equals(theirs, rtol=rtol, atol=atol)


def _compare_dicts(name: str, value: Any, expected: dict[Any, Any], rtol: float | None, atol: float | None) -> None:
    if not isinstance(value, dict) or value.keys() != expected.keys():
        raise CheckFailed(f"{name} has the wrong keys", got=describe(value), expected=describe(expected))
    for key, theirs in expected.items():
        Check(value[key], f"{name}[{key!r}]").equals(theirs, rtol=rtol, atol=atol)


def _compare_arrays(name: str, value: Any, expected: Any, rtol: float | None, atol: float | None) -> None:
    if not _plainly_close(value, expected, rtol, atol):
        _compare_slowly(name, value, expected, rtol, atol)


def _plainly_close(value: Any, expected: Any, rtol: float | None, atol: float | None) -> bool:
    """Tell at little cost that two finite values of one dtype and shape are close; False means: look closer."""
    mine, reference = _as_numpy(value), _as_numpy(expected)
    if mine is None or reference is None or mine.dtype != reference.dtype or mine.shape != reference.shape:
        return False
    default_rtol, share = TOLERANCES.get(dtype_name(reference), (0.0, 0.0))
    size = np.abs(reference)
    largest = float(size.max()) if size.size else 0.0
    if not math.isfinite(largest):  # a difference of infinities would warn
        return False
    room = share * max(1.0, largest) if atol is None else atol
    return bool((np.abs(mine - reference) <= room + (default_rtol if rtol is None else rtol) * size).all())


def _as_numpy(value: Any) -> np.ndarray | None:
    """Return a number, an array or a tensor as an array, if its dtype is one that NumPy compares as it is."""
    if type(value) is np.ndarray or isinstance(value, np.floating) or type(value) is float:
        array = np.asarray(value)
    elif is_array(value) and dtype_name(value) != "bfloat16":
        array = value.detach().cpu().resolve_conj().numpy()
    else:
        return None
    return array if array.dtype.kind in "fiu" else None


def _compare_slowly(name: str, value: Any, expected: Any, rtol: float | None, atol: float | None) -> None:
    """Compare with everything that has to be told when the values differ."""
    import torch

    reference = _detached(expected)
    _require_type_shape_dtype(name, value, reference)
    answer = _detached(value)
    _require_finite(name, answer, reference)
    default_rtol, share = TOLERANCES.get(dtype_name(reference), (0.0, 0.0))
    if atol is None:
        finite = reference[torch.isfinite(reference)] if reference.numel() else reference
        atol = share * max(1.0, float(finite.abs().max())) if share and finite.numel() else 0.0
    answer = answer.to(reference.dtype)
    close = torch.isclose(answer, reference, rtol=default_rtol if rtol is None else rtol, atol=atol, equal_nan=True)
    if not bool(close.all()):
        raise CheckFailed(
            f"{name} is wrong",
            got=_told(value, reference),
            expected=_told(reference, reference),
            differs=_difference(answer, reference, ~close),
        )


def _detached(value: Any) -> Any:
    import torch

    if isinstance(value, torch.Tensor):
        return value.detach().cpu().resolve_conj()
    return torch.from_numpy(np.array(value))


def _require_type_shape_dtype(name: str, value: Any, reference: Any) -> None:
    expected = _told(reference, reference)
    numeric = is_array(value) or isinstance(value, np.generic)
    if not numeric and not (reference.ndim == 0 and type(value) in (int, float, complex)):
        raise CheckFailed(f"{name} has the wrong type", got=typed(value), expected=expected)
    shape = tuple(value.shape) if numeric else ()
    if shape != tuple(reference.shape):
        raise CheckFailed(f"{name} has the wrong shape", got=describe(value), expected=expected)
    if numeric and dtype_name(value) != dtype_name(reference):
        raise CheckFailed(f"{name} has the wrong dtype", got=describe(value), expected=expected)


def _require_finite(name: str, answer: Any, reference: Any) -> None:
    import torch

    wrong = ~torch.isfinite(answer) & torch.isfinite(reference)
    if bool(wrong.any()):
        index = _first(wrong)
        here = f"{number(answer[index].item())} instead of {number(reference[index].item())}"
        raise CheckFailed(
            f"{name} is not finite",
            got=_told(answer, reference),
            expected=_told(reference, reference),
            differs=f"{_places(wrong)}{here}",
        )


def _told(value: Any, reference: Any) -> str:
    """Describe one side of a comparison: small numbers as such, arrays by dtype and shape."""
    if reference.ndim == 0:
        return number(value.item() if hasattr(value, "item") else value)
    return f"{dtype_name(value)} {shape_text(tuple(value.shape))}"


def _first(mask: Any) -> tuple[int, ...]:
    return tuple(int(i) for i in mask.nonzero()[0]) if mask.ndim else ()


def _places(mask: Any) -> str:
    """Say where a mask is true: nothing for a scalar."""
    return f"at {int(mask.sum())} of {mask.numel()} places, first at {list(_first(mask))}: " if mask.ndim else ""


def _difference(answer: Any, reference: Any, wrong: Any) -> str:
    """Say where, how far and by which factor an answer differs."""
    gap = (answer - reference).abs().double()
    size = reference.abs().double()
    relative = (gap / size)[wrong & (size > 0)]
    largest = f"largest error {number(gap[wrong].max().item())}"
    if relative.numel():
        largest += f", relative {number(relative.max().item())}"
    if not wrong.ndim:
        return largest
    index = _first(wrong)
    here = f"{number(answer[index].item())} instead of {number(reference[index].item())}"
    return f"{_places(wrong)}{here}; {largest}"
