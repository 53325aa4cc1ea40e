"""What starts workers; one per judge. A judge that forks gets its launcher here, and what it must do before it does."""

import sys
from collections.abc import Iterable
from typing import Protocol

from grader.errors import UnavailableError
from grader.records import Tier
from grader.sandbox import cuda_visibility
from grader.sandbox.bubblewrap import SealedHousing
from grader.sandbox.channel import Channel, WorkerLimits
from grader.sandbox.fork_server import WITH_GPU, ForkLauncher
from grader.sandbox.isolation import Housing, PlainHousing, WeakHousing
from grader.sandbox.nvidia import find_driver
from grader.sandbox.subprocess_worker import SpawnLauncher
from grader.worker.gpu import require_untouched


class Launcher(Protocol):
    """Starts workers of one isolation tier."""

    tier: Tier

    def open(self, library: str, limits: WorkerLimits) -> Channel:
        """Start a worker.

        Parameters
        ----------
        library : str
            ``numpy``, ``torch`` or ``triton``: what it has at hand; each has the ones before it as well.
        limits : WorkerLimits

        Returns
        -------
        Channel
        """

    def close(self) -> None:
        """End whatever is kept ready."""


def launcher_for(tier: Tier) -> Launcher:
    """Return a launcher of this tier, never of a weaker one.

    Parameters
    ----------
    tier : Tier

    Returns
    -------
    Launcher

    Raises
    ------
    UnavailableError
        This platform does not have the tier, or something that it needs is not installed.
    """
    if sys.platform == "linux":
        return ForkLauncher(housing_for(tier))
    if tier is not Tier.SELF:
        raise UnavailableError(f"the tier {tier} needs Linux; this is {sys.platform}", "grade doctor")
    return SpawnLauncher()


def housing_for(tier: Tier) -> Housing:
    """Return what zygotes of a tier are started in. Linux.

    Parameters
    ----------
    tier : Tier

    Returns
    -------
    Housing
    """
    housings: dict[Tier, type[Housing]] = {
        Tier.SEALED: SealedHousing,
        Tier.WEAK: WeakHousing,
        Tier.SELF: PlainHousing,
    }
    return housings[tier]()


def forking_launcher(tier: Tier) -> ForkLauncher:
    """Hide the machine's cards from this process, which is going to fork judges, and return its launcher. Linux.

    Once torch has counted the cards, what is forked could not even take a gradient: call it before torch is imported.

    Parameters
    ----------
    tier : Tier

    Returns
    -------
    ForkLauncher
    """
    cuda_visibility.hide()
    return ForkLauncher(housing_for(tier))


def zygotes_for(libraries: Iterable[str], tier: Tier, *, timed: bool) -> list[str]:
    """Name the zygotes that tasks need.

    Parameters
    ----------
    libraries : iterable of str
        What the tasks use, of those that are installed.
    tier : Tier
    timed : bool
        Whether there are races among them: with a card in the machine, they need one zygote more.

    Returns
    -------
    list of str
        As `ForkLauncher.prepare` takes them.
    """
    on_gpu = timed and tier is not Tier.WEAK and find_driver().is_there
    return [*libraries, "torch" + WITH_GPU] if on_gpu else list(libraries)


def ready_to_fork(launcher: ForkLauncher) -> None:
    """Replace zygotes that have died, and make sure that what this process forks now can still use a card.

    Parameters
    ----------
    launcher : ForkLauncher

    Raises
    ------
    RuntimeError
        CUDA runs in this process.
    """
    launcher.revive()
    require_untouched()


def give_up_capabilities() -> None:
    """Keep nothing of root's rights in this process but that to end workers. Linux.

    A judge does so before it decodes anything that a student's process has sent.
    """
    from grader.worker.kernel import drop_capabilities  # the C library's own calls: Linux only

    drop_capabilities(keep_kill=True)
