"""Descriptions of values for students: type and shape of arrays, short values in full."""

import inspect
import math
import reprlib
import sys
from functools import cache
from itertools import islice
from typing import Any

import numpy as np

SHORT = 60  # maximum characters of a plain value, to read well in one line
PLAIN = (type(None), bool, int, str, bytes, complex, list, tuple, dict, set, frozenset, range, slice)
FIRST = 30  # items of a container that are described: more do not fit into a line
DEEPEST = 4  # levels of nested containers that are described
LONG_BITS = 180  # of the longest integer that fits into a line
QUOTES = "\"'"
SHORT_NUMBER = 8  # characters of a number within a container that is written in full
DIGITS = 5  # significant digits of a number in a message


def shape_text(shape: tuple[int, ...]) -> str:
    """Return ``(2, 3)`` for a shape; a scalar's is ``()``."""
    return str(tuple(int(size) for size in shape))


def dtype_name(value: Any) -> str:
    """Return ``float64`` for an array or tensor of that dtype."""
    return _name_of(value.dtype)


@cache
def _name_of(dtype: Any) -> str:
    return str(dtype).removeprefix("torch.")


def is_array(value: Any) -> bool:
    """Return whether a value is a NumPy array or a torch tensor, without reading attributes of other objects."""
    torch = sys.modules.get("torch")
    return isinstance(value, np.ndarray) or (torch is not None and isinstance(value, torch.Tensor))


def number(value: Any, digits: int = DIGITS) -> str:
    """Format a number, with so many significant digits unless it is an integer."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, int | np.integer):
        return _integer(int(value))
    if isinstance(value, float | np.floating):
        return f"{float(value):.{digits}g}"
    return f"{complex(value):.{digits}g}"


def _integer(value: int) -> str:
    """Return an integer's digits, or their number if there are many; `str` refuses more than 4300."""
    if value.bit_length() <= LONG_BITS:
        return str(value)
    return f"{'-' if value < 0 else ''}an integer of about {int(value.bit_length() * math.log10(2)) + 1} digits"


def describe(value: Any) -> str:
    """Describe a value in a few words, without formatting what would be cut off.

    Examples
    --------
    >>> describe(np.zeros((2, 3)))
    'float64 (2, 3)'
    >>> describe([1.0, 2.0]), describe(None), describe(0.1 + 0.2)
    ('[1.0, 2.0]', 'None', '0.3')
    """
    return _clipped(_described(value, 0))


def _described(value: Any, depth: int) -> str:
    if isinstance(value, np.generic):
        return _scalar(value)
    if is_array(value):
        return f"{'tensor ' if not isinstance(value, np.ndarray) else ''}{dtype_name(value)} {shape_text(value.shape)}"
    if isinstance(value, float):
        return number(value)
    return _container(value, depth) if type(value) in PLAIN else _object(value)


def _scalar(value: np.generic) -> str:
    if isinstance(value, np.number):
        return f"{dtype_name(value)} {number(value)}"
    return _short(value.item())


def _container(value: Any, depth: int) -> str:
    """Describe a container by its items if it has arrays or containers, otherwise by its `repr`."""
    if depth > DEEPEST:
        return "..."
    first = list(islice(value, FIRST)) if type(value) in (tuple, list) else []
    if any(is_array(item) or type(item) in (tuple, list, dict) for item in first):
        return _sequence(value, depth)
    if type(value) is dict and any(is_array(item) for item in islice(value.values(), FIRST)):
        return f"dict of {', '.join(_short(key).strip(QUOTES) for key in islice(value, FIRST))}"
    return _short(value)


def _short(value: Any) -> str:
    """Return the `repr` of a value, with only the start of long strings, numbers and containers."""
    return _WRITER.repr(value)


class _Writer(reprlib.Repr):
    """Variant of `reprlib.Repr` with limits that leave short values as `repr` writes them."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel = DEEPEST
        self.maxstring = self.maxother = self.maxlong = SHORT
        self.maxlist = self.maxtuple = self.maxdict = self.maxset = self.maxfrozenset = FIRST

    def repr_int(self, value: int, level: int) -> str:
        """Write an integer."""
        return _integer(value)

    def repr_float(self, value: float, level: int) -> str:
        """Write a number with the digits of a message."""
        return repr(value) if len(repr(value)) <= SHORT_NUMBER else number(value)

    def repr_str(self, value: str, level: int) -> str:
        """Write the start of a string."""
        return repr(value) if len(value) <= SHORT else f"{repr(value[:SHORT])[:-1]}..."

    def repr_bytes(self, value: bytes, level: int) -> str:
        """Write the start of some bytes."""
        return repr(value) if len(value) <= SHORT else f"{repr(value[:SHORT])[:-1]}..."

    def repr_dict(self, value: dict[Any, Any], level: int) -> str:
        """Write a dictionary in its own order."""
        if level <= 0 and value:
            return "{...}"
        pairs = [
            f"{self.repr1(key, level - 1)}: {self.repr1(item, level - 1)}" for key, item in islice(value.items(), FIRST)
        ]
        return f"{{{', '.join(pairs)}{', ...' if len(value) > FIRST else ''}}}"


_WRITER = _Writer()


def _object(value: Any) -> str:
    """Name a value that is not data; its `repr` could have an address, which differs between runs."""
    return f"a function {value.__name__}" if inspect.isroutine(value) else f"a {type(value).__name__}"


def with_type(value: Any) -> str:
    """Describe a value whose printed form alone does not say what it is: ``2, a float``."""
    kind = dtype_name(value) if is_array(value) or isinstance(value, np.generic) else type(value).__name__
    shown = value.item() if is_array(value) or isinstance(value, np.generic) else value
    return f"{number(shown) if isinstance(shown, int | float | complex) else describe(shown)}, {_with_article(kind)}"


def _with_article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def typed(value: Any) -> str:
    """Describe a value of the wrong type, with its type's name."""
    text = describe(value)
    says_its_type = value is None or is_array(value) or text.startswith(("a ", "pair ", type(value).__name__))
    return text if says_its_type else f"{type(value).__name__} {text}"


def _sequence(value: tuple[Any, ...] | list[Any], depth: int) -> str:
    inside = ", ".join(_described(item, depth + 1) for item in value[:4]) + (", ..." if len(value) > 4 else "")
    kind = "pair" if len(value) == 2 and type(value) is tuple else f"{type(value).__name__} of {len(value)}"
    return f"{kind} ({inside})"


def _clipped(text: str) -> str:
    return text if len(text) <= SHORT else f"{text[: SHORT - 3]}..."


def describe_call(function: str, names: tuple[str, ...], args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """Describe a call with its arguments' types and shapes.

    Parameters
    ----------
    function : str
    names : tuple of str
        Names of the positional parameters, as far as known.
    args, kwargs
        The arguments.

    Examples
    --------
    >>> describe_call("f", ("x",), (np.zeros(3),), {"stride": 2})
    'f(x float64 (3,), stride=2)'
    """
    named = [*names[: len(args)], *[""] * (len(args) - len(names))]
    arguments = [_argument(name, value) for name, value in zip(named, args, strict=True)]
    arguments += [_argument(name, value, by_name=True) for name, value in kwargs.items()]
    return f"{function}({', '.join(arguments)})"


def _argument(name: str, value: Any, *, by_name: bool = False) -> str:
    """Describe one argument; of a cache, which has no fixed form, return the name."""
    if name == "cache":
        return name
    if is_array(value) and name:
        return f"{name} {describe(value)}{_layout(value)}"
    return f"{name}={describe(value)}" if by_name else describe(value)


def _layout(array: Any) -> str:
    """Describe the memory layout of an array, with a space before it; C order is not mentioned."""
    is_numpy = isinstance(array, np.ndarray)
    if array.flags.c_contiguous if is_numpy else not lies_in_memory(array) or array.is_contiguous():
        return ""
    strides = array.strides if is_numpy else array.stride()
    if min(strides) < 0:
        return " running backwards in memory"
    is_fortran = array.flags.f_contiguous if is_numpy else array.permute(*range(array.ndim)[::-1]).is_contiguous()
    return " in Fortran order" if is_fortran else " with gaps in memory"


def lies_in_memory(tensor: Any) -> bool:
    """Return whether a tensor lies in memory: a sparse one has no strides."""
    return str(tensor.layout) == "torch.strided"
