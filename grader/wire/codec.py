"""Interfaces shared by both ends: tags, size limits, errors, and the protocols of the encoding and decoding walks."""

from collections.abc import Callable
from typing import Any, Final, Protocol, TypeAlias

import numpy as np
from msgspec import Struct


class Tag:
    """First element of every array in the msgpack tree, which says what the rest of it encodes.

    None, bool, 64-bit int, float, str and bytes represent themselves; everything else is `[tag, field, ...]`.
    """

    LIST: Final = 0  # items
    TUPLE: Final = 1  # items
    DICT: Final = 2  # keys, values
    SET: Final = 3  # items
    FROZENSET: Final = 4  # items
    INTEGER: Final = 5  # two's complement, little-endian
    COMPLEX: Final = 6  # real, imaginary
    SLICE: Final = 7  # start, stop, step
    RANGE: Final = 8  # start, stop, step
    ELLIPSIS: Final = 9
    TYPE: Final = 10  # name
    ARRAY: Final = 11  # dtype, shape; its bytes are the next buffer
    SCALAR: Final = 12  # dtype, bytes
    TEXT_SCALAR: Final = 13  # str or bytes
    DTYPE: Final = 14  # dtype
    TENSOR: Final = 15  # dtype, shape, requires_grad; its bytes are the next buffer
    TORCH_DTYPE: Final = 16  # name
    GENERATOR: Final = 17  # bit generator, state
    TORCH_GENERATOR: Final = 18  # state
    HANDLE: Final = 19  # number, kind
    CALLBACK: Final = 20  # number, name
    LAID_OUT: Final = 21  # array or tensor, axes, steps
    SHARED: Final = 22  # number


class SizeLimits(Struct, frozen=True):
    """Size limits of one frame. The encoder checks them before it sends, the decoder before it allocates.

    Attributes
    ----------
    frame_bytes : int
        The whole frame, and any one array in it. An array with a zero in its shape counts as if the zero were 1: 8
        million empty rows are 8 million objects to any code that iterates over them.
    header_bytes : int
        The msgpack tree: everything except the arrays' bytes.
    nodes : int
        Objects in the msgpack tree. A number in a list is one; a container or an array is a few. A tensor counts 10
        extra and a random generator 1000 extra, because they take that much longer to rebuild.
    depth : int
        Nesting depth of containers.
    text_bytes : int
        One string encoded as UTF-8, or one bytes object.
    int_bytes : int
        One integer beyond 64 bits. The default stays below the 4300 digits that `str` accepts.
    keys : int
        Dictionary keys and set elements other than strings, in the whole frame. Hashes of numbers and tuples are not
        randomized, so keys can be chosen to collide, and building a dictionary of them takes quadratic time.
    ranges : bool
        Whether a `range` may travel: a few bytes of it can stand for any number of integers.
    """

    frame_bytes: int = 256 << 20
    header_bytes: int = 16 << 20
    nodes: int = 1_000_000
    depth: int = 64
    text_bytes: int = 4 << 20
    int_bytes: int = 1024
    keys: int = 20_000
    ranges: bool = True


DEFAULT_SIZE_LIMITS = SizeLimits()


class WireError(Exception):
    """A malformed frame, a frame over a size limit, or a value that is not plain data."""


class OverSizeLimit(WireError):
    """A frame or value over a size limit.

    Parameters
    ----------
    message : str
    size : int, optional
        Its size in bytes, if known.
    """

    def __init__(self, message: str, size: int = 0) -> None:
        super().__init__(message)
        self.size = size


class NotAnAnswer(WireError):
    """A compact stand-in for a much larger value, such as a range, which this side does not accept."""


class EncodeWalk(Protocol):
    """An encoding in progress."""

    size_limits: SizeLimits
    layouts: bool

    def node(self, value: Any, depth: int) -> object:
        """Return the node of a value."""

    def items(self, values: list[Any], depth: int) -> list[Any]:
        """Return the nodes of several values."""

    def other(self, value: Any, depth: int) -> object:
        """Return the node of a value that is not plain data, as given by the hook."""

    def add_buffer(self, array: np.ndarray[Any, Any], code: str) -> None:
        """Append an array's bytes after the tree."""

    def spend(self, nodes: int) -> None:
        """Count nodes toward the limit."""

    def spend_keys(self, keys: int) -> None:
        """Count keys other than strings toward the limit."""


class DecodeWalk(Protocol):
    """A decoding in progress."""

    size_limits: SizeLimits
    layouts: bool

    def node(self, node: Any, depth: int) -> Any:
        """Return the value of a node."""

    def items(self, nodes: Any, depth: int) -> list[Any]:
        """Return the values of several nodes."""

    def take_array(self, code: Any, shape: Any) -> np.ndarray[Any, Any]:
        """Return the next array after the tree."""

    def spend(self, nodes: int) -> None:
        """Count nodes toward the limit."""

    def spend_keys(self, keys: int) -> None:
        """Count keys other than strings toward the limit."""

    def resolve(self, ref: object) -> object:
        """Return the object that replaces a reference."""


Encode: TypeAlias = Callable[[EncodeWalk, Any, int], object]
"""Function that turns a value of one exact type, at some depth, into a node of the tree."""

Decode: TypeAlias = Callable[[Any, list[Any], int], object]
"""Function of a walk, a node (only its number of fields has been checked) and a depth that returns the value."""
