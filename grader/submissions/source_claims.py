"""Extraction of the names that a file uses: imports, dotted names, attributes, built-ins.

Runs in the parser process and judges little itself: `grader.submissions.source_checks` compares the names with those
allowed.
"""

import ast
import builtins
import re
import string
from collections.abc import Collection, Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from grader.submissions.names import BUILTINS, MODULES

HOOKS = frozenset(
    {
        *("__class__", "__class_getitem__", "__del__", "__delattr__", "__dir__", "__getattr__", "__getattribute__"),
        *("__init_subclass__", "__instancecheck__", "__mro_entries__", "__prepare__", "__reduce__", "__reduce_ex__"),
        *("__set_name__", "__setattr__", "__subclasscheck__", "__torch_dispatch__", "__torch_function__"),
    }
)
ASSIGNABLE = frozenset({"__all__", "__slots__"})
SHAPE = re.compile(r"(?:[\w\s*#+=?-]|\.\.\.)*")
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
Scope = dict[str, str]
"""Names bound in a scope, each with its import path; empty for values defined in the file."""


class Claims(Struct):
    """Names that a file uses, each with its line.

    Attributes
    ----------
    refused : list
        Constructs that are never allowed: line, text, kind.
    imports : list
        Paths imported under a name that is used.
    paths : list
        Dotted names that start at an import, and whether they are assigned to.
    attributes : list
        Attributes of values, and whether they are assigned to.
    siblings : list
        Names from another file of the unit: line, stem, name.
    defines : list
        Names that become attributes, in class bodies or by assignment.
    bound : dict
        Import paths of the module-level names.
    """

    refused: list[tuple[int, str, str]] = []
    imports: list[tuple[int, str]] = []
    paths: list[tuple[int, str, bool]] = []
    attributes: list[tuple[int, str, bool]] = []
    siblings: list[tuple[int, str, str]] = []
    defines: list[tuple[int, str]] = []
    bound: dict[str, str] = {}


def claims(tree: ast.Module, text: str, *, stems: Collection[str]) -> dict[str, Any]:
    """Return a file's claims as data; `stems` are the unit's files."""
    used = frozenset(
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    )
    reader = _Reader(frozenset(stems), used)
    tree.body = [node for node in tree.body if not _runs_as_a_program_only(node)]
    reader.read_scope(tree.body, {})
    return asdict(reader.claims)


def _runs_as_a_program_only(node: ast.stmt) -> bool:
    """Return whether this is ``if __name__ == "__main__":``, which is never true during grading."""
    return isinstance(node, ast.If) and not node.orelse and ast.unparse(node.test) == "__name__ == '__main__'"


class _Reader(ast.NodeVisitor):
    """Visitor that keeps track of the names in each scope."""

    def __init__(self, stems: frozenset[str], used: frozenset[str]) -> None:
        self.claims = Claims()
        self._stems, self._used = stems, used
        self._scopes: list[Scope] = []
        self._in_class = False

    def read_scope(self, body: list[Any], scope: Scope, *, is_class: bool = False) -> None:
        """Visit the statements or expressions of one scope."""
        self._scopes.append(scope)
        for node, name, path in _bindings(body, self._lookup, self._path_of_import):
            if path and scope.get(name, path) not in ("", path):
                self._refuse(node, f"another import named {name}", "own")
            scope[name] = path or scope.get(name, "")
        if len(self._scopes) == 1:
            self.claims.bound = dict(scope)
        before, self._in_class = self._in_class, is_class
        for node in body:
            self.visit(node)
        self._in_class = before
        self._scopes.pop()

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        """Record an import; refuse it in a class, where the module would become an attribute."""
        if self._in_class:
            self._refuse(node, "an import in a class", "import")
        for alias in node.names:
            path = self._path_of_import(node, alias, whole=True)
            if alias.name == "*":
                self._refuse(node, f"from {path.removesuffix('.*')} import *", "import")
            elif path.startswith("."):
                self._note_sibling(node, path)
            elif (alias.asname or alias.name.partition(".")[0]) in self._used:
                self.claims.imports.append((node.lineno, path))

    visit_ImportFrom = visit_Import  # noqa: N815 (ast's names)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Visit decorators, defaults and annotations in the outer scope, the body in its own."""
        self._check_defined(node)
        outside = [*node.decorator_list, *_annotations(node), *_defaults(node.args)]
        for expression in outside:
            self.visit(expression)
        self._read_function(node.args, node.body)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 (ast's names)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """Visit the defaults in the outer scope, the body in its own."""
        for default in _defaults(node.args):
            self.visit(default)
        self._read_function(node.args, [node.body])

    def _read_function(self, arguments: ast.arguments, body: list[Any]) -> None:
        names = [parameter.arg for parameter in _parameters(arguments)]
        for parameter in _parameters(arguments):
            self._check_name(parameter, parameter.arg)
        outer = self._scopes
        self._scopes = [scope for scope in outer if scope.get(_IS_CLASS) is None]
        self.read_scope(body, dict.fromkeys(names, ""))
        self._scopes = outer

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Visit a class; its names become attributes of its instances."""
        self._check_defined(node)
        for keyword in node.keywords:
            if keyword.arg in (None, "metaclass"):
                self._refuse(node, "a metaclass", "class")
        for expression in (*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)):
            self.visit(expression)
        scope = {_IS_CLASS: ""}
        self.read_scope(node.body, scope, is_class=True)
        self.claims.defines += [(node.lineno, name) for name in scope if name != _IS_CLASS]

    def _visit_comprehension(self, node: Comprehension) -> None:
        names = [
            target.id for part in node.generators for target in ast.walk(part.target) if isinstance(target, ast.Name)
        ]
        self._scopes.append(dict.fromkeys(names, ""))
        self.generic_visit(node)
        self._scopes.pop()

    visit_ListComp = _visit_comprehension  # noqa: N815 (ast's names)
    visit_SetComp = _visit_comprehension  # noqa: N815
    visit_DictComp = _visit_comprehension  # noqa: N815
    visit_GeneratorExp = _visit_comprehension  # noqa: N815

    def visit_Assign(self, node: ast.Assign) -> None:
        """Allow an alias of a module; visit any other assignment as usual."""
        if _alias(node, self._lookup) is None:
            self.generic_visit(node)
        else:
            self.visit(node.targets[0])

    def visit_Global(self, node: ast.Global | ast.Nonlocal) -> None:
        """Refuse special names and names of imports: rebinding them would change the import out of sight."""
        for name in node.names:
            self._check_name(node, name)
            if any(scope.get(name) for scope in self._scopes):
                self._refuse(node, f"global {name}", "module")

    visit_Nonlocal = visit_Global  # noqa: N815 (ast's names)

    def visit_Name(self, node: ast.Name) -> None:
        """Record a bare name."""
        path = self._lookup(node.id)
        if not isinstance(node.ctx, ast.Load):
            self._check_name(node, node.id)
        elif path:
            self._note_path(node, path)
        elif path is None and node.id not in BUILTINS and (hasattr(builtins, node.id) or _is_special(node.id)):
            self._refuse(node, node.id, "name")

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """Record a dotted name, or an attribute of a value."""
        stored = not isinstance(node.ctx, ast.Load)
        path = _chain(node, self._lookup)
        if path is not None:
            self._note_path(node, path, stored=stored)
            return
        self.claims.attributes.append((node.lineno, node.attr, stored))
        if stored:
            self.claims.defines.append((node.lineno, node.attr))
        self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        """Allow plain ``type(x)`` and ``"...".format(x)``; record the fields of named tuples."""
        if (_chain(node.func, self._lookup) or "").lower().endswith(".namedtuple"):
            texts = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
            fields = [name for text in texts if isinstance(text, str) for name in text.replace(",", " ").split()]
            self.claims.defines += [(node.lineno, name) for name in fields]
        plain = len(node.args) == 1 and not node.keywords and not isinstance(node.args[0], ast.Starred)
        if (plain and self._is_builtin(node.func, "type")) or _formats_plainly(node.func):
            for argument in (*node.args, *node.keywords):
                self.visit(argument)
        else:
            self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """Allow ``type[int]``; restrict shapes to plain letters, since jaxtyping executes anything else in them."""
        path = _chain(node.value, self._lookup) or ""
        if path.startswith("jaxtyping."):
            self._check_shape(node)
            self.claims.paths.append((node.lineno, path, False))
        elif not self._is_builtin(node.value, "type"):
            self.visit(node.value)
        self.visit(node.slice)

    def _check_shape(self, node: ast.Subscript) -> None:
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        shape = parts[1] if len(parts) == 2 else None
        text = shape.value if isinstance(shape, ast.Constant) else None
        if not isinstance(text, str) or not SHAPE.fullmatch(text):
            self._refuse(node, f"the shape {ast.unparse(shape)[:40] if shape else 'that is missing'}", "text")

    def visit_MatchClass(self, node: ast.MatchClass) -> None:
        """Record the attributes that a class pattern reads."""
        self.claims.attributes += [(node.lineno, name, False) for name in node.kwd_attrs]
        self.generic_visit(node)

    def _note_path(self, node: ast.expr, path: str, *, stored: bool = False) -> None:
        if path.startswith("jaxtyping."):
            self._refuse(node, f"{path.partition('.')[2]} without a shape", "text")
        elif path.startswith("."):
            self._note_sibling(node, path, stored=stored)
        else:
            self.claims.paths.append((node.lineno, path, stored))

    def _note_sibling(self, node: ast.stmt | ast.expr, path: str, *, stored: bool = False) -> None:
        stem, *rest = path.removeprefix(".").split(".")
        if isinstance(node, ast.expr) and (not rest or (stored and len(rest) == 1)):
            self._refuse(node, stem, "module")
        if rest:
            self.claims.siblings.append((node.lineno, stem, rest[0]))
        for number, name in enumerate(rest[1:], start=2):
            self.claims.attributes.append((node.lineno, name, stored and number == len(rest)))

    def _check_defined(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        if node.name in HOOKS or (_is_special(node.name) and not self._in_class):
            self._refuse(node, node.name, "class")

    def _check_name(self, node: Any, name: str) -> None:
        if _is_special(name) and name not in ASSIGNABLE:
            self._refuse(node, name, "name")

    def _is_builtin(self, node: ast.expr, name: str) -> bool:
        return isinstance(node, ast.Name) and node.id == name and self._lookup(name) is None

    def _refuse(self, node: Any, words: str, kind: str) -> None:
        self.claims.refused.append((node.lineno, words, kind))

    def _lookup(self, name: str) -> str | None:
        """Return the import path of a name; empty for a value defined in the file, None for an unknown name."""
        return next((scope[name] for scope in reversed(self._scopes) if name in scope), None)

    def _path_of_import(self, node: ast.Import | ast.ImportFrom, alias: ast.alias, *, whole: bool = False) -> str:
        """Return the path that an imported name stands for, or with `whole` the full path that is loaded."""
        if isinstance(node, ast.Import):
            path = alias.name if whole or alias.asname else alias.name.partition(".")[0]
            return path if not self._is_sibling(path) else f".{path}"
        module = f"{'.' if node.level or self._is_sibling(node.module or '') else ''}{node.module or ''}"
        return f"{module}{alias.name}" if module == "." else f"{module}.{alias.name}"

    def _is_sibling(self, path: str) -> bool:
        return path.partition(".")[0] in self._stems and path.partition(".")[0] not in MODULES


_IS_CLASS = "class "  # contains a space, so it is no identifier


def _is_special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _formats_plainly(function: ast.expr) -> bool:
    """Return whether this is `format` of a string literal whose fields do not access attributes or items."""
    if not (isinstance(function, ast.Attribute) and function.attr == "format"):
        return False
    text = function.value.value if isinstance(function.value, ast.Constant) else None
    if not isinstance(text, str):
        return False
    try:
        fields = list(string.Formatter().parse(text))
    except ValueError:
        return True  # raises at run time
    return not any(set(".[") & set(name or "") or "{" in (spec or "") for _, name, spec, _ in fields)


def _chain(node: ast.expr, lookup: Any) -> str | None:
    """Return the full path of a dotted name that starts at an import; None for any other expression."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    path = lookup(node.id) if isinstance(node, ast.Name) else None
    return ".".join([path, *reversed(names)]) if path else None


def _alias(node: ast.AST, lookup: Any) -> tuple[str, str] | None:
    """Return the new name and the path of a module if an assignment only renames it, else None."""
    if not (isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)):
        return None
    path = _chain(node.value, lookup)
    return (node.targets[0].id, path) if path in MODULES else None


def _parameters(arguments: ast.arguments) -> list[ast.arg]:
    more = [parameter for parameter in (arguments.vararg, arguments.kwarg) if parameter]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *more]


def _annotations(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.expr]:
    annotations = [parameter.annotation for parameter in _parameters(node.args)]
    return [annotation for annotation in (*annotations, node.returns) if annotation]


def _defaults(arguments: ast.arguments) -> list[ast.expr]:
    return [default for default in (*arguments.defaults, *arguments.kw_defaults) if default]


def _bindings(body: list[Any], lookup: Any, path_of_import: Any) -> Iterator[tuple[ast.AST, str, str]]:
    """Yield each name that a scope binds, with its node and its import path (empty for values)."""
    for node in _nodes_of_scope(body):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                name = alias.asname or (alias.name.partition(".")[0] if isinstance(node, ast.Import) else alias.name)
                yield node, name, path_of_import(node, alias)
        elif (alias_of_module := _alias(node, lookup)) is not None:
            yield node, *alias_of_module
        else:
            yield from ((node, name, "") for name in _names_bound_by(node))


def _names_bound_by(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Name):
        return [] if isinstance(node.ctx, ast.Load) else [node.id]
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
        return [node.name] if node.name else []
    return [node.rest] if isinstance(node, ast.MatchMapping) and node.rest else []


def _nodes_of_scope(body: list[Any]) -> Iterator[ast.AST]:
    """Yield the nodes of a scope without those of nested scopes; of a comprehension, only its assignment targets."""
    waiting: list[tuple[ast.AST, bool]] = [(node, False) for node in reversed(body)]
    while waiting:
        node, inside = waiting.pop()
        if not inside:
            yield node
        elif isinstance(node, ast.NamedExpr):
            yield node.target
        inside = inside or isinstance(node, Comprehension)
        if not isinstance(node, Function | ast.ClassDef):
            waiting += [(child, inside) for child in reversed(list(ast.iter_child_nodes(node)))]
