"""Python's numbers, strings and small constants."""

import types
from typing import Any

from grader.wire.codec import (
    Decode,
    DecodeWalk,
    Encode,
    EncodeWalk,
    NotAnAnswer,
    OverSizeLimit,
    SizeLimits,
    Tag,
    WireError,
)

LOWEST, HIGHEST = -(2**63), 2**64 - 1
NUMBERS = frozenset({type(None), bool, int, float})
PLAIN = NUMBERS | {str, bytes}
"""Types that represent themselves in the tree."""

_CLASSES = {"bool": bool, "int": int, "float": float, "complex": complex}
_CLASS_NAMES = {kind: name for name, kind in _CLASSES.items()}


def check_text(text: str | bytes, size_limits: SizeLimits) -> None:
    """Raise `WireError` if a string or bytes object is over the size limit."""
    size = len(text)
    # A character takes at most 4 bytes in UTF-8: shorter strings cannot be over the limit and are not encoded.
    if type(text) is str and size_limits.text_bytes < 4 * size and not text.isascii():
        size = len(text.encode(errors="surrogatepass"))
    if size > size_limits.text_bytes:
        raise OverSizeLimit(f"a text is over the limit text_bytes={size_limits.text_bytes}")


def _encode_text(walk: EncodeWalk, text: str | bytes, depth: int) -> object:
    check_text(text, walk.size_limits)
    return text


def _encode_integer(walk: EncodeWalk, number: int, depth: int) -> object:
    if LOWEST <= number <= HIGHEST:
        return number
    size = number.bit_length() // 8 + 1
    if size > walk.size_limits.int_bytes:
        raise OverSizeLimit(f"an integer is over the limit int_bytes={walk.size_limits.int_bytes}")
    return [Tag.INTEGER, number.to_bytes(size, "little", signed=True)]


def _decode_integer(walk: DecodeWalk, node: list[Any], depth: int) -> int:
    digits = node[1]
    if type(digits) is not bytes or not digits:
        raise WireError("a long integer needs bytes")
    if len(digits) > walk.size_limits.int_bytes:
        raise OverSizeLimit(f"an integer is over the limit int_bytes={walk.size_limits.int_bytes}", len(digits))
    return int.from_bytes(digits, "little", signed=True)


def _encode_complex(walk: EncodeWalk, number: complex, depth: int) -> object:
    return [Tag.COMPLEX, number.real, number.imag]


def _decode_complex(walk: DecodeWalk, node: list[Any], depth: int) -> complex:
    _, real, imaginary = node
    if type(real) is not float or type(imaginary) is not float:
        raise WireError("a complex number needs two floats")
    return complex(real, imaginary)


def _encode_slice(walk: EncodeWalk, value: slice, depth: int) -> object:
    return [Tag.SLICE, *walk.items([value.start, value.stop, value.step], depth + 1)]


def _decode_slice(walk: DecodeWalk, node: list[Any], depth: int) -> slice:
    _, start, stop, step = node
    return slice(*walk.items([start, stop, step], depth + 1))


def _encode_range(walk: EncodeWalk, value: range, depth: int) -> object:
    bounds = [value.start, value.stop, value.step]
    if any(type(bound) is not int or not LOWEST <= bound <= HIGHEST for bound in bounds):
        raise WireError("a range needs integers of 64 bits")
    return [Tag.RANGE, *bounds]


def _decode_range(walk: DecodeWalk, node: list[Any], depth: int) -> range:
    _, start, stop, step = node
    if not walk.size_limits.ranges:
        raise NotAnAnswer("a range, not the numbers in it")
    if any(type(bound) is not int for bound in (start, stop, step)) or step == 0:
        raise WireError("a range needs three integers and a step other than 0")
    return range(start, stop, step)


def _encode_ellipsis(walk: EncodeWalk, value: types.EllipsisType, depth: int) -> object:
    return [Tag.ELLIPSIS]


def _decode_ellipsis(walk: DecodeWalk, node: list[Any], depth: int) -> types.EllipsisType:
    return ...


def builtin_name(kind: type) -> str | None:
    """Return the name of a number class of Python, or None."""
    return next((name for known, name in _CLASS_NAMES.items() if known is kind), None)


def builtin_class(name: str) -> type | None:
    """Return the number class of Python with this name, or None."""
    return _CLASSES.get(name)


ENCODERS: dict[type, Encode] = {
    str: _encode_text,
    bytes: _encode_text,
    int: _encode_integer,
    complex: _encode_complex,
    slice: _encode_slice,
    range: _encode_range,
    types.EllipsisType: _encode_ellipsis,
}
DECODERS: dict[int, tuple[int, Decode]] = {
    Tag.INTEGER: (1, _decode_integer),
    Tag.COMPLEX: (2, _decode_complex),
    Tag.SLICE: (3, _decode_slice),
    Tag.RANGE: (3, _decode_range),
    Tag.ELLIPSIS: (0, _decode_ellipsis),
}
