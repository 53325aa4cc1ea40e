"""What both ends of the wire agree on: size limits, what may go wrong, and what a type's module may ask for."""

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

import numpy as np
from msgspec import Struct


class Caps(Struct, frozen=True):
    """Upper bounds of one frame. Both sides hold to them: the encoder before it sends, the decoder before it allocates.

    Attributes
    ----------
    frame_bytes : int
        The whole frame, and any one array of it. An array without entries counts as large as its other sizes make it:
        8 million empty rows are 8 million objects to whoever walks over them.
    header_bytes : int
        The msgpack tree: everything but the arrays' bytes.
    nodes : int
        Objects in the msgpack tree. A number in a list is one; a container or an array is a handful; a tensor counts
        as 10 and a random generator as 1000 more, because they cost that much more time to rebuild.
    depth : int
        Containers inside one another.
    text_bytes : int
        One string in UTF-8, or one bytes object.
    int_bytes : int
        One integer beyond 64 bits. The default keeps it short enough for `str`, which refuses more than 4300 digits.
    keys : int
        Dictionary keys and set elements other than strings, in the whole frame. Hashes of numbers and tuples are not
        random, so keys can be made up to collide, and a dictionary of them takes quadratic time.
    ranges : bool
        Whether a `range` may travel: a few bytes of it are as many numbers as somebody lists.
    """

    frame_bytes: int = 256 << 20
    header_bytes: int = 16 << 20
    nodes: int = 1_000_000
    depth: int = 64
    text_bytes: int = 4 << 20
    int_bytes: int = 1024
    keys: int = 20_000
    ranges: bool = True


DEFAULT_CAPS = Caps()


class WireError(Exception):
    """A frame that is malformed or over a cap, or a value that is not plain data."""


class OverCap(WireError):
    """A frame or a value that is larger than it may be.

    Parameters
    ----------
    message : str
    size : int, optional
        How large it is in bytes, where that is known.
    """

    def __init__(self, message: str, size: int = 0) -> None:
        super().__init__(message)
        self.size = size


class NotAnAnswer(WireError):
    """Data that stands for much more than it is, which this side does not take."""


class EncodeWalk(Protocol):
    """One encoding in progress."""

    caps: Caps

    def node(self, value: Any, depth: int) -> object:
        """Return the node of a value."""

    def items(self, values: list[Any], depth: int) -> list[Any]:
        """Return the nodes of several values."""

    def other(self, value: Any, depth: int) -> object:
        """Return the node of what is no plain data, as the hook says."""

    def add_buffer(self, array: np.ndarray[Any, Any], code: str) -> None:
        """Let an array's bytes follow the tree."""

    def spend(self, nodes: int) -> None:
        """Count nodes against the cap."""

    def spend_keys(self, keys: int) -> None:
        """Count keys that are no strings against the cap."""


class DecodeWalk(Protocol):
    """One decoding in progress."""

    caps: Caps

    def node(self, node: Any, depth: int) -> Any:
        """Return the value of a node."""

    def items(self, nodes: Any, depth: int) -> list[Any]:
        """Return the values of several nodes."""

    def take_array(self, code: Any, shape: Any) -> np.ndarray[Any, Any]:
        """Return the next array that follows the tree."""

    def spend(self, nodes: int) -> None:
        """Count nodes against the cap."""

    def spend_keys(self, keys: int) -> None:
        """Count keys that are no strings against the cap."""

    def resolve(self, ref: object) -> object:
        """Return what stands in a reference's place."""


Encode: TypeAlias = Callable[[EncodeWalk, Any, int], object]
"""Turns a value of one exact type, at some depth, into its node of the tree."""

Decode: TypeAlias = Callable[[Any, list[Any], int], object]
"""Takes the walk, a node whose fields have passed no check but their number, and the depth; returns the value."""
