"""Strategies that draw values that travel, and an equality that tells every bit apart."""

import struct
from typing import Any

import msgspec
import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from hypothesis.strategies import SearchStrategy

from grader.wire import HEADER_SIZE, SizeLimits, decode, encode

pack = msgspec.msgpack.encode

DTYPES = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64", "complex64", "complex128"),
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(2**100), 2**100),
    st.floats(),
    st.complex_numbers(),
    TEXTS,
    st.binary(max_size=20),
)
KEYS = st.one_of(
    TEXTS,
    st.integers(),
    st.floats(allow_nan=False),
    st.none(),
    st.booleans(),
    st.binary(max_size=5),
    st.tuples(st.integers(), TEXTS),
)


def arrays() -> SearchStrategy[np.ndarray]:
    """Arrays of every dtype that travels, of any shape down to none and empty, of any bits."""
    dtypes = (
        st.sampled_from(DTYPES).map(np.dtype)
        | npst.unicode_string_dtypes(endianness="<", max_len=5)
        | npst.byte_string_dtypes(max_len=5)
    )
    shapes = npst.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)
    return dtypes.flatmap(lambda dtype: npst.arrays(dtype, shapes))


def numpy_scalars() -> SearchStrategy[np.generic]:
    """One number of every dtype."""
    return st.sampled_from(DTYPES).flatmap(lambda name: npst.arrays(name, ())).map(lambda array: array[()])


def values() -> SearchStrategy[Any]:
    """Trees of everything but torch."""
    leaves = SCALARS | arrays() | numpy_scalars() | st.slices(10) | st.builds(range, st.integers(0, 9)) | st.just(...)
    return st.recursive(leaves, _containers, max_leaves=12)


def _containers(inner: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return st.one_of(
        st.lists(inner, max_size=5),
        st.lists(inner, max_size=5).map(tuple),
        st.dictionaries(KEYS, inner, max_size=5),
        st.sets(KEYS, max_size=5),
        st.frozensets(KEYS, max_size=5),
    )


def frame_of(value: Any, **options: Any) -> bytearray:
    """Encode and join."""
    return bytearray().join(encode(value, **options))


def sent(value: Any, **options: Any) -> Any:
    """Send a value to the other side, with the default size_limits or others."""
    size_limits = options.get("size_limits", SizeLimits())
    return decode(frame_of(value, size_limits=size_limits), size_limits=size_limits)


def identical(one: Any, other: Any) -> bool:
    """Whether two values have the same types and bits: NaN is itself, -0.0 is not 0.0, 1 is not True."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray | np.generic):
        return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(identical, one, other))
    if isinstance(one, dict):
        return identical(list(one.items()), list(other.items()))
    if isinstance(one, float | complex):
        return bits(one) == bits(other)
    return bool(one == other)


def bits(number: complex) -> bytes:
    """Return the bytes of a Python float or complex."""
    return struct.pack("<dd", complex(number).real, complex(number).imag)


def raw_frame(node: Any, buffers: bytes = b"", **fields: Any) -> bytes:
    """Build a frame from a tree, or from its bytes, and any fields of the fixed header, each of which may be wrong."""
    tree = node if isinstance(node, bytes) else pack(node)
    padded = tree + bytes(-(HEADER_SIZE + len(tree)) % 16) if buffers else tree
    header = {"magic": b"DGW", "version": 1, "tree": len(tree), "body": len(padded) + len(buffers)} | fields
    return struct.pack("<3sBIQ", *header.values()) + padded + buffers
