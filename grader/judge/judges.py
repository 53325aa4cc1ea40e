"""Judges for a run: a warm one on Linux, elsewhere one that is started for every submission."""

import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from msgspec.structs import replace

from grader.course import layout
from grader.course.registry import Unit, load_course
from grader.judge.client import JudgeBroke, JudgeFailed, WarmJudge, grade_once
from grader.judge.protocol import Fault, Job, faults_in, wrong_tasks
from grader.judge.untouched import UntouchedStubs
from grader.records import Cause, CauseKind, Feedback, Isolation, TestRecord, Timing, Verdict
from grader.sandbox.launcher import launcher_for
from grader.sandbox.probe import require_walls
from grader.submissions.intake import Submission

__all__ = ["ColdJudge", "Judge", "RevivedJudge", "open_judge", "require_walls", "solution_files"]

OnRecord = Callable[[TestRecord], None]

BROKEN_OFF = "the grader's process ended while it looked at what your code answered"
MOST_BROKEN = 2  # processes that one submission may end in one grading

COLD_NOTE = "this platform cannot fork: a judge was started for every submission, which takes some seconds each"


class Judge(Protocol):
    """Protocol of a judge, which grades jobs; any thread may call it."""

    notes: tuple[str, ...]

    def grade(self, job: Job, on_record: OnRecord) -> Timing:
        """Grade one job, record by record."""

    def suite_faults(self) -> tuple[Fault, ...]:
        """Return the tests that the course's own solutions fail."""

    def close(self) -> None:
        """End the judge's process."""


def open_judge(root: Path, units: Sequence[str], secret: str, tier: Isolation, *, warm: bool | None = None) -> Judge:
    """Start the fastest judge that this platform supports.

    Parameters
    ----------
    root : Path
        Folder of the course.
    units : sequence of str
        Units whose suites are needed.
    secret : str
        Secret of the course; a warm judge draws its cases at the start.
    tier : Isolation
        Isolation of student code.
    warm : bool, optional
        Whether to start a warm judge; by default, if the platform allows it.

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
        This machine does not support the isolation.
    """
    warm = sys.platform == "linux" if warm is None else warm
    if warm:
        return RevivedJudge(root, units, secret, tier)
    launcher_for(tier)  # raises if this platform does not support it
    return ColdJudge(root, units, secret)


def broken_off(test: TestRecord, reason: str) -> TestRecord:
    """Return the record of a test during which the grader's process ended: it is tried again, alone."""
    feedback = Feedback(message=f"{BROKEN_OFF} ({reason})"[:500], cause=Cause(CauseKind.GRADER_ENDED))
    return replace(test, verdict=Verdict.NOT_MEASURED, feedback=feedback)


def solution_files(root: Path, unit: Unit) -> dict[str, str]:
    """Return the text of a unit's solutions by file stem, as in a submission."""
    paths = {stem: layout.solution_path(root, unit.name, stem) for stem in unit.files}
    return {stem: path.read_text(encoding="utf-8") for stem, path in paths.items() if path.is_file()}


class ColdJudge:
    """Judge that starts a process for every job; works on every platform."""

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
        records: dict[tuple[str, bool], TestRecord] = {}

        def take(record: TestRecord) -> None:
            records[record.test, record.hidden] = record  # a second one, of a second chance, replaces the first

        timing = grade_once(self._root, job, take)
        for record in records.values():
            on_record(record)
        return timing

    def close(self) -> None:
        """Do nothing: no process is kept."""


class RevivedJudge:
    """Warm judge that is restarted once if its process dies.

    Parameters
    ----------
    root : Path
        Folder of the course.
    units : sequence of str
        Units whose suites are collected.
    secret : str
        Secret of the course.
    tier : Isolation
        Isolation of student code.
    """

    notes: tuple[str, ...] = ()

    def __init__(self, root: Path, units: Sequence[str], secret: str, tier: Isolation) -> None:
        self._root, self._units, self._secret, self._tier = root, tuple(units), secret, tier
        self._lock = threading.Lock()
        self._closed = False
        self._stubs = UntouchedStubs(root)
        self._judge = self._start()

    def grade(self, job: Job, on_record: OnRecord) -> Timing:
        """Grade one job, record by record; stubs as they are handed out only once."""
        key = self._stubs.key(job)
        records, timing = tuple[TestRecord, ...](), Timing()
        if key is not None:
            records = self._stubs.records(key)
        if not records:
            records, timing = self._graded(job)
            if key is not None:
                self._stubs.keep(key, records)
        for record in records:
            on_record(record)
        return timing

    def _graded(self, job: Job) -> tuple[tuple[TestRecord, ...], Timing]:
        judge = self._judge
        try:
            records, timing = self._resumed(judge, job)
        except (JudgeFailed, OSError) as error:
            if judge.alive():
                raise JudgeFailed(str(error)) from None
            records, timing = self._resumed(self._after(judge), job)  # from the beginning
        return tuple(records), timing

    def _resumed(self, judge: WarmJudge, job: Job) -> tuple[list[TestRecord], Timing]:
        """Grade a job; if its process ends, keep the finished records and let another process do the rest."""
        records: dict[tuple[str, bool], TestRecord] = {}

        def take(record: TestRecord) -> None:
            records[record.test, record.hidden] = record  # a second one, of a second chance, replaces the first

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
                known = (*job.wrong, *wrong_tasks(list(records.values())))
                job = replace(job, tests=tuple(record.test for record in broke.left[1:]), wrong=known)
            else:
                return list(records.values()), timing
        return list(records.values()), Timing()

    def _ask(self, judge: WarmJudge, job: Job, on_record: OnRecord) -> Timing:
        def take(record: TestRecord) -> None:
            if self._closed:  # closing the connection ends this submission's grading
                raise JudgeFailed("the run was stopped")
            on_record(record)

        return judge.grade(job, take)

    def suite_faults(self) -> tuple[Fault, ...]:
        """Return the faults that the judge found at its start."""
        return self._judge.faults

    def close(self) -> None:
        """End the judge."""
        self._closed = True
        self._judge.close()

    def _after(self, dead: WarmJudge) -> WarmJudge:
        """Return the replacement of a dead judge; a second death is final."""
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
