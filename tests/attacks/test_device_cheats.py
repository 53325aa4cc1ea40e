"""No cheat against a card's clock earns a point: on a card where there is one, else on a stand-in, behind real walls.

The stand-in is torch's own CPU tensors: inputs and answers go through the wire, and the judge's clock is the one on the
wall. So noise is not its matter, and where the machine is too busy the race is tried again.
"""

import contextlib
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from grader.course.model import Limits
from grader.errors import UnavailableError
from grader.judge.budget import Budget
from grader.judge.ended import BelowGold, Ended, TooNoisy
from grader.judge.items import Facts
from grader.judge.remote import RemoteTransport, Submission
from grader.judge.student import Student
from grader.judge.timing import gpu
from grader.judge.timing.lanes import Track
from grader.judge.timing.race import Race
from grader.records import Tier
from grader.sandbox.launcher import Launcher, launcher_for
from grader.sandbox.probe import require
from tests.attacks.cheats import CONTROLS, HONEST, PLAINLY_SLOW, Cheat
from tests.attacks.device_cheats import DEVICE_CHEATS, ON_A_STAND_IN
from tests.judge.stand_in import NAME, StandIn

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the tier sealed needs Linux")

COURSE = Path(__file__).parent / "speed_course"
LIMITS = Limits(call_seconds=20.0, test_seconds=60.0, submission_seconds=200.0)
TRIES = 3
HAS_CARD = torch.cuda.is_available()
BY_NAME = {cheat.name: cheat for cheat in (*DEVICE_CHEATS.values(), *CONTROLS)}


@dataclass(frozen=True)
class Ending:
    """How a race ended: the share of the points, and what was said."""

    credit: float
    said: str


@pytest.fixture(scope="module")
def launcher() -> Iterator[Launcher]:
    try:
        require(Tier.SEALED)
    except UnavailableError as error:
        pytest.skip(f"the tier sealed is not available here: {error.message}")
    with contextlib.closing(launcher_for(Tier.SEALED)) as made:
        yield made


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the course with thresholds for what is raced on."""
    made = tmp_path_factory.mktemp("raced") / "course"
    shutil.copytree(COURSE, made)
    tiers = made / "tests/hidden/raced/tiers.toml"
    text = tiers.read_text(encoding="utf-8")
    start = text.index("[cube_fast.cpu]")
    on_cpu = text[start : text.index("\n\n", start)]
    name = torch.cuda.get_device_name() if HAS_CARD else NAME
    on_gpu = on_cpu.replace("cube_fast.cpu", "cube_fast.gpu_float32")
    on_gpu = on_gpu.replace("for these attacks, not measured", name)
    tiers.write_text(f"{text}\n{on_gpu}\n", encoding="utf-8")
    return made


@pytest.fixture(autouse=True)
def device(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let races find the stand-in where there is no card."""
    if not HAS_CARD:
        monkeypatch.setattr(gpu, "require_gpu", lambda: StandIn(shares=False))
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def raced_once(cheat: Cheat, root: Path, launcher: Launcher) -> Ending:
    submission = Submission("raced", {"fast": cheat.source}, {"cube_fast": "fast"}, "torch")
    track = Track(launcher, "raced", LIMITS, submission)
    transport = RemoteTransport(launcher, submission, LIMITS, Budget(LIMITS))
    transport.default_file = "fast"
    facts = Facts(root, "raced", "fast", "cube_fast", "test_speed_on_a_gpu", 3.0, hidden=True)
    race = Race(facts, Student(transport, {}), 5, track)
    with contextlib.closing(track), contextlib.closing(transport):
        try:
            race.on_gpu("cube_fast", rtol=1e-4, atol=1e-5)
        except BelowGold as below:
            return Ending(below.credit, below.timed)
        except TooNoisy:
            raise
        except Ended as ended:
            return Ending(ended.credit, f"{ended.message} {ended.feedback().differs}")
    return Ending(1.0, race.told.timed)


def raced(name: str, root: Path, launcher: Launcher) -> Ending:
    """Race until the machine can be believed; skip where it never can: nothing was earned, and nothing is proved."""
    for _ in range(TRIES):
        try:
            return raced_once(BY_NAME[name], root, launcher)
        except TooNoisy as noisy:
            reason = noisy.message
    pytest.skip(reason)


@pytest.mark.parametrize("name", DEVICE_CHEATS)
def test_earns_nothing_on_a_card(name: str, root: Path, launcher: Launcher) -> None:
    if not HAS_CARD and name not in ON_A_STAND_IN:
        pytest.skip("it needs CUDA, and this machine has no GPU")
    ending = raced(name, root, launcher)
    assert ending.credit == 0.0, ending
    assert any(part in ending.said for part in DEVICE_CHEATS[name].evidence.split("|")), ending


def test_who_is_honest_has_gold_and_who_is_slow_nothing(root: Path, launcher: Launcher) -> None:
    assert raced(HONEST, root, launcher).said.endswith("· gold")
    assert raced(PLAINLY_SLOW, root, launcher).said.endswith("· below bronze")
