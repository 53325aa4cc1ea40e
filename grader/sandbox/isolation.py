"""Isolation backends, one per tier: a zygote's command, its environment, and its first message."""

import os
import sys
from pathlib import Path
from typing import Protocol

from grader.errors import UnavailableError
from grader.metering.cores import ONE_THREAD
from grader.records import Isolation
from grader.sandbox import cuda_visibility
from grader.sandbox.filter import compiled_filter
from grader.sandbox.packages import importable_names
from grader.worker.policy import PACKAGES

# One thread per worker and a fixed hash seed: results do not depend on the number of cores or on the run.
ENVIRONMENT = {
    **ONE_THREAD,
    "MALLOC_ARENA_MAX": "2",
    "PYTHONHASHSEED": "0",
    "PYTHONIOENCODING": "utf-8",
    "PYTHONUTF8": "1",
}
# torch allocates large blocks in every call. Returning them to the kernel each time causes page faults that cost more
# than the arithmetic, so timed tests would measure the allocator.
TORCH_ENVIRONMENT = {"MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 30)}
# Workers without a GPU run Triton kernels in Python, on CPU tensors. Triton reads this variable on import, and then
# needs neither a compiler nor a cache folder.
TRITON_ENVIRONMENT = {"TRITON_INTERPRET": "1"}
KEPT = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LANG", "LD_LIBRARY_PATH")  # Windows does not start without some


class Housing(Protocol):
    """Isolation backend of one tier."""

    tier: Isolation

    def command(self, descriptor: int, library: str, *, gpu: bool = False) -> list[str]:
        """Return the command that runs a zygote with this descriptor as its control channel.

        With `gpu`, its workers may use a GPU, if there is one.
        """

    def greeting(self) -> bytes:
        """Return the first message to the zygote: the seccomp filter, or nothing."""


def settings(library: str, *, gpu: bool = False) -> dict[str, str]:
    """Return the part of a worker's environment that does not depend on the machine's paths."""
    with_torch = TORCH_ENVIRONMENT if library in ("torch", "triton") else {}
    with_triton = TRITON_ENVIRONMENT if library == "triton" and not gpu else {}
    return ENVIRONMENT | with_torch | with_triton | (cuda_visibility.sight() if gpu else {cuda_visibility.NAME: ""})


def environment(library: str, *, gpu: bool = False) -> dict[str, str]:
    """Return the environment of a worker: of the judge's own, only what an interpreter needs.

    It names the packages that the worker may find, so that a worker at home finds the same ones as in the sandbox.
    """
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return kept | settings(library, gpu=gpu) | {PACKAGES: os.pathsep.join(importable_names(library))}


def interpreter(module: str, *arguments: str) -> list[str]:
    """Return the command that runs one of the worker's modules, isolated from the user's settings.

    If PYTHONPATH locates the engine, its folders come first on the worker's path, as on the judge's.
    """
    folders = [str(Path(folder).resolve()) for folder in os.environ.get("PYTHONPATH", "").split(os.pathsep) if folder]
    start = ["-m", module]
    if folders:
        run = f"runpy.run_module({module!r}, run_name='__main__', alter_sys=True)"
        start = ["-c", f"import runpy, sys; sys.path[:0] = {folders!r}; {run}"]
    return [sys.executable, "-I", "-B", "-W", "ignore", *start, *arguments]


class PlainHousing:
    """No isolation: a process of the same user (tier `self`)."""

    tier = Isolation.SELF

    def command(self, descriptor: int, library: str, *, gpu: bool = False) -> list[str]:
        """Return the zygote's plain command, which has access to any GPU."""
        return interpreter("grader.worker.zygote", str(descriptor), library, "self")

    def greeting(self) -> bytes:
        """Return nothing."""
        return b""


class WeakHousing:
    """Landlock, seccomp and limits, for machines without user namespaces (tier `weak`)."""

    tier = Isolation.WEAK

    def command(self, descriptor: int, library: str, *, gpu: bool = False) -> list[str]:
        """Return the zygote's plain command; each worker restricts its own file system.

        Raises
        ------
        UnavailableError
            A GPU is requested. Landlock binds only the thread that asks for it, and CUDA has started others by then.
        """
        if gpu:
            raise UnavailableError("the tier weak has no room for a GPU", "grade autograde SUBMISSIONS --tier sealed")
        readable = {"/usr", "/lib", "/lib64", sys.base_prefix, sys.prefix}
        folders = sorted(folder for folder in readable if Path(folder).is_dir())
        return interpreter("grader.worker.zygote", str(descriptor), library, "weak", *folders)

    def greeting(self) -> bytes:
        """Return the seccomp filter."""
        return compiled_filter(own_files=False)
