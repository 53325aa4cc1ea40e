"""Lookup of units and tasks by their names on the command line."""

from collections.abc import Iterable

from grader.course.registry import Course, Task, Unit
from grader.errors import NotFoundError, did_you_mean


def find(course: Course, name: str) -> tuple[Unit, Task | None]:
    """Return the unit of this name, or the unit and the task.

    Raises
    ------
    NotFoundError
        If there is neither; the message suggests the nearest name.
    """
    for unit in course.units:
        if unit.name == name:
            return unit, None
        for task in unit.tasks:
            if name in (task.name, f"{unit.name}.{task.name}"):
                return unit, task
    raise _no_such(course, name)


def _no_such(course: Course, name: str) -> NotFoundError:
    units = [unit.name for unit in course.units]
    tasks = [task.name for unit in course.units for task in unit.tasks]
    ids = [f"{unit.name}.{task.name}" for unit in course.units for task in unit.tasks]
    question = did_you_mean(name, ids if "." in name else units + tasks)
    known = [f"units: {', '.join(units) or 'none yet'}"]
    known += [
        f"tasks of {unit.name}: {', '.join(task.name for task in unit.tasks)}"
        for unit in course.units
        if any(f'"{name}"' in question for name in _names_in(unit))
    ]
    return NotFoundError(f'there is no unit or task "{name}"{question}', "one of these:\n" + "\n".join(known))


def _names_in(unit: Unit) -> list[str]:
    return [unit.name, *(name for task in unit.tasks for name in (task.name, f"{unit.name}.{task.name}"))]


def chosen(course: Course, names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the tasks of each unit that some names select; no tasks means the whole unit.

    Raises
    ------
    NotFoundError
        If a name is neither a unit nor a task.
    """
    whole: set[str] = set()
    tasks: dict[str, list[str]] = {}
    for name in names:
        unit, task = find(course, name)
        tasks.setdefault(unit.name, [])
        if task is None:
            whole.add(unit.name)
        else:
            tasks[unit.name].append(task.name)
    ordered = [unit.name for unit in course.units if unit.name in tasks]
    return {unit: () if unit in whole else tuple(dict.fromkeys(tasks[unit])) for unit in ordered}
