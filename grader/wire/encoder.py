"""Encoder of values to frames. The walk looks only at exact types and runs no code of the value's classes."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from grader.wire import arrays, containers, generators, remote_objects, scalars, tensors
from grader.wire.codec import DEFAULT_SIZE_LIMITS, Encode, OverSizeLimit, SizeLimits, WireError
from grader.wire.frames import ALIGNMENT, HEADER_SIZE, JOINED_BYTES, aligned, pack_header, write_tree
from grader.wire.remote_objects import class_name
from grader.wire.scalars import HIGHEST, LOWEST

Hook = Callable[[Any], object]

ZEROS = bytes(ALIGNMENT)
COPIED_BYTES = 4096  # copying this few bytes costs less than making a view of them


def _by_id(encoders: dict[type, Encode]) -> dict[int, Encode]:
    """Key a table by class ids: looking up a class itself would run its metaclass's `__hash__` and `__eq__`."""
    return {id(kind): encode for kind, encode in encoders.items()}


_ENCODERS = _by_id(
    scalars.ENCODERS | containers.ENCODERS | arrays.ENCODERS | generators.ENCODERS | remote_objects.ENCODERS
)
_ATOMS = frozenset(map(id, (type(None), bool, float)))


@lru_cache(maxsize=1)
def _torch_encoders(torch: Any) -> dict[int, Encode]:
    return _by_id(tensors.encoders(torch) | generators.encoders(torch))


class Encoder:
    """An encoding in progress: the buffers so far, and what has been counted toward the size limits."""

    __slots__ = ("buffers", "hook", "keys", "layouts", "nodes", "short_text", "size", "size_limits")

    def __init__(self, hook: Hook | None, size_limits: SizeLimits, layouts: bool) -> None:
        self.hook = hook
        self.size_limits = size_limits
        self.layouts = layouts
        self.buffers: list[bytes | memoryview] = []
        self.size = 0  # of the buffers and the padding between them
        self.nodes = 0
        self.keys = 0
        self.short_text = size_limits.text_bytes // 4  # a string of this many characters is always within the limit

    def node(self, value: Any, depth: int) -> object:
        """Return the node of the tree for a value."""
        kind = id(type(value))
        if kind in _ATOMS:
            return value
        encode = _ENCODERS.get(kind)
        if encode is None:
            torch = tensors.loaded_torch()
            encode = None if torch is None else _torch_encoders(torch).get(kind)
        return self.other(value, depth) if encode is None else encode(self, value, depth)

    def other(self, value: Any, depth: int) -> object:
        """Return the node of the hook's replacement for a value that is not plain data."""
        if self.hook is None:
            raise WireError(f"a value of type {class_name(value)} is not plain data")
        if depth >= self.size_limits.depth:
            raise self._over("depth")
        return self.node(self.hook(value), depth + 1)

    def items(self, values: list[Any], depth: int) -> list[Any]:
        """Encode a container's values in place and return them; the encoder takes over the list."""
        if depth > self.size_limits.depth:
            raise self._over("depth")
        self.nodes += 1 + len(values)
        if self.nodes > self.size_limits.nodes:
            raise self._over("nodes")
        for index, value in enumerate(values):
            kind = type(value)
            if kind is float or (kind is int and LOWEST <= value <= HIGHEST):
                continue
            if (kind is str and len(value) <= self.short_text) or kind is bool or value is None:
                continue
            encode = _ENCODERS.get(id(kind))
            values[index] = self.node(value, depth) if encode is None else encode(self, value, depth)
        return values

    def add_buffer(self, array: np.ndarray[Any, Any], code: str) -> None:
        """Append an array's bytes, in C order, to the frame."""
        size = array.nbytes
        if not size:
            return
        zeros = -self.size % ALIGNMENT
        self.size += zeros + size
        if self.size > self.size_limits.frame_bytes:
            raise self._over("frame_bytes")
        data = array.tobytes() if size <= COPIED_BYTES else arrays.view_of(array)
        if code not in arrays.UNCHECKED:
            arrays.check_content(code, data)
        if zeros:
            self.buffers.append(ZEROS[:zeros])
        self.buffers.append(data)

    def spend(self, nodes: int) -> None:
        """Count objects toward the limit."""
        self.nodes += nodes
        if self.nodes > self.size_limits.nodes:
            raise self._over("nodes")

    def spend_keys(self, keys: int) -> None:
        """Count keys other than strings toward the limit."""
        self.keys += keys
        if self.keys > self.size_limits.keys:
            raise self._over("keys")

    def _over(self, cap: str) -> OverSizeLimit:
        return OverSizeLimit(f"this value is over the limit {cap}={getattr(self.size_limits, cap)}")

    def frame(self, tree: object) -> list[bytes | memoryview]:
        """Return the frame's parts: the fixed header and the tree, then the buffers."""
        data = write_tree(tree, self.size_limits)
        start = HEADER_SIZE + len(data)
        if self.buffers:
            start = aligned(start)
        if start + self.size > self.size_limits.frame_bytes:
            raise self._over("frame_bytes")
        head = pack_header(len(data), start + self.size - HEADER_SIZE) + data
        if not self.buffers:
            return [head]
        parts = [head.ljust(start, b"\0"), *self.buffers]
        return parts if start + self.size >= JOINED_BYTES else [b"".join(parts)]


def encode(
    value: object,
    *,
    hook: Hook | None = None,
    size_limits: SizeLimits = DEFAULT_SIZE_LIMITS,
    layouts: bool = False,
) -> list[bytes | memoryview]:
    """Encode a value as the parts of one frame.

    Only exact types are plain data: a subclass of list, ndarray or Tensor is not. An object that occurs twice is sent
    twice. A parameter arrives as a tensor, a CUDA tensor on the CPU, a tensor with requires_grad as a leaf.

    Parameters
    ----------
    value : object
        Plain data: None, bool, int, float, complex, str, bytes; list, tuple, dict, set, frozenset; slice, range, `...`;
        NumPy arrays, scalars, dtypes and number classes; torch tensors, parameters and dtypes; random generators of
        NumPy and torch; handles and callbacks.
    hook : callable, optional
        Called with every other object; returns plain data, a `HandleRef` or a `CallbackRef` to send instead. Its
        exceptions propagate. Without a hook, any other object raises `WireError`.
    size_limits : SizeLimits
        Size limits.
    layouts : bool
        Whether arrays and tensors keep their memory layout; in C order otherwise.

    Returns
    -------
    list of bytes and memoryviews
        To be joined or written in this order; a small frame is one part. Large contiguous arrays are not copied, so
        write them before they change.

    Raises
    ------
    WireError
        The value is not plain data, or is over a size limit.

    Examples
    --------
    >>> from grader.wire import decode
    >>> decode(b"".join(encode({"stride": (1, 2)})))
    {'stride': (1, 2)}
    """
    walk = Encoder(hook, size_limits, layouts)
    try:
        return walk.frame(walk.node(value, 0))
    except RecursionError:
        raise WireError("this value is too deep for what is left of the stack") from None
    except MemoryError:
        raise WireError("this value is too large for this machine's memory") from None
