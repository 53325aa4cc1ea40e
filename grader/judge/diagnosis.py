"""Search for the misconception behind a task's failing tests.

It is named if it explains all of them: it gives the same answers and fails in the same way, and it does not fail over a
value where the student's code passes. Its own answers do not depend on the student, so they are asked for test by test,
the cheapest first, and most are known before anything is run.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from grader.judge.items import TestInfo
from grader.judge.student import Call
from grader.judge.summaries import as_numpy, summary
from grader.judge.traces import PASSED, Trace, agreement
from grader.worker.aliasing import arrays_in

SLIPS = {("AttributeError",), ("NameError",), ("TypeError",), ("UnboundLocalError",)}

Name = TypeVar("Name")
Answers = Callable[[Name, TestInfo, Trace | None], Trace]
"""Returns a misconception's trace of a test: the known one, or that of a run, which a student's trace breaks off."""


class Observed(NamedTuple):
    """A test of a task, as a student's code has ended it.

    Attributes
    ----------
    test : TestInfo
    trace : Trace
        Without answers if it has passed.
    cost : float
        What a run of it costs, in any unit.
    is_telling : bool
        Whether its failure can tell one misconception from another.
    """

    test: TestInfo
    trace: Trace
    cost: float = 0.0
    is_telling: bool = True


def explanations(tests: Sequence[Observed], candidates: Sequence[Name], answers: Answers[Name]) -> list[Name]:
    """Return the misconceptions that explain everything that a student's code does in a task's tests.

    Parameters
    ----------
    tests : sequence of Observed
        All tests of the task that have been run.
    candidates : sequence of object
        Misconceptions of the task.
    answers : callable
        Returns a misconception's trace of a test.

    Returns
    -------
    list of object
        Some of the candidates; none if there is no evidence: no failure that tells one misconception from another, and
        no other test that has passed.
    """
    failed = sorted((test for test in tests if test.trace.has_failed), key=lambda test: test.cost)
    passed = sorted((test for test in tests if test.trace.ending == PASSED), key=lambda test: test.cost)
    left = list(candidates) if passed or any(test.is_telling for test in failed) else []
    for test in failed:
        left = [name for name in left if _fails_alike(answers(name, test.test, test.trace), test.trace)]
    for test in passed:
        left = [name for name in left if not answers(name, test.test, None).has_wrong_values]
    return left


def _fails_alike(known: Trace, student: Trace) -> bool:
    return bool(agreement(known, student))


def is_telling(call: Call | None) -> bool:
    """Return whether a failure after this call can tell one misconception from another.

    A slip's exception cannot, nor can an empty, an all-zero or a one-element case, unless the answer has a number of
    its own: many mistakes answer alike there.
    """
    if call is None or call.raised[:1] in SLIPS:
        return False
    arrays = [as_numpy(array) for array in arrays_in((call.args, call.kwargs))]
    sizes = [array.size for array in arrays]
    if not arrays or (min(sizes) > 0 and max(sizes) > 1 and any(array.any() for array in arrays)):
        return True
    return (
        not call.raised
        and max(sizes) <= 1
        and _has_number_of_its_own(call.answer, [float(array.item()) for array in arrays if array.size])
    )


def _has_number_of_its_own(answer: object, inputs: Sequence[float]) -> bool:
    """Return whether an answer has a number that is neither an input nor 0 or 1, whatever the signs."""
    known = [0.0, 1.0, *map(abs, inputs)]
    numbers = [abs(float(value)) for leaf in summary(answer) for value in leaf.values()]
    return any(math.isfinite(value) and not any(math.isclose(value, number) for number in known) for value in numbers)
