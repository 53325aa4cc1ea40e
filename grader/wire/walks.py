"""What the modules for single types may ask of the encoder and the decoder."""

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

import numpy as np

from grader.wire.caps import Caps


class EncodeWalk(Protocol):
    """One encoding in progress."""

    caps: Caps

    def node(self, value: Any, depth: int) -> object: ...
    def items(self, values: list[Any], depth: int) -> list[Any]: ...
    def other(self, value: Any, depth: int) -> object: ...
    def add_buffer(self, array: np.ndarray[Any, Any], code: str) -> None: ...
    def spend(self, nodes: int) -> None: ...
    def spend_keys(self, keys: int) -> None: ...


class DecodeWalk(Protocol):
    """One decoding in progress."""

    caps: Caps

    def node(self, node: Any, depth: int) -> Any: ...
    def items(self, nodes: Any, depth: int) -> list[Any]: ...
    def take_array(self, code: Any, shape: Any) -> np.ndarray[Any, Any]: ...
    def spend(self, nodes: int) -> None: ...
    def spend_keys(self, keys: int) -> None: ...
    def resolve(self, ref: object) -> object: ...


Encode: TypeAlias = Callable[[EncodeWalk, Any, int], object]
"""Turns a value of one exact type, at some depth, into its node of the tree."""

Decode: TypeAlias = Callable[[Any, list[Any], int], object]
"""Takes the walk, a node whose fields have passed no check but their number, and the depth; returns the value."""
