"""Who slows torch down on a card, and that one race at a time is run there; clocks are made up.

Expected values: the ratio of the times that a test names.
"""

import contextlib
import fcntl
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.judge.ended import CheckFailed, GraderFault, TooNoisy
from grader.judge.timing.alone import alone, lock_path, telling
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
    with pytest.raises(TooNoisy, match=r"torch took 1\.60 x .* not its doing"):
        refuse_if_slowed(0.010, 0.016, takes(without), takes(again))


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("grader.judge.timing.alone.tempfile.gettempdir", lambda: str(tmp_path))
    return lock_path()


def is_free(lock: Path) -> bool:
    descriptor = os.open(lock, os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def test_a_second_race_waits_until_the_first_is_over(lock: Path) -> None:
    order = []

    def second() -> None:
        with alone():
            order.append("second")

    with alone():
        assert not is_free(lock)
        waiting = threading.Thread(target=second)
        waiting.start()
        waiting.join(0.2)
        order.append("first")
    waiting.join()
    assert order == ["first", "second"]
    assert is_free(lock)


def test_a_race_that_breaks_lets_the_next_one_in(lock: Path) -> None:
    with contextlib.suppress(ZeroDivisionError), alone():
        raise ZeroDivisionError
    assert is_free(lock)


def test_a_link_in_the_place_of_the_lock_is_not_followed(lock: Path, tmp_path: Path) -> None:
    lock.symlink_to(tmp_path / "somebody_else_s")
    with pytest.raises(GraderFault, match="cannot be kept apart: .*symbolic link"), alone():
        pass
    assert not (tmp_path / "somebody_else_s").exists()


def test_who_waits_tells_that_it_is_alive_and_falls_silent_afterwards() -> None:
    told = threading.Semaphore(0)
    with telling(told.release, 0.01):
        assert told.acquire(timeout=10)
        assert told.acquire(timeout=10)
    while told.acquire(blocking=False):
        pass
    assert not told.acquire(timeout=0.05)
