"""Ready-made code: functions of an earlier unit, with the helpers, constants and imports that they need."""

import ast
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from functools import cache

from msgspec import Struct

from grader.course.edits import binds
from grader.course.reading import find_regions, first_line, parsed
from grader.course.ready_blocks import ReadyBlock, find_blocks
from grader.course.short_docstrings import with_short_docstrings
from grader.errors import CourseError, did_you_mean

_DEFINITIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_IMPORTS = ast.Import | ast.ImportFrom
Read = Callable[[str], tuple[str, str]]  # text and shown name of a file of the earlier unit, by its stem


class NeededImport(Struct, frozen=True):
    """An import of a module, or of a name from it."""

    module: str
    name: str = ""
    alias: str = ""


class SourceStatement(Struct, frozen=True):
    """A statement of a solution.

    Attributes
    ----------
    shown : str
        Its file's name.
    node : ast.stmt
    lines : tuple of str
        The file's lines.
    """

    shown: str
    node: ast.stmt
    lines: tuple[str, ...]

    @property
    def is_definition(self) -> bool:
        """Whether it is a function or a class."""
        return isinstance(self.node, _DEFINITIONS)

    @property
    def sense(self) -> str:
        """The syntax tree as text: equal where only docstrings, comments and layout differ."""
        node = deepcopy(self.node)
        for part in ast.walk(node):
            if isinstance(part, _DEFINITIONS) and ast.get_docstring(part) is not None:
                part.body = part.body[1:]
        return ast.dump(node)

    def text(self, *, is_named: bool) -> str:
        """Return its lines with the comment above them, without solution markers, its docstrings shortened."""
        begin = first_line(self.node) - 1
        while begin and self.lines[begin - 1].startswith("# "):
            begin -= 1
        lines = self.lines[begin : self.node.end_lineno]
        code = "\n".join(line for line in lines if not line.strip().startswith("### "))
        return with_short_docstrings(code) if is_named else with_short_docstrings(code, ())


def statements(source: str, shown: str, hidden: Iterable[range] = ()) -> dict[str, SourceStatement]:
    """Return the statement of a file that first binds each name, leaving out those that begin in hidden lines."""
    by_name: dict[str, SourceStatement] = {}
    lines, parts = tuple(source.split("\n")), tuple(hidden)
    for node in parsed(source, shown).body:
        if not any(node.lineno in part for part in parts):
            for name in binds(ast.Module([node], [])):
                by_name.setdefault(name, SourceStatement(shown, node, lines))
    return by_name


def own_statements(source: str, shown: str) -> dict[str, SourceStatement]:
    """Return the statements of a solution that students have and that are not in a block of ready-made code."""
    blocks = [range(block.begin, block.end) for block in find_blocks(source, shown)]
    regions = [range(region.begin, region.end) for region in find_regions(source, shown)]
    return statements(source, shown, [*blocks, *regions])


class Gathering:
    """Ready-made code of one file; whatever several functions need is in it once.

    Parameters
    ----------
    source : str
        The file that has the blocks.
    shown : str
        Its name for messages.
    """

    def __init__(self, source: str, shown: str) -> None:
        self.imports: list[NeededImport] = []
        self._shown = shown
        self._known = own_statements(source, shown)
        self._where = shown
        self._gathered: list[tuple[str, SourceStatement]] = []
        self._statements: Callable[[str], dict[str, SourceStatement]] = lambda stem: {}
        self._visited: set[tuple[str, int]] = set()

    def block(self, block: ReadyBlock, read: Read) -> list[str]:
        """Return the lines of a block.

        Raises
        ------
        CourseError
            If the earlier unit has no such function, or a name means something else here.
        """
        self._gathered, self._where = [], f"{self._shown}, line {block.begin}"
        self._statements = cache(lambda stem: statements(*read(stem)))
        self._check_names(block, read(block.file)[1])
        for name in block.names:
            self._add(block.file, name)
        return list(_laid_out([(code, name in block.names) for name, code in self._gathered]))

    def _check_names(self, block: ReadyBlock, shown: str) -> None:
        functions = [name for name, code in self._statements(block.file).items() if code.is_definition]
        for name in block.names:
            if name not in functions:
                what = f'"{name}" is no function of {shown}{did_you_mean(name, functions)}'
                raise self._problem(what, f"its functions: {', '.join(functions)}")

    def _problem(self, what: str, hint: str) -> CourseError:
        return CourseError(what, hint, self._where)

    def _add(self, stem: str, name: str, *, is_type: bool = False) -> None:
        """Gather a statement after everything that it needs; a type may be another one under the same name."""
        here = self._statements(stem)
        code = here[name]
        if isinstance(code.node, ast.ImportFrom) and code.node.level:
            self._follow(code.node, name)
        elif (
            (is_type and name in self._known)
            or self._is_known(name, code)
            or (code.shown, code.node.lineno) in self._visited
        ):
            return
        elif isinstance(code.node, _IMPORTS):
            self.imports.append(_import_of(code.node, name))
        else:
            self._visited.add((code.shown, code.node.lineno))
            needed = {used for used in _names_used(code.node) if used in here} | _classes_quoted(code.node, here)
            executed = _names_used(_without_annotations(code.node))
            for used in sorted(needed - {name}, key=lambda used: here[used].node.lineno):
                self._add(stem, used, is_type=used not in executed)
            self._gathered.append((name, code))

    def _follow(self, node: ast.ImportFrom, name: str) -> None:
        """Gather what a file imports from another one of its unit."""
        alias = next(alias for alias in node.names if name in (alias.asname, alias.name))
        if alias.asname or not node.module:
            what = f'"{name}" is imported there as `{ast.unparse(node)}`: ready-made code cannot follow this'
            raise self._problem(what, f"import it by its name: from .{node.module or 'FILE'} import NAME")
        self._add(node.module, alias.name)

    def _is_known(self, name: str, code: SourceStatement) -> bool:
        """Return whether the file has a statement already, in an earlier block or of its own."""
        known = self._known.setdefault(name, code)
        if known is code or known.shown == code.shown:
            return False
        if isinstance(known.node, ast.ImportFrom) and known.node.level:
            return True
        both = isinstance(known.node, _IMPORTS) and isinstance(code.node, _IMPORTS)
        same = _import_of(known.node, name) == _import_of(code.node, name) if both else known.sense == code.sense
        if not same:
            what = f'"{name}" of {code.shown} is another one than that of {known.shown}'
            raise self._problem(what, "rename one of them, then: grade build")
        return True


def _import_of(node: ast.stmt, name: str) -> NeededImport:
    """Return the part of an import statement that binds a name."""
    assert isinstance(node, _IMPORTS)
    alias = next(alias for alias in node.names if name == (alias.asname or alias.name).partition(".")[0])
    if isinstance(node, ast.Import):
        return NeededImport(alias.name, alias=alias.asname or "")
    return NeededImport(node.module or "", alias.name, alias.asname or "")


def _laid_out(pieces: list[tuple[SourceStatement, bool]]) -> Iterator[str]:
    """Yield the lines of some statements as a formatter spaces them."""
    for number, (code, is_named) in enumerate(pieces):
        if number and (code.is_definition or pieces[number - 1][0].is_definition):
            yield from ("", "")
        yield from code.text(is_named=is_named).split("\n")
    if pieces and pieces[-1][0].is_definition:
        yield from ("", "")


def _names_used(node: ast.AST) -> set[str]:
    """Return the names that a statement reads and does not bind in itself."""
    if isinstance(node, ast.ClassDef):
        return {name for part in ast.iter_child_nodes(node) for name in _names_used(part)}
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return _names(node, ast.Load)
    around = [part for part in ast.iter_child_nodes(node) if part not in node.body]
    inside = [part for statement in node.body for part in ast.walk(statement)]
    bound = {part.arg for part in [*ast.walk(node.args), *inside] if isinstance(part, ast.arg)}
    bound |= {part.name for part in inside if isinstance(part, _DEFINITIONS)}
    bound |= {name for statement in node.body for name in _names(statement, ast.Store)}
    read = {name for statement in node.body for name in _names(statement, ast.Load)}
    return {name for part in around for name in _names(part, ast.Load)} | (read - bound)


def _without_annotations(node: ast.stmt) -> ast.stmt:
    """Return a copy of a statement without the types of arguments and answers."""
    bare = deepcopy(node)
    for part in ast.walk(bare):
        if isinstance(part, ast.arg):
            part.annotation = None
        elif isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
            part.returns = None
        elif isinstance(part, ast.AnnAssign):
            part.annotation = ast.Constant(None)
    return bare


def _names(node: ast.AST, context: type[ast.expr_context]) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, context)}


def _classes_quoted(node: ast.AST, here: dict[str, SourceStatement]) -> set[str]:
    """Return the classes of a file that a statement names in a string, as annotations do."""
    words = {part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)}
    return {word for word in words if word in here and isinstance(here[word].node, ast.ClassDef)}
