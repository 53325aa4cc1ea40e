"""What there is to grade: every hand-in with the key that tells whether it was graded before."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from grader.autograde.keys import key_of, unit_parts, work_parts
from grader.course.model import nearest
from grader.course.registry import Course
from grader.errors import NotFoundError
from grader.records import Result, Status, Tier
from grader.submissions.hand_ins import Submission, discover, students

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
    parts : dict of str to str
        The hashes that the key is made of.
    without : tuple of str
        Tests that the instructor has taken out, by ``file.test``.
    tests : tuple of str
        Only these are run, by ``file.test``; all if empty.
    tasks : tuple of str
        Only their tests are run; all if empty.
    before : Result or None
        The result of the same submission that the new records are put into.
    """

    student: str
    unit: str
    files: dict[str, str]
    problem: str
    ignored: tuple[str, ...]
    key: str
    parts: dict[str, str] = {}
    without: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    before: Result | None = None


class Plan(Struct, frozen=True):
    """All the work, by student and in the course's order of units.

    Attributes
    ----------
    work : tuple of Work
    missing : tuple of (str, str)
        Who did not hand in what, of those that this run is about.
    units, students : tuple of str
        That this run is about.
    handed_in : frozenset of (str, str)
        Students and units of everything in the folder, whether this run is about it or not.
    everybody : tuple of str
        Everybody who has a folder.
    """

    work: tuple[Work, ...]
    missing: tuple[tuple[str, str], ...]
    units: tuple[str, ...]
    students: tuple[str, ...] = ()
    handed_in: frozenset[tuple[str, str]] = frozenset()
    everybody: tuple[str, ...] = ()


def make_plan(
    course: Course,
    folder: Path,
    *,
    secret: str,
    tier: Tier,
    units: Sequence[str] = (),
    only: Sequence[str] = (),
    rehearse: bool = False,
    without: Mapping[str, Sequence[str]] = {},
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
    only : sequence of str, optional
        Only these students; all if empty.
    rehearse : bool
        Timed tests are not to be timed.
    without : mapping of str to sequence of str
        Tests that are left out, by unit.

    Raises
    ------
    NotFoundError
        There is no such unit or student, or nothing to grade in the folder.
    """
    chosen, everybody = chosen_units(course, units), students(folder)
    about = chosen_students(everybody, only)
    handed_in = discover(folder, course)
    wanted = [each for each in handed_in if each.unit in chosen and each.student in about]
    parts = {
        unit: unit_parts(course, unit, secret, tier, rehearse=rehearse, without=without.get(unit, ()))
        for unit in {each.unit for each in wanted}
    }
    work = [_work(each, parts[each.unit], tuple(without.get(each.unit, ()))) for each in wanted]
    known = frozenset((each.student, each.unit) for each in handed_in)
    return Plan(
        work=tuple(sorted(work, key=_order(chosen))),
        missing=tuple((student, unit) for student in about for unit in chosen if (student, unit) not in known),
        units=chosen,
        students=about,
        handed_in=known,
        everybody=everybody,
    )


def chosen_units(course: Course, units: Sequence[str]) -> tuple[str, ...]:
    """Return the named units, or all, in the course's order.

    Raises
    ------
    NotFoundError
        There is no such unit.
    """
    wanted = {course.unit(name).name for name in units}
    return tuple(unit.name for unit in course.units if not wanted or unit.name in wanted)


def chosen_students(everybody: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """Return the named students, or everybody.

    Raises
    ------
    NotFoundError
        One of them has no folder.
    """
    for name in names:
        if name not in everybody:
            raise NotFoundError(
                f'there is no folder of a student "{name}"{nearest(name, list(everybody))}',
                "name a student's folder as it is spelled, capitals and blanks too",
            )
    return tuple(student for student in everybody if not names or student in names)


def _work(each: Submission, parts: Mapping[str, str], without: tuple[str, ...]) -> Work:
    own = work_parts(each, parts)
    return Work(each.student, each.unit, each.files, each.problem, each.ignored, key_of(own), own, without)


def _order(units: Sequence[str]) -> Callable[[Work | Result], tuple[str, int]]:
    return lambda each: (each.student, units.index(each.unit))


def refused(work: Work, tier: Tier) -> Result:
    """Return the result of a submission that is not run."""
    return Result(work.student, work.unit, Status.REJECTED, tier, remark=work.problem, key=work.key)


def complete(plan: Plan, results: Sequence[Result], tier: Tier) -> tuple[Result, ...]:
    """Return all results of a run in order, with one for everything that was not handed in."""
    absent = [Result(student, unit, Status.MISSING, tier, remark=NOT_SUBMITTED) for student, unit in plan.missing]
    return tuple(sorted([*results, *absent], key=_order(plan.units)))
