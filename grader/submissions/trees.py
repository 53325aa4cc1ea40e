"""Files and folders of what was handed in, on disk or in archives, as one tree; nothing is followed or unpacked."""

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from msgspec import Struct

from grader.errors import RejectedError
from grader.printable import display
from grader.submissions import notebooks
from grader.submissions.archives import Read, Zip, is_archive, open_archive, without_suffix
from grader.submissions.intake import (
    MAX_ARCHIVE_BYTES,
    MAX_ENTRIES,
    MAX_FILE_BYTES,
    is_installed,
    is_junk,
    read_regular,
)

MAX_DOWNLOAD_ENTRIES = 300_000
MAX_DEPTH = 32
MOST_NESTED = 2  # an archive, and an archive in it
ENVIRONMENTS = frozenset({"pyvenv.cfg", "conda-meta"})  # what stands at the top of one
LINKED_FOLDER = "is a link to a folder"


class Node(Struct, frozen=True):
    """A file or a folder, not read yet.

    Attributes
    ----------
    name : str
    children : callable or None
        Returns what is in a folder, or raises `RejectedError`; None for a file.
    read : callable or None
        Returns a file's bytes, or raises `RejectedError`; None for a folder.
    odd : str
        What it is if it is neither: a link, a pipe; empty otherwise. Such a node is never read.
    """

    name: str
    children: "Callable[[], list[Node]] | None" = None
    read: Read | None = None
    odd: str = ""

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.children is not None

    def listed(self) -> "list[Node]":
        """Return what is in a folder, sorted, without leftovers; nothing if it cannot be listed."""
        try:
            return self.children() if self.children else []
        except RejectedError:
            return []


def on_disk(path: Path) -> Node:
    """Return the node of a path on disk."""
    try:
        mode = path.lstat().st_mode
    except (OSError, ValueError) as error:
        return Node(path.name, odd=f"cannot be read: {getattr(error, 'strerror', error)}")
    if stat.S_ISLNK(mode):
        return Node(path.name, odd=LINKED_FOLDER if path.is_dir() else "is a link")
    if stat.S_ISDIR(mode):
        return Node(path.name, children=partial(_listed, path))
    if stat.S_ISREG(mode):
        return Node(path.name, read=partial(read_regular, path))
    return Node(path.name, odd="is not a regular file")


def _listed(folder: Path) -> list[Node]:
    names: list[str] = []
    try:
        with os.scandir(folder) as listing:
            for entry in listing:
                names.append(entry.name)
                if len(names) > MAX_DOWNLOAD_ENTRIES:
                    raise RejectedError(f"the folder {display(folder.name)} holds too many entries")
    except OSError as error:
        raise RejectedError(f"the folder {display(folder.name)} cannot be listed: {error.strerror}") from None
    return [on_disk(folder / name) for name in sorted(names) if not is_junk(name)]


def in_memory(files: Mapping[str, Read], odd: Mapping[str, str] = {}) -> list[Node]:
    """Return the top level of an archive.

    Parameters
    ----------
    files : mapping of str to callable
        Functions that read files, by path.
    odd : mapping of str to str
        What is wrong with entries that are never read, by path.

    Returns
    -------
    list of Node
    """
    leaves = {path: Node(path.rpartition("/")[2], read=read) for path, read in files.items()}
    leaves |= {path: Node(_parts(path)[-1], odd=problem) for path, problem in odd.items()}
    return _nested({_parts(path): leaf for path, leaf in leaves.items()})


def _parts(path: str) -> tuple[str, ...]:
    """Return a path's parts; a path that leads elsewhere is one part, for people to read."""
    parts = tuple(path.split("/"))
    return (display(path),) if any(part in ("", ".", "..") for part in parts) else parts


def _nested(leaves: Mapping[tuple[str, ...], Node]) -> list[Node]:
    folders: dict[str, dict[tuple[str, ...], Node]] = {}
    nodes = []
    for path, leaf in leaves.items():
        if len(path) == 1:
            nodes.append(leaf)
        else:
            folders.setdefault(path[0], {})[path[1:]] = leaf
    nodes += [Node(name, children=partial(_nested, inside)) for name, inside in folders.items()]
    return sorted(nodes, key=lambda node: node.name)


def download(path: Path) -> list[Node]:
    """Return the top level of an instructor's folder, or of a zip archive as a platform makes it.

    Parameters
    ----------
    path : Path

    Returns
    -------
    list of Node

    Raises
    ------
    RejectedError
        If it cannot be read.
    """
    if path.is_dir():
        return _listed(path)
    archive = Zip(path, MAX_DOWNLOAD_ENTRIES)
    return in_memory(archive.files, archive.odd)


class Contents(Struct):
    """Everything that one person handed in, archives in it opened.

    Attributes
    ----------
    files : dict of str to callable
        Function that reads a file, by path; a path goes on inside an archive.
    problems : dict of str to str
        Reason why a file, link or archive cannot be read, by path.
    archives : set of str
        Paths of the archives that were opened.
    folders : set of str
        Paths of the folders.
    skipped : list of str
        Virtual environments, hidden folders.
    """

    files: dict[str, Read] = {}
    problems: dict[str, str] = {}
    archives: set[str] = set()
    folders: set[str] = set()
    skipped: list[str] = []


def contents_of(nodes: list[Node]) -> Contents:
    """Return everything that one person handed in.

    Parameters
    ----------
    nodes : list of Node
        The files and folders.

    Raises
    ------
    RejectedError
        If there are too many entries, or archives are too large together.
    """
    contents, budget = Contents(), _Budget()
    waiting = [("", node, 0) for node in reversed(nodes)]
    while waiting:
        before, node, nested = waiting.pop()
        path = f"{before}{node.name}"
        budget.take_entry(path)
        waiting += [(f"{path}/", child, depth) for child, depth in _taken(contents, path, node, nested, budget)]
    return contents


class _Budget:
    """Number of entries, and bytes of archives, that one person may hand in."""

    def __init__(self) -> None:
        self._entries, self._bytes = MAX_ENTRIES, 2 * MAX_ARCHIVE_BYTES

    def take_entry(self, path: str) -> None:
        self._entries -= 1
        if self._entries < 0 or path.count("/") > MAX_DEPTH:
            raise RejectedError(
                f"more than {MAX_ENTRIES} entries, or nested too deep", "hand in the unit's .py files alone"
            )

    def take_archive(self, data: bytes) -> bytes:
        self._bytes -= len(data)
        if self._bytes < 0:
            raise RejectedError("archives that are too large together", "hand in the unit's .py files alone")
        return data


def _taken(contents: Contents, path: str, node: Node, nested: int, budget: _Budget) -> Iterator[tuple[Node, int]]:
    """Note one file or folder; yield what is in it, last first, each with the number of archives around it."""
    if node.odd:
        contents.problems[path] = node.odd
    elif node.children is not None:
        yield from ((child, nested) for child in reversed(_entered(contents, path, node)))
    elif node.read is not None and is_archive(node.name):
        yield from ((child, nested + 1) for child in reversed(_opened(contents, path, node.read, nested, budget)))
    elif node.read is not None and node.name.lower().endswith(notebooks.SUFFIX):
        yield from ((child, nested) for child in _of_notebook(contents, path, node.read))
    elif node.read is not None and not is_junk(node.name):
        contents.files[path] = node.read


def _entered(contents: Contents, path: str, node: Node) -> list[Node]:
    """Return what is in a folder, unless others wrote it."""
    if is_junk(node.name):
        return []
    try:
        children = node.children() if node.children else []
    except RejectedError as error:
        contents.problems[path] = error.message
        return []
    if is_installed(node.name) or any(child.name in ENVIRONMENTS for child in children):
        contents.skipped.append(path)
        return []
    contents.folders.add(path)
    return children


def _opened(contents: Contents, path: str, read: Read, nested: int, budget: _Budget) -> list[Node]:
    if nested >= MOST_NESTED:
        contents.problems[path] = (
            "is an archive in an archive in an archive: ask them to hand in a zip of the .py files"
        )
        return []
    try:
        opened = in_memory(open_archive(budget.take_archive(read(MAX_ARCHIVE_BYTES))))
    except Exception as error:
        contents.problems[path] = why(error)
        return []
    contents.archives.add(path)
    return opened


def _of_notebook(contents: Contents, path: str, read: Read) -> list[Node]:
    """Return the files that a notebook's cells are; one without such cells is a file like any other."""
    try:
        files = notebooks.python_files(read(MAX_FILE_BYTES))
    except RejectedError as error:
        contents.problems[path] = why(error)
        return []
    if not files:
        contents.files[path] = read
    return [_file_of(stem, text.encode()) for stem, text in files.items()]


def _file_of(stem: str, data: bytes) -> Node:
    return Node(f"{stem}.py", read=lambda limit: data)


def why(error: Exception) -> str:
    """Return why something is refused, and what to ask the person for; whatever it caused in a library.

    Parameters
    ----------
    error : Exception

    Returns
    -------
    str
    """
    if not isinstance(error, RejectedError):
        return f"it cannot be read ({type(error).__name__})"
    return f"{error.message} (ask them to {error.hint})" if error.hint else error.message


def stem_of(path: str) -> str:
    """Return the last part of a path, without the suffix of an archive."""
    return without_suffix(path.rpartition("/")[2])
