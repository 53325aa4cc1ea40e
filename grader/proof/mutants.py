"""`grade mutants`: run every mutant of the solutions against the suites; a good hidden suite kills nearly all."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import closing

from grader.autograde.plan import chosen_units
from grader.autograde.secret import course_secret
from grader.course import layout
from grader.course.model import files_that_load
from grader.course.reading import read_text
from grader.course.registry import Course, Unit
from grader.course.suite import equivalents_of
from grader.errors import CourseError, DeepgradeError, NotFoundError, UnavailableError, did_you_mean
from grader.judge.judges import Judge, open_judge
from grader.judge.protocol import PUBLIC_SECRET, Job
from grader.metering.processes import usable_cores
from grader.proof.dependencies import Dependencies
from grader.records import Isolation, TestRecord, Verdict
from grader.records.proof import OPERATORS, Mutant, MutantResult, MutantStatus, UnitTrial
from grader.records.run import Interrupted
from grader.submissions.intake import Submission

SHORTEST = 2.0  # minimum time limit of a test in seconds; an endless loop costs this much
PATIENCE = 10.0  # time limit of a test as a multiple of its time on the solution

OnRun = Callable[[int, int], None]
"""Called with the number of mutants that have run and their total number."""


def try_mutants(
    course: Course,
    units: Sequence[str] = (),
    *,
    task: str = "",
    only: Sequence[str] = (),
    operators: Sequence[str] = (),
    sample: int | None = None,
    visible: bool = False,
    jobs: int | None = None,
    on_run: OnRun = lambda done, total: None,
) -> list[UnitTrial]:
    """Run the mutants of some units against their hidden suites, or against the visible tests alone.

    Parameters
    ----------
    course : Course
        An author's checkout.
    units : sequence of str, optional
        Only these; all if empty.
    task : str, optional
        Only mutants of code that this task's solution uses.
    only : sequence of str, optional
        Only these mutants.
    operators : sequence of str, optional
        Only mutants by these operators.
    sample : int, optional
        At most so many mutants of each unit that are not listed as equivalent, drawn by their names: the same ones in
        every run, and mostly the same ones after a change of the solutions.
    visible : bool, optional
        Run the visible tests, on the cases that students have, in place of the hidden ones.
    jobs : int, optional
        Number of mutants run at the same time; by default one per core.
    on_run : callable, optional
        Called after each mutant with the progress.

    Returns
    -------
    list of UnitTrial
        In the course's order of units.

    Raises
    ------
    Interrupted
        On Ctrl-C.
    NotFoundError
        If there is no such unit, task, mutant or operator.
    CourseError
        If a suite cannot be collected or fails on its own solutions, or this is a student bundle.
    UnavailableError
        If the mutation library is not installed.
    """
    course.refuse_bundle("there are no solutions to make mutants of")
    _refuse_unknown_operators(operators)
    if task:
        units = [course.task(task)[0].name]
    secret = PUBLIC_SECRET if visible else course_secret(course)
    trials = [_Trial(course, course.unit(name), secret, visible=visible) for name in chosen_units(course, units)]
    chosen = [trial for trial in trials if trial.choose(task.rpartition(".")[2], only, operators)]
    missing = set(only) - {mutant.id for trial in chosen for mutant in trial.mutants}
    if missing or not chosen:
        what = f'"{min(missing)}"' if missing else f"of {task or ', '.join(operators)}"
        raise NotFoundError(f"there is no mutant {what}", "to see those that survive: grade mutants")
    if sample is not None:
        for trial in chosen:
            trial.draw(sample)
    _run(course, chosen, secret, jobs or usable_cores(), on_run)
    return [trial.outcome() for trial in chosen]


def _refuse_unknown_operators(operators: Sequence[str]) -> None:
    for operator in operators:
        if operator not in OPERATORS:
            question = did_you_mean(operator, OPERATORS)
            raise NotFoundError(f'there is no operator "{operator}"{question}', f"one of these: {', '.join(OPERATORS)}")


def _run(course: Course, trials: "Sequence[_Trial]", secret: str, jobs: int, on_run: OnRun) -> None:
    total, done = sum(len(trial.mutants) for trial in trials), 0
    on_run(0, total)
    judge = open_judge(course.root, [trial.unit.name for trial in trials], secret, Isolation.SELF)
    with closing(judge):
        pool = ThreadPoolExecutor(jobs, thread_name_prefix="mutants")
        try:
            for trial in trials:
                trial.measure(judge)
            running = [future for trial in trials for future in trial.start(judge, pool)]
            for future in as_completed(running):
                future.result()
                done += 1
                on_run(done, total)
        except KeyboardInterrupt:
            raise Interrupted(
                f"stopped: {done} of {total} mutants were run", "a smaller run: grade mutants UNIT"
            ) from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


class _Trial:
    """The mutants of one unit and their results."""

    def __init__(self, course: Course, unit: Unit, secret: str, *, visible: bool = False) -> None:
        self.unit = unit
        self._course = course
        self._secret, self._visible = secret, visible
        self._known = _mutants_of(course, unit)
        self._able = [mutant for mutant in self._known if mutant.file in files_that_load(unit)]
        self.mutants = self._able
        self._needs = Dependencies(course.root, unit)
        self._files = {stem: _solution(course, unit, stem) for stem in unit.files}
        self._seconds: dict[str, float] = {}
        self._listed = {equivalent.mutant: equivalent for equivalent in equivalents_of(course.root, unit.name)}
        self._results: dict[str, MutantResult] = {}

    def choose(self, task: str, only: Sequence[str], operators: Sequence[str]) -> bool:
        """Keep only the requested mutants; return whether any are left."""
        self.mutants = [
            mutant
            for mutant in self._able
            if (not task or task in self._tasks(mutant)[:1])
            and (not only or mutant.id in only)
            and (not operators or mutant.operator in operators)
        ]
        return bool(self.mutants) or not (task or only or operators)

    def draw(self, sample: int) -> None:
        """Keep at most so many mutants that are not listed as equivalent, by a digest of their names."""
        noticeable = [mutant for mutant in self.mutants if mutant.id not in self._listed]
        drawn = {mutant.id for mutant in sorted(noticeable, key=_digest)[:sample]}
        self.mutants = [mutant for mutant in noticeable if mutant.id in drawn]

    def measure(self, judge: Judge) -> None:
        """Run the suite on the solution, which must pass, and derive each test's time limit."""
        records: list[TestRecord] = []
        judge.grade(self._job(self._files, ()), records.append)
        for record in records:
            if record.verdict not in (Verdict.PASSED, Verdict.SKIPPED):
                raise CourseError(
                    f"{self.unit.name}: {record.test} ends as {record.verdict} on the solution itself",
                    f"grade check --unit {self.unit.name}",
                )
        self._seconds = {record.test: max(SHORTEST, PATIENCE * record.seconds) for record in records}

    def start(self, judge: Judge, pool: ThreadPoolExecutor) -> Iterator[Future[None]]:
        """Submit all mutants to the pool."""
        for mutant in self.mutants:
            yield pool.submit(self._try, judge, mutant)

    def outcome(self) -> UnitTrial:
        """Return the results of all mutants."""
        results = tuple(self._results[mutant.id] for mutant in self.mutants)
        return UnitTrial(self.unit.name, results, tuple(self._problems()))

    def _try(self, judge: Judge, mutant: Mutant) -> None:
        tasks = self._tasks(mutant)
        job = self._job(self._files | {mutant.file: mutant.text}, tasks)
        records: list[TestRecord] = []
        trouble = ""
        try:
            judge.grade(job, records.append)
        except (DeepgradeError, OSError) as error:  # reported for this mutant; the others continue
            trouble = str(error)
        reason = self._listed[mutant.id].reason if mutant.id in self._listed else ""
        self._results[mutant.id] = _what_became(mutant, "".join(tasks[:1]), records, trouble, reason)

    def _job(self, files: dict[str, str], first: tuple[str, ...]) -> Job:
        return Job(
            Submission(self.unit.name, files),
            self._course.limits_of(self.unit.name),
            self._secret,
            visible_only=self._visible,
            until_failure=True,
            first=first[:1],
            seconds=self._seconds,
            dry_run=True,  # mutants are judged by their answers; races would take hours
        )

    def _tasks(self, mutant: Mutant) -> tuple[str, ...]:
        return self._needs.tasks_that_use(mutant.file, mutant.top)

    def _problems(self) -> Iterator[str]:
        """Yield the listed equivalents that no longer exist or are killed, with their place."""
        known = {mutant.id for mutant in self._known}
        for name in self._listed:
            if name not in known:
                yield self._stale(name, "there is no such mutant (any more)")
        for result in self._results.values():
            if result.status is MutantStatus.KILLED and result.mutant.id in self._listed:
                yield self._stale(result.mutant.id, f"{result.test} notices it")

    def _stale(self, name: str, why: str) -> str:
        shown = layout.relative_name(layout.equivalents(self._course.root, self.unit.name), self._course.root)
        line = self._listed[name].line
        return f'{shown}, line {line}: "{name}" is listed as equivalent, but {why}: delete the entry'


def _digest(mutant: Mutant) -> str:
    return hashlib.sha256(mutant.id.encode()).hexdigest()


def _what_became(mutant: Mutant, task: str, records: Sequence[TestRecord], trouble: str, reason: str) -> MutantResult:
    """Derive a mutant's result from its test records, or from the error that ended the run early."""
    noticed = next((record for record in records if record.verdict.meaning.blames_code), None)
    if noticed is not None:
        return MutantResult(mutant, MutantStatus.KILLED, task, noticed.test, noticed.verdict)
    broken = next((record for record in records if record.verdict is Verdict.GRADER_ERROR), None)
    if broken is not None:
        return MutantResult(
            mutant, MutantStatus.GRADER_ERROR, task, broken.test, broken.verdict, broken.feedback.message
        )
    if trouble:
        return MutantResult(mutant, MutantStatus.GRADER_ERROR, task, reason=trouble)
    return MutantResult(mutant, MutantStatus.EQUIVALENT if reason else MutantStatus.SURVIVED, task, reason=reason)


def _mutants_of(course: Course, unit: Unit) -> list[Mutant]:
    try:
        from grader.proof.mutation.search import mutants_of
    except ModuleNotFoundError as error:
        raise UnavailableError(
            f"mutants are made with {error.name}, which is not installed", "pip install 'deepgrade[authors]'"
        ) from None
    return mutants_of(course.root, unit)


def _solution(course: Course, unit: Unit, stem: str) -> str:
    path = layout.solution_path(course.root, unit.name, stem)
    return read_text(path, layout.relative_name(path, course.root))
