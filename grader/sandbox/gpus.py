"""GPUs of the machine: the parts of an NVIDIA driver that a worker must see, and which processes CUDA works in.

The parts are device nodes, libraries, and files that describe the hardware. All are looked up anew each time, and empty
without a device. The list follows what the driver's container tools
put into a container, and reports of what CUDA opens on startup. Driver 580 starts in a sealed worker with it.

torch asks the driver for the number of GPUs when a gradient is first computed. A process forked after that can use no
GPU, and on a machine with one no autograd either. So a judge hides the GPUs before it does anything else.
"""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

NODES = ("nvidia[0-9]*", "nvidiactl", "nvidia-uvm", "nvidia-uvm-tools", "nvidia-caps/*")
"""GPUs; control device; unified memory, which CUDA requires, and its tools, which recent drivers require; MIG."""

FACTS = (
    "proc/driver/nvidia",  # the driver's version and parameters: CUDA reads them first
    "sys/devices/system/node",  # NUMA topology: used to pin host memory
    "sys/devices/system/memory",  # size of a memory block
    "sys/bus/pci/devices",  # PCI addresses of the GPUs
)
VENDOR = "0x10de"
LIBRARY = re.compile(r"lib(cuda|nvidia-[a-z0-9-]+)\.so\.")


class Driver(NamedTuple):
    """Files of an installed driver.

    Attributes
    ----------
    nodes : tuple of Path
        Device nodes.
    libraries : tuple of Path
        As the dynamic linker finds them, with the targets of links.
    facts : tuple of Path
        Folders to make readable.
    version : str
    """

    nodes: tuple[Path, ...] = ()
    libraries: tuple[Path, ...] = ()
    facts: tuple[Path, ...] = ()
    version: str = ""

    @property
    def has_gpu(self) -> bool:
        """Whether there is a GPU."""
        return any(re.fullmatch(r"nvidia\d+", node.name) for node in self.nodes)


def find_driver(root: Path = Path("/"), cache: str | None = None) -> Driver:
    """Find the driver's files.

    Parameters
    ----------
    root : Path
        Root folder of the search.
    cache : str, optional
        Output of ``ldconfig -p``; the program is run by default.
    """
    nodes = tuple(path for pattern in NODES for path in sorted((root / "dev").glob(pattern)))
    driver = Driver(nodes)
    if not driver.has_gpu:
        return Driver()
    facts = [root / name for name in FACTS if (root / name).exists()]
    text = _linker_cache() if cache is None else cache
    return Driver(nodes, tuple(dict.fromkeys(_libraries(text))), (*facts, *_cards(root)), _version(root))


def card_names(root: Path = Path("/")) -> list[str]:
    """Return the driver's name of each GPU, without starting CUDA."""
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
    """Yield the driver's libraries in the linker's cache, and the targets of their links."""
    for line in cache.splitlines():
        name, arrow, place = line.strip().partition(" => ")
        if arrow and LIBRARY.match(name):
            path = Path(place)
            named = path.parent.resolve() / path.name  # /lib may be a link to /usr/lib, and is one in a worker
            yield from dict.fromkeys((named, path.resolve()))


def _cards(root: Path) -> Iterator[Path]:
    """Yield the target folders of the GPUs' links on the PCI bus."""
    for entry in sorted((root / "sys/bus/pci/devices").glob("*")):
        vendor = entry / "vendor"
        if vendor.is_file() and vendor.read_text(encoding="ascii").strip() == VENDOR:
            yield entry.resolve()


def _version(root: Path) -> str:
    file = root / "sys/module/nvidia/version"
    return file.read_text(encoding="ascii").strip() if file.is_file() else ""


VISIBLE = "CUDA_VISIBLE_DEVICES"
VISIBLE_BEFORE = "DEEPGRADE_VISIBLE_DEVICES"  # the user's setting, behind a mark that it was set


def hide() -> None:
    """Hide all GPUs from CUDA in this process and its children, and remember the user's setting."""
    if not hidden():
        before = os.environ.get(VISIBLE)
        os.environ[VISIBLE_BEFORE] = "" if before is None else f"={before}"
    os.environ[VISIBLE] = ""


def hidden() -> bool:
    """Return whether the GPUs are hidden from this process."""
    return VISIBLE_BEFORE in os.environ


def sight() -> dict[str, str]:
    """Return the environment variables for a process that may see the user's GPUs."""
    if hidden():
        before = os.environ[VISIBLE_BEFORE]
        return {VISIBLE: before[1:]} if before else {}
    return {VISIBLE: os.environ[VISIBLE]} if VISIBLE in os.environ else {}


def with_sight() -> dict[str, str]:
    """Return this process's environment as it was before the GPUs were hidden."""
    kept = {name: value for name, value in os.environ.items() if name not in (VISIBLE, VISIBLE_BEFORE)}
    return kept | sight()
