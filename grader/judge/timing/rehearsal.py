"""A rehearsal: the answers on two inputs are compared with torch's, and nothing is timed.

Every race begins with one. Where there are no walls or no quiet (stubs, solutions, misconceptions and mutants in this
process, plain pytest), it is all there is.
"""

from collections.abc import Callable
from typing import Any

from grader.judge.comparison import check
from grader.judge.timing.pairs import Arguments
from grader.judge.timing.workload import Workload

INPUTS = 2

Function = Callable[[Arguments], Any]
Compare = Callable[[Any, Any], None]
"""Fails the test, by an ending, unless the student's answer will do beside the reference's."""


def close_to(rtol: float | None, atol: float | None, names: tuple[str, ...] = ()) -> Compare:
    """Return a function that fails the test unless an answer is close to the reference's.

    Parameters
    ----------
    rtol, atol : float or None
        None for what the dtype allows.
    names : tuple of str
        What the parts of the answer are called, where it has several.
    """

    def compare(answer: Any, expected: Any) -> None:
        if type(answer) is type(expected) is tuple and len(answer) == len(expected) == len(names):
            for name, mine, theirs in zip(names, answer, expected, strict=True):
                check(mine, name).equals(theirs, rtol=rtol, atol=atol)
        else:
            check(answer).equals(expected, rtol=rtol, atol=atol)

    return compare


def rehearse(workload: Workload, student: Function, reference: Function, compare: Compare) -> None:
    """Compare the answers on two inputs.

    Parameters
    ----------
    workload : Workload
    student, reference : callable
        Take one tuple of arguments.
    compare : callable
    """
    for number in range(INPUTS):
        arguments = workload.inputs(number)
        compare(student(arguments), reference(arguments))


def here(workload: Workload) -> Function:
    """Return the reference as a function of this process."""

    return lambda arguments: workload.ask("reference", *arguments)
