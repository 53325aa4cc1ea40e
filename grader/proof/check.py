"""Proof of a course's suites, unit by unit: those that nothing has touched since their last proof are not run."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TypeVar

from grader.autograde.plan import chosen_units
from grader.autograde.secret import course_secret
from grader.course.registry import Course
from grader.proof.by_unit import OnProgress, run_by_unit, run_side_by_side
from grader.proof.kept import KeptProofs
from grader.proof.local_suites import MisconceptionResult, hidden_points
from grader.proof.unit_proof import PARTS, Proof, prove_unit
from grader.records.proof import Problem
from grader.release.leaks import leaks_of_exercises

__all__ = ["MisconceptionResult", "Problem", "Proof", "hidden_points", "prove"]

T = TypeVar("T")


def prove(
    course: Course,
    units: Sequence[str] = (),
    on_progress: OnProgress = lambda step: None,
    *,
    jobs: int = 1,
    anew: bool = False,
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
    anew : bool
        Prove units, too, that have not changed since their last proof.

    Returns
    -------
    Proof

    Raises
    ------
    NotFoundError
        If there is no such unit.
    CourseError
        If the suites cannot be collected, or this is a student bundle.
    UnavailableError
        If this machine cannot start a worker.
    DeepgradeError
        If a process is killed.
    """
    course.refuse_bundle("it has no hidden tests")
    chosen = chosen_units(course, units)
    kept = {} if anew else _kept(course, chosen)
    left = [unit for unit in chosen if unit not in kept]
    proofs = kept | dict(zip(left, _made(course, left, jobs, on_progress), strict=True))
    on_progress("searching the exercises for leaks")
    return _together([proofs[unit] for unit in chosen], _leaks(course, chosen))


def _made(course: Course, units: Sequence[str], jobs: int, on_progress: OnProgress) -> list[Proof]:
    """Prove units side by side; a single one in parts, so that two cores have something to do."""
    if len(units) == 1 and jobs > 1:
        (unit,) = units
        return [_proofs_on_disk(course).proven(unit, partial(_in_parts, course, unit, jobs, on_progress))]
    return run_by_unit(course, units, _proven, jobs, on_progress)


def _in_parts(course: Course, unit: str, jobs: int, on_progress: OnProgress) -> Proof:
    parts = [(unit, partial(prove_unit, parts=(part,))) for part in PARTS]
    return _together(run_side_by_side(course, parts, jobs, on_progress))


def _kept(course: Course, units: Sequence[str]) -> dict[str, Proof]:
    on_disk = _proofs_on_disk(course)
    return {unit: proof for unit in units if (proof := on_disk.get(unit))}


def _proven(course: Course, unit: str, on_progress: OnProgress) -> Proof:
    return _proofs_on_disk(course).proven(unit, partial(prove_unit, course, unit, on_progress))


def _proofs_on_disk(course: Course) -> KeptProofs[Proof]:
    return KeptProofs(course, course_secret(course), Proof)


def _leaks(course: Course, units: Sequence[str]) -> list[Problem]:
    """Return what `grade release` would refuse, so that an author sees it at once."""
    leaks = leaks_of_exercises(course.root, units)
    return [Problem(leak.where, f"would give this away: {leak.what}") for leak in leaks]


def _together(proofs: Sequence[Proof], leaks: Iterable[Problem] = ()) -> Proof:
    """Return the proofs of several units, or of the parts of one, as one."""
    return Proof(
        problems=(*(problem for proof in proofs for problem in proof.problems), *leaks),
        points=_union(proof.points for proof in proofs),
        caught=tuple(entry for proof in proofs for entry in proof.caught),
        seconds=_sums(proof.seconds for proof in proofs),
        cpu_seconds=_sums(proof.cpu_seconds for proof in proofs),
        trivial=_union(proof.trivial for proof in proofs),
        slowest=_union(proof.slowest for proof in proofs),
        not_run=_union(proof.not_run for proof in proofs),
        visible_points=_union(proof.visible_points for proof in proofs),
        visible_misconceptions=_union(proof.visible_misconceptions for proof in proofs),
    )


def _union(parts: Iterable[dict[str, T]]) -> dict[str, T]:
    return {name: value for part in parts for name, value in part.items()}


def _sums(parts: Iterable[dict[str, float]]) -> dict[str, float]:
    totals: dict[str, float] = {}
    for part in parts:
        for name, amount in part.items():
            totals[name] = totals.get(name, 0.0) + amount
    return totals
