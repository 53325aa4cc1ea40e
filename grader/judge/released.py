"""Misconceptions in a student bundle: their sentences, and what they answer in the visible tests.

It is data: no code, no names, and of each answer only a summary.
"""

import lzma
from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import Struct

from grader.course import layout
from grader.judge.items import TestInfo
from grader.judge.traces import PASSED, Trace
from grader.judge.wrong_answers import Known

MOST_NAMES = 2  # for one mistake: the visible tests alone may not tell two of them apart


class ReleasedMisconception(Struct, frozen=True, array_like=True):
    """A misconception as students have it: its task, its sentence, and its number in the unit."""

    task: str
    text: str
    number: int


class Released(Struct, frozen=True, array_like=True):
    """Contents of a unit's file.

    Attributes
    ----------
    misconceptions : tuple of ReleasedMisconception
        Those that fail a visible test.
    failures : dict of str to dict of int to Trace
        Trace of each visible test that fails, by the test's name and the misconception's number.
    """

    misconceptions: tuple[ReleasedMisconception, ...] = ()
    failures: dict[str, dict[int, Trace]] = {}

    def traces(self, tests: Iterable[TestInfo]) -> Known:
        """Return the trace of each misconception in each visible test of its task."""
        visible = [test for test in tests if not test.hidden and not test.timed]
        passed = Trace((), 0, PASSED)
        return {
            (wrong, test): self.failures.get(test.name, {}).get(wrong.number, passed)
            for wrong in self.misconceptions
            for test in visible
            if test.task == wrong.task
        }


def encoded(released: Released) -> bytes:
    """Return the contents of a unit's file."""
    return lzma.compress(msgspec.msgpack.encode(released), preset=9)


def decoded(data: bytes) -> Released:
    """Return what a unit's file contains; nothing if it is broken."""
    try:
        return msgspec.msgpack.decode(lzma.decompress(data), type=Released)
    except (lzma.LZMAError, msgspec.DecodeError, EOFError):
        return Released()


def released_in(root: Path, unit: str) -> Released:
    """Read a unit's file in a student bundle; nothing without such a file."""
    path = layout.wrong_answers(root, unit)
    return decoded(path.read_bytes()) if path.is_file() else Released()
