"""Costs of right answers: the slowest of a task may use half of each limit, and no more."""

import time

import pytest
from msgspec.structs import replace

from grader.course.model import LimitChanges
from grader.judge.student import CallRequest
from grader.proof.costs import SOLUTION, Cost, Costs, cost_problems, slowest


class Spinning:
    """A transport whose calls need some CPU time, and some that they only wait."""

    def call(self, request):
        end = time.process_time() + 0.02
        while time.process_time() < end:
            pass
        time.sleep(0.05)
        return request.function

    def attribute(self, name):
        return name


class Student:
    _transport = Spinning()


class Record:
    unit, task, test = "lines", "slope", "line.test_slope"


def test_computing_counts_call_by_call_and_waiting_does_not():
    costs = Costs()
    student = costs.measured(Student())
    for _ in range(3):
        assert student._transport.call(CallRequest("slope")) == "slope"
    costs.test_ended(Record, SOLUTION)
    (cost,) = costs.noted
    assert 0.02 <= cost.call_seconds < 0.045
    assert cost.test_seconds == pytest.approx(3 * cost.call_seconds, rel=0.9)
    costs.test_ended(Record, "another")
    assert len(costs.noted) == 1


def cost(call=0.1, test=0.2, *, task="slope", name="line.test_slope", version=SOLUTION):
    return Cost("lines", task, name, version, call, test)


def problems_of(course, *costs):
    return [problem.what for problem in cost_problems(course, course.unit("lines"), costs)]


def test_half_of_every_limit_may_be_used(course):
    assert problems_of(course, cost(0.5, 2.5), cost(0.4, 2.4, version="slope__by_loop")) == []


def test_more_than_half_of_a_call_is_a_problem_that_says_who_needs_how_much(course):
    (what,) = problems_of(course, cost(), cost(0.7, version="slope__by_loop"))
    expected = "line.test_slope: one call of slope__by_loop uses 0.7 s of CPU time, more than half of call_seconds = 1"
    assert what == f"{expected}: make the test smaller, or give the task a higher limit in unit.toml"


def test_more_than_half_of_a_test_is_a_problem(course):
    (what,) = problems_of(course, cost(0.1, 2.8, version="slope__by_loop"))
    assert what.startswith("line.test_slope: slope__by_loop uses 2.8 s of CPU time, more than half of test_seconds = 5")


def test_a_task_has_its_own_limits(course):
    unit = course.unit("lines")
    tasks = [replace(task, limits=LimitChanges(call_seconds=10)) for task in unit.tasks]
    generous = replace(course, units=(replace(unit, tasks=tuple(tasks)),))
    assert problems_of(generous, cost(0.7)) == []


def test_the_slowest_answers_to_all_tasks_count_together(course):
    costs = [cost(0.1, 2.4, task=task, name=f"{task}.{n}") for task in ("slope", "residuals") for n in range(4)]
    (what,) = problems_of(course, *costs, cost(0.1, 0.1, name="slope.0"))
    assert what.startswith("the slowest right answers to all tasks use 19.2 s of CPU time, more than half of")


def test_the_table_has_what_is_nearest_to_its_limit(course):
    slowest_costs = slowest(course, course.unit("lines"), [cost(0.1, 0.5), cost(0.3, 0.3, name="line.test_other")])
    assert (slowest_costs.call.test, slowest_costs.call_limit) == ("line.test_other", 1.0)
    assert (slowest_costs.test.test, slowest_costs.test_limit) == ("line.test_slope", 5.0)
    assert (slowest_costs.submission_seconds, slowest_costs.submission_limit) == (0.8, 30.0)
    assert slowest(course, course.unit("counts"), [cost()]) is None


def test_a_proof_has_the_costs_of_variants_and_solutions(prepared):
    lines = prepared.proof.slowest["lines"]
    assert lines.call_limit == 1.0
    assert lines.test.version == SOLUTION or lines.test.version.startswith(lines.test.task)
    # Where the kernel counts CPU time in ticks, calls this short cost nothing.
    assert 0 <= lines.submission_seconds < 15
    assert prepared.proof.cpu_seconds.keys() >= {"solutions", "variants", "answers without work"}
