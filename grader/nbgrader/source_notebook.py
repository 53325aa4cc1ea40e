"""nbgrader's source notebook of a unit, made from the handout, the solutions, and what the tests are worth.

The cell of a hidden test says what it looks at, and nothing else: neither in the notebook nor in nbgrader's database is
there any code or number of it.
"""

import ast
import base64
import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from grader.course import layout
from grader.course.handout import fill_handout
from grader.course.model import Course, Unit
from grader.course.reading import find_regions, parsed, read_text
from grader.course.ready_blocks import with_plain_comments
from grader.nbgrader.cells import Cell, CellKind, cells_of
from grader.report.screens import points
from grader.submissions.notebooks import document, in_notebook, made_cell, pieces

SCHEMA_VERSION = 3
PICTURE = "picture.svg"
ANSWER = "YOUR ANSWER HERE"
_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\((?!https?:|#)[^)\s]*\)")
_FENCE = re.compile(r"^\s*(```|~~~)")


def source_text(course: Course, unit: Unit) -> str:
    """Return a unit's source notebook.

    Parameters
    ----------
    course : Course
        An author's checkout, with solutions and hidden tests.
    unit : Unit

    Returns
    -------
    str
        JSON of the notebook format 4.5, with nbgrader's metadata of version 3.

    Raises
    ------
    CourseError
        If a solution, a test file or the handout is broken, or this is a student bundle.
    """
    course.refuse_bundle("it has no solutions and no hidden tests")
    cells = cells_of(course, unit)
    notebook = [*_prose(course, unit)]
    for stem in unit.files:
        notebook += [made_cell("markdown", f"## `{stem}.py`", ""), *_file_cells(course, unit, stem, cells)]
    notebook += [made for cell in cells if not cell.task for made in _of_the_whole_unit(cell)]
    return document([made | {"id": f"cell-{number}"} for number, made in enumerate(notebook)])


def _prose(course: Course, unit: Unit) -> Iterator[dict[str, Any]]:
    """Yield the handout's sections as cells, its picture in one of them; only the title if there is no handout."""
    has_handout = layout.handout(course.root, unit.name).is_file()
    text = fill_handout(course.root, unit, lambda task: course.limits_of(unit.name, task)) if has_handout else ""
    picture = layout.picture(course.root, unit.name)
    for section in _sections(_LINK.sub(r"\1", text) or f"# {unit.title}\n"):
        if f"]({PICTURE})" in section and picture.is_file():
            shown = section.replace(f"]({PICTURE})", f"](attachment:{PICTURE})")
            data = base64.b64encode(picture.read_bytes()).decode("ascii")
            yield made_cell("markdown", shown, "") | {"attachments": {PICTURE: {"image/svg+xml": data}}}
        else:
            yield made_cell("markdown", section, "")


def _sections(text: str) -> list[str]:
    """Return a Markdown text's parts, each from one heading of the second level to the next."""
    sections, is_code = [""], False
    for line in text.splitlines(keepends=True):
        is_code ^= bool(_FENCE.match(line))
        if line.startswith("## ") and not is_code:
            sections.append("")
        sections[-1] += line
    return [section.strip() for section in sections if section.strip()]


def _file_cells(course: Course, unit: Unit, stem: str, cells: Sequence[Cell]) -> Iterator[dict[str, Any]]:
    """Yield the cells of a solution file, each task followed by those of its tests."""
    tasks = {cell.task for cell in cells if cell.kind is CellKind.SOLUTION}
    for piece in _solution_pieces(course, unit, stem):
        task = _task_in(piece, f"{stem}.py", tasks)
        yield made_cell("code", in_notebook(piece, stem), "", _metadata(task, solution=True) if task else {})
        for cell in cells:
            if cell.is_test and cell.task == task:
                yield _locked(cell, _words_of_test(unit, cell))


def _solution_pieces(course: Course, unit: Unit, stem: str) -> Iterator[str]:
    """Yield the parts of a solution file that, cut, are the parts of its stub."""
    path = layout.solution_path(course.root, unit.name, stem)
    shown = layout.relative_name(path, course.root)
    text = with_plain_comments(read_text(path, shown), shown)
    helpers = [range(region.begin, region.end + 1) for region in find_regions(text, shown) if not region.owner]
    return pieces(text, shown, helpers)


def _task_in(piece: str, name: str, tasks: Collection[str]) -> str:
    """Return the task that a part of a file defines; empty if it defines none."""
    definitions = [node for node in parsed(piece, name).body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    return next((node.name for node in definitions if node.name in tasks), "")


def _metadata(grade_id: str, *, solution: bool = False, counted: Cell | None = None) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "grade": counted is not None,
        "grade_id": grade_id,
        "locked": not solution,
        "schema_version": SCHEMA_VERSION,
        "solution": solution,
        "task": False,
    }
    return {"nbgrader": fields | ({"points": counted.points} if counted else {})}


def _locked(cell: Cell, words: Sequence[str]) -> dict[str, Any]:
    return made_cell("code", "\n".join(f"# {line}" for line in words), "", _metadata(cell.grade_id, counted=cell))


def _words_of_test(unit: Unit, cell: Cell) -> tuple[str, str]:
    worth = f"{points(cell.points)} point{'s' * (cell.points != 1)}" if cell.points else "counts in a choice"
    if cell.kind is CellKind.HIDDEN:
        return f"hidden test, {worth}: {cell.title}", f"graded after submission; looks at: {cell.about}"
    take = f"grade notebook {unit.name} --take {unit.name}.ipynb"
    return f"visible test, {worth}: {cell.title}", f"to try it: {take}, then: grade run {cell.task}"


def _of_the_whole_unit(cell: Cell) -> Iterator[dict[str, Any]]:
    """Yield the cells of what belongs to no task: choices, and questions that people grade."""
    if cell.kind is CellKind.QUESTION:
        yield made_cell("markdown", f"**{cell.title}** ({points(cell.points)} points, graded by a person)", "")
        yield made_cell("markdown", ANSWER, "", _metadata(cell.grade_id, solution=True, counted=cell))
    else:
        yield _locked(cell, (f"{cell.title} ({points(cell.points)} points)" if cell.points else cell.title,))
