"""Files that GitHub and citation tools read, against the schemas that those publish."""

import shutil
from pathlib import Path

import pytest

from tests.doors.environments import ROOT, Environment

READ_BY_OTHERS = {
    "CITATION.cff": "citation-file-format",
    ".github/ISSUE_TEMPLATE/1-student.yml": "github-issue-forms",
    ".github/ISSUE_TEMPLATE/2-instructor.yml": "github-issue-forms",
    ".github/ISSUE_TEMPLATE/3-unit.yml": "github-issue-forms",
    ".github/workflows/tests.yml": "github-workflows",
}


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    made = Environment(tmp_path_factory.mktemp("schemas") / "venv")
    made.install("check-jsonschema==0.39.0")
    return made


def says(checker: Environment, schema: str, path: Path) -> str:
    """Return what is wrong with a file; empty if nothing is."""
    done = checker.run("check-jsonschema", "--builtin-schema", f"vendor.{schema}", str(path))
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_every_such_file_is_listed() -> None:
    folder = ROOT / ".github"
    there = {path.relative_to(ROOT).as_posix() for path in folder.rglob("*.yml")} | {"CITATION.cff"}
    assert there == set(READ_BY_OTHERS)


@pytest.mark.parametrize(("path", "schema"), READ_BY_OTHERS.items())
def test_it_follows_the_schema(checker: Environment, path: str, schema: str) -> None:
    assert says(checker, schema, ROOT / path) == ""


def test_a_fault_is_seen(checker: Environment, tmp_path: Path) -> None:
    broken = Path(shutil.copy(ROOT / "CITATION.cff", tmp_path))
    broken.write_text(broken.read_text(encoding="utf-8").replace("authors:", "autors:"), encoding="utf-8")
    assert "authors" in says(checker, READ_BY_OTHERS[broken.name], broken)
