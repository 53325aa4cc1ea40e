"""CPU time of right answers per call and per test, compared with the limits of their tasks.

CPU time, summed over threads, hardly depends on how busy the machine is. The slowest right answer to a task may use
half of a limit: the other half is for slower machines and for even simpler code.
"""

import time
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from grader.course.registry import Course, Unit
from grader.judge.student import CallRequest, CallResult, Student, Transport
from grader.records import TestRecord
from grader.records.proof import Problem

SOLUTION = "the solution"
SHARE = 0.5  # of a limit


class Cost(Struct, frozen=True):
    """CPU time of one right answer in one test.

    Attributes
    ----------
    unit, task, test : str
    version : str
        The variant's name, or `SOLUTION`.
    call_seconds : float
        CPU time of its most expensive call.
    test_seconds : float
        CPU time of all its calls.
    """

    unit: str
    task: str
    test: str
    version: str
    call_seconds: float
    test_seconds: float


class Costs:
    """Recorder of the CPU time of right answers' calls."""

    def __init__(self) -> None:
        self._calls: list[float] = []
        self.noted: list[Cost] = []

    def measured(self, student: "Student") -> "Student":
        """Measure a student's calls from now on."""
        student._transport = _Measured(student._transport, self._calls)
        return student

    def test_ended(self, test: TestRecord, version: str) -> None:
        """Record a test's calls under the version that made them; without a version, discard them."""
        if self._calls and version:
            cost = Cost(test.unit, test.task, test.test, version, max(self._calls), sum(self._calls))
            self.noted.append(cost)
        self._calls.clear()


class _Measured:
    """A transport that records the CPU time of each call."""

    def __init__(self, inner: "Transport", calls: list[float]) -> None:
        self._inner, self._calls = inner, calls

    def call(self, request: "CallRequest") -> "CallResult":
        """Call a function and record its CPU time, whatever the outcome."""
        start = time.process_time()
        try:
            return self._inner.call(request)
        finally:
            self._calls.append(time.process_time() - start)

    def attribute(self, name: str) -> Any:
        """Return a module-level value."""
        return self._inner.attribute(name)


class Slowest(Struct, frozen=True):
    """Slowest right answers of a unit, and its limits.

    Attributes
    ----------
    call, test : Cost
        The call and the test that use the largest share of their task's limit.
    call_limit, test_limit : float
        Those limits.
    submission_seconds : float
        CPU time of a whole submission made of the slowest right answer in each test.
    submission_limit : float
    """

    call: Cost
    call_limit: float
    test: Cost
    test_limit: float
    submission_seconds: float
    submission_limit: float


def slowest(course: Course, unit: Unit, noted: Iterable[Cost]) -> Slowest | None:
    """Return the costs nearest to a unit's limits; None if nothing was measured."""
    costs = [cost for cost in noted if cost.unit == unit.name]
    if not costs:
        return None
    call = max(costs, key=lambda cost: cost.call_seconds / course.limits_of(unit.name, cost.task).call_seconds)
    test = max(costs, key=lambda cost: cost.test_seconds / course.limits_of(unit.name, cost.task).test_seconds)
    return Slowest(
        call,
        course.limits_of(unit.name, call.task).call_seconds,
        test,
        course.limits_of(unit.name, test.task).test_seconds,
        sum(_dearest_tests(costs).values()),
        course.limits_of(unit.name).submission_seconds,
    )


def _dearest_tests(costs: Iterable[Cost]) -> dict[str, float]:
    dearest: dict[str, float] = {}
    for cost in costs:
        dearest[cost.test] = max(dearest.get(cost.test, 0.0), cost.test_seconds)
    return dearest


def cost_problems(course: Course, unit: Unit, noted: Iterable[Cost]) -> Iterator[Problem]:
    """Yield, task by task, the right answers that use more than half of a limit."""
    costs = [cost for cost in noted if cost.unit == unit.name]
    for task in unit.tasks:
        task_costs = [cost for cost in costs if cost.task == task.name]
        limits = course.limits_of(unit.name, task.name)
        where = f"{unit.name}.{task.name}"
        if task_costs:
            call, test = (
                max(task_costs, key=lambda cost: getattr(cost, name)) for name in ("call_seconds", "test_seconds")
            )
            if call.call_seconds > SHARE * limits.call_seconds:
                yield Problem(
                    where, _too_slow(call, "one call", call.call_seconds, "call_seconds", limits.call_seconds)
                )
            if test.test_seconds > SHARE * limits.test_seconds:
                yield Problem(where, _too_slow(test, "it", test.test_seconds, "test_seconds", limits.test_seconds))
    whole, limit = sum(_dearest_tests(costs).values()), course.limits_of(unit.name).submission_seconds
    if whole > SHARE * limit:
        sentence = f"the slowest right answers to all tasks use {whole:.1f} s of CPU time, more than half of"
        yield Problem(
            unit.name, f"{sentence} submission_seconds = {limit:g}: make the tests smaller, or raise the limit"
        )


def _too_slow(cost: Cost, what: str, seconds: float, name: str, limit: float) -> str:
    sentence = (
        f"{cost.test}: {what} of {cost.version} uses {seconds:.1f} s of CPU time, more than half of {name} = {limit:g}"
    )
    return f"{sentence.replace('it of ', '')}: make the test smaller, or give the task a higher limit in unit.toml"
