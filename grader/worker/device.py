"""CUDA in a worker: its start, and batches of calls with preallocated buffers, masked arguments, answers copied out.

CUDA is started after the fork, never before: a process forked from one in which CUDA runs cannot use CUDA.

A batch has a number of slots, each with the arguments of one call and space for its answer. Arguments are in the
buffers before the clock starts, but cannot be used yet: they are masked (XOR with a random stream), and the keys arrive
with the request for their call. The next keys arrive after that call's answer, so a batch cannot be computed in one
launch. The buffers are the judge's own memory, opened by a CUDA IPC handle, or this process's if there is no handle.
Only bytes and numbers travel on the wire.
"""

import math
import sys
from collections.abc import Callable, Sequence
from typing import Any


def require_untouched() -> None:
    """Raise if CUDA runs in this process, whose forked children may need it.

    Raises
    ------
    RuntimeError
        CUDA has been initialized.
    """
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        raise RuntimeError("CUDA has been started in a process that forks: its children cannot use a GPU")


def compute_as_named() -> None:
    """Compute float32 at full precision: by default cuDNN rounds inputs of convolutions and LSTMs to 11 bits (TF32)."""
    import torch

    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False


def start(memory_mib: int) -> None:
    """Start CUDA in this process, if there is a GPU.

    Parameters
    ----------
    memory_mib : int
        GPU memory that torch may allocate from now on. The limit binds honest code only: calls to the driver bypass
        torch.
    """
    import torch

    if not torch.cuda.is_available():
        return
    compute_as_named()
    torch.cuda.init()  # type: ignore[no-untyped-call]  # torch has no types for it
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction(min(1.0, (memory_mib << 20) / total), 0)
    one = torch.ones(2, 2, device="cuda")  # triggers all lazy loading and initialization now
    (one @ one).sum().item()
    torch.cuda.synchronize()


Template = tuple[str, Any]


def tree_flatten(value: Any, tensors: list[Any]) -> Template:
    """Return the template of a value, and append its tensors to a list.

    Examples
    --------
    >>> tree_flatten((1, [2.5]), [])
    ('tuple', [('value', 1), ('list', [('value', 2.5)])])
    """
    import torch

    if type(value) is torch.Tensor:
        tensors.append(value)
        return ("tensor", len(tensors) - 1)
    if type(value) in (tuple, list):
        return (type(value).__name__, [tree_flatten(part, tensors) for part in value])
    if type(value) is dict:
        return ("dict", {name: tree_flatten(part, tensors) for name, part in value.items()})
    return ("value", value)


def tree_unflatten(template: Template, tensors: Sequence[Any]) -> Any:
    """Return a template's value with these tensors in it.

    Examples
    --------
    >>> tree_unflatten(("tuple", [("tensor", 1), ("value", 3)]), ["a", "b"])
    ('b', 3)
    """
    kind, content = template
    if kind == "tensor":
        return tensors[content]
    if kind in ("tuple", "list"):
        parts = [tree_unflatten(part, tensors) for part in content]
        return tuple(parts) if kind == "tuple" else parts
    if kind == "dict":
        return {name: tree_unflatten(part, tensors) for name, part in content.items()}
    return content


ALIGNED = 256  # bytes: alignment of tensors, the same as in CUDA's allocator
MOST_HANDLE_BYTES = 4096
HANDLE_TYPES = (int, bytes, int, int, bytes, int)
"""Device, handle, storage size, storage offset, reference counter and its offset, as `_share_cuda_` returns them."""

Spec = tuple[Any, tuple[int, ...]]
"""A tensor's dtype and shape."""
Row = list[Any]
"""The tensors of one slot."""
Layout = tuple[int, Template, Template, Sequence[Spec], Sequence[Spec]]


def spec_bytes(spec: Spec) -> int:
    """Return the bytes that a tensor takes, padding included."""
    dtype, shape = spec
    return -(-max(1, math.prod(shape)) * int(dtype.itemsize) // ALIGNED) * ALIGNED


def cut(block: Any, slots: int, specs: Sequence[Spec], start: int = 0) -> list[Row]:
    """Return the tensors of every slot as views into a byte tensor, from an offset on."""
    rows: list[Row] = []
    for _ in range(slots):
        row = []
        for dtype, shape in specs:
            count = math.prod(shape) * dtype.itemsize
            row.append(block[start : start + count].view(dtype).view(shape))
            start += spec_bytes((dtype, shape))
        rows.append(row)
    return rows


def block_bytes(slots: int, specs: Sequence[Spec]) -> int:
    """Return how many bytes the tensors of all slots take."""
    return slots * sum(spec_bytes(spec) for spec in specs)


def bits(tensor: Any) -> Any:
    """Return a tensor's memory as integers of the same width: copying integers changes no bit."""
    import torch

    width = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}[tensor.element_size()]
    return tensor.view(width)


def mask(tensor: Any, key: int) -> None:
    """XOR a tensor's bits with a random stream, in place; a second call restores them.

    Parameters
    ----------
    tensor : Tensor
    key : int
        Seed of the stream, 63 bits. The same kind of device gives the same stream.
    """
    import torch

    integers = bits(tensor)
    stream = torch.empty_like(integers)
    half = 1 << (8 * tensor.element_size() - 1)
    generator = torch.Generator(tensor.device).manual_seed(key)
    stream.random_(-half, half if half < 1 << 63 else None, generator=generator)  # None: the end of int64's range
    integers.bitwise_xor_(stream)


def digest(row: Row, seal: int) -> int:
    """Return a checksum of every bit of some tensors, keyed by a secret seal.

    Parameters
    ----------
    row : list of Tensor
    seal : int
        Key of 62 bits, unknown to the worker until the call.

    Returns
    -------
    int
        Weighted sum of the tensors' bits as integers, modulo 2**64; the same on every device.
    """
    import torch

    sums = []
    for tensor in row:
        integers = bits(tensor).reshape(-1).to(torch.int64)
        # The factor is odd, hence invertible modulo 2**64: it loses no bit of the sum.
        weights = torch.arange(1, len(integers) + 1, device=integers.device) * (2 * seal + 1)
        sums.append((integers * weights).sum())
    return sum((place + 1) * int(total) for place, total in enumerate(sums)) % (1 << 64)


def opened_storage(handle: tuple[Any, ...] | None) -> Any:
    """Return the judge's memory behind a handle as a byte tensor, as `torch.multiprocessing.reductions` does.

    Raises
    ------
    ValueError
        The handle is malformed.
    RuntimeError
        The driver refuses, as it does across PID namespaces.
    """
    import torch

    if type(handle) is not tuple or tuple(map(type, handle)) != HANDLE_TYPES or len(handle[1]) > MOST_HANDLE_BYTES:
        raise ValueError("that is no handle of a buffer")
    storage = torch.UntypedStorage._new_shared_cuda(*handle, b"", False)  # the judge has synchronized: no event needed
    return torch.empty(0, dtype=torch.uint8, device=storage.device).set_(storage)


class BatchBuffers:
    """The buffers of a worker's batches.

    Parameters
    ----------
    where : str
        Device name for torch.
    layout : tuple
        Number of slots; templates of arguments and answer; dtype and shape of the tensors of each.
    handle : tuple or None
        Handle of the judge's buffers; None to allocate buffers here.
    """

    def __init__(self, where: str, layout: Layout, handle: tuple[Any, ...] | None) -> None:
        import torch

        slots, self._arguments, self._answer, inputs, outputs = layout
        self._where = where
        count = block_bytes(slots, (*inputs, *outputs))
        block = torch.empty(count, dtype=torch.uint8, device=where) if handle is None else opened_storage(handle)
        if block.numel() < count:
            raise ValueError("the buffers are smaller than what shall lie in them")
        self._inputs = cut(block, slots, inputs)
        self._outputs = cut(block, slots, outputs, block_bytes(slots, inputs))

    def put(self, slot: int, tensors: Sequence[Any]) -> None:
        """Copy the masked arguments of one call, as integers, into their buffers."""
        for buffer, tensor in zip(self._inputs[slot], tensors, strict=True):
            bits(buffer).copy_(tensor)
        self._wait()

    def run(self, function: Callable[..., Any], slot: int, keys: Sequence[int], seal: int = 0) -> int:
        """Unmask the arguments of one call, call the function, copy out the answer, and synchronize the device.

        Parameters
        ----------
        function : callable
        slot : int
        keys : sequence of int
            One for every argument.
        seal : int, optional
            Key of the answer's digest, for answers that are fetched after the clock has stopped. The digest proves that
            this answer was complete at this point.

        Returns
        -------
        int
            The answer's digest; 0 without a seal.
        """
        row, outputs = self._inputs[slot], self._outputs[slot]
        for tensor, key in zip(row, keys, strict=True):
            mask(tensor, key)
        self._copy_out(function(*tree_unflatten(self._arguments, row)), outputs)
        checksum = digest(outputs, seal) if seal else 0
        self._wait()
        return checksum

    def take(self, slot: int) -> tuple[Any, ...]:
        """Return the answer of one call, in host memory."""
        return tuple(tensor.cpu() for tensor in self._outputs[slot])

    def _copy_out(self, answer: Any, outputs: Row) -> None:
        tensors: list[Any] = []
        template = tree_flatten(answer, tensors)
        shapes = [(tensor.dtype, tensor.shape) for tensor in tensors]
        if template != self._answer or shapes != [(buffer.dtype, buffer.shape) for buffer in outputs]:
            raise TypeError("on the device the answer has another form, shape or dtype than torch's")
        for buffer, tensor in zip(outputs, tensors, strict=True):
            buffer.copy_(tensor.detach())

    def _wait(self) -> None:
        if self._where.startswith("cuda"):
            import torch

            torch.cuda.synchronize()
