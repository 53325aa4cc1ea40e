"""A student's progress: the state of each unit, and advice on the next command."""

from collections.abc import Collection, Mapping, Sequence

from grader.cli.place import shown
from grader.cli.student_files import is_begun, is_written, own_texts
from grader.course import layout
from grader.course.registry import Course, Task, Unit
from grader.course.suite import tests_of
from grader.home.memory import Progress, TaskMemory, fingerprint, hints_seen, suite_text
from grader.records import CauseKind, TestRecord
from grader.records.choices import counting
from grader.report.screens import measured
from grader.report.student import UnitProgress, is_done, is_not_attempted

NOTHING = TaskMemory("", "", ())


def unit_progress(course: Course, unit: Unit, progress: Progress) -> UnitProgress:
    """Return the student's progress in a unit.

    Raises
    ------
    CourseError
        If a visible test file is not valid Python.
    RejectedError
        If a file of the student's is not text.
    """
    remembered = {task.name: _memory(progress, unit, task) for task in unit.tasks}
    tests = [test for memory in remembered.values() for test in memory.tests]
    open_tasks = open_tasks_of(unit, {name: memory.tests for name, memory in remembered.items()})
    next_task = next((task for task in open_tasks if not task.optional), None)
    earned = sum(test.earned for test in counting(tests, unit.choices))
    return UnitProgress(
        name=unit.name,
        earned=earned,
        points=unit.worth(_points(course, unit, remembered)),
        begun=earned > 0 or is_begun(course, unit),
        next_task=next_task.name if next_task else "",
        minutes=next_task.minutes if next_task else 0,
        picture=layout.milestone(course.root, unit.name).is_file(),
        changed=_changed_files(course, unit, remembered),
        optional=tuple(task.name for task in unit.tasks if task.optional and not measured(remembered[task.name].tests)),
    )


def open_tasks_of(unit: Unit, tests: Mapping[str, Sequence[TestRecord]]) -> list[Task]:
    """Return the tasks that are not done, without those of a choice of which enough options are done."""
    done = {task.name for task in unit.tasks if is_done(tests[task.name])}
    enough = [
        choice for choice in unit.choices if sum(done.issuperset(option) for option in choice.options) >= choice.choose
    ]
    spare = {task for choice in enough for task in choice.tasks}
    return [task for task in unit.tasks if task.name not in done and task.name not in spare]


def _memory(progress: Progress, unit: Unit, task: Task) -> TaskMemory:
    return progress.tasks.get(f"{unit.name}.{task.name}", NOTHING)


def _points(course: Course, unit: Unit, remembered: dict[str, TaskMemory]) -> dict[str, float]:
    """Return each task's points in visible tests: as measured, or else as declared in the decorators.

    An optional task has no points before it has run.
    """
    optional = {task.name for task in unit.tasks if task.optional}
    worth = {name: points for name, points in visible_points(course, unit).items() if name not in optional}
    ran = {name: measured(memory.tests) for name, memory in remembered.items() if memory.tests}
    return worth | ran


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


def _changed_files(course: Course, unit: Unit, remembered: dict[str, TaskMemory]) -> tuple[str, ...]:
    """Return the stub and test files that have changed since their tasks last ran."""
    texts = own_texts(course, unit)
    changed = []
    for stem in unit.files:
        memories = [remembered[task.name] for task in unit.tasks if task.file == stem]
        source, suite = fingerprint(texts.get(stem, "")), fingerprint(suite_text(course, unit, stem))
        if _any_other([memory.source for memory in memories], source):
            changed.append(f"{stem}.py")
        if _any_other([memory.suite for memory in memories], suite):
            changed.append(f"test_{stem}.py")
    return tuple(changed)


def _any_other(remembered: Sequence[str], now: str) -> bool:
    return any(before not in ("", now) for before in remembered)


def next_step(course: Course, unit: Unit, tests: Sequence[TestRecord], ran: Collection[str]) -> str:
    """Return the next command, or the next task to write, after a run of some of a unit's tasks.

    Parameters
    ----------
    course : Course
    unit : Unit
    tests : sequence of TestRecord
        Latest results of the unit's visible tests, from this run or earlier ones.
    ran : collection of str
        The tasks of this run: failures among them come first, after those that they call.
    """
    by_task = {task: [test for test in tests if test.task == task.name] for task in unit.tasks}
    left = open_tasks_of(unit, {task.name: results for task, results in by_task.items()})
    failed = [task for task in left if by_task[task] and not is_not_attempted(by_task[task])]
    first = next((task for task in failed if task.name in ran), left[0] if left else None)
    if first is not None and first in failed:
        below = unit.tasks_below(first.name)
        first = next((task for task in failed if task.name in below), first)
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
