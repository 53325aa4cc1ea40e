"""Reader of the registry: `course.toml`, and `exercises/<unit>/unit.toml` of each unit.

This module checks these files themselves; `lint` checks that the files they mention exist.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from grader.course import layout
from grader.course.medals import Edges, edges_of, read_tiers
from grader.course.model import Course, Limits, Name, Task, Unit
from grader.course.reading import read_text
from grader.course.rule_reading import Grading, rules_of
from grader.course.toml_reading import as_record, broken, line_of, line_of_item, read_tables
from grader.errors import CourseError, NotFoundError, did_you_mean
from grader.records.rules import Disclosure, Lateness, Rules
from grader.worker.imports import OWN_TESTS

__all__ = [
    "Course",
    "Limits",
    "Release",
    "Task",
    "Unit",
    "find_course",
    "known_edges",
    "load_course",
]

_NO_FEEDBACK_HERE = 'what students see of hidden tests has a table of its own: [feedback] with hidden = "property"'
_NO_STUBS = ("milestone", "picture", "workloads")


class _Head(Struct, frozen=True, forbid_unknown_fields=True):
    """The table ``[course]``."""

    name: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_.-]*\Z")]
    title: Annotated[str, Meta(min_length=1)]
    units: tuple[Name, ...] = ()


class _CourseFile(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of `course.toml`."""

    course: _Head
    limits: Limits = Limits()
    grading: Grading = Grading()
    due: dict[str, datetime] = {}
    late: Lateness = Lateness()
    weights: dict[str, float] = {}
    questions: dict[str, dict[str, float]] = {}
    feedback: Disclosure = Disclosure()


class Release(Struct, frozen=True):
    """Contents of `release.json` in a student bundle.

    Attributes
    ----------
    hidden_points : dict of str to float
        Points of each ``unit.task`` in the hidden tests.
    version : str
        Version of the engine that released it.
    tiers : dict
        Thresholds of timed tasks, by unit, task and device.
    hidden_properties : dict of str to tuple of str
        What the hidden tests of each ``unit.task`` look at.
    later : tuple of str
        Units that are not in the bundle yet.
    """

    hidden_points: dict[str, float] = {}
    version: str | int = ""
    tiers: dict[str, dict[str, dict[str, Edges]]] = {}
    hidden_properties: dict[str, tuple[str, ...]] = {}
    later: tuple[str, ...] = ()


def find_course(start: Path) -> Path:
    """Return the nearest folder at or above `start` that contains a `course.toml`.

    Parameters
    ----------
    start : Path

    Returns
    -------
    Path

    Raises
    ------
    NotFoundError
        If there is none up to the root of the file system.
    """
    here = start.resolve()
    for folder in (here, *here.parents):
        if layout.registry(folder).is_file():
            return folder
    raise NotFoundError(f"no {layout.REGISTRY} in {here} or above it", "go into your course's folder and try again")


def load_course(root: Path, drafts: Mapping[Path, str] | None = None) -> Course:
    """Read and check the registry of the course in `root`.

    Parameters
    ----------
    root : Path
    drafts : mapping of Path to str, optional
        Texts to read instead of these files of the registry: drafts not yet written.

    Returns
    -------
    Course

    Raises
    ------
    NotFoundError
        If there is no `course.toml`.
    CourseError
        If a file of the registry is broken; the message names file, line and what is expected there.
    """
    drafts = drafts or {}
    text = drafts.get(layout.registry(root)) or _registry_text(root)
    file = _course_file(text)
    release = _release(root)
    units = tuple(_units(root, text, file.course.units, drafts, later=release.later))
    return Course(
        root=root.resolve(),
        name=file.course.name,
        title=file.course.title,
        limits=file.limits,
        units=units,
        rules=_rules(file, text),
        hidden_points=release.hidden_points,
        hidden_properties=release.hidden_properties,
    )


def _rules(file: _CourseFile, text: str) -> Rules:
    tables = (file.grading, file.due, file.late, file.weights, file.questions)
    return rules_of(*tables, feedback=file.feedback, units=file.course.units, text=text)


def _registry_text(root: Path) -> str:
    path = layout.registry(root)
    if not path.is_file():
        raise NotFoundError(f"no {layout.REGISTRY} in {root}", "go into your course's folder and try again")
    return read_text(path, layout.REGISTRY)


def _course_file(text: str) -> _CourseFile:
    tables = read_tables(text, layout.REGISTRY)
    _refuse_units(tables, text)
    for path, problem in _without_effect(tables):
        raise broken(layout.REGISTRY, line_of(text, path), problem)
    return as_record(tables, _CourseFile, text, layout.REGISTRY)


def _refuse_units(tables: Mapping[str, Any], text: str) -> None:
    """Raise if `course.toml` itself defines units, and say where they belong."""
    if "unit" not in tables:
        return
    units = tables["unit"] if isinstance(tables["unit"], list) else []
    first = units[0] if units and isinstance(units[0], dict) else {}
    name = str(first.get("name", "UNIT"))
    raise broken(
        layout.REGISTRY,
        line_of(text, "$.unit[0]"),
        f'units no longer stand in this file: write exercises/{name}/unit.toml, and the name "{name}" into the list '
        "`units` of [course]",
        f"move the unit's fields but its name to exercises/{name}/unit.toml, each [[unit.task]] as [[task]], each "
        f"[[unit.equivalent]] as [[equivalent]] to tests/hidden/{name}/equivalents.toml",
    )


def _without_effect(tables: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield path and problem of settings that have no effect, and of dates that are none."""
    course = tables.get("course")
    if isinstance(course, dict) and "feedback" in course:
        yield "$.course.feedback", _NO_FEEDBACK_HERE
    if "late" in tables and "due" not in tables:
        yield "$.late", "rules for late hand-ins have no effect without due dates: write the table [due]"
    dates = tables.get("due")
    for unit, date in dates.items() if isinstance(dates, dict) else ():
        if not isinstance(date, datetime):
            yield f"$.due.{unit}", "expected a date with a time, such as 2027-02-01T23:59:00, without quotes"


def _units(
    root: Path, text: str, names: tuple[str, ...], drafts: Mapping[Path, str], *, later: tuple[str, ...]
) -> Iterator[Unit]:
    """Yield the units of the course but those that come later, each checked against those before it."""
    earlier: list[Unit] = []
    for number, name in enumerate(names):
        if name in names[:number]:
            raise broken(layout.REGISTRY, line_of_item(text, "$.course.units", name, -1), f'"{name}" is listed already')
        if name in later:
            continue
        path = layout.unit_file(root, name)
        shown = layout.relative_name(path, root)
        if path not in drafts and not path.is_file():
            problem = f'the unit "{name}" has no {shown}'
            hint = f"write {shown}, or take the name out of {layout.REGISTRY}"
            raise broken(layout.REGISTRY, line_of_item(text, "$.course.units", name), problem, hint)
        unit = _unit(name, drafts.get(path) or read_text(path, shown), shown, earlier, names[:number])
        earlier.append(unit)
        yield unit


def _unit(name: str, text: str, shown: str, earlier: list[Unit], names: tuple[str, ...]) -> Unit:
    """Return a unit, checked against those before it; of `names`, the units before it, some may come later."""
    tables = read_tables(text, shown)
    for at, problem in _misplaced(tables):
        raise broken(shown, line_of(text, at), problem)
    unit = as_record({**tables, "name": name}, Unit, text, shown)
    for at, problem in _contradictions(unit, earlier, names):
        raise broken(shown, line_of(text, at), problem)
    return unit


def _misplaced(tables: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield path and problem of settings that have no effect in a unit's file, or belong elsewhere."""
    if "name" in tables:
        yield "$.name", "a unit has the name of its folder: remove it here"
    if "due" in tables:
        yield "$.due", "due dates stand in course.toml, in the table [due]: move it there"
    if "equivalent" in tables:
        yield (
            "$.equivalent[0]",
            "students get this file: equivalent mutants stand in tests/hidden/<unit>/equivalents.toml",
        )
    for wrong in ("unit", "course"):
        if wrong in tables:
            yield f"$.{wrong}", f"this file is about one unit: no [{wrong}], and a task is [[task]]"
    tasks = tables.get("task")
    for j, task in enumerate(tasks if isinstance(tasks, list) else []):
        limits = task.get("limits") if isinstance(task, dict) else None
        if isinstance(limits, dict) and "submission_seconds" in limits:
            yield (
                f"$.task[{j}].limits.submission_seconds",
                "submission_seconds of a single task has no effect: it is a limit of all tests of a unit; move it to "
                "[limits]",
            )


def _contradictions(unit: Unit, earlier: list[Unit], names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield path and problem of each contradiction between fields."""
    yield from _unknown("$.requires", unit.requires, names, "unit")
    yield from _unknown("$.opens", unit.opens, names, "unit")
    seen = {task.name: other.name for other in earlier for task in other.tasks}
    for j, task in enumerate(unit.tasks):
        path = f"$.task[{j}]"
        if task.name in seen:
            yield f"{path}.name", f'the task "{task.name}" exists already in the unit "{seen[task.name]}"'
        if task.file in _NO_STUBS or task.file.startswith("test_"):
            yield f"{path}.file", f'a stub file cannot be named "{task.file}"'
        yield from _unknown(f"{path}.requires", task.requires, [other.name for other in unit.tasks[:j]], "task")
        yield from _unsound_tests(path, task, unit.tasks[:j])
        seen[task.name] = unit.name
    yield from _unsound_choices(unit)


def _unsound_tests(path: str, task: Task, earlier: tuple[Task, ...]) -> Iterator[tuple[str, str]]:
    """Yield path and problem of a task in which students write tests, if it is not where and what it has to be."""
    if (task.tests is None) is (task.file == OWN_TESTS):
        yield f"{path}.file", f'tests that students write belong into "{OWN_TESTS}", and nothing else does'
    if task.tests is None:
        return
    yield from _unknown(f"{path}.tests", [task.tests], [other.name for other in earlier], "task")
    if not task.name.startswith("test_"):
        yield f"{path}.name", "a test that students write has a name that begins with test_"
    if task.requires:
        yield f"{path}.requires", "tests that students write are run without their other files: they require nothing"


def _unsound_choices(unit: Unit) -> Iterator[tuple[str, str]]:
    """Yield path and problem of choices that leave nothing to choose, or whose tasks are unknown or repeated."""
    seen: dict[str, int] = {}
    for number, choice in enumerate(unit.choices):
        path = f"$.choice[{number}]"
        if choice.choose >= len(choice.options):
            yield f"{path}.choose", f"{choice.choose} of {len(choice.options)} options leave nothing to choose"
        yield from _unknown(f"{path}.options", choice.tasks, [task.name for task in unit.tasks], "task")
        for task in choice.tasks:
            if task in seen:
                yield f"{path}.options", f'the task "{task}" is an option already'
            seen[task] = number


def _unknown(path: str, wanted: Iterable[str], earlier: Sequence[str], kind: str) -> Iterator[tuple[str, str]]:
    where = "earlier in the course" if kind == "unit" else "earlier in this unit"
    for name in wanted:
        if name not in earlier:
            yield path, f'"{name}" is no {kind} that stands {where}{did_you_mean(name, earlier)}'


def known_edges(course: Course, unit_name: str) -> dict[str, dict[str, Edges]]:
    """Return the known thresholds of a unit's timed tasks by task and device.

    They are read from the calibration's file in a checkout, and from `release.json` in a student bundle.

    Parameters
    ----------
    course : Course
    unit_name : str

    Returns
    -------
    dict of str to dict
        Thresholds by task, then by device.

    Raises
    ------
    CourseError
        If that file is broken.
    """
    if course.is_bundle:
        return _release(course.root).tiers.get(unit_name, {})
    return edges_of(read_tiers(layout.tiers(course.root, unit_name)))


def _release(root: Path) -> Release:
    path = layout.release(root)
    if not path.is_file():
        return Release()
    try:
        return msgspec.json.decode(path.read_bytes(), type=Release)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CourseError(f"{layout.RELEASE} is broken: {error}", "get a fresh copy of the course") from None
