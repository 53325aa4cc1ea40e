"""Proof of a course's suites by running them.

Stubs must earn nothing, solutions and variants everything, and wrong answers must be named. The tests run in this
process on trusted code; one pass in a real worker shows that isolation changes nothing.
"""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from msgspec import Struct

from grader.autograde.plan import chosen_units
from grader.autograde.secret import course_secret
from grader.course import layout
from grader.course.lint import Problem
from grader.course.model import cannot_run
from grader.course.registry import Course, Unit
from grader.course.suite import task_of
from grader.judge.judges import Judge, open_judge, solution_files
from grader.judge.protocol import Job
from grader.judge.session import WarmSession
from grader.proof.by_unit import OnProgress, run_by_unit
from grader.proof.costs import Slowest, cost_problems, slowest
from grader.proof.dependencies import Dependencies
from grader.proof.examples import example_problems
from grader.proof.handed_in import ban_problems, lending_problems
from grader.proof.local_suites import LocalSuites, MisconceptionResult, caught, hidden_points, in_session
from grader.proof.tolerances import tolerance_problems
from grader.proof.trivial_answers import Trivial, trivial_earnings, trivial_problems
from grader.proof.visible import at_home, failed_visibly, names_at_home, released
from grader.records import Isolation, TestRecord, Verdict
from grader.records.proof import VisibleMisconceptions
from grader.release.leaks import leaks_of_exercises
from grader.submissions.intake import Submission
from grader.timing.closeness import Comparison, noting_comparisons

__all__ = ["MisconceptionResult", "Problem", "Proof", "hidden_points", "prove"]


class Proof(Struct, frozen=True):
    """Result of a proof.

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
        Wall time of each step, and CPU time of this process, summed over the units.
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


def prove(
    course: Course, units: Sequence[str] = (), on_progress: OnProgress = lambda step: None, *, jobs: int = 1
) -> Proof:
    """Run the suites on stubs, solutions, misconceptions and variants.

    Parameters
    ----------
    course : Course
        An author's checkout with its exercises built.
    units : sequence of str, optional
        Only these; all if empty.
    on_progress : callable, optional
        Called at the beginning of each step; from another thread if there are several processes.
    jobs : int
        Units proved at a time, each in a process of its own.

    Returns
    -------
    Proof

    Raises
    ------
    NotFoundError
        If there is no such unit.
    CourseError
        If the suites cannot be collected, or this is a student bundle.
    JudgeFailed
        If the judge for the pass in a worker does not start.
    DeepgradeError
        If a process is killed.
    """
    course.refuse_bundle("it has no hidden tests")
    chosen = chosen_units(course, units)
    run = _Proving(course, on_progress)
    for part in run_by_unit(course, chosen, _proved_here, jobs, on_progress):
        run.add(part)
    run.in_worker(chosen)
    run.leaks(chosen)
    return run.proof()


class _Part(Struct, frozen=True):
    """Proof of one unit as far as it needs no worker, with the records of its solutions and what workers try next."""

    unit: str
    proof: Proof
    solved: list[TestRecord]
    lending: frozenset[str]
    variants: tuple[str, ...]


def _proved_here(course: Course, unit: str, on_progress: OnProgress) -> _Part:
    run = _Proving(course, on_progress)
    in_session(course, [unit], lambda session: run.here(session, course.unit(unit)))
    return _Part(unit, run.proof(), run.solved[unit], run.lending[unit], run.variants[unit])


class _Proving:
    """Collector of problems and measurements, step by step."""

    def __init__(self, course: Course, on_progress: OnProgress) -> None:
        self._course, self._on_progress = course, on_progress
        self._stdout = sys.stdout
        self._problems: list[Problem] = []
        self._points: dict[str, float] = {}
        self._visible: dict[str, float] = {}
        self._caught: list[MisconceptionResult] = []
        self._visible_misconceptions: dict[str, VisibleMisconceptions] = {}
        self._seconds: dict[str, float] = {}
        self._cpu_seconds: dict[str, float] = {}
        self._trivial: dict[str, tuple[Trivial, ...]] = {}
        self._slowest: dict[str, Slowest] = {}
        self.solved: dict[str, list[TestRecord]] = {}
        self.lending: dict[str, frozenset[str]] = {}
        self.variants: dict[str, tuple[str, ...]] = {}
        self._not_run: dict[str, str] = {}
        self._comparisons: list[Comparison] = []

    def here(self, session: "WarmSession", unit: Unit) -> None:
        """Run the steps of a unit that run in this process."""
        suites = LocalSuites(self._course, session)
        self._not_run |= {f"{unit.name}.{task}": reason for task, reason in cannot_run(unit).items()}
        self._step("stubs", unit, partial(self._stubs, suites, unit))
        self._step("solutions", unit, partial(self._solutions, suites, unit))
        self._step("examples", unit, partial(self._examples, unit))
        self._step("tolerances", unit, partial(self._tolerances, suites, unit))
        self._step("misconceptions", unit, partial(self._misconceptions, suites, unit))
        self._step("variants", unit, partial(self._variants, suites, unit))
        self._costs(suites, unit)
        self._step("answers without work", unit, partial(self._without_work, suites, unit))

    def add(self, part: _Part) -> None:
        """Add what another object has collected about a unit."""
        proof = part.proof
        self._problems += proof.problems
        self._caught += proof.caught
        self._points |= proof.points
        self._visible |= proof.visible_points
        self._visible_misconceptions |= proof.visible_misconceptions
        self._trivial |= proof.trivial
        self._slowest |= proof.slowest
        self._not_run |= proof.not_run
        self.solved[part.unit] = part.solved
        self.lending[part.unit] = part.lending
        self.variants[part.unit] = part.variants
        _add_up(self._seconds, proof.seconds)
        _add_up(self._cpu_seconds, proof.cpu_seconds)

    def in_worker(self, units: Sequence[str]) -> None:
        """Run the solutions once like a submission, in a worker."""
        start = time.perf_counter()
        self._report("starting a judge")
        judge = open_judge(
            self._course.root, units, course_secret(self._course), Isolation.SELF
        )  # the course's own code
        self._seconds["judge"] = time.perf_counter() - start
        try:
            for unit in map(self._course.unit, units):
                self._step("workers", unit, partial(self._worker, judge, unit))
                self._step("functions", unit, partial(self._functions, judge, unit))
                self._step("bans", unit, partial(self._bans, judge, unit))
        finally:
            judge.close()

    def leaks(self, units: Sequence[str]) -> None:
        """Search the exercises for what `grade release` refuses, so that an author sees it at once."""
        self._report("searching the exercises for leaks")
        for leak in leaks_of_exercises(self._course.root, units):
            self._problems.append(Problem(leak.where, f"would give this away: {leak.what}"))

    def proof(self) -> Proof:
        """Return the result."""
        return Proof(
            problems=tuple(self._problems),
            points=self._points,
            caught=tuple(self._caught),
            seconds=self._seconds,
            cpu_seconds=self._cpu_seconds,
            trivial=self._trivial,
            slowest=self._slowest,
            not_run=self._not_run,
            visible_points=self._visible,
            visible_misconceptions=self._visible_misconceptions,
        )

    def _step(self, name: str, unit: Unit, run: Callable[[], None]) -> None:
        self._report(f"{unit.name}: {name}")
        start, cpu = time.perf_counter(), time.process_time()
        run()
        _add_up(self._seconds, {name: time.perf_counter() - start})
        _add_up(self._cpu_seconds, {name: time.process_time() - cpu})

    def _report(self, step: str) -> None:
        with contextlib.redirect_stdout(self._stdout):  # the session captures stdout
            self._on_progress(step)

    def _problem(self, test: TestRecord, what: str) -> None:
        self._problems.append(Problem(f"{test.unit}.{test.task}", f"{test.test} {what}"))

    def _stubs(self, suites: LocalSuites, unit: Unit) -> None:
        for test in suites.stubs(unit):
            if test.verdict not in (Verdict.NOT_ATTEMPTED, Verdict.SKIPPED):
                self._problem(test, f"ends as {test.verdict} on the stub, not as not_attempted{_because(test)}")

    def _solutions(self, suites: LocalSuites, unit: Unit) -> None:
        with noting_comparisons() as self._comparisons:
            self.solved[unit.name] = suites.solution(unit)
        self.lending[unit.name] = suites.lending(unit)
        for test in self.solved[unit.name]:
            name = f"{test.unit}.{test.task}"
            self._points[name] = self._points.get(name, 0.0) + test.points
            self._visible[name] = self._visible.get(name, 0.0) + (0.0 if test.hidden else test.points)
            if not test.verdict.meaning.clears_solution:
                self._problem(test, f"ends as {test.verdict} on the solution{_because(test)}")
        self._problems += [Problem(f"{unit.name}.{task}", what) for task, what in self._foreign_calls(suites, unit)]

    def _examples(self, unit: Unit) -> None:
        """Run the examples in docstrings and handout."""
        self._problems += example_problems(self._course, unit)

    def _tolerances(self, suites: LocalSuites, unit: Unit) -> None:
        """Try wrong answers, and the solution's own, on the comparison of every race of the solution."""
        if self._comparisons:
            self._problems += tolerance_problems(unit.name, self._comparisons, suites.functions(unit))

    def _foreign_calls(self, suites: LocalSuites, unit: Unit) -> Iterator[tuple[str, str]]:
        """Yield tasks whose tests call a task that they do not require."""
        needs, names = Dependencies(self._course.root, unit), {task.name for task in unit.tasks}
        for task, called in sorted(suites.calls(unit)):
            if called in names - needs.of_task(task) - {task}:
                yield task, f'its tests call {called}: add it to "requires", or test that where {called} is tested'

    def _misconceptions(self, suites: LocalSuites, unit: Unit) -> None:
        tasks = _that_run(unit)
        # the others are of no task of this unit, which the lint reports; or of one that cannot run here
        able = [wrong for wrong in suites.runnable_misconceptions(unit) if wrong.task in tasks]
        for entry, records in caught(suites, unit, able):
            self._caught.append(entry)
            self._problems += [Problem(f"{unit.name}.{entry.task}", what) for what in shortcomings(entry, records)]
        self._at_home(suites, unit)

    def _at_home(self, suites: LocalSuites, unit: Unit) -> None:
        """Count what the visible tests fail, and try the names that a student bundle gives."""
        misconceptions = at_home(suites, unit)
        self._visible_misconceptions[unit.name] = failed_visibly(misconceptions)
        given = names_at_home(misconceptions, released(misconceptions), suites)
        texts = {(run.wrong.task, run.wrong.name): run.wrong.text for run in misconceptions}
        for task, name, text in given:
            if texts[task, name] not in text:
                what = f"is taken for another misconception: {text}" if text else "has no name there"
                self._problems.append(Problem(f"{unit.name}.{task}", f"in a student bundle, {name} {what}"))

    def _variants(self, suites: LocalSuites, unit: Unit) -> None:
        self.variants[unit.name] = ()
        try:
            variants = suites.variants(unit)
        except Exception as error:  # an import may raise anything; it is reported as a problem
            shown = layout.relative_name(layout.variants(self._course.root, unit.name), self._course.root)
            self._problems.append(Problem(shown, f"does not load: {type(error).__name__}: {error}"))
            return
        self.variants[unit.name] = tuple(variants)
        tasks = _that_run(unit)
        for name, function in variants.items():
            if (task := task_of(name)) in tasks:  # the lint reports the others
                records = suites.variant(unit, task, function)
                self._problems += [Problem(f"{unit.name}.{task}", what) for what in refusals(name, records)]

    def _costs(self, suites: LocalSuites, unit: Unit) -> None:
        """Compare the costs of right answers with the limits."""
        costs = slowest(self._course, unit, suites.costs.noted)
        if costs:
            self._slowest[unit.name] = costs
        self._problems += cost_problems(self._course, unit, suites.costs.noted)

    def _without_work(self, suites: LocalSuites, unit: Unit) -> None:
        earnings = trivial_earnings(self._course, suites, unit)
        self._trivial[unit.name] = earnings
        self._problems += trivial_problems(self._course, unit, earnings)

    def _functions(self, judge: Judge, unit: Unit) -> None:
        """Try the tasks whose tests pass functions on wrong and right answers in a worker, too."""
        tasks, variants = self.lending[unit.name], self.variants[unit.name]
        self._problems += lending_problems(
            self._course, unit, judge, tasks=tasks, misconceptions=tuple(self._caught), variants=variants
        )

    def _bans(self, judge: Judge, unit: Unit) -> None:
        self._problems += ban_problems(self._course, unit, judge, tuple(self._caught))

    def _worker(self, judge: Judge, unit: Unit) -> None:
        submission = Submission(unit.name, solution_files(self._course.root, unit))
        records: list[TestRecord] = []
        limits, secret = self._course.limits_of(unit.name), course_secret(self._course)
        job = Job(submission, limits, secret, dry_run=True)  # only `grade calibrate` times the solutions
        judge.grade(job, records.append)
        for test, here in zip(records, self.solved[unit.name], strict=True):
            if test.verdict is not here.verdict:
                self._problem(test, f"ends as {test.verdict} in a worker, as {here.verdict} here{_because(test)}")


def _add_up(totals: dict[str, float], amounts: Mapping[str, float]) -> None:
    for name, amount in amounts.items():
        totals[name] = totals.get(name, 0.0) + amount


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
