"""Decoder of frames to values. Nothing in a frame is trusted until it has been checked."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.wire import arrays, containers, generators, remote_objects, scalars, tensors
from grader.wire.codec import DEFAULT_SIZE_LIMITS, Decode, OverSizeLimit, SizeLimits, WireError
from grader.wire.frames import ALIGNMENT, HEADER_SIZE, Frame, parse_tree, unpack_header
from grader.wire.scalars import NUMBERS, PLAIN

Hook = Callable[[Any], object]

_CODECS = (scalars, containers, arrays, tensors, generators, remote_objects)
_DECODERS: dict[int, tuple[int, Decode | None]] = {
    tag: (1 + fields, decode) for module in _CODECS for tag, (fields, decode) in module.DECODERS.items()
}
_UNKNOWN: tuple[int, Decode | None] = (0, None)


def _owned(frame: bytes | memoryview | Frame) -> Frame:
    if type(frame) is bytearray:
        return frame
    if isinstance(frame, np.ndarray):
        if frame.dtype != np.uint8 or frame.ndim != 1 or not frame.flags.carray:
            raise WireError("a frame in an array needs a writable, contiguous one of uint8")
        return frame
    return bytearray(frame)


class Decoder:
    """A decoding in progress: the offset of the next buffer, and what has been counted toward the size limits."""

    __slots__ = ("end", "frame", "hook", "keys", "layouts", "nodes", "rows", "size_limits", "unchecked")

    def __init__(self, frame: Frame, hook: Hook | None, size_limits: SizeLimits, layouts: bool) -> None:
        self.frame = frame
        self.hook = hook
        self.size_limits = size_limits
        self.layouts = layouts
        self.nodes = 0
        self.keys = 0
        self.rows = 0
        self.end = 0
        self.unchecked = PLAIN

    def whole(self) -> object:
        """Return the value of the whole frame."""
        length, body = unpack_header(self.frame, self.size_limits)
        if len(self.frame) != HEADER_SIZE + body:
            raise WireError(f"a frame of {HEADER_SIZE + body} bytes has {len(self.frame)}")
        self.end = HEADER_SIZE + length
        if length > self.size_limits.text_bytes:  # in a shorter tree no string can be over its limit
            self.unchecked = NUMBERS
        value = self.node(parse_tree(self._view(HEADER_SIZE, self.end), self.size_limits), 0)
        if self.end != len(self.frame):
            raise WireError("a frame has bytes that belong to no array")
        return value

    def _view(self, start: int, end: int) -> memoryview:
        return memoryview(self.frame)[start:end]  # type: ignore[arg-type]  # NumPy declares it from Python 3.12 on

    def node(self, node: Any, depth: int) -> Any:
        """Return the value of a node of the tree."""
        if type(node) is not list:
            return self._plain(node)
        tag = node[0] if node else None
        length, decode = _DECODERS.get(tag, _UNKNOWN) if type(tag) is int else _UNKNOWN
        if len(node) != length or decode is None:
            raise WireError("the frame's tree holds a node of no known form")
        return decode(self, node, depth)

    def _plain(self, node: Any) -> Any:
        if type(node) not in PLAIN:
            raise WireError("the frame's tree holds a type of msgpack that is not used here")
        if type(node) in (str, bytes):
            scalars.check_text(node, self.size_limits)
        return node

    def items(self, nodes: Any, depth: int) -> list[Any]:
        """Decode a container's nodes in place and return them."""
        if type(nodes) is not list:
            raise WireError("a container needs a list of nodes")
        if depth > self.size_limits.depth:
            raise OverSizeLimit(f"the frame is over the limit depth={self.size_limits.depth}")
        unchecked = self.unchecked
        if unchecked.issuperset(map(type, nodes)):
            return nodes
        for index, node in enumerate(nodes):
            if type(node) not in unchecked:
                nodes[index] = self.node(node, depth)
        return nodes

    def take_array(self, code: Any, shape: Any) -> np.ndarray[Any, Any]:
        """Return the next buffer as an array."""
        dtype = arrays.dtype_of(code, self.size_limits)
        size = arrays.check_shape(shape, dtype.itemsize, self.size_limits)
        if not size:
            self._count_rows(shape, dtype.itemsize)
            return np.empty(shape, dtype)
        start = self.end + -self.end % ALIGNMENT
        end = self.end = start + size
        if end > len(self.frame):
            raise WireError("an array is longer than the rest of its frame")
        if code not in arrays.UNCHECKED:
            arrays.check_content(code, self._view(start, end))
        array: np.ndarray[Any, Any] = np.ndarray(shape, dtype, self.frame, start)
        return array if array.flags.aligned else array.copy()

    def _count_rows(self, shape: list[int], itemsize: int) -> None:
        """Count an empty array toward the limit as if its zeros were ones: code can still iterate over its rows."""
        self.rows += itemsize * math.prod(size or 1 for size in shape)
        if self.rows > self.size_limits.frame_bytes:
            raise OverSizeLimit(
                f"empty arrays have too many rows for the limit frame_bytes={self.size_limits.frame_bytes}", self.rows
            )

    def spend(self, nodes: int) -> None:
        """Count values that are slow to rebuild toward the limit; the tree's own nodes were counted before parsing."""
        self.nodes += nodes
        if self.nodes > self.size_limits.nodes:
            raise OverSizeLimit(f"the frame is over the limit nodes={self.size_limits.nodes}")

    def spend_keys(self, keys: int) -> None:
        """Count keys other than strings toward the limit."""
        self.keys += keys
        if self.keys > self.size_limits.keys:
            raise OverSizeLimit(f"the frame is over the limit keys={self.size_limits.keys}")

    def resolve(self, ref: object) -> object:
        """Return the object that replaces a handle or a callback."""
        return ref if self.hook is None else self.hook(ref)


def decode(
    frame: bytes | memoryview | Frame,
    *,
    hook: Hook | None = None,
    size_limits: SizeLimits = DEFAULT_SIZE_LIMITS,
    layouts: bool = False,
) -> object:
    """Decode one frame to its value.

    Parameters
    ----------
    frame : bytes, memoryview, bytearray or ndarray of uint8
        One whole frame with its fixed header. A bytearray or ndarray is handed over: the arrays and tensors are
        non-overlapping views into it, and keep all of it alive. Bytes and memoryviews are copied once. In either case
        all arrays are writable.
    hook : callable, optional
        Called with every `HandleRef`, `CallbackRef` and `SharedRef`; its return value replaces the reference, and its
        exceptions propagate. Without a hook, the references themselves are returned.
    size_limits : SizeLimits
        Size limits.
    layouts : bool
        Whether arrays in other memory layouts than C order are accepted; only a worker accepts them.

    Returns
    -------
    object
        The value, of exactly the types that `encode` lists.

    Raises
    ------
    WireError
        The frame is malformed, of another version, over a size limit, or needs torch where torch is not imported.

    Examples
    --------
    >>> from grader.wire import encode
    >>> decode(b"".join(encode([1, 2.5, None])))
    [1, 2.5, None]
    """
    try:
        return Decoder(_owned(frame), hook, size_limits, layouts).whole()
    except RecursionError:
        raise WireError("a frame is too deep for what is left of the stack") from None
    except MemoryError:
        raise WireError("a frame is too large for this machine's memory") from None
