"""NumPy arrays, scalars, dtypes and number classes. Only listed dtypes travel; none of them holds a Python object."""

from typing import Any, TypeAlias

import numpy as np

from grader.wire.codec import Decode, DecodeWalk, Encode, EncodeWalk, OverSizeLimit, SizeLimits, Tag, WireError
from grader.wire.layouts import MemoryLayout, arranged, arranged_tensor, base_shape, is_layout, layout_of
from grader.wire.scalars import builtin_class, builtin_name

Buffer: TypeAlias = bytes | bytearray | memoryview

MOST_DIMENSIONS = 32
_NAMES = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64", "complex64", "complex128"),
)
_BY_CODE = {np.dtype(name).str[1:]: np.dtype(name) for name in _NAMES}
_CODES = {dtype: code for code, dtype in _BY_CODE.items()}
UNCHECKED = frozenset(_BY_CODE) - {"b1"}
"""Codes of the dtypes for which every bit pattern is a valid value, so that their bytes need no check."""
_CHARACTER = {"U": 4, "S": 1}  # bytes per character, by dtype kind
_CLASSES: dict[str, type] = {f"numpy.{dtype.name}": dtype.type for dtype in _CODES}
_CLASS_NAMES = {id(kind): name for name, kind in _CLASSES.items()}
_NUMBER_TYPES: frozenset[type] = frozenset({dtype.type for dtype in _CODES} | {np.longlong, np.ulonglong})
SCALAR_TYPES: frozenset[type] = _NUMBER_TYPES | {np.str_, np.bytes_}


def code_of(dtype: np.dtype[Any], size_limits: SizeLimits) -> str:
    """Return the code of a native-endian dtype.

    Raises
    ------
    WireError
        The dtype is not listed, or its strings are over the size limit.
    """
    code = _CODES.get(dtype)
    if code is None and dtype.kind in "US" and dtype.isnative and dtype.itemsize:
        _check_text_size(dtype.itemsize, size_limits)
        code = f"{dtype.kind}{dtype.itemsize // _CHARACTER[dtype.kind]}"
    if code is None:
        raise WireError(f"arrays of dtype {str(dtype)[:100]} are not plain data")
    return code


def dtype_of(code: Any, size_limits: SizeLimits) -> np.dtype[Any]:
    """Return the dtype of a code.

    Raises
    ------
    WireError
        There is no such dtype.
    """
    if type(code) is not str:
        raise WireError("a dtype's code must be a text")
    return _BY_CODE.get(code) or _text_dtype(code, size_limits)


def _text_dtype(code: str, size_limits: SizeLimits) -> np.dtype[Any]:
    kind, digits = code[:1], code[1:]
    if kind not in _CHARACTER or not digits.isascii() or not digits.isdigit() or len(digits) > 9 or digits[0] == "0":
        raise WireError("a dtype that is not on the list")
    _check_text_size(_CHARACTER[kind] * int(digits), size_limits)
    return np.dtype(code)


def _check_text_size(size: int, size_limits: SizeLimits) -> None:
    if size > size_limits.text_bytes:
        raise OverSizeLimit(f"a text dtype is over the limit text_bytes={size_limits.text_bytes}")


def check_shape(shape: Any, itemsize: int, size_limits: SizeLimits) -> int:
    """Return the number of bytes of an array.

    Raises
    ------
    WireError
        The shape is not a list of at most 32 sizes, or the array is over the size limit.
    """
    if type(shape) is not list or len(shape) > MOST_DIMENSIONS:
        raise WireError(f"a shape must be a list of at most {MOST_DIMENSIONS} sizes")
    # Zeros are skipped: a shape like (10**9, 0) has no bytes, but walking over its rows would still be slow.
    size_without_zeros = itemsize
    for size in shape:
        if type(size) is not int or size < 0:
            raise WireError("a shape's sizes must be integers, 0 or more")
        size_without_zeros *= size or 1
    if size_without_zeros > size_limits.frame_bytes:
        raise OverSizeLimit(f"an array is over the limit frame_bytes={size_limits.frame_bytes}", size_without_zeros)
    return 0 if 0 in shape else size_without_zeros


def check_content(code: str, data: Buffer) -> None:
    """Raise `WireError` for bytes that are not valid values of their dtype, such as a bool of 2 or half a character."""
    if code == "b1" and np.frombuffer(data, np.uint8).max() > 1:
        raise WireError("an array of truth values holds a byte other than 0 and 1")
    if code[0] == "U":
        points = np.frombuffer(data, np.uint32)
        if points.max() > 0x10FFFF or ((points >= 0xD800) & (points <= 0xDFFF)).any():
            raise WireError("an array of texts holds a number that is not a Unicode character")


def view_of(array: np.ndarray[Any, Any]) -> memoryview:
    """Return an array's bytes in C order, without a copy if it is C-contiguous."""
    contiguous = array if array.flags.c_contiguous else np.ascontiguousarray(array)
    return np.frombuffer(contiguous, np.uint8).data


def native(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the array in native byte order, with an empty string dtype widened to one character."""
    dtype = array.dtype.newbyteorder("=")
    if dtype.kind in "US" and not dtype.itemsize:
        dtype = np.dtype(f"{dtype.kind}1")
    return array if dtype == array.dtype else array.astype(dtype)


def _encode_array(walk: EncodeWalk, array: np.ndarray[Any, Any], depth: int) -> object:
    shape = array.shape
    if not 0 < array.nbytes <= walk.size_limits.frame_bytes or len(shape) > MOST_DIMENSIONS:
        check_shape(list(shape), array.itemsize, walk.size_limits)
    code = _CODES.get(array.dtype)
    if code is None:
        array = native(array)
        code = code_of(array.dtype, walk.size_limits)
    layout = layout_of(array) if walk.layouts else None
    walk.add_buffer(array, code)
    return laid_out([Tag.ARRAY, code, shape], layout)


def laid_out(node: list[Any], layout: MemoryLayout | None) -> list[Any]:
    """Return the node of an array or tensor in a layout."""
    return node if layout is None else [Tag.LAID_OUT, node, layout.axes, layout.steps]


def _decode_array(walk: DecodeWalk, node: list[Any], depth: int) -> np.ndarray[Any, Any]:
    _, code, shape = node
    return walk.take_array(code, shape)


def _decode_layout(walk: DecodeWalk, node: list[Any], depth: int) -> Any:
    """Return an array or tensor in a memory layout, whose gaps count toward the size limit."""
    _, inner, axes, steps = node
    if not walk.layouts or type(inner) is not list or inner[:1] not in ([Tag.ARRAY], [Tag.TENSOR]):
        raise WireError("only an array that is sent to a worker has a memory layout")
    array = walk.node(inner, depth)
    if not is_layout(axes, steps, array.ndim):
        raise WireError("a memory layout needs an array's axes in some order, and a step for each")
    layout = MemoryLayout(tuple(axes), tuple(steps))
    check_shape(base_shape(tuple(array.shape), layout), array.itemsize, walk.size_limits)
    if type(array) is np.ndarray:
        return arranged(array, layout)
    if min(steps, default=1) < 0:
        raise WireError("a tensor's axes run forward in memory")
    return arranged_tensor(array, layout).requires_grad_(array.requires_grad)


def _encode_number(walk: EncodeWalk, number: np.generic, depth: int) -> object:
    return [Tag.SCALAR, code_of(number.dtype, walk.size_limits), number.tobytes()]


def _decode_number(walk: DecodeWalk, node: list[Any], depth: int) -> np.generic:
    _, code, data = node
    dtype = _BY_CODE.get(code) if type(code) is str else None
    if dtype is None or type(data) is not bytes or len(data) != dtype.itemsize:
        raise WireError("a NumPy scalar needs a dtype of the list and so many bytes")
    check_content(code, data)
    number: np.generic = np.frombuffer(data, dtype)[0]
    return number


def _encode_text_scalar(walk: EncodeWalk, text: np.str_ | np.bytes_, depth: int) -> object:
    return [Tag.TEXT_SCALAR, walk.node("".join(text) if isinstance(text, str) else b"".join((text,)), depth)]


def _decode_text_scalar(walk: DecodeWalk, node: list[Any], depth: int) -> np.str_ | np.bytes_:
    text = node[1]
    if type(text) not in (str, bytes):
        raise WireError("a NumPy text needs a str or bytes")
    plain = walk.node(text, depth)
    return np.str_(plain) if type(plain) is str else np.bytes_(plain)


def _encode_dtype(walk: EncodeWalk, dtype: np.dtype[Any], depth: int) -> object:
    return [Tag.DTYPE, code_of(dtype, walk.size_limits)]


def _decode_dtype(walk: DecodeWalk, node: list[Any], depth: int) -> np.dtype[Any]:
    code = node[1]
    return dtype_of(code, walk.size_limits)


def name_of_class(kind: type) -> str | None:
    """Return the name of a number class of Python or NumPy, or None."""
    return _CLASS_NAMES.get(id(kind)) or builtin_name(kind)


def _encode_class(walk: EncodeWalk, kind: type, depth: int) -> object:
    name = name_of_class(kind)
    return walk.other(kind, depth) if name is None else [Tag.TYPE, name]


def _decode_class(walk: DecodeWalk, node: list[Any], depth: int) -> type:
    name = node[1]
    kind = (_CLASSES.get(name) or builtin_class(name)) if type(name) is str else None
    if kind is None:
        raise WireError("a class that is not on the list")
    return kind


ENCODERS: dict[type, Encode] = {
    np.ndarray: _encode_array,
    type: _encode_class,
    **dict.fromkeys(_NUMBER_TYPES, _encode_number),
    np.str_: _encode_text_scalar,
    np.bytes_: _encode_text_scalar,
    **{type(dtype): _encode_dtype for dtype in (*_CODES, np.dtype("U1"), np.dtype("S1"))},
}
DECODERS: dict[int, tuple[int, Decode]] = {
    Tag.ARRAY: (2, _decode_array),
    Tag.LAID_OUT: (3, _decode_layout),
    Tag.SCALAR: (2, _decode_number),
    Tag.TEXT_SCALAR: (1, _decode_text_scalar),
    Tag.DTYPE: (1, _decode_dtype),
    Tag.TYPE: (1, _decode_class),
}
