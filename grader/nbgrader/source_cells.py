"""Cells as nbgrader itself records them when it generates an assignment, for an assignment that is new in a gradebook.

With them `nbgrader autograde` and `nbgrader generate_feedback` go on from what was pushed.
"""

import json
from typing import Any

import nbformat
from nbgrader import utils
from nbgrader.preprocessors import ClearOutput, ComputeChecksums, LockCells

from grader.nbgrader.preprocessors import CutSolutions


def source_cells(unit: str, source: str) -> dict[str, dict[str, Any]]:
    """Return the attributes of nbgrader's source cells, by grade_id.

    Parameters
    ----------
    unit : str
    source : str
        The unit's source notebook, as JSON.

    Returns
    -------
    dict of str to dict
        As students get the cells: without the solution.
    """
    notebook = nbformat.reads(source, as_version=4)
    for step in (LockCells, CutSolutions, ClearOutput, ComputeChecksums):
        notebook, _ = step().preprocess(notebook, {"nbgrader": {"notebook": unit}})
    cells = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id")]
    return {cell.metadata.nbgrader["grade_id"]: _attributes(cell) for cell in cells}


def _attributes(cell: Any) -> dict[str, Any]:
    checksum = cell.metadata.nbgrader.get("checksum")
    return {
        "cell_type": cell.cell_type,
        "locked": utils.is_locked(cell),
        "source": cell.source,
        "checksum": checksum,
    }


def kernel_of(source: str) -> str:
    """Return a notebook's kernel as nbgrader records it."""
    return json.dumps(json.loads(source)["metadata"].get("kernelspec", {}))
