"""Environments of their own, and what is installed into them, for the tests behind this door."""

import os
import subprocess
import sys
import venv
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from grader.release.wheel import build_wheel

ROOT = Path(__file__).parents[2]


@cache
def wheel() -> Path:
    """Return the engine's wheel, built once."""
    return build_wheel(ROOT, Path(mkdtemp(prefix="deepgrade-wheel-")))


class Environment:
    """A virtual environment.

    Parameters
    ----------
    folder : Path
        An empty or missing folder.
    """

    def __init__(self, folder: Path) -> None:
        venv.create(folder, with_pip=True, symlinks=sys.platform != "win32")  # as `python -m venv` does
        self._scripts = folder / ("Scripts" if sys.platform == "win32" else "bin")

    def install(self, *requirements: str | Path, options: tuple[str, ...] = ()) -> None:
        """Install packages with pip."""
        arguments = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", *options)
        done = self.run("python", *arguments, *map(str, requirements))
        assert done.returncode == 0, done.stdout + done.stderr

    def run(self, program: str, *arguments: str, folder: Path = ROOT) -> "subprocess.CompletedProcess[str]":
        """Run one of its programs in a folder, without this process's own settings of course, pytest and Python."""
        ours = ("DEEPGRADE", "PYTEST", "PYTHON", "TRITON")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        command = [str(self._scripts / program), *arguments]
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
