"""Every documented command that can run here is run: page by page, in its order, on a small class in a fresh folder.

What is not run stands in `tests/house/documented_runs.py`, with the reason.

Catches: a page whose commands do not follow from one another, an option that parses and fails, an exit code that is
not the documented one.
"""

import csv
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from grader.course import layout
from grader.course.registry import load_course
from tests.house.documented_runs import PROGRAMS, reason
from tests.house.test_documented_commands import shell_lines

ROOT = Path(__file__).parents[2]
STUDENTS = {"anna": "line by line", "ben": "from the end", "tom": ""}
UNITS = ("perceptron", "rnn", "convolution")
FILLED_IN = {"UNIT.TASK": "perceptron.step", " TASK": " step", " UNIT": " perceptron", "bundle/": "../bundle/"}
CODES = {  # of who did not come from Canvas nothing is archived
    "grade feedback --zip canvas": (0, 3),
    "grade feedback --unit rnn --zip canvas": (0, 3),
}


def lines_of(document: str) -> list[str]:
    """Return the lines of a document that are run."""
    text = (ROOT / document).read_text(encoding="utf-8")
    lines = [line for line in shell_lines(text) if line.split()[:1] and line.split()[0] in PROGRAMS]
    return [line for line in lines if not reason(document, line)]


def run(folder: Path, home: Path, line: str) -> "subprocess.CompletedProcess[str]":
    """Run a line of a document as its reader would, with the names of their own filled in."""
    for name, value in FILLED_IN.items():
        line = line.replace(name, value)
    others = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "DEEPGRADE"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    settings = others | {"PATH": path, "HOME": str(home), "DEEPGRADE_SECRET": "of the makefile"}
    return subprocess.run(
        line, shell=True, cwd=folder, env=settings, input="y\n", capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    """Return a copy of the course, with a class of three and what platforms gave."""
    root = tmp_path_factory.mktemp("documented") / "course"
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    for name in filter(None, tracked):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    make_class(root / "submissions")
    make_class(root.parent / "2026" / "submissions")
    with zipfile.ZipFile(root / "submissions.zip", "w") as archive:
        for path in sorted((root / "submissions").rglob("*.py")):
            archive.write(path, path.relative_to(root))
    rows = [f"{name},{name.title()},{name}@example.org" for name in STUDENTS]
    (root / "roster.csv").write_text("\n".join(["id,name,email", *rows]) + "\n", encoding="utf-8")
    return root


def make_class(folder: Path) -> None:
    """Write hand-ins: right ones, and one with a stub in it."""
    for student, comment in STUDENTS.items():
        for unit in UNITS[:2]:
            target = folder / student / unit
            target.mkdir(parents=True)
            for stem in load_course(ROOT).unit(unit).files:
                is_stub = student == "tom" and unit == "perceptron"
                source = layout.stub_path(ROOT, unit, stem) if is_stub else layout.solution_path(ROOT, unit, stem)
                text = source.read_text(encoding="utf-8")
                (target / f"{stem}.py").write_text(f"{text}\n# {student}: {comment}\n", encoding="utf-8")


@pytest.fixture(scope="module")
def bundle(course, tmp_path_factory) -> Path:
    """Return what students get, with the units solved that the pages name."""
    done = run(course, course.parent, "grade release bundle/")
    assert done.returncode == 0, done.stdout + done.stderr
    folder = course.parent / "bundle"
    for unit in UNITS:
        for stem in load_course(ROOT).unit(unit).files:
            shutil.copy(layout.solution_path(ROOT, unit, stem), folder / "exercises" / unit)
    return folder


def require_as_documented(folder: Path, home: Path, lines: list[str]) -> None:
    """Run lines one after the other; fail with those that ended otherwise than they should."""
    wrong = []
    for line in lines:
        done = run(folder, home, line)
        documented = CODES.get(line.split("#")[0].strip(), (0,))
        if done.returncode not in documented or "Traceback" in done.stderr:
            wrong.append(f"{line}\nends with {done.returncode}\n{done.stdout[-1500:]}{done.stderr[-1500:]}")
    assert not wrong, "\n\n".join(wrong)


def test_the_student_s_lines_run_in_the_bundle(bundle, tmp_path):
    students = [line for line in lines_of("README.md") if line.startswith(("grade  ", "grade run", "grade submit"))]
    assert len(students) == 3
    require_as_documented(bundle, tmp_path, students + lines_of("docs/students.md"))


def test_the_instructor_s_lines_of_the_readme_run(course, bundle, tmp_path):
    lines = [line for line in lines_of("README.md") if line.startswith(("grade autograde", "grade feed", "grade rep"))]
    assert len(lines) == 3
    require_as_documented(course, tmp_path, lines)


def test_the_instructor_s_page_runs_from_top_to_bottom(course, tmp_path):
    lines = sorted(
        lines_of("docs/instructors.md"), key=lambda line: line.startswith("grade forget")
    )  # it cannot be undone
    require_as_documented(course, tmp_path, ["grade autograde submissions/"])  # what the README's reader has done
    first = next(number for number, line in enumerate(lines) if line.startswith("grade export moodle"))
    require_as_documented(course, tmp_path, lines[:first])
    write_worksheet(tmp_path / "Downloads" / "worksheet.csv", course / "results" / "results.csv")
    require_as_documented(course, tmp_path, lines[first:])


def write_worksheet(target: Path, results: Path) -> None:
    """Write what Moodle gives for an assignment on rnn that is worth as much as in the course."""
    with results.open(encoding="utf-8-sig", newline="") as file:
        worth = next(csv.DictReader(file))["rnn_points"]
    people = [f"Participant {number},{name},Submitted,-,{worth}" for number, name in enumerate(MOODLE, start=1)]
    target.parent.mkdir()
    header = "Identifier,Full name,Email address,Status,Grade,Maximum Grade"
    target.write_text("\n".join([header, *people]) + "\n", encoding="utf-8")


MOODLE = ("Anna Obi,anna@example.org", "Ben Ito,ben@example.org", "Tom Bell,tom@example.org")


def test_the_operator_s_page_runs(course, tmp_path):
    require_as_documented(course, tmp_path, lines_of("docs/operators.md"))


def test_the_author_s_lines_run(course, tmp_path):
    lines = [line for line in lines_of("README.md") if line.startswith(("grade new", "grade build"))]
    assert len(lines) == 2
    require_as_documented(course, tmp_path, lines_of("docs/authors.md") + lines)
