"""Environments of the peers: made on demand, and kept under a cache folder."""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import numpy

NBGRADER = ("nbgrader==0.9.6", "ipykernel")
OTTER = ("otter-grader[grading]==7.0.0",)
PYTEST = ("pytest==9.2.0",)
LENT = Path(numpy.__file__).parents[1]  # torch, NumPy and jaxtyping are this environment's own


def cache_folder() -> Path:
    """Return the folder under which environments are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "deepgrade" / "peers"


def scripts_of(name: str, requirements: tuple[str, ...], cache: Path) -> Path:
    """Return the folder of an environment's programs; it is made if it is missing.

    Raises
    ------
    SystemExit
        The packages cannot be installed.
    """
    key = hashlib.sha256("\n".join((sys.version, str(LENT), *requirements)).encode()).hexdigest()[:8]
    folder = cache / f"{name}-{key}"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        print(f"installing {', '.join(requirements)} into {folder}", file=sys.stderr)
        _make(folder, requirements)
        (folder / "complete").touch()
    return folder / "bin"


def _make(folder: Path, requirements: tuple[str, ...]) -> None:
    venv.create(folder, with_pip=True)
    command = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*command, *requirements], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"pip cannot install {', '.join(requirements)}: {done.stderr.strip()[-1000:]}")
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "lent.pth").write_text(f"{LENT}\n", encoding="utf-8")
