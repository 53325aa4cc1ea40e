"""Right hand-ins that were written independently: a unit's solutions, and its variants in two styles."""

import ast
from pathlib import Path

from grader.course import layout
from grader.course.registry import Course, Unit
from grader.records.similar import HandedIn

STYLES = 2
NAMES = ("solution", "first variants", "second variants")


def independent(course: Course, unit: Unit) -> list[HandedIn]:
    """Return three people with right answers to every task of a unit, none of which knew the others' work."""
    files = {stem: _text(layout.solution_path(course.root, unit.name, stem)) for stem in unit.files}
    return [HandedIn(NAMES[0], unit.name, files), *(_variants(course, unit, style) for style in range(STYLES))]


def _variants(course: Course, unit: Unit, style: int) -> HandedIn:
    source = _text(layout.variants(course.root, unit.name))
    by_task: dict[str, list[str]] = {task.name: [] for task in unit.tasks}
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and (task := node.name.partition("__")[0]) in by_task:
            by_task[task].append((ast.get_source_segment(source, node) or "").replace(node.name, task))
    answers = [(task.file, by_task[task.name][style]) for task in unit.tasks if len(by_task[task.name]) > style]
    files = {stem: "\n\n\n".join(text for file, text in answers if file == stem) for stem in unit.files}
    return HandedIn(NAMES[1 + style], unit.name, {stem: text for stem, text in files.items() if text})


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
