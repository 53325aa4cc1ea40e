"""Limits on time end calls, tests and submissions; a machine without a core for the student ends none of them."""

from collections.abc import Callable

import pytest

from grader.course.model import Limits
from grader.judge.budget import Budget
from grader.judge.outcomes import NotMeasured, OutcomeException, TimedOut
from grader.judge.remote import LoadRequest, RemoteTransport
from grader.judge.student import CallRequest
from grader.metering.meter import backstop
from grader.records import Isolation, Verdict
from grader.sandbox.channel import DeadlinePassed, Exit, NoCoreForIt, WorkerLimits
from grader.submissions.intake import Submission
from grader.wire import encode
from grader.wire.frames import Frame

LIMITS = Limits(call_seconds=2.0, test_seconds=5.0, submission_seconds=12.0)


class Worker:
    """Answers every request, and is charged what it was told; past its limit it does not answer.

    Parameters
    ----------
    charges : list of float
        What each request costs.
    starved : bool
        Whether it has no core.
    """

    by_wall = False
    on_look: Callable[[], None]

    def __init__(self, charges: list[float], *, starved: bool = False) -> None:
        self._charges, self._starved = charges, starved
        self.charged = 0.0
        self.most: list[float | None] = []

    def ask(self, parts: list[bytes | memoryview], seconds: float, most: float | None = None) -> Frame:
        self.most.append(most)
        if self._starved:
            raise NoCoreForIt(0.25, 100.0)
        cost = self._charges.pop(0) if self._charges else 0.0
        self.charged += min(cost, seconds)
        if cost >= seconds:
            raise DeadlinePassed
        return bytearray(b"".join(encode(("ok", 1))))

    def printed(self) -> str:
        return ""

    def stack(self, seconds: float) -> str:
        return ""

    def cpu_seconds(self) -> float | None:
        return self.charged

    def close(self) -> Exit:
        return Exit()


class Workers:
    """Opens the workers that it is given, one after the other."""

    tier = Isolation.SELF

    def __init__(self, *workers: Worker) -> None:
        self._workers = list(workers)

    def open(self, library: str, limits: WorkerLimits) -> Worker:
        return self._workers.pop(0) if self._workers else Worker([])

    def close(self) -> None:
        """Nothing is kept."""


def transport(budget: Budget, *workers: Worker) -> RemoteTransport:
    return RemoteTransport(Workers(*workers), LoadRequest(Submission("u", {"a": ""}), {"f": "a"}), LIMITS, budget)


def ending(each: RemoteTransport) -> OutcomeException:
    with pytest.raises(OutcomeException) as caught:
        each.call(CallRequest("f"))
    return caught.value


def test_a_call_a_test_and_a_submission_end_at_their_limits() -> None:
    budget = Budget(LIMITS)
    student = transport(budget, Worker([0, 0, 9.0]), Worker([0, 0, 1.9, 9.0]), Worker([0, 0, 9.0]))
    budget.start_test()
    assert str(ending(student)) == "f did not return in time (one call may take 2 s of computing or waiting)"
    student.call(CallRequest("f"))
    assert str(ending(student)) == "f did not return in time (one test may take 5 s of computing or waiting)"
    assert budget.spent == pytest.approx(5.0)
    assert "the time is used up (one test" in str(ending(student))
    for _ in range(3):
        budget.start_test()
        budget.spent += 2.5
    assert str(ending(student)) == "not run: the time is used up (the unit may take 12 s of computing or waiting)"


def test_what_the_worker_is_not_charged_for_costs_nothing() -> None:
    budget = Budget(LIMITS)
    student = transport(budget, Worker([]))
    student.call(CallRequest("f"))
    assert budget.spent == 0.0
    assert budget.waited > 0.0


def test_a_worker_without_a_core_is_not_measured() -> None:
    ended = ending(transport(Budget(LIMITS), Worker([], starved=True)))
    assert type(ended) is NotMeasured
    assert ended.verdict is Verdict.NOT_MEASURED
    assert not ended.verdict.meaning.costs_nothing
    assert str(ended) == (
        "the machine was too busy: loading got 0.25 s of computing in 100 s, too little to know "
        "(one call may take 2 s of computing or waiting)"
    )


def test_all_calls_of_a_test_together_have_a_backstop_on_the_wall() -> None:
    budget, worker = Budget(LIMITS), Worker([])
    budget.start_test()
    student = transport(budget, worker)
    student.call(CallRequest("f"))
    assert worker.most[-1] == backstop(LIMITS.call_seconds)
    budget.waited += backstop(LIMITS.test_seconds) - 1.0
    student.call(CallRequest("f"))
    assert worker.most[-1] == pytest.approx(1.0, abs=0.9)
    budget.waited += 1.0
    assert type(ending(student)) is NotMeasured
    budget.start_test()
    assert budget.next_call().most == backstop(LIMITS.call_seconds)


def test_a_used_up_limit_goes_before_a_busy_machine() -> None:
    budget = Budget(LIMITS)
    budget.spent, budget.waited = 100.0, 1e6
    assert isinstance(ending(transport(budget, Worker([]), Worker([]))), TimedOut)


def test_what_the_judge_is_asked_in_a_call_counts_into_its_time() -> None:
    budget = Budget(LIMITS)
    budget.start_call()
    budget.spent += 0.75 * LIMITS.call_seconds
    assert budget.next_call().seconds == pytest.approx(0.25 * LIMITS.call_seconds)
    budget.start_call()
    assert budget.next_call().seconds == pytest.approx(LIMITS.call_seconds)
