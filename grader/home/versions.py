"""Digests of the engine and of a course's tests, by which a process notices that it is out of date."""

import hashlib
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import grader
from grader.course import layout
from grader.home.saves import state_of

PAUSE = 2.0  # seconds between two looks


def engine_version() -> str:
    """Return a digest of the installed engine and its interpreter."""
    folder = Path(grader.__file__).parent
    return _digest(sys.executable, sorted(folder.rglob("*.py")))


def tests_version(root: Path) -> str:
    """Return a digest of a course's registry and visible tests.

    Parameters
    ----------
    root : Path
    """
    folder = layout.exercises(root)
    patterns = ("*/unit.toml", "*/test_*.py", "*/workloads.py", "*/conftest.py")
    tests = [path for pattern in patterns for path in folder.glob(pattern)]
    kept = layout.pristine_stub(root, "unit", "file").parents[1].rglob("*")
    return _digest(str(root), sorted([layout.registry(root), *tests, *kept]))


def _digest(start: str, paths: Iterable[Path]) -> str:
    states = [(str(path), state_of(path)) for path in paths]
    return hashlib.sha256(repr((start, states)).encode("utf-8", "surrogatepass")).hexdigest()[:16]


class Versions:
    """Versions as they were at first, looked at again from time to time.

    Parameters
    ----------
    root : Path
        Folder of the course.
    clock : callable, optional
        Returns seconds.
    """

    def __init__(self, root: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._root, self._clock = root, clock
        self._engine, self._tests = engine_version(), tests_version(root)
        self._looked: dict[str, float] = {}

    def engine_changed(self) -> bool:
        """Return whether the engine differs from what it was at first."""
        return self._is_due("engine") and engine_version() != self._engine

    def tests_changed(self) -> bool:
        """Return whether the tests differ from what they were at the last change."""
        if not self._is_due("tests"):
            return False
        before, self._tests = self._tests, tests_version(self._root)
        return before != self._tests

    def _is_due(self, name: str) -> bool:
        now = self._clock()
        if now - self._looked.get(name, -PAUSE) < PAUSE:
            return False
        self._looked[name] = now
        return True
