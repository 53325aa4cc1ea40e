"""Begins a new unit: files that work but say TODO, so that `grade check` lists exactly what is left to write."""

import keyword
import re
from pathlib import Path

from grader.course import layout
from grader.course.cut import build_unit
from grader.course.registry import Course, check_registry, load_course
from grader.course.templates import fill
from grader.errors import CourseError

_FILE = "first"


def new_unit(course: Course, name: str) -> list[Path]:
    """Write a unit with one example task and append it to `course.toml`, whose comments stay.

    Parameters
    ----------
    course : Course
    name : str
        Small letters, digits and underscores.

    Returns
    -------
    list of Path
        What was written, the registry last.

    Raises
    ------
    CourseError
        The name will not do or is taken, or this is a student bundle. Nothing has been written then.
    """
    _check(course, name)
    registry = layout.registry(course.root)
    old = registry.read_text(encoding="utf-8").rstrip("\n")
    extended = f"{old}\n{fill('unit/unit.toml', unit=name)}"
    check_registry(extended)
    texts = _texts(course.root, name)
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    registry.write_text(extended, encoding="utf-8", newline="\n")
    new = load_course(course.root)
    built = build_unit(new, new.unit(name))
    return [*dict.fromkeys([*texts, *built]), registry]


def _check(course: Course, name: str) -> None:
    course.refuse_bundle("units are made in the author's checkout")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise CourseError(f'"{name}" is no name for a unit', "use small letters, digits and _, beginning with a letter")
    taken = {unit.name for unit in course.units} | {task.name for unit in course.units for task in unit.tasks}
    if name in taken or f"{name}_{_FILE}" in taken:
        raise CourseError(f'the name "{name}" is taken in {layout.REGISTRY}', "choose another name")
    for folder in (layout.exercises, layout.solutions, layout.hidden):
        path = folder(course.root, name)
        if path.exists():
            raise CourseError(f"{layout.relative_name(path, course.root)} exists already", "choose another name")


def _texts(root: Path, name: str) -> dict[Path, str]:
    templates = {
        layout.solution_path(root, name, _FILE): "first.py.txt",
        layout.milestone_source(root, name): "milestone.py.txt",
        layout.picture_source(root, name): "picture.py.txt",
        layout.handout(root, name): "README.md",
        layout.visible_test(root, name, _FILE): "test_first.py.txt",
        layout.hidden_test(root, name, _FILE): "hidden_test_first.py.txt",
        layout.misconceptions(root, name): "misconceptions.py.txt",
        layout.variants(root, name): "variants.py.txt",
    }
    return {path: fill(f"unit/{template}", unit=name) for path, template in templates.items()}
