"""The real course, released: nothing of the instructor's side is in it, and a student can work with it."""

import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.course.registry import load_course
from grader.release.bundle import release

ROOT = Path(__file__).parents[2]
COURSE = load_course(ROOT)
DISTINCT = 16  # characters that make a name somebody's own rather than a word


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("released") / "a bundle"
    points = {f"{unit.name}.{task.name}": 1.0 for unit in COURSE.units for task in unit.tasks}
    release(COURSE, folder, points, closed=[unit.name for unit in COURSE.units])  # with what opens later, too
    return folder


def texts(bundle: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(path for path in bundle.rglob("*") if path.is_file()):
        if path.suffix != ".whl":
            yield path.relative_to(bundle).as_posix(), path.read_text(encoding="utf-8", errors="replace")
            continue
        with zipfile.ZipFile(path) as wheel:
            for name in wheel.namelist():
                yield f"{path.name}:{name}", wheel.read(name).decode("utf-8", errors="replace")


def functions(folder: Path, pattern: str) -> set[str]:
    return {name for path in folder.glob(pattern) for name in re.findall(r"^def (\w+)", path.read_text("utf-8"), re.M)}


def hidden_names() -> set[str]:
    hidden = set().union(*(functions(ROOT / "tests/hidden" / unit.name, "*.py") for unit in COURSE.units))
    visible = set().union(*(functions(ROOT / "exercises" / unit.name, "*.py") for unit in COURSE.units))
    return {name for name in hidden - visible if len(name) >= DISTINCT}


def test_no_hidden_test_and_no_wrong_answer_is_in_bundle_or_wheel(bundle: Path) -> None:
    names = hidden_names()
    assert len(names) > 100
    assert [(place, shared) for place, text in texts(bundle) if (shared := names & set(re.findall(r"\w+", text)))] == []


def test_no_solution_is_in_bundle_or_wheel(bundle: Path) -> None:
    marked = [
        place
        for place, text in texts(bundle)
        if "### BEGIN SOLUTION" in text and not place.split(":")[-1].startswith("grader/")
    ]
    assert marked == []
    assert not any(place.split(":")[-1].startswith(("solutions", "tests")) for place, _ in texts(bundle))


def test_a_student_can_work_in_the_bundle(bundle: Path) -> None:
    command = [sys.executable, "-c", "from grader.cli import main; main()", "run", COURSE.units[0].name, "--json"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DEEPGRADE")}
    done = subprocess.run(command, cwd=bundle, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr  # nothing is written yet
    assert "not_attempted" in done.stdout
    assert json.loads(done.stdout)
