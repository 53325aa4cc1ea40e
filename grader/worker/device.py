"""Batches of calls on a device, in the worker: buffers that lie ready, arguments that come locked, answers copied out.

A batch is a number of slots, each with the arguments of one call and room for its answer. Arguments lie in the buffers
before the clock starts, and cannot be used yet: their bits are locked by keys that come with the request for their
call. The next keys come when that call's answer is there, so a batch cannot be computed in one launch. The buffers are
the judge's own memory, opened by a CUDA-IPC handle, or this process's where there is no handle. On the wire there are
bytes and numbers only.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

Template = tuple[str, Any]


def apart(value: Any, tensors: list[Any]) -> Template:
    """Return the template of a value, and append its tensors to a list.

    Examples
    --------
    >>> apart((1, [2.5]), [])
    ('tuple', [('value', 1), ('list', [('value', 2.5)])])
    """
    import torch

    if type(value) is torch.Tensor:
        tensors.append(value)
        return ("tensor", len(tensors) - 1)
    if type(value) in (tuple, list):
        return (type(value).__name__, [apart(part, tensors) for part in value])
    if type(value) is dict:
        return ("dict", {name: apart(part, tensors) for name, part in value.items()})
    return ("value", value)


def together(template: Template, tensors: Sequence[Any]) -> Any:
    """Return the value of a template with these tensors in it.

    Examples
    --------
    >>> together(("tuple", [("tensor", 1), ("value", 3)]), ["a", "b"])
    ('b', 3)
    """
    kind, content = template
    if kind == "tensor":
        return tensors[content]
    if kind in ("tuple", "list"):
        parts = [together(part, tensors) for part in content]
        return tuple(parts) if kind == "tuple" else parts
    if kind == "dict":
        return {name: together(part, tensors) for name, part in content.items()}
    return content


ALIGNED = 256  # bytes: where a tensor may begin, as the allocator of CUDA has it
MOST_HANDLE_BYTES = 4096
HANDLE_TYPES = (int, bytes, int, int, bytes, int)
"""Device, handle, size of the storage, its offset, reference counter, offset in that: what `_share_cuda_` gives."""

Spec = tuple[Any, tuple[int, ...]]
"""A tensor's dtype and shape."""
Row = list[Any]
"""The tensors of one slot."""
Layout = tuple[int, Template, Template, Sequence[Spec], Sequence[Spec]]


def spec_bytes(spec: Spec) -> int:
    """Return the room that a tensor takes."""
    dtype, shape = spec
    return -(-max(1, math.prod(shape)) * int(dtype.itemsize) // ALIGNED) * ALIGNED


def cut(arena: Any, slots: int, specs: Sequence[Spec], start: int = 0) -> list[Row]:
    """Return the tensors of every slot as views of one long tensor of bytes, from a place in it."""
    rows: list[Row] = []
    for _ in range(slots):
        row = []
        for dtype, shape in specs:
            count = math.prod(shape) * dtype.itemsize
            row.append(arena[start : start + count].view(dtype).view(shape))
            start += spec_bytes((dtype, shape))
        rows.append(row)
    return rows


def arena_bytes(slots: int, specs: Sequence[Spec]) -> int:
    """Return how many bytes the tensors of all slots take."""
    return slots * sum(spec_bytes(spec) for spec in specs)


def bits(tensor: Any) -> Any:
    """Return a tensor's memory as integers as wide as its elements: no copy of those changes a bit of them."""
    import torch

    width = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}[tensor.element_size()]
    return tensor.view(width)


def lock(tensor: Any, key: int) -> None:
    """Flip a tensor's bits by a stream of random ones, in place; a second time restores them.

    Parameters
    ----------
    tensor : Tensor
    key : int
        Seed of the stream: of 63 bits, and the same stream wherever the kind of device is the same.
    """
    import torch

    integers = bits(tensor)
    stream = torch.empty_like(integers)
    half = 1 << (8 * tensor.element_size() - 1)
    generator = torch.Generator(tensor.device).manual_seed(key)
    stream.random_(-half, half if half < 1 << 63 else None, generator=generator)  # None: no end, int64's own
    integers.bitwise_xor_(stream)


def digest(row: Row, seal: int) -> int:
    """Return a number that follows from every bit of some tensors, and from a seal that nobody knows before.

    Parameters
    ----------
    row : list of Tensor
    seal : int
        Of 62 bits.

    Returns
    -------
    int
        The weighted sum of the tensors' bits as integers, modulo 2**64: the same on every device.
    """
    import torch

    sums = []
    for tensor in row:
        integers = bits(tensor).reshape(-1).to(torch.int64)
        weights = torch.arange(1, len(integers) + 1, device=integers.device) * (2 * seal + 1)
        sums.append((integers * weights).sum())
    return sum((place + 1) * int(one) for place, one in enumerate(sums)) % (1 << 64)


def opened_storage(handle: tuple[Any, ...] | None) -> Any:
    """Return the judge's memory behind a handle as a tensor of bytes, as `torch.multiprocessing.reductions` does.

    Raises
    ------
    ValueError
        That is no handle.
    RuntimeError
        The driver refuses, which it does across PID namespaces.
    """
    import torch

    if type(handle) is not tuple or tuple(map(type, handle)) != HANDLE_TYPES or len(handle[1]) > MOST_HANDLE_BYTES:
        raise ValueError("that is no handle of a buffer")
    storage = torch.UntypedStorage._new_shared_cuda(*handle, b"", False)  # the judge has waited: there is no event
    return torch.empty(0, dtype=torch.uint8, device=storage.device).set_(storage)


class Desk:
    """What lies ready in a worker.

    Parameters
    ----------
    where : str
        The device, as torch calls it.
    layout : tuple
        How many slots; the templates of arguments and answer; dtype and shape of the tensors of each.
    handle : tuple or None
        Of the judge's buffers; None for own ones.
    """

    def __init__(self, where: str, layout: Layout, handle: tuple[Any, ...] | None) -> None:
        import torch

        slots, self._arguments, self._answer, inputs, outputs = layout
        self._where = where
        count = arena_bytes(slots, (*inputs, *outputs))
        own = handle is None
        arena = torch.empty(count, dtype=torch.uint8, device=where) if own else opened_storage(handle)
        if arena.numel() < count:
            raise ValueError("the buffers are smaller than what shall lie in them")
        self._inputs = cut(arena, slots, inputs)
        self._outputs = cut(arena, slots, outputs, arena_bytes(slots, inputs))

    def put(self, slot: int, tensors: Sequence[Any]) -> None:
        """Put the locked arguments of one call, as integers, into their buffers."""
        for buffer, tensor in zip(self._inputs[slot], tensors, strict=True):
            bits(buffer).copy_(tensor)
        self._wait()

    def run(self, function: Callable[..., Any], slot: int, keys: Sequence[int], seal: int = 0) -> int:
        """Unlock the arguments of one call, make it, copy out the answer, and wait until the device has done it.

        Parameters
        ----------
        function : callable
        slot : int
        keys : sequence of int
            Of every argument.
        seal : int, optional
            Where answers are fetched later, and not by the judge itself: the key of the digest that says that this one
            is there now.

        Returns
        -------
        int
            The answer's digest, if there is a seal.
        """
        row, room = self._inputs[slot], self._outputs[slot]
        for tensor, key in zip(row, keys, strict=True):
            lock(tensor, key)
        self._copy_out(function(*together(self._arguments, row)), room)
        told = digest(room, seal) if seal else 0
        self._wait()
        return told

    def take(self, slot: int) -> tuple[Any, ...]:
        """Return the answer of one call, to be sent."""
        return tuple(tensor.cpu() for tensor in self._outputs[slot])

    def _copy_out(self, answer: Any, room: Row) -> None:
        tensors: list[Any] = []
        template = apart(answer, tensors)
        shapes = [(tensor.dtype, tensor.shape) for tensor in tensors]
        if template != self._answer or shapes != [(buffer.dtype, buffer.shape) for buffer in room]:
            raise TypeError("on the device the answer has another form, shape or dtype than torch's")
        for buffer, tensor in zip(room, tensors, strict=True):
            buffer.copy_(tensor.detach())

    def _wait(self) -> None:
        if self._where.startswith("cuda"):
            import torch

            torch.cuda.synchronize()
