"""Names of this machine's processor and GPUs, and lower bounds on the time of a call: of any thread, and the roofline.

The roofline is the bound by this machine's memory bandwidth and arithmetic throughput. Both rates are measured in this
process, on one thread or on a GPU: by copying tensors of the call's own size, and by multiplying two large matrices.

References
----------
Williams, Waterman, Patterson (2009), Roofline: an insightful visual performance model for multicore architectures.
"""

import platform
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from grader.records.speeds import Roofline
from grader.sandbox.gpus import card_names
from grader.timing.gpu import Device

# Upper bounds for any processor's thread in float32: two 512-bit fused multiply-adds per cycle at 6 GHz, and 64 bytes
# per cycle from its caches. They detect impossible times, not good ones.
MOST_OPERATIONS = 2 * 2 * 16 * 6e9  # per second
MOST_BYTES = 64 * 6e9


def cpu_name() -> str:
    """Return the processor's name."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return " ".join(next(names, platform.processor() or platform.machine()).split())


def least_seconds(operations: float, moved: float) -> float:
    """Return the least time that this many operations and bytes moved take on any thread."""
    return max(operations / MOST_OPERATIONS, moved / MOST_BYTES)


@cache
def devices() -> list[str]:
    """Return the names of the processor and the GPUs; on others, timed tests are measured again."""
    return [cpu_name(), *card_names()]


ROUNDS = 7
SIDE, SIDE_ON_DEVICE = 1024, 4096  # size of the matrices
AT_ONCE = 10  # on a device, to amortize kernel launches
LEAST_NUMBERS = 1 << 18  # smaller copies are too short to measure


def measured_roofline(moved: float) -> Roofline:
    """Measure both rates; torch must use one thread.

    Parameters
    ----------
    moved : float
        Bytes that a call reads and writes. A copy of the same size benefits as much from the caches.

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
        Name of the dtype in torch.
    moved : float
        Bytes that a call reads and writes. The copy always exceeds the device's cache, because a race leaves none of a
        call's inputs there either.

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
    """Return the least CPU time of several rounds: a roofline is the possible speed, not the usual one."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def _fastest_on(device: Device, work: Callable[[], object]) -> float:
    """Return the least wall-clock time of several rounds after one warm-up round."""
    times = []
    for _ in range(ROUNDS + 1):
        device.synchronize()
        start = time.perf_counter()
        for _ in range(AT_ONCE):
            work()
        device.synchronize()
        times.append((time.perf_counter() - start) / AT_ONCE)
    return min(times[1:])
