"""Answers of torch to an input: the visible tests say how to ask for them.

A visible test compares `student.im2col(x, kernel)` with an expression of torch's, `F.unfold(to_torch(x), kernel)`.
With other values for `x` and `kernel`, the same expression is torch's answer to another input. It is used if all that
it needs follows from the arguments, without drawn numbers.
"""

import ast
import builtins
import copy
import importlib.util
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from grader.course import layout
from grader.course.registry import Course, Unit
from grader.judge.local_students import signatures

NOTHING = object()
_TORCH = frozenset({"torch", "F", "to_torch"})
_CALLS = frozenset({"keeping_arguments", "returning_new_arrays"})


@dataclass(frozen=True)
class _Comparison:
    """A call of a task in a test, and the expression with which its answer is compared."""

    function: ast.FunctionDef
    call: ast.Call
    expected: ast.expr


def torch_answer(course: Course, unit: Unit, task: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Return torch's answer to the arguments of a task, or `NOTHING` if no visible test says how to ask for it.

    Parameters
    ----------
    course : Course
    unit : Unit
    task : str
    args, kwargs
        The arguments of the call.
    """
    file = next(known.file for known in unit.tasks if known.name == task)
    path = layout.visible_test(course.root, unit.name, file)
    signature = signatures(course, unit.name).get(task)
    if signature is None or not path.is_file():
        return NOTHING
    values = {**dict(zip(signature.parameters, args, strict=False)), **kwargs}
    module: ModuleType | None = None
    for comparison in _comparisons(ast.parse(path.read_bytes()), task):
        bound = _bound(comparison.call, signature.parameters, values)
        if bound is None or not _asks_torch(comparison):
            continue
        module = module or _imported(course.root, path)
        named, names = _with_names(comparison, bound)
        answer = _value(named, {**vars(module), **copy.deepcopy(names)}, set(names))
        if answer is not NOTHING:
            return answer
    return NOTHING


def _comparisons(tree: ast.Module, task: str) -> Iterator[_Comparison]:
    """Yield the comparisons ``check(student.task(...)).equals(...)`` of a test file."""
    for function in tree.body:
        if not isinstance(function, ast.FunctionDef):
            continue
        for node in ast.walk(function):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Call(func=ast.Name(id="check"), args=[answer, *_]), attr="equals"),
                    args=[expected, *_],
                ):
                    call = _call_of(answer, function, node.lineno)
                    if call is not None and _called(call) == task:
                        yield _Comparison(function, call, expected)


def _call_of(answer: ast.expr, function: ast.FunctionDef, line: int) -> ast.Call | None:
    """Return the call behind an answer, which may have been given a name before."""
    if isinstance(answer, ast.Call):
        return answer
    if isinstance(answer, ast.Name):
        for node in _assignments(function, line):
            if isinstance(node.value, ast.Call) and ast.unparse(node.targets[0]) == answer.id:
                return node.value
    return None


def _called(call: ast.Call) -> str:
    """Return the student's function in a call; empty if it is another call."""
    match call.func:
        case ast.Attribute(value=ast.Name(id="student"), attr=name):
            return name
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id="student"), attr=name), attr=way) if way in _CALLS:
            return name
    return ""


def _bound(call: ast.Call, parameters: Sequence[str], values: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the test's arguments, as they are written, with values in their place; None if the call has another form.

    A tuple counts as a name, since the same one stands in the expected expression. Single numbers may mean anything.
    """
    given, names = dict(values), dict[str, Any]()
    pairs = [*zip(parameters, call.args, strict=False), *((word.arg, word.value) for word in call.keywords)]
    for parameter, expression in pairs:
        if not isinstance(expression, ast.Name | ast.Tuple) or (parameter is not None and parameter not in given):
            return None
        names[ast.unparse(expression)] = given if parameter is None else given.pop(parameter)
    takes_rest = any(word.arg is None for word in call.keywords)
    return None if given and not takes_rest else names


class _Replaced(ast.NodeTransformer):
    """An expression in which tuples that are arguments of the call are names."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def visit_Tuple(self, node: ast.Tuple) -> ast.AST:
        """Return the name of an argument, or the tuple."""
        name = self._names.get(ast.unparse(node))
        return ast.Name(name, ast.Load()) if name else self.generic_visit(node)


def _with_names(comparison: _Comparison, values: Mapping[str, Any]) -> tuple[_Comparison, dict[str, Any]]:
    """Return a comparison in which each argument is a name, and the values by name."""
    names = {text: text if text.isidentifier() else f"argument_{number}" for number, text in enumerate(values)}
    expected = _Replaced(names).visit(copy.deepcopy(comparison.expected))
    by_name = {names[text]: value for text, value in values.items()}
    return _Comparison(comparison.function, comparison.call, expected), by_name


def _asks_torch(comparison: _Comparison) -> bool:
    """Return whether torch is behind the expected value, or a helper that computes with it."""
    return bool(_TORCH & {node.id for node in ast.walk(comparison.expected) if isinstance(node, ast.Name)})


def _assignments(function: ast.FunctionDef, line: int) -> list[ast.Assign]:
    """Return the assignments of a test before a line, the last one first."""
    nodes = [node for node in ast.walk(function) if isinstance(node, ast.Assign) and node.lineno < line]
    return sorted(nodes, key=lambda node: -node.lineno)


def _value(comparison: _Comparison, names: dict[str, Any], bound: set[str]) -> Any:
    """Return the value of the expected expression; `NOTHING` if it cannot be had from the arguments alone."""
    needed = _needed(comparison, names, bound)
    if needed is None:
        return NOTHING
    code = ast.Module([*needed, ast.Assign([ast.Name("__answer", ast.Store())], comparison.expected)], [])
    try:
        exec(compile(ast.fix_missing_locations(code), "<visible test>", "exec"), names)
    except Exception:  # an input that torch refuses, or that the test is not made for
        return NOTHING
    return names["__answer"]


def _needed(comparison: _Comparison, names: Mapping[str, Any], bound: set[str]) -> list[ast.stmt] | None:
    """Return the assignments that an expression needs, in their order; None if one needs more than the arguments."""
    earlier = _assignments(comparison.function, comparison.expected.lineno)
    parameters = {argument.arg for argument in comparison.function.args.args}
    waiting, known, needed = [*_loaded(comparison.expected)], set(bound), list[ast.stmt]()
    while waiting:
        name = waiting.pop()
        if name in known:
            continue
        known.add(name)
        node = next((node for node in earlier if name in _stored(node)), None)
        if name in parameters or (node is None and name not in names and not hasattr(builtins, name)):
            return None
        if node is not None:
            if _stored(node) & bound:
                return None
            needed.append(node)
            waiting += _loaded(node.value)
    return sorted(dict.fromkeys(needed), key=lambda node: node.lineno)


def _loaded(node: ast.AST) -> set[str]:
    return {child.id for child in ast.walk(node) if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Load)}


def _stored(node: ast.Assign) -> set[str]:
    return {child.id for target in node.targets for child in ast.walk(target) if isinstance(child, ast.Name)}


def _imported(root: Path, path: Path) -> ModuleType:
    """Import a visible test file; the course's folder is on the path, since tests import its data sets."""
    if str(root) not in sys.path:
        sys.path.append(str(root))
    spec = importlib.util.spec_from_file_location(f"visible_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
