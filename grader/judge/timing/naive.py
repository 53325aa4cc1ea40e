"""The naive version on a card: it starts so many kernels that a race would last for minutes, so it is only timed."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from grader.judge.timing.gpu import Device
from grader.judge.timing.pairs import Arguments
from grader.judge.timing.words import Measurement
from grader.judge.timing.workload import Workload
from grader.worker.device import apart, together

AT_ONCE, TRIES = 20, 3  # calls of the reference that are timed together; how often
QUICK = 0.1  # seconds: where the naive version takes longer for inputs of a CPU's size, those will do


def naive_on(device: Device, dtype: str, workload: Workload) -> Measurement:
    """Time the naive version, in this process.

    Inputs are those of a race where it is quick, else those of a race on a CPU: the smaller they are, the better it
    stands against torch, which has to start its kernels as well.
    """
    drawn: list[Any] = []
    template = apart(workload.inputs(0, "cpu", dtype), drawn)
    measured = _naive_for(device, workload, together(template, [tensor.to(device.where) for tensor in drawn]))
    if measured.seconds < QUICK:
        measured = _naive_for(device, workload, workload.inputs(0, device.where, dtype))
    return measured


def _naive_for(device: Device, workload: Workload, arguments: Arguments) -> Measurement:
    naive = _seconds(device, partial(workload.ask, "naive", *arguments), 1)
    theirs = _seconds(device, partial(workload.ask, "reference", *arguments), AT_ONCE)
    ratio = naive / theirs
    return Measurement(ratio, ratio, ratio, 1, device.name, naive, theirs)


def _seconds(device: Device, call: Callable[[], object], calls: int) -> float:
    """Return the least time of a call by the clock on the wall, of several together; the first one warms up."""
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
