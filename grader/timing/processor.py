"""Name of this machine's processor, and a lower bound on times of any CPU thread."""

import platform
from functools import cache
from pathlib import Path

from grader.sandbox.nvidia import card_names

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
