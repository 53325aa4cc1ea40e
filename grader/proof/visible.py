"""Strength of the visible tests alone, on the cases that students have: how many wrong answers they fail."""

from collections.abc import Callable, Sequence
from functools import partial

from grader.autograde.plan import chosen_units
from grader.course.registry import Course
from grader.judge.session import WarmSession
from grader.proof.at_home import AtHome, at_home
from grader.proof.local_suites import LocalSuites, in_session
from grader.proof.mutants import try_mutants
from grader.records.proof import UnitTrial, VisibleMisconceptions

OnProgress = Callable[[str], None]


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
