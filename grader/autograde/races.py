"""Races shared between submissions: identical code gets one medal, within a run and across runs.

A race times a module with everything that it can reach, so submissions that differ only in comments, docstrings and
formatting share a race. One of them runs it, the others take its measurement. This cannot be exploited: to get another
student's medal, one has to hand in that student's code, including all code that runs on import.
"""

import re
import threading
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import msgspec

from grader.autograde.keys import digest, key_of
from grader.autograde.plan import Work
from grader.course.model import Unit
from grader.errors import RejectedError
from grader.judge.protocol import Shared
from grader.records import Speed, TestRecord
from grader.submissions.names import REACHING_FILES
from grader.submissions.parsing import normalized_source

GOLD = "gold"
TRIES = 2  # attempts at a noisy race before it is postponed for all submissions with the same code
NOT_THE_RACE_S = ("submission", "without")  # key parts that a race does not depend on
REACHES_ANYTHING = re.compile(
    rf"\b({'|'.join(sorted(REACHING_FILES))}|"
    r"\w*import_module\w*|\w*_frame|f_\w+|tb_\w+|__(?!init__|name__|all__|future__)\w+__)\b"
)
"""Words with which code can reach a file without naming it."""

Place = tuple[str, str]
"""Digest of the code, and a test as ``file.test``."""


def code_of(work: Work, unit: Unit) -> str:
    """Return a digest that is equal for submissions that share their races; empty if there are none to share.

    Parameters
    ----------
    work : Work
    unit : Unit
    """
    files = work.submission.files
    timed = {task.file for task in unit.tasks_on_gpu} & files.keys()
    if not timed:
        return ""
    try:
        texts = {stem: normalized_source(files[stem]) for stem in reachable(files, timed)}
    except RejectedError:  # unreadable code does not race
        return ""
    parts = {name: part for name, part in work.parts.items() if name not in NOT_THE_RACE_S}
    return key_of({**parts, "code": digest(msgspec.json.encode([work.unit, sorted(texts.items())]))})


def reachable(files: Mapping[str, str], stems: Sequence[str] | set[str]) -> set[str]:
    """Return the files that some files can reach: those they name, or all if they may reach files without a name."""
    stems_reached: set[str] = set()
    new = set(stems)
    while new:
        stems_reached |= new
        text = unicodedata.normalize("NFKC", "\n".join(files[stem] for stem in new))  # as Python reads names
        if REACHES_ANYTHING.search(text):
            return set(files)
        words = set(re.findall(r"\w+", text))
        new = (files.keys() & words) - stems_reached
    return stems_reached


class Races:
    """Measured races by code and test. Thread-safe.

    Parameters
    ----------
    known : mapping of (str, str) to Speed
        Measurements of earlier runs.
    """

    def __init__(self, known: Mapping[Place, Speed] | None = None) -> None:
        self._speeds = dict(known or {})
        self._settled = {code for code, _ in self._speeds}
        self._noisy: Counter[tuple[Place, bool]] = Counter()
        self._turns: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()
        self._unwritten: dict[Place, Speed] = {}

    @contextmanager
    def turn(self, code: str, *, alone: bool = False) -> Iterator[dict[str, Shared]]:
        """Let one submission per code race first; the others wait for its measurements.

        Parameters
        ----------
        code : str
        alone : bool
            Whether nothing else is graded: races below gold are then repeated.

        Yields
        ------
        dict of str to Shared
            Tests that need no race, by ``file.test``.
        """
        with self._lock:
            turn = self._turns.setdefault(code, threading.Lock())
            waits = bool(code) and not alone and code not in self._settled
        if not waits:
            yield self.shared(code, alone=alone)
            return
        turn.acquire()
        first = code not in self._settled
        if not first:
            turn.release()
        try:
            yield self.shared(code)
        finally:
            if first:
                turn.release()

    def shared(self, code: str, *, alone: bool = False) -> dict[str, Shared]:
        """Return the tests that need no race for this code."""
        with self._lock:
            speeds = {test: Shared(speed) for (of, test), speed in self._speeds.items() if of == code}
            final = {test: known for test, known in speeds.items() if not alone or is_final(known.speed)}
            noisy = {test for (of, test), now in self._noisy if of == code and now == alone}
            given_up = {test: Shared() for test in noisy if self._noisy[(code, test), alone] >= (1 if alone else TRIES)}
        return (given_up | final) if code else {}

    def take(self, code: str, tests: Sequence[TestRecord], *, alone: bool = False) -> None:
        """Record measurements; the first one counts until the same code is raced again alone."""
        if not code:
            return
        with self._lock:
            for test in tests:
                place = (code, test.test)
                if test.speed is not None and (alone or place not in self._speeds):
                    self._speeds[place] = self._unwritten[place] = test.speed
                elif test.verdict.meaning.tried_again:
                    self._noisy[place, alone] += 1
            noisy = [count for (place, now), count in self._noisy.items() if place[0] == code and now == alone]
            if not noisy or max(noisy) >= TRIES or any(of == code for of, _ in self._speeds):
                self._settled.add(code)

    def unwritten(self) -> dict[Place, Speed]:
        """Return the measurements made since the last call."""
        with self._lock:
            new, self._unwritten = self._unwritten, {}
        return new


def is_final(speed: Speed | None) -> bool:
    """Return whether a measurement is final: gold, or confirmed by a race alone."""
    return speed is not None and (speed.confirmed or all(race.tier == GOLD for race in (speed, *speed.others)))


def second_race(before: TestRecord, after: TestRecord) -> TestRecord:
    """Return the better of two measurements of the same code, the second made while nothing else ran.

    A busy machine slows down code that moves more memory than torch does, so the lower ratio is the more accurate one.
    A race without a measurement changes nothing.
    """
    if before.speed is None or after.speed is None:
        return after if before.speed is None else before
    better = after if _rank(after) <= _rank(before) else before
    assert better.speed is not None
    return msgspec.structs.replace(better, speed=msgspec.structs.replace(better.speed, confirmed=True))


def _rank(test: TestRecord) -> tuple[float, float]:
    assert test.speed is not None
    return -test.earned, test.speed.ratio


def leaders_first(work: Sequence[Work], codes: Sequence[str]) -> list[Work]:
    """Return the work with the first submission of each code in front, so that none waits for a race not yet begun."""
    seen: set[str] = set()
    ranked = []
    for item, code in zip(work, codes, strict=True):
        ranked.append((code in seen, item))
        seen |= {code} - {""}
    return [item for _, item in sorted(ranked, key=lambda pair: pair[0])]
