"""What the modules for single types may ask of the encoder and the decoder."""

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

import numpy as np

from grader.wire.caps import Caps


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
