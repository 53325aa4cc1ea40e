"""Searches what students get for what they must not have: solutions, hidden tests, wrong answers' code, the secret."""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from grader.course import layout
from grader.course.fingerprints import Fingerprint, fingerprints, forbidden_names, forbidden_texts, secret_bytes

_BEGIN_MARKER = re.compile(r"^\s*### BEGIN SOLUTION", re.MULTILINE)
_TELLING_LENGTH = 48
_FORBIDDEN_FOLDERS = ("solutions/", "tests/hidden/")


class Leak(Struct, frozen=True):
    """What a file of a student bundle must not contain."""

    where: str
    what: str


def verify_bundle(bundle: Path, root: Path) -> list[Leak]:
    """Search a student bundle for what belongs to the author's side.

    Parameters
    ----------
    bundle : Path
    root : Path
        The author's checkout that knows the secrets.

    Returns
    -------
    list of Leak
        Empty where all is well.

    Raises
    ------
    CourseError
        A file of the author's checkout is broken.
    """
    files = sorted(path for path in bundle.rglob("*") if path.is_file())
    return find_leaks({path.relative_to(bundle).as_posix(): path.read_bytes() for path in files}, root)


def find_leaks(contents: Mapping[str, bytes], root: Path) -> list[Leak]:
    """Search files, given as bytes by their path, and the members of wheels among them.

    Raises
    ------
    CourseError
        A file of the author's checkout is broken.
    """
    search = _Search(root)
    return [leak for name, data in _with_members(contents) for leak in search.file(name, data)]


def _with_members(contents: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    for name, data in contents.items():
        yield name, data
        if name.endswith(".whl") and zipfile.is_zipfile(io.BytesIO(data)):
            with zipfile.ZipFile(io.BytesIO(data)) as wheel:
                for member in wheel.namelist():
                    yield f"{name}/{member}", wheel.read(member)


class _Search:
    """Everything to look for, read once."""

    def __init__(self, root: Path) -> None:
        self._secret = secret_bytes(root)
        self._code = fingerprints(root)
        self._names = forbidden_names(root)
        self._texts = forbidden_texts(root)

    def file(self, name: str, data: bytes) -> Iterator[Leak]:
        """Yield what one file gives away."""
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
        yield from (Leak(name, found.what) for found in _found(self._code, re.sub(r"\s+", "", text)))
        words = set(re.findall(r"\w+", text))
        yield from (Leak(name, f"the name of {what} {word}") for word, what in self._names.items() if word in words)
        if not _is_handout(name):
            joined = " ".join(text.split())
            yield from (Leak(name, f'a misconception: "{each}"') for each in self._texts if each in joined)


def _found(prints: Iterable[Fingerprint], text: str) -> Iterator[Fingerprint]:
    """Yield the pieces of which a text without blanks holds two distinctive lines, the only one or a long one."""
    for piece in prints:
        hits = [line for line in piece.lines if line in text]
        if len(hits) >= min(2, len(piece.lines)) or any(len(line) >= _TELLING_LENGTH for line in hits):
            yield piece


def _is_handout(name: str) -> bool:
    """Whether it is a unit's handout: its list of common mistakes shows the misconceptions' texts on purpose."""
    return bool(re.fullmatch(r"exercises/\w+/README\.md", name))
