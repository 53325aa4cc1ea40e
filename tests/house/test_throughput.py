"""The benchmark of throughput: its arithmetic, its clock, and five tests that can fail."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from grader.course import layout, suite
from tests.benchmarks import throughput
from tests.benchmarks.peers import five_tests
from tests.benchmarks.peers.cpu import cpu_seconds
from tests.benchmarks.peers.ours import FIVE
from tests.benchmarks.peers.programs import Program

ROOT = Path(__file__).parents[2]
ORPHAN = "import os, time\nif os.fork() == 0:\n    while time.process_time() < 0.3: pass\n    os._exit(0)\n"
IGNORES_CHILDREN = "import signal\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"


class Made(Program):
    """Program with a known cost: a start of 5 s, and so much for each submission."""

    def _cost(self, folder: Path, count: int) -> float:
        return 5.0 + count * {"ours": 0.02, "nbgrader": 3.0, "otter": 5.0, "pytest": 2.5, "warm": 0.005}[self.name]


def made(cache: Path) -> list[Program]:
    """Return programs of known costs under the names of the real ones."""
    return [Made(name, count, cache) for name, count in throughput.COUNTS.items()]


def test_the_last_line_has_the_marginal_ratios_without_the_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(throughput, "programs", lambda cache, small: made(cache))
    monkeypatch.setattr(sys, "argv", ["throughput.py", "--json", "--cache", str(tmp_path)])
    throughput.main()
    *printed, last = capsys.readouterr().out.splitlines()
    assert json.loads(last) == {"nbgrader": 150.0, "otter": 250.0, "pytest": 125.0, "warm": 4.0}
    assert any(line.split()[:3] == ["nbgrader", "3.0000", "150.0"] for line in printed)


@pytest.mark.skipif(sys.platform != "linux", reason="CPU time of whole process trees is read on Linux")
def test_a_child_that_nobody_waits_for_is_counted(tmp_path: Path) -> None:
    spent = cpu_seconds([sys.executable, "-S", "-c", IGNORES_CHILDREN + ORPHAN], tmp_path)
    assert spent.is_whole == (spent.seconds >= 0.3)


def test_a_command_that_fails_ends_the_benchmark(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no such thing"):
        cpu_seconds([sys.executable, "-S", "-c", "raise ValueError('no such thing')"], tmp_path)


def test_the_five_tests_are_the_hidden_ones_of_the_task() -> None:
    hidden = suite.tests_of(ROOT, layout.hidden(ROOT, "convolution") / "test_conv.py")
    names = [test.name for test in hidden if test.task == "conv2d_forward"]
    assert [test.__name__ for test in five_tests.TESTS] == names
    assert [name.removeprefix("conv.") for name in FIVE] == names


def without_stride(x: np.ndarray, w: np.ndarray, b: np.ndarray, **options: object) -> tuple[np.ndarray, None]:
    """Answer like the solution, but for the stride."""
    return five_tests.F.conv2d(*map(five_tests.torch.from_numpy, (x, w, b)), **(options | {"stride": 1})).numpy(), None


def test_the_first_of_the_five_fails_on_a_wrong_convolution() -> None:
    with pytest.raises(AssertionError):
        five_tests.test_agrees_with_torch_for_every_stride_padding_and_dilation(without_stride)
