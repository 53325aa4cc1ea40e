"""Hints for reviewers of a submission: constructs that a task never needs, with their lines.

Nothing here is a verdict. The sandbox prevents what can be prevented; this lists what it cannot judge: code that
inspects its environment, executes text, or reaches an operator under another name.
"""

import ast
from collections.abc import Collection, Iterator, Mapping

from grader.course.reading import imported_modules
from grader.submissions.parsing import Reading, read_files
from grader.submissions.suspicious import CALLS, MODULES

WITH_TORCH = frozenset({"torch", "triton"})
MOST_FINDINGS = 100  # per file; more would not change that it needs a look
LONGEST_NAME = 60

Finding = tuple[int, str, str]
"""Line, imported module (empty if it is not about an import), and reason."""


def to_review(files: Mapping[str, str], libraries: Mapping[str, Collection[str]]) -> list[str]:
    """Return what a reviewer should look at in a submission, sorted by file and line.

    Parameters
    ----------
    files : mapping of str to str
        Source text by stem.
    libraries : mapping of str to collection of str
        Libraries of each file's tasks: importing ``torch`` is no finding in a torch or Triton task.

    Returns
    -------
    list of str
        A file with a syntax error adds nothing, since it does not run; one that the parser gives up on is listed.
    """
    readings = read_files(findings, dict(sorted(files.items())))
    return [line for stem, reading in readings.items() for line in _lines(stem, reading, libraries.get(stem, ()))]


def _lines(stem: str, reading: Reading, libraries: Collection[str]) -> Iterator[str]:
    if reading.problem and not reading.is_syntax:
        yield reading.told(f"{stem}.py")
    has_torch = not WITH_TORCH.isdisjoint(libraries)
    for line, module, reason in reading.found or ():
        if not (module == "torch" and has_torch):
            yield f"{stem}.py, line {line}: {reason}"


def findings(tree: ast.Module, text: str) -> list[Finding]:
    """Return the findings in one file; runs in the parser process."""
    places = (node for node in ast.walk(tree) if isinstance(node, ast.stmt | ast.expr))
    return sorted({(node.lineno, *found) for node in places for found in _reasons(node)})[:MOST_FINDINGS]


def _reasons(node: ast.stmt | ast.expr) -> Iterator[tuple[str, str]]:
    for top in sorted({name.partition(".")[0] for name in imported_modules(node)} & MODULES.keys()):
        yield top, f"imports {top}: {MODULES[top]}"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
        yield "", f"calls {node.func.id}: {CALLS[node.func.id]}"
    if isinstance(node, ast.Attribute) and node.attr.startswith("__") and node.attr not in ("__init__", "__name__"):
        yield "", f"reaches for {node.attr[:LONGEST_NAME]}"
