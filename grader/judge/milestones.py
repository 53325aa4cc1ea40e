"""Milestones of submissions: student code computes in a worker, numbers cross the wire, and another process draws.

Nothing hidden takes part: the milestone is the one that is handed out, the data sets are the course's public ones, and
the worker's seed is 0.
"""

import hashlib
import sys
from collections.abc import Mapping
from contextlib import closing
from importlib import metadata
from pathlib import Path
from typing import Any

from msgspec import Struct
from sklearn.datasets import load_digits

from grader.course import layout
from grader.course.model import LimitChanges, Limits
from grader.course.registry import Course, Unit
from grader.judge.budget import Budget
from grader.judge.dry_run import AnswerSizes
from grader.judge.local_students import task_files
from grader.judge.outcomes import NotMeasured, OutcomeException
from grader.judge.remote import LoadRequest, RemoteTransport
from grader.printable import one_line
from grader.records import Isolation
from grader.sandbox.launcher import Launcher
from grader.sandbox.tool import Tool, ToolError, ToolLimits, answer
from grader.submissions.intake import Submission
from grader.submissions.parsing import readable
from grader.wire import encode

SECONDS = 60  # of the student's code, for one picture; the course's own solutions take up to 20
REASON = 200  # characters
DRAWING = ToolLimits(cpu_seconds=30, memory_mib=2048, wall_seconds=120.0, output_mib=16)
PNG = b"\x89PNG\r\n\x1a\n"


class Picture(Struct, frozen=True):
    """A milestone's picture, or why there is none.

    Attributes
    ----------
    png : bytes
        Empty if there is none.
    reason : str
        Why there is none.
    seconds : float
        Time of the student's code.
    lasts : bool
        Whether the same submission would give the same again; not so if the machine was too busy.
    """

    png: bytes = b""
    reason: str = ""
    seconds: float = 0.0
    lasts: bool = True


class MilestoneDrawer:
    """Draws milestones with what students handed in.

    Parameters
    ----------
    course : Course
    launcher : Launcher
        Of the workers that run the student's code.
    seconds : float
        Most time of the student's code for one picture.
    """

    def __init__(self, course: Course, launcher: Launcher, seconds: float = SECONDS) -> None:
        self.course, self._launcher, self._seconds = course, launcher, seconds
        self._datasets = _sources(layout.datasets(course.root))

    def has(self, unit: Unit) -> bool:
        """Return whether a unit has a milestone."""
        return layout.milestone_source(self.course.root, unit.name).is_file()

    def key(self, unit: Unit, files: Mapping[str, str]) -> str:
        """Return what changes exactly when the picture could.

        Parameters
        ----------
        unit : Unit
        files : mapping of str to str
            What was handed in, by stem.

        Returns
        -------
        str
        """
        versions = [metadata.version(name) for name in ("deepgrade", "matplotlib", "numpy")]
        parts = [self._text(unit), *versions, *_flat(self._datasets), *_flat(files)]
        return hashlib.sha256("\x1f".join(f"{len(part)}:{part}" for part in parts).encode()).hexdigest()[:32]

    def draw(self, unit: Unit, files: Mapping[str, str]) -> Picture:
        """Draw a milestone.

        Parameters
        ----------
        unit : Unit
        files : mapping of str to str
            What was handed in, by stem.

        Returns
        -------
        Picture
        """
        most = self._seconds
        changes = LimitChanges(call_seconds=most, test_seconds=most, submission_seconds=most)
        limits = self.course.limits_of(unit.name).changed_by(changes)
        budget = Budget(limits)
        budget.start_test()
        try:
            steps = self._recorded(unit, files, limits, budget)
        except OutcomeException as outcome:
            lasts = not isinstance(outcome, NotMeasured)
            return Picture(reason=one_line(outcome.message, REASON), seconds=budget.spent, lasts=lasts)
        return _drawn(steps, budget.spent)

    def _recorded(self, unit: Unit, files: Mapping[str, str], limits: Limits, budget: Budget) -> Any:
        load = LoadRequest(Submission(unit.name, readable(files)), task_files(unit))
        with closing(RemoteTransport(self._launcher, load, limits, budget)) as transport:
            transport.start_test(AnswerSizes(timed=True))
            return transport.recorded(self._text(unit), self._datasets, self._digits())

    def _text(self, unit: Unit) -> str:
        return layout.milestone_source(self.course.root, unit.name).read_text(encoding="utf-8")

    def _digits(self) -> Any:
        """Return scikit-learn's digits if a data set is made of them: a worker of NumPy tasks has no scikit-learn."""
        if not any("sklearn" in text for text in self._datasets.values()):
            return None
        return load_digits(return_X_y=True)


def _drawn(steps: Any, seconds: float) -> Picture:
    """Draw from a recording, in a process of its own."""
    command = (sys.executable, "-B", "-W", "ignore", "-m", "grader.judge.redrawing")
    tool = Tool(command, environment={"MPLBACKEND": "agg"})
    try:
        drawn = answer(tool, b"".join(encode(steps)), DRAWING, Isolation.SELF)
    except ToolError:
        return Picture(reason="drawing it took too much time or memory", seconds=seconds)
    if not drawn.startswith(PNG):
        return Picture(reason=one_line(drawn.decode(errors="replace"), REASON), seconds=seconds)
    return Picture(png=drawn, seconds=seconds)


def _sources(folder: Path) -> dict[str, str]:
    paths = sorted(folder.glob("*.py")) if folder.is_dir() else []
    return {path.stem: path.read_text(encoding="utf-8") for path in paths if path.stem != "__init__"}


def _flat(texts: Mapping[str, str]) -> list[str]:
    return [part for pair in sorted(texts.items()) for part in pair]
