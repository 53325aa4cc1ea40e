"""The msgpack tree of a frame: bytes to objects within a cap on their number, and back.

A tree of 16 MiB can hold 16 million empty lists of 90 bytes each, so the objects are counted before any is made.
"""

from typing import Any

import msgspec

from grader.wire.caps import Caps
from grader.wire.errors import OverCap, WireError

_DECODER: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder()
_ENCODER = msgspec.msgpack.Encoder()
_REFUSALS = (msgspec.MsgspecError, ValueError, TypeError, OverflowError, RecursionError, MemoryError)

_BYTES, _ITEMS = 0, 1
# First byte of an object -> bytes of its length field, what the length counts, how many of it per unit, extra bytes.
_LENGTHS = {
    0xC4: (1, _BYTES, 1, 0), 0xC5: (2, _BYTES, 1, 0), 0xC6: (4, _BYTES, 1, 0),
    0xD9: (1, _BYTES, 1, 0), 0xDA: (2, _BYTES, 1, 0), 0xDB: (4, _BYTES, 1, 0),
    0xC7: (1, _BYTES, 1, 1), 0xC8: (2, _BYTES, 1, 1), 0xC9: (4, _BYTES, 1, 1),
    0xDC: (2, _ITEMS, 1, 0), 0xDD: (4, _ITEMS, 1, 0), 0xDE: (2, _ITEMS, 2, 0), 0xDF: (4, _ITEMS, 2, 0),
}  # fmt: skip
_NUMBERS = {0xCA: 5, 0xCB: 9, 0xCC: 2, 0xCD: 3, 0xCE: 5, 0xCF: 9, 0xD0: 2, 0xD1: 3, 0xD2: 5, 0xD3: 9}
_EXTENSIONS = {0xD4 + power: 2 + 2**power for power in range(5)}


def _size_of(first: int) -> int:
    """Bytes of an object that starts with this byte and has no length field."""
    if 0xA0 <= first <= 0xBF:
        return 1 + (first & 0x1F)
    return _NUMBERS.get(first) or _EXTENSIONS.get(first) or 1


def _children_of(first: int) -> int:
    """Objects inside a short array or map, whose first byte holds their number."""
    if 0x80 <= first <= 0x8F:
        return 2 * (first & 0x0F)
    return first & 0x0F if 0x90 <= first <= 0x9F else 0


_SIZE = [0 if first in _LENGTHS else _size_of(first) for first in range(256)]
_CHILDREN = [_children_of(first) for first in range(256)]


def check_nodes(tree: bytes | memoryview, caps: Caps) -> None:
    """Raise `WireError` if a msgpack tree holds more objects than the caps allow."""
    position, expected = 0, 1
    while position < len(tree) and expected <= caps.nodes:
        first = tree[position]
        if size := _SIZE[first]:
            position += size
            expected += _CHILDREN[first]
        else:
            size, children = _measure(tree, position, first)
            position += size
            expected += children
    if expected > caps.nodes:
        raise OverCap(f"the frame's tree is over the cap nodes={caps.nodes}")


def _measure(tree: bytes | memoryview, position: int, first: int) -> tuple[int, int]:
    """Bytes and children of the object with a length field that starts at `position`."""
    width, what, unit, extra = _LENGTHS[first]
    length = unit * int.from_bytes(tree[position + 1 : position + 1 + width], "big")
    return (1 + width + extra + length, 0) if what == _BYTES else (1 + width, length)


def parse_tree(tree: memoryview, caps: Caps) -> Any:
    """Turn msgpack bytes into Python objects, at most `caps.nodes` of them.

    Raises
    ------
    WireError
        The bytes are not one msgpack object, or it is over the cap.
    """
    if len(tree) > caps.nodes:  # an object takes at least one byte
        check_nodes(tree, caps)
    try:
        return _DECODER.decode(tree)
    except _REFUSALS as error:
        raise WireError(f"the frame's tree is malformed: {type(error).__name__}") from None


def write_tree(tree: object, caps: Caps) -> bytes:
    """Turn a tagged tree into msgpack bytes within the caps.

    Raises
    ------
    WireError
        The tree is over a cap, or holds a string that is not Unicode text.
    """
    try:
        data = _ENCODER.encode(tree)
    except _REFUSALS as error:
        raise WireError(f"this value cannot be written: {error}") from None
    if len(data) > caps.header_bytes:
        raise OverCap(f"this value is over the cap header_bytes={caps.header_bytes} (arrays do not count there)")
    if len(data) > caps.nodes:
        check_nodes(data, caps)
    return data
