"""The unit and the task that a student is at, where a command names none."""

from grader.cli.place import Place
from grader.cli.student_files import is_begun
from grader.cli.task_states import TaskStates
from grader.cli.testing import find, unit_of_folder
from grader.course import layout
from grader.course.registry import Course, Task, Unit
from grader.home.memory import progress_of
from grader.records import TestRecord
from grader.report.task_list import State


def unit_at_hand(place: Place) -> Unit:
    """Return the unit of the current folder, or else the one whose files were saved last, or else the first."""
    course = place.course
    return unit_of_folder(course, place.start) or _saved_last(course)


def named_unit(place: Place, name: str) -> Unit:
    """Return the unit of this name or of the task of this name; without a name the unit at hand.

    Raises
    ------
    NotFoundError
        If there is neither.
    """
    return find(place.course, name)[0] if name else unit_at_hand(place)


def named_task(place: Place, name: str) -> tuple[Unit, Task]:
    """Return the task of this name; without a name, or with a unit's, the task at hand.

    Raises
    ------
    NotFoundError
        If there is neither.
    """
    unit, task = find(place.course, name) if name else (unit_at_hand(place), None)
    return unit, task or open_task(place.course, unit)


def open_task(course: Course, unit: Unit) -> Task:
    """Return the unit's first task that fails, or else the next open one, or else the last."""
    now = TaskStates(course, unit, progress_of(course))
    left = now.open_tasks()
    failed = [task for task in left if now.states[task.name] is State.FAILS]
    needed = [task for task in left if not task.optional]
    return [*failed[:1], *needed[:1], *left[:1], unit.tasks[-1]][0]


def open_tasks(course: Course, unit: Unit) -> list[Task]:
    """Return the unit's tasks that are not done."""
    return TaskStates(course, unit, progress_of(course)).open_tasks()


def results_of(course: Course, unit: Unit) -> dict[str, tuple[TestRecord, ...]]:
    """Return the latest results of each task of a unit; none of a task that is a stub again."""
    memories = TaskStates(course, unit, progress_of(course)).memories
    return {name: memory.tests for name, memory in memories.items()}


def _saved_last(course: Course) -> Unit:
    units = [unit for unit in course.units if unit.tasks]
    begun = [unit for unit in units if is_begun(course, unit)]
    return max(begun, key=lambda unit: _saved_at(course, unit), default=units[0])


def _saved_at(course: Course, unit: Unit) -> float:
    paths = [layout.stub_path(course.root, unit.name, stem) for stem in unit.files]
    return max((path.stat().st_mtime for path in paths if path.is_file()), default=0.0)
