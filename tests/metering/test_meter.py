"""A process is charged for what it does, and not for what its neighbours do."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from grader.metering.meter import Meter, NoCore, UsedUp, backstop, run
from grader.metering.processes import known_process, known_tree

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process does")
STEP = 0.1


class Machine:
    """A process whose life is written down: in each step of 0.1 s on the wall, whether it runs, rests or has no core.

    Parameters
    ----------
    life : str
        ``r`` runs, ``s`` rests, ``w`` waits for a core; the last letter goes on for ever.
    threads : int
        That run at once, on as many cores.
    """

    def __init__(self, life: str, threads: int = 1) -> None:
        self._life, self._threads = life, threads
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def _letter(self, step: int) -> str:
        return self._life[min(step, len(self._life) - 1)]

    def cpu_seconds(self) -> float:
        return self._threads * STEP * sum(self._letter(step) == "r" for step in range(round(self.time / STEP)))

    def rests(self) -> bool:
        return self._letter(round(self.time / STEP) - 1) == "s"


def look_for_ever(meter: Meter, wait: Callable[[float], None]) -> None:
    while True:
        wait(meter.pause())
        meter.look()


def waited(machine: Machine, seconds: float, most: float | None = None) -> float:
    """Return how long the wall's clock ran until a wait for an answer that never comes ended."""
    meter = Meter(machine, now=machine.now, pause=lambda mean: STEP)
    meter.start(seconds, most)
    start = machine.time
    while machine.time < 10_000:
        machine.time = round(machine.time + STEP, 6)
        meter.look()
    return machine.time - start


def ends(machine: Machine, seconds: float, most: float | None = None) -> tuple[type[Exception], float]:
    try:
        waited(machine, seconds, most)
    except (UsedUp, NoCore) as error:
        return type(error), machine.time
    raise AssertionError("it did not end")


@pytest.mark.parametrize(
    ("life", "expected"),
    [
        ("r", 1.0),  # an endless loop
        ("s", 1.0),  # sleep(60)
        ("rs" * 5 + "s", 1.0),  # some of both
        ("w" * 90 + "r", 10.0),  # a loop that had no core for nine seconds
        ("rwwwwwwwww" * 10 + "r", 9.1),  # a tenth of a core
        ("w" * 20 + "s", 3.0),
    ],
)
def test_only_what_a_process_does_itself_is_charged(life: str, expected: float) -> None:
    kind, end = ends(Machine(life), 1.0)
    assert kind is UsedUp
    assert end == pytest.approx(expected, abs=STEP)


def test_threads_add_up() -> None:
    assert ends(Machine("r", threads=4), 2.0) == (UsedUp, pytest.approx(0.5, abs=STEP))


def test_work_that_it_makes_for_whoever_waits_is_charged() -> None:
    machine = Machine("w")
    meter = Meter(machine, now=machine.now, pause=lambda mean: STEP)
    meter.start(1.0)
    meter.charge(0.6)
    machine.time += 1.0
    meter.look()
    meter.charge(0.6)
    machine.time += 1.0
    with pytest.raises(UsedUp):
        meter.look()
    assert meter.charged == pytest.approx(1.0)


def test_a_late_look_charges_no_more_than_the_process_had() -> None:
    machine = Machine("r")
    meter = Meter(machine, now=machine.now, pause=lambda mean: STEP)
    meter.start(0.3)
    machine.time += 9.0  # whoever waits had no core
    with pytest.raises(UsedUp):
        meter.look()
    machine.time += 9.0  # and took its time to end the process
    meter.stop()
    assert meter.charged == pytest.approx(0.3)


def test_a_process_that_never_gets_a_core_is_ended_by_the_wall_and_is_not_to_blame() -> None:
    machine = Machine("rw")
    with pytest.raises(NoCore) as caught:
        waited(machine, 1.0)
    assert machine.time == pytest.approx(backstop(1.0), abs=2 * STEP)
    assert caught.value.used == pytest.approx(STEP)
    assert ends(Machine("w"), 1.0, most=3.0) == (NoCore, pytest.approx(3.0, abs=STEP))


def test_a_machine_that_stood_still_charges_nobody() -> None:
    machine = Machine("s")
    meter = Meter(machine, now=machine.now, pause=lambda mean: STEP)
    meter.start(5.0)
    machine.time += 3600.0
    meter.look()
    assert meter.charged <= 1.0  # ten times the mean stretch


def test_short_waits_are_charged_together_by_the_next_look() -> None:
    """Two hundred calls of 20 ms each that only sleep: no single one is looked at."""
    machine = Machine("s")
    meter = Meter(machine, now=machine.now, pause=lambda mean: 0.1)
    for _ in range(200):
        meter.start(5.0)
        machine.time += 0.02
        meter.look()
        meter.stop()
        machine.time += 1.0  # the judge's own time
    assert meter.charged == pytest.approx(4.0, abs=0.2)


def test_what_has_come_and_lies_unread_is_not_a_rest() -> None:
    machine = Machine("s")
    meter = Meter(machine, now=machine.now, pause=lambda mean: STEP)
    meter.start(0.5)
    for _ in range(10):
        machine.time += STEP
        meter.look(lambda: False)
    assert meter.charged == 0.0


def test_the_wall_is_charged_where_the_kernel_does_not_tell() -> None:
    clock = Machine("w")
    meter = Meter(None, now=clock.now)
    assert meter.by_wall
    meter.start(1.0)

    def wait(seconds: float) -> None:
        clock.time += seconds

    with pytest.raises(UsedUp):
        look_for_ever(meter, wait)
    meter.stop()
    assert clock.time == pytest.approx(1.0, abs=0.01)
    assert meter.charged == pytest.approx(1.0, abs=0.01)


SPIN = "while True: pass"
REST = "import time; time.sleep(600)"
THREADS = """
import threading, time
def now_and_then():
    while True:
        until = time.thread_time() + 0.001
        while time.thread_time() < until: pass
        time.sleep(1)
for _ in range(30): threading.Thread(target=now_and_then, daemon=True).start()
time.sleep(600)
"""


@pytest.fixture
def started(request: pytest.FixtureRequest) -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen([sys.executable, "-c", request.param]) as process:
        yield process
        process.kill()


@LINUX
@pytest.mark.parametrize("started", [SPIN, REST, THREADS], indirect=True)
def test_real_processes_use_up_what_they_have(started: "subprocess.Popen[bytes]") -> None:
    """The last one's threads all wake at once and wait for each other: their waiting times would hide that it rests."""
    meter = Meter(known_process(started.pid))
    meter.start(1.0)
    with pytest.raises(UsedUp):
        look_for_ever(meter, time.sleep)
    assert meter.charged == pytest.approx(1.0)


@LINUX
@pytest.mark.parametrize("started", [REST], indirect=True)
def test_a_process_that_is_stopped_rests(started: "subprocess.Popen[bytes]") -> None:
    process = known_process(started.pid)
    assert process is not None
    started.send_signal(signal.SIGSTOP)
    until = time.monotonic() + 30
    while not process.rests() and time.monotonic() < until:
        time.sleep(0.01)
    assert process.rests()


@LINUX
def test_a_tree_works_while_one_of_its_processes_does() -> None:
    """The first one only waits for the second."""
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SPIN!r}])"
    with subprocess.Popen([sys.executable, "-c", program], process_group=0) as process:
        tree = known_tree(process.pid)
        assert tree is not None
        until = time.monotonic() + 60
        while tree.cpu_seconds() < 1.0 and time.monotonic() < until:
            time.sleep(0.05)
        alone = known_process(process.pid)
        assert alone is not None
        assert alone.rests()
        assert not tree.rests()
        os.killpg(process.pid, signal.SIGKILL)


def test_a_command_is_run_to_its_end() -> None:
    code = "import sys; print(sys.stdin.read().upper()); sys.exit(3)"
    done = run([sys.executable, "-c", code], 30.0, input=b"words", stdout=subprocess.PIPE)
    assert (done.returncode, done.stdout.strip()) == (3, b"WORDS")


@pytest.mark.parametrize("code", [SPIN, REST])
def test_a_command_that_does_not_end_is_ended(code: str) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        run([sys.executable, "-c", code], 1.0)
