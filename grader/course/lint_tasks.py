"""Checks every task of a unit: its hints, its stub and solution, its tests and misconceptions, what it builds on."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from grader.course import layout
from grader.course.decorators import misconceptions_of, tests_of
from grader.course.problems import Problem
from grader.course.reading import parsed, read_text, read_tree
from grader.course.regions import find_regions
from grader.course.registry import Task, Unit

_CODE_IN_TICKS = re.compile(r"(?<![=<>!])=(?!=)|\w\(|\b(return|lambda|import|def)\b")
_CALL = re.compile(r"\b(np|numpy|torch|F)\.\w+(\.\w+)*\(")


def task_problems(root: Path, unit: Unit) -> Iterator[Problem]:
    """Yield what the tasks of a unit lack."""
    for task in unit.tasks:
        where = f"{unit.name}.{task.name}"
        problems = (
            *_hints(task),
            *_definitions(root, unit, task),
            *_tests(root, unit, task),
            *_builds_on(root, unit, task),
        )
        for what in problems:
            yield Problem(where, what)


def _hints(task: Task) -> Iterator[str]:
    if "TODO" in task.title:
        yield "the title still says TODO"
    for number, hint in enumerate(task.hints, start=1):
        if not hint.strip() or "TODO" in hint:
            yield f"hint {number} is not written"
        elif _gives_code(hint):
            yield f"hint {number} gives code"
    if len({hint.strip() for hint in task.hints}) < 3:
        yield "two hints say the same"


def _gives_code(hint: str) -> bool:
    """Whether a hint holds an assignment, a call or a statement in backticks, or a call of a library anywhere."""
    ticked = re.findall(r"`+([^`]+)`+", hint)
    return "```" in hint or bool(_CALL.search(hint)) or any(_CODE_IN_TICKS.search(code) for code in ticked)


def _definitions(root: Path, unit: Unit, task: Task) -> Iterator[str]:
    """Say where the task's function or class is missing, and whether students would get its solution."""
    for path in (layout.solution_path(root, unit.name, task.file), layout.stub_path(root, unit.name, task.file)):
        shown = path.relative_to(root).as_posix()
        if path.is_file() and definition(read_tree(path, shown), task.name) is None:
            yield f"{shown} has no function or class {task.name}"
    if _region_lines(root, unit, task) == 0:
        yield "its solution is not marked: students would get it"


def _tests(root: Path, unit: Unit, task: Task) -> Iterator[str]:
    for path in (layout.visible_test(root, unit.name, task.file), layout.hidden_test(root, unit.name, task.file)):
        if path.is_file() and all(test.task != task.name for test in tests_of(root, path)):
            yield f"{path.relative_to(root).as_posix()} has no test of it"
    known = sum(each.task == task.name for each in misconceptions_of(root, unit.name))
    if (_region_lines(root, unit, task) or 0) > 1 and known < 2:
        yield f"has {known} of at least two misconceptions"


def _region_lines(root: Path, unit: Unit, task: Task) -> int | None:
    """Count the lines of code in the task's regions; None where there is no solution to look at."""
    path = layout.solution_path(root, unit.name, task.file)
    if not path.is_file():
        return None
    shown = path.relative_to(root).as_posix()
    source = read_text(path, shown)
    if definition(parsed(source, shown), task.name) is None:
        return None
    lines = source.split("\n")
    own = [region for region in find_regions(source, shown) if region.owner.split(".")[0] == task.name]
    inside = [line.strip() for region in own for line in lines[region.begin : region.end - 1]]
    return sum(bool(line) and not line.startswith("#") for line in inside)


def _builds_on(root: Path, unit: Unit, task: Task) -> Iterator[str]:
    """Say which tasks the solution calls without the registry knowing."""
    path = layout.solution_path(root, unit.name, task.file)
    if not path.is_file():
        return
    node = definition(read_tree(path, path.relative_to(root).as_posix()), task.name)
    others = {other.name for other in unit.tasks} - {task.name, *task.requires}
    for name in sorted(_called(node, set(unit.files)) & others if node else ()):
        yield f'its solution calls {name}: add it to "requires"'


def _called(node: ast.AST, siblings: set[str]) -> set[str]:
    """Return the names of what is called directly, or through a module of the unit."""
    functions = [each.func for each in ast.walk(node) if isinstance(each, ast.Call)]
    direct = {each.id for each in functions if isinstance(each, ast.Name)}
    attributes = [each for each in functions if isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name)]
    return direct | {each.attr for each in attributes if getattr(each.value, "id", "") in siblings}


def definition(tree: ast.Module, name: str) -> ast.stmt | None:
    """Return the top-level function or class of this name; the last one, as Python does."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    found = [node for node in tree.body if isinstance(node, kinds) and node.name == name]
    return found[-1] if found else None
