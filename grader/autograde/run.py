"""`grade autograde`: plan, reuse what the journal has, grade the rest, and tell how it went."""

import os
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path

from msgspec.structs import replace

from grader.autograde import journal
from grader.autograde.again import is_sound, tests_to_try_alone, unsound_tests
from grader.autograde.fanout import Fanout
from grader.autograde.journal import Journal
from grader.autograde.judges import open_judge
from grader.autograde.outcome import Change, Event, Finished, Interrupted, Outcome, Started
from grader.autograde.plan import Plan, Work, complete, make_plan, refused
from grader.autograde.secret import course_secret
from grader.course.registry import Course
from grader.errors import CourseError, DeepgradeError, UnavailableError
from grader.records import Result, Status, Tier, Timing
from grader.sandbox.bubblewrap import is_visible
from grader.sandbox.probe import require

__all__ = ["Change", "Event", "Finished", "Interrupted", "Outcome", "Started", "autograde"]

OnEvent = Callable[[Event], None]
Place = tuple[str, str]  # student and unit


def autograde(
    course: Course,
    folder: Path,
    *,
    out: Path,
    jobs: int | None = None,
    tier: Tier = Tier.SELF,
    units: Sequence[str] = (),
    regrade: bool = False,
    rehearse: bool = False,
    on_event: OnEvent = lambda event: None,
) -> Outcome:
    """Grade a folder of submissions.

    Parameters
    ----------
    course : Course
        An author's checkout: the hidden suites must be there.
    folder : Path
        With one folder per student.
    out : Path
        The folder of the journal; is made where there is none.
    jobs : int, optional
        How many submissions are graded at a time; by default one per core.
    tier : Tier
        The walls that student code is to run behind.
    units : sequence of str, optional
        Only these; all if empty.
    regrade : bool
        Grade everything anew, whatever the journal has.
    rehearse : bool
        Check the answers of timed tests, and time nothing: for classes that are made up.
    on_event : callable, optional
        Hears how far the run is.

    Returns
    -------
    Outcome

    Raises
    ------
    Interrupted
        Ctrl-C; what was finished is in the journal.
    NotFoundError
        No such unit, no such folder, or nobody in it.
    CourseError
        The suites cannot be collected, or this is a student bundle.
    JournalError
        The journal cannot be used.
    UnavailableError
        This machine does not have the tier.
    """
    start = time.perf_counter()
    jobs = _checked(course, jobs)
    secret = course_secret(course)
    plan = make_plan(course, folder, secret=secret, tier=tier, units=units, rehearse=rehearse)
    if tier is not Tier.SELF and any(not work.problem for work in plan.work):
        require(tier)  # tried out, not assumed
        _require_out_of_sight(course.root, tier)
    with Journal(out / journal.NAME) as kept:
        run = _Run(course, plan, kept, tier, on_event)
        run.reuse(regrade=regrade)
        notes = run.grade(secret, jobs, rehearse=rehearse)
    return run.outcome(time.perf_counter() - start, notes)


def _require_out_of_sight(root: Path, tier: Tier) -> None:
    """Refuse a course that lies among what sealed workers can read."""
    if tier is Tier.SEALED and is_visible(root):
        raise UnavailableError(
            f"the course lies in {root}, where sealed workers can read: hidden tests would be seen",
            "move the course out of the system's and the interpreter's folders",
        )


def _checked(course: Course, jobs: int | None) -> int:
    if course.is_bundle:
        raise CourseError(
            "this is a student bundle: it has no hidden tests to grade with", "to see where you stand: grade"
        )
    if jobs is not None and jobs < 1:
        raise DeepgradeError(f"{jobs} jobs at a time cannot grade anything", "--jobs 1, or leave it out")
    return jobs or os.cpu_count() or 1


class _Run:
    """One run, phase by phase: what the journal has is reused, the rest is graded, what was not measured tried again.

    Every result is in the journal before the next one is looked at.
    """

    def __init__(self, course: Course, plan: Plan, kept: Journal, tier: Tier, on_event: OnEvent) -> None:
        self._course, self._plan, self._journal = course, plan, kept
        self._tier, self._on_event = tier, on_event
        self._earlier = {_place(work): kept.get(work.student, work.unit) for work in plan.work}
        self._reused: list[Result] = []
        self._new: dict[Place, Result] = {}
        self._left: list[Work] = []

    def reuse(self, *, regrade: bool) -> None:
        """Take over what the journal has under the same key, test by test; the rest is left to grade."""
        for work in self._plan.work:
            earlier = self._earlier[_place(work)]
            if earlier is None or earlier.key != work.key:
                self._left.append(work)
            elif regrade:
                self._left.append(replace(work, before=earlier))
            elif not is_sound(earlier):
                self._left.append(replace(work, before=earlier, tests=unsound_tests(earlier)))
            else:
                self._reused.append(earlier)
        self._on_event(Started(len(self._plan.work), len(self._reused)))

    def grade(self, secret: str, jobs: int, *, rehearse: bool) -> tuple[str, ...]:
        """Grade what is left; return what is to be noted of the judge."""
        self._keep(refused(work, self._tier) for work in self._left if work.problem)
        work = [work for work in self._left if not work.problem]
        if not work:
            return ()
        try:
            return self._ask_judge(work, secret, min(jobs, len(work)), rehearse=rehearse)
        except KeyboardInterrupt:
            raise self._interrupted() from None

    def _ask_judge(self, work: Sequence[Work], secret: str, jobs: int, *, rehearse: bool) -> tuple[str, ...]:
        judge = open_judge(self._course.root, sorted({each.unit for each in work}), secret, self._tier)
        fan = Fanout(self._course, judge, secret=secret, tier=self._tier, jobs=jobs, rehearse=rehearse)
        with closing(fan) as fanout:
            self._keep(fanout.results(work))
            self._keep(fanout.alone(self._to_try_alone(work)))
        return judge.notes

    def _to_try_alone(self, work: Sequence[Work]) -> list[Work]:
        """Return the work that this run could not measure, each with the tests that it is about."""
        made = [(each, self._new[_place(each)]) for each in work]
        return [
            replace(each, tests=tests, before=result) for each, result in made if (tests := tests_to_try_alone(result))
        ]

    def _keep(self, results: Iterable[Result]) -> None:
        for result in results:
            is_first = _place(result) not in self._new
            if result.status is not Status.GRADER_ERROR:  # it must not take the place of a score
                self._journal.put(result)
            elif not is_first:
                continue
            self._new[_place(result)] = result
            if is_first:
                self._on_event(Finished(result))

    def _interrupted(self) -> Interrupted:
        done = len(self._reused) + len(self._new)
        return Interrupted(
            f"stopped: {done} of {len(self._plan.work)} submissions are graded and kept", "the same command goes on"
        )

    def outcome(self, seconds: float, notes: tuple[str, ...]) -> Outcome:
        """Put together how it went."""
        ran = [result for result in self._new.values() if result.status is Status.GRADED]
        return Outcome(
            results=complete(self._plan, [*self._reused, *self._new.values()], self._tier),
            seconds=seconds,
            ran=len(ran),
            reused=len(self._reused),
            timing=_summed([result.timing for result in ran]),
            changes=tuple(self._changes()),
            tier=self._tier,
            notes=notes,
        )

    def _changes(self) -> Iterable[Change]:
        for place, result in sorted(self._new.items()):
            earlier = self._earlier[place]
            if earlier is not None and abs(earlier.earned - result.earned) > 1e-9:
                yield Change(result.student, result.unit, earlier.earned, result.earned)


def _place(each: Work | Result) -> Place:
    return each.student, each.unit


def _summed(timings: Sequence[Timing]) -> Timing:
    return Timing(
        worker=sum(each.worker for each in timings),
        judge=sum(each.judge for each in timings),
        references=sum(each.references for each in timings),
        total=sum(each.total for each in timings),
    )
