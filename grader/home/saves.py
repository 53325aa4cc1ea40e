"""Saves of a student's files, seen by looking at the files themselves: that works on every platform and file system.

A look costs some microseconds for each file. Events of the operating system would have to be explained where there are
none: folders that are shared over a network, with a container or with Windows.
"""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from grader.submissions.parsing import nothing, read_text

SETTLED = 0.05  # seconds without a change after which a save counts as done
PATIENCE = 0.4  # the same for a file that is missing, empty or cannot be parsed: its editor may be half-way

State = tuple[int, int, int] | None


def state_of(path: Path) -> State:
    """Return what changes when a file is saved; None if there is no file."""
    try:
        status = os.stat(path)  # noqa: PTH116 (a path's own `stat` takes twice as long, fifty times a second)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


class Saves:
    """Observer of some files: several saves in a row, and an editor's renaming into place, are one change.

    Parameters
    ----------
    paths : sequence of Path
    clock : callable, optional
        Returns seconds.
    """

    def __init__(self, paths: Sequence[Path], clock: Callable[[], float] = time.monotonic) -> None:
        self._paths, self._clock = tuple(paths), clock
        self._states = self._look()
        self._changed: set[Path] = set()
        self._since = 0.0
        self._known: dict[tuple[Path, State], bool] = {}

    def poll(self) -> tuple[Path, ...]:
        """Return the files of a change that has settled; none if there is no such change."""
        states = self._look()
        differing = {path for path, state in states.items() if state != self._states[path]}
        if differing:
            self._states, self._since = states, self._clock()
            self._changed |= differing
        if not self._changed or self._clock() - self._since < self._pause():
            return ()
        settled, self._changed = tuple(path for path in self._paths if path in self._changed), set()
        return settled

    def _look(self) -> dict[Path, State]:
        return {path: state_of(path) for path in self._paths}

    def _pause(self) -> float:
        if self._clock() - self._since < SETTLED:
            return SETTLED
        return SETTLED if all(map(self._is_whole, self._changed)) else PATIENCE

    def _is_whole(self, path: Path) -> bool:
        key = (path, self._states[path])
        if key not in self._known:
            self._known = {
                **{path: whole for path, whole in self._known.items() if path[0] != key[0]},
                key: seems_whole(path),
            }
        return self._known[key]


def seems_whole(path: Path) -> bool:
    """Return whether a file has text that can be parsed; the parser runs in a process of its own."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return bool(text.strip()) and not read_text(nothing, text).problem
