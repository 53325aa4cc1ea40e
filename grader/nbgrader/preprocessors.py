"""Preprocessors for nbgrader: solutions become our stubs, and notebooks are graded without a kernel.

Only nbgrader loads this module, by the names in an nbgrader course's settings.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_output
from nbgrader.api import Gradebook
from nbgrader.preprocessors import ClearSolutions, NbGraderPreprocessor, SaveAutoGrades
from nbgrader.utils import is_grade, is_solution
from traitlets import Enum, Unicode

from grader.course.cut import cut
from grader.course.registry import load_course
from grader.nbgrader.cells import cells_of, points_of
from grader.nbgrader.grading import grade_notebook
from grader.nbgrader.source_notebook import SCHEMA_VERSION
from grader.nbgrader.texts import NOT_KNOWN, comments_of, output_of
from grader.records import Isolation

Processed = tuple[Any, Any]


class CutSolutions(ClearSolutions):  # type: ignore[misc]  # nbgrader has no types
    """Cuts the solutions out of code cells as `grade build` does; text cells are nbgrader's."""

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> Processed:
        """Replace a cell's solution by the stub.

        Raises
        ------
        CourseError
            If a marker is stray, nested or misplaced.
        """
        if cell.cell_type != "code":
            return super().preprocess_cell(cell, resources, cell_index)  # type: ignore[no-any-return]
        unit, number = resources["nbgrader"]["notebook"], cell_index + 1
        if "SOLUTION" in cell.source:
            cell.source = cut(cell.source, unit, f"{unit}.ipynb, cell {number}").rstrip("\n")
        return cell, resources


class RestoreCells(NbGraderPreprocessor):  # type: ignore[misc]
    """Gives cells back what nbgrader knows of them, and test cells that are missing: students can change anything."""

    def preprocess(self, nb: Any, resources: Any) -> Processed:
        """Restore metadata of known cells, take it from others, and add missing tests."""
        ids = resources["nbgrader"]
        with Gradebook(ids["db_url"]) as gradebook:
            notebook = gradebook.find_notebook(ids["notebook"], ids["assignment"])
            points = {cell.name: float(cell.max_score) for cell in notebook.grade_cells}
            solutions = {cell.name for cell in notebook.solution_cells}
            known = {cell.name: _known(cell, points, solutions) for cell in notebook.source_cells}
            texts = {cell.name: cell.source for cell in notebook.source_cells}
        present = set()
        for cell in nb.cells:
            name = _grade_id(cell)
            cell.metadata.pop("nbgrader", None)
            if name in known and name not in present:
                cell.metadata["nbgrader"] = nbformat.from_dict(known[name])
                present.add(name)
        for name, fields in known.items():
            if name not in present | solutions:
                nb.cells.append(_missing_cell(nb, texts[name], fields))
        return nb, resources


def _missing_cell(nb: Any, source: str, fields: Mapping[str, Any]) -> Any:
    cell = new_code_cell(source, metadata={"nbgrader": dict(fields)})
    if (nb.nbformat, nb.nbformat_minor) < (4, 5):  # the notebook is not valid with ids
        del cell["id"]
    return cell


def _known(cell: Any, points: Mapping[str, float], solutions: set[str]) -> dict[str, Any]:
    fields = {
        "schema_version": SCHEMA_VERSION,
        "grade_id": cell.name,
        "grade": cell.name in points,
        "solution": cell.name in solutions,
        "locked": bool(cell.locked),
        "task": False,
        "cell_type": cell.cell_type,
        "checksum": cell.checksum,
    }
    return fields | ({"points": points[cell.name]} if cell.name in points else {})


def _grade_id(cell: Any) -> str:
    fields = cell.metadata.get("nbgrader")
    name = fields.get("grade_id") if isinstance(fields, Mapping) else None
    return name if isinstance(name, str) else ""


class GradeInWorkers(NbGraderPreprocessor):  # type: ignore[misc]
    """Grades a notebook in sealed workers; the results are the outputs of its test cells."""

    course = Unicode(help="Folder of the deepgrade course").tag(config=True)
    results = Unicode(help="Folder for the results, as of grade autograde --out").tag(config=True)
    tier = Enum([tier.value for tier in Isolation], Isolation.SEALED.value, help="Isolation tier").tag(config=True)

    def preprocess(self, nb: Any, resources: Any) -> Processed:
        """Grade the files that the cells are, and write points and feedback below each test.

        Raises
        ------
        DeepgradeError
            If there is no such unit, or nothing can be graded on this machine.
        """
        ids, course = resources["nbgrader"], load_course(Path(self.course))
        unit = course.unit(ids["notebook"])
        stamp = Path(resources.get("metadata", {}).get("path", "")) / "timestamp.txt"
        result = grade_notebook(
            course,
            unit.name,
            ids["student"],
            nbformat.writes(nb).encode(),
            results=Path(self.results),
            tier=Isolation(self.tier),
            stamp=stamp.read_bytes() if stamp.is_file() else b"",
        )
        cells, level = cells_of(course, unit), course.rules.feedback.hidden
        points, texts = points_of(cells, result), {cell.grade_id: output_of(cell, result, level) for cell in cells}
        for cell in nb.cells:
            if is_grade(cell) and not is_solution(cell):
                name = cell.metadata.nbgrader.grade_id
                cell.outputs = _outputs(cell, points.get(name), texts.get(name, NOT_KNOWN))
        resources["deepgrade"] = {
            "open": [name for name, value in points.items() if value is None],
            "known": list(points),
            "comments": comments_of(cells, result, level),
        }
        return nb, resources


def _outputs(cell: Any, points: float | None, text: str) -> list[Any]:
    """Return the outputs of a test's cell: the feedback, and the points as nbgrader reads them."""
    most = float(cell.metadata.nbgrader.points)  # what nbgrader knows, even if the course has changed since
    score = min(max(float(points or 0.0), 0.0), most)
    return [
        new_output("stream", name="stdout", text=f"{text}\n"),
        new_output("execute_result", data={"text/plain": repr(score)}, execution_count=None),
    ]


class SaveAutoGradesAndReasons(SaveAutoGrades):  # type: ignore[misc]
    """Saves nbgrader's grades, and with them what waits for a person, and comments on the tasks."""

    def _add_score(self, cell: Any, resources: Any) -> None:
        super()._add_score(cell, resources)
        name, outcome = cell.metadata["nbgrader"]["grade_id"], resources["deepgrade"]
        if not is_solution(cell) and (name in outcome["open"] or name not in outcome["known"]):
            grade = self.gradebook.find_grade(name, self.notebook_id, self.assignment_id, self.student_id)
            grade.auto_score, grade.needs_manual_grade = None, True
            self.gradebook.db.commit()

    def _add_comment(self, cell: Any, resources: Any) -> None:
        super()._add_comment(cell, resources)
        name = cell.metadata["nbgrader"]["grade_id"]
        if text := resources["deepgrade"]["comments"].get(name):
            comment = self.gradebook.find_comment(name, self.notebook_id, self.assignment_id, self.student_id)
            comment.auto_comment = text
            self.gradebook.db.commit()
