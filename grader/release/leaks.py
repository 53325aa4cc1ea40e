"""Search of student bundles for leaks: solutions, hidden tests, code of wrong answers, the course secret."""

import ast
import io
import lzma
import re
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from grader.course import layout
from grader.course.cut import cut
from grader.course.reading import find_regions, read_text, read_tree
from grader.course.ready_blocks import without_blocks
from grader.course.ready_made import blocks_of
from grader.course.suite import misconceptions_of, tests_of, variants_of

AS_THEY_ARE = ("milestone.py", "workloads.py")  # students get these unchanged
_SHORTEST_LINE = 28
_SHORTEST_NAME = 12
_SHORTEST_TEXT = 20
_LINES_PER_PIECE = 5


class Fingerprint(Struct, frozen=True):
    """The longest lines of a piece of secret code, without whitespace, and its origin (`what`)."""

    what: str
    lines: tuple[str, ...]


def secret_bytes(root: Path) -> bytes:
    """Return the course secret; empty if none has been created."""
    path = layout.secret_path(root)
    return path.read_bytes().strip() if path.is_file() else b""


def fingerprints(root: Path) -> list[Fingerprint]:
    """Return the distinctive lines of every solution region, wrong answer and variant.

    Short lines are not distinctive, nor are lines of the stubs, milestones and workloads, which students get.

    Raises
    ------
    CourseError
        If a file of solutions, misconceptions or variants is broken.
    """
    public = set(map(_bare, _public_text(root)))
    pieces = (*_solution_pieces(root), *_answer_pieces(root))
    prints = (Fingerprint(what, _distinctive(lines, public)) for what, lines in pieces)
    return [piece for piece in prints if piece.lines]


def forbidden_names(root: Path) -> dict[str, str]:
    """Return the names of hidden tests, wrong answers and variants, each with its kind.

    Names that also occur in visible tests or stubs are left out, and so are short or one-word names, which any text
    may contain.
    """
    known = {test.name for path in _python(layout.exercises(root), "test_*.py") for test in tests_of(root, path)}
    known.update(word for line in _public_text(root) for word in re.findall(r"\w+", line))
    names: dict[str, str] = {}
    for path in _python(layout.hidden(root), "test_*.py"):
        names |= {test.name: "the hidden test" for test in tests_of(root, path)}
    for unit in _unit_folders(layout.hidden(root)):
        names |= {misconception.name: "the wrong answer" for misconception in misconceptions_of(root, unit)}
        names |= {variant.name: "the variant" for variant in variants_of(root, unit)}
    return {
        name: what for name, what in names.items() if name not in known and len(name) >= _SHORTEST_NAME and "_" in name
    }


def forbidden_texts(root: Path) -> list[str]:
    """Return the misconceptions' texts, which only handouts may show."""
    texts = (
        misconception.text
        for unit in _unit_folders(layout.hidden(root))
        for misconception in misconceptions_of(root, unit)
    )
    return sorted({" ".join(text.split()) for text in texts if len(text) >= _SHORTEST_TEXT})


def _solution_pieces(root: Path) -> Iterator[tuple[str, list[str]]]:
    for path in _solutions(root):
        shown = layout.relative_name(path, root)
        source = read_text(path, shown)
        lines = source.split("\n")
        for region in find_regions(source, shown):
            yield f"the solution of {shown}, line {region.begin}", lines[region.begin : region.end - 1]


def _answer_pieces(root: Path) -> Iterator[tuple[str, list[str]]]:
    for unit in _unit_folders(layout.hidden(root)):
        yield from _definitions("the wrong answer", layout.misconceptions(root, unit), root)
        yield from _definitions("the variant", layout.variants(root, unit), root)


def _definitions(what: str, path: Path, root: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the bodies of a file's functions and classes; nothing if the file is missing."""
    if not path.is_file():
        return
    shown = layout.relative_name(path, root)
    lines = read_text(path, shown).split("\n")
    for node in read_tree(path, shown).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield f"{what} {node.name} of {shown}", lines[node.body[0].lineno - 1 : node.end_lineno]


def _public_text(root: Path) -> Iterator[str]:
    """Yield the lines that students get whatever is open: those of stubs, milestones and workloads."""
    for path in _solutions(root):
        shown = layout.relative_name(path, root)
        yield from cut(without_blocks(read_text(path, shown), shown), "", shown).split("\n")
    for path in (path for name in AS_THEY_ARE for path in _python(layout.solutions(root), name)):
        yield from read_text(path, layout.relative_name(path, root)).split("\n")


def _distinctive(lines: Iterable[str], public: set[str]) -> tuple[str, ...]:
    bare = dict.fromkeys(map(_bare, lines))
    long = [line for line in bare if len(line) >= _SHORTEST_LINE and line not in public]
    return tuple(sorted(long, key=len, reverse=True)[:_LINES_PER_PIECE])


def _bare(line: str) -> str:
    """Return a line of code without whitespace and comment."""
    code = "" if line.lstrip().startswith("#") else line.split("  #", maxsplit=1)[0]
    return re.sub(r"\s+", "", code)


def _solutions(root: Path) -> list[Path]:
    others = (*AS_THEY_ARE, "picture.py")
    return [path for path in _python(layout.solutions(root), "*.py") if path.name not in others]


def _python(folder: Path, pattern: str) -> list[Path]:
    return sorted(folder.glob(f"*/{pattern}"))


def _unit_folders(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


_BEGIN_MARKER = re.compile(r"^\s*### BEGIN SOLUTION", re.MULTILINE)
_TELLING_LENGTH = 48
_FORBIDDEN_FOLDERS = ("solutions/", "tests/hidden/")


class Leak(Struct, frozen=True):
    """Something secret in a file of a student bundle."""

    where: str
    what: str


def verify_bundle(bundle: Path, root: Path, closed: Collection[str] = ()) -> list[Leak]:
    """Search a student bundle for content that only authors may have.

    Parameters
    ----------
    bundle : Path
    root : Path
        The author's checkout with the secrets.
    closed : collection of str, optional
        Units whose solutions later units may have ready-made.

    Returns
    -------
    list of Leak
        Empty if nothing leaks.

    Raises
    ------
    CourseError
        If a file of the author's checkout is broken.
    """
    files = sorted(path for path in bundle.rglob("*") if path.is_file())
    return find_leaks({layout.relative_name(path, bundle): path.read_bytes() for path in files}, root, closed)


def find_leaks(contents: Mapping[str, bytes], root: Path, closed: Collection[str] = ()) -> list[Leak]:
    """Search files, given as bytes by path, the members of any wheels, and what is compressed.

    Ready-made code of closed units is no leak in the stubs that have it, and nowhere else.

    Raises
    ------
    CourseError
        If a file of the author's checkout is broken.
    """
    search = _LeakSearch(root, closed)
    return [leak for name, data in _with_members(contents) for leak in search.file(name, data)]


def leaks_of_exercises(root: Path, units: Iterable[str]) -> list[Leak]:
    """Search what students get of some units, before anything is released; ready-made code is not looked at.

    Raises
    ------
    CourseError
        If a file of the author's checkout is broken.
    """
    folders = [layout.exercises(root, unit) for unit in units]
    files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    texts = [path for path in files if path.suffix != ".pyc"]
    return find_leaks(
        {layout.relative_name(path, root): path.read_bytes() for path in texts},
        root,
        _unit_folders(layout.solutions(root)),
    )


def _with_members(contents: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    for name, data in contents.items():
        yield name, data
        if name.endswith(".whl") and zipfile.is_zipfile(io.BytesIO(data)):
            with zipfile.ZipFile(io.BytesIO(data)) as wheel:
                for member in wheel.namelist():
                    yield f"{name}/{member}", wheel.read(member)
        if _is_wrong_answers(name):
            yield f"{name}/contents", lzma.decompress(data).decode("utf-8", "replace").encode()


class _LeakSearch:
    """The patterns to search for, read once."""

    def __init__(self, root: Path, closed: Collection[str]) -> None:
        self._ready_made = _ready_made(root, closed)
        self._secret = secret_bytes(root)
        self._code = fingerprints(root)
        self._names = forbidden_names(root)
        self._texts = forbidden_texts(root)

    def file(self, name: str, data: bytes) -> Iterator[Leak]:
        """Yield the leaks in one file."""
        if any(folder in name for folder in _FORBIDDEN_FOLDERS) or name.endswith(layout.secret_path(Path()).name):
            yield Leak(name, "does not belong to the students' side")
        if self._secret and self._secret in data:
            yield Leak(name, "the course secret")
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return
        if ".whl" not in name and _BEGIN_MARKER.search(text):
            yield Leak(name, "a solution's marker")
        for code in self._ready_made.get(name, ()):
            text = text.replace(code, "", 1)
        yield from (Leak(name, piece.what) for piece in _pieces_in(self._code, re.sub(r"\s+", "", text)))
        words = set(re.findall(r"\w+", text))
        yield from (Leak(name, f"the name of {what} {word}") for word, what in self._names.items() if word in words)
        if not _is_handout(name) and not _is_wrong_answers(name.removesuffix("/contents")):
            joined = " ".join(text.split())
            yield from (Leak(name, f'a misconception: "{text}"') for text in self._texts if text in joined)


def _ready_made(root: Path, closed: Collection[str]) -> dict[str, list[str]]:
    """Return the ready-made code of closed units by the names of the stubs, and of their originals, that have it."""
    by_name: dict[str, list[str]] = {}
    for path in _solutions(root):
        unit, stem = path.parent.name, path.stem
        code = [text for block, text in blocks_of(root, unit, stem) if block.unit in closed and text.strip()]
        for stub in (layout.stub_path(root, unit, stem), layout.pristine_stub(root, unit, stem)):
            by_name[layout.relative_name(stub, root)] = code
    return by_name


def _pieces_in(prints: Iterable[Fingerprint], text: str) -> Iterator[Fingerprint]:
    """Yield the pieces with at least two lines in a whitespace-free text, or their only line, or one long line."""
    for piece in prints:
        hits = [line for line in piece.lines if line in text]
        if len(hits) >= min(2, len(piece.lines)) or any(len(line) >= _TELLING_LENGTH for line in hits):
            yield piece


def _is_wrong_answers(name: str) -> bool:
    """Return whether this is a unit's data on misconceptions, whose sentences students read when they make them."""
    return bool(re.fullmatch(r"\.stubs/\w+/wrong_answers\.bin", name))


def _is_handout(name: str) -> bool:
    """Return whether this is a unit's handout, as text or as page: its list of common mistakes shows misconceptions."""
    return bool(re.fullmatch(r"exercises/\w+/README\.md|handouts/\w+\.html", name))
