"""The source notebook: its cells are the solutions' parts, and cut they are the student's notebook."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from grader.course.cut import cut, stub_text
from grader.course.layout import solution_path
from grader.course.model import Course, Unit
from grader.course.registry import load_course
from grader.course.script_block import BLOCK
from grader.nbgrader.cells import cells_of
from grader.nbgrader.source_notebook import source_text
from grader.records.rules import Rules
from grader.submissions.notebooks import notebook_text, python_files
from tests.tiny_course import course, root

__all__ = ["course", "root"]
OURS = load_course(Path(__file__).parents[2])


def cells(text: str, kind: str = "") -> list[dict[str, Any]]:
    return [cell for cell in json.loads(text)["cells"] if kind in ("", cell["cell_type"])]


def source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def graded(text: str) -> dict[str, dict[str, Any]]:
    """Return nbgrader's metadata by grade_id."""
    marked = [cell["metadata"]["nbgrader"] for cell in cells(text) if "nbgrader" in cell["metadata"]]
    return {fields["grade_id"]: fields for fields in marked}


@pytest.mark.parametrize("unit", OURS.units, ids=lambda unit: unit.name)
def test_cut_it_is_the_notebook_of_the_stubs(unit: Unit) -> None:
    text = source_text(OURS, unit)
    code = [source(cell) for cell in cells(text, "code") if not cell["metadata"].get("nbgrader", {}).get("grade")]
    stubs = {stem: stub_text(OURS.root, unit.name, stem).replace(f"{BLOCK}\n", "") for stem in unit.files}
    students = [source(cell) for cell in cells(notebook_text(unit.title, stubs), "code")]
    assert [cut(piece, unit.name, "a cell").rstrip("\n") for piece in code] == students


@pytest.mark.parametrize("unit", OURS.units, ids=lambda unit: unit.name)
def test_every_cell_of_the_unit_is_in_it_once(unit: Unit) -> None:
    text = source_text(OURS, unit)
    ids = [cell["metadata"]["nbgrader"]["grade_id"] for cell in cells(text) if "nbgrader" in cell["metadata"]]
    expected = cells_of(OURS, unit)
    assert sorted(ids) == sorted(cell.grade_id for cell in expected)
    assert {name: fields.get("points") for name, fields in graded(text).items()} == {
        cell.grade_id: cell.points if cell.is_graded else None for cell in expected
    }


@pytest.mark.parametrize("unit", OURS.units, ids=lambda unit: unit.name)
def test_its_cells_are_the_files_to_the_last_statement(unit: Unit) -> None:
    files = python_files(source_text(OURS, unit).encode())
    assert list(files) == list(unit.files)
    for stem, text in files.items():
        solution = solution_path(OURS.root, unit.name, stem).read_text(encoding="utf-8")
        assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(solution)), stem


def test_tests_follow_their_task(course: Course) -> None:
    ids = list(graded(source_text(course, course.unit("lines"))))
    assert ids[:4] == [
        "slope",
        "test_matches_the_worked_example",
        "test_slope_agrees_with_the_reference",
        "test_slope_refuses_bad_input",
    ]


def test_a_hidden_test_shows_its_name_and_what_it_looks_at(course: Course) -> None:
    text = source_text(course, course.unit("lines"))
    (cell,) = [cell for cell in cells(text) if "slope agrees" in source(cell)]
    assert source(cell) == (
        "# hidden test, 2.5 points: slope agrees with the reference\n"
        "# graded after submission; looks at: random numbers"
    )
    assert cell["metadata"]["nbgrader"] == {
        "grade": True,
        "grade_id": "test_slope_agrees_with_the_reference",
        "locked": True,
        "points": 2.5,
        "schema_version": 3,
        "solution": False,
        "task": False,
    }


def test_the_handout_comes_first_with_its_picture_inside_and_no_dead_links(course: Course, root: Path) -> None:
    handout = root / "exercises/lines/README.md"
    handout.write_text(handout.read_text(encoding="utf-8") + "\nSee [counting](../counting/README.md).\n")
    first, *rest = cells(source_text(course, course.unit("lines")), "markdown")
    assert source(first) == "# Straight lines"
    assert source(rest[0]).startswith("## A worked example")
    assert "](attachment:picture.svg)" in source(rest[0])
    assert rest[0]["attachments"]["picture.svg"].keys() == {"image/svg+xml"}
    assert "See counting." in "".join(map(source, rest))


def test_a_question_is_answered_in_a_cell_that_a_person_grades(course: Course) -> None:
    asked = replace(course, rules=Rules(questions={"lines": {"Why squares?": 3}}))
    text = source_text(asked, asked.unit("lines"))
    fields = graded(text)["question-1-Why-squares"]
    assert (fields["grade"], fields["solution"], fields["locked"], fields["points"]) == (True, True, False, 3.0)
    (answer,) = [cell for cell in cells(text) if cell["metadata"].get("nbgrader") == fields]
    assert (answer["cell_type"], source(answer)) == ("markdown", "YOUR ANSWER HERE")
