"""Launchers of workers, one per judge, and the preparations of a judge that forks."""

import sys
from collections.abc import Iterable
from typing import Protocol

from grader.errors import UnavailableError
from grader.records import Isolation
from grader.sandbox import gpus
from grader.sandbox.channel import Channel, WorkerLimits
from grader.sandbox.fork_server import WITH_GPU, ForkLauncher
from grader.sandbox.gpus import find_driver
from grader.sandbox.isolation import Housing, PlainHousing, SealedHousing, WeakHousing
from grader.sandbox.subprocess_worker import SpawnLauncher
from grader.worker.device import require_untouched


class Launcher(Protocol):
    """Launcher of workers of one isolation tier."""

    tier: Isolation

    def open(self, library: str, limits: WorkerLimits) -> Channel:
        """Start a worker.

        Parameters
        ----------
        library : str
            ``numpy``, ``torch`` or ``triton``; each includes the ones before it.
        limits : WorkerLimits

        Returns
        -------
        Channel
        """

    def close(self) -> None:
        """End everything that is kept ready."""


def launcher_for(tier: Isolation) -> Launcher:
    """Return a launcher of this tier, never of a weaker one.

    Parameters
    ----------
    tier : Isolation

    Returns
    -------
    Launcher

    Raises
    ------
    UnavailableError
        This platform does not have the tier, or a requirement is not installed.
    """
    if sys.platform == "linux":
        return ForkLauncher(housing_for(tier))
    if tier is not Isolation.SELF:
        raise UnavailableError(f"the tier {tier} needs Linux; this is {sys.platform}", "grade doctor")
    return SpawnLauncher()


def keep_ready(launcher: Launcher, library: str, limits: WorkerLimits) -> None:
    """Start what the first worker with this library and these limits needs, before it is asked for.

    Parameters
    ----------
    launcher : Launcher
    library : str
        ``numpy``, ``torch`` or ``triton``.
    limits : WorkerLimits
    """
    if isinstance(launcher, ForkLauncher):
        launcher.prepare(library)
    elif isinstance(launcher, SpawnLauncher):
        launcher.prepare(library, limits)


def housing_for(tier: Isolation) -> Housing:
    """Return the isolation backend of a tier. Linux only.

    Parameters
    ----------
    tier : Isolation

    Returns
    -------
    Housing
    """
    housings: dict[Isolation, type[Housing]] = {
        Isolation.SEALED: SealedHousing,
        Isolation.WEAK: WeakHousing,
        Isolation.SELF: PlainHousing,
    }
    return housings[tier]()


def forking_launcher(tier: Isolation) -> ForkLauncher:
    """Hide the machine's GPUs from this process, which will fork judges, and return its launcher. Linux only.

    Call it before torch is imported: once torch has counted the GPUs, forked processes cannot even compute a gradient.

    Parameters
    ----------
    tier : Isolation

    Returns
    -------
    ForkLauncher
    """
    gpus.hide()
    return ForkLauncher(housing_for(tier))


def zygotes_for(libraries: Iterable[str], tier: Isolation, *, timed: bool) -> list[str]:
    """Return the names of the zygotes that tasks need.

    Parameters
    ----------
    libraries : iterable of str
        Installed libraries that the tasks use.
    tier : Isolation
    timed : bool
        Whether any task is timed: on a machine with a GPU, timed tasks need one more zygote.

    Returns
    -------
    list of str
        Arguments of `ForkLauncher.prepare`.
    """
    on_gpu = timed and tier is not Isolation.WEAK and find_driver().has_gpu
    return [*libraries, "torch" + WITH_GPU] if on_gpu else list(libraries)


def ready_to_fork(launcher: ForkLauncher) -> None:
    """Replace zygotes that have died, and check that processes forked from this one can still use a GPU.

    Parameters
    ----------
    launcher : ForkLauncher

    Raises
    ------
    RuntimeError
        CUDA has been initialized in this process.
    """
    launcher.revive()
    require_untouched()


def give_up_capabilities() -> None:
    """Drop root's capabilities in this process, except the one to kill workers. Linux only.

    A judge does this before it decodes anything from a student's process.
    """
    from grader.worker.kernel import drop_capabilities  # the C library's own calls: Linux only

    drop_capabilities(keep_kill=True)
