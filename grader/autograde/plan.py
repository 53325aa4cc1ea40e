"""What there is to grade: every hand-in with the key that tells whether it was graded before."""

from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct

from grader.autograde.keys import unit_key, work_key
from grader.course.registry import Course
from grader.course.submission import Submission, discover, students
from grader.records import Result, Status, Tier

NOT_SUBMITTED = "not submitted"


class Work(Struct, frozen=True):
    """One submission of one unit.

    Attributes
    ----------
    student, unit : str
    files : dict of str to str
        Source text by file stem; empty where it is refused.
    problem : str
        Why it is refused; empty where it is not.
    ignored : tuple of str
        Names of what else was handed in.
    key : str
        Changes when the result could: with the submission, the suite, the secret, the environment or the tier.
    tests : tuple of str
        Only these are run, by ``file.test``; all if empty.
    before : Result or None
        The result of the same submission that the new records are put into.
    """

    student: str
    unit: str
    files: dict[str, str]
    problem: str
    ignored: tuple[str, ...]
    key: str
    tests: tuple[str, ...] = ()
    before: Result | None = None


class Plan(Struct, frozen=True):
    """All the work, and who did not hand in what, both by student and in the course's order of units."""

    work: tuple[Work, ...]
    missing: tuple[tuple[str, str], ...]
    units: tuple[str, ...]


def make_plan(
    course: Course, folder: Path, *, secret: str, tier: Tier, units: Sequence[str] = (), rehearse: bool = False
) -> Plan:
    """Find out what there is to grade.

    Parameters
    ----------
    course : Course
    folder : Path
        With one folder per student.
    secret : str
        The course's.
    tier : Tier
    units : sequence of str, optional
        Only these; all if empty.
    rehearse : bool
        Timed tests are not to be timed.

    Raises
    ------
    NotFoundError
        There is no such unit, or nothing to grade in the folder.
    """
    chosen = chosen_units(course, units)
    handed_in = [each for each in discover(folder, course) if each.unit in chosen]
    there = {each.unit for each in handed_in}
    context = {unit: unit_key(course, unit, secret, tier, rehearse=rehearse) for unit in there}
    work = sorted((_work(each, context[each.unit]) for each in handed_in), key=_order(chosen))
    known = {(each.student, each.unit) for each in handed_in}
    missing = [(student, unit) for student in students(folder) for unit in chosen if (student, unit) not in known]
    return Plan(tuple(work), tuple(missing), chosen)


def chosen_units(course: Course, units: Sequence[str]) -> tuple[str, ...]:
    """Return the named units, or all, in the course's order.

    Raises
    ------
    NotFoundError
        There is no such unit.
    """
    wanted = {course.unit(name).name for name in units}
    return tuple(unit.name for unit in course.units if not wanted or unit.name in wanted)


def _work(each: Submission, context: str) -> Work:
    return Work(each.student, each.unit, each.files, each.problem, each.ignored, work_key(each, context))


def _order(units: Sequence[str]) -> Callable[[Work | Result], tuple[str, int]]:
    return lambda each: (each.student, units.index(each.unit))


def refused(work: Work, tier: Tier) -> Result:
    """Return the result of a submission that is not run."""
    return Result(work.student, work.unit, Status.REJECTED, tier, remark=work.problem, key=work.key)


def complete(plan: Plan, results: Sequence[Result], tier: Tier) -> tuple[Result, ...]:
    """Return all results in order, with one for everything that was not handed in."""
    absent = [Result(student, unit, Status.MISSING, tier, remark=NOT_SUBMITTED) for student, unit in plan.missing]
    return tuple(sorted([*results, *absent], key=_order(plan.units)))
