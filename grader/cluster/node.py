"""A machine that grades for others: what it says of itself, its judges, and the function that a scheduler calls there.

The process holds the course's secret, from its own copy of the course. Students' code runs behind the walls of the
judge that it starts, as on a single machine.
"""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from grader.autograde.secret import VARIABLE, course_secret
from grader.cluster.fitness import differences, fitness_of
from grader.cluster.sheets import (
    Answer,
    Failed,
    GradedSheet,
    Introduction,
    Rehearsed,
    Sheet,
    Unfit,
    read_sheet,
    written,
)
from grader.course import layout
from grader.course.registry import find_course, load_course
from grader.errors import CourseError, DeepgradeError, UnavailableError
from grader.judge.judges import Judge, open_judge, require_walls
from grader.metering.processes import usable_cores
from grader.records import Isolation, TestRecord
from grader.timing.hardware import devices

if TYPE_CHECKING:
    from distributed import Worker

LONGEST = 500  # characters of an exception's text
TIER, JOBS = "DEEPGRADE_TIER", "DEEPGRADE_JOBS"
"""Variables by which a batch system's job is told what `grade worker` has options for."""

INTRODUCTION = "deepgrade"
"""Name under which a scheduler keeps what a worker says of itself."""

NO_NODE = "it is a worker of Dask, but not one of this course"


class GradingNode:
    """This machine as a worker.

    Parameters
    ----------
    root : Path
        Folder of the course.
    tier : Isolation
        Isolation of student code.
    jobs : int
        Submissions at a time.
    """

    def __init__(self, root: Path, tier: Isolation, jobs: int) -> None:
        self._root, self._tier, self._jobs = root, tier, jobs
        self._judges = _Judges(self._open)
        self.introduction = self._introduced()
        self.leave: Callable[[], None] = lambda: None  # takes this worker from its scheduler

    def _introduced(self) -> Introduction:
        try:
            course = load_course(self._root)
            course.refuse_bundle("it has no hidden tests to grade with")
            _require_secret(self._root)
            if self._tier is not Isolation.SELF:
                require_walls(self._root, self._tier)
            fitness = fitness_of(course, course_secret(course), self._tier)
        except DeepgradeError as error:
            return Introduction(problem=error.message, hint=error.hint, jobs=self._jobs)
        return Introduction(fitness, jobs=self._jobs, devices=tuple(devices()))

    def require_fit(self) -> None:
        """Raise if this machine cannot grade.

        Raises
        ------
        UnavailableError
            It cannot; the message says why.
        """
        if self.introduction.fitness is None:
            raise UnavailableError(self.introduction.problem, self.introduction.hint)

    def answer(self, sheet: Sheet) -> Answer:
        """Grade a job, or run the tests on the solutions; whatever fails is an answer, too.

        Parameters
        ----------
        sheet : Sheet

        Returns
        -------
        GradedSheet, Rehearsed, Failed or Unfit
        """
        try:
            with self._judges.one(sheet.units, sheet.tier) as judge:
                return _answer(sheet, judge)
        except _UnfitError as error:
            self.leave()
            return Unfit(error.message)
        except DeepgradeError as error:
            return Failed(error.message, error.hint)
        except Exception as error:
            return Failed(f"{type(error).__name__}: {error}"[:LONGEST])

    def _open(self, units: Sequence[str], tier: Isolation) -> "_NodeJudge":
        """Start a judge, if nothing has changed on this machine since it introduced itself."""
        course = load_course(self._root)
        secret = course_secret(course)
        known, present = self.introduction.fitness, fitness_of(course, secret, tier)
        if known is None or differences(known, present):
            raise _UnfitError("its course or its software changed while it ran: start its worker again")
        try:
            return _NodeJudge(open_judge(self._root, units, secret, tier), secret)
        except CourseError:
            raise
        except DeepgradeError as error:
            raise _UnfitError(f"its judge did not start: {error.message}") from None

    def close(self) -> None:
        """End the judges."""
        self._judges.close()


def _require_secret(root: Path) -> None:
    """Raise if this machine has no secret yet: a new one would only be a wrong one."""
    path = layout.secret_path(root)
    if not os.environ.get(VARIABLE, "").strip() and not path.is_file():
        raise CourseError(
            f"this copy of the course has no secret: there is no {path}",
            f"copy it from your own machine: scp -p {path.name} THIS_MACHINE:{path.parent}",
        )


class _UnfitError(DeepgradeError):
    """This machine cannot grade; others can."""


class _NodeJudge(Struct):
    """An open judge with its secret, and how many jobs it has now."""

    judge: Judge
    secret: str
    running: int = 0

    @property
    def is_spent(self) -> bool:
        """Whether its process has ended before, so that it will not be started another time."""
        return bool(self.judge.notes)


def _answer(sheet: Sheet, opened: _NodeJudge) -> Answer:
    faults = opened.judge.suite_faults()
    if sheet.job is None:
        return Rehearsed(faults)
    failing = {f"{fault.unit}.{fault.test}" for fault in faults}
    if failing != {*sheet.faults}:
        others = ", ".join(sorted(failing ^ {*sheet.faults}))
        raise _UnfitError(f"the solutions do not pass the same tests there as elsewhere: {others}"[:LONGEST])
    records: list[TestRecord] = []
    timing = opened.judge.grade(replace(sheet.job, secret=opened.secret), records.append)
    return GradedSheet(tuple(records), timing)


class _Judges:
    """The judges of a machine: one for each run's units, closed when another run's is needed and it is idle."""

    def __init__(self, opens: Callable[[Sequence[str], Isolation], _NodeJudge]) -> None:
        self._opens = opens
        self._lock = threading.Lock()
        self._judges: dict[tuple[tuple[str, ...], Isolation], _NodeJudge] = {}

    @contextmanager
    def one(self, units: tuple[str, ...], tier: Isolation) -> Iterator[_NodeJudge]:
        """Lend the judge of some units; the first one who asks starts it, and the others wait."""
        with self._lock:
            self._close_idle(besides=(units, tier))
            opened = self._judges.get((units, tier))
            if opened is None:
                opened = self._judges[units, tier] = self._opens(units, tier)
            opened.running += 1
        try:
            yield opened
        finally:
            with self._lock:
                opened.running -= 1

    def _close_idle(self, besides: object = None) -> None:
        """Close what nobody uses: judges of other units, and those that have ended once and may not do so again."""
        for kind, opened in [*self._judges.items()]:
            if not opened.running and (kind != besides or opened.is_spent):
                del self._judges[kind]
                opened.judge.close()

    def close(self) -> None:
        """Close all of them, running jobs or not."""
        with self._lock:
            judges, self._judges = [*self._judges.values()], {}
        for opened in judges:
            opened.judge.close()


_NODE: list[GradingNode] = []
"""This process's node; one at most."""


def take_part(node: GradingNode) -> None:
    """Make a node this process's: what a scheduler calls here is answered by it."""
    _NODE[:] = [node]


def grade(text: bytes) -> bytes:
    """Return the answer to a sheet; called by a scheduler."""
    return written(_NODE[0].answer(read_sheet(text)) if _NODE else Unfit(NO_NODE))


def leave(worker: "Worker") -> None:
    """Take a worker from its scheduler; any thread may ask for it.

    Parameters
    ----------
    worker : distributed.Worker
    """
    worker.loop.add_callback(worker.close_gracefully)


def dask_setup(worker: "Worker") -> None:
    """Make a worker of a batch system's job a node, before its scheduler knows it.

    Parameters
    ----------
    worker : distributed.Worker
        Started in the folder of the course.
    """
    tier, jobs = Isolation(os.environ.get(TIER, Isolation.SEALED)), int(os.environ.get(JOBS, usable_cores()))
    node = GradingNode(find_course(Path.cwd()), tier, jobs)
    take_part(node)
    node.leave = partial(leave, worker)
    worker.startup_information[INTRODUCTION] = lambda _: written(node.introduction).decode()
    worker.state.total_resources.update(node.introduction.resources)
    worker.state.available_resources.update(node.introduction.resources)


def dask_teardown(worker: "Worker") -> None:
    """End the judges of a worker that ends."""
    for node in _NODE:
        node.close()
