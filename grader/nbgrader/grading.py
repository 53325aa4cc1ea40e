"""Grading of one notebook as `grade autograde` grades it, by a judge that stays for the next one."""

import atexit
import threading
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from grader.autograde.keys import unit_parts
from grader.autograde.run import autograde
from grader.course.model import Course
from grader.course.registry import load_course
from grader.judge.client import JudgeFailed
from grader.judge.judges import Judge, OnRecord, open_judge
from grader.judge.protocol import Fault, Job
from grader.records import Isolation, Result, Timing

IDLE_SECONDS = 120.0


def grade_notebook(
    course: Course, unit: str, student: str, notebook: bytes, *, results: Path, tier: Isolation, stamp: bytes = b""
) -> Result:
    """Grade a notebook, or return the result of an equal one that was graded before.

    Parameters
    ----------
    course : Course
    unit, student : str
    notebook : bytes
        As the student handed it in.
    results : Path
        Folder of the journal, as of `grade autograde --out`.
    tier : Isolation
    stamp : bytes, optional
        nbgrader's file with the time of handing in.

    Returns
    -------
    Result

    Raises
    ------
    DeepgradeError
        As for `grader.autograde.run.autograde`.
    """
    with TemporaryDirectory(prefix="deepgrade-") as name, _JUDGES.lock:
        folder = Path(name) / "submitted" / student / unit
        folder.mkdir(parents=True)
        (folder / f"{unit}.ipynb").write_bytes(notebook)
        if stamp:
            (folder / "timestamp.txt").write_bytes(stamp)
        outcome = autograde(
            course,
            folder.parents[1],
            out=results,
            jobs=1,
            tier=tier,
            units=[unit],
            layout="nbgrader",
            opener=_JUDGES.open,
        )
    (result,) = outcome.results
    return result


class _BorrowedJudge:
    """A judge that a run does not end, unless it is closed in the middle of a grading."""

    def __init__(self, judge: Judge) -> None:
        self._judge, self._at_work, self.is_closed = judge, 0, False
        self.notes = judge.notes

    def suite_faults(self) -> tuple[Fault, ...]:
        """Return the faults that the judge found at its start."""
        return self._judge.suite_faults()

    def grade(self, job: Job, on_record: OnRecord) -> Timing:
        """Grade one job, record by record."""
        self._at_work += 1
        try:
            return self._judge.grade(job, on_record)
        except JudgeFailed:
            self.end()  # the next submission gets another one
            raise
        finally:
            self._at_work -= 1
            self.notes = self._judge.notes

    def close(self) -> None:
        """Keep the judge for the next run; end it if it is at work."""
        if self._at_work:
            self.end()

    def end(self) -> None:
        """End the judge."""
        self.is_closed = True
        self._judge.close()


class _WarmJudges:
    """The last judge that was asked for, until nobody has asked for a while."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._judge: _BorrowedJudge | None = None
        self._key: object = None
        self._timer: threading.Timer | None = None

    def open(self, root: Path, units: Sequence[str], secret: str, tier: Isolation) -> Judge:
        """Return a judge of these units as the course is now."""
        course = load_course(root)
        key = (root, secret, tier, [unit_parts(course, unit, secret, tier) for unit in units])
        if self._judge is None or self._judge.is_closed or self._key != key:
            self.end()
            self._judge, self._key = _BorrowedJudge(open_judge(root, units, secret, tier)), key
        self._end_later()
        return self._judge

    def _end_later(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(IDLE_SECONDS, self.end)
        self._timer.daemon = True
        self._timer.start()

    def end(self) -> None:
        """End the judge, if there is one."""
        with self.lock:
            if self._judge is not None and not self._judge.is_closed:
                self._judge.end()
            self._judge = None


_JUDGES = _WarmJudges()
atexit.register(_JUDGES.end)
