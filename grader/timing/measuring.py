"""One race on one CPU thread: the gate, then rounds with fresh workers until the ratio is known well enough."""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from grader.judge.outcomes import GraderFault, TooNoisy
from grader.records.speeds import Measurement
from grader.timing.closeness import Compare
from grader.timing.dry_run import INPUTS
from grader.timing.noise import idle, require_quiet
from grader.timing.pairs import Arguments, Pairs, Runner
from grader.timing.processor import cpu_name
from grader.timing.rounds import Rounds, measurement
from grader.timing.runners import ReferenceWorkers
from grader.timing.statistics import LEAST, enough
from grader.timing.workload import Workload

MOST_SECONDS = 30.0  # of CPU time in a race, all workers and the judge together
WALL = 8  # times as long it may take by the clock on the wall: a race does not end because the neighbours are busy
WORKERS = 3  # pairs of them that the gate tries
WAITING = 10  # times as long as for the reference: then a person should look
GATE_INPUTS = 1_000_000  # numbers of inputs that no pair of the race has
INPUTS_OF_A_ROUND = 1000


class Ours:
    """Our side of a race: the reference twice, and a function that does nothing.

    Parameters
    ----------
    workers : ReferenceWorkers
    workload : Workload
    """

    def __init__(self, workers: ReferenceWorkers, workload: Workload) -> None:
        self._workload = workload
        name, text = workload.name("reference"), workload.text
        self.reference = workers.runner("reference", text, name)
        self._second = workers.runner("second", text, name)
        self._hold, self._answer = workers.runner("still", text, "hold"), workers.runner("still", text, "answer")
        self._held: Any = None

    def still(self) -> Runner:
        """Return a function that does nothing but receive the arguments of a call, and send its results."""
        if self._held is None:
            self._held = self.reference.run(self._workload.inputs(0))
        self._hold.run((self._held,))
        return self._answer

    def round(self, number: int, runner: Runner, compare: Compare, rng: np.random.Generator) -> Pairs:
        """Return the pairs of a round, whose workers are all fresh."""
        for side in (runner, self.reference, self._answer):
            side.renew()
        first = INPUTS + number * INPUTS_OF_A_ROUND

        def inputs(pair: int) -> Arguments:
            return self._workload.inputs(first + pair)

        return Pairs(runner, self.reference, inputs, compare, rng=rng, still=self.still())

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
        CPU time that all of it may take.
    least : int
        How many rounds there must be.

    Returns
    -------
    Measurement

    Raises
    ------
    TooNoisy
        The machine cannot be believed, or was too slow for the least number of rounds.
    Ended
        The runner's answer was wrong, or none, or the noise was its own.
    """
    allowance = Allowance(seconds)
    rng = np.random.default_rng()
    with idle(runner.cpu_seconds):
        ours.require_quiet(rng, ours.still())
    rounds = Rounds(lambda number: ours.round(number, runner, compare, rng))
    run_until_known(rounds, edges, allowance, least)
    return summed_up(rounds)


class Allowance:
    """How long a race may take: some CPU time of this process and the workers, and a multiple of it on the wall.

    Parameters
    ----------
    seconds : float
    """

    def __init__(self, seconds: float) -> None:
        self._cpu = time.process_time() + seconds
        self._wall = time.monotonic() + WALL * seconds

    def is_over(self, used: float) -> bool:
        """Tell whether the time is up, when the workers have used so much of it."""
        return time.process_time() + used > self._cpu or time.monotonic() > self._wall


def run_until_known(rounds: Rounds, edges: Sequence[float], allowance: Allowance, least: int = LEAST) -> None:
    """Run rounds until the ratio is known well enough, or the time is up.

    Raises
    ------
    TooNoisy
        The time was up before the least number of rounds.
    """

    def is_over() -> bool:
        return allowance.is_over(rounds.used())

    while not is_over():
        rounds.run(is_over)
        if rounds.whole >= least:
            _, low, high = rounds.interval()
            if enough(rounds.whole, low, high, edges):
                return
    if rounds.whole < least and not _plainly_slow(rounds, edges):
        raise _too_slow(rounds, least)


def _too_slow(rounds: Rounds, least: int) -> TooNoisy:
    """Return what ends a race without a result. Whether a call slept or had to wait, a clock on the wall cannot say."""
    mine, theirs = rounds.waited
    told = f"the time was up after {rounds.whole} of at least {least} rounds: this machine is too busy to time anything"
    review = f"the clock on the wall: {mine:.1f} s for the calls, {theirs:.1f} s for torch's"
    return TooNoisy(told, review=review if mine > WAITING * theirs else "")


def _plainly_slow(rounds: Rounds, edges: Sequence[float]) -> bool:
    """Tell whether every single pair was beyond the last medal: then a few of them are enough."""
    return len(rounds) > 0 and float(rounds.ratios().min()) > max(edges, default=0.0)


def summed_up(rounds: Rounds) -> Measurement:
    """Return what the rounds say."""
    if float(np.median(rounds.seconds()[1])) < 1e-4:
        raise GraderFault("the reference costs less than its arguments' way through the wire: larger inputs are needed")
    return measurement(rounds, f"one thread of {cpu_name()}")
