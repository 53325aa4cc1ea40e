"""Plan of a run: every hand-in with a key that shows whether it has been graded before."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from grader.autograde.keys import key_of, unit_parts, work_parts
from grader.course.registry import Course
from grader.errors import NotFoundError, did_you_mean
from grader.judge.protocol import Job
from grader.records import Isolation, Result, Status
from grader.submissions.hand_ins import discover, students
from grader.submissions.intake import Submission

NOT_SUBMITTED = "not submitted"


class Work(Struct, frozen=True):
    """The grading of one submission, and its key.

    Attributes
    ----------
    job : Job
        The submission and the selected tests.
    key : str
        Changes whenever the result could: with the submission, the suite, the secret, the environment or the tier.
    parts : dict of str to str
        The hashes that the key is made of.
    before : Result or None
        Earlier result of the same submission, into which the new records are merged.
    """

    job: Job
    key: str
    parts: dict[str, str] = {}
    before: Result | None = None

    @property
    def submission(self) -> Submission:
        """The submission to grade."""
        return self.job.submission

    @property
    def student(self) -> str:
        """The student's name."""
        return self.submission.student

    @property
    def unit(self) -> str:
        """The unit's name."""
        return self.submission.unit

    def narrowed(self, before: Result, *, tests: tuple[str, ...] = (), tasks: tuple[str, ...] = ()) -> "Work":
        """Return this work limited to some tests (all if none are named), to be merged into an earlier result."""
        return replace(self, job=replace(self.job, tests=tests, tasks=tasks), before=before)


class Plan(Struct, frozen=True):
    """All the work, by student and in the course's order of units.

    Attributes
    ----------
    work : tuple of Work
    missing : tuple of (str, str)
        Selected students and units without a hand-in.
    units, students : tuple of str
        The selected ones.
    handed_in : frozenset of (str, str)
        Students and units of all hand-ins in the folder, selected or not.
    everybody : tuple of str
        All students with a folder.
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
    tier: Isolation,
    units: Sequence[str] = (),
    only: Sequence[str] = (),
    dry_run: bool = False,
    without: Mapping[str, Sequence[str]] = {},
) -> Plan:
    """Return the plan for a folder of submissions.

    Parameters
    ----------
    course : Course
    folder : Path
        Contains one folder per student.
    secret : str
        The course's secret.
    tier : Isolation
    units : sequence of str, optional
        Only these; all if empty.
    only : sequence of str, optional
        Only these students; all if empty.
    dry_run : bool
        Whether to check timed tests without timing them.
    without : mapping of str to sequence of str
        Tests to leave out, by unit.

    Raises
    ------
    NotFoundError
        If there is no such unit or student, or nothing to grade in the folder.
    """
    chosen, everybody = chosen_units(course, units), students(folder)
    about = chosen_students(everybody, only)
    handed_in = discover(folder, course)
    wanted = [submission for submission in handed_in if submission.unit in chosen and submission.student in about]
    parts = {
        unit: unit_parts(course, unit, secret, tier, dry_run=dry_run, without=without.get(unit, ()))
        for unit in {submission.unit for submission in wanted}
    }

    def job(submission: Submission) -> Job:
        limits, left_out = course.limits_of(submission.unit), tuple(without.get(submission.unit, ()))
        return Job(submission, limits, secret, without=left_out, dry_run=dry_run)

    work = [_work(job(submission), parts[submission.unit]) for submission in wanted]
    known = frozenset((submission.student, submission.unit) for submission in handed_in)
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

    Parameters
    ----------
    course : Course
    units : sequence of str
        Names; all units if empty.

    Returns
    -------
    tuple of str

    Raises
    ------
    NotFoundError
        If there is no such unit.
    """
    wanted = {course.unit(name).name for name in units}
    return tuple(unit.name for unit in course.units if not wanted or unit.name in wanted)


def chosen_students(everybody: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """Return the named students, or all.

    Raises
    ------
    NotFoundError
        If one of them has no folder.
    """
    for name in names:
        if name not in everybody:
            raise NotFoundError(
                f'there is no folder of a student "{name}"{did_you_mean(name, everybody)}',
                "name a student's folder as it is spelled, capitals and blanks too",
            )
    return tuple(student for student in everybody if not names or student in names)


def _work(job: Job, unit_parts: Mapping[str, str]) -> Work:
    parts = work_parts(job.submission, unit_parts)
    return Work(job, key_of(parts), parts)


def _order(units: Sequence[str]) -> Callable[[Work | Result], tuple[str, int]]:
    return lambda each: (each.student, units.index(each.unit))


def refused(work: Work, tier: Isolation) -> Result:
    """Return the result of a submission that is not run."""
    return Result(work.student, work.unit, Status.REJECTED, tier, remark=work.submission.problem, key=work.key)


def complete(plan: Plan, results: Sequence[Result], tier: Isolation) -> tuple[Result, ...]:
    """Return all results of a run in order, including one for each missing hand-in."""
    absent = [Result(student, unit, Status.MISSING, tier, remark=NOT_SUBMITTED) for student, unit in plan.missing]
    return tuple(sorted([*results, *absent], key=_order(plan.units)))
