"""The judge that a run asks: a warm one on Linux, elsewhere one that is started for every submission."""

import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from msgspec.structs import replace

from grader.course import layout
from grader.course.registry import Unit, load_course
from grader.judge.client import JudgeBroke, JudgeFailed, WarmJudge, grade_once
from grader.judge.protocol import Fault, Job, faults_in
from grader.records import Cause, CauseKind, Feedback, Isolation, TestRecord, Timing, Verdict
from grader.sandbox.launcher import launcher_for
from grader.sandbox.probe import require_walls
from grader.submissions.submission import Submission

__all__ = ["ColdJudge", "Judge", "RevivedJudge", "open_judge", "require_walls", "solution_files"]

OnRecord = Callable[[TestRecord], None]

BROKEN_OFF = "the grader's process ended while it looked at what your code answered"
MOST_BROKEN = 2  # processes that one submission may end in one go

COLD_NOTE = "this platform cannot fork: a judge was started for every submission, which takes some seconds each"


class Judge(Protocol):
    """Grades jobs; every thread may ask."""

    notes: tuple[str, ...]

    def grade(self, job: Job, on_record: OnRecord) -> Timing:
        """Grade one job, record by record."""

    def suite_faults(self) -> tuple[Fault, ...]:
        """Return the tests that the course's own solutions fail."""

    def close(self) -> None:
        """End it."""


def open_judge(root: Path, units: Sequence[str], secret: str, tier: Isolation, *, warm: bool | None = None) -> Judge:
    """Start the quickest judge that this platform has.

    Parameters
    ----------
    root : Path
        The course.
    units : sequence of str
        Whose suites are wanted.
    secret : str
        The course's; a warm judge draws the cases for it at the start.
    tier : Isolation
        How student code is walled off.
    warm : bool, optional
        Which kind; by default what the platform allows.

    Returns
    -------
    Judge

    Raises
    ------
    CourseError
        The suites cannot be collected.
    JudgeFailed
        The judge did not start.
    UnavailableError
        This machine does not have the tier.
    """
    warm = sys.platform == "linux" if warm is None else warm
    if warm:
        return RevivedJudge(root, units, secret, tier)
    launcher_for(tier)  # refuses what this platform does not have
    return ColdJudge(root, units, secret)


def broken_off(test: TestRecord, reason: str) -> TestRecord:
    """Return the record of a test in the middle of which the grader's process ended: it is tried again, alone."""
    told = Feedback(message=f"{BROKEN_OFF} ({reason})"[:500], cause=Cause(CauseKind.GRADER_ENDED))
    return replace(test, verdict=Verdict.NOT_MEASURED, feedback=told)


def solution_files(root: Path, unit: Unit) -> dict[str, str]:
    """Return the text of a unit's solutions by file stem, as a submission has it."""
    paths = {stem: layout.solution_path(root, unit.name, stem) for stem in unit.files}
    return {stem: path.read_text(encoding="utf-8") for stem, path in paths.items() if path.is_file()}


class ColdJudge:
    """Starts a judge for every job; works on every platform."""

    notes: tuple[str, ...] = (COLD_NOTE,)

    def __init__(self, root: Path, units: Sequence[str] = (), secret: str = "") -> None:
        self._root, self._units, self._secret = root, tuple(units), secret

    def suite_faults(self) -> tuple[Fault, ...]:
        """Grade the solutions as submissions."""
        records: list[TestRecord] = []
        course = load_course(self._root)
        for unit in map(course.unit, self._units):
            submission = Submission(unit.name, solution_files(self._root, unit))
            self.grade(Job(submission, course.limits_of(unit.name), self._secret, dry_run=True), records.append)
        return faults_in(records)

    def grade(self, job: Job, on_record: OnRecord) -> Timing:
        """Grade one job, record by record."""
        return grade_once(self._root, job, on_record)

    def close(self) -> None:
        """Nothing is kept."""


class RevivedJudge:
    """A warm judge that is started once more if its process dies.

    Parameters
    ----------
    root : Path
        The course.
    units : sequence of str
        Whose suites are collected.
    secret : str
        The course's.
    tier : Isolation
        The walls that student code runs behind.
    """

    notes: tuple[str, ...] = ()

    def __init__(self, root: Path, units: Sequence[str], secret: str, tier: Isolation) -> None:
        self._root, self._units, self._secret, self._tier = root, tuple(units), secret, tier
        self._lock = threading.Lock()
        self._closed = False
        self._judge = self._start()

    def grade(self, job: Job, on_record: OnRecord) -> Timing:
        """Grade one job, record by record."""
        judge = self._judge
        try:
            records, timing = self._resumed(judge, job)
        except (JudgeFailed, OSError) as error:
            if judge.alive():
                raise JudgeFailed(str(error)) from None
            records, timing = self._resumed(self._after(judge), job)  # from the beginning
        for record in records:
            on_record(record)
        return timing

    def _resumed(self, judge: WarmJudge, job: Job) -> tuple[list[TestRecord], Timing]:
        """Grade a job; where the process that does it ends, what it had done is kept, and another does the rest."""
        records: dict[tuple[str, bool], TestRecord] = {}

        def take(record: TestRecord) -> None:
            records.setdefault((record.test, record.hidden), record)

        for breaks_left in reversed(range(MOST_BROKEN)):
            try:
                timing = self._ask(judge, job, take)
            except JudgeBroke as broke:
                if self._closed or not judge.alive():
                    raise
                culprits = broke.left[:1] if breaks_left else broke.left
                for record in culprits:
                    take(broken_off(record, str(broke)))
                if len(culprits) == len(broke.left):
                    break
                job = replace(job, tests=tuple(record.test for record in broke.left[1:]))
            else:
                return list(records.values()), timing
        return list(records.values()), Timing()

    def _ask(self, judge: WarmJudge, job: Job, on_record: OnRecord) -> Timing:
        def take(record: TestRecord) -> None:
            if self._closed:  # hanging up ends this submission's grading
                raise JudgeFailed("the run was stopped")
            on_record(record)

        return judge.grade(job, take)

    def suite_faults(self) -> tuple[Fault, ...]:
        """Return what the judge found before it was ready."""
        return self._judge.faults

    def close(self) -> None:
        """End the judge."""
        self._closed = True
        self._judge.close()

    def _after(self, dead: WarmJudge) -> WarmJudge:
        """Return the judge that takes the place of a dead one; the second death is final."""
        with self._lock:
            if self._judge is dead:
                if self.notes or self._closed:
                    raise JudgeFailed("the judge ended, and so did the one that took its place", "grade check")
                dead.close()
                self._judge = self._start()
                self.notes = ("the judge ended in the middle of the run, and was started once more",)
            return self._judge

    def _start(self) -> "WarmJudge":
        judge = WarmJudge(self._root, self._units, self._secret, self._tier)
        try:
            judge.wait_until_ready()
        except BaseException:
            judge.close()
            raise
        return judge
