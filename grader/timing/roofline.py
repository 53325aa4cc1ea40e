"""The roofline: no call is faster than this machine moves its bytes, or does its operations, whichever takes longer.

Both rates are measured in the process that asks, on one thread or on a card: what copying tensors of the call's own
size takes, and what a product of two large matrices takes.

References
----------
Williams, Waterman, Patterson (2009), Roofline: an insightful visual performance model for multicore architectures.
"""

import time
from collections.abc import Callable

from grader.records.speeds import Roofline
from grader.timing.gpu import Device

ROUNDS = 7
SIDE, SIDE_ON_DEVICE = 1024, 4096  # of the matrices
AT_ONCE = 10  # on a device, so that starting them does not matter
LEAST_NUMBERS = 1 << 18  # a copy of less is over before it is measured


def measured_roofline(moved: float) -> Roofline:
    """Measure both rates; torch must be on one thread.

    Parameters
    ----------
    moved : float
        Bytes that a call reads and writes. As many are copied, so that caches help here as much as they do there.

    Returns
    -------
    Roofline
    """
    import torch

    source = torch.ones(max(int(moved) // 8, LEAST_NUMBERS), dtype=torch.float32)
    target, left, right = torch.empty_like(source), torch.ones(SIDE, SIDE), torch.ones(SIDE, SIDE)
    copy = _fastest(lambda: target.copy_(source))
    product = _fastest(lambda: torch.mm(left, right))
    return Roofline(8 * len(source) / copy, 2 * SIDE**3 / product)


def measured_roofline_on(device: Device, dtype: str, moved: float) -> Roofline:
    """Measure both rates of a device.

    Parameters
    ----------
    device : Device
    dtype : str
        As torch calls it.
    moved : float
        Bytes that a call reads and writes. What is copied is larger than the device's cache in any case: a race leaves
        nothing of a call's inputs there either.

    Returns
    -------
    Roofline
    """
    import torch

    kind: torch.dtype = getattr(torch, dtype)
    numbers = int(max(moved / 2, 2 * device.cache_bytes())) // kind.itemsize
    source, target = torch.ones(2, numbers, dtype=kind, device=device.where)
    left, right = torch.ones(2, SIDE_ON_DEVICE, SIDE_ON_DEVICE, dtype=kind, device=device.where)
    copy = _fastest_on(device, lambda: target.copy_(source))
    product = _fastest_on(device, lambda: torch.mm(left, right))
    return Roofline(2 * kind.itemsize * numbers / copy, 2 * SIDE_ON_DEVICE**3 / product)


def _fastest(work: Callable[[], object]) -> float:
    """Return the least CPU time of some rounds: a roofline is what is possible, not what is usual."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def _fastest_on(device: Device, work: Callable[[], object]) -> float:
    """Return the least time of some rounds on the clock on the wall; the first one warms up."""
    times = []
    for _ in range(ROUNDS + 1):
        device.synchronize()
        start = time.perf_counter()
        for _ in range(AT_ONCE):
            work()
        device.synchronize()
        times.append((time.perf_counter() - start) / AT_ONCE)
    return min(times[1:])
