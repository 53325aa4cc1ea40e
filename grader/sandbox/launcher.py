"""What starts workers; one per judge."""

import os
import subprocess
import sys
from typing import Protocol

from grader.records import Tier
from grader.sandbox.channel import Channel, WorkerLimits

# One thread per worker and a fixed hash seed: answers do not depend on the machine's cores or on the run.
ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "PYTHONHASHSEED": "0",
    "PYTHONIOENCODING": "utf-8",
    "PYTHONUTF8": "1",
}
KEPT = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LANG", "LD_LIBRARY_PATH")  # Windows does not start without some


class Launcher(Protocol):
    """Starts workers of one isolation tier."""

    tier: Tier

    def open(self, library: str, limits: WorkerLimits) -> Channel:
        """Start a worker that has NumPy, or NumPy and torch, at hand."""

    def close(self) -> None:
        """End whatever is kept ready."""


def environment() -> dict[str, str]:
    """Return the environment of a worker: nothing of the judge's but what an interpreter needs."""
    return {name: os.environ[name] for name in KEPT if name in os.environ} | ENVIRONMENT


def interpreter(module: str, *arguments: str) -> list[str]:
    """Return the command that runs one of the worker's modules, isolated from the user's own settings."""
    return [sys.executable, "-I", "-B", "-W", "ignore", "-m", module, *arguments]


def best_launcher() -> Launcher:
    """Return the quickest launcher that this platform has, in the tier `self`."""
    from grader.sandbox.forked import ForkLauncher
    from grader.sandbox.spawned import SpawnLauncher

    return ForkLauncher() if sys.platform == "linux" else SpawnLauncher()


def quiet_popen(command: list[str], **options: object) -> "subprocess.Popen[bytes]":
    """Start a process with a worker's environment."""
    return subprocess.Popen(command, env=environment(), **options)  # type: ignore[call-overload, no-any-return]
