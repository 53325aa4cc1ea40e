"""A race on a device: memory sharing, a noise check, the transfer time, then rounds until the ratio is known."""

import math
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from grader.judge.outcomes import GraderFault
from grader.judge.remote import RemoteTransport
from grader.judge.student import CallRequest
from grader.records.speeds import Measurement
from grader.timing.batches import Batches, DeviceRunner, SharedBuffers, drawn_batch, off_device, planned
from grader.timing.gpu import Device
from grader.timing.gpu_state import Watch
from grader.timing.measuring import GATE_INPUTS, INPUTS_OF_A_ROUND, Allowance, run_until_known
from grader.timing.noise import PAIRS, refuse_if_slowed, require_quiet
from grader.timing.pairs import Arguments
from grader.timing.rounds import LEAST, Rounds, measurement
from grader.timing.runners import ReferenceWorkers
from grader.timing.workload import Workload
from grader.worker.device import tree_flatten, tree_unflatten

MOST_DEVICE_SECONDS = 60.0  # per race on a device, with the noise check and the reference
BATCH_SECONDS = 10e-3  # per measurement
MOST_PASSES = 32
WIRE_CALLS = 9
LIBRARIES_MIB = 256  # device memory for torch's libraries
MEMORY_BY_BUFFERS = 4  # the buffers themselves, and intermediate results of about their size
LEAST_SHARE = 0.1  # least time of the reference's calls, relative to a batch without calls
THROUGH_THE_WIRE = ", inputs through the wire"

CompareAll = Callable[[list[Any], list[Any]], None]


def _believe(answers: list[Any], expected: list[Any]) -> None:
    """Compare nothing: both sides are the reference, or serve only to time it."""


def typical(batches: Batches | Rounds, last: int = 0) -> float:
    """Return the median time of the reference's measurements, or of the last ones."""
    return float(np.median(batches.seconds()[1][-last:]))


class DeviceRace:
    """The reference side of a race on a device, for one task and one dtype.

    Parameters
    ----------
    device : Device
    workers : ReferenceWorkers
    workload : Workload
    dtype : str
        Name of the dtype in torch.
    """

    def __init__(self, device: Device, workers: ReferenceWorkers, workload: Workload, dtype: str) -> None:
        self._device, self._workers, self._dtype = device, workers, dtype
        self._workload = workload.of_one_shape()  # all calls of a batch use buffers of the same sizes
        self._layout = planned(workload, device, dtype, shared=True)
        self._rng = np.random.default_rng()
        self.shared = True
        self._student_buffers: SharedBuffers | None = None
        self.reference = self._first_runner()
        self._second = self._runner_of("second", "reference")

    def _first_runner(self) -> DeviceRunner:
        """Return the reference's runner; this finds out, without the student, whether memory can be shared."""
        try:
            return self._runner_of("reference", "reference")
        except GraderFault:
            self.shared = False
            self._workers.end(self._worker("reference"))
            self._layout = planned(self._workload, self._device, self._dtype, shared=False)
            return self._runner_of("reference", "reference")

    @property
    def gpu_mib(self) -> int:
        """Device memory of one worker."""
        return self._workers.limits.memory_mib + LIBRARIES_MIB + MEMORY_BY_BUFFERS * (self._layout.size >> 20)

    def _worker(self, name: str) -> str:
        return f"{name}, {self._workload.task}, {self._dtype}"

    def _runner_of(self, worker: str, part: str) -> DeviceRunner:
        name = self._workload.name(part)
        transport = self._workers.worker(self._worker(worker), self._workload.text, self.gpu_mib)
        return self._runner(transport, name, is_ours=True)

    def naive(self) -> DeviceRunner:
        """Return the naive version's runner."""
        return self._runner_of("naive", "naive")

    def student(self) -> DeviceRunner:
        """Return the runner of the student's function, in a fresh worker that sees the device.

        Its workers use the same buffers one after the other, because the GPU has no memory for a dozen.
        """
        task = self._workload.task
        transport = self._workers.student_worker(task, self.gpu_mib)
        transport.close()
        runner = self._runner(transport, task, is_ours=False, buffers=self._student_buffers)
        self._student_buffers = runner.buffers
        return runner

    def _runner(
        self, transport: RemoteTransport, function: str, *, is_ours: bool, buffers: SharedBuffers | None = None
    ) -> DeviceRunner:
        device, layout = self._device, self._layout
        return DeviceRunner(transport, function, device, layout, shared=self.shared, is_ours=is_ours, buffers=buffers)

    def _inputs(self, number: int) -> Arguments:
        return drawn_batch(self._workload, self._device, self._dtype, self._layout, number)

    def wire_seconds(self) -> float:
        """Return the time of a batch without its calls: the request, unmasking, copying answers out."""
        transport = self._workers.worker(self._worker("still"), self._workload.text, self.gpu_mib)
        batch = self._inputs(1)
        answer = off_device(self.reference.run(batch)[0])
        transport.call(CallRequest("hold_on", (self._device.where, answer)))
        runner = self._runner(transport, "answer", is_ours=True)
        spent = [runner.cpu_seconds()]
        for _ in range(2 * WIRE_CALLS):
            runner.run(batch)
            spent.append(runner.cpu_seconds())
        return float(np.median(np.diff(spent)[WIRE_CALLS:]))  # the first half is the warm-up

    def measure(
        self,
        enter: Callable[[], DeviceRunner],
        compare: CompareAll,
        *,
        edges: Sequence[float],
        seconds: float,
        least: int = LEAST,
    ) -> Measurement:
        """Race a runner against the reference, as `measuring.measure` does on a CPU.

        The runner starts after the noise check, so that its worker cannot disturb the check.
        """
        allowance = Allowance(seconds)
        wire = self.wire_seconds()
        gate = self._quiet_gate(wire)
        passes = gate.passes
        watch = Watch(self._device.reading)
        students: list[DeviceRunner] = []

        def begin(number: int) -> Batches:
            watch.look()
            students.append(enter())
            return self._pairs(students[-1], number * INPUTS_OF_A_ROUND, compare, passes, wire)

        rounds = Rounds(begin)
        run_until_known(rounds, edges, allowance, least)
        watch.look()
        watch.require_steady()
        refuse_if_slowed(
            typical(gate),
            typical(rounds),
            without=lambda: self._without(students[-1], gate),
            again=lambda: self._again(students, enter, passes, wire),
            at_work=lambda: students[-1].rests.sentence(),  # noqa: PLW0108 (of the one that has entered last by then)
        )
        return self._summed_up(rounds, passes, watch.clock_range())

    def _quiet_gate(self, wire: float) -> Batches:
        """Return pairs of the reference with itself, once the device has been found quiet by them."""
        gate = Batches(self._second, self.reference, self._gate_inputs, _believe, rng=self._rng, wire=wire)
        gate.warm_up()
        gate.passes = self._passes(gate, wire)
        require_quiet(gate)
        return gate

    def _pairs(self, runner: DeviceRunner, first: int, compare: CompareAll, passes: int, wire: float) -> Batches:
        """Return pairs of a runner and the reference, with inputs from a number on."""

        def inputs(number: int) -> Arguments:
            return self._inputs(first + number)

        pairs = Batches(runner, self.reference, inputs, compare, rng=self._rng, wire=wire)
        pairs.passes = passes
        return pairs

    def _without(self, runner: DeviceRunner, gate: Batches) -> float:
        """Return torch's time after the runner's worker has ended."""
        runner.close()
        gate.run(PAIRS)
        return typical(gate, PAIRS)

    def _again(
        self, students: list[DeviceRunner], enter: Callable[[], DeviceRunner], passes: int, wire: float
    ) -> float:
        """Return torch's time beside a fresh worker of the runner's, whose answers have been compared before."""
        students.append(enter())
        pairs = self._pairs(students[-1], GATE_INPUTS, _believe, passes, wire)
        pairs.warm_up()
        pairs.run(PAIRS)
        return typical(pairs)

    def _gate_inputs(self, number: int) -> Arguments:
        return self._inputs(GATE_INPUTS + number)

    def _passes(self, gate: Batches, wire: float) -> int:
        """Return how many batches form one measurement: it should last 10 ms.

        Without shared memory one is enough: the transfers between two batches take a hundred times as long.
        """
        gate.run(3)
        once = float(np.median(gate.seconds()[1]))
        if once < LEAST_SHARE * wire:
            raise GraderFault(
                f"torch needs {1e6 * once:.0f} us for a batch of {self._workload.task} on {self._device.name}: "
                "larger inputs are needed there"
            )
        return min(MOST_PASSES, math.ceil(BATCH_SECONDS / once)) if self.shared else 1

    def _summed_up(self, rounds: Rounds, passes: int, clock: str) -> Measurement:
        batch = 1e3 * typical(rounds)
        way = "" if self.shared else THROUGH_THE_WIRE
        details = f"batches of {batch:.1f} ms{way}{clock}"
        return measurement(rounds, f"{self._device.name}, {self._dtype}", self._layout.slots * passes, details)

    def least_seconds(self, floor: Callable[[float, float], float]) -> float:
        """Return the least time of a call, from its unavoidable work."""
        return floor(*self._workload.least_work(self._device.where, self._dtype))


AT_ONCE, TRIES = 20, 3  # calls of the reference timed together, and repetitions
QUICK = 0.1  # seconds: if the naive version takes longer than this on CPU-sized inputs, they are used


def naive_on(device: Device, dtype: str, workload: Workload) -> Measurement:
    """Time the naive version, in this process.

    Inputs are those of a race on the device if it is quick, else those of a race on a CPU. Smaller inputs favour the
    naive version, because torch also has to start its kernels.
    """
    drawn: list[Any] = []
    template = tree_flatten(workload.inputs(0, "cpu", dtype), drawn)
    measured = _naive_for(device, workload, tree_unflatten(template, [tensor.to(device.where) for tensor in drawn]))
    if measured.seconds < QUICK:
        measured = _naive_for(device, workload, workload.inputs(0, device.where, dtype))
    return measured


def _naive_for(device: Device, workload: Workload, arguments: Arguments) -> Measurement:
    naive = _seconds(device, partial(workload.ask, "naive", *arguments), 1)
    reference = _seconds(device, partial(workload.ask, "reference", *arguments), AT_ONCE)
    ratio = naive / reference
    return Measurement(ratio, ratio, ratio, 1, device.name, naive, reference)


def _seconds(device: Device, call: Callable[[], object], calls: int) -> float:
    """Return the least wall-clock time per call, of several calls together, after one warm-up call."""
    call()
    device.synchronize()
    spent = []
    for _ in range(TRIES):
        start = time.perf_counter()
        for _ in range(calls):
            call()
        device.synchronize()
        spent.append(time.perf_counter() - start)
    return min(spent) / calls
