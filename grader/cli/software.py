"""Versions of the installed software and devices, for `grade doctor`."""

import platform
from importlib import metadata
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from packaging.markers import Marker
    from packaging.requirements import Requirement


class Software(Struct, frozen=True):
    """Versions and devices.

    Attributes
    ----------
    system, python, torch : str
    gpus : tuple of str
        Names of the GPUs that torch can use.
    extras : dict of str to tuple of str
        Unmet requirements of each extra of the package.
    driver : str
        Version of the NVIDIA driver; empty if there is none.
    gpu_binds : tuple of str
        Device nodes and files that a sealed worker with a GPU would see.
    """

    system: str
    python: str
    torch: str
    gpus: tuple[str, ...]
    extras: dict[str, tuple[str, ...]]
    driver: str = ""
    gpu_binds: tuple[str, ...] = ()


def installed_software() -> Software:
    """Return the installed versions and devices; imports torch."""
    import torch

    from grader.sandbox.gpus import find_driver

    driver = find_driver()
    return Software(
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        torch=str(torch.__version__),
        gpus=tuple(torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())),
        extras=unmet_extras("deepgrade"),
        driver=(driver.version or "of unknown version") if driver.has_gpu else "",
        gpu_binds=tuple(str(path) for path in (*driver.nodes, *driver.libraries, *driver.facts)),
    )


def unmet_extras(name: str) -> dict[str, tuple[str, ...]]:
    """Return the extras of an installed package, each with its unmet requirements.

    Parameters
    ----------
    name : str
        Name of the distribution.
    """
    from packaging.requirements import Requirement

    extras = metadata.metadata(name).get_all("Provides-Extra") or []
    required = [Requirement(text) for text in metadata.requires(name) or []]
    return {
        extra: tuple(
            str(one.name) for one in required if one.marker and _belongs(one.marker, extra) and not _is_met(one)
        )
        for extra in extras
    }


def _belongs(marker: "Marker", extra: str) -> bool:
    """Return whether an extra adds this requirement on this machine."""
    return marker.evaluate({"extra": extra}) and not marker.evaluate({"extra": ""})


def _is_met(requirement: "Requirement") -> bool:
    try:
        return requirement.specifier.contains(metadata.version(requirement.name), prereleases=True)
    except metadata.PackageNotFoundError:
        return False
