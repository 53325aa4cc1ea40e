"""Builder of the engine's wheel for the student bundle, and of the bundle's version constraints."""

import importlib.util
import subprocess
import sys
import tomllib
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from grader.course.reading import read_text
from grader.errors import CourseError, UnavailableError
from grader.metering.meter import run

_NEEDED = ("build", "hatchling")
_SECONDS = 300


def build_wheel(root: Path, destination: Path) -> Path:
    """Build a wheel of the project in `root` with the installed build tools.

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
        If `build` or `hatchling` is not installed.
    CourseError
        If there is no `pyproject.toml`, or the build fails.
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
    """Return whether a package is installed; a mere folder `build/` is a namespace package and has no origin."""
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


def runtime_constraints(root: Path) -> str:
    """Return the text of `constraints.txt` without the optional packages of `pyproject.toml`.

    Raises
    ------
    CourseError
        If one of the two files is missing.
    """
    project = tomllib.loads(read_text(root / "pyproject.toml", "pyproject.toml")).get("project", {})
    optional = [line for group in project.get("optional-dependencies", {}).values() for line in group]
    left_out = {_package(line) for line in optional} - {_package(line) for line in project.get("dependencies", [])}
    lines = read_text(root / "constraints.txt", "constraints.txt").splitlines()
    kept = [line for line in lines if line.lstrip().startswith("#") or _package(line) not in left_out]
    return "\n".join(kept) + "\n"


def _package(requirement: str) -> str:
    """Return the normalized package name of a requirement; empty for other lines, such as blank ones.

    Examples
    --------
    >>> _package("Import_Linter>=2.3  # borders of rooms")
    'import-linter'
    """
    try:
        return canonicalize_name(Requirement(requirement.partition(" #")[0]).name)
    except InvalidRequirement:
        return ""
