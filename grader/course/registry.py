"""Reads the registry `course.toml`, and checks it as it is read.

What can be wrong in the file alone is found here; whether the files it speaks of exist is `lint`'s question.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, get_args

import msgspec
from msgspec import Meta, Struct

from grader.course import layout
from grader.course.model import Course, Library, Limits, Task, Unit
from grader.course.spelling import did_you_mean
from grader.course.thresholds import Edges, edges_of, read_tiers
from grader.course.toml_lines import line_of
from grader.errors import CourseError, NotFoundError

__all__ = [
    "Course",
    "Limits",
    "Release",
    "Task",
    "Unit",
    "check_registry",
    "find_course",
    "known_edges",
    "load_course",
]

_NO_EFFECT = "{} has no effect in this version: remove it"

_CHOICES = {
    "library": [f'"{value}"' for value in get_args(Library)],
}


class _Head(Struct, frozen=True, forbid_unknown_fields=True):
    """The table ``[course]``."""

    name: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_.-]*\Z")]
    title: Annotated[str, Meta(min_length=1)]


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of `course.toml`."""

    course: _Head
    limits: Limits = Limits()
    unit: tuple[Unit, ...] = ()


class Release(Struct, frozen=True):
    """What `release.json` says in a student bundle.

    Attributes
    ----------
    hidden_points : dict of str to float
        What each ``unit.task`` is worth besides.
    version : str
        Of the engine that released it.
    tiers : dict
        The thresholds of timed tasks, by unit, task and device.
    """

    hidden_points: dict[str, float] = {}
    version: str | int = ""
    tiers: dict[str, dict[str, dict[str, Edges]]] = {}


def find_course(start: Path) -> Path:
    """Return the nearest folder at or above `start` that holds a `course.toml`.

    Raises
    ------
    NotFoundError
        There is none up to the root of the file system.
    """
    here = start.resolve()
    for folder in (here, *here.parents):
        if layout.registry(folder).is_file():
            return folder
    raise NotFoundError(f"no {layout.REGISTRY} in {here} or above it", "go into your course's folder and try again")


def load_course(root: Path) -> Course:
    """Read and check the registry of the course in `root`.

    Raises
    ------
    NotFoundError
        There is no `course.toml`.
    CourseError
        It is broken; the message names the line and what is expected there.
    """
    file = _checked(_registry_text(root))
    return Course(
        root=root.resolve(),
        name=file.course.name,
        title=file.course.title,
        limits=file.limits,
        units=file.unit,
        hidden_points=_release(root).hidden_points,
    )


def check_registry(text: str) -> None:
    """Refuse a registry's text as `load_course` would.

    Raises
    ------
    CourseError
        It is broken; the message names the line and what is expected there.
    """
    _checked(text)


def _checked(text: str) -> _File:
    file = _decode(text)
    for path, problem in _contradictions(file.unit):
        raise _broken(line_of(text, path), problem)
    return file


def _registry_text(root: Path) -> str:
    path = layout.registry(root)
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        raise NotFoundError(f"no {layout.REGISTRY} in {root}", "go into your course's folder and try again") from None
    except UnicodeDecodeError as error:
        raise CourseError(f"{layout.REGISTRY} is not UTF-8 text (byte {error.start})", "save it as UTF-8") from None


def _decode(text: str) -> _File:
    try:
        tables = tomllib.loads(text)
        for path, problem in _without_effect(tables):
            raise _broken(line_of(text, path), problem)
        return msgspec.convert(tables, _File)
    except tomllib.TOMLDecodeError as error:
        raise _broken_toml(str(error), text) from None
    except msgspec.ValidationError as error:
        what, _, path = str(error).partition(" - at ")
        path = path.strip("`")
        field_path = path + _field_of(what)
        raise _broken(line_of(text, field_path), _in_words(what, field_path)) from None


def _without_effect(tables: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield path and problem of settings that would be believed and do nothing: dates and what lateness costs."""
    course = tables.get("course")
    if isinstance(course, dict) and "feedback" in course:
        yield "$.course.feedback", _NO_EFFECT.format("feedback")
    if "late" in tables:
        yield "$.late", _NO_EFFECT.format("[late]")
    units = tables.get("unit")
    for i, unit in enumerate(units if isinstance(units, list) else []):
        if isinstance(unit, dict) and "due" in unit:
            yield f"$.unit[{i}].due", _NO_EFFECT.format("due")
        yield from _limits_without_effect(unit, i)


def _limits_without_effect(unit: Any, i: int) -> Iterator[tuple[str, str]]:
    """Yield what a task cannot limit for itself."""
    tasks = unit.get("task") if isinstance(unit, dict) else None
    for j, task in enumerate(tasks if isinstance(tasks, list) else []):
        limits = task.get("limits") if isinstance(task, dict) else None
        if isinstance(limits, dict) and "submission_seconds" in limits:
            yield (
                f"$.unit[{i}].task[{j}].limits.submission_seconds",
                "submission_seconds of a single task has no effect: it is a limit of all tests of a unit; move it to "
                "[unit.limits]",
            )


def _field_of(what: str) -> str:
    """Path step to an unknown field, which the decoder names in the message only."""
    unknown = re.fullmatch(r"Object contains unknown field `(\w+)`", what)
    return f".{unknown[1]}" if unknown else ""


def _in_words(what: str, path: str) -> str:
    """Say a decoder's message as TOML's users would."""
    place = path.removeprefix("$").removeprefix(".")
    field = place.rpartition(".")[2]
    if field == "mutant" and "matching regex" in what:
        what = "expected a mutant as `grade mutants` names it, such as slope.sign.0a1b2c3d"
    elif field.startswith("forbids") and "matching regex" in what:
        what = "expected an operator such as aten::convolution, or a part of names in stars, such as *convolution*"
    elif "matching regex" in what:
        letters = "letters" if "[A-Za-z]" in what else "small letters"
        what = f"expected a name of {letters}, digits and _, beginning with a letter"
    elif field in _CHOICES:
        what = f"expected one of {', '.join(_CHOICES[field])}"
    what = what.replace("Object contains unknown", "unknown").replace("Object missing required", "missing")
    what = what.replace("`object`", "`table`").replace("Expected", "expected")
    return f"{what} (at {place})" if place else what


def _broken_toml(message: str, text: str) -> CourseError:
    """Move the place that `tomllib` writes at the end of its message to the front of ours."""
    place = re.search(r" \(at line (\d+), column (\d+)\)$", message)
    if place is None:
        return _broken(text.count("\n") + 1, message.removesuffix(" (at end of document)"))
    return _broken(int(place[1]), f"{message[: place.start()]} (column {place[2]})")


def _broken(line: int, problem: str) -> CourseError:
    return CourseError(f"{layout.REGISTRY}, line {line}: {problem}", f"correct {layout.REGISTRY}, then: grade check")


def _contradictions(units: tuple[Unit, ...]) -> Iterator[tuple[str, str]]:
    """Yield path and problem of everything that no single field can show."""
    seen: dict[str, str] = {}
    for i, unit in enumerate(units):
        earlier = [other.name for other in units[:i]]
        if unit.name in earlier:
            yield f"$.unit[{i}].name", f'the unit "{unit.name}" exists already'
        yield from _unknown(f"$.unit[{i}].requires", unit.requires, earlier, "unit")
        for j, task in enumerate(unit.tasks):
            path = f"$.unit[{i}].task[{j}]"
            if task.name in seen:
                yield f"{path}.name", f'the task "{task.name}" exists already in the unit "{seen[task.name]}"'
            if task.file in ("milestone", "picture", "workloads") or task.file.startswith("test_"):
                yield f"{path}.file", f'a stub file cannot be named "{task.file}"'
            yield from _unknown(f"{path}.requires", task.requires, [other.name for other in unit.tasks[:j]], "task")
            seen[task.name] = unit.name
        listed = [each.mutant for each in unit.equivalents]
        for j, name in enumerate(listed):
            if name in listed[:j]:
                yield f"$.unit[{i}].equivalent[{j}].mutant", f'the mutant "{name}" is listed already'


def _unknown(path: str, wanted: Iterable[str], earlier: list[str], kind: str) -> Iterator[tuple[str, str]]:
    where = "earlier in the course" if kind == "unit" else "earlier in this unit"
    for name in wanted:
        if name not in earlier:
            yield path, f'"{name}" is no {kind} that stands {where}{did_you_mean(name, earlier)}'


def known_edges(course: Course, unit_name: str) -> dict[str, dict[str, Edges]]:
    """Return the thresholds of a unit's timed tasks by task and device, as far as they are known here.

    Authors have them as they were measured, students in the bundle's release note.

    Raises
    ------
    CourseError
        Their file is broken.
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
