"""Kept proofs: used as long as nothing has changed that they depend on, and only if this course has made them."""

from pathlib import Path

import pytest
from msgspec import Struct

from grader.course import layout
from grader.proof import kept
from grader.proof.kept import KeptProofs
from grader.records.proof import Problem
from tests.toy_course import make_course, write

SECRET = "of this test"


class Note(Struct, frozen=True):
    """A proof as far as keeping it goes."""

    points: float
    problems: tuple[Problem, ...] = ()


@pytest.fixture
def course(tmp_path, monkeypatch):
    monkeypatch.setattr(kept.grader, "__file__", str(write(tmp_path / "engine/__init__.py", "")))
    write(tmp_path / "course/datasets/points.py", "")
    return make_course(tmp_path / "course")


@pytest.fixture
def proofs(course):
    """Return the kept proofs of a course of which one unit is proven."""
    proofs = KeptProofs(course, SECRET, Note)
    assert proofs.proven("lines", lambda: Note(1.5)) == Note(1.5)
    return proofs


def add_a_line(path: Path) -> None:
    write(path, (path.read_text(encoding="utf-8") if path.exists() else "") + "\n# another line\n")


def test_a_proof_is_kept_as_it_was(course, proofs):
    assert KeptProofs(course, SECRET, Note).get("lines") == Note(1.5)
    assert proofs.get("counts") is None


@pytest.mark.parametrize(
    "name",
    [
        "solutions/lines/line.py",
        "solutions/lines/milestone.py",
        "exercises/lines/line.py",
        "exercises/lines/test_line.py",
        "exercises/lines/unit.toml",
        "exercises/lines/README.md",
        "tests/hidden/lines/test_line.py",
        "tests/hidden/lines/misconceptions.py",
        "tests/hidden/lines/variants.py",
        "tests/hidden/lines/trivial.toml",
        "tests/hidden/shared.py",
        "tests/conftest.py",
        "datasets/points.py",
        "course.toml",
        "pyproject.toml",
        "../engine/judge/comparison.py",
    ],
)
def test_a_change_of_what_it_depends_on_makes_it_anew(course, proofs, name):
    add_a_line(course.root / name)
    assert proofs.get("lines") is None


def test_a_deleted_file_is_a_change(course, proofs):
    (course.root / "tests/hidden/lines/variants.py").unlink()
    assert proofs.get("lines") is None


@pytest.mark.parametrize("name", ["README.md", "solutions/counts/count.py", "tests/hidden/counts/test_count.py"])
def test_other_units_and_pages_change_nothing(course, proofs, name):
    add_a_line(course.root / name)
    assert proofs.get("lines") == Note(1.5)


@pytest.mark.parametrize(
    "line", ["from solutions.counts import count", "from solutions import counts", "import solutions.counts.count"]
)
def test_a_unit_depends_on_those_whose_code_it_imports(course, line):
    proofs = KeptProofs(course, SECRET, Note)
    write(course.root / "tests/hidden/lines/strategies.py", line + "\n")
    proofs.proven("lines", lambda: Note(2.0))
    assert proofs.get("lines") == Note(2.0)
    add_a_line(course.root / "solutions/counts/count.py")
    assert proofs.get("lines") is None


def test_another_secret_or_version_makes_it_anew(course, proofs, monkeypatch):
    assert KeptProofs(course, "another", Note).get("lines") is None
    for name in ("numpy", "torch"):
        with monkeypatch.context() as patch:
            patch.setattr(kept, "installed_version", lambda asked, changed=name: f"9.9 {asked == changed}")
            assert proofs.get("lines") is None
    with monkeypatch.context() as patch:
        patch.setattr(kept.platform, "python_version", lambda: "3.99.0")
        assert proofs.get("lines") is None
    assert proofs.get("lines") == Note(1.5)


def test_a_file_that_is_damaged_or_from_elsewhere_is_ignored(course, proofs):
    path = layout.kept_proof(course.root, "lines")
    right = path.read_bytes()
    for wrong in (b"", right[:20], right[:-1], right.replace(b"1.5", b"9.5"), b"x" + right[1:], b"{}"):
        path.write_bytes(wrong)
        assert proofs.get("lines") is None
    path.write_bytes(right)
    assert proofs.get("lines") == Note(1.5)
    path.rename(layout.kept_proof(course.root, "counts"))
    assert proofs.get("counts") is None


def test_a_proof_with_problems_is_not_kept(course):
    proofs = KeptProofs(course, SECRET, Note)
    proofs.proven("lines", lambda: Note(1.0, (Problem("lines.slope", "is slow today"),)))
    assert proofs.get("lines") is None


def test_what_is_edited_while_it_is_proven_is_not_kept(course):
    def prove():
        add_a_line(course.root / "solutions/lines/line.py")
        return Note(1.0)

    proofs = KeptProofs(course, SECRET, Note)
    proofs.proven("lines", prove)
    assert proofs.get("lines") is None
