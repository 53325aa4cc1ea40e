"""How close the answers of a race must be: by a factor, and beside it by a share of what is typical of their tensor.

An absolute tolerance says nothing of a tensor whose numbers are smaller than it is: zeros would do. So the room beside
the factor is a share of the median size of the reference's numbers, zeros left out. Hard cases, a row at 10,000 among
others at 1, do not move a median.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from grader.judge.comparison import check
from grader.judge.describe import is_array

SAMPLE = 10_000  # numbers, evenly spaced, of which the median is taken

Compare = Callable[[Any, Any], None]
"""Fails the test, by an ending, unless the student's answer will do beside the reference's."""


class Closeness(Struct, frozen=True):
    """When two answers are close: ``|mine - theirs| <= rtol * |theirs| + max(atol, share * typical(theirs))``.

    Attributes
    ----------
    rtol : float, or dict of str to float
        By the names of the answer's parts, where they are held to different ones.
    atol : float
    share : float
        Of what is typical of the reference's tensor. A tensor with one number is held to the others alone.
    half : pair of float or None
        `rtol` and `share` in bfloat16, where they are not the usual ones.
    """

    rtol: float | dict[str, float] = 0.0
    atol: float = 0.0
    share: float = 0.0
    half: tuple[float, float] | None = None

    def factor(self, name: str) -> float:
        """Return the relative tolerance of a part of the answer; one that is not listed must be equal."""
        return self.rtol.get(name, 0.0) if isinstance(self.rtol, Mapping) else self.rtol

    def in_dtype(self, dtype: str) -> "Closeness":
        """Return what holds in a dtype: this in float32, and less in fewer bits."""
        if dtype == "bfloat16" and self.half:
            return Closeness(self.half[0], share=self.half[1])
        return BY_DTYPE.get(dtype, self)

    def room(self, reference: Any) -> float:
        """Return the absolute tolerance beside one tensor of the reference's."""
        if not self.share or reference.numel() < 2:
            return self.atol
        return max(self.atol, self.share * typical(reference))


USUAL = Closeness(
    1e-3, share=1e-3
)  # what `grade bench` compares by: a tenth of what arithmetic of half the bits misses
# bfloat16 keeps 8 bits: one rounding is off by 0.2 %. An exponential of a rounded difference of 8 to 16 is off by 3 %.
BY_DTYPE = {"bfloat16": Closeness(3e-2, share=1.5e-2), "float16": Closeness(5e-3, share=2e-3)}


class CloseTo(Struct, frozen=True):
    """Compares a student's answer with the reference's, part by part.

    Attributes
    ----------
    closeness : Closeness
    names : tuple of str
        What the parts of the answer are called, where it has several.
    """

    closeness: Closeness
    names: tuple[str, ...] = ()

    def __call__(self, answer: Any, expected: Any) -> None:
        """Fail the test unless the answer is close.

        Raises
        ------
        CheckFailed
            With what was obtained, what was expected and how far apart they are.
        """
        for name, mine, theirs in self.parts(answer, expected):
            self._hold(name, mine, theirs, self.closeness.factor(name))

    def parts(self, answer: Any, expected: Any) -> Iterator[tuple[str, Any, Any]]:
        """Yield name, answer and reference of each part; one where the answer has no parts that have names."""
        if type(answer) is type(expected) is tuple and len(answer) == len(expected) == len(self.names):
            yield from zip(self.names, answer, expected, strict=True)
        else:
            yield "the result", answer, expected

    def _hold(self, name: str, mine: Any, theirs: Any, rtol: float) -> None:
        if isinstance(theirs, list | tuple) and isinstance(mine, list | tuple) and len(mine) == len(theirs):
            for index, (one, other) in enumerate(zip(mine, theirs, strict=True)):
                self._hold(f"{name}[{index}]", one, other, rtol)
        else:
            room = self.closeness.room(theirs) if is_array(theirs) else self.closeness.atol
            check(mine, name).equals(theirs, rtol=rtol, atol=room)


def typical(tensor: Any) -> float:
    """Return the median size of a tensor's numbers, zeros and what is not finite left out; 0 where none are left."""
    numbers = tensor.detach().reshape(-1)
    numbers = numbers[:: max(1, len(numbers) // SAMPLE) | 1].float().abs()
    numbers = numbers[(numbers > 0) & numbers.isfinite()]
    return float(numbers.median()) if len(numbers) else 0.0
