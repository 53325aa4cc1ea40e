"""The clock from outside: what a worker's CPU did from one go to the next, as the kernel tells it to others."""

from collections.abc import Callable
from itertools import pairwise


class Meter:
    """Charges CPU time to rounds; a round lasts from its go to the next, so that work done after the answer counts.

    Parameters
    ----------
    read : callable
        Returns the worker's CPU time so far, in seconds.
    """

    def __init__(self, read: Callable[[], float]) -> None:
        self._read = read
        self._marks: list[float] = []

    def go(self) -> None:
        """Begin a round: call this right before the worker is asked."""
        self._marks.append(self._read())

    def charges(self) -> list[float]:
        """Return the seconds of every round; the last one as far as it has come."""
        return [end - begin for begin, end in pairwise([*self._marks, self._read()])]

    def total(self) -> float:
        """Return the seconds of all rounds together, up to the last go."""
        return self._marks[-1] - self._marks[0] if self._marks else 0.0
