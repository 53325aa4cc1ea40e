"""The plugin acts inside a course, and other projects' runs notice nothing of it.

It is loaded by name, as the entry point would load it, so that these runs depend on nothing that is installed.
`tests/doors/test_foreign_suite.py` installs the wheel.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from grader.pytest_plugin import is_course, is_in_course, places

FOREIGN = Path(__file__).parent / "foreign"


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    return shutil.copytree(FOREIGN, tmp_path / "foreign")


def run_pytest(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run pytest in a process of its own, as the entry point's only plugin would see it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DEEPGRADE", "TRITON", "PYTEST"))}
    environment = {**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "grader.pytest_plugin", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_another_project_notices_nothing(foreign: Path) -> None:
    done = run_pytest(foreign, "--strict-markers", "-W", "error")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 passed" in done.stdout


def test_another_project_has_no_option_of_a_course(tmp_path: Path) -> None:
    (tmp_path / "test_nothing.py").write_text("def test_nothing(): pass\n", encoding="utf-8")
    done = run_pytest(tmp_path, "--subject=solutions")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "--subject" in done.stderr


@pytest.mark.parametrize(
    ("folder", "arguments"),
    [
        ("exercises/toy", []),
        ("..", ["--subject=solutions", "{toy}/exercises/toy/test_first.py::test_doubles_random_numbers"]),
        (".", ["--subject", "solutions", "--replay-seed", "12ab", "exercises"]),
        (".", ["tests/hidden/toy", "-k", "test_leaves"]),
    ],
)
def test_a_course_has_its_fixtures_and_options(toy: Path, folder: str, arguments: list[str]) -> None:
    done = run_pytest(toy / folder, "--import-mode=importlib", *(part.format(toy=toy) for part in arguments))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout


def test_only_a_registry_of_a_course_makes_a_course(tmp_path: Path) -> None:
    registry = tmp_path / "course.toml"
    assert not is_course(tmp_path)
    registry.write_text('[course]\nname = "x"\n', encoding="utf-8")
    assert not is_course(tmp_path)  # there is nothing to exercise
    (tmp_path / "exercises").mkdir()
    assert is_course(tmp_path)
    assert is_in_course([tmp_path / "exercises" / "unit"])
    registry.write_text('[package]\nname = "[course]"\n', encoding="utf-8")
    assert not is_course(tmp_path)


def test_a_registry_with_a_mistake_is_still_a_course_s(tmp_path: Path) -> None:
    (tmp_path / "exercises").mkdir()
    (tmp_path / "course.toml").write_text("[course]\nname = \n", encoding="utf-8")
    assert is_course(tmp_path)


def test_what_is_named_counts_rather_than_where_pytest_was_started(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    assert places([f"{other}::test_x"], tmp_path, tmp_path) == [other.resolve()]
    assert places(["an option's value"], tmp_path, other) == [tmp_path, other]


@pytest.fixture
def stub(toy: Path, tmp_path: Path) -> Path:
    """Return the stub of a copy of the toy course in which `double` is not written."""
    stub = shutil.copytree(toy, tmp_path / "course") / "exercises" / "toy" / "first.py"
    text = stub.read_text(encoding="utf-8")
    stub.write_text(text.replace("return 2 * x", 'raise NotImplementedError("toy.double")'), encoding="utf-8")
    return stub


def test_plain_pytest_skips_what_is_not_attempted(stub: Path) -> None:
    done = run_pytest(stub.parent, "--import-mode=importlib", "-rs", "-W", "error")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 skipped" in done.stdout
    assert "test_first.py:8: not attempted: toy.double is not written yet" in done.stdout


def test_a_solution_that_is_not_written_stays_a_failure(stub: Path) -> None:
    solution = stub.parents[2] / "solutions" / "toy" / "first.py"
    solution.write_text(stub.read_text(encoding="utf-8"), encoding="utf-8")
    done = run_pytest(stub.parent, "--import-mode=importlib", "--subject=solutions")
    assert "2 failed" in done.stdout


@pytest.mark.parametrize(("option", "frames"), [("--tb=auto", 0), ("--full-trace", 1)])
def test_a_failure_shows_the_test_s_line_and_not_the_engine_s(stub: Path, option: str, frames: int) -> None:
    text = stub.read_text(encoding="utf-8")
    stub.write_text(text.replace('raise NotImplementedError("toy.double")', "return 3 * x"), encoding="utf-8")
    done = run_pytest(stub.parent, "--import-mode=importlib", option)
    assert "2 failed" in done.stdout
    assert "expected" in done.stdout
    assert min(done.stdout.count("comparison.py"), 1) == frames
