"""The judge of a run on other machines: jobs go out as sheets, and answers are checked before they count.

A job has one key, however often it runs: a scheduler that loses a worker gives its jobs to others, and a scheduler that
is lost itself is given them again. Whichever run ends first is the one that counts.
"""

import hashlib
import itertools
import secrets
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from typing import Protocol

from grader.cluster.sheets import Answer, Failed, GradedSheet, Rehearsed, Sheet, Unfit, read_answer, sealed_job, written
from grader.course.registry import Course
from grader.errors import DeepgradeError
from grader.judge.client import JudgeFailed
from grader.judge.protocol import Fault, Job
from grader.records import Isolation, TestRecord, Timing

STOPPED = "the run was stopped"


class Line(Protocol):
    """Protocol of the way to a scheduler; any thread may use it."""

    def send(self, text: bytes, key: str, *, timed: bool) -> "Future[bytes]":
        """Hand a sheet to the scheduler, for any fit worker."""

    def generation(self) -> int:
        """Return how often the scheduler was lost and found again."""

    def renew(self, generation: int) -> None:
        """Wait until the scheduler is back, unless it has come back since that generation.

        Raises
        ------
        JudgesGone
            If it does not come back.
        """

    def reason_of(self, error: Exception) -> str:
        """Return in one sentence why a job has no answer."""

    def note_unfit(self, reason: str) -> None:
        """Take note of a worker that cannot grade and is leaving."""


class ClusterJudge:
    """Judge whose jobs are graded by a cluster.

    Parameters
    ----------
    course : Course
    line : Line
    units : sequence of str
        Units of the run.
    tier : Isolation
    """

    notes: tuple[str, ...] = ()

    def __init__(self, course: Course, line: Line, units: Sequence[str], tier: Isolation) -> None:
        self._course, self._line = course, line
        self._units, self._tier = tuple(units), tier
        self._run, self._numbers = secrets.token_bytes(16), itertools.count()
        self._faults: tuple[Fault, ...] = ()
        self._running: set[Future[bytes]] = set()
        self._lock = threading.Lock()
        self._closed = False

    def suite_faults(self) -> tuple[Fault, ...]:
        """Run the tests on the solutions on one machine, and return those that fail."""
        match self._answer(Sheet(self._units, self._tier)):
            case Rehearsed(faults):
                self._faults = faults
        return self._faults

    def grade(self, job: Job, on_record: Callable[[TestRecord], None]) -> Timing:
        """Grade one job somewhere, and pass its records on when all have come.

        Raises
        ------
        JudgeFailed
            The judge there failed.
        JudgesGone
            The scheduler is gone.
        BadAnswer
            The answer is not one of a judge.
        """
        failing = tuple(f"{fault.unit}.{fault.test}" for fault in self._faults)
        answer = self._answer(Sheet(self._units, self._tier, sealed_job(job), failing), timed=self._is_timed(job))
        assert isinstance(answer, GradedSheet)
        for record in answer.records:
            on_record(record)
        return answer.timing

    def _is_timed(self, job: Job) -> bool:
        """Return whether a job needs a machine with the run's processor and GPU, and the GPU for itself."""
        return bool(self._course.unit(job.unit).tasks_on_gpu) and not job.dry_run

    def _answer(self, sheet: Sheet, *, timed: bool = False) -> Answer:
        """Return the answer to a sheet, after as many tries as the scheduler and its workers need."""
        text, key = written(sheet), self._key()
        while True:
            generation = self._line.generation()
            try:
                answer = read_answer(self._sent(text, key, timed=timed), sheet, self._course)
            except CancelledError:
                self._require_open()
                self._line.renew(generation)
                continue
            if isinstance(answer, Failed):
                raise JudgeFailed(answer.message, answer.hint)
            if not isinstance(answer, Unfit):
                return answer
            self._line.note_unfit(answer.reason)
            key = self._key()  # under the old one, the scheduler knows an answer

    def _key(self) -> str:
        """Return a new name for a job, which says nothing of what is in it."""
        number = next(self._numbers).to_bytes(16, "big")
        return f"grade-{hashlib.blake2b(number, key=self._run, digest_size=16).hexdigest()}"

    def _sent(self, text: bytes, key: str, *, timed: bool) -> bytes:
        with self._lock:
            self._require_open()
            future = self._line.send(text, key, timed=timed)
            self._running.add(future)
        try:
            return future.result()
        except (CancelledError, DeepgradeError):
            raise
        except Exception as error:
            raise JudgeFailed(self._line.reason_of(error)) from None
        finally:
            with self._lock:
                self._running.discard(future)

    def _require_open(self) -> None:
        if self._closed:
            raise JudgeFailed(STOPPED)

    def close(self) -> None:
        """Give up what is not graded yet; workers end what they have begun."""
        with self._lock:
            self._closed = True
            running = [*self._running]
        for future in running:
            future.cancel()
