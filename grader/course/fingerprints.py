"""What students must not get, gathered from the author's files by syntax tree, as things to search for."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from grader.course import layout
from grader.course.cut import cut
from grader.course.decorators import misconceptions_of, tests_of
from grader.course.reading import read_text, read_tree
from grader.course.regions import find_regions
from grader.course.variants import variants_of

AS_THEY_ARE = ("milestone.py", "workloads.py")  # students have these whole
_SHORTEST_LINE = 28
_SHORTEST_NAME = 12
_SHORTEST_TEXT = 20
_LINES_PER_PIECE = 5


class Fingerprint(Struct, frozen=True):
    """A piece of secret code by its longest lines, blanks removed; `what` says whose it is."""

    what: str
    lines: tuple[str, ...]


def secret_bytes(root: Path) -> bytes:
    """Return the course secret, empty where none has been made yet."""
    path = layout.secret_path(root)
    return path.read_bytes().strip() if path.is_file() else b""


def fingerprints(root: Path) -> list[Fingerprint]:
    """Return the distinctive lines of every solution region, wrong answer and variant.

    Lines that students have anyway, in a stub, a milestone or a workload, are not distinctive; nor are short ones.

    Raises
    ------
    CourseError
        A file of solutions, misconceptions or variants is broken.
    """
    public = set(map(_bare, _public_text(root)))
    pieces = (*_solution_pieces(root), *_answer_pieces(root))
    prints = (Fingerprint(what, _distinctive(lines, public)) for what, lines in pieces)
    return [piece for piece in prints if piece.lines]


def forbidden_names(root: Path) -> dict[str, str]:
    """Return the names of hidden tests, wrong answers and variants, each with what it names.

    Left out are names that stand in visible tests or stubs too, and short or one-word names: any text may hold those.
    """
    known = {test.name for path in _python(layout.exercises(root), "test_*.py") for test in tests_of(root, path)}
    known.update(word for line in _public_text(root) for word in re.findall(r"\w+", line))
    names: dict[str, str] = {}
    for path in _python(layout.hidden(root), "test_*.py"):
        names |= {test.name: "the hidden test" for test in tests_of(root, path)}
    for unit in _unit_folders(layout.hidden(root)):
        names |= {each.name: "the wrong answer" for each in misconceptions_of(root, unit)}
        names |= {each.name: "the variant" for each in variants_of(root, unit)}
    return {
        name: what for name, what in names.items() if name not in known and len(name) >= _SHORTEST_NAME and "_" in name
    }


def forbidden_texts(root: Path) -> list[str]:
    """Return the misconceptions' public texts, which only handouts may show."""
    texts = (each.text for unit in _unit_folders(layout.hidden(root)) for each in misconceptions_of(root, unit))
    return sorted({" ".join(text.split()) for text in texts if len(text) >= _SHORTEST_TEXT})


def _solution_pieces(root: Path) -> Iterator[tuple[str, list[str]]]:
    for path in _solutions(root):
        shown = path.relative_to(root).as_posix()
        source = read_text(path, shown)
        lines = source.split("\n")
        for region in find_regions(source, shown):
            yield f"the solution of {shown}, line {region.begin}", lines[region.begin : region.end - 1]


def _answer_pieces(root: Path) -> Iterator[tuple[str, list[str]]]:
    for unit in _unit_folders(layout.hidden(root)):
        yield from _definitions("the wrong answer", layout.misconceptions(root, unit), root)
        yield from _definitions("the variant", layout.variants(root, unit), root)


def _definitions(what: str, path: Path, root: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the bodies of a file's functions and classes; nothing where there is no such file."""
    if not path.is_file():
        return
    shown = path.relative_to(root).as_posix()
    lines = read_text(path, shown).split("\n")
    for node in read_tree(path, shown).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield f"{what} {node.name} of {shown}", lines[node.body[0].lineno - 1 : node.end_lineno]


def _public_text(root: Path) -> Iterator[str]:
    """Yield the lines that students have anyway: of the stubs, of the milestones and the workloads."""
    for path in _solutions(root):
        shown = path.relative_to(root).as_posix()
        yield from cut(read_text(path, shown), "", shown).split("\n")
    for path in (path for name in AS_THEY_ARE for path in _python(layout.solutions(root), name)):
        yield from read_text(path, path.relative_to(root).as_posix()).split("\n")


def _distinctive(lines: Iterable[str], public: set[str]) -> tuple[str, ...]:
    bare = dict.fromkeys(map(_bare, lines))
    long = [line for line in bare if len(line) >= _SHORTEST_LINE and line not in public]
    return tuple(sorted(long, key=len, reverse=True)[:_LINES_PER_PIECE])


def _bare(line: str) -> str:
    """Return a line of code without blanks and comment."""
    code = "" if line.lstrip().startswith("#") else line.split("  #", maxsplit=1)[0]
    return re.sub(r"\s+", "", code)


def _solutions(root: Path) -> list[Path]:
    others = (*AS_THEY_ARE, "picture.py")
    return [path for path in _python(layout.solutions(root), "*.py") if path.name not in others]


def _python(folder: Path, pattern: str) -> list[Path]:
    return sorted(folder.glob(f"*/{pattern}"))


def _unit_folders(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
