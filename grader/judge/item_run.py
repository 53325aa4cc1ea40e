"""One run of one collected test on one student: how it ended, and what to tell."""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
import pytest

from grader.judge import verdicts
from grader.judge.budget import Budget
from grader.judge.diagnosis import likely_misconception
from grader.judge.ended import Ended, WireFault
from grader.judge.items import FACTS, Facts
from grader.judge.job import Job
from grader.judge.own_limits import Overspent, expected_seconds, working_for
from grader.judge.plugin import seed_of
from grader.judge.rehearsal import Rehearsed
from grader.judge.seeds import replay_token
from grader.judge.student import MISSING, Call, Student
from grader.judge.subjects import local_student, misconceptions_of, signatures
from grader.judge.timing import Race
from grader.records import Feedback, Speed, TestRecord, Verdict

Ending = tuple[Verdict, Feedback, float]

QUIET = (
    Verdict.PASSED,
    Verdict.SKIPPED,
    Verdict.NOT_MEASURED,
    Verdict.TOO_NOISY,
    Verdict.NO_GPU,
    Verdict.NOT_ATTEMPTED,
)
"""What the student's output and another run of the test would add nothing to."""

NOT_RUN: Ending = (Verdict.GRADER_ERROR, Feedback(message="the test did not run"), 0.0)


class ItemRun:
    """One run of one test.

    Parameters
    ----------
    item : pytest.Item
    source : callable
        Returns the student for the test.
    job : Job
    rehearsed : Rehearsed, optional
        The test on the solution, with the same cases.
    """

    def __init__(
        self, item: pytest.Item, source: Callable[[Facts], Student], job: Job, rehearsed: Rehearsed | None = None
    ) -> None:
        self._item = item
        self._rehearsed = rehearsed
        self._facts = item.stash[FACTS]
        self._source = source
        self._job = job
        self._student: Student | None = None
        self._ending = NOT_RUN
        self._speed: Speed | None = None
        self._limited: tuple[Budget, float, bool] | None = None
        self.seconds = 0.0

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """Hold the test's body to the time that the judge itself may use; what is beyond the expected is charged."""
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
        """Say what the test may cost: the time that it is known to need, and then the submission's own."""
        self._limited = (budget, expected, hard)

    def student(self, facts: Facts) -> Student:
        """Make the test's student and remember it."""
        self._student = self._source(facts)
        return self._student

    def phase_ended(self, call: pytest.CallInfo[None]) -> None:
        """Note how the test ended; a set-up that fails is the grader's own affair."""
        exception = call.excinfo.value if call.excinfo else None
        if call.when == "call":
            self.seconds = call.duration
            self._ending = self._judge(exception)
        elif exception is not None and call.when == "setup":
            self._ending = self._blamed(exception, verdicts.ending_of(exception))

    @property
    def answered(self) -> bool:
        """Whether the task's own function has answered a call."""
        calls = self._student._calls if self._student else []
        return any(call.function == self._facts.task and call.answer is not MISSING for call in calls)

    def record(self, printed: str) -> TestRecord:
        """Return the test's record.

        Parameters
        ----------
        printed : str
            What the student's code printed during the test.
        """
        verdict, feedback, share = self._ending
        if verdict not in QUIET and not feedback.timed:
            feedback = msgspec.structs.replace(feedback, printed=printed, replay=self._token())
        record = verdicts.record(self._facts, verdict, feedback, share, self.seconds)
        return msgspec.structs.replace(record, speed=self._speed)

    def _token(self) -> str:
        test = f"{self._facts.file}.{self._facts.test}"
        return self._job.token or replay_token(self._job.secret, self._facts.unit, test)

    def _judge(self, exception: BaseException | None) -> Ending:
        verdict, feedback, share = verdicts.ending_of(exception)
        race = self._race()
        self._speed = race.speed if race else None
        calls = list(self._student._calls) if self._student else []
        if exception is None:
            return verdict, self._told(), share
        if verdict in QUIET or feedback.timed:
            return verdict, feedback, share
        call = verdicts.last_call(calls, self._facts.task)
        verdict, feedback, share = self._blamed(exception, (verdict, feedback, share))
        if verdict is Verdict.GRADER_ERROR:
            return verdict, feedback, 0.0
        wanted = verdict is Verdict.FAILED and self._job.diagnose and not self._job.until_failure and race is None
        likely = self._likely(calls) if wanted else ""
        return verdict, msgspec.structs.replace(feedback, called=call.described() if call else "", likely=likely), share

    def _blamed(self, exception: BaseException, ending: Ending) -> Ending:
        """Hold a stumble of the test's against the submission, unless the test stumbles on the solution, too."""
        verdict, feedback, share = ending
        own_fault = isinstance(exception, Ended) and not isinstance(exception, WireFault)
        if verdict is not Verdict.GRADER_ERROR or own_fault or self._suite_breaks():
            return verdict, feedback, share
        call = verdicts.last_call(self._student._calls if self._student else [], self._facts.task)
        return Verdict.FAILED, verdicts.unusable_answer(exception, call), 0.0

    def _told(self) -> Feedback:
        """Return what a test that passed has to say: a race says what it measured."""
        race = self._race()
        return race.told if race else Feedback()

    def _race(self) -> Race | None:
        """Return the test's race. Its arrays are large: the task's other tests name the misconceptions."""
        race = getattr(self._item, "funcargs", {}).get("race")
        return race if isinstance(race, Race) else None

    def _suite_breaks(self) -> bool:
        return self._job.diagnose and self._solution_breaks_too()

    def _solution_breaks_too(self) -> bool:
        """Tell whether the test raises on the solution as well: then the mistake is the suite's.

        The rehearsal has found that out before there was any data of a student's. Where there was none, the test is run
        again.
        """
        if self._rehearsed is not None:
            return self._rehearsed.verdict is Verdict.GRADER_ERROR
        folder = self._facts.root / "solutions" / self._facts.unit
        if not folder.is_dir():
            return False
        try:
            self._again(local_student(self._facts.root, self._facts.unit, folder, wrap=True))
        except BaseException:  # whichever way it ends, the solution should have passed
            return True
        return False

    def _likely(self, calls: Sequence[Call]) -> str:
        root, unit = self._facts.root, self._facts.unit
        known = [wrong for wrong in misconceptions_of(root, unit) if wrong.task == self._facts.task]
        if not known:
            return ""
        folder = root / "solutions" / unit
        seconds = len(known) * expected_seconds(self._rehearsed.cpu_seconds if self._rehearsed else None, timed=False)
        try:
            with working_for(seconds, hard=self._limited is not None and self._limited[2]):
                return likely_misconception(
                    self._again,
                    known,
                    lambda wrong: local_student(root, unit, folder, wrap=True, replaced={wrong.task: wrong.function}),
                    calls,
                    signatures(root, unit),
                )
        except Overspent:
            return ""

    def _again(self, student: Student) -> None:
        """Run the test's body once more, from the same seed, with another student."""
        item: Any = self._item
        seed = seed_of(self._facts, self._job.secret, self._job.token)
        replaced = {
            "student": student,
            "rng": np.random.default_rng(seed),
            "race": Race(self._facts, student, seed, None),
        }
        item.obj(**{name: replaced.get(name, item.funcargs[name]) for name in item._fixtureinfo.argnames})
