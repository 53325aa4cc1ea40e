"""Programs that grade submissions of `conv2d_forward` by five tests: what one of them costs more for more submissions.

The marginal cost is the slope between N and 2 N submissions, so what a program does once does not count.
"""

import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from grader.course import layout
from grader.metering.processes import ONE_THREAD
from tests.benchmarks.peers.cpu import cpu_seconds, has_control_group
from tests.benchmarks.peers.environments import NBGRADER, OTTER, PYTEST, scripts_of
from tests.benchmarks.peers.notebooks import code_cell, nbgrader_cells, otter_test_file, write_notebook

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
SOLUTION = layout.solution_path(ROOT, "convolution", "conv")
SETTINGS = ONE_THREAD | {"PYTHONPATH": str(HERE), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONHASHSEED": "0"}
NBGRADER_SETTINGS = "c = get_config()\nc.CourseDirectory.course_id = 'course'\n"
PYTEST_FILE = (
    "import conv, five_tests, pytest\n\n\n@pytest.mark.parametrize('test', five_tests.TESTS)\n"
    "def test_convolution(test):\n    test(conv.conv2d_forward)\n"
)


@dataclass(frozen=True)
class Program:
    """A program, and the number of submissions with which its slope is measured.

    Attributes
    ----------
    name : str
    count : int
    cache : Path
        Folder of the environments.
    """

    name: str
    count: int
    cache: Path

    def marginal(self) -> float:
        """Return the CPU seconds that one more submission costs."""
        return (self.cost(2 * self.count) - self.cost(self.count)) / self.count

    def cost(self, count: int) -> float:
        """Return the CPU seconds for so many submissions."""
        with TemporaryDirectory() as name:
            return self._cost(Path(name), count)

    def prepare(self) -> None:
        """Install what is missing."""

    def _cost(self, folder: Path, count: int) -> float:
        """Return the CPU seconds for so many submissions, in an empty folder."""
        raise NotImplementedError


class Ours(Program):
    """This engine, in the tier `sealed`: both halves of the slope in one process, without two starts between them."""

    def marginal(self) -> float:
        """Return the CPU seconds that one more submission costs."""
        return own_slope("judge", "convolution", self.count, "--tests", "five")


class Warm(Program):
    """The five tests in one warm process, without any protection."""

    def marginal(self) -> float:
        """Return the CPU seconds that one more run costs."""
        command = [sys.executable, str(HERE / "five_tests.py"), str(SOLUTION), str(self.count)]
        return _last_line(cpu_seconds(command, ROOT, SETTINGS).printed) / self.count


class Pytest(Program):
    """Plain pytest, a process for each submission."""

    def prepare(self) -> None:
        """Install what is missing."""
        scripts_of("pytest", PYTEST, self.cache)

    def _cost(self, folder: Path, count: int) -> float:
        command = [str(scripts_of("pytest", PYTEST, self.cache) / "python"), "-m", "pytest", "-q", "--rootdir=."]
        (folder / "test_convolution.py").write_text(PYTEST_FILE, encoding="utf-8")
        shutil.copy(SOLUTION, folder / "conv.py")
        return sum(cpu_seconds(command, folder, SETTINGS).seconds for _ in range(count))


class Otter(Program):
    """`otter run`, a process for each submission; its own isolation needs Docker and is left out."""

    def prepare(self) -> None:
        """Install what is missing."""
        scripts_of("otter", OTTER, self.cache)

    def _cost(self, folder: Path, count: int) -> float:
        scripts = scripts_of("otter", OTTER, self.cache)
        (folder / "tests").mkdir()
        (folder / "tests/conv.py").write_text(otter_test_file(), encoding="utf-8")
        write_notebook(folder / "conv.ipynb", [code_cell("code", SOLUTION.read_text(encoding="utf-8"))])
        settings = SETTINGS | {"PATH": f"{scripts}:/usr/bin:/bin"}
        cpu_seconds([str(scripts / "otter"), "generate", "-t", "tests", "--no-environment"], folder, settings)
        command = [str(scripts / "otter"), "run", "-a", "autograder.zip", "conv.ipynb"]
        spent = 0.0
        for _ in range(count):
            spent += cpu_seconds(command, folder, settings).seconds
            scores = [test.get("score", 0) for test in json.loads((folder / "results.json").read_text())["tests"]]
            _require(sum(scores) == 5, self.name, f"scores {scores}")
            (folder / "results.json").unlink()
        return spent


class Nbgrader(Program):
    """`nbgrader autograde`, one command for all."""

    def prepare(self) -> None:
        """Install what is missing."""
        scripts_of("nbgrader", NBGRADER, self.cache)

    def _cost(self, folder: Path, count: int) -> float:
        scripts = scripts_of("nbgrader", NBGRADER, self.cache)
        settings = SETTINGS | {"PATH": f"{scripts}:/usr/bin:/bin", "HOME": str(folder)}
        (folder / "nbgrader_config.py").write_text(NBGRADER_SETTINGS, encoding="utf-8")
        cells = nbgrader_cells(SOLUTION.read_text(encoding="utf-8"))
        write_notebook(folder / "source/conv/conv.ipynb", cells)
        for number in range(count):
            write_notebook(folder / f"submitted/s{number}/conv/conv.ipynb", cells)
        cpu_seconds([str(scripts / "nbgrader"), "generate_assignment", "conv"], folder, settings)
        spent = cpu_seconds([str(scripts / "nbgrader"), "autograde", "conv"], folder, settings).seconds
        for number in range(count):
            graded = folder / f"autograded/s{number}/conv/conv.ipynb"
            _require(graded.is_file() and not list(_errors(graded)), self.name, f"s{number} has not passed")
        return spent


def own_start(units: str, settings: Mapping[str, str]) -> float:
    """Return the CPU seconds of a judge's start; without a control group, without those of its children."""
    return cpu_seconds(_own_command("judge", units, 0), ROOT, ONE_THREAD | settings).seconds


def own_slope(command: str, units: str, count: int, *options: str) -> float:
    """Return what one more submission costs, by a command of `ours.py`."""
    printed = cpu_seconds(_own_command(command, units, count, *options), ROOT, ONE_THREAD).printed
    return _last_line(printed) / count


def _own_command(command: str, units: str, count: int, *options: str) -> list[str]:
    return [sys.executable, "-m", "tests.benchmarks.peers.ours", command, units, str(count), *options]


def _last_line(printed: str) -> float:
    return float(printed.splitlines()[-1])


def clock() -> str:
    """Return how CPU time is measured here, in words."""
    if has_control_group():
        return "CPU seconds of whole process trees, by a control group"
    return "CPU seconds by wait4, and what the judge reports of its children: no control group can be made here"


def _errors(notebook: Path) -> Iterator[str]:
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", ()):
            if output["output_type"] == "error":
                yield output["evalue"]


def _require(holds: bool, name: str, what: str) -> None:
    if not holds:
        sys.exit(f"{name}: {what}")
