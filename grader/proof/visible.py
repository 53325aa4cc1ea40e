"""Visible tests on the cases that students have: what they fail, and the data that names mistakes at home."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from grader.autograde.plan import chosen_units
from grader.course.model import cannot_run
from grader.course.registry import Course, Unit
from grader.judge.local_students import RunnableMisconception
from grader.judge.naming import Observations
from grader.judge.released import MOST_NAMES, Released, ReleasedMisconception, decoded, encoded
from grader.judge.session import WarmSession
from grader.judge.traces import Trace
from grader.judge.wrong_answers import WrongAnswers
from grader.proof.by_unit import OnProgress, run_by_unit
from grader.proof.local_suites import LocalSuites, in_session
from grader.proof.mutants import try_mutants
from grader.records.proof import UnitTrial, VisibleMisconceptions


@dataclass(frozen=True)
class AtHome:
    """A misconception in the visible tests, on the cases that students have."""

    wrong: RunnableMisconception
    seen: Observations

    @property
    def fails(self) -> bool:
        """Whether a visible test fails it."""
        return bool(self.seen.failures())


def at_home(suites: LocalSuites, unit: Unit) -> list[AtHome]:
    """Run the visible tests on the misconceptions of a unit."""
    tasks = {task.name for task in unit.tasks} - cannot_run(unit).keys()
    able = [wrong for wrong in suites.runnable_misconceptions(unit) if wrong.task in tasks]
    return [AtHome(wrong, suites.observed_at_home(unit, wrong)) for wrong in able]


def released(misconceptions: Sequence[AtHome]) -> bytes:
    """Return what a bundle contains of a unit's misconceptions."""
    failing = [run for run in misconceptions if run.fails]
    failures: dict[str, dict[int, Trace]] = {}
    for number, run in enumerate(failing):
        for test in run.seen.failures():
            failures.setdefault(test.test.name, {})[number] = test.trace
    entries = (ReleasedMisconception(run.wrong.task, run.wrong.text, number) for number, run in enumerate(failing))
    return encoded(Released(tuple(entries), failures))


def names_at_home(misconceptions: Sequence[AtHome], data: bytes, suites: LocalSuites) -> Iterator[tuple[str, str, str]]:
    """Yield task, name and given text of each misconception that a visible test fails, with a bundle's data.

    Parameters
    ----------
    misconceptions : sequence of AtHome
    data : bytes
        What the bundle contains.
    suites : LocalSuites
    """
    contents = decoded(data)
    answers = WrongAnswers(contents.traces(suites.tests))
    for run in misconceptions:
        if run.fails:
            records = run.seen.named(contents.misconceptions, answers, most=MOST_NAMES)
            yield run.wrong.task, run.wrong.name, next((record.feedback.likely for record in records), "")


def wrong_answers(course: Course, jobs: int, on_progress: OnProgress) -> dict[str, bytes]:
    """Return what a bundle contains of every unit's misconceptions.

    Parameters
    ----------
    course : Course
        An author's checkout with its exercises built.
    jobs : int
        Processes at most.
    on_progress : callable
        Called at the beginning of each unit.

    Returns
    -------
    dict of str to bytes
        By unit.

    Raises
    ------
    CourseError
        If the suites cannot be collected, or this is a student bundle.
    """
    units = chosen_units(course, ())
    return dict(zip(units, run_by_unit(course, units, _released_here, jobs, on_progress), strict=True))


def _released_here(course: Course, unit: str, on_progress: OnProgress) -> bytes:
    contents: list[bytes] = []

    def run(session: WarmSession) -> None:
        suites = LocalSuites(course, session)
        contents.append(released(at_home(suites, course.unit(unit))))

    on_progress(f"{unit}: misconceptions")
    in_session(course, [unit], run)
    return contents[0]


def visible_misconceptions(
    course: Course, units: Sequence[str] = (), on_progress: OnProgress = lambda step: None
) -> dict[str, VisibleMisconceptions]:
    """Run the visible tests on the registered misconceptions of some units.

    Parameters
    ----------
    course : Course
        An author's checkout with its exercises built.
    units : sequence of str, optional
        Only these; all if empty.
    on_progress : callable, optional
        Called at the beginning of each unit.

    Returns
    -------
    dict of str to VisibleMisconceptions
        By unit.

    Raises
    ------
    NotFoundError
        If there is no such unit.
    CourseError
        If the suites cannot be collected, or this is a student bundle.
    """
    counts: dict[str, VisibleMisconceptions] = {}

    def count(session: WarmSession) -> None:
        suites = LocalSuites(course, session)
        for unit in map(course.unit, chosen_units(course, units)):
            on_progress(f"{unit.name}: misconceptions")
            counts[unit.name] = failed_visibly(at_home(suites, unit))

    in_session(course, chosen_units(course, units), count)
    return counts


def failed_visibly(misconceptions: Sequence[AtHome]) -> VisibleMisconceptions:
    """Count the misconceptions of a unit that its visible tests fail."""
    survivors = tuple(f"{run.wrong.task}.{run.wrong.name}" for run in misconceptions if not run.fails)
    return VisibleMisconceptions(len(misconceptions) - len(survivors), len(misconceptions), survivors)


def visible_mutants(
    course: Course,
    units: Sequence[str] = (),
    on_progress: OnProgress = lambda step: None,
    *,
    sample: int | None = None,
) -> list[UnitTrial]:
    """Run the visible tests on the mutants of some units.

    Parameters
    ----------
    course : Course
        An author's checkout.
    units : sequence of str, optional
        Only these; all if empty.
    on_progress : callable, optional
        Called after each mutant.
    sample : int, optional
        At most so many mutants of each unit, the same ones in every run; all by default.

    Returns
    -------
    list of UnitTrial

    Raises
    ------
    Interrupted, NotFoundError, CourseError, UnavailableError
        As `try_mutants` does.
    """
    return try_mutants(course, units, sample=sample, visible=True, on_run=partial(_show_count, on_progress))


def _show_count(on_progress: OnProgress, done: int, total: int) -> None:
    on_progress(f"mutants: {done} of {total}")
