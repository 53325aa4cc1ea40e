"""A rehearsal: the answers on two inputs are compared with torch's, and nothing is timed.

Every race begins with one. Where there are no walls or no quiet (stubs, solutions, misconceptions and mutants in this
process, plain pytest), it is all there is.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from grader.timing.closeness import Compare
from grader.timing.pairs import Arguments
from grader.timing.workload import Workload

INPUTS = 2

Function = Callable[[Arguments], Any]


class Comparison(NamedTuple):
    """How the answers of a race are compared.

    Attributes
    ----------
    test, dtype : str
    workload : Workload
    compare : callable
    """

    test: str
    dtype: str
    workload: Workload
    compare: Compare


_noted: list[list[Comparison]] = []


@contextlib.contextmanager
def noting_comparisons() -> Iterator[list[Comparison]]:
    """Give a list that gets how the answers of every race are compared that begins meanwhile in this process."""
    seen: list[Comparison] = []
    _noted.append(seen)
    try:
        yield seen
    finally:
        _noted.remove(seen)


def note(test: str, dtype: str, workload: Workload, compare: Compare) -> None:
    """Say how the answers of a race are compared, to whoever listens."""
    for seen in _noted:
        seen.append(Comparison(test, dtype, workload, compare))


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
