"""One race on one CPU thread: the gate, then pairs until the ratio is known well enough."""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from grader.judge.ended import GraderFault, TimedOut, TooNoisy
from grader.judge.timing.device import cpu_name
from grader.judge.timing.gate import require_quiet
from grader.judge.timing.idle import idle
from grader.judge.timing.lanes import Track
from grader.judge.timing.pairs import Arguments, Pairs, Runner
from grader.judge.timing.rehearsal import INPUTS, Compare
from grader.judge.timing.statistics import median_interval
from grader.judge.timing.stopping import LEAST, enough
from grader.judge.timing.words import Measurement
from grader.judge.timing.workload import Workload

MOST_SECONDS = 30.0  # of a race, the gate and the reference included
WORKERS = 3  # pairs of them that the gate tries
WAITING = 10  # times as long as for the reference: then it is not the machine
GATE_INPUTS = 1_000_000  # numbers of inputs that no pair of the race has


class Ours:
    """Our side of a race: the reference twice, and a function that does nothing.

    Parameters
    ----------
    track : Track
    workload : Workload
    """

    def __init__(self, track: Track, workload: Workload) -> None:
        self._workload = workload
        name, text = workload.name("reference"), workload.text
        self.reference = track.lane("reference", text, name)
        self._second = track.lane("second", text, name)
        self._hold, self._answer = track.lane("still", text, "hold"), track.lane("still", text, "answer")

    def still(self) -> Runner:
        """Return a function that does nothing but receive the arguments of a call, and send its results."""
        self._hold.run((self.reference.run(self._workload.inputs(0)),))
        return self._answer

    def require_quiet(self, rng: np.random.Generator, still: Runner) -> None:
        """Raise `TooNoisy` unless the reference is as fast as itself.

        A worker may have been given memory that is slow for as long as it lives: others are tried before the machine is
        called noisy.
        """
        for left in reversed(range(WORKERS)):
            try:
                require_quiet(Pairs(self._second, self.reference, self._gate_inputs, _believe, rng=rng, still=still))
            except TooNoisy:
                if not left:
                    raise
                self._second.renew()
                self.reference.renew()
            else:
                return

    def _gate_inputs(self, number: int) -> Arguments:
        return self._workload.inputs(GATE_INPUTS + number)


def _believe(answer: Any, expected: Any) -> None:
    """Compare nothing: both sides are the reference."""


def measure(
    runner: Runner,
    ours: Ours,
    workload: Workload,
    compare: Compare,
    *,
    edges: Sequence[float],
    seconds: float,
    least: int = LEAST,
) -> Measurement:
    """Race a runner that has been rehearsed against the reference.

    Parameters
    ----------
    runner : Runner
    ours : Ours
    workload : Workload
    compare : callable
        Every timed answer is held to the reference's; a wrong one ends the race.
    edges : sequence of float
        Ratios that must be told apart.
    seconds : float
        How long all of it may take.
    least : int
        How many pairs there must be.

    Returns
    -------
    Measurement

    Raises
    ------
    TooNoisy
        The machine cannot be believed, or was too slow for the least number of pairs.
    Ended
        The runner's answer was wrong, or none, or the noise was its own.
    """
    until = time.monotonic() + seconds
    rng = np.random.default_rng()
    still = ours.still()
    with idle(runner.cpu_seconds):
        ours.require_quiet(rng, still)

    def inputs(number: int) -> Arguments:
        return workload.inputs(INPUTS + number)

    pairs = Pairs(runner, ours.reference, inputs, compare, rng=rng, still=still)
    pairs.warm_up()
    run_until_known(pairs, edges, until, least)
    return summed_up(pairs)


def run_until_known(pairs: Pairs, edges: Sequence[float], until: float, least: int = LEAST) -> None:
    """Run pairs until the ratio is known well enough, or the time is up.

    Raises
    ------
    TimedOut
        The time was up before the least number of pairs, and it was the runner that was waited for.
    TooNoisy
        The time was up before the least number of pairs, and that was not the runner's doing.
    """
    while time.monotonic() < until:
        pairs.run()
        _, low, high = median_interval(pairs.ratios())
        if len(pairs) >= least and enough(len(pairs), low, high, edges):
            return
    if len(pairs) < least and not _plainly_slow(pairs, edges):
        waited, theirs, *_ = pairs.waited
        what = f"the time was up after {len(pairs)} of at least {least} pairs"
        if waited > WAITING * theirs:
            raise TimedOut(f"{what}: a call took {waited / len(pairs):.1f} s on the clock on the wall")
        raise TooNoisy(f"{what}: this machine is too busy to time anything")


def _plainly_slow(pairs: Pairs, edges: Sequence[float]) -> bool:
    """Tell whether every single pair was beyond the last tier: then a few of them are enough."""
    return len(pairs) > 0 and float(pairs.ratios().min()) > max(edges, default=0.0)


def summed_up(pairs: Pairs) -> Measurement:
    """Return what the pairs say."""
    mine, theirs = (float(np.median(seconds)) for seconds in pairs.seconds())
    if theirs < 1e-4:
        raise GraderFault("the reference costs less than its arguments' way through the wire: larger inputs are needed")
    return Measurement(*median_interval(pairs.ratios()), len(pairs), f"one thread of {cpu_name()}", mine, theirs)
