"""Advice on the next command after a run."""

from collections.abc import Collection, Sequence

from grader.cli.memory import hints_seen
from grader.cli.place import shown
from grader.cli.student_files import is_written
from grader.course import layout
from grader.course.registry import Course, Task, Unit
from grader.records import CauseKind, TestRecord
from grader.report.student import is_done, is_not_attempted


def next_step(course: Course, unit: Unit, tests: Sequence[TestRecord], ran: Collection[str]) -> str:
    """Return the next command, or the next task to write, after a run of some of a unit's tasks.

    Parameters
    ----------
    course : Course
    unit : Unit
    tests : sequence of TestRecord
        Latest results of the unit's visible tests, from this run or earlier ones.
    ran : collection of str
        The tasks of this run: failures among them come first.
    """
    by_task = {task: [test for test in tests if test.task == task.name] for task in unit.tasks}
    left = [task for task, own in by_task.items() if not is_done(own)]
    failed = [task for task in left if by_task[task] and not is_not_attempted(by_task[task])]
    first = next((task for task in failed if task.name in ran), left[0] if left else None)
    if first is None:
        return f"grade show {unit.name}" if layout.milestone(course.root, unit.name).is_file() else "grade"
    file = _file_to_mend(by_task[first]) if first in failed else ""
    path = shown(layout.stub_path(course.root, unit.name, file if file in unit.files else first.file))
    if first not in failed:
        written = not by_task[first] and is_written(course, unit, first)
        return f"grade run {first.name}" if written else f"{first.name} in {path} ({first.minutes} min)"
    if file:
        return f"mend {path}, then: grade run {first.name}"
    return _hint_for(course, unit, first)


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
