"""Checks of the names in a submission's source: those that are not allowed, and those that a reviewer should see.

The kernels of a forbidden operator are replaced in the student's own process (`grader/worker/policy.py`). Python code
can undo that, and a denylist never ends: frames, `gc`, a module as an attribute of another one. So where an operator is
forbidden, the source may use only what `grader.submissions.names` lists: imports, dotted names that resolve to public
API, and attributes of tensors and of the student's own classes. The parser process extracts the names
(`grader.submissions.source_claims`); this module compares them with the list.

Hints for reviewers are constructs that a task never needs. They are no verdicts: the sandbox prevents what can be
prevented; they list what it cannot judge, such as code that inspects its environment, executes text, or reaches an
operator under another name.
"""

import ast
from collections.abc import Collection, Iterator, Mapping
from functools import cache

from grader.course.reading import imported_modules
from grader.submissions.names import (
    HIDDEN_ATTRIBUTES,
    MODULES,
    NEVER_DEFINED,
    SETTABLE,
    SUSPICIOUS_CALLS,
    SUSPICIOUS_MODULES,
    is_public,
    value_attributes,
)
from grader.submissions.parsing import Reading, read_files
from grader.submissions.source_claims import Claims, claims

INSTEAD = {
    "import": "import torch, its public modules, numpy, jaxtyping, math, itertools and their kind, or the unit's files",
    "module": "call what is in the module by its whole name",
    "name": "write it out: no code that is made from text, no names that are made at run time",
    "path": "use the public functions of torch and numpy as their documentation has them",
    "attribute": "use what tensors, arrays and lists have, and the fields and methods of your own classes",
    "store": "set only the fields of your own classes",
    "own": "choose another name",
    "class": "write the class without it",
    "text": "write an f-string, or a shape as plain letters",
}
"""Advice for each kind of violation."""

Place = tuple[int, str, str]
"""Line, offending text, and kind of violation."""


def blocked_files(files: Mapping[str, str]) -> dict[str, str]:
    """Return the files of a unit that use something not allowed, each with a message for the student.

    Parameters
    ----------
    files : mapping of str to str
        Source text by stem: all files of the unit that are loaded together.
    """
    readings = read_files(claims, files, stems=sorted(files))
    known = {stem: _claims(reading) for stem, reading in readings.items()}
    defined = {name for file in known.values() for _, name in file.defines} - NEVER_DEFINED
    first = {stem: min(_problems(file, known, defined), default=None) for stem, file in known.items()}
    return {stem: _sentence(stem, place) for stem, place in first.items() if place is not None}


def _claims(reading: Reading) -> Claims:
    """Return a file's claims; empty if it cannot be parsed, since it cannot run either."""
    return Claims() if reading.problem else Claims(**reading.result)


def _sentence(stem: str, place: Place) -> str:
    line, word, kind = place
    return f"{stem}.py, line {line}: {word} is not allowed where an operator is forbidden; {INSTEAD[kind]}"


def _problems(file: Claims, known: Mapping[str, Claims], defined: set[str]) -> Iterator[Place]:
    yield from ((line, word, kind) for line, word, kind in file.refused)
    yield from ((line, f"a field named {name}", "own") for line, name in file.defines if name in NEVER_DEFINED)
    for line, path, stored in file.paths:
        yield from _path_problems(line, path, defined, stored=stored)
    for line, path in file.imports:
        yield from _import_problems(line, path)
    for line, name, stored in file.attributes:
        yield from _attribute_problems(line, name, defined, stored=stored)
    for line, stem, name in file.siblings:
        path = known[stem].bound.get(name, "") if stem in known else ""
        if path and _module_of(path) in ("", path):
            yield line, f"{stem}.{name}", "module"


def _import_problems(line: int, path: str) -> Iterator[Place]:
    module = _module_of(path)
    name = path.removeprefix(module).removeprefix(".")
    if not module:
        yield line, path, "import"
    elif name and not is_public(module, name):
        yield line, path, "path"


def _path_problems(line: int, path: str, defined: set[str], *, stored: bool) -> Iterator[Place]:
    module = _module_of(path)
    first, *rest = path.removeprefix(module).removeprefix(".").split(".")
    if not module or not first:
        yield line, path, "module" if module else "import"
        rest = []
    elif not is_public(module, first):
        yield line, f"{module}.{first}", "path"
        rest = []
    elif stored and not rest:
        yield line, f"setting {path}", "store"
    for number, name in enumerate(rest):
        yield from _attribute_problems(line, name, defined, stored=stored and number == len(rest) - 1)


def _attribute_problems(line: int, name: str, defined: set[str], *, stored: bool) -> Iterator[Place]:
    if name in HIDDEN_ATTRIBUTES or name not in value_attributes() | defined:
        yield line, f"the attribute {name}", "attribute"
    elif stored and name not in SETTABLE | defined:
        yield line, f"setting {name}", "store"


@cache
def _module_of(path: str) -> str:
    """Return the longest listed module that is a prefix of a path; empty if none is."""
    parts = path.split(".")
    starts = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
    return next((start for start in starts if start in MODULES), "")


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
        yield reading.message(f"{stem}.py")
    has_torch = not WITH_TORCH.isdisjoint(libraries)
    for line, module, reason in reading.result or ():
        if not (module == "torch" and has_torch):
            yield f"{stem}.py, line {line}: {reason}"


def findings(tree: ast.Module, text: str) -> list[Finding]:
    """Return the findings in one file; runs in the parser process."""
    places = (node for node in ast.walk(tree) if isinstance(node, ast.stmt | ast.expr))
    return sorted({(node.lineno, *reason) for node in places for reason in _reasons(node)})[:MOST_FINDINGS]


def _reasons(node: ast.stmt | ast.expr) -> Iterator[tuple[str, str]]:
    for top in sorted({name.partition(".")[0] for name in imported_modules(node)} & SUSPICIOUS_MODULES.keys()):
        yield top, f"imports {top}: {SUSPICIOUS_MODULES[top]}"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SUSPICIOUS_CALLS:
        yield "", f"calls {node.func.id}: {SUSPICIOUS_CALLS[node.func.id]}"
    if isinstance(node, ast.Attribute) and node.attr.startswith("__") and node.attr not in ("__init__", "__name__"):
        yield "", f"reaches for {node.attr[:LONGEST_NAME]}"
