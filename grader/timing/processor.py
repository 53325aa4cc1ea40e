"""What a thread of this machine is called, and the least time that work can take on any thread."""

import platform
from functools import cache
from pathlib import Path

from grader.sandbox.nvidia import card_names

# No thread of any processor does more in float32: two 512-bit fused multiply-adds per cycle at 6 GHz, and 64 bytes per
# cycle from its caches. The bound is for times that no computation can have, not for good ones.
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
    """Return the time that so many operations and bytes moved take at the very least, on one thread."""
    return max(operations / MOST_OPERATIONS, moved / MOST_BYTES)


@cache
def devices() -> list[str]:
    """Return what timed tests are timed on: on another processor or card they are measured again."""
    return [cpu_name(), *card_names()]
