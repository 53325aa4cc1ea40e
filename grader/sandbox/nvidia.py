"""What a GPU worker must see of an NVIDIA driver: device nodes, libraries, and the files that tell of the hardware.

Facts only, found anew each time; where there is no device, all of it is empty. It follows what the driver's container
tools put into a container, and reports of what CUDA opens when it starts. Driver 580 starts in a sealed
worker with it.
"""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

NODES = ("nvidia[0-9]*", "nvidiactl", "nvidia-uvm", "nvidia-uvm-tools", "nvidia-caps/*")
"""Cards; their control; unified memory, which CUDA cannot do without, nor recent drivers without its tools; MIG's."""

FACTS = (
    "proc/driver/nvidia",  # the driver's version and parameters: CUDA reads them first
    "sys/devices/system/node",  # which memory is near which processor: host memory is pinned by it
    "sys/devices/system/memory",  # the size of a block of memory
    "sys/bus/pci/devices",  # where on the bus the cards are
)
VENDOR = "0x10de"
LIBRARY = re.compile(r"lib(cuda|nvidia-[a-z0-9-]+)\.so\.")


class Driver(NamedTuple):
    """What there is of a driver.

    Attributes
    ----------
    nodes : tuple of Path
        Device nodes.
    libraries : tuple of Path
        As the dynamic linker finds them, with the files behind links.
    facts : tuple of Path
        Folders to read.
    version : str
    """

    nodes: tuple[Path, ...] = ()
    libraries: tuple[Path, ...] = ()
    facts: tuple[Path, ...] = ()
    version: str = ""

    @property
    def is_there(self) -> bool:
        """Whether there is a card."""
        return any(re.fullmatch(r"nvidia\d+", node.name) for node in self.nodes)


def find_driver(root: Path = Path("/"), cache: str | None = None) -> Driver:
    """Look for a driver.

    Parameters
    ----------
    root : Path
        Where devices and files are looked for.
    cache : str, optional
        What ``ldconfig -p`` prints; it is asked by default.
    """
    nodes = tuple(path for pattern in NODES for path in sorted((root / "dev").glob(pattern)))
    found = Driver(nodes)
    if not found.is_there:
        return Driver()
    facts = [root / name for name in FACTS if (root / name).exists()]
    text = _linker_cache() if cache is None else cache
    return Driver(nodes, tuple(dict.fromkeys(_libraries(text))), (*facts, *_cards(root)), _version(root))


def card_names(root: Path = Path("/")) -> list[str]:
    """Return what the driver calls each card; CUDA is not asked."""
    files = sorted((root / "proc/driver/nvidia/gpus").glob("*/information"))
    lines = (line for file in files for line in file.read_text(encoding="utf-8", errors="replace").splitlines())
    return [line.partition(":")[2].strip() for line in lines if line.startswith("Model:")]


def _linker_cache() -> str:
    for program in ("ldconfig", "/sbin/ldconfig"):
        try:
            return subprocess.run([program, "-p"], capture_output=True, text=True, check=False).stdout
        except OSError:
            continue
    return ""


def _libraries(cache: str) -> Iterator[Path]:
    """Yield the driver's libraries in the linker's cache, and what they are links to."""
    for line in cache.splitlines():
        name, arrow, place = line.strip().partition(" => ")
        if arrow and LIBRARY.match(name):
            path = Path(place)
            named = path.parent.resolve() / path.name  # /lib may be a link to /usr/lib, and is one in a worker
            yield from dict.fromkeys((named, path.resolve()))


def _cards(root: Path) -> Iterator[Path]:
    """Yield the folders that the cards' entries on the bus are links to."""
    for entry in sorted((root / "sys/bus/pci/devices").glob("*")):
        vendor = entry / "vendor"
        if vendor.is_file() and vendor.read_text(encoding="ascii").strip() == VENDOR:
            yield entry.resolve()


def _version(root: Path) -> str:
    file = root / "sys/module/nvidia/version"
    return file.read_text(encoding="ascii").strip() if file.is_file() else ""
