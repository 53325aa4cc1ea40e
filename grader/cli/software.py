"""What is installed beside the engine, for `grade doctor`."""

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
        Names of those that torch can use.
    extras : dict of str to tuple of str
        For each optional part of the package, the requirements that are not met.
    driver : str
        Version of the NVIDIA driver; empty where none is found.
    gpu_binds : tuple of str
        What a sealed worker with a GPU would see of it.
    """

    system: str
    python: str
    torch: str
    gpus: tuple[str, ...]
    extras: dict[str, tuple[str, ...]]
    driver: str = ""
    gpu_binds: tuple[str, ...] = ()


def installed_software() -> Software:
    """Look around; imports torch."""
    import torch

    from grader.sandbox.nvidia import find_driver

    driver = find_driver()
    return Software(
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        torch=str(torch.__version__),
        gpus=tuple(torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())),
        extras=unmet_extras("deepgrade"),
        driver=(driver.version or "of unknown version") if driver.is_there else "",
        gpu_binds=tuple(str(path) for path in (*driver.nodes, *driver.libraries, *driver.facts)),
    )


def unmet_extras(name: str) -> dict[str, tuple[str, ...]]:
    """Return the extras of an installed package, each with those of its requirements that are not met.

    Parameters
    ----------
    name : str
        Of the distribution.
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
    """Tell whether a requirement is there because of an extra, on this machine."""
    return marker.evaluate({"extra": extra}) and not marker.evaluate({"extra": ""})


def _is_met(requirement: "Requirement") -> bool:
    try:
        return requirement.specifier.contains(metadata.version(requirement.name), prereleases=True)
    except metadata.PackageNotFoundError:
        return False
