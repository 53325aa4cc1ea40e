"""Proof of one unit's suites by running them.

Stubs must earn nothing, solutions and variants everything, and wrong answers must be named. The tests run in this
process on trusted code; one pass in a real worker shows that isolation changes nothing.
"""

import contextlib
import sys
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial

from msgspec import Struct

from grader.autograde.secret import course_secret
from grader.course import layout
from grader.course.model import cannot_run
from grader.course.registry import Course, Unit
from grader.course.suite import task_of
from grader.judge.judges import solution_files
from grader.judge.protocol import Job
from grader.judge.session import WarmSession
from grader.proof.by_unit import OnProgress
from grader.proof.costs import Slowest, cost_problems, slowest
from grader.proof.dependencies import Dependencies
from grader.proof.examples import example_problems
from grader.proof.handed_in import Grader, GraderHere, ban_problems, lending_problems
from grader.proof.local_suites import LocalSuites, MisconceptionResult, caught, in_session
from grader.proof.tolerances import tolerance_problems
from grader.proof.trivial_answers import Trivial, trivial_earnings, trivial_problems
from grader.proof.visible import at_home, failed_visibly, names_at_home, released
from grader.records import TestRecord, Verdict
from grader.records.proof import Problem, VisibleMisconceptions
from grader.submissions.intake import Submission
from grader.timing.closeness import Comparison, noting_comparisons


class Proof(Struct, frozen=True):
    """Result of the proof of one unit, or of several.

    Attributes
    ----------
    problems : tuple of Problem
        Empty if the suites are proved.
    points : dict of str to float
        Points of each ``unit.task``, in visible and hidden tests.
    caught : tuple of MisconceptionResult
        Result of the suites on each misconception.
    trivial : dict of str to tuple of Trivial
        Tests that give points to trivial answers, by unit.
    slowest : dict of str to Slowest
        Slowest right answers and limits, by unit.
    seconds, cpu_seconds : dict of str to float
        Wall time of each step when it was run, and CPU time of its process, summed over the units.
    not_run : dict of str to str
        Each ``unit.task`` that was not proved because its library is not installed, with the reason.
    visible_points : dict of str to float
        Points of each ``unit.task`` in the visible tests.
    visible_misconceptions : dict of str to VisibleMisconceptions
        Misconceptions that the visible tests alone fail, by unit.
    """

    problems: tuple[Problem, ...]
    points: dict[str, float]
    caught: tuple[MisconceptionResult, ...]
    seconds: dict[str, float]
    cpu_seconds: dict[str, float] = {}
    trivial: dict[str, tuple[Trivial, ...]] = {}
    slowest: dict[str, Slowest] = {}
    not_run: dict[str, str] = {}
    visible_points: dict[str, float] = {}
    visible_misconceptions: dict[str, VisibleMisconceptions] = {}


WRONG, RIGHT = "wrong answers", "right answers"
PARTS = (WRONG, RIGHT)
"""Parts of a unit's proof that two processes can make: each of them takes about as long."""


def prove_unit(course: Course, unit: str, on_progress: OnProgress, parts: Collection[str] = PARTS) -> Proof:
    """Prove a unit, or some parts of its proof, in this process and in workers of it."""
    run = _Proving(course, course.unit(unit), on_progress)
    in_session(course, [unit], partial(run.parts, parts))
    return run.proof()


class _Proving:
    """Collector of a unit's problems and measurements, step by step."""

    def __init__(self, course: Course, unit: Unit, on_progress: OnProgress) -> None:
        self._course, self._unit, self._on_progress = course, unit, on_progress
        self._stdout = sys.stdout
        self._problems: list[Problem] = []
        self._points: dict[str, float] = {}
        self._visible_points: dict[str, float] = {}
        self._caught: list[MisconceptionResult] = []
        self._visible_misconceptions: VisibleMisconceptions | None = None
        self._seconds: dict[str, float] = {}
        self._cpu_seconds: dict[str, float] = {}
        self._trivial: tuple[Trivial, ...] | None = None
        self._solved: list[TestRecord] = []
        self._slowest: Slowest | None = None
        self._comparisons: list[Comparison] = []

    def parts(self, parts: Collection[str], session: WarmSession) -> None:
        """Run the steps of some parts."""
        suites = LocalSuites(self._course, session)
        if WRONG in parts:
            self._wrong_answers(suites, session)
        else:  # variants are run in every test that has called their task
            self._step("solutions", partial(suites.solution, self._unit))
        if RIGHT in parts:
            self._right_answers(suites)

    def _wrong_answers(self, suites: LocalSuites, session: WarmSession) -> None:
        self._step("stubs", partial(self._stubs, suites))
        self._step("solutions", partial(self._solutions, suites))
        self._step("examples", self._examples)
        self._step("tolerances", partial(self._tolerances, suites))
        self._step("misconceptions", partial(self._misconceptions, suites))
        with contextlib.closing(GraderHere(session)) as grader:
            self._step("workers", partial(self._worker, grader))
            self._step("functions", partial(self._functions, grader, suites))
            self._step("bans", partial(self._bans, grader))

    def _right_answers(self, suites: LocalSuites) -> None:
        self._step("variants", partial(self._variants, suites))
        self._costs(suites)
        self._step("answers without work", partial(self._without_work, suites))

    def proof(self) -> Proof:
        """Return the result."""
        name = self._unit.name
        return Proof(
            problems=tuple(self._problems),
            points=self._points,
            caught=tuple(self._caught),
            seconds=self._seconds,
            cpu_seconds=self._cpu_seconds,
            trivial={} if self._trivial is None else {name: self._trivial},
            slowest={name: self._slowest} if self._slowest else {},
            not_run={f"{name}.{task}": reason for task, reason in cannot_run(self._unit).items()},
            visible_points=self._visible_points,
            visible_misconceptions={name: seen} if (seen := self._visible_misconceptions) else {},
        )

    def _step(self, name: str, run: Callable[[], object]) -> None:
        with contextlib.redirect_stdout(self._stdout):  # the session captures stdout
            self._on_progress(f"{self._unit.name}: {name}")
        start, cpu = time.perf_counter(), time.process_time()
        run()
        self._seconds[name] = time.perf_counter() - start
        self._cpu_seconds[name] = time.process_time() - cpu

    def _problem(self, task: str, what: str) -> None:
        self._problems.append(Problem(f"{self._unit.name}.{task}", what))

    def _stubs(self, suites: LocalSuites) -> None:
        for test in suites.stubs(self._unit):
            if test.verdict not in (Verdict.NOT_ATTEMPTED, Verdict.SKIPPED):
                what = f"{test.test} ends as {test.verdict} on the stub, not as not_attempted{_because(test)}"
                self._problem(test.task, what)

    def _solutions(self, suites: LocalSuites) -> None:
        with noting_comparisons() as self._comparisons:
            self._solved = suites.solution(self._unit)
        for test in self._solved:
            name = f"{test.unit}.{test.task}"
            self._points[name] = self._points.get(name, 0.0) + test.points
            self._visible_points[name] = self._visible_points.get(name, 0.0) + (0.0 if test.hidden else test.points)
            if not test.verdict.meaning.clears_solution:
                self._problem(test.task, f"{test.test} ends as {test.verdict} on the solution{_because(test)}")
        for task, what in self._foreign_calls(suites):
            self._problem(task, what)

    def _foreign_calls(self, suites: LocalSuites) -> Iterator[tuple[str, str]]:
        """Yield tasks whose tests call a task that they do not require."""
        needs, names = Dependencies(self._course.root, self._unit), {task.name for task in self._unit.tasks}
        for task, called in sorted(suites.calls(self._unit)):
            if called in names - needs.of_task(task) - {task}:
                yield task, f'its tests call {called}: add it to "requires", or test that where {called} is tested'

    def _examples(self) -> None:
        """Run the examples in docstrings and handout."""
        self._problems += example_problems(self._course, self._unit)

    def _tolerances(self, suites: LocalSuites) -> None:
        """Try wrong answers, and the solution's own, on the comparison of every race of the solution."""
        if self._comparisons:
            self._problems += tolerance_problems(self._unit.name, self._comparisons, suites.functions(self._unit))

    def _misconceptions(self, suites: LocalSuites) -> None:
        tasks = _that_run(self._unit)
        # the others are of no task of this unit, which the lint reports; or of one that cannot run here
        able = [wrong for wrong in suites.runnable_misconceptions(self._unit) if wrong.task in tasks]
        for entry, records in caught(suites, self._unit, able):
            self._caught.append(entry)
            for what in shortcomings(entry, records):
                self._problem(entry.task, what)
        self._at_home(suites)

    def _at_home(self, suites: LocalSuites) -> None:
        """Count what the visible tests fail, and try the names that a student bundle gives."""
        misconceptions = at_home(suites, self._unit)
        self._visible_misconceptions = failed_visibly(misconceptions)
        given = names_at_home(misconceptions, released(misconceptions), suites)
        texts = {(run.wrong.task, run.wrong.name): run.wrong.text for run in misconceptions}
        for task, name, text in given:
            if texts[task, name] not in text:
                what = f"is taken for another misconception: {text}" if text else "has no name there"
                self._problem(task, f"in a student bundle, {name} {what}")

    def _variants(self, suites: LocalSuites) -> None:
        try:
            variants = suites.variants(self._unit)
        except Exception as error:  # an import may raise anything; it is reported as a problem
            shown = layout.relative_name(layout.variants(self._course.root, self._unit.name), self._course.root)
            self._problems.append(Problem(shown, f"does not load: {type(error).__name__}: {error}"))
            return
        tasks = _that_run(self._unit)
        for name, function in variants.items():
            if (task := task_of(name)) in tasks:  # the lint reports the others
                for what in refusals(name, suites.variant(self._unit, task, function)):
                    self._problem(task, what)

    def _costs(self, suites: LocalSuites) -> None:
        """Compare the costs of right answers with the limits."""
        self._slowest = slowest(self._course, self._unit, suites.costs.noted)
        self._problems += cost_problems(self._course, self._unit, suites.costs.noted)

    def _without_work(self, suites: LocalSuites) -> None:
        self._trivial = trivial_earnings(self._course, suites, self._unit)
        self._problems += trivial_problems(self._course, self._unit, self._trivial)

    def _worker(self, grader: Grader) -> None:
        """Run the solutions once like a submission, in a worker."""
        unit, here = self._unit.name, {(test.test, test.hidden): test.verdict for test in self._solved}
        submission = Submission(unit, solution_files(self._course.root, self._unit))
        limits, secret = self._course.limits_of(unit), course_secret(self._course)
        records: list[TestRecord] = []
        grader.grade(Job(submission, limits, secret, dry_run=True, diagnose=False), records.append)
        for test in records:  # without times: only `grade calibrate` races the solutions
            if test.verdict is not (expected := here[test.test, test.hidden]):
                what = f"{test.test} ends as {test.verdict} in a worker, as {expected} here{_because(test)}"
                self._problem(test.task, what)

    def _functions(self, grader: Grader, suites: LocalSuites) -> None:
        """Try the tasks whose tests pass functions on wrong and right answers in a worker, too."""
        self._problems += lending_problems(
            self._course,
            self._unit,
            grader,
            tasks=suites.lending(self._unit),
            misconceptions=tuple(self._caught),
            variants=self._loaded(suites),
        )

    def _loaded(self, suites: LocalSuites) -> tuple[str, ...]:
        """Return the names of the variants; none if they do not load, which is reported where they run."""
        with contextlib.suppress(Exception):
            return tuple(suites.variants(self._unit))
        return ()

    def _bans(self, grader: Grader) -> None:
        self._problems += ban_problems(self._course, self._unit, grader, tuple(self._caught))


def _that_run(unit: Unit) -> set[str]:
    return {task.name for task in unit.tasks} - cannot_run(unit).keys()


def shortcomings(entry: MisconceptionResult, records: Sequence[TestRecord]) -> list[str]:
    """Return a suite's faults on a misconception: that it passes, is not named, or is named as another one."""
    hidden = [test for test in records if test.hidden and not test.verdict.meaning.clears_solution]
    broken = [test for test in records if test.verdict is Verdict.GRADER_ERROR]
    if broken:
        return [f"{broken[0].test} breaks on {entry.name}{_because(broken[0])}"]
    if not hidden:
        return [f"no hidden test fails {entry.name}"]
    if entry.named:
        return []
    others = sorted({test.feedback.likely for test in hidden if test.feedback.likely})
    if others:
        return [f"{entry.name} is taken for another misconception: {others[0]}"]
    return [f"no failing hidden test names {entry.name}: another misconception may do the same"]


def refusals(name: str, records: Sequence[TestRecord]) -> list[str]:
    """Return the tests that do not give a variant full points, and the differences."""
    refused = [test for test in records if not test.verdict.meaning.clears_solution]
    return [
        f"{test.test} ends as {test.verdict} on the variant {name}{_because(test)}{_difference(test)}"
        for test in refused
    ]


def _difference(test: TestRecord) -> str:
    feedback = test.feedback
    differs = feedback.differs if feedback.message else ""  # otherwise it is reported already
    parts = (
        feedback.called,
        feedback.got and f"got {feedback.got}",
        feedback.expected and f"expected {feedback.expected}",
        differs,
    )
    return "".join(f"; {part}" for part in parts if part)


def _because(test: TestRecord) -> str:
    reason = test.feedback.message or test.feedback.differs
    return f": {reason}" if reason else ""
