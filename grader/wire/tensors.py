"""Torch tensors and dtypes. This module never imports torch itself, because workers of NumPy tasks have none."""

import sys
from functools import lru_cache
from types import ModuleType
from typing import Any

import numpy as np

from grader.wire.arrays import check_shape, laid_out
from grader.wire.codec import Decode, DecodeWalk, Encode, EncodeWalk, Tag, WireError
from grader.wire.layouts import layout_of

TENSOR_NODES = 10
_CARRIERS = {"bf2": "i2"}
"""Dtypes that NumPy lacks, and the integer dtype that carries their bits."""
_TORCH_CODES = {
    "bool": "b1", "int8": "i1", "int16": "i2", "int32": "i4", "int64": "i8",
    "uint8": "u1", "uint16": "u2", "uint32": "u4", "uint64": "u8",
    "float16": "f2", "bfloat16": "bf2", "float32": "f4", "float64": "f8", "complex64": "c8", "complex128": "c16",
}  # fmt: skip


def loaded_torch() -> Any:
    """Return torch if it is fully imported in this process, else None."""
    torch = sys.modules.get("torch")
    return torch if hasattr(torch, "nn") and hasattr(torch, "Generator") else None


def needed_torch() -> Any:
    """Return torch, or raise `WireError` if it is not imported."""
    torch = loaded_torch()
    if torch is None:
        raise WireError("this value needs torch, which is not imported here")
    return torch


@lru_cache(maxsize=1)
def _codes(torch: ModuleType) -> dict[Any, str]:
    return {getattr(torch, name): code for name, code in _TORCH_CODES.items()}


def _encode_tensor(walk: EncodeWalk, tensor: Any, depth: int) -> object:
    code = _codes(needed_torch()).get(tensor.dtype)
    if code is None:
        raise WireError(f"tensors of dtype {tensor.dtype} are not plain data")
    shape = list(tensor.shape)
    check_shape(shape, tensor.element_size(), walk.size_limits)
    walk.spend(TENSOR_NODES)
    carrier = _CARRIERS.get(code, code)
    array = _as_array(tensor, carrier != code)
    layout = layout_of(array) if walk.layouts else None
    walk.add_buffer(array, carrier)
    return laid_out([Tag.TENSOR, code, shape, tensor.requires_grad], layout)


def _as_array(tensor: Any, as_bits: bool) -> np.ndarray[Any, Any]:
    """Return the tensor's values as an array in host memory, shared with the tensor if possible."""
    torch = needed_torch()
    if tensor.layout is not torch.strided or tensor.is_quantized or tensor.device.type == "meta":
        raise WireError("sparse, quantized and meta tensors are not plain data")
    try:
        plain = tensor.detach() if tensor.requires_grad else tensor
        plain = plain.cpu().resolve_conj().resolve_neg()
        array: np.ndarray[Any, Any] = (plain.view(torch.int16) if as_bits else plain).numpy()
    except (RuntimeError, TypeError) as error:
        raise WireError(f"a tensor cannot be read: {str(error)[:200]}") from None
    return array


def _decode_tensor(walk: DecodeWalk, node: list[Any], depth: int) -> Any:
    _, code, shape, requires_grad = node
    torch = needed_torch()
    walk.spend(TENSOR_NODES)
    dtype = _dtype_of_code(torch, code)
    if type(requires_grad) is not bool or (requires_grad and not (dtype.is_floating_point or dtype.is_complex)):
        raise WireError("requires_grad must be a truth value, and true only for real and complex tensors")
    carrier = _CARRIERS.get(code, code)
    tensor = torch.from_numpy(walk.take_array(carrier, shape))
    if carrier != code:
        tensor = tensor.view(dtype)
    return tensor.requires_grad_() if requires_grad else tensor


def _dtype_of_code(torch: Any, code: Any) -> Any:
    for dtype, known in _codes(torch).items():
        if known == code:
            return dtype
    raise WireError("a tensor of a dtype that is not on the list")


def _encode_dtype(walk: EncodeWalk, dtype: Any, depth: int) -> object:
    if dtype not in _codes(needed_torch()):
        raise WireError(f"{dtype} is not on the list")
    return [Tag.TORCH_DTYPE, str(dtype).removeprefix("torch.")]


def _decode_dtype(walk: DecodeWalk, node: list[Any], depth: int) -> Any:
    name = node[1]
    if type(name) is not str or name not in _TORCH_CODES:
        raise WireError("a torch dtype that is not on the list")
    return getattr(needed_torch(), name)


def encoders(torch: Any) -> dict[type, Encode]:
    """Return the encoder of each exact torch type."""
    return {torch.Tensor: _encode_tensor, torch.nn.Parameter: _encode_tensor, torch.dtype: _encode_dtype}


DECODERS: dict[int, tuple[int, Decode]] = {
    Tag.TENSOR: (3, _decode_tensor),
    Tag.TORCH_DTYPE: (1, _decode_dtype),
}
