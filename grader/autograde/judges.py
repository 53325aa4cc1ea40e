"""The judge that a run asks: a warm one on Linux, elsewhere one that is started for every submission."""

import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from grader.judge.client import JudgeFailed, WarmJudge, grade_once
from grader.judge.job import Job
from grader.records import TestRecord, Tier, Timing
from grader.sandbox.launcher import launcher_for

OnRecord = Callable[[TestRecord], None]

COLD_NOTE = "this platform cannot fork: a judge was started for every submission, which takes some seconds each"


class Judge(Protocol):
    """Grades jobs; every thread may ask."""

    notes: tuple[str, ...]

    def grade(self, job: Job, on_record: OnRecord) -> Timing:
        """Grade one job, record by record."""

    def close(self) -> None:
        """End it."""


def open_judge(root: Path, units: Sequence[str], secret: str, tier: Tier, *, warm: bool | None = None) -> Judge:
    """Start the quickest judge that this platform has.

    Parameters
    ----------
    root : Path
        The course.
    units : sequence of str
        Whose suites are wanted.
    secret : str
        The course's; a warm judge draws the cases for it at the start.
    warm : bool, optional
        Which kind; by default what the platform allows.

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
    return ColdJudge(root)


class ColdJudge:
    """Starts a judge for every job; works on every platform."""

    notes: tuple[str, ...] = (COLD_NOTE,)

    def __init__(self, root: Path) -> None:
        self._root = root

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
    tier : Tier
        The walls that student code runs behind.
    """

    notes: tuple[str, ...] = ()

    def __init__(self, root: Path, units: Sequence[str], secret: str, tier: Tier) -> None:
        self._root, self._units, self._secret, self._tier = root, tuple(units), secret, tier
        self._lock = threading.Lock()
        self._closed = False
        self._judge = self._start()

    def grade(self, job: Job, on_record: OnRecord) -> Timing:
        """Grade one job, record by record."""
        judge = self._judge
        try:
            records, timing = self._ask(judge, job)
        except (JudgeFailed, OSError) as error:
            if judge.alive():
                raise JudgeFailed(str(error)) from None
            records, timing = self._ask(self._after(judge), job)  # from the beginning
        for record in records:
            on_record(record)
        return timing

    def _ask(self, judge: WarmJudge, job: Job) -> tuple[list[TestRecord], Timing]:
        records: list[TestRecord] = []

        def take(record: TestRecord) -> None:
            if self._closed:  # hanging up ends this submission's grading
                raise JudgeFailed("the run was stopped")
            records.append(record)

        timing = judge.grade(job, take)
        return records, timing

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
