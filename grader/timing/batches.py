"""Batches of calls on a device: their layout, how a worker runs them, and pairs of them.

The judge owns the clock, the inputs and the memory that answers are read from. It creates the arguments of every
call on the device, masks them, and copies them into the worker's buffers. Then the clock starts. The judge sends the
keys of one call; the worker unmasks, calls, copies its answer out, synchronizes and replies. The judge copies the
answer and sends the keys of the next call, so that no two calls can be computed together. The clock stops after the
last call. The next batch has other arguments.
"""

import contextlib
import math
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from grader.judge.outcomes import CheckFailed, GraderFault, NoGpu, OutcomeException, WorkerDied
from grader.judge.remote import RemoteTransport
from grader.timing.closeness import CloseTo, Compare
from grader.timing.gpu import Device
from grader.timing.noise import Rests
from grader.timing.pairs import Arguments, Pairs, Times
from grader.timing.workload import Workload
from grader.worker.device import Row, Spec, Template, bits, block_bytes, cut, digest, mask, tree_flatten, tree_unflatten

MOST_SLOTS = 128
SLOTS_AT_ONCE = 16  # with preallocated inputs: fixed costs per batch matter less in a longer one
KEY_BITS, SEAL_BITS = 63, 61
WARM_SECONDS, WARM_MOST, WARM_LEAST = 0.2, 5.0, 3
SHARE_OF_MEMORY = 1 / 16  # of free memory per batch: up to four workers and the judge's copies need one each


class Layout(NamedTuple):
    """Sizes and forms of a batch.

    Attributes
    ----------
    slots : int
        Number of calls.
    arguments, answer : tuple
        Templates of the arguments and the answer of one call.
    inputs, outputs : tuple of (dtype, shape)
        Tensors of the arguments and the answer.
    """

    slots: int
    arguments: Template
    answer: Template
    inputs: tuple[Spec, ...]
    outputs: tuple[Spec, ...]

    @property
    def size(self) -> int:
        """Size of the buffers in bytes."""
        return block_bytes(self.slots, (*self.inputs, *self.outputs))


def specs_of(tensors: Sequence[Any]) -> tuple[Spec, ...]:
    """Return dtype and shape of each tensor."""
    return tuple((tensor.dtype, tuple(tensor.shape)) for tensor in tensors)


def planned(workload: Workload, device: Device, dtype: str, *, shared: bool) -> Layout:
    """Return a layout whose distinct inputs are larger than twice the device's cache.

    With shared memory, and if there is enough of it, batches are longer than that.

    Raises
    ------
    NoGpu
        The device has too little free memory.
    """
    arguments: Row = []
    answers: Row = []
    drawn = workload.inputs(0, device.where, dtype)
    template = tree_flatten(drawn, arguments)
    answer = tree_flatten(workload.ask("reference", *drawn), answers)
    input_bytes = max(1, block_bytes(1, specs_of(arguments)))
    specs = (template, answer, specs_of(arguments), specs_of(answers))
    space = int(SHARE_OF_MEMORY * device.free_bytes())
    more = min(SLOTS_AT_ONCE, space // Layout(1, *specs).size) if shared else 1
    layout = Layout(min(MOST_SLOTS, max(more, 2 * device.cache_bytes() // input_bytes + 1)), *specs)
    if layout.size > space:
        raise NoGpu(f"{device.name} has too little free memory for batches of {layout.size >> 20} MiB")
    return layout


def drawn_batch(workload: Workload, device: Device, dtype: str, layout: Layout, number: int) -> Arguments:
    """Return the arguments of a batch by its number, as rows of tensors on the device."""
    rows = []
    for slot in range(layout.slots):
        row: Row = []
        template = tree_flatten(workload.inputs(number * layout.slots + slot, device.where, dtype), row)
        if template != layout.arguments or specs_of(row) != layout.inputs:
            raise GraderFault(f"{workload.name('inputs')} gives other shapes or numbers from call to call")
        rows.append(row)
    return tuple(rows)


def _masked(tensor: Any, key: int) -> Any:
    """Return a masked copy of a tensor, as integers."""
    copy = tensor.contiguous().clone()
    mask(copy, key)
    return bits(copy)


def _spoil(tensor: Any) -> None:
    """Fill an output buffer with values that no answer has."""
    tensor.fill_(math.nan if tensor.is_floating_point() or tensor.is_complex() else 0)


class SharedBuffers:
    """Buffers in the judge's own memory, which the worker opens by a handle."""

    def __init__(self, device: Device, layout: Layout) -> None:
        self._device, self._layout = device, layout
        block = device.allocate(layout.size)
        self.handle = device.share(block)
        self._inputs = cut(block, layout.slots, layout.inputs)
        self._outputs = cut(block, layout.slots, layout.outputs, block_bytes(layout.slots, layout.inputs))

    def fill(self, rows: Arguments, keys: Sequence[Sequence[int]]) -> None:
        """Copy the masked arguments into the buffers, and overwrite earlier answers."""
        for buffers, row, row_keys, outputs in zip(self._inputs, rows, keys, self._outputs, strict=True):
            for buffer, tensor, key in zip(buffers, row, row_keys, strict=True):
                bits(buffer).copy_(_masked(tensor, key))
            for buffer in outputs:
                _spoil(buffer)

    def copied(self, slot: int) -> Row:
        """Return the judge's own copy of an answer; the device makes it before any later work."""
        return [buffer.clone() for buffer in self._outputs[slot]]

    def wait(self) -> None:
        """Wait until the device has finished all copies, while the clock is still running."""
        self._device.synchronize()


class DeviceRunner:
    """Runner of batches of a function in a worker, timed by the judge's clock.

    Parameters
    ----------
    transport : RemoteTransport
    function : str
    device : Device
    layout : Layout
    shared : bool
        Whether the worker opens buffers of the judge's. Otherwise arguments and answers are sent as messages, outside
        the timed section.
    is_ours : bool
        Whether a failure is the grader's own fault.
    buffers : SharedBuffers, optional
        Buffers of a worker that has ended; new ones by default.

    Attributes
    ----------
    rests : Rests
        CPU time of the worker between calls.
    """

    def __init__(
        self,
        transport: RemoteTransport,
        function: str,
        device: Device,
        layout: Layout,
        *,
        shared: bool,
        is_ours: bool,
        buffers: SharedBuffers | None = None,
    ) -> None:
        self._transport, self._function, self._device, self._layout = transport, function, device, layout
        self._is_ours = is_ours
        self.buffers = buffers or SharedBuffers(device, layout) if shared else None
        self.rests = Rests(transport.cpu_seconds)
        self._spent = 0.0
        handle = self.buffers.handle if self.buffers else None
        if shared and handle is None:
            raise GraderFault(f"{device.name} shares no memory")
        self._ask("allocate", device.where, tuple(layout), handle)

    def run(self, arguments: Arguments) -> list[Any]:
        """Run a batch in the worker; return the answer of every call."""
        keys = tuple(tuple(secrets.randbits(KEY_BITS) for _ in row) for row in arguments)
        self.rests.end()
        self._fill(arguments, keys)
        self._device.flush()
        rows = self._run_shared(keys) if self.buffers else self._run_apart(keys)
        self.rests.begin()
        return [tree_unflatten(self._layout.answer, row) for row in rows]

    def _run_shared(self, keys: Sequence[Sequence[int]]) -> list[Row]:
        """Time all calls in sequence, with the judge's copy of each answer."""
        assert self.buffers is not None
        copies = []
        with self._clock():
            for slot, slot_keys in enumerate(keys):
                self._ask("run", slot, slot_keys, 0)
                copies.append(self.buffers.copied(slot))
            self.buffers.wait()
        return copies

    def _run_apart(self, keys: Sequence[Sequence[int]]) -> list[Row]:
        """Time all calls in sequence; fetch the answers after the clock has stopped."""
        seals = [1 + secrets.randbits(SEAL_BITS) for _ in keys]
        with self._clock():
            requests = enumerate(zip(keys, seals, strict=True))
            digests = [self._ask("run", slot, row_keys, seal) for slot, (row_keys, seal) in requests]
        return self._taken(digests, seals)

    @contextlib.contextmanager
    def _clock(self) -> Iterator[None]:
        start = self._device.seconds(self._transport)
        yield
        self._spent += self._device.seconds(self._transport) - start

    def cpu_seconds(self) -> float:
        """Return the seconds counted by the judge's clock so far; on a device they replace CPU time."""
        return self._spent

    def close(self) -> None:
        """End the worker."""
        self._transport.close()

    def renew(self) -> None:
        """Raise: another worker needs a new runner, whose buffers it opens."""
        raise GraderFault("a runner on a device has one worker")

    def _fill(self, arguments: Arguments, keys: Sequence[Sequence[int]]) -> None:
        if self.buffers:
            self.buffers.fill(arguments, keys)
            return
        for slot, (row, row_keys) in enumerate(zip(arguments, keys, strict=True)):
            masked = tuple(_masked(tensor, key).cpu() for tensor, key in zip(row, row_keys, strict=True))
            self._ask("put", slot, masked)

    def _taken(self, digests: list[Any], seals: Sequence[int]) -> list[Row]:
        """Return the answers fetched after the clock has stopped, after checking that they existed when it did."""
        rows = [self._expected_form(self._ask("take", slot)) for slot in range(self._layout.slots)]
        if digests != [digest(row, seal) for row, seal in zip(rows, seals, strict=True)]:
            raise CheckFailed(
                f"the answers of {self._function} were not there when the clock stopped, or were changed afterwards"
            )
        return rows

    def _expected_form(self, answer: Any) -> Row:
        import torch

        tensors = answer if type(answer) is tuple else ()
        if any(type(tensor) is not torch.Tensor for tensor in tensors) or specs_of(tensors) != self._layout.outputs:
            raise WorkerDied(f"{self._function}: the answer came in a form that no worker sends")
        return list(tensors)

    def _ask(self, request: str, *fields: Any) -> Any:
        try:
            return self._transport.on_device(request, self._function, *fields)
        except OutcomeException as outcome:
            if self._is_ours:
                raise GraderFault(f"{self._function} of the workloads ended: {outcome.message}") from None
            raise


class Batches(Pairs):
    """Pairs of batches; consecutive batches form one measurement, so that each is long enough for the clock.

    Attributes
    ----------
    passes : int
        Batches per measurement.
    """

    passes = 1

    def warm_up(self) -> None:
        """Run batches that are checked but not scored, to give the device time to raise its clocks."""
        until = time.monotonic() + WARM_MOST
        while (self._warm < WARM_LEAST or min(self.waited) < WARM_SECONDS) and time.monotonic() < until:
            self._one()
            self._warm += 1

    def run(self, count: int = 1) -> None:
        """Run some more measurements."""
        super().run(count * self.passes)

    def times(self) -> Times:
        """Return the time of every measurement, summed over its batches."""
        whole = len(self) * self.passes
        return Times(*(side[:whole].reshape(-1, self.passes).sum(axis=1) for side in super().times()))

    def __len__(self) -> int:
        """Number of measurements."""
        return super().__len__() // self.passes


def alike(answer: Any, expected: Any, near: CloseTo) -> bool:
    """Return True if two answers are certainly close, compared on the device; False is inconclusive."""
    for name, part, expected_part in near.parts(answer, expected):
        tensors: Row = []
        expected_tensors: Row = []
        if (
            tree_flatten(part, tensors) != tree_flatten(expected_part, expected_tensors)
            or not expected_tensors
            or specs_of(tensors) != specs_of(expected_tensors)
        ):
            return False
        rtol = near.closeness.factor(name)
        if not all(
            _close(left, right, rtol, near.closeness.absolute(right))
            for left, right in zip(tensors, expected_tensors, strict=True)
        ):
            return False
    return True


def _close(one: Any, other: Any, rtol: float, atol: float) -> bool:
    import torch

    return bool(torch.isfinite(one).all()) and torch.allclose(one, other, rtol=rtol, atol=atol)


def comparing_batches(compare: Compare, near: CloseTo | None = None) -> Callable[[list[Any], list[Any]], None]:
    """Return a function that compares the answers of all calls of two batches.

    Parameters
    ----------
    compare : callable
        Decides each call that is not certainly close.
    near : CloseTo, optional
        Fast comparison on the device; by default every call goes to `compare`.
    """

    def compare_all(answers: list[Any], expected: list[Any]) -> None:
        for answer, reference in zip(answers, expected, strict=True):
            if near is None or not alike(answer, reference, near):
                compare(off_device(answer), off_device(reference))

    return compare_all


def off_device(answer: Any) -> Any:
    """Return an answer in host memory."""
    tensors: Row = []
    template = tree_flatten(answer, tensors)
    return tree_unflatten(template, [tensor.cpu() for tensor in tensors])
