"""Proofs of units kept on disk, each under a hash of everything that it depends on.

A kept proof is signed with the course's secret: what somebody else has put there, or has changed, is not used.
"""

import hashlib
import hmac
import platform
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import msgspec

import grader
from grader.atomic import write_atomically
from grader.autograde.keys import LIBRARIES, digest, files_below, hash_of, installed_version
from grader.course import layout
from grader.course.registry import Course
from grader.records.proof import Problem

MENTION = re.compile(r"\b(?:solutions|exercises|tests\.hidden)(?:\.|\s+import\s+)(\w+)")
SIGNATURE_BYTES = hashlib.sha256().digest_size


class Provable(Protocol):
    """Protocol of a proof."""

    @property
    def problems(self) -> Sequence[Problem]:
        """Problems of the unit."""


P = TypeVar("P", bound=Provable)


class KeptProofs(Generic[P]):
    """Proofs of a course's units on disk.

    Parameters
    ----------
    course : Course
    secret : str
        The course's secret.
    kind : type
        Type of a proof.
    """

    def __init__(self, course: Course, secret: str, kind: type[P]) -> None:
        self._course, self._secret, self._kind = course, secret, kind

    def get(self, unit: str) -> P | None:
        """Return the kept proof of a unit; None if there is none for its present files."""
        try:
            stored = self._path(unit).read_bytes()
        except OSError:
            return None
        signature, content = stored[:SIGNATURE_BYTES], stored[SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._signature(self.key(unit), content)):
            return None
        try:
            return msgspec.json.decode(content, type=self._kind)
        except msgspec.DecodeError:
            return None

    def proven(self, unit: str, prove: Callable[[], P]) -> P:
        """Prove a unit, and keep the proof if it has no problems and nothing was edited meanwhile.

        Problems are not kept: some depend on the load of the machine, and their author is about to edit the unit.
        """
        key = self.key(unit)
        proof = prove()
        if not proof.problems and self.key(unit) == key:
            content = msgspec.json.encode(proof)
            write_atomically(self._path(unit), self._signature(key, content) + content)
        return proof

    def key(self, unit: str) -> str:
        """Return a hash of everything that a unit's proof depends on."""
        root = self._course.root
        return digest(msgspec.json.encode([unit, hash_of(_inputs(root, unit), root), self._secret, _software()]))

    def _path(self, unit: str) -> Path:
        return layout.kept_proof(self._course.root, unit)

    def _signature(self, key: str, content: bytes) -> bytes:
        return hmac.digest(self._secret.encode(), key.encode() + content, "sha256")


def _inputs(root: Path, unit: str) -> list[Path]:
    """Return the files of a unit, of the units whose code it imports, and of the whole course."""
    folders = [folder for name in _with_imported(root, unit) for folder in _folders(root, name)]
    hidden = layout.hidden(root)
    settings = [layout.registry(root), root / "pyproject.toml"]
    fixtures = [folder / "conftest.py" for folder in (root, layout.exercises(root), hidden.parent)]
    shared = [path for path in (*settings, *fixtures, *hidden.glob("*")) if path.is_file()]
    return [*shared, *(path for folder in (*folders, layout.datasets(root)) for path in files_below(folder))]


def _folders(root: Path, unit: str) -> tuple[Path, ...]:
    return layout.exercises(root, unit), layout.solutions(root, unit), layout.hidden(root, unit)


def _with_imported(root: Path, unit: str) -> Iterator[str]:
    """Yield a unit and those whose solutions or tests its files mention, at any distance."""
    waiting, reached = [unit], {unit}
    while waiting:
        yield (name := waiting.pop())
        texts = (path.read_text("utf-8", "replace") for place in _folders(root, name) for path in place.rglob("*.py"))
        mentioned = {match for text in texts for match in MENTION.findall(text)} - reached
        reached |= mentioned
        waiting += sorted(mentioned)


def _software() -> tuple[str, ...]:
    """Return the engine's files as a hash, and the versions of what it is built on."""
    package = Path(grader.__file__).parent
    engine = hash_of(files_below(package), package)
    versions = (f"{name} {installed_version(name)}" for name in LIBRARIES)
    return (engine, platform.python_version(), sys.platform, platform.machine(), *versions)
