"""Run of one collected test on one student: its outcome, feedback and record."""

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from grader.course import layout
from grader.course.registry import Course
from grader.judge.budget import Budget, working_for
from grader.judge.diagnosis import Observed, is_telling
from grader.judge.dry_run import DryRun
from grader.judge.items import MEASURING, TEST_INFO, TestInfo
from grader.judge.local_students import local_student
from grader.judge.outcomes import Blocked, CheckFailed, DoesNotLoad, GraderFault, OutcomeException, Skipped, WireFault
from grader.judge.protocol import Job, replay_token, seed_of
from grader.judge.student import MISSING, Call, Student
from grader.judge.traces import Trace, answer_of, ending_of, shortened
from grader.records import Feedback, Speed, TestRecord, Verdict

UNTOLD = "what the test demands does not hold"  # for an assertion without a message


def outcome_of(exception: BaseException) -> OutcomeException:
    """Return the outcome of a test that an exception ended.

    Parameters
    ----------
    exception : BaseException
        An outcome, which is returned; a skip; an assertion; or an error of the grader.
    """
    if isinstance(exception, OutcomeException):
        return exception
    if isinstance(exception, pytest.skip.Exception):
        return Skipped(str(exception.msg))
    if isinstance(exception, AssertionError | pytest.fail.Exception):
        return CheckFailed((str(exception).splitlines() or [UNTOLD])[0])
    return GraderFault(f"{type(exception).__name__}: {exception}"[:500])


def last_call(calls: list[Call], task: str) -> Call | None:
    """Return the call that a failure is about: the last one of the task's own function, or else the last of all."""
    task_calls = [call for call in calls if call.function == task]
    return (task_calls or calls or [None])[-1]  # type: ignore[list-item]  # None if there was no call


def record_of(info: TestInfo, outcome: OutcomeException | None) -> TestRecord:
    """Return the record of a test with an outcome; None means that it passed."""
    credit = 1.0 if outcome is None else min(1.0, max(0.0, float(outcome.credit)))
    return TestRecord(
        unit=info.unit,
        task=info.task,
        test=info.name,
        title=info.title,
        hidden=info.hidden,
        points=info.points,
        earned=info.points * credit,
        verdict=Verdict.PASSED if outcome is None else outcome.verdict,
        feedback=Feedback() if outcome is None else outcome.feedback(),
    )


def unusable_answer(exception: BaseException, call: Call | None) -> CheckFailed:
    """Return the outcome of a test that raised an error on the value that the student's code returned."""
    name = call.function if call else "your code"
    return CheckFailed(
        f"the test cannot work with what {name} returned ({type(exception).__name__}: {exception})"[:500]
    )


class ItemRun:
    """Run of one test.

    Parameters
    ----------
    item : pytest.Item
    source : callable
        Function that returns the student for the test.
    job : Job
    course : Course
    dry_run : DryRun, optional
        Dry run of the test, with the same cases.
    is_shown : bool
        Whether anybody reads with which arguments a failing function was called.
    """

    def __init__(
        self,
        item: pytest.Item,
        source: Callable[[TestInfo], Student],
        job: Job,
        course: Course,
        dry_run: DryRun | None = None,
        *,
        is_shown: bool = True,
    ) -> None:
        self.item = self._item = item
        self._item.stash[MEASURING] = None
        self._dry_run, self._is_shown = dry_run, is_shown
        self.info = item.stash[TEST_INFO]
        self._source = source
        self._job = job
        self._course = course
        self._student: Student | None = None
        self._record = record_of(self.info, GraderFault("the test did not run"))
        self._speed: Speed | None = None
        self._limited: tuple[Budget, float, bool] | None = None
        self.seconds = 0.0
        self._outcome: OutcomeException | None = None

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """Limit the judge's own time in the test's body, and charge the part beyond the expected time."""
        if self._limited is None:
            yield
            return
        budget, expected, hard = self._limited
        start = time.process_time()
        try:
            with working_for(expected + budget.left_for_test(), hard=hard):
                yield
        finally:
            budget.charge(time.process_time() - start - expected)

    def limit(self, budget: Budget, expected: float, *, hard: bool) -> None:
        """Limit the test to its expected time, plus the time left in the submission's budget."""
        self._limited = (budget, expected, hard)

    def student(self, info: TestInfo) -> Student:
        """Create the test's student and keep it."""
        self._student = self._source(info)
        return self._student

    def phase_ended(self, call: pytest.CallInfo[None]) -> None:
        """Record how a phase ended; a failed setup is an error of the grader."""
        exception = call.excinfo.value if call.excinfo else None
        if call.when == "call":
            self.seconds = call.duration
            self._record = self._judge(exception)
            self._outcome = None if exception is None else outcome_of(exception)
        elif exception is not None and call.when == "setup":
            self._record = self._blamed(exception, record_of(self.info, outcome_of(exception)))

    @property
    def answered(self) -> bool:
        """Whether the task's own function has answered a call."""
        calls = self._student._calls if self._student else []
        return any(call.function == self.info.task and call.answer is not MISSING for call in calls)

    def observed(self, cost: float) -> Observed:
        """Return what a diagnosis compares."""
        return Observed(self.info, self.trace(), cost, is_telling(last_call(self._failed_calls(), self.info.task)))

    def trace(self) -> Trace:
        """Return the task's answers and the ending: of a test that has passed, the answers do not matter."""
        task = self.info.task
        signature = self._student._signatures.get(task) if self._student else None
        answers = [answer_of(call, signature) for call in self._failed_calls() if call.function == task]
        return shortened(answers, ending_of(self._outcome, answers))

    def _failed_calls(self) -> list[Call]:
        return self._student._calls if self._student and self._outcome else []

    def record(self, printed: str) -> TestRecord:
        """Return the test's record.

        Parameters
        ----------
        printed : str
            Output of the student's code during the test.
        """
        feedback = self._record.feedback
        if self._record.verdict.meaning.is_replayed and not feedback.timed:
            feedback = replace(feedback, printed=printed, replay=self._token())
        return replace(self._record, feedback=feedback, seconds=self.seconds, speed=self._speed)

    def _token(self) -> str:
        test = f"{self.info.file}.{self.info.test}"
        return self._job.token or replay_token(self._job.secret, self.info.unit, test)

    def _judge(self, exception: BaseException | None) -> TestRecord:
        record = record_of(self.info, None if exception is None else outcome_of(exception))
        measuring = self._item.stash[MEASURING]
        self._speed = measuring.speed if measuring else None
        calls = list(self._student._calls) if self._student else []
        if exception is None:
            return replace(record, feedback=measuring.feedback) if measuring else record
        if not record.verdict.meaning.is_replayed or record.feedback.timed:
            return record
        call = last_call(calls, self.info.task)
        record = self._blamed(exception, record)
        if record.verdict is Verdict.GRADER_ERROR:
            return replace(record, earned=0.0)
        if not self._is_shown:
            return record
        has_no_call = isinstance(exception, DoesNotLoad | Blocked)
        called, given = (call.described(), call.input_numbers()) if call and not has_no_call else ("", "")
        slices = exception.slices() if self._job.visible_only and isinstance(exception, CheckFailed) else None
        return replace(record, feedback=replace(record.feedback, called=called, given=given, slices=slices))

    def _blamed(self, exception: BaseException, record: TestRecord) -> TestRecord:
        """Blame the submission for an error in the test, unless the test also raises it on the solution."""
        is_known = isinstance(exception, OutcomeException) and not isinstance(exception, WireFault)
        if record.verdict is not Verdict.GRADER_ERROR or is_known or self._suite_breaks():
            return record
        call = last_call(self._student._calls if self._student else [], self.info.task)
        return record_of(self.info, unusable_answer(exception, call))

    def _suite_breaks(self) -> bool:
        return self._job.diagnose and self._solution_breaks_too()

    def _solution_breaks_too(self) -> bool:
        """Return whether the test raises on the solution as well: then the error is the suite's.

        The dry run has found that out before any student data was present. Without a dry run, the test is run again.
        """
        if self._dry_run is not None:
            return self._dry_run.verdict is Verdict.GRADER_ERROR
        folder = layout.solutions(self._course.root, self.info.unit)
        if not folder.is_dir():
            return False
        try:
            self._again(local_student(self._course, self.info.unit, folder, wrap=True))
        except BaseException:  # of any kind: the solution should have passed
            return True
        return False

    def _again(self, student: Student) -> None:
        """Run the test's body again, from the same seed, with another student."""
        item: Any = self._item
        seed = seed_of(self.info, self._job.secret, self._job.token)
        replaced = {"student": student, "rng": np.random.default_rng(seed)}
        measuring = self._item.stash[MEASURING]
        for name, value in item.funcargs.items():
            if measuring is not None and value is measuring:
                replaced[name] = measuring.without_measuring(student, seed)
        item.obj(**{name: replaced.get(name, item.funcargs[name]) for name in item._fixtureinfo.argnames})
