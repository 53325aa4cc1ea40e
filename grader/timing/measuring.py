"""A race on one CPU thread: a noise check, then rounds with fresh workers until the ratio is known well enough."""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from grader.judge.outcomes import GraderFault, TooNoisy
from grader.records.speeds import Measurement
from grader.timing.closeness import INPUTS, Compare
from grader.timing.hardware import cpu_name
from grader.timing.noise import idle, require_quiet
from grader.timing.pairs import Arguments, Pairs, Runner
from grader.timing.rounds import LEAST, Rounds, enough, measurement
from grader.timing.runners import ReferenceWorkers
from grader.timing.workload import Workload

MOST_SECONDS = 30.0  # CPU time of a race, all workers and the judge together
WALL = 8  # wall-clock limit by CPU limit: a busy machine does not end a race
WORKERS = 3  # pairs of workers that the noise check tries
WAITING = 10  # ratio of waiting times above which a person should review the race
GATE_INPUTS = 1_000_000  # numbers of inputs that no pair of a race has
INPUTS_OF_A_ROUND = 1000


class Ours:
    """The reference side of a race: the reference twice, and a no-op function.

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
        """Return a no-op function that only receives the arguments of a call and sends its results."""
        if self._held is None:
            self._held = self.reference.run(self._workload.inputs(0))
        self._hold.run((self._held,))
        return self._answer

    def round(self, number: int, runner: Runner, compare: Compare, rng: np.random.Generator) -> Pairs:
        """Return the pairs of a round, with fresh workers."""
        for side in (runner, self.reference, self._answer):
            side.renew()
        first = INPUTS + number * INPUTS_OF_A_ROUND

        def inputs(pair: int) -> Arguments:
            return self._workload.inputs(first + pair)

        return Pairs(runner, self.reference, inputs, compare, rng=rng, still=self.still())

    def require_quiet(self, rng: np.random.Generator, still: Runner) -> None:
        """Raise `TooNoisy` unless the reference is as fast as itself.

        A worker may have slow memory for its whole life, so others are tried before the machine counts as noisy.
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
    """Race a runner against the reference, after its dry run.

    Parameters
    ----------
    runner : Runner
    ours : Ours
    workload : Workload
    compare : callable
        Compares every timed answer with the reference's; a wrong one ends the race.
    edges : sequence of float
        Ratios that the race must tell apart.
    seconds : float
        Limit on CPU time.
    least : int
        Least number of rounds.

    Returns
    -------
    Measurement

    Raises
    ------
    TooNoisy
        The machine is too noisy, or too slow for the least number of rounds.
    OutcomeException
        The runner's answer was wrong or missing, or its worker caused the noise.
    """
    allowance = Allowance(seconds)
    rng = np.random.default_rng()
    with idle(runner.cpu_seconds):
        ours.require_quiet(rng, ours.still())
    rounds = Rounds(lambda number: ours.round(number, runner, compare, rng))
    run_until_known(rounds, edges, allowance, least)
    return summed_up(rounds)


class Allowance:
    """Time limits of a race: CPU time of this process and the workers, and a multiple of it as wall-clock time.

    Parameters
    ----------
    seconds : float
    """

    def __init__(self, seconds: float) -> None:
        self._cpu = time.process_time() + seconds
        self._wall = time.monotonic() + WALL * seconds

    def is_over(self, used: float) -> bool:
        """Return whether the time is up, given the CPU time of the workers so far."""
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
    """Return the outcome of a race without a result. Wall-clock time cannot tell a sleeping call from a waiting one."""
    waited, reference_waited = rounds.waited
    message = (
        f"the time was up after {rounds.whole} of at least {least} rounds: this machine is too busy to time anything"
    )
    review = f"the clock on the wall: {waited:.1f} s for the calls, {reference_waited:.1f} s for torch's"
    return TooNoisy(message, review=review if waited > WAITING * reference_waited else "")


def _plainly_slow(rounds: Rounds, edges: Sequence[float]) -> bool:
    """Return whether every pair was beyond the last medal: then a few pairs are enough."""
    return len(rounds) > 0 and float(rounds.ratios().min()) > max(edges, default=0.0)


def summed_up(rounds: Rounds) -> Measurement:
    """Return the measurement of all rounds."""
    # Even small arguments take nearly 0.1 ms to transfer (docs/performance.md): a shorter call would be lost in that.
    if float(np.median(rounds.seconds()[1])) < 1e-4:
        raise GraderFault("the reference costs less than its arguments' way through the wire: larger inputs are needed")
    return measurement(rounds, f"one thread of {cpu_name()}")
