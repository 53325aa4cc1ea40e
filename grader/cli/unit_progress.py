"""A student's progress in a unit: as a line of the start screen, and task by task."""

from collections.abc import Mapping

from grader.cli.student_files import is_begun
from grader.cli.task_states import TaskStates
from grader.course import layout
from grader.course.registry import Course, Task, Unit
from grader.course.suite import tests_of
from grader.home.memory import Progress, TaskMemory
from grader.records.choices import counting
from grader.report.screens import measured
from grader.report.student import UnitProgress
from grader.report.task_list import TaskRow, UnitRows


def unit_progress(course: Course, unit: Unit, progress: Progress) -> UnitProgress:
    """Return the student's progress in a unit.

    Raises
    ------
    CourseError
        If a visible test file is not valid Python.
    RejectedError
        If a file of the student's is not text.
    """
    now = TaskStates(course, unit, progress)
    next_task = next((task for task in now.open_tasks() if not task.optional), None)
    earned = _earned(unit, now.memories)
    return UnitProgress(
        name=unit.name,
        earned=earned,
        points=unit.worth(_points(course, unit, now.memories)),
        begun=earned > 0 or is_begun(course, unit),
        next_task=next_task.name if next_task else "",
        minutes=next_task.minutes if next_task else 0,
        picture=layout.milestone(course.root, unit.name).is_file(),
        changed=now.changed_files(),
        optional=tuple(
            task.name for task in unit.tasks if task.optional and not measured(now.memories[task.name].tests)
        ),
    )


def unit_rows(course: Course, unit: Unit, progress: Progress) -> UnitRows:
    """Return a unit task by task.

    Raises
    ------
    CourseError
        If a visible test file is not valid Python.
    RejectedError
        If a file of the student's is not text.
    """
    now = TaskStates(course, unit, progress)
    worth = visible_points(course, unit) | _measured(now.memories)
    return UnitRows(
        name=unit.name,
        title=unit.title,
        earned=_earned(unit, now.memories),
        points=unit.worth(_points(course, unit, now.memories)),
        tasks=tuple(_row(task, now, worth[task.name]) for task in unit.tasks),
    )


def _row(task: Task, now: TaskStates, points: float) -> TaskRow:
    earned = sum(test.earned for test in now.memories[task.name].tests)
    return TaskRow(task.name, f"{task.file}.py", now.states[task.name], earned, points, task.minutes)


def _earned(unit: Unit, remembered: Mapping[str, TaskMemory]) -> float:
    tests = [test for memory in remembered.values() for test in memory.tests]
    return sum(test.earned for test in counting(tests, unit.choices))


def _measured(remembered: Mapping[str, TaskMemory]) -> dict[str, float]:
    return {name: measured(memory.tests) for name, memory in remembered.items() if memory.tests}


def _points(course: Course, unit: Unit, remembered: Mapping[str, TaskMemory]) -> dict[str, float]:
    """Return each task's points in visible tests: as measured, or else as declared in the decorators.

    An optional task has no points before it has run.
    """
    optional = {task.name for task in unit.tasks if task.optional}
    worth = {name: points for name, points in visible_points(course, unit).items() if name not in optional}
    return worth | _measured(remembered)


def visible_points(course: Course, unit: Unit) -> dict[str, float]:
    """Return each task's points in visible tests, as declared in their decorators.

    Raises
    ------
    CourseError
        If a test file is not valid Python.
    """
    worth = dict.fromkeys([task.name for task in unit.tasks], 0.0)
    for stem in unit.files:
        for test in tests_of(course.root, layout.visible_test(course.root, unit.name, stem)):
            if test.task in worth:
                worth[test.task] += test.points or 0.0
    return worth
