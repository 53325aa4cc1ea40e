"""Environments of their own, and what is installed into them, for the tests behind this door."""

import os
import shutil
import socket
import subprocess
import sys
import venv
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy
import pytest

from grader.release.bundle import build_wheel

ROOT = Path(__file__).parents[2]
AXE = "axe-core@4.10.3"
NBGRADER = ("nbgrader>=0.9.6,<0.10", "psycopg2-binary>=2.9", "playwright>=1.50")


@cache
def wheel() -> Path:
    """Return the engine's wheel, built once."""
    return build_wheel(ROOT, Path(mkdtemp(prefix="deepgrade-wheel-")))


@cache
def nbgrader_environment() -> "Environment":
    """Return an environment with nbgrader and what drives it, made once; torch and the like are this process's."""
    made = Environment(Path(mkdtemp(prefix="deepgrade-nbgrader-")) / "venv")
    made.install(*NBGRADER)
    made.install(wheel(), options=("--no-deps",))
    made.lend(Path(numpy.__file__).parents[1])
    return made


def free_port() -> int:
    """Return a port of this machine that nothing listens to."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def debian_program(package: str, pattern: str) -> Path:
    """Return a program of a Debian package, which root has installed if it is missing.

    Skips the test with the reason where that cannot be.
    """
    programs = sorted(Path("/").glob(pattern.removeprefix("/")))
    if not programs and shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        command = ["apt-get", "install", "--yes", "--no-install-recommends", package]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        programs = sorted(Path("/").glob(pattern.removeprefix("/")))
        if not programs:
            pytest.skip(f"apt-get install {package} fails: {done.stderr.strip()[-200:]}")
    if not programs:
        pytest.skip(f"there is no {pattern}, and nobody here may install it: apt-get install {package}")
    return programs[-1]


def axe_core(folder: Path) -> Path:
    """Return axe-core's source, installed by npm into a folder; skips the test where there is no npm."""
    if shutil.which("npm") is None:
        pytest.skip("no npm here, and axe-core comes from there")
    command = ["npm", "install", "--silent", "--prefix", str(folder), AXE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "node_modules" / "axe-core" / "axe.min.js"


class Environment:
    """A virtual environment.

    Parameters
    ----------
    folder : Path
        An empty or missing folder.
    """

    def __init__(self, folder: Path) -> None:
        venv.create(folder, with_pip=True, symlinks=sys.platform != "win32")  # as `python -m venv` does
        self.folder = folder
        self._scripts = folder / ("Scripts" if sys.platform == "win32" else "bin")

    def install(self, *requirements: str | Path, options: tuple[str, ...] = ()) -> None:
        """Install packages with pip."""
        arguments = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", *options)
        done = self.run("python", *arguments, *map(str, requirements))
        assert done.returncode == 0, done.stdout + done.stderr

    def lend(self, packages: Path) -> None:
        """Let it import what another environment has, where it has nothing of that name itself."""
        (packages_here,) = (
            self.folder.glob("lib/python*/site-packages") if sys.platform != "win32" else [self.folder / "Lib"]
        )
        (packages_here / "lent.pth").write_text(f"{packages}\n", encoding="utf-8")

    def run(
        self, program: str, *arguments: str, folder: Path = ROOT, activated: bool = False
    ) -> "subprocess.CompletedProcess[str]":
        """Run one of its programs in a folder, without this process's own settings of course, pytest and Python."""
        command = [str(self._scripts / program), *arguments]
        settings = _settings() | (self._path() if activated else {})
        return subprocess.run(command, cwd=folder, env=settings, capture_output=True, text=True, check=False)

    def start(self, program: str, *arguments: str, folder: Path, log: Path) -> "subprocess.Popen[bytes]":
        """Start one of its programs in a folder, which is also its home, with its output in a file."""
        settings = _settings() | self._path() | {"HOME": str(folder)}
        with log.open("wb") as file:
            return subprocess.Popen(
                [str(self._scripts / program), *arguments], cwd=folder, env=settings, stdout=file, stderr=file
            )

    def _path(self) -> dict[str, str]:
        return {"PATH": f"{self._scripts}{os.pathsep}{os.environ['PATH']}"}


def _settings() -> dict[str, str]:
    ours = ("DEEPGRADE", "JUPYTER", "PYTEST", "PYTHON", "TRITON")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}
