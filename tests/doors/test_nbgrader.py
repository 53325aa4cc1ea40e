"""nbgrader's own commands grade by the workers: a class of odd notebooks, from the source to the exported table.

Requires: the grade of a notebook is that of its `.py` files; warnings and prints cost nothing; no kernel is made;
nothing of a hidden test but its name is in what students get.
"""

import csv
import json
import re
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.course.script_block import BLOCK
from grader.submissions.notebooks import python_files
from tests.doors.environments import Environment, nbgrader_environment
from tests.toy_course import HIDDEN_LINE, HIDDEN_SHIFT, make_course

UNIT = "lines"
WORTH, TESTS = 16.5, 9
Notebook = dict[str, Any]

NO_KERNEL = """
import jupyter_client.manager

def refuse(*args, **kwargs):
    raise SystemExit("a kernel was made")

jupyter_client.manager.KernelManager.__init__ = refuse
"""
NOISY = """# line.py
import sys, warnings
warnings.warn("noise")
print("noise"); print("noise", file=sys.stderr)
"""
HOSTILE = """# line.py
try:
    open({marker!r}, "w").close()
except Exception:
    pass
"""


def code_of(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def task_cell(notebook: Notebook, task: str) -> dict[str, Any]:
    return next(cell for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") == task)


def solved(notebook: Notebook) -> None:
    """Change nothing."""


def noisy(notebook: Notebook) -> None:
    notebook["cells"].append({"cell_type": "code", "id": "noise", "metadata": {}, "outputs": [], "source": NOISY})
    notebook["cells"][-1]["execution_count"] = None
    for task in ("slope", "residuals"):
        cell = task_cell(notebook, task)
        noise = "    import warnings; warnings.warn('noise'); print('noise')\n    ### BEGIN SOLUTION\n"
        cell["source"] = code_of(cell).replace("    ### BEGIN SOLUTION\n", noise)


def partly_wrong(notebook: Notebook) -> None:
    cell = task_cell(notebook, "residuals")
    cell["source"] = code_of(cell).replace("return y - ", "return 1 + y - ")


def unparsable(notebook: Notebook) -> None:
    cell = task_cell(notebook, "residuals")
    cell["source"] = code_of(cell).replace("return y - ", "return y y - ")


def mutilated(notebook: Notebook) -> None:
    """Remove half of the tests' cells and tasks' marks, and give the others a million points."""
    cells = notebook["cells"]
    graded = [cell for cell in cells if cell["metadata"].get("nbgrader", {}).get("grade")]
    for number, cell in enumerate(graded):
        if number % 2:
            cells.remove(cell)
        else:
            cell["metadata"]["nbgrader"] |= {"points": 1e6, "solution": True, "schema_version": 1}
    task_cell(notebook, "centred")["metadata"] = {}


def hostile(notebook: Notebook, marker: Path) -> None:
    cell = {"cell_type": "code", "id": "hostile", "metadata": {}, "outputs": [], "execution_count": None}
    notebook["cells"].append(cell | {"source": HOSTILE.format(marker=str(marker))})


CLASS: dict[str, Callable[[Notebook], None]] = {
    "anna": solved,
    "ben": noisy,
    "cleo": partly_wrong,
    "dora": unparsable,
    "emil": mutilated,
}


class Room:
    """An nbgrader course of the toy course, in an environment of its own."""

    def __init__(self, folder: Path, environment: Environment) -> None:
        self.environment = environment
        self.course, self.folder = make_course(folder / "toy").root, folder / "nbgrader"
        self.marker = self.folder / "marker"

    def run(self, program: str, *arguments: str, folder: Path | None = None) -> "subprocess.CompletedProcess[str]":
        done = self.environment.run(program, *arguments, folder=folder or self.folder)
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def nbgrader(self, *arguments: str) -> str:
        done = self.run("nbgrader", *arguments)
        return done.stdout + done.stderr

    def submit(self, student: str, notebook: Notebook) -> None:
        path = self.folder / "submitted" / student / UNIT / f"{UNIT}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(notebook), encoding="utf-8")
        (path.parent / "timestamp.txt").write_text("2027-02-01 12:00:00 UTC", encoding="utf-8")

    def ask(self, question: str, *values: str) -> list[tuple[Any, ...]]:
        with sqlite3.connect(self.folder / "gradebook.db") as database:
            return database.execute(question, values).fetchall()

    def points(self, student: str) -> dict[str, float]:
        """Return a student's points by grade_id, as nbgrader has them."""
        return dict(self.ask(POINTS, student))

    def feedback(self, student: str) -> str:
        return (self.folder / "feedback" / student / UNIT / f"{UNIT}.html").read_text(encoding="utf-8")


POINTS = """
select base_cell.name, grade.auto_score from grade
join base_cell on grade.cell_id = base_cell.id
join submitted_notebook on grade.notebook_id = submitted_notebook.id
join submitted_assignment on submitted_notebook.assignment_id = submitted_assignment.id
where submitted_assignment.student_id = ?
"""
COMMENTS = POINTS.replace("grade.auto_score", "comment.auto_comment").replace("grade", "comment")


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    """Return a course in which a class was graded by nbgrader's own commands."""
    room = Room(tmp_path_factory.mktemp("room"), nbgrader_environment())
    room.run("grade", "nbgrader", "init", str(room.folder), "--unit", UNIT, folder=room.course)
    settings = room.folder / "nbgrader_config.py"
    settings.write_text(settings.read_text(encoding="utf-8") + NO_KERNEL, encoding="utf-8")
    room.nbgrader("generate_assignment", UNIT)
    source = (room.folder / "source" / UNIT / f"{UNIT}.ipynb").read_text(encoding="utf-8")
    for student, change in CLASS.items():
        notebook = json.loads(source)
        change(notebook)
        room.submit(student, notebook)
    notebook = json.loads(source)
    hostile(notebook, room.marker)
    room.submit("fay", notebook)
    room.submit("gus", json.loads((room.folder / "release" / UNIT / f"{UNIT}.ipynb").read_text(encoding="utf-8")))
    room.nbgrader("autograde", UNIT)
    room.nbgrader("generate_feedback", UNIT)
    room.nbgrader("export")
    return room


def exported(room: Room) -> dict[str, float]:
    """Return everybody's points in the table that nbgrader exports."""
    rows = csv.DictReader((room.folder / "grades.csv").read_text(encoding="utf-8").splitlines())
    return {row["student_id"]: float(row["score"]) for row in rows}


def test_the_released_cells_are_the_student_s_notebook(room: Room) -> None:
    released = json.loads((room.folder / "release" / UNIT / f"{UNIT}.ipynb").read_text(encoding="utf-8"))
    files = python_files(json.dumps(released).encode())
    for stem, text in files.items():
        stub = (room.course / "exercises" / UNIT / f"{stem}.py").read_text(encoding="utf-8")
        assert text.split() == stub.replace(BLOCK, "").split()  # a notebook is no script
    assert 'raise NotImplementedError("lines.slope")' in files["line"]


def test_a_right_answer_has_all_points_and_noise_costs_none(room: Room) -> None:
    points = exported(room)
    assert points["anna"] == points["ben"] == WORTH
    assert points["gus"] == 0.0


def test_a_notebook_has_the_points_of_its_python_files(room: Room, tmp_path: Path) -> None:
    for notebook in (room.folder / "submitted").glob(f"*/{UNIT}/{UNIT}.ipynb"):
        folder = tmp_path / "handed_in" / notebook.parents[1].name / UNIT
        folder.mkdir(parents=True)
        for stem, text in python_files(notebook.read_bytes()).items():
            (folder / f"{stem}.py").write_text(text, encoding="utf-8")
    out = str(tmp_path / "results")
    room.run("grade", "autograde", str(tmp_path / "handed_in"), "--out", out, "--unit", UNIT, folder=room.course)
    rows = csv.DictReader((tmp_path / "results/results.csv").read_text(encoding="utf-8").splitlines())
    points = {row["student"]: float(row[UNIT]) for row in rows}
    assert points == exported(room)
    assert 0 < points["cleo"] < WORTH


def test_what_students_did_to_cells_changes_nothing(room: Room) -> None:
    assert room.points("emil") == room.points("anna")
    assert len(room.points("emil")) == TESTS + 1  # and what people add by hand


def test_a_file_that_does_not_load_is_commented_on(room: Room) -> None:
    comments = dict(room.ask(COMMENTS, "dora"))
    assert "line.py" in (comments["residuals"] or "")
    assert exported(room)["dora"] < WORTH / 2


def test_student_code_does_not_reach_nbgrader_s_folder(room: Room) -> None:
    assert not room.marker.exists()


def test_nothing_of_a_hidden_test_but_its_name_reaches_students(room: Room) -> None:
    released = [*(room.folder / "release").rglob("*.ipynb"), *(room.folder / "feedback").rglob("*.html")]
    assert len(released) == 1 + len(CLASS) + 2
    lines = [line.strip() for source in (HIDDEN_LINE, HIDDEN_SHIFT) for line in source.splitlines()]
    secret = [line for line in lines if re.search(r"np\.|rng|student\.|check\(", line)]
    assert len(secret) > 8
    for path in released:
        text = path.read_text(encoding="utf-8")
        assert "test_residuals_are_what_is_left" in text or "residuals are what is left" in text
        leaked = [line for line in secret if line in text or line.replace("(student, rng)", "") in text]
        assert leaked == []
        assert not re.search(r"shape \(?20|20 numbers|\(20,\)|float64\[20\]", text), path


def test_a_visible_test_says_what_went_wrong(room: Room) -> None:
    assert "residuals matches the worked example" in room.feedback("cleo")
    assert "expected" in room.feedback("cleo")


def test_points_by_hand_stay(room: Room) -> None:
    where = "where grade.id in (select grade.id from grade join base_cell on cell_id = base_cell.id where name = ?)"
    cell = "test_the_mean_is_gone"
    room.ask(f"update grade set manual_score = 0.5 {where}", cell)
    room.nbgrader("autograde", UNIT, "--student", "anna", "--force")
    room.nbgrader("export")
    assert exported(room)["anna"] == WORTH - 1.5
    assert room.points("anna")[cell] == 2.0


def test_nothing_is_done_where_deepgrade_cannot_be_loaded(room: Room, tmp_path: Path) -> None:
    settings = (room.folder / "nbgrader_config.py").read_text(encoding="utf-8")
    (tmp_path / "nbgrader_config.py").write_text(settings.replace("grader.nbgrader", "grader.absent"), encoding="utf-8")
    done = room.environment.run("nbgrader", "autograde", UNIT, folder=tmp_path)
    assert done.returncode != 0
    assert "nothing was done" in done.stderr
