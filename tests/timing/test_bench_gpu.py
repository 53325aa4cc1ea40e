"""`grade bench --gpu`, with a stand-in for the card: what is measured, in which order, what is let go.

Expected values: the bytes and operations of the workload itself, and the definition of what is counted.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from grader.course.medals import Edges, Timed
from grader.course.registry import load_course
from grader.errors import UnavailableError
from grader.timing import bench, gpu, hardware, on_device
from grader.timing.bench import STEPS, DeviceBench, NotTimed
from tests.timing.stand_in import NAME, StandIn, ThreadLauncher

TRACK = Path(__file__).parent / "track"
EDGES = {"cube_fast": Edges(1.6, 2.1, 4.0, NAME)}


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep the naive version and the matrices short, and torch on one thread."""
    monkeypatch.setattr(on_device, "AT_ONCE", 2)
    monkeypatch.setattr(hardware, "SIDE_ON_DEVICE", 128)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    made = StandIn(shares=True, cache=1 << 12)
    monkeypatch.setattr("grader.worker.device.opened_storage", made.opened)
    monkeypatch.setattr("grader.timing.noise.SLOWED", 100.0)  # a CPU's neighbours are no matter here
    return made


def benched(tmp_path: Path, device: StandIn, body: str) -> tuple[Timed | NotTimed, list[tuple[str, str]]]:
    root = tmp_path / "course"
    shutil.copytree(TRACK, root)
    course = load_course(root)
    text = (root / "solutions/quick/fast.py").read_text(encoding="utf-8").replace("return x @ x @ x", body)
    bench = DeviceBench(course, course.units[0], {"fast": text}, ThreadLauncher(), edges=EDGES, device=device)
    steps: list[tuple[str, str]] = []
    (timed,) = bench.timed(course.units[0].timed_tasks[:1], lambda *step: steps.append(step))
    return timed, steps


def test_a_task_is_measured_beside_torch_the_slow_way_and_the_roofline(tmp_path: Path, device: StandIn) -> None:
    for _ in range(3):  # the machine may be too busy
        timed, steps = benched(tmp_path / str(len(device.events)), device, "return x @ x @ x")
        if isinstance(timed, Timed):
            break
    assert isinstance(timed, Timed), timed
    assert steps == [("cube_fast", step) for step in STEPS]
    assert timed.student.device == f"{NAME}, float32"
    assert timed.student.details.startswith("batches of ")
    assert timed.medal == "gold"
    assert timed.naive.ratio > 2 * timed.student.ratio  # row by row
    assert (timed.operations, timed.moved) == (4.0 * 360**3, 2.0 * 4 * 360**2)
    roof = timed.roofline
    assert timed.roof_seconds == max(timed.operations / roof.rate, timed.moved / roof.bandwidth) > 0
    assert not device.blocks  # what was shared is let go


def test_what_is_wrong_is_told_and_no_device_is_asked(tmp_path: Path, device: StandIn) -> None:
    timed, steps = benched(tmp_path, device, "return x @ x")
    assert isinstance(timed, NotTimed)
    assert "is wrong" in timed.feedback.message
    assert steps == [("cube_fast", STEPS[0])]
    assert not device.events


def test_a_copy_is_larger_than_the_cache_and_as_large_as_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    copied = []
    monkeypatch.setattr(hardware, "_fastest_on", lambda device, work: copied.append(work().numel()) or 1.0)
    device = StandIn(shares=True, cache=1 << 20)
    for moved, numbers in ((100.0, 2 << 18), (float(1 << 23), 1 << 20)):
        roofline = hardware.measured_roofline_on(device, bench.DTYPE, moved)
        assert copied[::2][-1] == numbers
        assert roofline == (8.0 * numbers, 2.0 * 128**3)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_without_a_card_the_command_says_so() -> None:
    with pytest.raises(UnavailableError, match="no GPU that torch can use"):
        gpu.device_here()
