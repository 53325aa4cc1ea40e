"""A race away from the judge, in a process of its own, on a stand-in for a card; workers are real and forked.

Where judges run as root behind the tier sealed, workers have another user: a race must be able to end them.
"""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from grader.course.medals import read_tiers
from grader.judge import service
from grader.judge.outcomes import BelowGold, GraderFault, NoGpu, Relayed
from grader.records import Isolation, Verdict
from grader.sandbox import gpus
from grader.sandbox.channel import WorkerLimits
from grader.sandbox.fork_server import ForkLauncher
from grader.sandbox.gpus import Driver
from grader.sandbox.launcher import housing_for
from grader.sandbox.probe import probe
from grader.timing import gpu_race
from grader.timing import race as race_module
from grader.timing.gpu_state import keeping_heartbeat
from grader.timing.race import Race
from tests.timing.stand_in import NAME
from tests.timing.test_on_device import TRACK, race_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="judges fork on Linux only")

ROOT = Path(__file__).parents[2]
STAND_IN = """
from grader.timing import measuring, noise, rounds, gpu_race
from tests.timing.stand_in import StandIn
noise.QUIET = (0.01, 100.0)  # that races are noisy is no matter here
noise.SLOWED = 100.0
measuring.WALL = 1000
measuring.enough = lambda *told: True  # three rounds will do, and two pairs of each: bfloat16 takes long on a CPU
rounds.PAIRS = noise.PAIRS = 2
gpu_race.require_gpu = lambda: StandIn(shares=False)
gpu_race.main()
"""


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """Return the course of the stand-in's races, with matrices that are large enough for a real clock."""
    shutil.copytree(TRACK, tmp_path / "course")
    return tmp_path / "course"


@pytest.fixture(scope="module")
def launcher() -> Iterator[ForkLauncher]:
    """Return a launcher of the strongest tier, with the zygotes that a judge prepares where there is a card."""
    tier = Isolation.SEALED if probe(Isolation.SEALED).reached else Isolation.SELF
    made = ForkLauncher(housing_for(tier))
    made.prepare("torch")
    made.prepare("torch+gpu")
    made.wait_until_ready()
    yield made
    made.close()


@pytest.fixture
def away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Make this process one that must not see the card that the machine seems to have."""
    monkeypatch.setattr("grader.timing.gpu_state.lock_paths", lambda: (tmp_path / "card.lock",))
    monkeypatch.setenv(gpus.VISIBLE_BEFORE, "")
    monkeypatch.setenv(gpus.VISIBLE, "")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setattr(race_module, "find_driver", lambda: Driver((Path("/dev/nvidia0"),)))
    monkeypatch.setattr(gpu_race, "command", lambda: [sys.executable, "-W", "ignore", "-c", STAND_IN])
    return monkeypatch


def raced(course: Path, launcher: ForkLauncher, body: str, **options: Any) -> Race:
    race, workers = race_of(course, launcher, body)
    try:
        race.on_gpu("cube_fast", rtol=1e-4, atol=1e-4, **options)
    except BelowGold:
        return race
    finally:
        workers.close()
    return race


def calibrated_here(course: Path) -> None:
    path = course / "tests/hidden/quick/tiers.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("another device", NAME), encoding="utf-8")


def test_both_dtypes_are_raced_away_with_zygotes_that_are_lent(
    course: Path, launcher: ForkLauncher, away: pytest.MonkeyPatch
) -> None:
    calibrated_here(course)
    assert list(launcher.lent()) == ["torch+gpu"]
    race = raced(course, launcher, "return x @ x @ x", dtypes=("float32", "bfloat16"))
    assert race.speed is not None
    assert race.speed.device == f"{NAME}, float32"
    assert race.speed.details.startswith("batches of ")
    assert race.speed.pairs >= 6
    assert launcher.open("torch", WorkerLimits(gpu_mib=64)).close().code == -9  # the lender's own zygotes still work


def test_who_waits_for_a_race_away_is_told_that_the_judge_is_alive(
    course: Path, launcher: ForkLauncher, away: pytest.MonkeyPatch
) -> None:
    away.setattr(gpu_race, "keeping_heartbeat", partial(keeping_heartbeat, seconds=0.05))
    beats: list[str] = []
    race, workers = race_of(course, launcher, "return x @ x @ x")
    workers.heartbeat = lambda: beats.append("alive")
    with contextlib.closing(workers):
        race.on_gpu("cube_fast", rtol=1e-4, atol=1e-4)
    assert len(beats) > 5


def test_what_ends_a_race_away_ends_the_test_here(
    course: Path, launcher: ForkLauncher, away: pytest.MonkeyPatch
) -> None:
    body = """global calls
    calls = globals().get("calls", 0) + 1
    return x @ x @ x if calls < 6 else 1 / 0"""
    with pytest.raises(Relayed) as ended:
        raced(course, launcher, body)
    assert ended.value.verdict is Verdict.FAILED
    assert "ZeroDivisionError" in ended.value.feedback().message


def test_a_card_that_was_not_calibrated_is_told_by_the_referee(
    course: Path, launcher: ForkLauncher, away: pytest.MonkeyPatch
) -> None:
    path = course / "tests/hidden/quick/tiers.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(NAME, "yet another card"), encoding="utf-8")
    with pytest.raises(Relayed, match=f"not calibrated for {NAME}, float32: grade calibrate quick --gpu") as ended:
        raced(course, launcher, "return x @ x @ x")
    assert ended.value.verdict is Verdict.NO_GPU


def test_a_referee_that_breaks_off_is_the_grader_s_fault(
    course: Path, launcher: ForkLauncher, away: pytest.MonkeyPatch
) -> None:
    away.setattr(gpu_race, "command", lambda: [sys.executable, "-c", "raise SystemExit('no such card')"])
    with pytest.raises(GraderFault, match="the race on the GPU broke off: no such card"):
        raced(course, launcher, "return x @ x @ x")


def test_a_referee_that_does_not_come_back_is_ended(
    course: Path, launcher: ForkLauncher, away: pytest.MonkeyPatch
) -> None:
    away.setattr(gpu_race, "command", lambda: [sys.executable, "-c", "import time; time.sleep(60)"])
    away.setattr(gpu_race, "SECONDS_BESIDE", 0.5 - gpu_race.MOST_DEVICE_SECONDS)
    with pytest.raises(GraderFault, match="was not over after"):
        raced(course, launcher, "return x @ x @ x")


def test_without_a_card_or_thresholds_no_referee_is_started(
    course: Path, launcher: ForkLauncher, away: pytest.MonkeyPatch
) -> None:
    away.setattr(gpu_race, "command", lambda: pytest.fail("a process was started"))
    away.setattr(race_module, "read_tiers", lambda path: {"cube_fast": {"cpu": read_tiers(path)["cube_fast"]["cpu"]}})
    with pytest.raises(NoGpu, match="cube_fast is not calibrated for a GPU, float32: grade calibrate quick --gpu"):
        raced(course, launcher, "return x @ x @ x")
    away.setattr(race_module, "find_driver", Driver)
    with pytest.raises(NoGpu, match="no GPU that torch can use"):
        raced(course, launcher, "return x @ x @ x")


def test_a_judge_that_forks_hides_the_cards_before_anything_else(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Hidden(Exception):
        pass

    def hide() -> None:
        raise Hidden

    monkeypatch.setattr(gpus, "hide", hide)
    with pytest.raises(Hidden):
        service.serve_forever(course, None, Isolation.SELF, ("quick",))  # type: ignore[arg-type]  # not used before


@pytest.mark.skipif(os.geteuid() != 0, reason="other users have no capabilities to keep")
def test_a_program_that_a_judge_starts_may_end_processes_and_nothing_else() -> None:
    program = """
import subprocess
from grader.worker.kernel import drop_capabilities
drop_capabilities(keep_kill=True)
print(subprocess.run(["grep", "-E", "Cap(Eff|Prm|Bnd)", "/proc/self/status"], capture_output=True, text=True).stdout)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    capabilities = dict(line.split(":\t") for line in done.stdout.splitlines() if line)
    assert {name: int(value, 16) for name, value in capabilities.items()} == {
        "CapPrm": 1 << 5,
        "CapEff": 1 << 5,
        "CapBnd": 0,
    }
