"""The outside of a frame: its fixed header, and how whole frames are read from and written to a stream.

    magic "DGW" | version, 1 byte | length of the tree, u32 | length of all that follows, u64
    tree in msgpack | zeros up to a multiple of 16 | array bytes | zeros | array bytes | ...

All numbers are little-endian. Every array starts at a multiple of 16, so it can be used where it lies.
"""

from collections.abc import Callable, Iterable, Sequence
from struct import Struct
from typing import Any, TypeAlias

import numpy as np

from grader.wire.caps import DEFAULT_CAPS, Caps
from grader.wire.errors import OverCap, WireError

MAGIC = b"DGW"
VERSION = 1
_START = MAGIC + bytes([VERSION])
ALIGNMENT = 16
JOINED_BYTES = 1 << 16  # parts below this are joined: one system call costs more than the copy
PAGED_BYTES = 1 << 16  # from this size on, memory that comes without zeros and in huge pages is the faster one

Frame: TypeAlias = bytearray | np.ndarray[tuple[int], np.dtype[np.uint8]]
"""Memory that the decoder may keep: writable, one-dimensional, of bytes."""

_HEADER = Struct("<4sIQ")
HEADER_SIZE: int = _HEADER.size


def aligned(position: int) -> int:
    """Return the next position at which an array may start."""
    return -(-position // ALIGNMENT) * ALIGNMENT


def pack_header(tree_length: int, body: int) -> bytes:
    """Return the fixed header of a frame with so long a tree and so many bytes after the header."""
    return _HEADER.pack(_START, tree_length, body)


def unpack_header(header: Any, caps: Caps) -> tuple[int, int]:
    """Return the length of the tree and of the body in a frame's first bytes, after checking both against the caps."""
    if len(header) < HEADER_SIZE:
        raise WireError(f"a frame starts with {HEADER_SIZE} bytes, here are {len(header)}")
    start, tree_length, body = _HEADER.unpack_from(header)
    if start != _START:
        raise WireError(_complaint(start))
    if tree_length > caps.header_bytes:
        raise OverCap(f"the frame's tree is over the cap header_bytes={caps.header_bytes}", tree_length)
    if HEADER_SIZE + body > caps.frame_bytes:
        raise OverCap(f"the frame is over the cap frame_bytes={caps.frame_bytes}", HEADER_SIZE + body)
    if tree_length > body:
        raise WireError("the frame's tree is longer than the frame")
    return tree_length, body


def _complaint(start: bytes) -> str:
    if start[:-1] != MAGIC:
        return "this is not a frame: the first bytes are wrong"
    return f"a frame of version {start[-1]}, but this side speaks version {VERSION}"


def body_length(header: bytes | bytearray | memoryview, caps: Caps = DEFAULT_CAPS) -> int:
    """Tell how many bytes follow a frame's fixed header, so that a reader can refuse before it allocates.

    Parameters
    ----------
    header : bytes-like
        The first `HEADER_SIZE` bytes of a frame.
    caps : Caps
        Upper bounds.

    Returns
    -------
    int
        The number of bytes that follow.

    Raises
    ------
    WireError
        The header is malformed, of another version, or announces more than the caps allow.
    """
    return unpack_header(header, caps)[1]


def frame_size(parts: Sequence[bytes | memoryview]) -> tuple[int, int]:
    """Return how many bytes the tree and the whole frame of what `encode` returned have."""
    return unpack_header(parts[0], DEFAULT_CAPS)[0], sum(map(len, parts))


def read_frame_into(read_into: Callable[[memoryview], object], caps: Caps = DEFAULT_CAPS) -> Frame:
    """Read one frame from a stream without an extra copy, into memory that is not filled with zeros first.

    NumPy asks for huge pages where much memory is wanted, a bytearray does not.

    Parameters
    ----------
    read_into : callable
        Takes a writable memoryview and fills all of it; what it raises passes through.
    caps : Caps
        Upper bounds.

    Returns
    -------
    bytearray or ndarray of uint8
        The whole frame, to be handed over to `decode`; an array if it is large.

    Raises
    ------
    WireError
        The fixed header is malformed or over the caps.
    """
    header = bytearray(HEADER_SIZE)
    read_into(memoryview(header))
    size = HEADER_SIZE + unpack_header(header, caps)[1]
    frame = bytearray(size) if size < PAGED_BYTES else np.empty(size, np.uint8)
    view = memoryview(frame)  # type: ignore[arg-type]  # NumPy declares it from Python 3.12 on
    view[:HEADER_SIZE] = header
    read_into(view[HEADER_SIZE:])
    return frame


def write_frame(write: Callable[[bytes | memoryview], object], parts: Iterable[bytes | memoryview]) -> None:
    """Write the parts of one frame to a stream, small ones joined.

    Parameters
    ----------
    write : callable
        Takes bytes and writes all of them, as `socket.sendall` does; what it raises passes through.
    parts : iterable of bytes-like
        What `encode` returned.
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
