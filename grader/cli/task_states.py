"""State of each task: the latest results, as far as they belong to the files as they are now."""

from grader.cli.student_files import has_stub, own_texts
from grader.course.registry import Course, Task, Unit
from grader.home.code_digests import CodeDigests, fingerprint
from grader.home.memory import NOTHING, Progress, TaskMemory, suite_text
from grader.report.student import is_done, is_not_attempted
from grader.report.task_list import State


class TaskStates:
    """States of a unit's tasks now.

    Parameters
    ----------
    course : Course
    unit : Unit
    progress : Progress
        The latest results.

    Raises
    ------
    RejectedError
        If a file of the student's is not text.
    """

    def __init__(self, course: Course, unit: Unit, progress: Progress) -> None:
        self._unit = unit
        self._texts = own_texts(course, unit)
        self._suites = {stem: fingerprint(suite_text(course, unit, stem)) for stem in unit.files}
        self._code = CodeDigests(unit, self._texts)
        memories = {task.name: progress.tasks.get(f"{unit.name}.{task.name}", NOTHING) for task in unit.tasks}
        self._stale = {task.name for task in unit.tasks if self._is_stale(task, memories[task.name])}
        self.states = {task.name: self._state(task, memories[task.name]) for task in unit.tasks}
        self.memories = {
            name: NOTHING if name in self._stale and self.states[name] in (State.OPEN, State.LEFT_OUT) else memory
            for name, memory in memories.items()
        }

    def changed_files(self) -> tuple[str, ...]:
        """Return the stub and test files that have changed since tasks of theirs last ran."""
        names = []
        for stem in self._unit.files:
            stale = [self.memories[task.name] for task in self._unit.tasks if task.file == stem]
            source = fingerprint(self._texts.get(stem, ""))
            if self._stale and any(memory.source not in ("", source) for memory in stale):
                names.append(f"{stem}.py")
            if any(memory.suite not in ("", self._suites[stem]) for memory in stale):
                names.append(f"test_{stem}.py")
        return tuple(names)

    def open_tasks(self) -> list[Task]:
        """Return the tasks that are not done, without those of a choice of which enough options are done."""
        done = {name for name, state in self.states.items() if state is State.DONE}
        enough = [
            choice
            for choice in self._unit.choices
            if sum(done.issuperset(option) for option in choice.options) >= choice.choose
        ]
        spare = {name for choice in enough for name in choice.tasks}
        return [task for task in self._unit.tasks if task.name not in done and task.name not in spare]

    def _is_stale(self, task: Task, memory: TaskMemory) -> bool:
        """Return whether there are results, and they belong to other code or other tests."""
        if not memory.tests or memory.suite != self._suites[task.file]:
            return bool(memory.tests)
        if memory.files == self._code.files:
            return False
        if not memory.code:  # remembered by an earlier version
            return memory.source != fingerprint(self._texts.get(task.file, ""))
        if _is_kept_from_loading(memory):
            return True
        return memory.code != self._code.of_task(task)

    def _state(self, task: Task, memory: TaskMemory) -> State:
        is_written = not has_stub(self._texts.get(task.file, ""), self._unit, task)
        if not memory.tests or task.name in self._stale:
            unwritten = State.LEFT_OUT if task.optional else State.OPEN
            return State.TO_RUN if is_written else unwritten
        if is_done(memory.tests):
            return State.LEFT_OUT if _is_left_out(task, memory) else State.DONE
        if is_not_attempted(memory.tests):
            return State.WAITS if is_written else State.OPEN
        return State.FAILS


def _is_kept_from_loading(memory: TaskMemory) -> bool:
    causes = [test.feedback.cause for test in memory.tests]
    return any(cause is not None and (cause.keeps_from_loading or cause.file) for cause in causes)


def _is_left_out(task: Task, memory: TaskMemory) -> bool:
    """Return whether an optional task's tests were all skipped."""
    return task.optional and all(test.verdict.meaning.costs_nothing for test in memory.tests)
