"""`grade autograde`: plan a run, reuse results from the journal, grade the rest, and return the outcome."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from grader.autograde import journal
from grader.autograde.again import clock_notes, is_sound, tests_to_try_alone, unsound_tests
from grader.autograde.executor import Fanout
from grader.autograde.journal import AttemptJournal, Journal, Kept
from grader.autograde.plan import Plan, Work, complete, make_plan, places_of, refused, tasks_by_unit, tests_by_unit
from grader.autograde.races import Races
from grader.autograde.saved_results import (
    A_PERSON,
    MEASURED_AGAIN,
    changes_between,
    notes_on,
    whole_class,
    why,
    with_choices,
)
from grader.autograde.secret import course_secret
from grader.course.registry import Course
from grader.errors import DeepgradeError
from grader.gradebook.book import stated_times
from grader.gradebook.roster import people_of, roster_path
from grader.gradebook.store import Gradebook
from grader.judge.judges import Judge, open_judge, require_walls
from grader.metering.processes import usable_cores
from grader.records import Isolation, Result, Status, Timing
from grader.records.run import Change, Event, Finished, Interrupted, Outcome, RunFacts, Started
from grader.submissions.times import StatedTimes

__all__ = ["Change", "Event", "Finished", "Interrupted", "Outcome", "Started", "SuiteFault", "autograde"]

OnEvent = Callable[[Event], None]
Opener = Callable[[Path, Sequence[str], str, Isolation], Judge]
Place = tuple[str, str]  # student and unit
MOST_FAULTS = 5


class SuiteFault(DeepgradeError):
    """Raised if a test fails on the course's own solution; no submission is graded then."""

    exit_code = 1


def autograde(
    course: Course,
    folder: Path,
    *,
    out: Path,
    jobs: int | None = None,
    tier: Isolation = Isolation.SELF,
    units: Sequence[str] = (),
    students: Sequence[str] = (),
    tasks: Sequence[str] = (),
    without: Sequence[str] = (),
    zero: Sequence[str] = (),
    layout: str = "",
    times: StatedTimes | None = None,
    regrade: bool = False,
    dry_run: bool = False,
    on_event: OnEvent = lambda event: None,
    opener: Opener | None = None,
    machine: Sequence[str] | None = None,
) -> Outcome:
    """Grade a folder of submissions.

    Parameters
    ----------
    course : Course
        An author's checkout, with the hidden suites.
    folder : Path
        Folder or zip archive of the submissions.
    out : Path
        The folder of the journal; created if missing.
    jobs : int, optional
        Number of submissions graded at the same time; by default one per core.
    tier : Isolation
        Isolation of student code.
    units, students : sequence of str, optional
        Only these; all if empty.
    tasks : sequence of str, optional
        Rerun only the tests of these in submissions graded before; a changed submission is graded completely.
    without : sequence of str, optional
        Tests to leave out: they change no student's points.
    zero : sequence of str, optional
        Refused hand-ins that count as zero, each as ``student/unit``.
    layout : str, optional
        How the submissions lie; by default, their structure tells.
    times : dict, optional
        Times of handing in, by a person's word.
    regrade : bool
        Grade everything again, even if the journal has a result.
    dry_run : bool
        Check the answers of timed tests without timing them: for simulated classes.
    on_event : callable, optional
        Called with each progress event.
    opener : callable, optional
        Opens a judge; by default, each run starts one.
    machine : sequence of str, optional
        Names of the processor and the GPUs that grade, if other machines do; this one needs no walls then.

    Returns
    -------
    Outcome

    Raises
    ------
    Interrupted
        On Ctrl-C; finished results are in the journal.
    SuiteFault
        If a test fails on the solution; nothing was graded.
    NotFoundError
        If there is no such unit, student, task, test or folder, or the folder is empty.
    CourseError
        If the suites cannot be collected, or this is a student bundle.
    JournalError
        If the journal cannot be used.
    JudgesGone
        If the other machines that grade are gone; finished results are in the journal.
    UnavailableError
        If this machine does not support the tier.
    """
    start = time.perf_counter()
    jobs = _checked(course, jobs)
    named = tasks_by_unit(course, tasks), tests_by_unit(course, without), places_of(course, zero)
    chosen = _Choice(str(folder.absolute()), layout, tier, *named, regrade, dry_run)
    people, times = people_of(roster_path(out)), stated_times(out) | (times or {})
    plan = _planned(course, folder, chosen, units, students, layout=layout, times=times, people=people, machine=machine)
    with Journal(out / journal.NAME) as kept:
        with Gradebook(out / journal.NAME) as book:
            book.put_attempts(plan.attempts)
        for number in sorted(plan.older):
            older = AttemptJournal(kept, number)
            others = replace(chosen, zero=frozenset())
            earlier = _Run(course, plan.of_attempt(number), older, others, on_event, opener=opener)
            earlier.reuse()
            earlier.grade(jobs)
        run = _Run(course, plan, kept, chosen, on_event, opener=opener)
        run.reuse()
        notes = run.grade(jobs)
        return run.outcome(time.perf_counter() - start, notes)


def _checked(course: Course, jobs: int | None) -> int:
    course.refuse_bundle("it has no hidden tests to grade with")
    if jobs is not None and jobs < 1:
        raise DeepgradeError(f"{jobs} jobs at a time cannot grade anything", "--jobs 1, or leave it out")
    return jobs or usable_cores()


class _Choice(Struct, frozen=True):
    """The instructor's options: where the hand-ins lie, tier, tasks and tests by unit, zeros, regrading, dry run."""

    folder: str
    layout: str
    tier: Isolation
    tasks: dict[str, tuple[str, ...]]
    without: dict[str, tuple[str, ...]]
    zero: frozenset[Place]
    regrade: bool
    dry_run: bool


def _planned(
    course: Course, folder: Path, chosen: _Choice, units: Sequence[str], students: Sequence[str], **reading: Any
) -> Plan:
    """Return the plan, after checking that the isolation it needs works."""
    plan = make_plan(
        course,
        folder,
        secret=course_secret(course),
        tier=chosen.tier,
        units=_units(course, units, chosen),
        only=students,
        dry_run=chosen.dry_run,
        without=chosen.without,
        **reading,
    )
    is_here = reading.get("machine") is None
    if is_here and chosen.tier is not Isolation.SELF and any(not work.submission.problem for work in plan.work):
        require_walls(course.root, chosen.tier)
    return plan


def _units(course: Course, units: Sequence[str], chosen: _Choice) -> Sequence[str]:
    """Return the selected units: the named ones, or those of the named tasks."""
    for name in units:
        if chosen.tasks and course.unit(name).name not in chosen.tasks:
            raise DeepgradeError(f"none of the named tasks is one of {name}", f"leave out --unit {name}, or --task")
    return units or tuple(chosen.tasks)


class _Run:
    """One run in phases: reuse results from the journal, grade the rest, try unmeasured tests again.

    Every result is in the journal before the next one is processed.
    """

    def __init__(
        self,
        course: Course,
        plan: Plan,
        kept: Journal,
        chosen: _Choice,
        on_event: OnEvent,
        *,
        opener: Opener | None = None,
    ) -> None:
        self._course, self._plan, self._journal, self._open = course, plan, kept, opener or open_judge
        self._tier, self._chosen, self._on_event = chosen.tier, chosen, on_event
        self._earlier = {_place(work): kept.get(work.student, work.unit) for work in plan.work}
        self._reused: list[Result] = []
        self._new: dict[Place, Result] = {}
        self._left: dict[Place, Work] = {}
        self._changes: list[Change] = []
        self._races = Races({} if chosen.regrade else kept.races())

    def reuse(self) -> None:
        """Reuse results with the same key from the journal, test by test; the rest is left to grade."""
        self._check_zeros()
        for work in self._plan.work:
            earlier = self._earlier[_place(work)]
            left = self._to_refuse(work, earlier) if work.submission.problem else self._to_grade(work, earlier)
            if left is not None:
                self._left[_place(work)] = left
            elif earlier is not None:
                self._reused.append(earlier.result)
        self._journal.know_units(self._plan.units)
        self._on_event(Started(len(self._plan.work), len(self._reused)))

    def _check_zeros(self) -> None:
        graded = {_place(work) for work in self._plan.work if work.submission.problem}
        for student, unit in sorted(self._chosen.zero - graded):
            raise DeepgradeError(
                f"{student}/{unit} is not a refused hand-in: only such a one can be given zero",
                "leave out --zero: what is graded has its points, what is not handed in has none",
            )

    def _to_refuse(self, work: Work, earlier: Kept | None) -> Work | None:
        """Return the work if its refusal is not in the journal yet, else None."""
        known = earlier is not None and earlier.result == self._refused(work)
        return None if known and not self._chosen.regrade else work

    def _to_grade(self, work: Work, earlier: Kept | None) -> Work | None:
        """Return the remaining work on a submission: all of it, some of its tests, or None."""
        if earlier is None or earlier.result.status is not Status.GRADED:
            return work
        result, tasks = earlier.result, self._chosen.tasks.get(work.unit, ())
        if tasks and earlier.parts.get("submission") == work.parts["submission"]:
            return replace(work.narrowed(result, tasks=tasks), key=result.key, parts=earlier.parts)
        if result.key != work.key:
            return work
        if self._chosen.regrade:
            return replace(work, before=result)
        return None if is_sound(result) else work.narrowed(result, tests=unsound_tests(result))

    def _refused(self, work: Work) -> Result:
        """Return the result of a refused hand-in; an earlier `zero` applies as long as the hand-in is unchanged."""
        earlier = self._earlier[_place(work)]
        same = earlier is not None and earlier.parts.get("submission") == work.parts["submission"]
        zero = _place(work) in self._chosen.zero or (same and earlier is not None and earlier.result.zero)
        return replace(refused(work, self._tier), zero=zero)

    def grade(self, jobs: int) -> tuple[str, ...]:
        """Grade the remaining work; return notes about the judge."""
        with self._journal.noting(self._facts(jobs), [*self._left]):
            return self._grade(jobs)

    def _facts(self, jobs: int) -> RunFacts:
        chosen = self._chosen
        return RunFacts(
            folder=chosen.folder,
            total=len(self._plan.work),
            reused=len(self._reused),
            tier=chosen.tier,
            layout=chosen.layout,
            without=tuple(f"{unit}.{test}" for unit, tests in chosen.without.items() for test in tests),
            jobs=jobs,
        )

    def _grade(self, jobs: int) -> tuple[str, ...]:
        work = [work for work in self._left.values() if not work.submission.problem]
        try:
            self._keep(self._refused(work) for work in self._left.values() if work.submission.problem)
            return self._ask_judge(work, min(jobs, len(work))) if work else ()
        except KeyboardInterrupt:
            raise self._interrupted() from None

    def _ask_judge(self, work: Sequence[Work], jobs: int) -> tuple[str, ...]:
        judge = self._open(self._course.root, sorted({item.unit for item in work}), work[0].job.secret, self._tier)
        with closing(Fanout(self._course, judge, tier=self._tier, jobs=jobs, races=self._races)) as fanout:
            _require_sound_suites(judge, self._chosen.without)
            self._keep(fanout.results(work))
            self._keep(fanout.alone(self._to_try_alone(work)))
        return judge.notes

    def _to_try_alone(self, work: Sequence[Work]) -> list[Work]:
        """Return the work with tests that this run could not measure, limited to those tests."""
        made = [(item, self._new[_place(item)]) for item in work]
        return [item.narrowed(result, tests=tests) for item, result in made if (tests := tests_to_try_alone(result))]

    def _keep(self, results: Iterable[Result]) -> None:
        for result in results:
            place = _place(result)
            is_first, is_broken = place not in self._new, result.status is Status.GRADER_ERROR
            if is_first or not is_broken:
                changes = () if is_broken else self._changed(result)
                self._journal.put(result, self._left[place].parts, changes)
                self._journal.put_races(self._races.unwritten())
                self._new[place] = result
                self._changes += changes
            if is_first:
                self._on_event(Finished(result))

    def _changed(self, result: Result) -> tuple[Change, ...]:
        """Return the changes from the journal's present result to a new one."""
        place = _place(result)
        earlier = self._earlier[place]
        if place in self._new:
            return changes_between(self._new[place], result, MEASURED_AGAIN)
        if earlier is None:
            return ()
        wanted = next(work.parts for work in self._plan.work if _place(work) == place)
        reason = A_PERSON if place in self._chosen.zero else why(earlier.parts, wanted)
        return changes_between(earlier.result, result, reason)

    def _interrupted(self) -> Interrupted:
        done = len(self._reused) + len(self._new)
        return Interrupted(
            f"stopped: {done} of {len(self._plan.work)} submissions are graded and kept", "the same command goes on"
        )

    def outcome(self, seconds: float, notes: tuple[str, ...]) -> Outcome:
        """Return the outcome of the run."""
        ran = [result for result in self._new.values() if result.status is Status.GRADED]
        everybody = with_choices(self._course, whole_class(self._course, self._plan, self._journal, self._tier))
        kept = notes_on(self._course, self._plan, everybody, self._journal)
        return Outcome(
            results=with_choices(self._course, complete(self._plan, [*self._reused, *self._new.values()], self._tier)),
            seconds=seconds,
            ran=len(ran),
            reused=len(self._reused),
            timing=_summed([result.timing for result in ran]),
            changes=tuple(sorted(self._changes, key=lambda change: (change.student, change.unit))),
            tier=self._tier,
            notes=(*notes, *self._not_graded_anew(), *kept, *clock_notes(everybody)),
            everybody=everybody,
            history=self._journal.changes(),
        )

    def _not_graded_anew(self) -> Iterable[str]:
        """Yield a note for each earlier result that stays because grading it again failed."""
        for place, result in sorted(self._new.items()):
            if result.status is Status.GRADER_ERROR and self._left[place].before is not None:
                yield f"{' '.join(place)} could not be graded anew, its result of before stays ({result.remark})"


def _require_sound_suites(judge: Judge, without: Mapping[str, Sequence[str]]) -> None:
    """Raise if the course's own solution fails a test that is not left out."""
    faults = [fault for fault in judge.suite_faults() if not _is_among(fault.test, without.get(fault.unit, ()))]
    if faults:
        shown = [f"{fault.unit}.{fault.test}: {fault.verdict}: {fault.reason}" for fault in faults[:MOST_FAULTS]]
        more = [f"and {len(faults) - MOST_FAULTS} more"] if len(faults) > MOST_FAULTS else []
        leave_out = " ".join(f"--without {fault.unit}.{fault.test}" for fault in faults)
        raise SuiteFault(
            "\n".join([f"nobody was graded: {_counted(len(faults))} on the course's own solution", *shown, *more]),
            f"grade check --unit {faults[0].unit}\nor go on and leave out what fails: {leave_out}",
        )


def _is_among(test: str, names: Sequence[str]) -> bool:
    return test in names or test.partition("[")[0] in names


def _counted(tests: int) -> str:
    return "a test fails" if tests == 1 else f"{tests} tests fail"


def _place(item: Work | Result) -> Place:
    return item.student, item.unit


def _summed(timings: Sequence[Timing]) -> Timing:
    return Timing(
        worker=sum(timing.worker for timing in timings),
        judge=sum(timing.judge for timing in timings),
        references=sum(timing.references for timing in timings),
        total=sum(timing.total for timing in timings),
    )
