"""Races of the cheats against a card's clock, in this process, by whatever device it finds."""

import contextlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from grader.course.model import Limits
from grader.judge.budget import Budget
from grader.judge.items import TestInfo
from grader.judge.outcomes import BelowGold, OutcomeException, TooNoisy
from grader.judge.remote import LoadRequest, RemoteTransport
from grader.judge.student import Student
from grader.sandbox.launcher import Launcher
from grader.submissions.intake import Submission
from grader.timing.race import Race
from grader.timing.runners import ReferenceWorkers
from tests.attacks.cheats import Cheat

COURSE = Path(__file__).parent / "speed_course"
LIMITS = Limits(call_seconds=20.0, test_seconds=60.0, submission_seconds=200.0)
TRIES = 3


@dataclass(frozen=True)
class Ending:
    """Outcome of a race: the share of the points, and the message."""

    credit: float
    said: str

    def problems(self, cheat: Cheat) -> list[str]:
        """Return in which ways a cheat got through, or was not what it should be; empty if it earned nothing."""
        problems = [f"{self.credit:.2f} of the points gained: {self.said}"] if self.credit else []
        if not any(part in self.said for part in cheat.evidence.split("|")):
            problems.append(f"no trace of it (expected: {cheat.evidence}): {self.said}")
        return problems


def course_for(device: str, destination: Path) -> Path:
    """Copy the course that cheats are raced in, with thresholds for a device."""
    shutil.copytree(COURSE, destination)
    tiers = destination / "tests/hidden/raced/tiers.toml"
    text = tiers.read_text(encoding="utf-8")
    start = text.index("[cube_fast.cpu]")
    entry = text[start : text.index("\n\n", start)].replace("cube_fast.cpu", "cube_fast.gpu_float32")
    tiers.write_text(f"{text}\n{entry.replace('for these attacks, not measured', device)}\n", encoding="utf-8")
    return destination


def raced_once(cheat: Cheat, root: Path, launcher: Launcher) -> Ending:
    """Race a cheat.

    Raises
    ------
    TooNoisy
        The machine cannot be believed.
    """
    submission = LoadRequest(Submission("raced", {"fast": cheat.source}), {"cube_fast": "fast"}, "torch")
    workers = ReferenceWorkers(launcher, "raced", LIMITS, submission)
    transport = RemoteTransport(launcher, submission, LIMITS, Budget(LIMITS))
    transport.default_file = "fast"
    info = TestInfo(root, "raced", "fast", "cube_fast", "test_speed_on_a_gpu", 3.0, hidden=True)
    race = Race(info, Student(transport, {}), 5, workers)
    with contextlib.closing(workers), contextlib.closing(transport):
        try:
            race.on_gpu("cube_fast", rtol=1e-4, atol=1e-5)
        except BelowGold as below:
            return Ending(below.credit, below.timed)
        except TooNoisy:
            raise
        except OutcomeException as outcome:
            return Ending(outcome.credit, f"{outcome.message} {outcome.feedback().differs}")
    return Ending(1.0, race.feedback.timed)


def raced(cheat: Cheat, root: Path, launcher: Launcher) -> Ending:
    """Race a cheat until the machine can be believed, or has been too busy three times.

    Raises
    ------
    TooNoisy
        It was.
    """
    for _ in range(TRIES - 1):
        with contextlib.suppress(TooNoisy):
            return raced_once(cheat, root, launcher)
    return raced_once(cheat, root, launcher)
