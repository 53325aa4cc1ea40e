"""The parts of a race, each with a clock or a machine that is made up: no test here depends on real time.

Expected values: closed forms (the interval of a normal sample's median, sums of charges) and the thresholds themselves.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from grader.course.medals import (
    Thresholds,
    measured,
    medals_of,
    needed,
    placed,
    read_tiers,
    speed_of,
    tiers_text,
    to_review,
    too_close,
)
from grader.errors import CourseError
from grader.judge.outcomes import CheckFailed, TooNoisy
from grader.records import Speed
from grader.records.speeds import Measurement
from grader.timing import measuring
from grader.timing.calibrate import proposed
from grader.timing.gpu_race import refuse_below
from grader.timing.hardware import least_seconds
from grader.timing.measuring import WORKERS, Allowance, Ours, run_until_known
from grader.timing.noise import PAIRS, TRIES, Rests, idle, require_quiet
from grader.timing.pairs import WARM_PAIRS, Pairs, RoundMeter
from grader.timing.rounds import LEAST, MOST, USUAL, Rounds, enough, interval_over_workers, median_interval
from grader.timing.rounds import PAIRS as PAIRS_OF_A_ROUND

DAY = date(2031, 5, 1)
THRESHOLDS = Thresholds(gold=1.2, silver=1.8, bronze=2.7, solution=1.0, naive=9.0, device="a", date=DAY, command="b")
EDGES = [tier.edge for tier in medals_of(THRESHOLDS)]


class Machine:
    """A runner whose calls cost what a test says, on a CPU clock of its own."""

    def __init__(self, cost: Callable[[int], float], answer: Any = 0, deferred: float = 0.0) -> None:
        self.calls, self._now, self._cost, self._answer, self._deferred = 0, 0.0, cost, answer, deferred
        self.asked: list[Any] = []

    def run(self, arguments: tuple[Any, ...]) -> Any:
        self._now += self._cost(self.calls)
        self.calls += 1
        self.asked.append(arguments)
        return self._answer

    def cpu_seconds(self) -> float:
        self._now += self._deferred if self.calls else 0.0  # work that went on after the answer
        return self._now

    def renew(self) -> None:
        """Nothing differs from worker to worker, unless a test says so."""


def nothing(answer: Any, expected: Any) -> None:
    """Compare nothing."""


def pairs_of(
    runner: Machine, reference: Machine, check: Callable[[Any, Any], None] = nothing, wire: float = 0.0
) -> Pairs:
    return Pairs(runner, reference, lambda number: (number,), check, rng=np.random.default_rng(5), wire=wire)


def steady(cost: float) -> Machine:
    return Machine(lambda call: cost)


# the clock


def test_a_round_lasts_from_its_go_to_the_next() -> None:
    times = iter([1.0, 1.5, 4.5, 5.0])
    meter = RoundMeter(lambda: next(times))
    for _ in range(3):
        meter.go()
    assert meter.charges() == [0.5, 3.0, 0.5]


def test_deferred_work_is_charged_to_the_round_that_left_it() -> None:
    pairs = pairs_of(Machine(lambda call: 0.01, deferred=0.02), steady(0.01))
    pairs.run(10)
    assert pairs.ratios() == pytest.approx(3.0)


# pairs


def test_both_sides_get_the_same_fresh_inputs_in_random_order() -> None:
    order: list[str] = []
    runner = Machine(lambda call: order.append("runner") or 0.01)
    reference = Machine(lambda call: order.append("reference") or 0.01)
    pairs_of(runner, reference).run(40)
    assert runner.asked == reference.asked == [(number,) for number in range(40)]
    firsts = order[::2].count("runner")
    assert 8 <= firsts <= 32  # 20 expected; so far off with probability 8e-5, and the generator is seeded


def test_the_wire_is_taken_off_both_sides() -> None:
    pairs = pairs_of(steady(0.030), steady(0.020), wire=0.010)
    pairs.run(3)
    assert pairs.ratios() == pytest.approx(2.0)


def test_who_stands_still_is_asked_too_and_its_median_is_the_wire() -> None:
    still = Machine(lambda call: 0.1 if call < WARM_PAIRS or call % 5 == 0 else 0.010)  # its own noise is no matter
    runner, reference = steady(0.030), steady(0.020)
    pairs = Pairs(runner, reference, lambda number: (number,), nothing, rng=np.random.default_rng(5), still=still)
    pairs.warm_up()
    pairs.run(9)
    assert still.asked == runner.asked == [(number,) for number in range(WARM_PAIRS + 9)]
    assert pairs.ratios() == pytest.approx(np.full(9, 2.0))


def test_noise_that_is_everybody_s_leaves_the_ratio_as_it_is() -> None:
    """The wire was once measured beforehand: a busy moment then, or later, moved every ratio but that of 1."""
    busy = [1.0] * (WARM_PAIRS + 5) + [3.0] * 20
    pairs = Pairs(
        Machine(lambda call: 0.030 * busy[call]),
        Machine(lambda call: 0.020 * busy[call]),
        lambda number: (number,),
        nothing,
        rng=np.random.default_rng(5),
        still=Machine(lambda call: 0.010 * busy[call]),
    )
    pairs.warm_up()
    pairs.run(25)
    assert np.median(pairs.ratios()) == pytest.approx(2.0)


def test_pairs_of_the_warm_up_are_checked_and_not_scored() -> None:
    pairs = pairs_of(Machine(lambda call: 0.1 if call < WARM_PAIRS else 0.01), steady(0.01))
    pairs.warm_up()
    pairs.run(4)
    assert len(pairs) == 4
    assert pairs.ratios() == pytest.approx(1.0)


def test_a_wrong_answer_ends_the_race_even_in_the_warm_up() -> None:
    def differ(answer: Any, expected: Any) -> None:
        raise CheckFailed("wrong")

    pairs = pairs_of(steady(0.01), steady(0.01), differ)
    with pytest.raises(CheckFailed):
        pairs.warm_up()


# statistics


def test_the_interval_covers_the_true_median_of_a_known_distribution() -> None:
    """Of 200 samples from a lognormal with median 2 the 95 % interval must cover it in about 190; seeded, so no chance.

    By order statistics the percentile bootstrap of a median of 25 covers 94 to 96 %; one standard deviation is 3.1.
    """
    rng = np.random.default_rng(3)
    intervals = [median_interval(2.0 * np.exp(0.1 * rng.standard_normal(25))) for _ in range(200)]
    covered = sum(low <= 2.0 <= high for _, low, high in intervals)
    assert 180 <= covered <= 199


def test_the_interval_has_the_width_of_the_median_s_own_spread() -> None:
    """The median of n normal numbers has the standard deviation sqrt(pi / (2 n)); 1.96 of them lie on each side."""
    sample = 1 + 0.05 * np.random.default_rng(4).standard_normal(400)
    median, low, high = median_interval(sample)
    assert low < median < high
    assert (high - low) == pytest.approx(2 * 1.96 * 0.05 * np.sqrt(np.pi / 800), rel=0.35)


def test_the_interval_over_workers_covers_how_they_differ() -> None:
    """Three workers a race, which differ by a tenth; the pairs of one scatter by a fiftieth.

    Within one worker 95 % of the intervals would miss the true ratio; over three they cover it. Of 300 seeded races 285
    are expected, with a standard deviation of 3.8.
    """
    rng = np.random.default_rng(8)

    def race() -> list[np.ndarray]:
        workers = 2.0 * np.exp(0.1 * rng.standard_normal(3))
        return [worker * np.exp(0.02 * rng.standard_normal(4)) for worker in workers]

    races = [race() for _ in range(300)]
    covered = sum(low <= 2.0 <= high for _, low, high in map(interval_over_workers, races))
    one_worker = sum(low <= 2.0 <= high for _, low, high in (median_interval(rounds[0]) for rounds in races))
    assert covered >= 275
    assert one_worker < 100


def test_more_workers_make_the_interval_narrow() -> None:
    """Of n normal numbers with deviation s the interval's half is t * sqrt(pi / 2) * s / sqrt(n)."""
    rng = np.random.default_rng(9)
    medians = np.exp(0.05 * rng.standard_normal(9))
    _, low, high = interval_over_workers([np.array([median]) for median in medians])
    half = 2.306 * np.sqrt(np.pi / 2) * np.log(medians).std(ddof=1) / 3
    assert np.log(high / low) == pytest.approx(2 * half)


def test_the_median_does_not_hear_of_one_bad_pair() -> None:
    assert median_interval(np.array([1.0] * 20 + [50.0])) == (1.0, 1.0, 1.0)


# whose noise it is


class Restless:
    """A worker that nobody asks, and what it has used by the second look."""

    def __init__(self, used: float) -> None:
        self._readings = iter([1.0, 1.0 + used])

    def cpu_seconds(self) -> float:
        return next(self._readings)


@pytest.fixture
def two_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    readings = iter([5.0, 7.0])
    monkeypatch.setattr("grader.timing.noise.time.monotonic", lambda: next(readings))


@pytest.mark.usefixtures("two_seconds")
def test_noise_is_the_student_s_own_where_their_worker_was_busy_meanwhile() -> None:
    with (
        pytest.raises(CheckFailed, match=r"your code used 0\.3 s of CPU time in 2\.0 s"),
        idle(Restless(0.3).cpu_seconds),
    ):
        raise TooNoisy("busy")


@pytest.mark.usefixtures("two_seconds")
def test_noise_is_the_machine_s_where_it_was_not() -> None:
    with pytest.raises(TooNoisy, match="busy"), idle(Restless(0.1).cpu_seconds):
        raise TooNoisy("busy")


@pytest.mark.parametrize(("used", "is_busy"), [(0.09, False), (0.11, True)])
def test_a_worker_that_works_between_calls_is_told_by_its_own_clock(
    monkeypatch: pytest.MonkeyPatch, used: float, *, is_busy: bool
) -> None:
    readings, wall = iter([1.0, 1.002 + used]), iter([5.0, 6.0])
    monkeypatch.setattr("grader.timing.noise.time.monotonic", lambda: next(wall))
    rests = Rests(lambda: next(readings))
    rests.begin()
    rests.end()
    sentence = f"between calls its worker used {used:.2f} s of CPU time in 1.00 s"
    assert rests.sentence() == (sentence if is_busy else "")


def test_where_the_platform_does_not_tell_nobody_is_accused() -> None:
    rests = Rests(lambda: None)
    for _ in range(3):
        rests.end()
        rests.begin()
    assert rests.sentence() == ""


def test_where_there_is_no_noise_nobody_is_blamed() -> None:
    with idle(Restless(9.0).cpu_seconds):
        pass


# when to stop


@pytest.mark.parametrize(
    ("rounds", "low", "high", "stops"),
    [
        (LEAST - 1, 0.5, 0.5, False),  # never before the least
        (LEAST, 0.9, 1.0, True),  # clear
        (LEAST, 1.24, 1.28, False),  # gold's edge is 1.33: too near for an early look
        (USUAL, 1.24, 1.28, True),  # and far enough for the usual one
        (USUAL, 1.30, 1.36, False),  # across the edge
        (MOST - 1, 1.30, 1.36, False),
        (MOST, 1.30, 1.36, True),  # and never more than the most
    ],
)
def test_a_race_ends_when_no_edge_is_near(rounds: int, low: float, high: float, *, stops: bool) -> None:
    assert EDGES[0] == pytest.approx(4 / 3)
    assert enough(rounds, low, high, EDGES) is stops


def rounds_of(runner: Callable[[int], Machine], reference: Callable[[int], Machine]) -> Rounds:
    """Return rounds whose workers a test makes, by their number."""
    return Rounds(lambda number: pairs_of(runner(number), reference(number)))


def always(cost: float) -> Callable[[int], Machine]:
    return lambda number: steady(cost)


ENDLESS = Allowance(float("inf"))


def test_a_clear_race_is_short_and_an_unclear_one_long() -> None:
    def near(number: int) -> Machine:
        return steady(0.01 * EDGES[0] * (0.99, 1.0, 1.01)[number % 3])

    clear, unclear = rounds_of(always(0.01), always(0.01)), rounds_of(near, always(0.01))
    for rounds in (clear, unclear):
        run_until_known(rounds, EDGES, ENDLESS)
    assert (clear.whole, unclear.whole) == (LEAST, MOST)
    assert (len(clear), len(unclear)) == (LEAST * PAIRS_OF_A_ROUND, MOST * PAIRS_OF_A_ROUND)


def test_each_round_has_workers_and_inputs_of_its_own() -> None:
    made: list[Machine] = []

    def make(number: int) -> Machine:
        made.append(steady(0.01))
        return made[-1]

    run_until_known(rounds_of(make, make), EDGES, ENDLESS)
    assert len(made) == 2 * LEAST
    assert all(worker.calls == WARM_PAIRS + PAIRS_OF_A_ROUND + 1 for worker in made)


def test_workers_that_differ_are_told_by_the_interval_and_raced_on() -> None:
    """Ten identical submissions had 2.07 to 4.83 x torch's time, each by one worker, with narrow intervals."""
    lucky = {0: 0.9, 1: 1.1, 2: 1.0}

    def differing(number: int) -> Machine:
        return steady(0.01 * EDGES[0] * lucky[number % 3])

    rounds = rounds_of(differing, always(0.01))
    run_until_known(rounds, EDGES, ENDLESS)
    ratio, low, high = rounds.interval()
    assert rounds.whole == MOST
    assert low < EDGES[0] < high
    assert ratio == pytest.approx(EDGES[0])


def test_work_that_is_left_for_after_the_last_answer_of_a_worker_is_charged_too() -> None:
    rounds = rounds_of(lambda number: Machine(lambda call: 0.01, deferred=0.02), always(0.01))
    run_until_known(rounds, EDGES, ENDLESS)
    assert rounds.ratios() == pytest.approx(3.0)


def test_what_calls_hide_below_the_median_is_in_the_mean_and_listed() -> None:
    def uneven(number: int) -> Machine:
        return Machine(lambda call: 0.05 if call % 4 == 0 else 0.01)

    rounds = rounds_of(uneven, always(0.01))
    run_until_known(rounds, EDGES, ENDLESS)
    result = measuring.summed_up(rounds)
    assert result.ratio == pytest.approx(1.0)
    assert result.mean > 1.9
    assert to_review(result).startswith("calls differ in cost, the mean is ")
    even = rounds_of(always(0.01), always(0.01))
    run_until_known(even, EDGES, ENDLESS)
    assert to_review(measuring.summed_up(even)) == ""


class Wall:
    """A clock on the wall that a call moves on; this process has used no CPU time."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def process_time(self) -> float:
        return 0.0


def waiting(wall: Wall, seconds: float, cost: float) -> Callable[[int], Machine]:
    def take(call: int) -> float:
        wall.now += seconds
        return cost

    return lambda number: Machine(take)


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    clock = Wall()
    monkeypatch.setattr("grader.timing.measuring.time", clock)
    monkeypatch.setattr("grader.timing.pairs.time", clock)
    return clock


def test_neighbours_do_not_shorten_a_race(wall: Wall) -> None:
    rounds = rounds_of(waiting(wall, 1.0, 0.01), waiting(wall, 1.0, 0.01))
    run_until_known(rounds, EDGES, Allowance(30.0))  # 78 s on the wall, 0.8 s of CPU time
    assert rounds.whole == LEAST


def test_a_call_that_waits_without_end_is_not_failed_by_the_clock_on_the_wall_but_listed(wall: Wall) -> None:
    rounds = rounds_of(waiting(wall, 9.0, 0.01), waiting(wall, 0.01, 0.01))
    with pytest.raises(TooNoisy, match=r"after 2 of at least 3 rounds") as noisy:
        run_until_known(rounds, EDGES, Allowance(30.0))
    assert noisy.value.feedback().review.startswith("the clock on the wall: 306.0 s for the calls")


def test_a_machine_that_is_slow_for_both_is_too_noisy(wall: Wall) -> None:
    rounds = rounds_of(waiting(wall, 6.0, 0.01), waiting(wall, 6.0, 0.01))
    with pytest.raises(TooNoisy, match="after 1 of at least 3 rounds") as noisy:
        run_until_known(rounds, EDGES, Allowance(30.0))
    assert noisy.value.feedback().review == ""


def test_few_pairs_are_enough_where_every_one_is_beyond_bronze() -> None:
    rounds = rounds_of(always(9.0), always(0.01))
    run_until_known(rounds, EDGES, Allowance(30.0))
    assert 0 < len(rounds) < PAIRS_OF_A_ROUND
    assert placed(measuring.summed_up(rounds).ratio, medals_of(THRESHOLDS))[0] is None


# times that cannot be


def timed(seconds: float, most_seconds: float) -> Measurement:
    return Measurement(0.1, 0.1, 0.1, 12, "one thread of a CPU", seconds, 0.01, 3, 0.1, most_seconds)


def test_a_call_that_no_worker_can_have_made_is_refused() -> None:
    refuse_below(1e-3, timed(1.1e-3, 1.2e-3), "of CPU time", "the fastest thread")
    with pytest.raises(CheckFailed, match=r"a call took 10\.0 us of CPU time; the work alone takes 1000\.0 us"):
        refuse_below(1e-3, timed(1e-5, 9e-4), "of CPU time", "the fastest thread")


def test_a_call_that_noise_on_the_wire_makes_impossible_fails_nobody() -> None:
    """The empty function was disturbed, so too much was taken off an honest call."""
    with pytest.raises(TooNoisy, match="cannot be told how long it took") as noisy:
        refuse_below(1e-3, timed(1e-9, 8e-3), "of CPU time", "the fastest thread")
    assert "the work alone takes" in noisy.value.feedback().review


def test_the_most_that_a_call_took_is_without_the_least_of_the_wire() -> None:
    still = Machine(lambda call: 0.009 if call % 2 else 0.002)
    pairs = Pairs(steady(0.010), steady(0.020), lambda number: (), nothing, rng=np.random.default_rng(5), still=still)
    pairs.run(6)
    assert pairs.times().most_seconds() == pytest.approx(0.008)


# the noise gate


@pytest.mark.parametrize("ratio", [0.94, 1.0, 1.06])
def test_a_quiet_machine_passes_the_gate(ratio: float) -> None:
    require_quiet(pairs_of(steady(0.01 * ratio), steady(0.01)))


@pytest.mark.parametrize("ratio", [0.92, 1.08])
def test_a_noisy_machine_does_not(ratio: float) -> None:
    with pytest.raises(TooNoisy, match=f"torch took {ratio} x the time of torch itself"):
        require_quiet(pairs_of(steady(0.01 * ratio), steady(0.01)))


def test_a_noisy_moment_passes() -> None:
    def busy_until(tries: int) -> Machine:
        return Machine(lambda call: 0.02 if call < WARM_PAIRS + tries * PAIRS else 0.01)

    require_quiet(pairs_of(busy_until(TRIES // 2), steady(0.01)))
    with pytest.raises(TooNoisy):
        require_quiet(pairs_of(busy_until(TRIES // 2 + 1), steady(0.01)))


class Renewed(Machine):
    """A worker of ours; the first ones have slow memory."""

    def __init__(self, slow: int) -> None:
        super().__init__(lambda call: 0.02 if self.lives <= slow else 0.01)
        self.lives = 1

    def renew(self) -> None:
        self.lives += 1


@pytest.mark.parametrize(("slow", "lives"), [(0, 1), (WORKERS - 1, WORKERS)])
def test_workers_with_slow_memory_are_replaced(slow: int, lives: int) -> None:
    ours, second = ours_of(slow)
    ours.require_quiet(np.random.default_rng(5), steady(0.0))
    assert (second.lives, ours.reference.lives) == (lives, lives)  # type: ignore[attr-defined]


def test_a_machine_where_no_workers_agree_is_too_noisy() -> None:
    ours, second = ours_of(WORKERS)
    with pytest.raises(TooNoisy, match=r"torch took 2\.00 x"):
        ours.require_quiet(np.random.default_rng(5), steady(0.0))
    assert second.lives == WORKERS


def ours_of(slow: int) -> tuple[Ours, Renewed]:
    """Return our side of a race whose second worker is slow so often, and that worker."""
    runners = {"second": Renewed(slow), "reference": Renewed(0), "still": Renewed(0)}
    workers = SimpleNamespace(runner=lambda worker, text, name: runners[worker])
    workload = SimpleNamespace(name=lambda part: part, text="", inputs=lambda number: (number,))
    return Ours(workers, workload), runners["second"]  # type: ignore[arg-type]


def test_scatter_passes_with_more_pairs() -> None:
    """The median of n pairs that scatter by 0.12 has a deviation of 1.25 * 0.12 / sqrt(n): 0.050 of 9, 0.029 of 27."""
    rng = np.random.default_rng(2)
    passed = 0
    for _ in range(40):
        scattered = Machine(lambda call: 0.01 * float(np.exp(0.12 * rng.standard_normal())))
        try:
            require_quiet(pairs_of(scattered, steady(0.01)))
            passed += 1
        except TooNoisy:
            pass
    assert passed >= 38


# tiers


@pytest.mark.parametrize(
    ("ratio", "reached", "higher"),
    [
        (0.1, "gold", None),
        (1.33, "gold", None),  # 1.2 / 0.9: granted with a margin
        (1.34, "silver", "gold"),
        (2.0, "silver", "gold"),
        (2.01, "bronze", "silver"),
        (3.0, "bronze", "silver"),
        (3.01, None, "bronze"),
    ],
)
def test_a_ratio_reaches_a_tier_within_a_tenth(ratio: float, reached: str | None, higher: str | None) -> None:
    result = placed(ratio, medals_of(THRESHOLDS))
    assert tuple(tier.name if tier else None for tier in result) == (reached, higher)


def test_gold_brings_all_silver_two_thirds_bronze_a_third() -> None:
    assert [tier.credit for tier in medals_of(THRESHOLDS)] == [1.0, pytest.approx(2 / 3), pytest.approx(1 / 3)]


def test_the_thresholds_file_comes_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "tiers.toml"
    path.write_text(tiers_text({"a_fast": {"cpu": THRESHOLDS, "gpu": THRESHOLDS}}), encoding="utf-8")
    assert read_tiers(path) == {"a_fast": {"cpu": THRESHOLDS, "gpu": THRESHOLDS}}
    assert read_tiers(tmp_path / "none.toml") == {}


@pytest.mark.parametrize("text", ["gold = ", "[a.cpu]\ngold = 1.0\n", "[a.cpu]\ngold = -1\n"])
def test_a_broken_thresholds_file_says_what_to_type(tmp_path: Path, text: str) -> None:
    path = tmp_path / "waves" / "tiers.toml"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CourseError, match="is broken") as broken:
        read_tiers(path)
    assert broken.value.hint == "grade calibrate waves"


def test_the_calibration_leaves_room_on_both_sides() -> None:
    entry = proposed(1.0, 20.0, device="a", command="b", day=DAY)
    assert (entry.gold, entry.silver, entry.bronze) == pytest.approx((1.25, 2.5, 5.0))
    near = proposed(1.0, 4.0, device="a", command="b", day=DAY)
    assert (near.gold, near.bronze) == pytest.approx((1.25, 2.8))
    assert not too_close(near)
    with pytest.raises(CourseError, match=r"2\.00 x the solution's time"):
        proposed(1.0, 2.0, device="a", command="b", day=DAY)


# words


def test_a_measurement_says_ratio_interval_pairs_device_and_tier() -> None:
    result = Measurement(1.414, 1.3, 1.55, 25, "one thread of a CPU", 0.01, 0.01)
    reached, higher = placed(result.ratio, medals_of(THRESHOLDS))
    assert measured(result, reached) == "1.41 x torch's time (1.30 to 1.55, 25 pairs, one thread of a CPU) · silver"
    assert higher is not None
    assert needed(higher) == "gold needs 1.33 x torch's time or less"
    assert measured(result, None).endswith("· below bronze")


def test_a_measurement_is_kept_as_numbers() -> None:
    result = Measurement(1.4, 1.3, 1.5, 25, "one thread of a CPU", 0.014, 0.01)
    reached, _ = placed(result.ratio, medals_of(THRESHOLDS))
    assert speed_of(result, reached) == Speed(1.4, 1.3, 1.5, 25, "one thread of a CPU", "silver", 0.014, 0.01)
    assert speed_of(result, None).tier == ""


def test_no_thread_is_as_fast_as_the_floor() -> None:
    assert least_seconds(384e9, 0.0) == pytest.approx(1.0)
    assert least_seconds(0.0, 384e9) == pytest.approx(1.0)
