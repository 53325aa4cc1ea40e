"""Static checks of a unit's tests, misconceptions and variants, and of how many each task has."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from grader.course import layout
from grader.course.decorators import TestCase, marked_elsewhere, misconceptions_of, test_files, tests_of
from grader.course.model import not_a_task
from grader.course.reading import find_regions, parsed, read_text, read_tree
from grader.course.registry import Course, Task, Unit, load_course
from grader.course.spelling import did_you_mean
from grader.records.proof import Problem


def suite_problems(root: Path, unit: Unit) -> Iterator[Problem]:
    """Yield the problems of a unit's tests and misconceptions."""
    course, tasks = load_course(root), {task.name for task in unit.tasks}
    tests = list(_tests(root, unit))
    in_file = Counter((shown, test.name) for shown, test in tests)
    in_task = Counter((test.task, test.name) for _, test in tests)
    for shown, test in tests:
        where = f"{shown}, line {test.line}"
        if in_file[shown, test.name] > 1:
            yield Problem(where, f"{test.name} exists twice in this file")
        elif in_task[test.task, test.name] > 1:
            yield Problem(where, f"{test.name} exists twice among the tests of {test.task or 'no task'}")
        yield from (Problem(where, f"{test.name} {what}") for what in _test_problems(test, course, unit))
    yield from _uncollected(root, unit)
    yield from _misconception_problems(root, unit, tasks)


def _tests(root: Path, unit: Unit) -> Iterator[tuple[str, TestCase]]:
    """Yield every test of a unit with its file, visible ones first."""
    for path in test_files(root, unit.name):
        shown = layout.relative_name(path, root)
        yield from ((shown, test) for test in tests_of(root, path))


def _uncollected(root: Path, unit: Unit) -> Iterator[Problem]:
    """Yield functions with `@task` that are never run, since pytest selects tests by names of files and functions."""
    for path, name, line in marked_elsewhere(root, unit):
        in_tests = path.name.startswith("test_")
        how = "call it test_..." if in_tests else "tests belong in files named test_..."
        yield Problem(f"{layout.relative_name(path, root)}, line {line}", f"{name} has @task, but is never run: {how}")


def _test_problems(test: TestCase, course: Course, unit: Unit) -> Iterator[str]:
    if not test.task:
        yield 'has no @task("name", points=...)'
        return
    if misplaced := not_a_task(course, unit.name, test.task):
        yield misplaced
    if test.points is None:
        yield "must say its points as a plain number"
    elif test.points <= 0:
        yield "must be worth more than nothing"


def _misconception_problems(root: Path, unit: Unit, tasks: set[str]) -> Iterator[Problem]:
    shown = layout.relative_name(layout.misconceptions(root, unit.name), root)
    found = misconceptions_of(root, unit.name)
    names = Counter(each.name for each in found)
    for each in found:
        where = f"{shown}, line {each.line}"
        if each.task not in tasks:
            what = f'{each.name} is a wrong answer to "{each.task}", no task of this unit'
            yield Problem(where, f"{what}{what_to_do_about(each.task, tasks)}")
        if not each.text.strip():
            yield Problem(where, f"{each.name} has no sentence for the student")
        if names[each.name] > 1:
            yield Problem(where, f"{each.name} exists twice")


def what_to_do_about(name: str, tasks: set[str]) -> str:
    """Return advice on a name that is no task: correct the name, or delete its owner."""
    return did_you_mean(name, sorted(tasks)) or "; delete it, or name a task of the unit"


_CODE_IN_TICKS = re.compile(r"(?<![=<>!])=(?!=)|\w\(|\b(return|lambda|import|def)\b")
_CALL = re.compile(r"\b(np|numpy|torch|F)\.\w+(\.\w+)*\(")


def task_problems(root: Path, unit: Unit) -> Iterator[Problem]:
    """Yield the problems of a unit's tasks."""
    for task in unit.tasks:
        where = f"{unit.name}.{task.name}"
        problems = (
            *_hints(task),
            *_definitions(root, unit, task),
            *_problems_of_tests(root, unit, task),
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
    """Return whether a hint has an assignment, call or statement in backticks, or a library call anywhere."""
    ticked = re.findall(r"`+([^`]+)`+", hint)
    return "```" in hint or bool(_CALL.search(hint)) or any(_CODE_IN_TICKS.search(code) for code in ticked)


def _definitions(root: Path, unit: Unit, task: Task) -> Iterator[str]:
    """Yield files without the task's function or class, and whether students would get its solution."""
    for path in (layout.solution_path(root, unit.name, task.file), layout.stub_path(root, unit.name, task.file)):
        shown = layout.relative_name(path, root)
        if path.is_file() and definition(read_tree(path, shown), task.name) is None:
            yield f"{shown} has no function or class {task.name}"
    if _region_lines(root, unit, task) == 0:
        yield "its solution is not marked: students would get it"


def _problems_of_tests(root: Path, unit: Unit, task: Task) -> Iterator[str]:
    for path in (layout.visible_test(root, unit.name, task.file), layout.hidden_test(root, unit.name, task.file)):
        if path.is_file() and all(test.task != task.name for test in tests_of(root, path)):
            yield f"{layout.relative_name(path, root)} has no test of it"
    known = sum(misconception.task == task.name for misconception in misconceptions_of(root, unit.name))
    if (_region_lines(root, unit, task) or 0) > 1 and known < 2:
        yield f"has {known} of at least two misconceptions"


def _region_lines(root: Path, unit: Unit, task: Task) -> int | None:
    """Return the number of code lines in the task's regions; None if there is no solution."""
    path = layout.solution_path(root, unit.name, task.file)
    if not path.is_file():
        return None
    shown = layout.relative_name(path, root)
    source = read_text(path, shown)
    if definition(parsed(source, shown), task.name) is None:
        return None
    lines = source.split("\n")
    own = [region for region in find_regions(source, shown) if region.owner.split(".")[0] == task.name]
    inside = [line.strip() for region in own for line in lines[region.begin : region.end - 1]]
    return sum(bool(line) and not line.startswith("#") for line in inside)


def _builds_on(root: Path, unit: Unit, task: Task) -> Iterator[str]:
    """Yield the tasks that the solution calls without listing them in `requires`."""
    path = layout.solution_path(root, unit.name, task.file)
    if not path.is_file():
        return
    node = definition(read_tree(path, layout.relative_name(path, root)), task.name)
    others = {other.name for other in unit.tasks} - {task.name, *task.requires}
    for name in sorted(_called(node, set(unit.files)) & others if node else ()):
        yield f'its solution calls {name}: add it to "requires"'


def _called(node: ast.AST, siblings: set[str]) -> set[str]:
    """Return the names of functions called directly, or through a module of the unit."""
    functions = [each.func for each in ast.walk(node) if isinstance(each, ast.Call)]
    direct = {function.id for function in functions if isinstance(function, ast.Name)}
    attributes = [
        function
        for function in functions
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name)
    ]
    return direct | {attribute.attr for attribute in attributes if getattr(attribute.value, "id", "") in siblings}


def definition(tree: ast.Module, name: str) -> ast.stmt | None:
    """Return the top-level function or class of this name; the last one, as in Python."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    found = [node for node in tree.body if isinstance(node, kinds) and node.name == name]
    return found[-1] if found else None
