"""Pairs: two workers are asked the same fresh question one after the other, which of them first is drawn each time.

A third one, which does nothing, is asked as well: its time is that of the wire, under the same load as theirs.
"""

import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

import numpy as np

Arguments = tuple[Any, ...]
Inputs = Callable[[int], Arguments]
"""Returns the arguments of a round by its number; no two rounds have the same."""

SMALLEST = 1e-9  # seconds: what remains of a call that cost less than the wire alone
WARM_PAIRS = 8
WARM_SECONDS = 2.0  # of CPU time, all sides together


class Times(NamedTuple):
    """What some pairs took, in seconds.

    Attributes
    ----------
    mine, theirs, wire : ndarray of float64, shape (P,)
        The runner's time and the reference's, each with the wire's; and that of who does nothing.
    """

    mine: np.ndarray
    theirs: np.ndarray
    wire: np.ndarray

    def net(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the runner's times and the reference's without the wire's median."""
        wire = float(np.median(self.wire)) if len(self.wire) else 0.0
        return np.maximum(self.mine - wire, SMALLEST), np.maximum(self.theirs - wire, SMALLEST)

    def ratios(self) -> np.ndarray:
        """Return the runner's time by the reference's, of every pair."""
        mine, theirs = self.net()
        ratios: np.ndarray = mine / theirs
        return ratios

    def most_seconds(self) -> float:
        """Return the runner's median time at the most: without the least that the wire has taken."""
        return float(np.median(self.mine) - self.wire.min())

    def without_the_last(self) -> "Times":
        """Return all pairs but one, which has only closed the one before it."""
        return Times(*(side[:-1] for side in self))


class Runner(Protocol):
    """One function in a worker, and the worker's clock."""

    def run(self, arguments: Arguments) -> Any:
        """Call the function and return its answer."""

    def cpu_seconds(self) -> float:
        """Return the CPU time that the worker has used so far."""

    def renew(self) -> None:
        """End the worker; the next call starts another."""


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

    Attributes
    ----------
    waited : list of float
        Wall time for each side: a guard, never a score.
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
        """Run pairs that are checked and not scored, until memory that a call needs lies ready in both workers.

        In the first calls of a worker the kernel adds pages to its heap, which costs about as much as the call itself.
        A runner that is slow enough for that not to matter is not kept at it.
        """
        while self._warm < WARM_PAIRS and (not self._warm or self.used() < WARM_SECONDS):
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

    def times(self) -> "Times":
        """Return what the scored pairs took so far; the last one as far as it has come."""
        mine, theirs, *still = (np.array(meter.charges()[self._warm :]) for meter in self._meters)
        return Times(mine, theirs, still[0] if still else np.full(len(mine), self._wire))

    def seconds(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the CPU time of every scored pair without the wire's: the runner's, and the reference's."""
        return self.times().net()

    def ratios(self) -> np.ndarray:
        """Return the runner's time by the reference's, of every pair."""
        return self.times().ratios()

    def used(self) -> float:
        """Return the CPU time of all sides so far: what a race costs, whoever else is at work on the machine."""
        return sum(meter.total() for meter in self._meters)

    def __len__(self) -> int:
        """How many pairs are scored."""
        return self._count - self._warm


class RoundMeter:
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
