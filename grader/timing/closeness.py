"""Comparison of answers in a race: tolerances, and the dry run on two inputs that every race starts with.

Tolerances are relative to each number, plus a share of the typical size of the numbers in its tensor.

An absolute tolerance is meaningless for a tensor whose numbers are smaller than it: zeros would pass. So it is a
share of the median magnitude of the reference's nonzero numbers. Hard cases, such as a row at 10,000 among others at 1,
do not move a median.

A dry run times nothing. Without isolation or a quiet machine (stubs, solutions, misconceptions and mutants in this
process, plain pytest), nothing else is done.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from msgspec import Struct

from grader.judge.comparison import check
from grader.judge.describe import is_array
from grader.timing.pairs import Arguments
from grader.timing.workload import Workload

SAMPLE = 10_000  # evenly spaced numbers from which the median is taken

Compare = Callable[[Any, Any], None]
"""Raises the outcome of a failed test unless the student's answer matches the reference's."""


class Closeness(Struct, frozen=True):
    """Tolerances for ``|answer - expected| <= rtol * |expected| + max(atol, share * typical(expected))``.

    Attributes
    ----------
    rtol : float, or dict of str to float
        By name of the answer's parts, if they differ.
    atol : float
    share : float
        Relative to the typical size of the reference tensor's numbers. It does not apply to a tensor with one number.
    half : pair of float or None
        `rtol` and `share` in bfloat16, if not the usual ones.
    """

    rtol: float | dict[str, float] = 0.0
    atol: float = 0.0
    share: float = 0.0
    half: tuple[float, float] | None = None

    def factor(self, name: str) -> float:
        """Return the relative tolerance of a part of the answer; 0 for parts without one."""
        return self.rtol.get(name, 0.0) if isinstance(self.rtol, Mapping) else self.rtol

    def in_dtype(self, dtype: str) -> "Closeness":
        """Return the tolerances for a dtype: these in float32, wider ones for fewer bits."""
        if dtype == "bfloat16" and self.half:
            return Closeness(self.half[0], share=self.half[1])
        return BY_DTYPE.get(dtype, self)

    def scaled(self, by: float) -> "Closeness":
        """Return these tolerances, each multiplied by a number."""
        rtol = self.rtol
        scaled = {name: by * value for name, value in rtol.items()} if isinstance(rtol, dict) else by * rtol
        return Closeness(scaled, by * self.atol, by * self.share)

    def absolute(self, reference: Any) -> float:
        """Return the absolute tolerance for one tensor of the reference's."""
        if not self.share or reference.numel() < 2:
            return self.atol
        return max(self.atol, self.share * typical(reference))


USUAL = Closeness(1e-3, share=1e-3)  # for `grade bench`: a tenth of the error of arithmetic with half the bits
# bfloat16 has 8 bits of precision: one rounding error is up to 0.2 %. The exponential of a rounded difference of 8 to
# 16 is off by 3 %. float16 has 11 bits, hence about an eighth of that.
BY_DTYPE = {"bfloat16": Closeness(3e-2, share=1.5e-2), "float16": Closeness(5e-3, share=2e-3)}


class CloseTo(Struct, frozen=True):
    """Comparison of a student's answer with the reference's, part by part.

    Attributes
    ----------
    closeness : Closeness
    names : tuple of str
        Names of the parts of the answer, if it has several.
    """

    closeness: Closeness
    names: tuple[str, ...] = ()

    def __call__(self, answer: Any, expected: Any) -> None:
        """Fail the test unless the answer is close.

        Raises
        ------
        CheckFailed
            With the answer, the expected answer and their difference.
        """
        for name, part, expected_part in self.parts(answer, expected):
            self._hold(name, part, expected_part, self.closeness.factor(name))

    def parts(self, answer: Any, expected: Any) -> Iterator[tuple[str, Any, Any]]:
        """Yield name, answer and reference of each part; a single one if the answer has no named parts."""
        if type(answer) is type(expected) is tuple and len(answer) == len(expected) == len(self.names):
            yield from zip(self.names, answer, expected, strict=True)
        else:
            yield "the result", answer, expected

    def _hold(self, name: str, answer: Any, expected: Any, rtol: float) -> None:
        if isinstance(expected, list | tuple) and isinstance(answer, list | tuple) and len(answer) == len(expected):
            for index, (item, expected_item) in enumerate(zip(answer, expected, strict=True)):
                self._hold(f"{name}[{index}]", item, expected_item, rtol)
        else:
            absolute = self.closeness.absolute(expected) if is_array(expected) else self.closeness.atol
            check(answer, name).equals(expected, rtol=rtol, atol=absolute)


def typical(tensor: Any) -> float:
    """Return the median magnitude of a tensor's numbers that are finite and not zero; 0 if there are none."""
    numbers = tensor.detach().reshape(-1)
    # An odd stride: an even one would take the same few columns of every row.
    numbers = numbers[:: max(1, len(numbers) // SAMPLE) | 1].float().abs()
    numbers = numbers[(numbers > 0) & numbers.isfinite()]
    return float(numbers.median()) if len(numbers) else 0.0


INPUTS = 2

Function = Callable[[Arguments], Any]


class Comparison(NamedTuple):
    """Comparison of the answers of a race.

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
