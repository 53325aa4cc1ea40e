"""Frame layout: the fixed header, and reading and writing whole frames on a stream.

    magic "DGW" | version, 1 byte | length of the tree, u32 | length of all that follows, u64
    tree in msgpack | zeros up to a multiple of 16 | array bytes | zeros | array bytes | ...

All numbers are little-endian. Every array starts at a multiple of 16, so it can be used without a copy.
"""

from collections.abc import Callable, Iterable, Sequence
from struct import Struct
from typing import Any, TypeAlias

import msgspec
import numpy as np

from grader.wire.codec import DEFAULT_SIZE_LIMITS, OverSizeLimit, SizeLimits, WireError

MAGIC = b"DGW"
VERSION = 1
_START = MAGIC + bytes([VERSION])
ALIGNMENT = 16
JOINED_BYTES = 1 << 16  # smaller parts are joined: one system call costs more than the copy
PAGED_BYTES = 1 << 16  # from this size on, uninitialized memory in huge pages is faster

Frame: TypeAlias = bytearray | np.ndarray[tuple[int], np.dtype[np.uint8]]
"""Memory that the decoder may keep: a writable one-dimensional array of bytes."""

_HEADER = Struct("<4sIQ")
HEADER_SIZE: int = _HEADER.size


def aligned(position: int) -> int:
    """Return the next offset at which an array may start."""
    return -(-position // ALIGNMENT) * ALIGNMENT


def pack_header(tree_length: int, body: int) -> bytes:
    """Return the fixed header of a frame, given the length of its tree and the number of bytes after the header."""
    return _HEADER.pack(_START, tree_length, body)


def unpack_header(header: Any, size_limits: SizeLimits) -> tuple[int, int]:
    """Return the lengths of the tree and the body from a frame header, after checking them against the size limits."""
    if len(header) < HEADER_SIZE:
        raise WireError(f"a frame starts with {HEADER_SIZE} bytes, here are {len(header)}")
    start, tree_length, body = _HEADER.unpack_from(header)
    if start != _START:
        raise WireError(_complaint(start))
    if tree_length > size_limits.header_bytes:
        raise OverSizeLimit(f"the frame's tree is over the limit header_bytes={size_limits.header_bytes}", tree_length)
    if HEADER_SIZE + body > size_limits.frame_bytes:
        raise OverSizeLimit(f"the frame is over the limit frame_bytes={size_limits.frame_bytes}", HEADER_SIZE + body)
    if tree_length > body:
        raise WireError("the frame's tree is longer than the frame")
    return tree_length, body


def _complaint(start: bytes) -> str:
    if start[:-1] != MAGIC:
        return "this is not a frame: the first bytes are wrong"
    return f"a frame of version {start[-1]}, but this side speaks version {VERSION}"


def body_length(header: bytes | bytearray | memoryview, size_limits: SizeLimits = DEFAULT_SIZE_LIMITS) -> int:
    """Return how many bytes follow a frame's fixed header, so that a reader can refuse before it allocates.

    Parameters
    ----------
    header : bytes-like
        The first `HEADER_SIZE` bytes of a frame.
    size_limits : SizeLimits
        Size limits.

    Returns
    -------
    int
        The number of bytes that follow.

    Raises
    ------
    WireError
        The header is malformed, of another version, or announces more than the size limits allow.
    """
    return unpack_header(header, size_limits)[1]


def frame_size(parts: Sequence[bytes | memoryview]) -> tuple[int, int]:
    """Return the sizes in bytes of the tree and of the whole frame that `encode` returned.

    Parameters
    ----------
    parts : sequence of bytes or memoryview
        Return value of `encode`.

    Returns
    -------
    tuple of int
        In bytes: the tree, and the whole frame.
    """
    return unpack_header(parts[0], DEFAULT_SIZE_LIMITS)[0], sum(map(len, parts))


def read_frame_into(read_into: Callable[[memoryview], object], size_limits: SizeLimits = DEFAULT_SIZE_LIMITS) -> Frame:
    """Read one frame from a stream without an extra copy, into uninitialized memory.

    Large frames go into an ndarray: NumPy asks the kernel for huge pages, a bytearray does not.

    Parameters
    ----------
    read_into : callable
        Fills a writable memoryview completely; its exceptions propagate.
    size_limits : SizeLimits
        Size limits.

    Returns
    -------
    bytearray or ndarray of uint8
        The whole frame, to be handed over to `decode`; an ndarray if it is large.

    Raises
    ------
    WireError
        The fixed header is malformed or over a size limit.
    """
    header = bytearray(HEADER_SIZE)
    read_into(memoryview(header))
    size = HEADER_SIZE + unpack_header(header, size_limits)[1]
    frame = bytearray(size) if size < PAGED_BYTES else np.empty(size, np.uint8)
    view = memoryview(frame)  # type: ignore[arg-type]  # NumPy declares it from Python 3.12 on
    view[:HEADER_SIZE] = header
    read_into(view[HEADER_SIZE:])
    return frame


def write_frame(write: Callable[[bytes | memoryview], object], parts: Iterable[bytes | memoryview]) -> None:
    """Write the parts of one frame to a stream, joining small ones.

    Parameters
    ----------
    write : callable
        Writes all bytes that it is given, as `socket.sendall` does; its exceptions propagate.
    parts : iterable of bytes-like
        Return value of `encode`.
    """
    small: list[bytes | memoryview] = []
    for part in parts:
        if len(part) < JOINED_BYTES:
            small.append(part)
            continue
        if small:
            write(b"".join(small))
            small = []
        write(part)
    if small:
        write(b"".join(small))


_DECODER: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder()
_ENCODER = msgspec.msgpack.Encoder()
_REFUSALS = (msgspec.MsgspecError, ValueError, TypeError, OverflowError, RecursionError, MemoryError)

_BYTES, _ITEMS = 0, 1
# First byte of an object -> width of its length field, unit of the length, objects per unit, extra bytes.
_LENGTHS = {
    0xC4: (1, _BYTES, 1, 0), 0xC5: (2, _BYTES, 1, 0), 0xC6: (4, _BYTES, 1, 0),
    0xD9: (1, _BYTES, 1, 0), 0xDA: (2, _BYTES, 1, 0), 0xDB: (4, _BYTES, 1, 0),
    0xC7: (1, _BYTES, 1, 1), 0xC8: (2, _BYTES, 1, 1), 0xC9: (4, _BYTES, 1, 1),
    0xDC: (2, _ITEMS, 1, 0), 0xDD: (4, _ITEMS, 1, 0), 0xDE: (2, _ITEMS, 2, 0), 0xDF: (4, _ITEMS, 2, 0),
}  # fmt: skip
_NUMBERS = {0xCA: 5, 0xCB: 9, 0xCC: 2, 0xCD: 3, 0xCE: 5, 0xCF: 9, 0xD0: 2, 0xD1: 3, 0xD2: 5, 0xD3: 9}
_EXTENSIONS = {0xD4 + power: 2 + 2**power for power in range(5)}


def _size_of(first: int) -> int:
    """Return the number of bytes of an object whose first byte announces no length field."""
    if 0xA0 <= first <= 0xBF:
        return 1 + (first & 0x1F)
    return _NUMBERS.get(first) or _EXTENSIONS.get(first) or 1


def _children_of(first: int) -> int:
    """Return the number of objects inside a short array or map, which its first byte holds."""
    if 0x80 <= first <= 0x8F:
        return 2 * (first & 0x0F)
    return first & 0x0F if 0x90 <= first <= 0x9F else 0


_SIZE = [0 if first in _LENGTHS else _size_of(first) for first in range(256)]
_CHILDREN = [_children_of(first) for first in range(256)]


def check_nodes(tree: bytes | memoryview, size_limits: SizeLimits) -> None:
    """Raise `WireError` if a msgpack tree holds more objects than the limit.

    The objects are counted from their headers alone, because parsing a tree of too many would allocate them all.
    """
    position, expected = 0, 1
    while position < len(tree) and expected <= size_limits.nodes:
        first = tree[position]
        if size := _SIZE[first]:
            position += size
            expected += _CHILDREN[first]
        else:
            size, children = _measure(tree, position, first)
            position += size
            expected += children
    if expected > size_limits.nodes:
        raise OverSizeLimit(f"the frame's tree is over the limit nodes={size_limits.nodes}")


def _measure(tree: bytes | memoryview, position: int, first: int) -> tuple[int, int]:
    """Return the bytes and the children of the object with a length field at `position`."""
    width, what, unit, extra = _LENGTHS[first]
    length = unit * int.from_bytes(tree[position + 1 : position + 1 + width], "big")
    return (1 + width + extra + length, 0) if what == _BYTES else (1 + width, length)


def parse_tree(tree: memoryview, size_limits: SizeLimits) -> Any:
    """Parse msgpack bytes to Python objects, at most `size_limits.nodes` of them.

    Raises
    ------
    WireError
        The bytes are not one msgpack object, or it is over the size limit.
    """
    if len(tree) > size_limits.nodes:  # an object takes at least one byte
        check_nodes(tree, size_limits)
    try:
        return _DECODER.decode(tree)
    except _REFUSALS as error:
        raise WireError(f"the frame's tree is malformed: {type(error).__name__}") from None


def write_tree(tree: object, size_limits: SizeLimits) -> bytes:
    """Return a tagged tree as msgpack bytes.

    Raises
    ------
    WireError
        The tree is over a size limit, or holds a string that is not valid Unicode.
    """
    try:
        data = _ENCODER.encode(tree)
    except _REFUSALS as error:
        raise WireError(f"this value cannot be written: {error}") from None
    if len(data) > size_limits.header_bytes:
        raise OverSizeLimit(
            f"this value is over the limit header_bytes={size_limits.header_bytes} (arrays do not count there)"
        )
    if len(data) > size_limits.nodes:
        check_nodes(data, size_limits)
    return data
