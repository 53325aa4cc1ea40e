"""Receipts: what was handed in and what the tests said, as the autograded notebook that nbgrader's formgrader shows.

It is the source notebook with the student's code in the cells of the tasks, and results as outputs of the tests. A
student's text is code or plain output everywhere, never Markdown, which could hold scripts.
"""

import copy
import json
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from grader.course.registry import Unit
from grader.nbgrader.entries import Entry
from grader.submissions.source_spans import all_spans

NO_CODE = "# The code was not at hand. To see it here: grade nbgrader push --submissions FOLDER"
NOTHING = "# Nothing was handed in."
_MOST_CODE = 200_000  # characters of a file: formgrader loads all of it with every page


class Code(Struct, frozen=True):
    """A student's files, cut into what belongs to each task and the rest.

    Attributes
    ----------
    tasks : dict of str to str
        By task.
    rest : dict of str to str
        By file name: imports, constants, functions of the student's own.
    """

    tasks: dict[str, str]
    rest: dict[str, str]


def code_of(unit: Unit, files: Mapping[str, str]) -> Code:
    """Cut a student's files into the functions of the tasks and the rest, every line once.

    Parameters
    ----------
    unit : Unit
    files : mapping of str to str
        By stem; they may contain syntax errors.

    Returns
    -------
    Code
    """
    tasks, rest = {}, {}
    for stem, text in files.items():
        names = [task.name for task in unit.tasks if task.file == stem]
        lines = text[:_MOST_CODE].split("\n")
        owner: dict[int, str] = {}
        for name, (begin, end) in all_spans(text[:_MOST_CODE]):
            if name in names:
                owner.update(dict.fromkeys(range(begin, end), name))
        for name in names:
            written = "\n".join(line for number, line in enumerate(lines) if owner.get(number) == name)
            tasks[name] = written or f"# {name} is not in {stem}.py."
        rest[f"{stem}.py"] = "\n".join(line for number, line in enumerate(lines) if number not in owner)
    return Code(tasks, rest)


def receipt_text(source: str, entry: Entry, code: Code | None, *, missing: str = NO_CODE) -> str:
    """Return a receipt.

    Parameters
    ----------
    source : str
        The unit's source notebook, as JSON.
    entry : Entry
    code : Code or None
        None: `missing` stands in its place.
    missing : str

    Returns
    -------
    str
        JSON of the notebook format.
    """
    notebook = json.loads(source)
    cells = [_filled(cell, entry, code, missing) for cell in notebook["cells"] if _stays(cell)]
    first = next((number for number, cell in enumerate(cells) if _grade_id(cell)), len(cells))
    notebook["cells"] = [*cells[:first], *_rest_cells(code), *cells[first:]]
    return json.dumps(notebook, indent=1, ensure_ascii=True) + "\n"


def _stays(cell: Mapping[str, Any]) -> bool:
    """Return whether a cell of the source notebook is shown: code that belongs to no task is the student's instead."""
    return cell["cell_type"] == "markdown" or bool(_grade_id(cell))


def _grade_id(cell: Mapping[str, Any]) -> str:
    grade_id: str = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
    return grade_id


def _filled(cell: Mapping[str, Any], entry: Entry, code: Code | None, missing: str) -> dict[str, Any]:
    filled = copy.deepcopy(dict(cell))
    name, about = _grade_id(cell), cell["metadata"].get("nbgrader", {})
    if cell["cell_type"] != "code" or not name:
        return filled
    if about.get("solution"):
        filled["source"] = _lines(code.tasks.get(name, missing) if code else missing)
    elif about.get("grade"):
        filled["outputs"] = _outputs(entry.outputs.get(name, ""))
    return filled


def _rest_cells(code: Code | None) -> list[dict[str, Any]]:
    texts = {name: text.strip("\n") for name, text in code.rest.items()} if code else {}
    return [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": f"rest-{number}",
            "metadata": {},
            "outputs": [],
            "source": _lines(f"# {name}, besides the tasks\n{text}"),
        }
        for number, (name, text) in enumerate(texts.items())
        if text
    ]


def _outputs(text: str) -> list[dict[str, Any]]:
    return [{"output_type": "stream", "name": "stdout", "text": _lines(f"{text}\n")}] if text else []


def _lines(text: str) -> Sequence[str]:
    return text.splitlines(keepends=True)
