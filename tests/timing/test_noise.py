"""Processes that slow torch down on a card; times are made up.

Expected values: the ratio of the times that a test names.
"""

from collections.abc import Callable

import pytest

from grader.judge.outcomes import CheckFailed, TooNoisy
from grader.timing.noise import refuse_if_slowed


def never() -> float:
    raise AssertionError("nothing is measured again where torch is as fast as before")


def takes(seconds: float) -> Callable[[], float]:
    return lambda: seconds


def nothing() -> str:
    return ""


def at_work() -> str:
    return "between calls its worker used 0.90 s of CPU time in 1.00 s"


def test_where_torch_is_as_fast_as_before_nobody_is_asked() -> None:
    refuse_if_slowed(0.010, 0.0109, never, never, at_work)
    refuse_if_slowed(0.010, 0.002, never, never, at_work)


def test_what_slows_torch_with_the_worker_and_only_then_and_is_at_work_is_the_worker() -> None:
    message = (
        r"torch took 1\.60 x its time .*; between calls its worker used 0\.90 s .* something running between calls"
    )
    with pytest.raises(CheckFailed, match=message):
        refuse_if_slowed(0.010, 0.016, takes(0.0105), takes(0.015), at_work)


def test_who_was_not_at_work_is_not_failed_by_a_clock_on_the_wall() -> None:
    """On a quiet machine an honest worker was once found guilty of 1.57 x: a neighbour had come and gone with it."""
    with pytest.raises(TooNoisy, match=r"torch took 1\.57 x its time .* too busy to time anything") as noisy:
        refuse_if_slowed(0.010, 0.0157, takes(0.010), takes(0.0157), nothing)
    assert "1.57 x its time" in noisy.value.feedback().review


@pytest.mark.parametrize("used", [nothing, at_work])
@pytest.mark.parametrize(("without", "again"), [(0.016, 0.016), (0.010, 0.010)])
def test_what_was_there_without_it_or_was_gone_again_is_the_machine(
    without: float, again: float, used: Callable[[], str]
) -> None:
    with pytest.raises(TooNoisy, match=r"torch took 1\.60 x .* not its doing") as noisy:
        refuse_if_slowed(0.010, 0.016, takes(without), takes(again), used)
    assert "1.60 x its time while your code's worker was there" in noisy.value.feedback().review
