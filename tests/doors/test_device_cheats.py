"""No cheat against a card's clock earns a point: on a card where there is one, else on a stand-in, behind real walls.

The stand-in is torch's own CPU tensors: inputs and answers go through the wire, and the clock is the worker's CPU time
while a batch is request for. Noise is not its matter: the gate is open, and what else runs on the machine is no matter.
"""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from grader.errors import UnavailableError
from grader.judge.outcomes import TooNoisy
from grader.records import Isolation
from grader.sandbox.launcher import Launcher, launcher_for
from grader.sandbox.probe import require
from grader.timing import gpu
from tests.attacks.cheats import CONTROLS, HONEST, PLAINLY_SLOW
from tests.attacks.device_cheats import DEVICE_CHEATS, ON_A_STAND_IN
from tests.attacks.device_racing import Ending, course_for, raced
from tests.timing.stand_in import NAME, StandIn

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the tier sealed needs Linux")

HAS_CARD = torch.cuda.is_available()
BY_NAME = DEVICE_CHEATS | {control.name: control for control in CONTROLS}


@pytest.fixture(scope="module")
def launcher() -> Iterator[Launcher]:
    try:
        require(Isolation.SEALED)
    except UnavailableError as error:
        pytest.skip(f"the tier sealed is not available here: {error.message}")
    with contextlib.closing(launcher_for(Isolation.SEALED)) as made:
        yield made


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the course with thresholds for what is raced on."""
    name = torch.cuda.get_device_name() if HAS_CARD else NAME
    return course_for(name, tmp_path_factory.mktemp("raced") / "course")


@pytest.fixture(autouse=True)
def device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let races find the stand-in where there is no card."""
    if not HAS_CARD:
        monkeypatch.setattr("grader.timing.gpu_state.lock_paths", lambda: (tmp_path / "card.lock",))
        monkeypatch.setattr(gpu, "require_gpu", lambda: StandIn(shares=False))
        monkeypatch.setattr("grader.timing.noise.QUIET", (0.01, 100.0))
        monkeypatch.setattr("grader.timing.noise.SLOWED", 100.0)
        monkeypatch.setattr("grader.timing.measuring.WALL", 1000)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def ending(name: str, root: Path, launcher: Launcher) -> Ending:
    """Return how a race ended; skip where the machine was always too busy, and nothing is proved."""
    try:
        return raced(BY_NAME[name], root, launcher)
    except TooNoisy as noisy:
        pytest.skip(noisy.message)


@pytest.mark.parametrize("name", DEVICE_CHEATS)
def test_earns_nothing_on_a_card(name: str, root: Path, launcher: Launcher) -> None:
    if not HAS_CARD and name not in ON_A_STAND_IN:
        pytest.skip("it needs CUDA, and this machine has no GPU")
    assert ending(name, root, launcher).problems(DEVICE_CHEATS[name]) == []


def test_who_is_honest_has_gold_and_who_is_slow_nothing(root: Path, launcher: Launcher) -> None:
    assert ending(HONEST, root, launcher).said.endswith("· gold")
    assert ending(PLAINLY_SLOW, root, launcher).said.endswith("· below bronze")
