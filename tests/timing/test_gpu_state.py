"""State of a card beside a race, with a made-up library of NVIDIA's, and the lock for one race at a time.

Expected values: bits of the reasons for a lower clock as NVML documents them. No test here has seen a card; the lock is
real, in a folder of the test's own.
"""

import contextlib
import fcntl
import os
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from grader.judge.outcomes import GraderFault, TooNoisy
from grader.sandbox.gpus import Driver
from grader.timing import gpu_state as module
from grader.timing.gpu_state import (
    CardReading,
    Watch,
    gpu_lock,
    keeping_heartbeat,
    lock_paths,
    reading_of,
    require_idle,
)

UUID = "GPU-00000000-1111-2222-3333-444444444444"


class NVMLError(Exception):
    """Exception of the library."""


def library(*, reasons: int = 0, mhz: int = 1980, busy: int = 0, broken: str = "") -> SimpleNamespace:
    """Return a library of one card; a call that is broken raises as on a driver that does not support it."""
    calls: list[str] = []

    def answers(name: str, value: object) -> object:
        def call(*arguments: object) -> object:
            calls.append(name)
            if name == broken:
                raise NVMLError("not supported")
            return value

        return call

    values = {
        "nvmlInit": None,
        "nvmlShutdown": None,
        "nvmlDeviceGetHandleByUUID": "a handle",
        "nvmlDeviceGetCurrentClocksThrottleReasons": reasons,
        "nvmlDeviceGetClockInfo": mhz,
        "nvmlDeviceGetUtilizationRates": SimpleNamespace(gpu=busy, memory=0),
    }
    made = {name: answers(name, value) for name, value in values.items()}
    return SimpleNamespace(NVMLError=NVMLError, NVML_CLOCK_SM=1, calls=calls, **made)


def test_a_reading_has_the_clock_what_slows_it_down_and_who_else_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    made = library(reasons=0x8 | 0x20 | 0x40 | 0x4, mhz=1410, busy=37)
    monkeypatch.setitem(sys.modules, "pynvml", made)
    assert reading_of(UUID) == CardReading(1410, ("the hardware slows it down", "it is too hot"), 37)
    assert made.calls[-1] == "nvmlShutdown"


def test_a_card_at_rest_or_at_its_limit_on_power_is_not_slowed_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", library(reasons=0x1 | 0x4))
    assert reading_of(UUID) == CardReading(1980)


@pytest.mark.parametrize("broken", ["nvmlInit", "nvmlDeviceGetHandleByUUID", "nvmlDeviceGetUtilizationRates"])
def test_where_the_driver_does_not_answer_there_is_no_reading(monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    made = library(broken=broken)
    monkeypatch.setitem(sys.modules, "pynvml", made)
    assert reading_of(UUID) is None
    assert ("nvmlShutdown" in made.calls) is (broken != "nvmlInit")


def test_without_the_library_a_race_goes_on_and_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", None)  # its import fails
    assert reading_of(UUID) is None
    watch = Watch(lambda: reading_of(UUID))
    watch.look()
    watch.require_steady()
    assert watch.clock_range() == ""
    require_idle(lambda: reading_of(UUID), "a card")


def test_a_card_that_somebody_else_uses_is_not_raced_on() -> None:
    require_idle(lambda: CardReading(1980, busy=10), "a card")
    with pytest.raises(TooNoisy, match="a card is busy 80 % of the time with somebody else's work") as noisy:
        require_idle(lambda: CardReading(1980, busy=80), "a card")
    assert "80 %" in noisy.value.feedback().review


def test_a_card_that_was_slowed_down_in_between_is_not_believed_and_the_clock_is_told() -> None:
    readings = iter([CardReading(1980), CardReading(1200, ("it is too hot",)), CardReading(1980)])
    watch = Watch(lambda: next(readings))
    for _ in range(3):
        watch.look()
    assert watch.clock_range() == ", 1200 to 1980 MHz"
    with pytest.raises(TooNoisy, match="ran slower than it can: it is too hot, 1200 to 1980 MHz") as noisy:
        watch.require_steady()
    assert "too hot" in noisy.value.feedback().review


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("grader.timing.gpu_state.tempfile.gettempdir", lambda: str(tmp_path))
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
    beats = threading.Semaphore(0)
    with keeping_heartbeat(beats.release, 0.01):
        assert beats.acquire(timeout=10)
        assert beats.acquire(timeout=10)
    while beats.acquire(blocking=False):
        pass
    assert not beats.acquire(timeout=0.05)
