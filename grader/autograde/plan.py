"""Plan of a run: the submissions to grade, and the names of units, tasks, tests and hand-ins that limit it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from grader.autograde.keys import key_of, unit_parts, work_parts
from grader.course import layout
from grader.course.registry import Course
from grader.course.suite import tests_of
from grader.errors import NotFoundError, did_you_mean
from grader.gradebook.identities import identifier
from grader.judge.protocol import Job, wrong_tasks
from grader.records import Isolation, Result, Status
from grader.records.grades import Attempt, Person
from grader.records.rules import Attempts
from grader.submissions.hand_ins import Inbox, read_inbox
from grader.submissions.intake import Submission
from grader.submissions.times import StatedTimes

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
        others = [
            test for test in before.tests if (tests or tasks) and test.test not in tests and test.task not in tasks
        ]
        job = replace(self.job, tests=tests, tasks=tasks, wrong=wrong_tasks(others))
        return replace(self, job=job, before=before)


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
    attempts : tuple of Attempt
        Everything that was handed in, with its time.
    older : dict of int to tuple of Work
        By number of the attempt: attempts that are not the newest, if the course counts the best one.
    covered : frozenset of str
        Units of which the folder has all hand-ins: a download of one assignment says nothing of the others.
    """

    work: tuple[Work, ...]
    missing: tuple[tuple[str, str], ...]
    units: tuple[str, ...]
    students: tuple[str, ...] = ()
    handed_in: frozenset[tuple[str, str]] = frozenset()
    everybody: tuple[str, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    older: dict[int, tuple[Work, ...]] = {}
    covered: frozenset[str] = frozenset()

    def of_attempt(self, number: int) -> "Plan":
        """Return the plan of all attempts with a number that are not the newest."""
        return replace(self, work=self.older[number], missing=(), older={})


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
    layout: str = "",
    times: StatedTimes | None = None,
    people: Sequence[Person] = (),
    machine: Sequence[str] | None = None,
) -> Plan:
    """Return the plan for a folder of submissions.

    Parameters
    ----------
    course : Course
    folder : Path
        Folder or zip archive of the submissions.
    secret : str
        The course's secret.
    tier : Isolation
    units : sequence of str, optional
        Only these; if empty, all of which there are hand-ins.
    only : sequence of str, optional
        Only these students; all if empty.
    dry_run : bool
        Whether to check timed tests without timing them.
    without : mapping of str to sequence of str
        Tests to leave out, by unit.
    layout : str, optional
        How the submissions lie; by default, their structure tells.
    times : dict, optional
        Times of handing in, by a person's word.
    people : sequence of Person, optional
        The roster, which knows the platforms' ids of people.
    machine : sequence of str, optional
        Names of the processor and the GPUs that grade; by default this machine's.

    Raises
    ------
    NotFoundError
        If there is no such unit or student, or nothing to grade in the folder.
    DeepgradeError
        If the layout or the unit of the submissions is not clear.
    """
    asked, identify = chosen_units(course, units) if units else (), identifier(people)
    inbox = read_inbox(folder, course, layout=layout, units=asked, times=times, identify=identify)
    chosen = asked or chosen_units(course, sorted(inbox.units))
    about, handed_in = chosen_students(inbox.students, only), inbox.submissions
    wanted = [submission for submission in handed_in if submission.unit in chosen and submission.student in about]
    graded = _Graded(course, secret, tier, dry_run, without, machine)
    known = frozenset((submission.student, submission.unit) for submission in handed_in)
    return Plan(
        work=graded.work(wanted, chosen),
        missing=tuple((student, unit) for student in about for unit in chosen if (student, unit) not in known),
        units=chosen,
        students=about,
        handed_in=known,
        everybody=inbox.students,
        attempts=tuple(hand_in.attempt for hand_in in inbox.hand_ins),
        older={number: graded.work(older, chosen) for number, older in _older(course, inbox, wanted).items()},
        covered=inbox.units,
    )


class _Graded(Struct, frozen=True):
    """Conditions of grading: what jobs and keys follow from besides the files."""

    course: Course
    secret: str
    tier: Isolation
    dry_run: bool
    without: Mapping[str, Sequence[str]]
    machine: Sequence[str] | None

    def work(self, submissions: Sequence[Submission], order: Sequence[str]) -> tuple[Work, ...]:
        """Return the work on submissions, sorted by unit in the given order."""
        parts = {unit: self._parts(unit) for unit in {submission.unit for submission in submissions}}
        work = [_work(self._job(submission), parts[submission.unit]) for submission in submissions]
        return tuple(sorted(work, key=_order(order)))

    def _parts(self, unit: str) -> dict[str, str]:
        without = self.without.get(unit, ())
        return unit_parts(
            self.course, unit, self.secret, self.tier, dry_run=self.dry_run, without=without, machine=self.machine
        )

    def _job(self, submission: Submission) -> Job:
        limits, without = self.course.limits_of(submission.unit), tuple(self.without.get(submission.unit, ()))
        return Job(submission, limits, self.secret, without=without, dry_run=self.dry_run, second_chances=True)


def _older(course: Course, inbox: Inbox, wanted: Sequence[Submission]) -> dict[int, list[Submission]]:
    """Return the earlier attempts at what is graded, by their numbers; none if only the latest one counts."""
    if course.rules.attempts is Attempts.LATEST:
        return {}
    places = {(submission.student, submission.unit) for submission in wanted}
    by_number: dict[int, list[Submission]] = {}
    for hand_in in inbox.hand_ins:
        if not hand_in.counts and (hand_in.attempt.student, hand_in.attempt.unit) in places:
            by_number.setdefault(hand_in.attempt.number, []).append(hand_in.submission)
    return by_number


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
    return lambda item: (item.student, units.index(item.unit))


def refused(work: Work, tier: Isolation) -> Result:
    """Return the result of a submission that is not run."""
    return Result(work.student, work.unit, Status.REJECTED, tier, remark=work.submission.problem, key=work.key)


def complete(plan: Plan, results: Sequence[Result], tier: Isolation) -> tuple[Result, ...]:
    """Return all results of a run in order, including one for each missing hand-in."""
    absent = [Result(student, unit, Status.MISSING, tier, remark=NOT_SUBMITTED) for student, unit in plan.missing]
    return tuple(sorted([*results, *absent], key=_order(plan.units)))


def tests_by_unit(course: Course, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the named tests by unit, each as ``file.test``.

    Parameters
    ----------
    course : Course
        An author's checkout.
    names : sequence of str
        Each as ``test_agrees``, ``conv.test_agrees`` or ``convolution.conv.test_agrees``.

    Raises
    ------
    NotFoundError
        If there is no such test, or several.
    """
    known = dict(_names_of_tests(course)) if names else {}
    tests: dict[str, tuple[str, ...]] = {}
    for name in names:
        unit, test = known[_the_one(name, list(known))]
        tests[unit] = (*tests.get(unit, ()), test)
    return tests


def _names_of_tests(course: Course) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield the full name of each test with its unit and its name in the unit."""
    for unit in course.units:
        for folder in (layout.exercises(course.root, unit.name), layout.hidden(course.root, unit.name)):
            for path in sorted(folder.glob("test_*.py")):
                for test in tests_of(course.root, path):
                    name = f"{path.stem.removeprefix('test_')}.{test.name}"
                    yield f"{unit.name}.{name}", (unit.name, name)


def _the_one(name: str, known: Sequence[str]) -> str:
    wanted = name.partition("[")[0]
    matches = [full for full in known if full == wanted or full.endswith(f".{wanted}")]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise NotFoundError(f'there are {len(matches)} tests "{name}"', f"one of these:\n{chr(10).join(matches)}")
    ends = {full.split(".", 2 - min(2, wanted.count(".")))[-1]: full for full in known}
    near = did_you_mean(wanted, ends)
    raise NotFoundError(
        f'there is no test "{name}"{near}', "a test is named as in --without conv.test_agrees_with_torch"
    )


def tasks_by_unit(course: Course, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the named tasks by unit.

    Raises
    ------
    NotFoundError
        If there is no such task; the message suggests the nearest name.
    """
    tasks: dict[str, tuple[str, ...]] = {}
    for unit, task in map(course.task, names):
        tasks[unit.name] = (*tasks.get(unit.name, ()), task.name)
    return tasks


def places_of(course: Course, names: Sequence[str]) -> frozenset[tuple[str, str]]:
    """Return pairs of student and unit from names such as ``anna/convolution``.

    Raises
    ------
    NotFoundError
        If a name has another form, or there is no such unit.
    """
    places = []
    for name in names:
        student, slash, unit = name.rpartition("/")
        if not slash or not student:
            raise NotFoundError(f'"{name}" names no hand-in', "a student's folder and a unit: --zero STUDENT/UNIT")
        places.append((student, course.unit(unit).name))
    return frozenset(places)
