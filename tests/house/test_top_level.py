"""Files at the top level, and the project's description of itself."""

import re
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = {"exercises", "solutions", "grader", "datasets", "tests", "docs", ".ci", ".github"}


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    return [Path(name) for name in listed if (ROOT / name).is_file()]


def test_nothing_but_the_course_s_folders_and_single_files() -> None:
    assert {path.parts[0] for path in tracked() if len(path.parts) > 1} <= FOLDERS


def test_every_test_folder_mirrors_a_room() -> None:
    rooms = {path.parts[1] for path in tracked() if path.parts[0] == "grader" and len(path.parts) > 2}
    extra = {"hidden", "house", "benchmarks", "attacks", "doors", "messages"}
    folders = {path.parts[1] for path in tracked() if path.parts[0] == "tests" and len(path.parts) > 2}
    assert folders - rooms <= extra
    assert rooms - folders <= {"records"}  # data: the rooms that make and read them test them


def test_no_machine_s_paths_stand_in_the_text() -> None:
    pattern = re.compile(r"(?<![\w.])/(home|root|Users)/\w+")
    texts = {
        path: (ROOT / path).read_text(encoding="utf-8", errors="ignore") for path in tracked() if path.suffix != ".png"
    }
    matches = {path.as_posix(): match.group() for path, text in texts.items() if (match := pattern.search(text))}
    assert matches == {}


def test_the_version_stands_in_one_place() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" not in project["project"]
    assert project["tool"]["hatch"]["version"]["path"] == "grader/__init__.py"


def test_what_the_workflows_run_is_there() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / ".github" / "workflows").glob("*.yml"))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets, paths = set(re.findall(r"run: make ([\w-]+)", text)), set(re.findall(r"(?:tests|exercises)/[\w/.]+", text))
    assert {"test", "test-doors"} <= targets
    assert [target for target in targets if f"\n{target}:" not in makefile] == []
    assert [path for path in paths if not (ROOT / path).exists()] == []
