"""All kinds of workers answer, are limited, and are gone when they are closed."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from grader.course.model import missing
from grader.errors import UnavailableError
from grader.records import Isolation
from grader.sandbox.channel import Channel, DeadlinePassed, Gone, WorkerLimits
from grader.sandbox.fork_server import ForkLauncher, Zygote
from grader.sandbox.isolation import PlainHousing, installed_entries, interpreter, settings
from grader.sandbox.launcher import Launcher
from grader.sandbox.subprocess_worker import SpawnLauncher
from grader.wire import WireError, decode, encode
from tests.sandbox.conftest import launcher_or_skip

KINDS = ["spawned", *(["self", "weak", "sealed"] if sys.platform == "linux" else [])]
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="zygotes and /proc are Linux's")
LIMITS = WorkerLimits(memory_mib=512, cpu_seconds=20, output_kib=64)

SOURCE = """
import os, sys, threading, time
import numpy as np

def echo(value): return value
def sleep(): time.sleep(60)
def spin():
    while True: pass
def flood(): print("x" * 200_000)
def drip():
    for _ in range(1000): print("x" * 1000, flush=True)
def print_for_ever():
    def flood():
        while True: os.write(1, b"y" * 65536)
    threading.Thread(target=flood, daemon=True).start()
def find(name): return __import__(name).__name__
def last_words():
    os.write(1, b"last words\\n")
    os._exit(3)
def long_text(): print("x" * 10_000 + "end")
def hello(): print("hello"); sys.stderr.write("there\\n")
def leave(): os._exit(7)
def burn(threads, seconds):
    started = [threading.Thread(target=burn_alone, args=(seconds,)) for _ in range(threads)]
    for each in started: each.start()
    for each in started: each.join()
def wait(threads, seconds): time.sleep(seconds)
def burn_alone(seconds):
    while time.thread_time() < seconds: pass
def junk(): os.write(3 if os.path.exists("/proc/self/fd/3") else 1, b"junk" * 10)
def big(): return np.ones(10_000_000)
def environment(): return dict(os.environ)
def leave_a_file():
    names = os.listdir()
    np.save("weights", np.ones(2))
    return os.getcwd(), names, os.listdir()
def open_files(): return sorted(os.listdir("/proc/self/fd"))
"""


@pytest.fixture(scope="module", params=KINDS)
def launcher(request: pytest.FixtureRequest) -> Iterator[Launcher]:
    started = SpawnLauncher() if request.param == "spawned" else launcher_or_skip(Isolation(request.param))
    yield started
    started.close()


@pytest.fixture
def channel(launcher: Launcher) -> Iterator[Channel]:
    opened = launcher.open("numpy", LIMITS)
    load(opened)
    yield opened
    opened.close()


def ask(channel: Channel, *request: object, seconds: float = 20.0) -> object:
    return decode(channel.ask(encode(request), seconds))


def load(channel: Channel, library: str = "numpy") -> None:
    assert ask(channel, "load", "unit", {"m": SOURCE}, library, 1, ()) == ("ok", None)


def whole_output(channel: Channel) -> str:
    """Return what was printed, when no more of it is on its way: a spawned worker's is read by a thread."""
    time.sleep(0.3)
    return channel.printed()


def call(channel: Channel, name: str, *args: object, seconds: float = 20.0) -> object:
    return ask(channel, "call", "m", name, args, {}, False, seconds=seconds)


def test_values_come_back(channel: Channel) -> None:
    assert call(channel, "echo", (1, "a", 2.5)) == ("ok", (1, "a", 2.5))


def test_large_answers_arrive_whole(channel: Channel) -> None:
    answer = call(channel, "big")
    assert isinstance(answer, tuple)
    assert answer[1].sum() == 10_000_000


@pytest.mark.parametrize(("name", "more"), [("sleep", 4.0), ("spin", 0.1)])
def test_a_deadline_holds(channel: Channel, name: str, more: float) -> None:
    """A rest is charged with one stretch of the call before that nobody looked at, of ten times 20 s / 50 at most."""
    before = channel.charged
    with pytest.raises(DeadlinePassed):
        call(channel, name, seconds=0.3)
    assert 0.3 - 1e-9 <= channel.charged - before <= 0.3 + more


def test_a_worker_that_leaves_is_gone_with_its_status(channel: Channel) -> None:
    with pytest.raises(Gone):
        call(channel, "leave")
    assert channel.close().code == 7


@pytest.mark.parametrize("name", ["flood", "drip"])
def test_a_flood_is_cut_and_the_code_goes_on(channel: Channel, name: str) -> None:
    assert call(channel, name) == ("ok", None)
    printed = whole_output(channel)
    assert printed.startswith("… (more than 64 KiB printed: only the end is kept)\nx")
    assert len(printed) < 6000
    assert call(channel, "hello") == ("ok", None)
    assert whole_output(channel) == "hello\nthere\n"


def test_a_thread_that_prints_without_end_keeps_neither_the_code_nor_the_clock_waiting(channel: Channel) -> None:
    call(channel, "print_for_ever")
    start = time.monotonic()
    for number in range(20):
        assert call(channel, "echo", number) == ("ok", number)
        assert len(channel.printed()) < 6000
    with pytest.raises(DeadlinePassed):
        call(channel, "sleep", seconds=0.3)
    assert time.monotonic() - start < 15.0


@pytest.mark.parametrize("name", ["pytest", "hypothesis", "rich", "matplotlib", "no_such_module"])
def test_no_package_is_found_but_those_behind_the_walls(channel: Channel, name: str) -> None:
    answer = call(channel, "find", name)
    assert isinstance(answer, tuple)
    assert (answer[0], answer[1]["kinds"][0]) == ("error", "ModuleNotFoundError")
    assert answer[1]["text"] == f"No module named '{name}'"


@pytest.mark.parametrize("name", ["numpy", "jaxtyping", "json", "sqlite3", "grader"])
def test_what_is_behind_the_walls_is_found(channel: Channel, name: str) -> None:
    assert call(channel, "find", name) == ("ok", name)


@pytest.mark.parametrize("kind", ["spawned", *(["weak"] if sys.platform == "linux" else [])])
def test_torch_starts_in_the_room_of_the_walls(kind: str) -> None:
    """In a sealed worker `test_walls.py` uses it, and in one of the tier self `tests/judge/test_memory.py`."""
    with contextlib.closing(SpawnLauncher() if kind == "spawned" else launcher_or_skip(Isolation(kind))) as launcher:
        channel = launcher.open("torch", replace(LIMITS, memory_mib=2048))
        load(channel, "torch")
        assert call(channel, "find", "torch._dynamo") == ("ok", "torch")
        channel.close()


@LINUX
def test_the_reading_of_what_is_printed_is_charged(monkeypatch: pytest.MonkeyPatch) -> None:
    with contextlib.closing(ForkLauncher()) as launcher, contextlib.closing(launcher.open("numpy", LIMITS)) as channel:
        load(channel)
        charged: list[float] = []
        monkeypatch.setattr(channel._meter, "charge", charged.append)
        call(channel, "flood")
        channel.printed()
        assert sum(charged) > 0


def test_what_was_printed_before_the_end_is_kept(channel: Channel) -> None:
    with pytest.raises(Gone):
        call(channel, "last_words")
    channel.close()
    assert channel.printed() == "last words\n"


def test_a_longer_text_below_the_limit_shows_that_something_is_left_out(channel: Channel) -> None:
    call(channel, "long_text")
    printed = whole_output(channel)
    assert printed == "…" + "x" * (4096 - 4) + "end\n"


def test_output_is_kept(channel: Channel) -> None:
    call(channel, "hello")
    pieces: list[str] = []
    until(lambda: pieces.append(channel.printed()) or "".join(pieces) == "hello\nthere\n")


@LINUX
def test_junk_on_the_line_is_a_wire_error_or_the_end() -> None:
    launcher = ForkLauncher()
    channel = launcher.open("numpy", LIMITS)
    load(channel)
    with pytest.raises((WireError, Gone)):
        call(channel, "junk")
    channel.close()
    launcher.close()


def test_nothing_of_the_judge_s_environment_is_seen(channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPGRADE_SECRET", "visible")
    answer = call(channel, "environment")
    assert isinstance(answer, tuple)
    assert "DEEPGRADE_SECRET" not in answer[1]
    assert answer[1]["OMP_NUM_THREADS"] == "1"


def test_closing_ends_a_busy_worker(launcher: Launcher) -> None:
    channel = launcher.open("numpy", LIMITS)
    load(channel)
    with pytest.raises(DeadlinePassed):
        call(channel, "spin", seconds=0.1)
    assert channel.close().code == -9


@LINUX
def test_a_dead_zygote_is_replaced() -> None:
    launcher = ForkLauncher()
    launcher.open("numpy", LIMITS).close()
    launcher._zygotes["numpy"]._process.kill()
    launcher._zygotes["numpy"]._process.wait()
    launcher.revive()
    channel = launcher.open("numpy", LIMITS)
    load(channel)
    assert call(channel, "echo", 1) == ("ok", 1)
    channel.close()
    launcher.close()


@LINUX
def test_no_descriptor_of_the_judge_is_open_in_a_forked_worker() -> None:
    launcher = ForkLauncher()
    channel = launcher.open("numpy", LIMITS)
    load(channel)
    answer = call(channel, "open_files")
    assert isinstance(answer, tuple)
    assert set(answer[1]) <= {"0", "1", "2", "3", "4"}  # 4 is the listing's own
    channel.close()
    launcher.close()


@LINUX
@pytest.mark.parametrize("kind", KINDS[1:])
def test_nothing_outlives_its_judge(kind: str) -> None:
    launcher_or_skip(Isolation(kind)).close()
    program = f"""
import os
from pathlib import Path
from grader.records import Isolation
from grader.sandbox.channel import ChannelError, WorkerLimits
from grader.sandbox.launcher import launcher_for
from grader.wire import encode
launcher = launcher_for(Isolation("{kind}"))
channel = launcher.open("numpy", WorkerLimits())
for request in (("load", "unit", {{"m": "while True: pass"}}, "numpy", 1, ()), ("import", "m")):
    try:
        channel.ask(encode(request), 0.5)
    except ChannelError:
        pass
def below(pid):
    children = Path(f"/proc/{{pid}}/task/{{pid}}/children").read_text().split()
    return children + [one for child in children for one in below(child)]
print(*below(os.getpid()), flush=True)
os.kill(os.getpid(), 9)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    started = [Path("/proc") / pid for pid in done.stdout.split()]
    assert len(started) >= 3, done.stderr  # zygote, keeper, worker
    until(lambda: not any(path.exists() for path in started))


@LINUX
def test_no_process_and_no_descriptor_is_left() -> None:
    before = descriptors()
    launcher = ForkLauncher()
    for _ in range(3):
        launcher.open("numpy", LIMITS).close()
    pid = launcher._zygotes["numpy"]._process.pid
    until(lambda: not Path(f"/proc/{pid}/task/{pid}/children").read_text())
    launcher.close()
    assert descriptors() == before


def descriptors() -> set[str]:
    return {path.name for path in Path("/proc/self/fd").iterdir()}


def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


@LINUX
def test_the_cpu_clock_is_read_from_outside_and_threads_add_up(launcher: Launcher) -> None:
    with contextlib.closing(launcher.open("numpy", WorkerLimits())) as channel:
        load(channel)
        if channel.cpu_seconds() is None:
            pytest.skip("workers that are spawned have no clock that can be read from outside")
        call(channel, "echo", 1)
        for threads, name, expected in ((1, "burn", 0.2), (2, "burn", 0.4), (1, "wait", 0.0)):
            before = channel.cpu_seconds()
            call(channel, name, threads, 0.2)
            after = channel.cpu_seconds()
            assert before is not None
            assert after is not None
            assert after - before == pytest.approx(expected, abs=0.1)


def has_no_clock(channel: Channel) -> bool:
    try:
        channel.cpu_seconds()
    except Gone:
        return True
    return False


@LINUX
def test_a_worker_that_has_ended_has_no_clock() -> None:
    launcher = ForkLauncher()
    channel = launcher.open("numpy", WorkerLimits())
    load(channel)
    with pytest.raises(Gone):
        call(channel, "leave")
    until(lambda: has_no_clock(channel))
    channel.close()
    launcher.close()


def test_torch_workers_keep_their_memory_and_others_are_as_they_were() -> None:
    assert settings("torch")["MALLOC_TRIM_THRESHOLD_"] == settings("torch")["MALLOC_MMAP_THRESHOLD_"] == str(2**30)
    assert not any(name.startswith("MALLOC_TRIM") for name in settings("numpy"))


def test_workers_of_triton_tasks_interpret_their_kernels_and_no_others_do() -> None:
    assert settings("triton") == settings("torch") | {"TRITON_INTERPRET": "1"}
    assert "TRITON_INTERPRET" not in settings("torch") | settings("numpy")
    assert "TRITON_INTERPRET" not in settings("triton", gpu=True)


def test_a_worker_of_a_triton_task_sees_what_a_torch_worker_sees() -> None:
    seen = {path.name for path in installed_entries("triton")}
    assert {path.name for path in installed_entries("torch")} <= seen
    assert ("triton" in seen) is (not missing("triton"))


@pytest.mark.parametrize("kind", ["spawned", "self"] if sys.platform == "linux" else ["spawned"])
def test_a_checkout_that_is_not_installed_is_found_by_pythonpath(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    monkeypatch.setenv("PYTHONPATH", ".")
    assert "-m" not in interpreter("grader.worker.zygote")
    launcher = SpawnLauncher() if kind == "spawned" else ForkLauncher()
    channel = launcher.open("numpy", LIMITS)
    load(channel)
    assert call(channel, "echo", 1) == ("ok", 1)
    channel.close()
    launcher.close()


class EndsAtOnce(PlainHousing):
    """A zygote that has ended before anything is sent to it."""

    def command(self, descriptor: int, library: str, *, gpu: bool = False) -> list[str]:
        """Complain and end."""
        return ["sh", "-c", "echo no interpreter here >&2; exit 1"]

    def greeting(self) -> bytes:
        """Come late."""
        time.sleep(0.5)
        return b"x"


@LINUX
def test_a_zygote_that_ends_at_once_is_an_error_that_says_why() -> None:
    """A broken pipe on the way to it must not hide why it ended."""
    zygote = Zygote("numpy", EndsAtOnce())
    with pytest.raises(UnavailableError, match="no interpreter here"):
        zygote.wait_until_ready()
    zygote.close()


def test_a_worker_works_in_an_empty_folder_that_goes_with_it(launcher: Launcher) -> None:
    folders = []
    for _ in range(2):
        opened = launcher.open("numpy", LIMITS)
        load(opened)
        verdict, answer = call(opened, "leave_a_file")
        if launcher.tier is Isolation.WEAK:  # it can write nowhere
            assert (verdict, answer["kinds"][0]) == ("error", "PermissionError")
            opened.close()
            return
        folder, before, after = answer
        opened.close()
        assert (before, after) == ([], ["weights.npy"])
        folders.append(Path(folder))
    assert not any(folder.exists() for folder in folders)
    assert Path.cwd() not in folders
