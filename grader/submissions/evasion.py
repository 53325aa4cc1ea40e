"""Allowlist check of files whose tasks forbid an operator: public names only.

The kernels of a forbidden operator are replaced in the student's own process (`grader/worker/policy.py`). Python code
can undo that, and a denylist never ends: frames, `gc`, a module as an attribute of another one. So the source may use
only what `grader.submissions.allowed_names` lists: imports, dotted names that resolve to public API, and attributes of
tensors and of the student's own classes. The parser process extracts the names (`grader.submissions.source_claims`);
this module compares them with the list.
"""

from collections.abc import Iterator, Mapping
from functools import cache

from grader.submissions.allowed_names import (
    HIDDEN_ATTRIBUTES,
    MODULES,
    NEVER_OWN,
    SETTABLE,
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
    own = {name for each in known.values() for _, name in each.defines} - NEVER_OWN
    first = {stem: min(_problems(each, known, own), default=None) for stem, each in known.items()}
    return {stem: _sentence(stem, place) for stem, place in first.items() if place is not None}


def _claims(reading: Reading) -> Claims:
    """Return a file's claims; empty if it cannot be parsed, since it cannot run either."""
    return Claims() if reading.problem else Claims(**reading.found)


def _sentence(stem: str, place: Place) -> str:
    line, word, kind = place
    return f"{stem}.py, line {line}: {word} is not allowed where an operator is forbidden; {INSTEAD[kind]}"


def _problems(each: Claims, known: Mapping[str, Claims], own: set[str]) -> Iterator[Place]:
    yield from ((line, word, kind) for line, word, kind in each.refused)
    yield from ((line, f"a field named {name}", "own") for line, name in each.defines if name in NEVER_OWN)
    for line, path, stored in each.paths:
        yield from _path_problems(line, path, own, stored=stored)
    for line, path in each.imports:
        yield from _import_problems(line, path)
    for line, name, stored in each.attributes:
        yield from _attribute_problems(line, name, own, stored=stored)
    for line, stem, name in each.siblings:
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


def _path_problems(line: int, path: str, own: set[str], *, stored: bool) -> Iterator[Place]:
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
        yield from _attribute_problems(line, name, own, stored=stored and number == len(rest) - 1)


def _attribute_problems(line: int, name: str, own: set[str], *, stored: bool) -> Iterator[Place]:
    if name in HIDDEN_ATTRIBUTES or name not in value_attributes() | own:
        yield line, f"the attribute {name}", "attribute"
    elif stored and name not in SETTABLE | own:
        yield line, f"setting {name}", "store"


@cache
def _module_of(path: str) -> str:
    """Return the longest listed module that is a prefix of a path; empty if none is."""
    parts = path.split(".")
    starts = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
    return next((start for start in starts if start in MODULES), "")
