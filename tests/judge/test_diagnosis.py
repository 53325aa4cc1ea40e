"""Requires: a misconception is named only if it explains all failures of a task, and no other one does.

Catches: the general mistake named for one of its cases; a name on the evidence of an empty batch, beside a stronger
finding, or where a required task has failed; names that depend on what another student has answered before.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from grader.course.model import Task, Unit
from grader.judge.diagnosis import Observed, explanations, is_telling
from grader.judge.item_run import record_of
from grader.judge.items import TestInfo
from grader.judge.local import LocalTransport
from grader.judge.naming import Observations
from grader.judge.outcomes import CheckFailed, OutcomeException, StudentRaised, WrongValue
from grader.judge.student import HEAD, TAIL, Call, Student
from grader.judge.summaries import alike, summary
from grader.judge.traces import BROKEN_OFF, PASSED, Answer, Trace, agreement, answer_of, ending_of, shortened
from grader.judge.wrong_answers import Comparing, WrongAnswers

Function = Callable[[np.ndarray], Any]


class Wrong(NamedTuple):
    """A misconception of the task `double`."""

    function: Function
    text: str = ""
    task: str = "double"


def info(name: str, *, task: str = "double", hidden: bool = True) -> TestInfo:
    return TestInfo(Path(), "toy", "first", task, name, 1.0, hidden)


X = np.array([[1.0, 2.0], [3.0, 4.0], [-1.0, 0.5]])
CASES = {info("test_values"): X, info("test_row"): X[:1], info("test_empty"): X[:0], info("test_one"): X[:1, :1]}


def traced(function: Function, test: TestInfo, student: Trace | None = None) -> Trace:
    """Return the trace of a test that calls a function once and compares its answer with the double."""
    comparing = Comparing(LocalTransport({"double": function}.__getitem__, wrap=True), "double", None, student)
    outcome: OutcomeException | None = None
    code = Student(comparing, {})
    try:
        answer = code.double(CASES[test])
        if not np.array_equal(answer, 2 * CASES[test]):
            outcome = WrongValue("the result is wrong")
    except OutcomeException as ended:
        outcome = ended
    return comparing.trace(shortened([answer_of(call, None) for call in code._calls], ending_of(outcome)))


def found(student: Function, wrong: Sequence[Wrong], tests: Sequence[TestInfo] = tuple(CASES)) -> list[Wrong]:
    observed = []
    for test in tests:
        call = Call("double", (CASES[test],), {})
        observed.append(observed_of(test, traced(student, test), is_telling=is_telling(call)))
    answers = WrongAnswers({}, lambda one, test, trace: traced(one.function, test, trace))
    return explanations(observed, wrong, answers)


def observed_of(test: TestInfo, trace: Trace, *, is_telling: bool = True) -> Observed:
    return Observed(test, trace, is_telling=is_telling)


THRICE = Wrong(lambda x: 3 * x, "It triples.")
SQUARED = Wrong(lambda x: x * x, "It is the square.")
THRICE_IN_A_BATCH = Wrong(lambda x: 3 * x if len(x) > 1 else 2 * x, "It triples more than one row.")
RAISES = Wrong(lambda x: [][len(x)], "It looks into an empty list.")
ALL = (THRICE, SQUARED, THRICE_IN_A_BATCH, RAISES)


@pytest.mark.parametrize("wrong", [THRICE, SQUARED, THRICE_IN_A_BATCH])
def test_the_one_that_explains_all_is_found_also_beside_a_more_general_one(wrong: Wrong) -> None:
    assert found(wrong.function, ALL) == [wrong]


def test_a_mistake_of_another_kind_has_no_name() -> None:
    assert found(lambda x: 3 * x if len(x) == 1 else 2 * x, ALL) == []
    assert found(lambda x: 4 * x, ALL) == []


def test_two_that_explain_everything_are_both_found() -> None:
    other = Wrong(lambda x: x + x + x, "It adds three times.")
    assert found(lambda x: 3 * x, (*ALL, other)) == [THRICE, other]


def test_an_exception_an_empty_batch_or_one_number_is_no_evidence() -> None:
    assert found(RAISES.function, ALL, [info("test_one"), info("test_empty")]) == []
    assert found(THRICE.function, ALL, [info("test_one")]) == []
    assert found(THRICE.function, ALL, [info("test_one"), info("test_row")]) == [THRICE]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (Call("f", (X,), {}), True),
        (Call("f", (0.5, "text"), {}), True),
        (Call("f", (), {"x": X[:0]}), False),
        (Call("f", (X, X[:0]), {}), False),
        (Call("f", (0 * X,), {}), False),
        (Call("f", (X[:1, :1], np.ones(1)), {}), False),
        (Call("f", (X[:1, :1], np.ones(1)), {}, answer=np.array([-1.0])), False),
        (Call("f", (np.array([0.3]), np.array([0.7])), {}, answer=np.array([0.21])), True),
        (Call("f", (X,), {}, raised=("TypeError",)), False),
        (Call("f", (X,), {}, raised=("ValueError",)), True),
        (Call("f", (X[:0],), {}, raised=("ValueError",)), False),
        (None, False),
    ],
)
def test_what_a_failing_call_tells(call: Call | None, *, expected: bool) -> None:
    assert is_telling(call) is expected


def test_a_stronger_finding_beside_a_wrong_value_has_no_name() -> None:
    tests = list(CASES)
    values = [observed_of(test, traced(THRICE.function, test)) for test in tests[:2]]
    stronger = ending_of(CheckFailed("double changes its argument x in place"))
    beside = observed_of(tests[3], Trace(traced(THRICE.function, tests[3]).answers, 1, stronger))
    answers = WrongAnswers({}, lambda one, test, trace: traced(one.function, test, trace))
    assert explanations(values, [THRICE], answers) == [THRICE]
    assert explanations([*values, beside], [THRICE], answers) == []


def test_a_misconception_is_run_only_where_what_is_known_cannot_decide() -> None:
    ran: list[tuple[Wrong, str]] = []

    def run(wrong: Wrong, test: TestInfo, student: Trace | None) -> Trace:
        ran.append((wrong, test.test))
        return traced(wrong.function, test, student)

    known: dict[tuple[Wrong, TestInfo], Trace] = {}
    test = info("test_values")
    for student, runs in ((SQUARED, 2), (THRICE, 1), (SQUARED, 0), (THRICE, 0)):
        ran.clear()
        observed = [observed_of(test, traced(student.function, test))]
        assert explanations(observed, [THRICE, SQUARED], WrongAnswers(known, run)) == [student]
        assert len(ran) == runs
    assert explanations([observed_of(test, traced(THRICE.function, test))], [THRICE], WrongAnswers({}, run, 0)) == []


def test_the_traces_of_long_tests_are_short_and_still_compared_at_both_ends() -> None:
    answers = [Answer(summary(float(number))) for number in range(100)]
    whole = shortened(answers, "wrong")
    assert (len(whole.answers), whole.count) == (HEAD + TAIL, 100)
    assert agreement(whole, whole) is True
    assert agreement(shortened(answers[:-1], "wrong"), whole) is False
    assert agreement(shortened([*answers[:-1], answers[0]], "wrong"), whole) is False
    assert agreement(shortened(answers, "wrong too"), whole) is False
    assert agreement(Trace(tuple(answers[:2]), 2, BROKEN_OFF), whole) is None
    assert agreement(Trace((answers[0], answers[5]), 2, BROKEN_OFF), whole) is False


LARGE = np.random.default_rng(0).standard_normal((20, 30))


def changed(array: np.ndarray, place: tuple[int, ...], by: float) -> np.ndarray:
    array = array.copy()
    array[place] += by
    return array


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (LARGE, LARGE * (1 + 1e-8), True),
        (LARGE, changed(LARGE, (3, 7), 1e-2), False),
        (LARGE, LARGE[::-1], False),
        (LARGE, LARGE.astype(np.float32), False),
        (LARGE.astype(np.float32), LARGE.astype(np.float32) * np.float32(1 + 2e-6), True),
        (LARGE, LARGE.reshape(30, 20), False),
        (changed(LARGE, (0, 0), np.nan), LARGE, False),
        ((X, 1), [X, np.int64(1)], True),
        ({"w": X}, {"b": X}, False),
        ("text", "texts", False),
        (True, 1, False),
        (np.inf, np.inf, True),
        (np.nan, np.nan, True),
        (np.array([-np.inf, -np.inf]), np.array([-np.inf, -40.0]), False),
        (np.array([-np.inf, -40.0]), np.array([-np.inf, -np.inf]), False),
        (1.0, 1.0001, False),
        (10**30, 10**30, True),
        ([0.1, 0.2], [0.1, 0.3], False),
    ],
)
def test_answers_have_like_summaries_if_they_are_close(one: object, other: object, *, expected: bool) -> None:
    assert alike(summary(one), summary(other)) is expected


def test_an_ending_does_not_depend_on_the_numbers_in_its_message() -> None:
    assert ending_of(None) == PASSED
    assert ending_of(WrongValue("loss 0.51 after 3 steps")) == ending_of(WrongValue("loss 1e-3 after 20 steps"))
    assert ending_of(WrongValue("dx is wrong")) != ending_of(WrongValue("dw is wrong"))
    assert ending_of(WrongValue("dx is wrong")) != ending_of(CheckFailed("dx is wrong"))
    assert ending_of(StudentRaised(("KeyError",), "1", function="f")) == ending_of(
        StudentRaised(("KeyError",), "two", function="g")
    )


class FakeRun:
    """An ended test, as far as observations read it."""

    def __init__(self, test: TestInfo, trace: Trace) -> None:
        self.info, self._trace = test, trace

    def observed(self, cost: float) -> Observed:
        return observed_of(self.info, self._trace)


def names_of(failing: Mapping[TestInfo, Trace], unit: Unit) -> dict[str, str]:
    seen = Observations(unit)
    for test, trace in failing.items():
        outcome = None if trace.ending == PASSED else WrongValue("the result is wrong")
        seen.take(FakeRun(test, trace), record_of(test, outcome))  # type: ignore[arg-type]
    answers = WrongAnswers({}, lambda one, test, trace: traced(one.function, test, trace))
    return {record.test: record.feedback.likely for record in seen.named([THRICE], answers)}


def test_no_name_is_given_where_a_required_task_fails() -> None:
    def task(name: str, *requires: str) -> Task:
        return Task(name, "first", name, 10, 1, ("", "", ""), requires=requires)

    unit = Unit("toy", "Toy", tasks=(task("low"), task("middle", "low"), task("double", "middle")))
    values, low = info("test_values"), info("test_low", task="low")
    trace = traced(THRICE.function, values)
    assert names_of({low: Trace((), 0, PASSED), values: trace}, unit) == {"first.test_values": "It triples."}
    assert names_of({low: Trace((), 0, "wrong"), values: trace}, unit) == {}
