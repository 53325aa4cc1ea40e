"""One race on a card at a time, and who waits says so; the lock is real, in a folder of the test's own."""

import contextlib
import fcntl
import os
import threading
from pathlib import Path

import pytest

from grader.judge.outcomes import GraderFault
from grader.sandbox.nvidia import Driver
from grader.timing import gpu_lock as module
from grader.timing.gpu_lock import gpu_lock, keeping_heartbeat, lock_paths


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("grader.timing.gpu_lock.tempfile.gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(module, "find_driver", Driver)
    (path,) = lock_paths()
    return path


def is_free(lock: Path) -> bool:
    descriptor = os.open(lock, os.O_RDONLY)
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
        with gpu_lock():
            order.append("second")

    with gpu_lock():
        assert not is_free(lock)
        waiting = threading.Thread(target=second)
        waiting.start()
        waiting.join(0.2)
        order.append("first")
    waiting.join()
    assert order == ["first", "second"]
    assert is_free(lock)


def test_a_race_that_breaks_lets_the_next_one_in(lock: Path) -> None:
    with contextlib.suppress(ZeroDivisionError), gpu_lock():
        raise ZeroDivisionError
    assert is_free(lock)


def test_the_lock_is_the_card_s_and_everybody_s(lock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = os.umask(0o077)
    try:
        with gpu_lock():
            assert lock.stat().st_mode & 0o777 == 0o666  # another user opens it, too
    finally:
        os.umask(before)
    nodes = tuple(tmp_path / name for name in ("nvidia0", "nvidia1", "nvidiactl"))
    for node in nodes:
        node.touch()
    monkeypatch.setattr(module, "find_driver", lambda: Driver(nodes))
    assert lock_paths() == nodes[:2]
    with gpu_lock():
        assert [is_free(node) for node in nodes] == [False, False, True]
    assert is_free(nodes[0])


def test_a_link_in_the_place_of_the_lock_is_not_followed(lock: Path, tmp_path: Path) -> None:
    lock.symlink_to(tmp_path / "somebody_else_s")
    with pytest.raises(GraderFault, match=r"cannot be kept apart: .*symbolic link"), gpu_lock():
        pass
    assert not (tmp_path / "somebody_else_s").exists()


def test_who_waits_tells_that_it_is_alive_and_falls_silent_afterwards() -> None:
    told = threading.Semaphore(0)
    with keeping_heartbeat(told.release, 0.01):
        assert told.acquire(timeout=10)
        assert told.acquire(timeout=10)
    while told.acquire(blocking=False):
        pass
    assert not told.acquire(timeout=0.05)
