"""Who slows torch down on a card; times are made up.

Expected values: the ratio of the times that a test names.
"""

from collections.abc import Callable

import pytest

from grader.judge.ended import CheckFailed, TooNoisy
from grader.judge.timing.slowed import refuse_if_slowed


def never() -> float:
    raise AssertionError("nothing is measured again where torch is as fast as before")


def takes(seconds: float) -> Callable[[], float]:
    return lambda: seconds


def test_where_torch_is_as_fast_as_before_nobody_is_asked() -> None:
    refuse_if_slowed(0.010, 0.0109, never, never)
    refuse_if_slowed(0.010, 0.002, never, never)


def test_what_slows_torch_with_the_worker_and_only_then_is_the_worker() -> None:
    with pytest.raises(CheckFailed, match=r"torch took 1\.60 x its time .* something running between calls"):
        refuse_if_slowed(0.010, 0.016, takes(0.0105), takes(0.015))


@pytest.mark.parametrize(("without", "again"), [(0.016, 0.016), (0.010, 0.010)])
def test_what_was_there_without_it_or_was_gone_again_is_the_machine(without: float, again: float) -> None:
    with pytest.raises(TooNoisy, match=r"torch took 1\.60 x .* not its doing") as noisy:
        refuse_if_slowed(0.010, 0.016, takes(without), takes(again))
    assert "1.60 x its time while your code's worker was there" in noisy.value.feedback().review
