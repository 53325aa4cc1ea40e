"""Pairs of timed calls: two workers get the same new input one after the other, in random order.

A third worker runs a no-op function: it measures the transfer time under the same load.
"""

import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

import numpy as np

Arguments = tuple[Any, ...]
Inputs = Callable[[int], Arguments]
"""Returns the arguments of a round by its number; they differ between rounds."""

SMALLEST = 1e-9  # seconds: lower bound of a call's time after the transfer time is subtracted
WARM_PAIRS = 8
WARM_SECONDS = 2.0  # CPU time of all sides together


class Times(NamedTuple):
    """Times of some pairs, in seconds.

    Attributes
    ----------
    runner, reference, wire : ndarray of float64, shape (P,)
        Times of the runner and the reference, transfer included, and the transfer time.
    """

    runner: np.ndarray
    reference: np.ndarray
    wire: np.ndarray

    def net(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the runner's times and the reference's, minus the median transfer time."""
        wire = float(np.median(self.wire)) if len(self.wire) else 0.0
        return np.maximum(self.runner - wire, SMALLEST), np.maximum(self.reference - wire, SMALLEST)

    def ratios(self) -> np.ndarray:
        """Return the ratio of the runner's time to the reference's, for every pair."""
        runner, reference = self.net()
        ratios: np.ndarray = runner / reference
        return ratios

    def most_seconds(self) -> float:
        """Return an upper bound of the runner's median time: only the least transfer time is subtracted."""
        return float(np.median(self.runner) - self.wire.min())

    def without_the_last(self) -> "Times":
        """Return all pairs but the last, which only ends the one before it."""
        return Times(*(side[:-1] for side in self))


class Runner(Protocol):
    """A function in a worker, and the worker's clock."""

    def run(self, arguments: Arguments) -> Any:
        """Call the function and return its answer."""

    def cpu_seconds(self) -> float:
        """Return the CPU time of the worker so far."""

    def renew(self) -> None:
        """End the worker; the next call starts another."""


class Pairs:
    """Timed pairs of calls of a runner and a reference.

    Parameters
    ----------
    runner, reference : Runner
    inputs : callable
    check : callable
        Called with the runner's answer and the reference's; raises if they differ.
    rng : numpy.random.Generator
        The judge's own generator, so that the order of calls is unpredictable.
    wire : float
        Transfer time per round, subtracted from both sides.
    still : Runner, optional
        No-op function; the median of its times replaces `wire`.

    Attributes
    ----------
    waited : list of float
        Wall-clock seconds of each side: used as a guard, never as a score.
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
        self._meters = [RoundMeter(side.cpu_seconds) for side in self._sides]
        self._inputs, self._check, self._rng, self._wire = inputs, check, rng, wire
        self._count = self._warm = 0
        self.waited = [0.0] * len(self._sides)

    def warm_up(self) -> None:
        """Run pairs that are checked but not scored, until both workers have the memory that a call needs.

        During a worker's first calls the kernel adds pages to its heap, which costs about as much as the call itself. A
        runner so slow that this does not matter gets fewer warm-up pairs.
        """
        while self._warm < WARM_PAIRS and (not self._warm or self.used() < WARM_SECONDS):
            self._one()
            self._warm += 1

    def run(self, count: int = 1) -> None:
        """Run some more pairs; both answers of a pair are checked after the second call."""
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

    def times(self) -> "Times":
        """Return the times of the scored pairs so far; the last one is still open."""
        runner, reference, *still = (np.array(meter.charges()[self._warm :]) for meter in self._meters)
        return Times(runner, reference, still[0] if still else np.full(len(runner), self._wire))

    def seconds(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the CPU times of all scored pairs without transfer: the runner's, and the reference's."""
        return self.times().net()

    def ratios(self) -> np.ndarray:
        """Return the ratio of the runner's time to the reference's, for every pair."""
        return self.times().ratios()

    def used(self) -> float:
        """Return the CPU time of all sides so far: the cost of a race, independent of other load."""
        return sum(meter.total() for meter in self._meters)

    def __len__(self) -> int:
        """Number of scored pairs."""
        return self._count - self._warm


class RoundMeter:
    """CPU time per round. A round lasts until the next one starts, so that work after the answer counts.

    Parameters
    ----------
    read : callable
        Returns the CPU time of the worker so far, in seconds.
    """

    def __init__(self, read: Callable[[], float]) -> None:
        self._read = read
        self._marks: list[float] = []

    def go(self) -> None:
        """Start a round; call this right before the worker is called."""
        self._marks.append(self._read())

    def charges(self) -> list[float]:
        """Return the seconds of every round; the last one is still open."""
        return [end - begin for begin, end in pairwise([*self._marks, self._read()])]

    def total(self) -> float:
        """Return the seconds of all rounds together, up to the start of the last one."""
        return self._marks[-1] - self._marks[0] if self._marks else 0.0
