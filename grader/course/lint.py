"""Static checks of a course: registry, files, tests, misconceptions and variants must be consistent.

This module checks files: none missing or stray, a complete handout, self-contained solutions. `lint_suite` checks
suites, `lint_wording` the texts that students read. Whether suites accept solutions and variants and fail
misconceptions is tested elsewhere, by running them.
"""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from shlex import quote
from typing import ParamSpec

from grader.course import layout
from grader.course.cut import stale_files_of
from grader.course.handout import MISTAKES, TASKS, example_blocks, generated_lines, worked_example
from grader.course.lint_suite import (
    equivalent_problems,
    suite_problems,
    task_problems,
    timing_problems,
    variant_problems,
)
from grader.course.lint_wording import wording_problems
from grader.course.pictures import LARGEST, foreign_imports, is_shown
from grader.course.reading import BEGIN, BEGIN_ONLY, END, find_regions, imported_modules, read_text, read_tree
from grader.course.registry import Course, Unit
from grader.course.suite import misconceptions_of, tests_of, variants_of
from grader.errors import CourseError
from grader.records.proof import Problem

_HANDOUT_PARTS = (
    (r"^#{2,3} .*worked example", 'a heading with "worked example"'),
    (r"^## References\s*$", 'the section "## References"'),
    (f"^{re.escape(TASKS)}", f"the block {TASKS}"),
    (f"^{re.escape(MISTAKES)}", f"the block {MISTAKES}"),
)
_PICTURES = (".png", ".svg")
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def file_problems(root: Path, unit: Unit) -> Iterator[Problem]:
    """Yield a unit's missing and stray files."""
    stubs = {f"{file}.py" for file in unit.files}
    tests = {f"test_{file}.py" for file in unit.files}
    if not unit.tasks:
        unit_file = layout.unit_file(root, unit.name)
        yield Problem(
            layout.relative_name(unit_file, root), f"has no tasks: grade new --task {unit.name}.NAME --file FILE"
        )
    needed = [layout.handout(root, unit.name), layout.milestone_source(root, unit.name)]
    needed += [layout.picture_source(root, unit.name), layout.variants(root, unit.name)]
    if unit.is_timed:
        needed.append(layout.workloads_source(root, unit.name))
    for file in unit.files:
        needed += [layout.solution_path(root, unit.name, file), layout.visible_test(root, unit.name, file)]
        needed += [layout.hidden_test(root, unit.name, file)]
    for path in needed:
        if not path.is_file():
            yield Problem(layout.relative_name(path, root), "is missing")
    shared = {"README.md", "cases.py", "strategies.py"}
    written = shared | {layout.UNIT_FILE}
    copied = {"milestone.py", "workloads.py"} if unit.is_timed else {"milestone.py"}
    proofs = {"misconceptions.py", "variants.py", "trivial.toml", "equivalents.toml", layout.DRAWN_MUTANTS} | (
        {"tiers.toml"} if unit.is_timed else set()
    )
    if any(task.optional for task in unit.tasks):
        proofs.add("kernels.py")  # code that imports an optional library is in its own file
    yield from _stray(root, layout.exercises(root, unit.name), stubs | tests | written | copied)
    yield from _stray(root, layout.solutions(root, unit.name), stubs | shared | copied | {"picture.py"})
    yield from _stray(root, layout.hidden(root, unit.name), tests | shared | proofs)


def _stray(root: Path, folder: Path, known: set[str]) -> Iterator[Problem]:
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        usual = path.name in known | {"__pycache__"} or path.suffix in _PICTURES or path.name.startswith(".")
        if not usual:
            shown = layout.relative_name(path, root)
            yield Problem(shown, f"belongs to no task: rm {'-r ' if path.is_dir() else ''}{quote(shown)}")


def stray_folders(course: Course) -> Iterator[Problem]:
    """Yield folders that are not units of the registry."""
    root = course.root
    known = {unit.name for unit in course.units} | {"__pycache__"}
    for folder in (layout.exercises(root), layout.solutions(root), layout.hidden(root)):
        for path in sorted(folder.iterdir()) if folder.is_dir() else []:
            if path.is_dir() and path.name not in known and not path.name.startswith("."):
                shown = layout.relative_name(path, root)
                what = f'rm -r {quote(shown)}, or write "{path.name}" into its list `units`'
                yield Problem(shown, f"is no unit of {layout.REGISTRY}: {what}")


def handout_problems(root: Path, unit: Unit) -> Iterator[Problem]:
    """Yield the missing parts of a unit's handout."""
    path = layout.handout(root, unit.name)
    if not path.is_file():
        return
    text = read_text(path, layout.relative_name(path, root))
    for pattern, part in _HANDOUT_PARTS:
        if not re.search(pattern, text, re.MULTILINE | re.IGNORECASE):
            yield Problem(layout.relative_name(path, root), f"lacks {part}")
    example = worked_example(text)
    if example and not any(example_blocks(example)):
        what = "its worked example is not run: write its numbers into a block of ```python with >>> as well"
        yield Problem(layout.relative_name(path, root), what)
    if not is_shown(text):
        yield Problem(layout.relative_name(path, root), "does not show its picture: ![](picture.svg)")


def picture_problems(root: Path, unit: Unit) -> Iterator[Problem]:
    """Yield the problems of a unit's picture, except that it is stale."""
    source, picture = layout.picture_source(root, unit.name), layout.picture(root, unit.name)
    if source.is_file():
        for line, module in foreign_imports(root, unit.name):
            what = f"imports {module}; a picture needs NumPy, matplotlib and nothing else"
            yield Problem(f"{layout.relative_name(source, root)}, line {line}", what)
    if picture.is_file() and picture.stat().st_size > LARGEST:
        size = picture.stat().st_size // 1000
        yield Problem(
            layout.relative_name(picture, root),
            f"has {size} kB, more than {LARGEST // 1000}; draw fewer points or shapes",
        )


def unfinished_texts(root: Path, unit: Unit) -> Iterator[Problem]:
    """Yield every file of a unit, and its part of the registry, that still contains TODO, with the lines."""
    for folder in (layout.solutions, layout.exercises, layout.hidden):
        place = folder(root, unit.name)
        for path in sorted([*place.glob("*.py"), *place.glob("*.md")]):
            lines = read_text(path, layout.relative_name(path, root)).split("\n")
            elsewhere = generated_lines("\n".join(lines)) if path.suffix == ".md" else set()
            left = [n for n, line in enumerate(lines, start=1) if "TODO" in line and n not in elsewhere]
            if left and not _is_generated(path, unit, root):
                rest = f", and so in {_listed(left[1:])}" if left[1:] else ""
                yield Problem(f"{layout.relative_name(path, root)}, line {left[0]}", f"still says TODO{rest}")
    if "TODO" in f"{unit.title} {unit.milestone}":
        unit_file = layout.unit_file(root, unit.name)
        yield Problem(layout.relative_name(unit_file, root), "title or milestone still says TODO")


def _listed(lines: list[int]) -> str:
    """Return some line numbers as text.

    Examples
    --------
    >>> _listed([7]), _listed([7, 12, 30])
    ('line 7', 'lines 7, 12 and 30')
    """
    *others, last = map(str, lines)
    return f"lines {', '.join(others)} and {last}" if others else f"line {last}"


def _is_generated(path: Path, unit: Unit, root: Path) -> bool:
    """Return whether the file is generated from a solution, where the same TODO is reported."""
    return path.parent == layout.exercises(root, unit.name) and path.stem in {*unit.files, "milestone", "workloads"}


_FOLDERS = ("exercises", "solutions", "tests")


def solution_problems(root: Path, unit: Unit) -> Iterator[Problem]:
    """Yield the problems of a unit's solutions and stubs."""
    for file in unit.files:
        solution = layout.solution_path(root, unit.name, file)
        stub = layout.stub_path(root, unit.name, file)
        if solution.is_file():
            yield from _undocumented(root, solution)
            yield from _foreign_regions(root, solution, unit)
            yield from _foreign_imports(root, solution, unit)
        if stub.is_file():
            yield from _markers(root, stub)
            yield from _foreign_imports(root, stub, unit)


def _undocumented(root: Path, path: Path) -> Iterator[Problem]:
    shown = layout.relative_name(path, root)
    tree = read_tree(path, shown)
    if not ast.get_docstring(tree):
        yield Problem(shown, "has no docstring")
    if ">>> " not in "".join(ast.get_docstring(node) or "" for node in ast.walk(tree) if isinstance(node, _DOCUMENTED)):
        yield Problem(shown, "has no example in a docstring: write one with >>> and what it gives")
    definitions = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    for node in definitions:
        if not node.name.startswith("_") and not ast.get_docstring(node):
            yield Problem(f"{shown}, line {node.lineno}", f"{node.name} has no docstring")


def _foreign_regions(root: Path, path: Path, unit: Unit) -> Iterator[Problem]:
    shown = layout.relative_name(path, root)
    tasks = {task.name for task in unit.tasks if task.file == path.stem}
    for region in find_regions(read_text(path, shown), shown):
        owner = region.owner.split(".", maxsplit=1)[0]
        if owner and owner not in tasks:
            what = f"{owner} is no task of {path.name}, but has a solution region"
            edit = f"write it into {layout.UNIT_FILE}, or enclose it in {BEGIN_ONLY}"
            yield Problem(f"{shown}, line {region.begin}", f"{what}: {edit}")


def _markers(root: Path, path: Path) -> Iterator[Problem]:
    shown = layout.relative_name(path, root)
    for number, line in enumerate(read_text(path, shown).split("\n"), start=1):
        if line.strip().startswith((BEGIN, END)):
            yield Problem(f"{shown}, line {number}", "a stub holds a solution's marker")


def _foreign_imports(root: Path, path: Path, unit: Unit) -> Iterator[Problem]:
    """Yield imports from other units, which students may have solved differently or not at all."""
    shown = layout.relative_name(path, root)
    for node in ast.walk(read_tree(path, shown)):
        if any(_leaves(name, unit.name) for name in imported_modules(node)):
            line = getattr(node, "lineno", 0)
            yield Problem(f"{shown}, line {line}", "imports from another unit; inside one: from .<file> import ...")


def _leaves(module: str, unit: str) -> bool:
    parts = module.split(".")
    return module.startswith("..") or (parts[0] in _FOLDERS and parts[1:2] != [unit])


__all__ = ["Problem", "counts", "lint"]

P = ParamSpec("P")

_UNIT_CHECKS = (
    file_problems,
    handout_problems,
    picture_problems,
    task_problems,
    wording_problems,
    solution_problems,
    suite_problems,
    variant_problems,
    equivalent_problems,
    unfinished_texts,
    timing_problems,
)


def lint(course: Course) -> list[Problem]:
    """Return everything that an author still has to do, without duplicates; empty if the course is complete.

    Parameters
    ----------
    course : Course

    Returns
    -------
    list of Problem

    Raises
    ------
    CourseError
        If this is a student bundle.
    """
    course.refuse_bundle("there is nothing to check")
    problems = [problem for unit in course.units for problem in _guarded(_freshness, course, unit)]
    problems += _guarded(stray_folders, course)
    for unit in course.units:
        for check in _UNIT_CHECKS:
            problems += _guarded(check, course.root, unit)
    return list(dict.fromkeys(problems))


def _guarded(check: Callable[P, Iterable[Problem]], *args: P.args, **kwargs: P.kwargs) -> Iterator[Problem]:
    """Yield a check's problems; a broken file ends the check with one more."""
    try:
        yield from check(*args, **kwargs)
    except CourseError as error:
        yield Problem(error.where or "course", error.problem)


def _freshness(course: Course, unit: Unit) -> Iterator[Problem]:
    for path in stale_files_of(course, unit):
        yield Problem(layout.relative_name(path, course.root), "is not up to date: grade build")


def counts(course: Course) -> dict[str, int]:
    """Return the numbers of units, tasks, visible and hidden tests, misconceptions and variants, without running them.

    Raises
    ------
    CourseError
        If a file of tests, misconceptions or variants is not valid Python.
    """
    root = course.root
    files = [(unit.name, file) for unit in course.units for file in unit.files]
    return {
        "units": len(course.units),
        "tasks": sum(len(unit.tasks) for unit in course.units),
        "visible_tests": sum(len(tests_of(root, layout.visible_test(root, *place))) for place in files),
        "hidden_tests": sum(len(tests_of(root, layout.hidden_test(root, *place))) for place in files),
        "misconceptions": sum(len(misconceptions_of(root, unit.name)) for unit in course.units),
        "variants": sum(len(variants_of(root, unit.name)) for unit in course.units),
    }
