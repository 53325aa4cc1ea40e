"""What a zygote is started in: its command, its environment, and what it is told first. One housing per tier."""

import os
import sys
from pathlib import Path
from typing import Protocol

from grader.errors import UnavailableError
from grader.metering.cores import ONE_THREAD
from grader.records import Tier
from grader.sandbox import cuda_visibility
from grader.sandbox.filter import compiled_filter
from grader.sandbox.packages import importable_names
from grader.worker.policy import PACKAGES

# One thread per worker and a fixed hash seed: answers do not depend on the machine's cores or on the run.
ENVIRONMENT = {
    **ONE_THREAD,
    "MALLOC_ARENA_MAX": "2",
    "PYTHONHASHSEED": "0",
    "PYTHONIOENCODING": "utf-8",
    "PYTHONUTF8": "1",
}
# torch asks for large pieces of memory in every call. Given back to the kernel each time, they come back as page
# faults, which cost more than the arithmetic: timed tests would measure the allocator.
TORCH_ENVIRONMENT = {"MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 30)}
# Workers without a GPU: Triton runs its kernels in Python, on the tensors of the processor. It reads this while it is
# imported, and then needs neither a compiler nor a folder for what was compiled.
TRITON_ENVIRONMENT = {"TRITON_INTERPRET": "1"}
KEPT = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LANG", "LD_LIBRARY_PATH")  # Windows does not start without some


class Housing(Protocol):
    """How the zygote of one tier is started."""

    tier: Tier

    def command(self, descriptor: int, library: str, *, gpu: bool = False) -> list[str]:
        """Return the command that runs a zygote whose control channel is this descriptor.

        With `gpu` its workers may use a GPU, where there is one.
        """

    def greeting(self) -> bytes:
        """Return what the zygote is told before it is ready: the filter; empty for nothing."""


def settings(library: str, *, gpu: bool = False) -> dict[str, str]:
    """Return what a worker's environment says besides where things are."""
    with_torch = TORCH_ENVIRONMENT if library in ("torch", "triton") else {}
    with_triton = TRITON_ENVIRONMENT if library == "triton" and not gpu else {}
    return ENVIRONMENT | with_torch | with_triton | (cuda_visibility.sight() if gpu else {cuda_visibility.NAME: ""})


def environment(library: str, *, gpu: bool = False) -> dict[str, str]:
    """Return the environment of a worker: nothing of the judge's but what an interpreter needs.

    It says which packages the worker may find, so that at home it finds what it would find behind the walls.
    """
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return kept | settings(library, gpu=gpu) | {PACKAGES: os.pathsep.join(importable_names(library))}


def interpreter(module: str, *arguments: str) -> list[str]:
    """Return the command that runs one of the worker's modules, isolated from the user's own settings.

    Where PYTHONPATH says where the engine is, its folders come first on the worker's path, as on the judge's.
    """
    folders = [str(Path(folder).resolve()) for folder in os.environ.get("PYTHONPATH", "").split(os.pathsep) if folder]
    start = ["-m", module]
    if folders:
        run = f"runpy.run_module({module!r}, run_name='__main__', alter_sys=True)"
        start = ["-c", f"import runpy, sys; sys.path[:0] = {folders!r}; {run}"]
    return [sys.executable, "-I", "-B", "-W", "ignore", *start, *arguments]


class PlainHousing:
    """The tier `self`: a process like any other of this user."""

    tier = Tier.SELF

    def command(self, descriptor: int, library: str, *, gpu: bool = False) -> list[str]:
        """Run the zygote as it is: there is nothing between it and a GPU."""
        return interpreter("grader.worker.zygote", str(descriptor), library, "self")

    def greeting(self) -> bytes:
        """Say nothing."""
        return b""


class WeakHousing:
    """The tier `weak`: Landlock, seccomp and limits, for machines without user namespaces."""

    tier = Tier.WEAK

    def command(self, descriptor: int, library: str, *, gpu: bool = False) -> list[str]:
        """Run the zygote as it is; each worker closes the file system behind itself.

        Raises
        ------
        UnavailableError
            For a GPU: Landlock holds the thread that asks for it, and CUDA has started others by then.
        """
        if gpu:
            raise UnavailableError("the tier weak has no room for a GPU", "grade autograde SUBMISSIONS --tier sealed")
        readable = {"/usr", "/lib", "/lib64", sys.base_prefix, sys.prefix}
        folders = sorted(folder for folder in readable if Path(folder).is_dir())
        return interpreter("grader.worker.zygote", str(descriptor), library, "weak", *folders)

    def greeting(self) -> bytes:
        """Send the filter."""
        return compiled_filter(own_files=False)
