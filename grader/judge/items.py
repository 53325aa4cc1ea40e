"""Information on collected tests, and the rules for them.

A test that belongs to no task of its unit would not count. An optional task is left out only if all of its tests find
the stub, from the first call to the last.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
from msgspec.structs import replace

from grader.course import layout
from grader.course.model import Course, not_a_task
from grader.records import Feedback, Speed, TestRecord, Verdict

TEST_INFO = pytest.StashKey["TestInfo"]()
MEASURING = pytest.StashKey["Measuring | None"]()
"""Fixture with which a test measures, besides comparing answers: the only thing that another plugin adds to a test."""


class Measuring(Protocol):
    """Protocol of a fixture that measures.

    Attributes
    ----------
    feedback : Feedback
        Feedback that is given even if the test passed.
    speed : Speed or None
        The measurement.
    """

    feedback: Feedback
    speed: Speed | None

    def without_measuring(self, student: Any, seed: int) -> Any:
        """Return the same fixture for another student, which only compares answers."""


@dataclass(frozen=True)
class TestInfo:
    """Information on one graded test.

    Attributes
    ----------
    root : Path
        The course's folder.
    unit, file, task, test : str
        ``convolution``, ``conv``, ``conv2d_forward``, ``test_agrees_with_torch``.
    points : float
    hidden : bool
        Whether it is in `tests/hidden`, which students do not have.
    timed : bool
        Whether it races the student's function against torch's own.
    about : str
        What it looks at, in words that students may read.
    """

    __test__ = False  # pytest: this is data, not a test class

    root: Path
    unit: str
    file: str
    task: str
    test: str
    points: float
    hidden: bool
    timed: bool = False
    about: str = ""

    @property
    def name(self) -> str:
        """Name of the test within its unit, as in records: ``conv.test_agrees_with_torch``."""
        return f"{self.file}.{self.test}"

    @property
    def title(self) -> str:
        """The requirement in words."""
        name, bracket, case = self.test.partition("[")
        return name.removeprefix("test_").replace("_", " ") + (f" ({case.rstrip(']')})" if bracket else "")


def info_of(item: pytest.Item) -> TestInfo | None:
    """Return the information in a test's mark and path, or None for a test that is not graded."""
    mark = item.get_closest_marker("task")
    if mark is None:
        return None
    folder = item.path.parent
    hidden = folder.parent.name == "hidden" and folder.parent.parent.name == "tests"
    root = folder.parent.parent.parent if hidden else folder.parent.parent
    return TestInfo(
        root=root,
        unit=folder.name,
        file=item.path.stem.removeprefix("test_"),
        task=mark.kwargs["name"],
        test=item.name,
        points=mark.kwargs["points"],
        hidden=hidden,
        timed="race" in getattr(item, "fixturenames", ()),
        about=mark.kwargs["about"],
    )


def misplaced_tests(items: Sequence[pytest.Item], course: Course) -> list[str]:
    """Return a message for each test that has no task, or one that is not a task of its unit.

    Parameters
    ----------
    items : sequence of pytest.Item
    course : Course
        In a student bundle, tests without a task are the student's own.
    """
    sentences = [f"{_where(item, course.root)}: {what}" for item in items for what in _problems(item, course)]
    return list(dict.fromkeys(sentences))


def _problems(item: pytest.Item, course: Course) -> Iterator[str]:
    info = item.stash.get(TEST_INFO, None)
    name = item.name.partition("[")[0]
    if info is not None:
        yield from (f"{name} {what}" for what in _unknown(info, course))
    elif not course.is_bundle:
        yield f'{name} has no @task("name", points=...): it would be graded for nobody'


def _unknown(info: TestInfo, course: Course) -> Iterator[str]:
    known = any(unit.name == info.unit for unit in course.units)
    if known and (problem := not_a_task(course, info.unit, info.task)):
        yield problem


def _where(item: pytest.Item, root: Path) -> str:
    path = layout.relative_name(item.path, root) if item.path.is_relative_to(root) else item.path.name
    return f"{path}, line {(item.location[1] or 0) + 1}"


LEFT_OUT = "this task is optional, and not written yet"
LEFT_OUT_IN_PARTS = "the task answers elsewhere, and raises NotImplementedError here: it is not left out"

OnRecord = Callable[[TestRecord], None]


class OptionalTasks:
    """Filter that passes records on in order; those of an optional task wait until its last test has ended.

    Parameters
    ----------
    on_record : callable
        Called with each record.
    optional : collection of str
        Optional tasks whose tests are all run.
    tests : sequence of TestInfo
        The tests that are run.
    """

    def __init__(self, on_record: OnRecord, optional: Collection[str], tests: Sequence[TestInfo]) -> None:
        self._on_record, self._optional = on_record, frozenset(optional)
        self._to_come = Counter(info.task for info in tests if info.task in optional)
        self._written: set[str] = set()
        self._waiting: list[TestRecord] = []

    def take(self, record: TestRecord, *, answered: bool) -> None:
        """Take a test's record, and pass on the records that are decided.

        Parameters
        ----------
        record : TestRecord
        answered : bool
            Whether the task's function has answered a call.
        """
        self._to_come[record.task] -= 1
        if answered or record.verdict is not Verdict.NOT_ATTEMPTED:
            self._written.add(record.task)
        self._waiting.append(record)
        while self._waiting and self._is_decided(self._waiting[0]):
            self._on_record(self._final(self._waiting.pop(0)))

    def flush(self) -> None:
        """Pass on the records that still wait when a run ends early."""
        while self._waiting:
            self._on_record(self._final(self._waiting.pop(0)))

    def _is_decided(self, record: TestRecord) -> bool:
        waits = record.verdict is Verdict.NOT_ATTEMPTED and record.task in self._optional
        return not waits or self._to_come[record.task] <= 0

    def _final(self, record: TestRecord) -> TestRecord:
        if record.verdict is not Verdict.NOT_ATTEMPTED or record.task not in self._optional:
            return record
        if record.task in self._written or self._to_come[record.task] > 0:
            return replace(record, feedback=replace(record.feedback, message=LEFT_OUT_IN_PARTS))
        return replace(record, verdict=Verdict.SKIPPED, feedback=Feedback(message=LEFT_OUT))
