"""Search for all mutants of a unit's solutions, inside the marked regions and without duplicates."""

import ast
import hashlib
import re
import warnings
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from types import CodeType
from typing import cast

import libcst as cst
from libcst.metadata import ByteSpanPositionProvider, MetadataWrapper

from grader.course import layout
from grader.course.reading import Region, find_regions, first_line, read_text
from grader.course.registry import Unit
from grader.proof.mutation import arrays, expressions, memory
from grader.proof.mutation.operator import Site, proposals
from grader.records.proof import Mutant
from grader.worker.imports import OWN_TESTS

FAMILIES = (expressions, arrays, memory)  # registered by their import
SKIPPED = (cst.Annotation, cst.Decorator, cst.Raise, cst.Assert, cst.Import, cst.ImportFrom, cst.FormattedString)
CONDITIONAL = (cst.If, cst.While, cst.CompIf)  # a change of one of these replaces only its condition
DIGEST = 8
Definition = ast.FunctionDef | ast.ClassDef


def mutants_of(root: Path, unit: Unit) -> list[Mutant]:
    """Return every mutant of a unit, by file, then from top to bottom.

    Parameters
    ----------
    root : Path
        The course's folder.
    unit : Unit

    Returns
    -------
    list of Mutant
        No two of them compile to the same code, and none to the solution's.

    Raises
    ------
    CourseError
        If a solution is missing or broken.
    """
    mutants: list[Mutant] = []
    for stem in unit.files:
        if stem == OWN_TESTS:  # tests are measured by what they catch
            continue
        path = layout.solution_path(root, unit.name, stem)
        shown = layout.relative_name(path, root)
        source = read_text(path, shown)
        tasks = {task.name for task in unit.tasks if task.file == stem}
        mutants += mutants_in(source, find_regions(source, shown), tasks, unit=unit.name, file=stem)
    return mutants


def mutants_in(source: str, regions: tuple[Region, ...], tasks: set[str], *, unit: str, file: str) -> list[Mutant]:
    """Return the mutants of one file.

    Parameters
    ----------
    source : str
    regions : tuple of Region
        Only code in these regions and default values of the tasks' parameters are changed.
    tasks : set of str
        Top-level names.
    unit, file : str
        Names recorded in the mutants.
    """
    search = _MutantSearch(source, regions, tasks)
    return [mutant for place in search.places() for mutant in search.mutants(*place, unit=unit, file=file)]


class _MutantSearch:
    """Search in one file."""

    def __init__(self, source: str, regions: tuple[Region, ...], tasks: set[str]) -> None:
        self._source = source.encode()
        self._regions, self._tasks = regions, tasks
        wrapper = MetadataWrapper(cst.parse_module(source), unsafe_skip_copy=True)
        self._module = wrapper.module
        self._spans = wrapper.resolve(ByteSpanPositionProvider)
        self._starts = [0, *accumulate(len(line) for line in self._source.splitlines(keepends=True))]
        self._statements = [_Statement(self._source, self._starts, node) for node in ast.parse(source).body]

    def places(self) -> Iterator[tuple[cst.CSTNode, Site]]:
        """Yield every node that may be changed."""
        yield from self._below(self._module, ())

    def mutants(self, node: cst.CSTNode, site: Site, *, unit: str, file: str) -> Iterator[Mutant]:
        """Yield the new mutants from changes of one node."""
        start, end = self._span(node.test if isinstance(node, CONDITIONAL) else node)
        owner, line = _owner(site), bisect_right(self._starts, start)
        param = next((parent for parent in site.parents if isinstance(parent, cst.Param)), None)
        around = (self._span(param.name)[0], end) if param else self._lines(start, end)
        for operator, text in proposals(node, site):
            statement = next(statement for statement in self._statements if statement.begin <= start < statement.end)
            changed = statement.changed(start, end, text)
            if changed is None:
                continue
            kind = "default" if param else operator
            name = f"{owner or 'module'}.{kind}.{statement.digest(changed.tree, owner)}"
            before = _on_one_line(self._source[slice(*around)])
            after = _on_one_line(self._source[around[0] : start] + changed.text + self._source[end : around[1]])
            whole = (self._source[:start] + changed.text + self._source[end:]).decode()
            table = f"\n\n{memory.TABLE} = {{}}\n" if memory.TABLE in changed.text.decode() else ""
            yield Mutant(name, unit, file, owner, kind, line, before, after, whole + table)

    def _below(self, node: cst.CSTNode, parents: tuple[cst.CSTNode, ...]) -> Iterator[tuple[cst.CSTNode, Site]]:
        for child in node.children:
            if isinstance(child, SKIPPED) or _is_docstring(child, node):
                continue
            site = Site((node, *parents))
            if self._may_change(child, site):
                yield child, site
            yield from self._below(child, (node, *parents))

    def _may_change(self, node: cst.CSTNode, site: Site) -> bool:
        if node not in self._spans or isinstance(node, cst.Param | cst.Parameters):
            return False
        if isinstance(site.parent, cst.Param) and site.parent.default is not node:
            return False  # the parameter's name
        line = bisect_right(self._starts, self._spans[node].start)
        if any(region.begin < line < region.end for region in self._regions):
            return True
        return site.inside(cst.Param) and _owner(site).partition(".")[0] in self._tasks

    def _span(self, node: cst.CSTNode) -> tuple[int, int]:
        span = self._spans[node]
        return span.start, span.start + span.length

    def _lines(self, start: int, end: int) -> tuple[int, int]:
        """Return the start and the end of the lines that contain a change."""
        first = self._starts[bisect_right(self._starts, start) - 1]
        return first, self._starts[bisect_right(self._starts, max(start, end - 1))]


class _Changed:
    """A changed statement."""

    def __init__(self, text: bytes, tree: ast.Module) -> None:
        self.text, self.tree = text, tree


class _Statement:
    """A top-level statement of a file, and the fingerprints of its previous changes."""

    def __init__(self, source: bytes, starts: list[int], node: ast.stmt) -> None:
        self.begin, self.end = starts[first_line(node) - 1], starts[node.end_lineno or node.lineno]
        self._source = source[self.begin : self.end]
        self._tree = ast.parse(self._source)
        self._known = {_fingerprint(compile(self._tree, "solution", "exec"))}

    def changed(self, start: int, end: int, text: str) -> _Changed | None:
        """Return the statement with a part replaced; None if it is not new or not valid Python."""
        plain = self._parsed(start, end, text.encode())
        bracketed = self._parsed(start, end, b"(" + text.encode() + b")")
        same = plain and bracketed and ast.dump(plain.tree) == ast.dump(bracketed.tree)
        chosen = plain if bracketed is None or same else bracketed
        code = _compiled(chosen.tree) if chosen else None
        if chosen is None or code is None or _fingerprint(code) in self._known:
            return None
        self._known.add(_fingerprint(code))
        return chosen

    def _parsed(self, start: int, end: int, text: bytes) -> _Changed | None:
        try:
            whole = self._source[: start - self.begin] + text + self._source[end - self.begin :]
            return _Changed(text, ast.parse(whole))
        except SyntaxError:
            return None

    def digest(self, tree: ast.Module, owner: str) -> str:
        """Return a digest of the owner's code before and after the change, without docstrings and formatting."""
        both = "\n".join(_code_of(module, owner) for module in (self._tree, tree))
        return hashlib.sha256(both.encode()).hexdigest()[:DIGEST]


def _owner(site: Site) -> str:
    """Return the qualified name of the enclosing class or outermost function."""
    names: list[str] = []
    for parent in reversed(site.parents):
        if isinstance(parent, cst.ClassDef | cst.FunctionDef):
            names.append(parent.name.value)
        if isinstance(parent, cst.FunctionDef):
            break
    return ".".join(names)


def _code_of(tree: ast.Module, owner: str) -> str:
    """Return the code of a definition in a statement, without docstrings."""
    node: ast.AST = tree
    for name in owner.split(".") if owner else ():
        body = cast(ast.Module | Definition, node).body
        node = next(statement for statement in body if isinstance(statement, Definition) and statement.name == name)
    return ast.unparse(_WithoutDocstrings().visit(ast.parse(ast.unparse(node))))


class _WithoutDocstrings(ast.NodeTransformer):
    """Transformer that removes docstrings."""

    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        """Replace a statement that is only a string."""
        return ast.Pass() if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str) else node


def _is_docstring(node: cst.CSTNode, parent: cst.CSTNode) -> bool:
    return (
        isinstance(node, cst.SimpleStatementLine)
        and isinstance(node.body[0], cst.Expr)
        and (isinstance(node.body[0].value, cst.SimpleString | cst.ConcatenatedString))
    )


def _compiled(tree: ast.Module) -> CodeType | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # mutants may cause syntax warnings
        try:
            return compile(tree, "solution", "exec")
        except (SyntaxError, ValueError):
            return None


def _fingerprint(code: CodeType) -> object:
    """Return the contents of a code object without line numbers; equal ones behave alike."""
    inner = tuple(_fingerprint(const) if isinstance(const, CodeType) else _constant(const) for const in code.co_consts)
    return code.co_code, code.co_names, code.co_varnames, code.co_freevars, code.co_exceptiontable, inner


def _constant(value: object) -> str:
    return f"{type(value).__name__} {value!r}"


def _on_one_line(text: bytes) -> str:
    without_comments = re.sub(r"  #.*", "", text.decode())
    return " ".join(without_comments.split())
