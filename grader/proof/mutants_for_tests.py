"""Drawing of mutants that students' tests are tried on: some that the hidden suite notices, written down as text."""

import ast
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from grader.atomic import write_atomically
from grader.course import layout
from grader.course.registry import Course
from grader.errors import NotFoundError
from grader.judge.drawn_mutants import DrawnMutant, read_mutants
from grader.proof.mutants import try_mutants
from grader.records.proof import Mutant, MutantStatus

HEAD = "# Small mistakes that students' tests are tried on: grade mutants --task {task} --draw {count}\n"

OF_MEMORY = frozenset({"buffer", "cache", "copy", "in_place", "view"})
"""Operators whose mutants keep something between calls, or need more than the function's own text."""


def draw_mutants(
    course: Course, task: str, count: int, on_run: Callable[[int, int], None] = lambda done, total: None
) -> Path:
    """Draw mutants of a task's solution by their names, and write those that its hidden tests notice into a file.

    Parameters
    ----------
    course : Course
    task : str
        A task for which students write tests.
    count : int
        At most so many, each by another operator as far as there are enough.
    on_run : callable, optional
        Called after each mutant with the progress.

    Returns
    -------
    Path
        The file; mutants of other tasks in it are kept.

    Raises
    ------
    NotFoundError
        If students write no tests for this task.
    """
    unit, known = course.task(task)
    if all(other.tests != known.name for other in unit.tasks):
        raise NotFoundError(
            f"students write no tests for {known.name}", f'a task for that has tests = "{known.name}" in unit.toml'
        )
    (trial,) = try_mutants(course, task=f"{unit.name}.{known.name}", on_run=on_run)
    noticed = [result.mutant for result in trial.results if result.status is MutantStatus.KILLED]
    drawn = _drawn(
        [mutant for mutant in noticed if mutant.owner == known.name and mutant.operator not in OF_MEMORY], count
    )
    path = layout.hidden(course.root, unit.name) / layout.DRAWN_MUTANTS
    others = [mutant for mutant in read_mutants(path) if mutant.task != known.name]
    written = [*others, *(_written(mutant) for mutant in drawn)]
    text = HEAD.format(task=known.name, count=count) + "".join(map(_table, written))
    write_atomically(path, text.encode())
    return path


def _drawn(mutants: list[Mutant], count: int) -> list[Mutant]:
    """Draw by a digest of the names, one of each operator first."""
    waiting = sorted(mutants, key=lambda mutant: hashlib.sha256(mutant.id.encode()).hexdigest())
    turn: dict[str, int] = {}
    rounds = []
    for mutant in waiting:
        turn[mutant.operator] = turn.get(mutant.operator, 0) + 1
        rounds.append((turn[mutant.operator], mutant))
    return [mutant for _, mutant in sorted(rounds, key=lambda pair: pair[0])[:count]]


def _written(mutant: Mutant) -> DrawnMutant:
    node = next(
        node for node in ast.parse(mutant.text).body if isinstance(node, ast.FunctionDef) and node.name == mutant.owner
    )
    if ast.get_docstring(node) is not None:
        node.body = node.body[1:]
    return DrawnMutant(mutant.id, f"{mutant.before} -> {mutant.after}", ast.unparse(node) + "\n")


def _table(mutant: DrawnMutant) -> str:
    return (
        f"\n[[mutant]]\nid = {json.dumps(mutant.id)}\nchange = {json.dumps(mutant.change, ensure_ascii=False)}\n"
        f"source = '''\n{mutant.source}'''\n"
    )
