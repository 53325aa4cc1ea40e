"""Pairs: two workers are asked the same fresh question one after the other, which of them first is drawn each time.

A third one, which does nothing, is asked as well: its time is that of the wire, under the same load as theirs.
"""

import time
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from grader.judge.timing.clock import Meter

Arguments = tuple[Any, ...]
Inputs = Callable[[int], Arguments]
"""Returns the arguments of a round by its number; no two rounds have the same."""

SMALLEST = 1e-9  # seconds: what remains of a call that cost less than the wire alone
WARM_PAIRS = 15
WARM_SECONDS = 2.0


class Runner(Protocol):
    """One function in a worker, and the worker's clock."""

    def run(self, arguments: Arguments) -> Any:
        """Call the function and return its answer."""

    def cpu_seconds(self) -> float:
        """Return the CPU time that the worker has used so far."""


class Pairs:
    """Times one runner against another.

    Parameters
    ----------
    runner, reference : Runner
    inputs : callable
    check : callable
        Called with the runner's answer and the reference's; raises where they differ.
    rng : numpy.random.Generator
        The judge's own: nobody knows who is asked first.
    wire : float
        Seconds of every round that go into receiving arguments and sending results; taken off both sides.
    still : Runner, optional
        Does nothing but that: the median of its rounds is the wire's time, in the place of `wire`.
    """

    def __init__(
        self,
        runner: Runner,
        reference: Runner,
        inputs: Inputs,
        check: Callable[[Any, Any], None],
        *,
        rng: np.random.Generator,
        wire: float = 0.0,
        still: Runner | None = None,
    ) -> None:
        self._sides = (runner, reference, still) if still else (runner, reference)
        self._meters = [Meter(side.cpu_seconds) for side in self._sides]
        self._inputs, self._check, self._rng, self._wire = inputs, check, rng, wire
        self._count = self._warm = 0
        self.waited = [0.0] * len(self._sides)  # wall time for each: a guard, never a score

    def warm_up(self) -> None:
        """Run pairs that are checked and not scored, until memory that a call needs lies ready in both workers.

        In the first ten to fifteen calls of a worker the kernel adds pages to its heap, which costs about as much as
        the call itself. A runner that is slow enough for that not to matter is not kept at it.
        """
        until = time.monotonic() + WARM_SECONDS
        while self._warm < WARM_PAIRS and (not self._warm or time.monotonic() < until):
            self._one()
            self._warm += 1

    def run(self, count: int = 1) -> None:
        """Run some more pairs; every answer is checked, after both have been given."""
        for _ in range(count):
            self._one()

    def _one(self) -> None:
        arguments = self._inputs(self._count)
        self._count += 1
        answers: list[Any] = [None] * len(self._sides)
        for side in self._rng.permutation(len(self._sides)):
            self._meters[side].go()
            start = time.monotonic()
            answers[side] = self._sides[side].run(arguments)
            self.waited[side] += time.monotonic() - start
        self._check(*answers[:2])

    def seconds(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the CPU time of every scored round without the wire's: the runner's, and the reference's."""
        mine, theirs, *still = (np.array(meter.charges()[self._warm :]) for meter in self._meters)
        wire = float(np.median(still[0])) if still and len(self) else self._wire
        mine, theirs = mine - wire, theirs - wire
        return np.maximum(mine, SMALLEST), np.maximum(theirs, SMALLEST)

    def ratios(self) -> np.ndarray:
        """Return the runner's time by the reference's, of every pair."""
        mine, theirs = self.seconds()
        ratios: np.ndarray = mine / theirs
        return ratios

    def __len__(self) -> int:
        """How many pairs are scored."""
        return self._count - self._warm
