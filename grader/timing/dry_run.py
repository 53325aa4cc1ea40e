"""Dry run of a race: compare the answers on two inputs with torch's, and time nothing.

Every race starts with one. Without isolation or a quiet machine (stubs, solutions, misconceptions and mutants in
this process, plain pytest), the dry run is all.
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
    """Collect, in the returned list, how answers are compared in every race that starts in this process meanwhile."""
    seen: list[Comparison] = []
    _noted.append(seen)
    try:
        yield seen
    finally:
        _noted.remove(seen)


def note(test: str, dtype: str, workload: Workload, compare: Compare) -> None:
    """Record how the answers of a race are compared, in every open list of `noting_comparisons`."""
    for seen in _noted:
        seen.append(Comparison(test, dtype, workload, compare))


def dry_run(workload: Workload, student: Function, reference: Function, compare: Compare) -> None:
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
    """Return the reference as a function in this process."""

    return lambda arguments: workload.ask("reference", *arguments)
