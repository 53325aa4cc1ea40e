"""Untouched stubs are clean in an editor: ruff and pyright with the bundle's own settings find nothing in them."""

import json
import sys
from pathlib import Path

import pytest

from grader.course.registry import load_course
from grader.release.bundle import release
from tests.doors.environments import Environment

ROOT = Path(__file__).parents[2]
COURSE = load_course(ROOT)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("released") / "a bundle"
    points = {f"{unit.name}.{task.name}": 1.0 for unit in COURSE.units for task in unit.tasks}
    release(COURSE, folder, points, closed=[unit.name for unit in COURSE.units])  # with what opens later, too
    return folder


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    made = Environment(tmp_path_factory.mktemp("tools") / "venv")
    made.install("pyright", "ruff")
    return made


def pyright_errors(tools: Environment, bundle: Path) -> list[str]:
    done = tools.run("pyright", "--outputjson", "--pythonpath", sys.executable, folder=bundle)
    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] > len(COURSE.units)
    return [f"{Path(d['file']).name}: {d['message']}" for d in report["generalDiagnostics"] if d["severity"] == "error"]


def test_ruff_finds_nothing_in_untouched_stubs(tools: Environment, bundle: Path) -> None:
    assert tools.run("ruff", "check", ".", folder=bundle).returncode == 0
    assert tools.run("ruff", "format", "--check", ".", folder=bundle).returncode == 0


def test_pyright_finds_nothing_in_untouched_stubs_and_a_slip_in_a_written_one(tools: Environment, bundle: Path) -> None:
    assert pyright_errors(tools, bundle) == []
    stub = bundle / "exercises" / "perceptron" / "neuron.py"
    text = stub.read_text(encoding="utf-8")
    stub.write_text(text.replace('raise NotImplementedError("perceptron.step")', "return nop.sign(z)"), "utf-8")
    assert pyright_errors(tools, bundle) == ['neuron.py: "nop" is not defined']
