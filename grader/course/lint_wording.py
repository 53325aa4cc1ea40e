"""Static checks of the texts that students read: hints, the texts of mistakes, and the names of hidden tests."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from grader.course import layout
from grader.course.reading import read_tree
from grader.course.registry import Task, Unit
from grader.course.suite import misconceptions_of, tests_of
from grader.records.proof import Problem

_WORDS = """
abs add all any arange array at concatenate cos cosh dot empty erf exp fill flip float full grid integers
divide isfinite log matrix max maximum mean median min minimum mul norm normal ones permutation permute pi prod
product random repeat reshape roll round sigmoid sign sin softmax solve sort sqrt square stack std sub sum tanh
tensor trace transpose uniform unique var where zeros
"""
WORDS = frozenset(_WORDS.split())
"""Names of library functions that are words of English or of mathematics as well."""

_CODE_IN_TICKS = re.compile(r"(?<![=<>!])=(?!=)|\w\(|\b(return|lambda|import|def)\b")
_CALL = re.compile(r"\b(np|numpy|torch|F)\.\w+(\.\w+)*\(")
_REFUSAL = re.compile(r"\b(must|should) be refused\b|\brefuse\b")
_LIBRARY_NAME = re.compile(r"\b(np|numpy|torch|F|math)\.[a-z]\w+")
_CASE = re.compile(r"(?:^|_)(\d+e\d+|\d{3,}|[a-z]+_thousand|thousands?|millions?)(?:_|$)")


def wording_problems(root: Path, unit: Unit) -> Iterator[Problem]:
    """Yield the problems of the texts that students of a unit read."""
    for task in unit.tasks:
        for what in _problems_of_hints(root, unit, task):
            yield Problem(f"{unit.name}.{task.name}", what)
    yield from _problems_of_mistakes(root, unit)
    yield from _problems_of_hidden_tests(root, unit)


def _problems_of_hints(root: Path, unit: Unit, task: Task) -> Iterator[str]:
    for number, hint in enumerate(task.hints, start=1):
        if not hint.strip() or "TODO" in hint:
            yield f"hint {number} is not written"
        elif _gives_code(hint):
            yield f"hint {number} gives code"
        yield from (f"hint {number} names {name}, which the solution calls" for name in _named(root, unit, task, hint))
    if task.hints[-1].rstrip().endswith("?"):
        yield "the last hint ends with a question: say the last step"
    if len({hint.strip() for hint in task.hints}) < 3:
        yield "two hints say the same"


def _gives_code(hint: str) -> bool:
    """Return whether a hint has an assignment, call or statement in backticks, or a library call anywhere."""
    ticked = re.findall(r"`+([^`]+)`+", hint)
    return "```" in hint or bool(_CALL.search(hint)) or any(_CODE_IN_TICKS.search(code) for code in ticked)


def _named(root: Path, unit: Unit, task: Task, hint: str) -> list[str]:
    """Return the library functions of the task's solution that a hint names."""
    path = layout.solution_path(root, unit.name, task.file)
    tree = read_tree(path, layout.relative_name(path, root)) if path.is_file() else ast.Module([], [])
    return sorted(_library_functions(tree, task.name) & set(re.findall(r"\w+", hint)) - WORDS)


def _library_functions(tree: ast.Module, name: str) -> set[str]:
    """Return the names of the library functions that a definition calls, methods included."""
    definitions = [node for node in tree.body if getattr(node, "name", "") == name]
    calls = [node for definition in definitions for node in ast.walk(definition) if isinstance(node, ast.Call)]
    return {call.func.attr for call in calls if isinstance(call.func, ast.Attribute)}


def _problems_of_mistakes(root: Path, unit: Unit) -> Iterator[Problem]:
    shown = layout.relative_name(layout.misconceptions(root, unit.name), root)
    for mistake in misconceptions_of(root, unit.name):
        where = f"{shown}, line {mistake.line}"
        if _REFUSAL.search(mistake.text) and "Error" not in mistake.text:
            yield Problem(where, f"{mistake.name} must name the exception: raise a ValueError for it")
        if named := _LIBRARY_NAME.search(mistake.text):
            yield Problem(where, f"{mistake.name} names {named[0]}: say what to compute, not by which function")


def _problems_of_hidden_tests(root: Path, unit: Unit) -> Iterator[Problem]:
    for path in (layout.hidden_test(root, unit.name, file) for file in unit.files):
        shown = layout.relative_name(path, root)
        for test in tests_of(root, path):
            where = f"{shown}, line {test.line}"
            if case := _CASE.search(test.name) or _CASE.search(re.sub(r"\W+", "_", test.about)):
                yield Problem(where, f"{test.name} gives its case away: {case[1]}")
            if test.task and not test.about:
                yield Problem(where, f'{test.name} does not say what it looks at: about="float32, an empty batch"')
