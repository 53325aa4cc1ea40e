"""What starts workers; one per judge."""

import sys
from typing import Protocol

from grader.errors import UnavailableError
from grader.records import Tier
from grader.sandbox.channel import Channel, WorkerLimits
from grader.sandbox.isolation import Housing


class Launcher(Protocol):
    """Starts workers of one isolation tier."""

    tier: Tier

    def open(self, library: str, limits: WorkerLimits) -> Channel:
        """Start a worker that has NumPy, or NumPy and torch, or Triton as well, at hand."""

    def close(self) -> None:
        """End whatever is kept ready."""


def launcher_for(tier: Tier) -> Launcher:
    """Return a launcher of this tier, never of a weaker one.

    Parameters
    ----------
    tier : Tier

    Raises
    ------
    UnavailableError
        This platform does not have the tier, or something that it needs is not installed.
    """
    if sys.platform != "linux":
        if tier is not Tier.SELF:
            raise UnavailableError(f"the tier {tier} needs Linux; this is {sys.platform}", "grade doctor")
        from grader.sandbox.subprocess_worker import SpawnLauncher

        return SpawnLauncher()
    from grader.sandbox.fork_server import ForkLauncher

    return ForkLauncher(housing_for(tier))


def housing_for(tier: Tier) -> Housing:
    """Return what zygotes of a tier are started in. Linux."""
    from grader.sandbox.bubblewrap import SealedHousing
    from grader.sandbox.isolation import PlainHousing, WeakHousing

    housings: dict[Tier, type[Housing]] = {
        Tier.SEALED: SealedHousing,
        Tier.WEAK: WeakHousing,
        Tier.SELF: PlainHousing,
    }
    return housings[tier]()
