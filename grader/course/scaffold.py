"""Scaffolding of new units and tasks: files that work but contain TODOs.

`grade check` then lists exactly what is left to write. All texts are created and checked before any file is written.
"""

import keyword
import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from grader.course import layout
from grader.course.cut import build_unit
from grader.course.edits import binds, with_import, with_unit
from grader.course.handout import worked_example
from grader.course.model import TIMED
from grader.course.reading import parsed, read_text, read_tree
from grader.course.registry import Course, Unit, load_course
from grader.course.templates import fill
from grader.errors import CourseError

_FILE = "first"
_NAME = r"[a-z][a-z0-9_]*"
_HOW = "use small letters, digits and _, beginning with a letter"


def new_unit(course: Course, name: str, tasks: Sequence[str] = (), file: str = "") -> list[Path]:
    """Create a unit, and append its name to the list in `course.toml`, keeping the comments there.

    Parameters
    ----------
    course : Course
    name : str
        Lower-case letters, digits and underscores.
    tasks : sequence of str, optional
        Names of functions; one example task if empty.
    file : str, optional
        Stem of their file; by default the unit's name.

    Returns
    -------
    list of Path
        The written files, the registry last.

    Raises
    ------
    CourseError
        If a name is invalid or taken, or this is a student bundle. Nothing has been written then.
    """
    course.refuse_bundle("units and tasks are made in the author's checkout")
    _check_unit_name(course, name)
    stem = file or (name if tasks else _FILE)
    names = list(tasks) or [f"{name}_{_FILE}"]
    _check_names(course, names, stem)
    root, registry = course.root, layout.registry(course.root)
    drafts = _Drafts(root, name)
    for task in names:
        _add_task(drafts, task, stem)
    drafts.texts[layout.milestone_source(root, name)] = fill("unit/milestone.py.txt", file=stem, task=names[0])
    drafts.texts[layout.picture_source(root, name)] = fill("unit/picture.py.txt")
    return _written(course, name, drafts.texts, {registry: with_unit(read_text(registry, layout.REGISTRY), name)})


def new_tasks(course: Course, unit_name: str, tasks: Sequence[str], file: str = "") -> list[Path]:
    """Add tasks to an existing unit, keeping everything in its files.

    Parameters
    ----------
    course : Course
    unit_name : str
    tasks : sequence of str
        Names of functions.
    file : str, optional
        Stem of their file; by default the unit's only file.

    Returns
    -------
    list of Path
        The written files, the unit's part of the registry last.

    Raises
    ------
    CourseError
        If a name is invalid or taken, the file is ambiguous, or this is a student bundle. Nothing has been written
        then.
    NotFoundError
        If there is no such unit.
    """
    course.refuse_bundle("units and tasks are made in the author's checkout")
    unit = course.unit(unit_name)
    stem = file or _only_file(unit)
    _check_names(course, tasks, stem)
    unit_file = layout.unit_file(course.root, unit.name)
    drafts = _Drafts(course.root, unit.name)
    for task in tasks:
        _check_is_new(course.root, unit.name, stem, task)
        _add_task(drafts, task, stem, unit.library_of(stem))
    return _written(course, unit.name, drafts.texts, {unit_file: drafts.texts.pop(unit_file)})


def _check_unit_name(course: Course, name: str) -> None:
    if not re.fullmatch(_NAME, name) or keyword.iskeyword(name):
        raise CourseError(f'"{name}" is no name for a unit', _HOW)
    taken = {unit.name for unit in course.units} | {task.name for unit in course.units for task in unit.tasks}
    if name in taken:
        raise CourseError(
            f'the name "{name}" is taken in this course',
            f"choose another name; for a task in it: grade new --task {name}.NAME",
        )
    for folder in (layout.exercises, layout.solutions, layout.hidden):
        path = folder(course.root, name)
        if path.exists():
            raise CourseError(f"{layout.relative_name(path, course.root)} exists already", "choose another name")


def _check_names(course: Course, tasks: Sequence[str], stem: str) -> None:
    if not re.fullmatch(_NAME, stem) or keyword.iskeyword(stem):
        raise CourseError(f'"{stem}" is no name for a file', _HOW)
    if stem == TIMED:
        raise CourseError(f"a task in {TIMED}.py is timed: its suite is written by hand", "see docs/timing.md")
    homes = {task.name: unit.name for unit in course.units for task in unit.tasks}
    for place, task in enumerate(tasks):
        if not re.fullmatch(_NAME, task) or keyword.iskeyword(task):
            raise CourseError(f'"{task}" is no name for a task that is a function', _HOW)
        if task in homes or task in tasks[:place]:
            where = f"the unit {homes[task]}" if task in homes else "this command"
            raise CourseError(f'the task "{task}" exists already in {where}', "choose another name")


def _only_file(unit: Unit) -> str:
    files = [stem for stem in unit.files if stem != TIMED]
    if len(files) != 1:
        known = ", ".join(files) or "none yet"
        raise CourseError(f"in which file of {unit.name} does the task stand?", f"add --file NAME; its files: {known}")
    return files[0]


def _check_is_new(root: Path, unit: str, stem: str, task: str) -> None:
    path = layout.solution_path(root, unit, stem)
    shown = layout.relative_name(path, root)
    if path.is_file() and task in binds(read_tree(path, shown)):
        raise CourseError(f"{shown} has something named {task} already", "choose another name")


class _Drafts:
    """New texts of a unit's files, before anything is written."""

    def __init__(self, root: Path, unit: str) -> None:
        self.root, self.unit = root, unit
        self.texts: dict[Path, str] = {}

    def edit(self, path: Path, template: str, change: Callable[[str], str]) -> None:
        """Change a file's text, or the template's if there is no such file yet."""
        text = self.texts.get(path)
        if text is None:
            shown = layout.relative_name(path, self.root)
            text = read_text(path, shown) if path.is_file() else fill(template)
        if path.suffix == ".py":
            parsed(text, layout.relative_name(path, self.root))
        self.texts[path] = change(text)


def _add_task(drafts: _Drafts, task: str, stem: str, library: str = "numpy") -> None:
    """Add a task to all files of a unit that mention tasks."""
    root, unit = drafts.root, drafts.unit
    needed = f'\nlibrary = "{library}"' if library != "numpy" else ""
    entry = fill("task/unit.toml", task=task, file=stem, library=needed)
    example = fill("task/handout.md", task=task)
    drafts.edit(layout.unit_file(root, unit), "unit/unit.toml", lambda old: _appended(old, entry))
    drafts.edit(layout.handout(root, unit), "unit/README.md", lambda old: _with_example(old, example))
    solution = layout.solution_path(root, unit, stem)
    drafts.edit(solution, "unit/solution.py.txt", lambda old: _appended(old, _solution(old, task)))
    places = {
        "visible": layout.visible_test(root, unit, stem),
        "hidden": layout.hidden_test(root, unit, stem),
        "misconceptions": layout.misconceptions(root, unit),
        "variants": layout.variants(root, unit),
    }
    for name, path in places.items():
        piece = fill(f"task/{name}.py.txt", task=task)
        drafts.edit(path, f"unit/{name}.py.txt", partial(_with_piece, name, piece))


_IMPORTS = {"visible": ("check", "task"), "hidden": ("check", "task"), "misconceptions": ("misconception",)}


def _with_piece(name: str, piece: str, text: str) -> str:
    """Append a piece to a file, and add its imports."""
    if name == "visible":
        text = with_import(text, "numpy", (), "np")
    if name in _IMPORTS:
        text = with_import(text, "grader.judge", _IMPORTS[name])
    return _appended(text, piece)


def _appended(text: str, piece: str) -> str:
    return text.rstrip("\n") + "\n" + piece


def _solution(text: str, task: str) -> str:
    """Return the function's text, with shapes if the file imports the names for them."""
    shapes = {"Float", "Array"} <= binds(text)
    x, out = ('x: Float[Array, "N"]', ' -> Float[Array, "N"]') if shapes else ("x", "")
    return fill("task/solution.py.txt", task=task, x=x, out=out)


def _with_example(handout: str, example: str) -> str:
    """Append an example to the handout's section with worked examples, or to the text if there is none."""
    section = worked_example(handout)
    if not section:
        return f"{handout.rstrip()}\n\n{example.rstrip()}\n"
    return handout.replace(section, f"{section.rstrip()}\n\n{example}", 1)


def _written(course: Course, unit: str, texts: dict[Path, str], registry: dict[Path, str]) -> list[Path]:
    """Check the new registry, write all files, and build the generated ones."""
    new = load_course(course.root, texts | registry)
    if unit not in [known.name for known in new.units]:
        raise CourseError(
            f"{layout.REGISTRY} has no list of units that could be extended",
            f'write the name "{unit}" into the list `units` of [course], then try again',
        )
    for path, text in (texts | registry).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    built = build_unit(new, new.unit(unit))
    return [*dict.fromkeys([*texts, *built]), *registry]
