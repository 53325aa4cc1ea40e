"""Builder of the student bundle: one folder with everything that students need, the engine's wheel, and no secrets."""

import importlib.util
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from grader import __version__
from grader.course import layout
from grader.course.cut import stale_files, stub_text
from grader.course.reading import read_text
from grader.course.registry import Course, Release, Unit, known_edges
from grader.course.suite import hidden_properties
from grader.course.templates import fill
from grader.errors import CourseError, UnavailableError
from grader.metering.meter import run
from grader.release.leaks import Leak, find_leaks, verify_bundle
from grader.release.opening import opened, waits_for

_EXTRAS = (layout.UNIT_FILE, "README.md", "milestone.py", "workloads.py", "cases.py", "strategies.py", "*.png", "*.svg")
_OURS = ("exercises", "datasets", "handouts", ".stubs")
_SOURCE_FOLDERS = ("exercises", "solutions", "tests", "grader", "datasets", "docs", ".git")
_SETTINGS = {  # files for pytest, git, editors, assistants and GitHub, and their templates
    "pytest.ini": "pytest.ini",
    ".gitignore": "gitignore",
    ".editorconfig": "editorconfig",
    "ruff.toml": "ruff.toml",
    "pyrightconfig.json": "pyrightconfig.json",
    ".vscode/settings.json": "vscode_settings.json",
    ".vscode/tasks.json": "vscode_tasks.json",
    ".vscode/launch.json": "vscode_launch.json",
    ".vscode/extensions.json": "vscode_extensions.json",
    "AGENTS.md": "AGENTS.md",
    ".github/workflows/grade.yml": "workflow.yml",
}
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


__all__ = ["Leak", "release", "verify_bundle"]


def release(
    course: Course,
    destination: Path,
    hidden_points: dict[str, float],
    *,
    closed: Collection[str] = (),
    make_wheel: Callable[[Path, Path], Path] = build_wheel,
    wrong_answers: Mapping[str, bytes] | None = None,
    handouts: Mapping[str, str] | None = None,
) -> list[Path]:
    """Write the student bundle.

    Parameters
    ----------
    course : Course
        From an author's checkout.
    destination : Path
        An empty or missing folder, or an earlier release, which is updated.
    hidden_points : dict of str to float
        Points of each ``unit.task`` in the hidden tests.
    closed : collection of str, optional
        Units that are closed for everybody: what opens after others is left out.
    make_wheel : callable, optional
        Builds the engine's wheel from the course's folder into another one.
    wrong_answers : mapping of str to bytes, optional
        What misconceptions answer in the visible tests, by unit: data with which mistakes are named.
    handouts : mapping of str to str, optional
        Pages of the handouts, by unit.

    Returns
    -------
    list of Path
        All files of the bundle.

    Raises
    ------
    CourseError
        If the destination is not suitable, generated files are stale, or the bundle would leak something. Nothing has
        been written then.
    NotFoundError
        If `hidden_points` names a task that does not exist.
    UnavailableError
        If the wheel cannot be built on this machine.
    """
    destination = destination.resolve()
    _check_course(course)
    _check_destination(course.root, destination)
    for name in hidden_points:
        course.task(name)
    later = tuple(unit.name for unit in course.units if waits_for(unit, closed))
    part = opened(course, closed)
    contents = {**_course_files(part), **_setup_files(part, hidden_points, later, make_wheel)}
    for unit, data in (wrong_answers or {}).items():
        contents[layout.relative_name(layout.wrong_answers(course.root, unit), course.root)] = data
    contents |= {f"handouts/{unit}.html": page.encode() for unit, page in (handouts or {}).items()}
    _refuse_leaks(find_leaks(contents, course.root, closed))
    _remove_stale(destination, contents)
    return _write(destination, contents)


def _check_course(course: Course) -> None:
    course.refuse_bundle("it has been released already", "release from the author's checkout")
    stale = stale_files(course.root, course)
    if stale:
        names = ", ".join(layout.relative_name(path, course.root) for path in stale[:3])
        raise CourseError(f"generated files are not up to date: {names}", "grade build")


def _check_destination(root: Path, destination: Path) -> None:
    inside = [name for name in _SOURCE_FOLDERS if destination.is_relative_to(root / name)]
    if destination == root or inside:
        raise CourseError(f"{destination} is part of the course's own source", "choose a folder of its own")
    if destination.exists() and not destination.is_dir():
        raise CourseError(f"{destination} is a file", "choose a folder")
    if not destination.exists() or not any(destination.iterdir()):
        return
    if not layout.release(destination).is_file():
        raise CourseError(f"{destination} is not empty, and no earlier release", "choose an empty folder")
    worked_on = _worked_on(destination)
    if worked_on:
        raise CourseError(f"somebody has worked in {destination}: {worked_on[0]} is changed", "choose an empty folder")


def _worked_on(bundle: Path) -> list[str]:
    """Return the stubs of an earlier release that have been changed since."""
    pristine = bundle / ".stubs"
    stubs = [(path, bundle / "exercises" / path.relative_to(pristine)) for path in sorted(pristine.glob("*/*.py"))]
    changed = [stub for old, stub in stubs if stub.is_file() and stub.read_bytes() != old.read_bytes()]
    return [layout.relative_name(stub, bundle) for stub in changed]


def _course_files(course: Course) -> dict[str, bytes]:
    """Return the course's files: registry, exercises, pristine stubs, data."""
    root = course.root
    paths = [layout.registry(root), *_data_files(root)]
    for unit in course.units:
        folder = layout.exercises(root, unit.name)
        paths += [layout.stub_path(root, unit.name, file) for file in unit.files]
        paths += [path for pattern in ("test_*.py", *_EXTRAS) for path in sorted(folder.glob(pattern))]
    contents = {layout.relative_name(path, root): path.read_bytes() for path in paths}
    for unit in course.units:
        for file in unit.files:
            name = layout.relative_name(layout.pristine_stub(root, unit.name, file), root)
            contents[name] = stub_text(root, unit.name, file).encode()
    return contents


def _data_files(root: Path) -> Iterator[Path]:
    folder = layout.datasets(root)
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(part == "__pycache__" or part.startswith(".") for part in parts):
            yield path


def _setup_files(
    course: Course, hidden_points: dict[str, float], later: tuple[str, ...], make_wheel: Callable[[Path, Path], Path]
) -> dict[str, bytes]:
    """Return the files for installation: wheel, requirements, settings, README."""
    with tempfile.TemporaryDirectory() as folder:
        wheel = make_wheel(course.root, Path(folder))
        contents = {wheel.name: wheel.read_bytes()}
    tiers = {unit.name: known_edges(course, unit.name) for unit in course.units if unit.is_timed}
    note = Release(dict(sorted(hidden_points.items())), __version__, tiers, _hidden_properties(course), later)
    contents[layout.RELEASE] = msgspec.json.format(msgspec.json.encode(note), indent=2) + b"\n"
    units = "\n".join(_line_of(course, unit) for unit in course.units)
    texts = {
        "README.md": fill("bundle/README.md", title=course.title, units=units),
        "requirements.txt": fill("bundle/requirements.txt", wheel=wheel.name),
        "constraints.txt": runtime_constraints(course.root),
        **{name: fill(f"bundle/{template}") for name, template in _SETTINGS.items()},
    }
    return contents | {name: text.encode() for name, text in texts.items()}


def _hidden_properties(course: Course) -> dict[str, tuple[str, ...]]:
    """Return what the hidden tests of each ``unit.task`` look at."""
    by_unit = [(unit, hidden_properties(course.root, unit)) for unit in course.units]
    return {f"{unit.name}.{task}": words for unit, by_task in by_unit for task, words in by_task.items()}


def _line_of(course: Course, unit: Unit) -> str:
    """Return a unit's line in the table of contents, with its milestone and prerequisites."""
    milestone = f": {unit.milestone}" if unit.milestone else ""
    needed = ", ".join(other.title for other in course.units if other.name in unit.requires)
    return f"- [{unit.title}](exercises/{unit.name}/README.md){milestone}" + (f" (after: {needed})" if needed else "")


def _refuse_leaks(leaks: list[Leak]) -> None:
    if leaks:
        shown = "\n".join(f"  {leak.where}: {leak.what}" for leak in leaks[:10])
        more = f"\n  and {len(leaks) - 10} more" if len(leaks) > 10 else ""
        raise CourseError(f"the bundle would give this away:\n{shown}{more}", "remove it, then: grade release")


def _remove_stale(destination: Path, contents: Mapping[str, bytes]) -> None:
    """Remove files that an earlier release wrote and this one does not; other files stay."""
    ours = [path for folder in _OURS for path in (destination / folder).rglob("*")]
    for path in [*ours, *destination.glob("deepgrade-*.whl")]:
        if path.is_file() and layout.relative_name(path, destination) not in contents:
            path.unlink()


def _write(destination: Path, contents: Mapping[str, bytes]) -> list[Path]:
    for name, data in contents.items():
        path = destination / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_bytes() != data:
            path.write_bytes(data)
    return [destination / name for name in sorted(contents)]
