"""Suites run in this process on code of the checkout: stubs, solutions, wrong answers, variants."""

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Struct

from grader.autograde.plan import chosen_units
from grader.autograde.secret import course_secret
from grader.course import layout
from grader.course.model import cannot_run
from grader.course.registry import Course, Unit
from grader.errors import CourseError
from grader.judge.collection import CollectionError, run_session
from grader.judge.items import TestInfo
from grader.judge.local import finder
from grader.judge.local_callbacks import has_functions
from grader.judge.local_students import (
    LocalStudents,
    RunnableMisconception,
    importing_from,
    modules_in,
    patched,
    runnable_misconceptions,
    signatures,
    task_files,
    variants_of,
)
from grader.judge.naming import Observations
from grader.judge.protocol import PUBLIC_SECRET, Job
from grader.judge.service import folders
from grader.judge.session import WarmSession
from grader.judge.shapes import Spec, holds_objects
from grader.judge.student import Student
from grader.metering.processes import use_one_thread
from grader.proof.costs import SOLUTION, Costs
from grader.records import TestRecord
from grader.submissions.intake import Submission

if TYPE_CHECKING:
    import pytest


class MisconceptionResult(Struct, frozen=True):
    """Result of the suite on one misconception.

    Attributes
    ----------
    unit, task, name, text : str
        The registered wrong answer.
    earned : dict of str to float
        Points by test of its own task.
    named : bool
        Whether a failing hidden test names the misconception.
    """

    unit: str
    task: str
    name: str
    text: str
    earned: dict[str, float]
    named: bool


def hidden_points(course: Course) -> dict[str, float]:
    """Return the points of each ``unit.task`` in the hidden tests.

    Raises
    ------
    CourseError
        If the suites cannot be collected, or this is a student bundle.
    """
    points: dict[str, float] = {}

    def count(session: "WarmSession") -> None:
        for info in session.tests:
            name = f"{info.unit}.{info.task}"
            points[name] = points.get(name, 0.0) + info.points * info.hidden

    in_session(course, chosen_units(course, ()), count)
    return points


def in_session(course: Course, units: Sequence[str], use: Callable[["WarmSession"], None]) -> None:
    """Collect the suites of some units in this process and pass the session to `use`.

    Raises
    ------
    CourseError
        If they cannot be collected, or this is a student bundle.
    """
    course.refuse_bundle("it has no hidden tests")
    failures: list[BaseException] = []

    def serve(session: "pytest.Session") -> None:
        gc.freeze()  # libraries and suites stay: no collection need look through them again
        try:
            use(WarmSession(session))
        except BaseException as error:  # raised again below, since pytest would report it itself
            failures.append(error)
        finally:
            gc.unfreeze()

    try:
        use_one_thread()
        with importing_from(course.root):
            run_session(course.root, folders(course.root, tuple(units), hidden=True), serve)
        if failures:
            raise failures[0]
    except CollectionError as error:
        raise CourseError(f"the tests cannot be collected:\n{error}", "correct them, then: grade check") from None


class LocalSuites:
    """Runner of a unit's tests on code of this checkout.

    Parameters
    ----------
    course : Course
    session : WarmSession
    """

    def __init__(self, course: Course, session: "WarmSession") -> None:
        self._course, self._session = course, session
        self._secret = course_secret(course)
        self._callers: dict[tuple[str, str], set[str]] = {}
        self._lending: set[tuple[str, str]] = set()
        self._students: dict[Path, LocalStudents] = {}
        self.costs = Costs()

    def timed(self, unit: Unit) -> frozenset[str]:
        """Return the timed tests, by ``file.test``: their points depend on the machine."""
        return frozenset(info.name for info in self._session.tests if info.unit == unit.name and info.timed)

    def stubs(self, unit: Unit) -> list[TestRecord]:
        """Run all tests on the stubs."""
        return self._run(unit, lambda: self._student(unit, "exercises"))

    def solution(self, unit: Unit) -> list[TestRecord]:
        """Run all tests on the solutions, and record which functions they call."""
        made: list[Student] = []

        def student() -> "Student":
            made.append(self._student(unit, "solutions"))
            return made[-1]

        def note(test: TestRecord) -> None:
            for call in (call for student in made for call in student._calls):
                self._callers.setdefault((unit.name, call.function), set()).add(test.task)
                if has_functions((call.args, call.kwargs)):
                    self._lending.add((unit.name, test.task))
            made.clear()

        return self._run(unit, student, on_record=note, version=SOLUTION)

    def calls(self, unit: Unit) -> set[tuple[str, str]]:
        """Return pairs of a task and a function that its tests call. Run `solution` first."""
        return {(task, name) for (of, name), tasks in self._callers.items() if of == unit.name for task in tasks}

    def calls_of(self, unit: Unit, task: str) -> set[str]:
        """Return the functions that a task's tests call. Run `solution` first."""
        return {name for (of, name), tasks in self._callers.items() if of == unit.name and task in tasks}

    def lending(self, unit: Unit) -> frozenset[str]:
        """Return the tasks whose tests pass functions. Run `solution` first."""
        return frozenset(task for of, task in self._lending if of == unit.name)

    def functions(self, unit: Unit) -> dict[str, Any]:
        """Return the solution's function or class for every task that can run here."""
        find = finder(modules_in(layout.solutions(self._course.root, unit.name), unit), task_files(unit))
        return {task.name: find(task.name) for task in unit.tasks if task.name not in cannot_run(unit)}

    def results(self, unit: Unit) -> dict[str, "Spec"]:
        """Return the annotated result of every function."""
        return {name: signature.result for name, signature in signatures(self._course, unit.name).items()}

    def replaced(self, unit: Unit, task: str, functions: Mapping[str, Any]) -> list[TestRecord]:
        """Run a task's tests on the solution with some functions replaced, without diagnosing failures.

        Races are left out: `tolerances` tries trivial answers on their comparison directly.
        """
        return self._run(
            unit, lambda: self._student(unit, "solutions", functions), (task,), diagnose=False, without=self.timed(unit)
        )

    def runnable_misconceptions(self, unit: Unit) -> tuple["RunnableMisconception", ...]:
        """Return a unit's registered wrong answers."""
        return runnable_misconceptions(self._course.root, unit.name)

    def wrong(self, unit: Unit, wrong: "RunnableMisconception") -> "WrongRun":
        """Run a task's tests on a misconception, with the solution everywhere else."""
        job, records = self._job(unit, (wrong.task,), secret=self._secret), _Records()
        replaced = {wrong.task: wrong.function}
        seen = self._session.observed_here(job, lambda: self._student(unit, "solutions", replaced), records.take)
        self._session.remember(job, wrong, seen)
        return WrongRun(wrong, job, records, seen)

    def with_names(self, run: "WrongRun") -> list[TestRecord]:
        """Return the records of a misconception's tests, named if it differs from the others of its task."""
        self._session.name_here(run.job, run.seen, run.records.take)
        return run.records.last()

    def observed_at_home(self, unit: Unit, wrong: "RunnableMisconception") -> Observations:
        """Run the visible tests of a misconception's task on it, on the cases that students have."""
        job = self._job(unit, (wrong.task,), secret=PUBLIC_SECRET, visible_only=True, diagnose=False)
        replaced = {wrong.task: wrong.function}
        return self._session.observed_here(job, lambda: self._student(unit, "solutions", replaced))

    @property
    def tests(self) -> tuple[TestInfo, ...]:
        """Information on the session's tests."""
        return self._session.tests

    def variants(self, unit: Unit) -> dict[str, Any]:
        """Return a unit's variants by name."""
        return variants_of(self._course.root, unit.name)

    def variant(self, unit: Unit, task: str, function: Any) -> list[TestRecord]:
        """Run a task's tests, and those of other tasks that call it, with a variant in the task's place.

        If the result contains an object, such as a cache, only the task's own tests run: the object's contents are up
        to the variant, and the solutions of other tasks would not understand them. Run `solution` first.
        """
        if not self._answers_in_data(unit, task):
            replaced = {task: function}
            return self._run(
                unit, lambda: self._student(unit, "solutions", replaced), (task,), version=function.__name__
            )
        tasks = {task} | self._callers.get((unit.name, task), set())
        with patched(self._course, unit.name, layout.solutions(self._course.root, unit.name), task, function):
            return self._run(
                unit, lambda: self._student(unit, "solutions"), tuple(sorted(tasks)), version=function.__name__
            )

    def _answers_in_data(self, unit: Unit, task: str) -> bool:
        signature = signatures(self._course, unit.name).get(task)
        return signature is not None and not holds_objects(signature.result)

    def _student(self, unit: Unit, subject: str, replaced: Mapping[str, Any] | None = None) -> "Student":
        folder = self._course.root / subject / unit.name
        if folder not in self._students:
            self._students[folder] = LocalStudents(self._course, unit.name, folder, wrap=True)
        return self._students[folder].student(replaced)

    def _run(
        self,
        unit: Unit,
        student: Callable[[], "Student"],
        tasks: tuple[str, ...] = (),
        on_record: Callable[[TestRecord], None] = lambda test: None,
        *,
        diagnose: bool = True,
        version: str = "",
        without: Iterable[str] = (),
    ) -> list[TestRecord]:
        """Run tests; with a version, record the cost of its calls under that name."""
        job = self._job(unit, tasks, secret=self._secret, without=tuple(without), diagnose=diagnose)
        records = _Records()

        def keep(test: TestRecord) -> None:
            records.take(test)
            on_record(test)
            if version:
                raced = test.test in self.timed(unit)  # races use large inputs; `grade calibrate` measures them
                self.costs.test_ended(test, "" if raced else version)

        self._session.grade_here(job, (lambda: self.costs.measured(student())) if version else student, keep)
        return records.last()

    def _job(self, unit: Unit, tasks: tuple[str, ...], *, secret: str, **options: Any) -> Job:
        limits = self._course.limits_of(unit.name)
        return Job(Submission(unit.name), limits, secret, tasks=tasks, **options)


class _Records:
    """The last record of each test: one with the mistake's name replaces the first."""

    def __init__(self) -> None:
        self._by_test: dict[tuple[str, bool], TestRecord] = {}

    def take(self, test: TestRecord) -> None:
        """Take a test's record."""
        self._by_test[test.test, test.hidden] = test

    def last(self) -> list[TestRecord]:
        """Return the records in the order of the tests."""
        return list(self._by_test.values())


class WrongRun(NamedTuple):
    """Run of a task's tests on a misconception, not named yet."""

    wrong: RunnableMisconception
    job: Job
    records: _Records
    seen: Observations


def caught(
    suites: LocalSuites, unit: Unit, misconceptions: Iterable[RunnableMisconception]
) -> Iterator[tuple[MisconceptionResult, list[TestRecord]]]:
    """Run the suite on misconceptions; yield the result and the test records of each.

    All are run before the first is named: what they are compared with is known then, and nothing is run twice.
    """
    for run in [suites.wrong(unit, wrong) for wrong in misconceptions]:
        wrong, records = run.wrong, suites.with_names(run)
        named = any(test.hidden and test.feedback.likely == wrong.text for test in records)
        earned = {test.test: test.earned for test in records}
        yield MisconceptionResult(unit.name, wrong.task, wrong.name, wrong.text, earned, named), records
