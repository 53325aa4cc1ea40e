"""Solutions of a closed unit as one file, which a student's bundle takes up: a bundle itself holds none."""

import ast
import hashlib
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from grader.atomic import write_atomically
from grader.course import layout
from grader.course.reading import first_line, read_text
from grader.course.ready_blocks import with_plain_comments
from grader.course.registry import Course, Unit
from grader.course.suite import definitions, task_of
from grader.errors import DeepgradeError, NotFoundError
from grader.release.backups import WRITABLE
from grader.submissions.intake import read_regular

SUFFIX = ".unlock"
MOST_BYTES = 8 * 1024**2
AGAIN = "ask your instructor for the file again"


class Solutions(Struct, frozen=True, forbid_unknown_fields=True):
    """Solutions of a unit.

    Attributes
    ----------
    course, unit : str
    files : dict of str to str
        Text of each solution, by the stub's stem.
    variants : dict of str to tuple of str
        Code of other right answers, by task.
    digest : str
        Of everything else: says whether the file came through whole.
    """

    course: str
    unit: str
    files: dict[str, str]
    variants: dict[str, tuple[str, ...]] = {}
    digest: str = ""

    def sealed(self) -> "Solutions":
        """Return the same solutions with their digest."""
        plain = replace(self, digest="")
        return replace(plain, digest=hashlib.sha256(msgspec.json.encode(plain, order="sorted")).hexdigest())


def written_solutions(course: Course, unit: Unit) -> Solutions:
    """Return a unit's solutions, as an author's checkout has them.

    Raises
    ------
    CourseError
        If a solution is missing, or this is a student bundle.
    """
    course.refuse_bundle("it holds no solutions")
    root = course.root
    paths = {stem: layout.solution_path(root, unit.name, stem) for stem in unit.files}
    files = {stem: _unmarked(path, layout.relative_name(path, root)) for stem, path in paths.items()}
    return Solutions(course.name, unit.name, files, _variants(root, unit)).sealed()


def _unmarked(path: Path, shown: str) -> str:
    text = with_plain_comments(read_text(path, shown), shown)
    lines = [
        line for line in text.split("\n") if not line.strip().startswith(("### BEGIN SOLUTION", "### END SOLUTION"))
    ]
    return "\n".join(lines)


def _variants(root: Path, unit: Unit) -> dict[str, tuple[str, ...]]:
    path = layout.variants(root, unit.name)
    if not path.is_file():
        return {}
    text = read_text(path, layout.relative_name(path, root))
    nodes = definitions(root, unit.name)
    by_task: dict[str, tuple[str, ...]] = {}
    for node in nodes:
        code = with_helpers(text, node.name, {other.name for other in nodes})
        by_task[task_of(node.name)] = (*by_task.get(task_of(node.name), ()), code)
    return by_task


def with_helpers(text: str, name: str, others: set[str]) -> str:
    """Return the code of a function or class, after that of the helpers in its file that it uses.

    Parameters
    ----------
    text : str
        The file: trusted, valid Python.
    name : str
    others : set of str
        Names that are no helpers: other tasks or variants.
    """
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    nodes = {node.name: node for node in ast.parse(text).body if isinstance(node, kinds)}
    if name not in nodes:
        return ""
    waiting, used = [name], dict[str, kinds]()
    while waiting:
        node = nodes.get(waiting.pop())
        if node is None or node.name in used or (node.name in others and node.name != name):
            continue
        used[node.name] = node
        waiting += [child.id for child in ast.walk(node) if isinstance(child, ast.Name)]
    lines = text.split("\n")
    return "\n\n\n".join(_code(lines, node) for node in sorted(used.values(), key=lambda node: node.lineno))


def _code(lines: list[str], node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> str:
    """Return a definition's lines without its docstring, which the stub has, too."""
    first, last = first_line(node) - 1, node.end_lineno or node.lineno
    head = node.body[0]
    if len(node.body) > 1 and isinstance(head, ast.Expr) and isinstance(head.value, ast.Constant):
        return "\n".join([*lines[first : head.lineno - 1], *lines[head.end_lineno or head.lineno : last]])
    return "\n".join(lines[first:last])


def take_up(course: Course, path: Path) -> Solutions:
    """Check a file of solutions, and keep it in a student's bundle.

    Parameters
    ----------
    course : Course
    path : Path

    Returns
    -------
    Solutions

    Raises
    ------
    NotFoundError
        If there is no such file, or the course has no such unit.
    DeepgradeError
        If it is no file of solutions, of another course, altered, or cannot be kept.
    """
    if not path.is_file():
        raise NotFoundError(f"there is no file {path.name} in {path.parent}", "grade unlock FILE")
    data = read_regular(path, MOST_BYTES)
    solutions = checked(course, data, path.name)
    write_atomically(_kept(course.root, solutions.unit), data, WRITABLE)
    return solutions


def checked(course: Course, data: bytes, name: str) -> Solutions:
    """Return the solutions in a file's bytes.

    Raises
    ------
    NotFoundError
        If the course has no such unit.
    DeepgradeError
        If they are of another course, altered, or none at all.
    """
    try:
        solutions = msgspec.json.decode(data, type=Solutions)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise DeepgradeError(
            f"{name} is no file of solutions", "the file that your instructor sent: UNIT.unlock"
        ) from None
    if solutions.course != course.name:
        raise DeepgradeError(f'{name} is of the course "{solutions.course}", this one is "{course.name}"', AGAIN)
    if solutions.sealed().digest != solutions.digest:
        raise DeepgradeError(f"{name} has been altered on its way", AGAIN)
    unit = course.unit(solutions.unit)
    if strange := sorted({*solutions.files} - {*unit.files}):
        raise DeepgradeError(f'{name} has solutions of files that {unit.name} does not have: "{strange[0]}"', AGAIN)
    return solutions


def known_solutions(course: Course, unit: Unit) -> Solutions:
    """Return a unit's solutions: those of the checkout, or those that a bundle has taken up.

    Raises
    ------
    NotFoundError
        If the bundle has none of this unit.
    DeepgradeError
        If the file that was kept is broken.
    """
    if not course.is_bundle:
        return written_solutions(course, unit)
    path = _kept(course.root, unit.name)
    if not path.is_file():
        raise NotFoundError(
            f"the solutions of {unit.name} are not here: your instructor sends them when the unit is closed",
            f"grade unlock {unit.name}{SUFFIX}",
        )
    return checked(course, read_regular(path, MOST_BYTES), path.name)


def _kept(root: Path, unit: str) -> Path:
    return layout.state_folder(root) / "unlocked" / f"{unit}{SUFFIX}"
