"""Keys of results: equal keys mean that grading again would give the same result."""

import hashlib
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

import grader
from grader.course import layout
from grader.course.registry import Course, Unit
from grader.records import Isolation
from grader.submissions.hand_ins import Submission
from grader.timing.hardware import devices

LIBRARIES = ("numpy", "torch", "triton", "hypothesis", "pytest", "msgspec")
ROOMS_THAT_GRADE = (
    "course",
    "submissions",
    "judge",
    "timing",
    "sandbox",
    "wire",
    "worker",
    "metering",
    "records",
    "autograde/remark.py",
)


CAUSES = {
    "submission": "the submission changed",
    "suite": "the suite changed",
    "registry": "tasks or limits changed",
    "without": "other tests were left out",
    "secret": "the course secret changed",
    "tier": "it ran behind other walls",
    "machine": "it ran on another machine",
    "software": "the software changed",
}
"""Reasons why a result may differ from an earlier one, likeliest first."""


def unit_parts(
    course: Course,
    unit_name: str,
    secret: str,
    tier: Isolation,
    *,
    dry_run: bool = False,
    without: Sequence[str] = (),
    machine: Sequence[str] | None = None,
) -> dict[str, str]:
    """Return a hash of each input of a unit's results, except the submission.

    Parameters
    ----------
    course : Course
    unit_name : str
    secret : str
        The course's secret; only its hash is used.
    tier : Isolation
    dry_run : bool
        Whether timed tests are not timed; no other run may reuse such a result.
    without : sequence of str
        Tests of the unit that are left out.
    machine : sequence of str, optional
        Names of the processor and the GPUs that grade; by default this machine's.

    Returns
    -------
    dict of str to str
        Hashes by the names in `CAUSES`.
    """
    unit = course.unit(unit_name)
    registered = [
        course.limits_of(unit.name),
        [
            (task.name, task.file, task.library, task.forbids, course.limits_of(unit.name, task.name))
            for task in unit.tasks
        ],
    ]
    graders = machine if machine is not None else devices() if unit.tasks_on_gpu else ()
    clocks = ["rehearsed"] if dry_run else list(graders) if unit.tasks_on_gpu else []
    parts = {
        "suite": suite_hash(course.root, unit),
        "registry": registered,
        "secret": hashlib.sha256(secret.encode()).hexdigest(),
        "software": environment(),
        "tier": tier,
        "machine": clocks,
        "without": sorted(without),
    }
    return {name: digest(msgspec.json.encode(part)) for name, part in parts.items()}


def work_parts(submission: Submission, parts: Mapping[str, str]) -> dict[str, str]:
    """Return the hashes of all inputs of one submission's result; `parts` are those of its unit."""
    content = [submission.unit, sorted(submission.files.items()), submission.problem]
    return {"submission": digest(msgspec.json.encode(content)), **parts}


def key_of(parts: Mapping[str, str]) -> str:
    """Return a key that changes with any of its parts."""
    return digest(msgspec.json.encode(sorted(parts.items())))


def digest(content: bytes) -> str:
    """Return a SHA-256 hash of some bytes."""
    return hashlib.sha256(content).hexdigest()


def suite_hash(root: Path, unit: Unit) -> str:
    """Return the hash of a unit's hidden and visible tests, its solutions, and the course's data."""
    stubs = {layout.stub_path(root, unit.name, stem) for stem in unit.files}
    visible = set(layout.exercises(root, unit.name).glob("*.py")) - stubs - _copies(root, unit)
    shared = {path for path in layout.hidden(root).glob("*") if path.is_file()}
    folders = (layout.hidden(root, unit.name), layout.solutions(root, unit.name), layout.datasets(root))
    below = {path for folder in folders for path in files_below(folder)} - {layout.equivalents(root, unit.name)}
    return hash_of({*visible, *shared, *below}, root)


def _copies(root: Path, unit: Unit) -> set[Path]:
    """Return the files that are copied from the solutions, where they are hashed already."""
    return {layout.milestone(root, unit.name), layout.workloads(root, unit.name)}


@cache
def environment() -> tuple[str, ...]:
    """Return the properties of machine and installation that results may depend on."""
    package = Path(grader.__file__).parent
    sources = [path for room in ROOMS_THAT_GRADE for path in files_below(package / room)]
    versions = [f"{name} {installed_version(name)}" for name in LIBRARIES]
    return (grader.__version__, hash_of(sources, package), platform.python_version(), sys.platform, *versions)


def installed_version(name: str) -> str:
    """Return the version of an installed library; "none" without one."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def files_below(place: Path) -> list[Path]:
    """Return a file, or the files in a folder at any depth, without compiled ones."""
    if place.is_file():
        return [place]
    return [path for path in place.rglob("*") if path.is_file() and "__pycache__" not in path.parts]


def hash_of(paths: Iterable[Path], root: Path) -> str:
    """Return a hash of names and contents, each hashed by itself so that file boundaries count."""
    total = hashlib.sha256()
    for path in sorted(set(paths)):
        total.update(hashlib.sha256(layout.relative_name(path, root).encode()).digest())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
