"""Advice on the next command, from the latest results and the files as they are now."""

from collections.abc import Collection, Sequence

from grader.cli.place import shown
from grader.cli.task_states import TaskStates
from grader.course import layout
from grader.course.registry import Course, Task, Unit
from grader.home.memory import hints_seen, progress_of
from grader.records import CauseKind, TestRecord
from grader.report.task_list import State


def next_step(course: Course, unit: Unit, ran: Collection[str] = ()) -> str:
    """Return the next command, or the next task to write.

    Parameters
    ----------
    course : Course
    unit : Unit
    ran : collection of str
        The tasks of a run that has just ended: failures among them come first, after those that they call. Otherwise it
        is the next open task after them.

    Raises
    ------
    RejectedError
        If a file of the student's is not text.
    """
    now = TaskStates(course, unit, progress_of(course))
    task = _next_task(unit, now, ran)
    if task is None:
        return f"grade show {unit.name}" if layout.milestone(course.root, unit.name).is_file() else "grade"
    if now.states[task.name] is State.FAILS:
        return _to_mend(course, unit, task, now.memories[task.name].tests)
    if now.states[task.name] is State.TO_RUN:
        return f"grade run {task.name}"
    return f"{task.name} in {shown(layout.stub_path(course.root, unit.name, task.file))} ({task.minutes} min)"


def _next_task(unit: Unit, now: TaskStates, ran: Collection[str]) -> Task | None:
    """Return the task to go on with: the lowest open one below the first candidate; None if there is none."""
    left = [task for task in now.open_tasks() if not task.optional or task.name in ran]
    failing = [task for task in left if task.name in ran and now.states[task.name] is State.FAILS]
    first = next(iter([*failing, *_after(unit, left, ran)]), None)
    if first is None:
        return None
    below = unit.tasks_below(first.name)
    if first in failing:  # what is not written cannot be what made it fail
        is_named = any(test.feedback.likely for test in now.memories[first.name].tests)
        suspects = {State.FAILS} if is_named else {State.FAILS, State.TO_RUN}
        below &= {task.name for task in left if now.states[task.name] in suspects}
    return next((task for task in left if task.name in below), first)


def _after(unit: Unit, left: Sequence[Task], ran: Collection[str]) -> list[Task]:
    """Return open tasks in the unit's order, beginning after the last one that ran."""
    names = [task.name for task in unit.tasks]
    last = max((names.index(name) for name in ran if name in names), default=-1)
    return sorted(left, key=lambda task: (names.index(task.name) - last - 1) % len(names))


def _to_mend(course: Course, unit: Unit, task: Task, tests: Sequence[TestRecord]) -> str:
    file = _file_to_mend(tests)
    if not file:
        return _hint_for(course, unit, task)
    path = layout.stub_path(course.root, unit.name, file if file in unit.files else task.file)
    return f"mend {shown(path)}, then: grade run {task.name}"


def _file_to_mend(tests: Sequence[TestRecord]) -> str:
    """Return a file that is broken or imports something missing, where no hint helps; empty if there is none."""
    causes = [test.feedback.cause for test in tests]
    files = [cause.file for cause in causes if cause and cause.kind is not CauseKind.MISSING_FILE]
    return next((file.removesuffix(".py") for file in files if file), "")


def _hint_for(course: Course, unit: Unit, task: Task) -> str:
    seen = hints_seen(course).get(f"{unit.name}.{task.name}", 0)
    if seen >= len(task.hints):
        return f"grade hint {task.name} --again (you have seen all {len(task.hints)})"
    return f"grade hint {task.name} ({seen + 1} of {len(task.hints)})"
