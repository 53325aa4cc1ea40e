"""Builds the engine's wheel, which a student bundle carries so that one `pip install` sets everything up."""

import importlib.util
import subprocess
import sys
from pathlib import Path

from grader.errors import CourseError, UnavailableError
from grader.meter import run

_NEEDED = ("build", "hatchling")
_SECONDS = 300


def build_wheel(root: Path, destination: Path) -> Path:
    """Build a wheel of the project in `root` with the packages that are installed here.

    Parameters
    ----------
    root : Path
        The folder of `pyproject.toml`.
    destination : Path
        The folder to write the wheel into.

    Returns
    -------
    Path

    Raises
    ------
    UnavailableError
        `build` or `hatchling` is not installed.
    CourseError
        There is no `pyproject.toml`, or the build fails.
    """
    if not (root / "pyproject.toml").is_file():
        raise CourseError(
            f"no pyproject.toml in {root}: a release carries the engine", "release from the author's checkout"
        )
    missing = [name for name in _NEEDED if not _installed(name)]
    if missing:
        raise UnavailableError(
            f"a release needs {' and '.join(missing)}, not installed here",
            f"{Path(sys.executable).name} -m pip install {' '.join(missing)}",
        )
    _run([sys.executable, "-P", "-m", "build", "--wheel", "--no-isolation", "--outdir", str(destination), str(root)])
    wheels = sorted(destination.glob("*.whl"))
    if len(wheels) != 1:
        raise CourseError(f"the build made {len(wheels)} wheels instead of one", "look at pyproject.toml")
    return wheels[0]


def _installed(name: str) -> bool:
    """Whether a real package of this name is there; a folder `build/` alone would count as one without a loader."""
    spec = importlib.util.find_spec(name)
    return spec is not None and spec.origin is not None


def _run(command: list[str]) -> None:
    try:
        ended = run(command, _SECONDS, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    except subprocess.TimeoutExpired:
        raise CourseError(
            f"building the wheel took more than {_SECONDS} s of computing", "try: python -m build --wheel"
        ) from None
    if ended.returncode:
        last = "\n".join((ended.stdout + ended.stderr).strip().splitlines()[-5:])
        raise CourseError(f"building the wheel failed:\n{last}", "try: python -m build --wheel")
