"""Races of the cheats behind the walls of the tier `sealed`, and their controls without walls."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from grader.course.registry import load_course
from grader.judge.client import WarmJudge
from grader.judge.protocol import Job
from grader.records import Isolation, TestRecord, Verdict
from grader.sandbox.probe import require
from grader.submissions.intake import Submission
from tests.attacks.cheats import CHEATS, CONTROLS, Cheat
from tests.timing.open_gate import open_gate

COURSE = Path(__file__).parent / "speed_course"
NAIVE = Path(__file__).with_name("naive_timer.py")
TRIES = 3  # of a race that is too noisy: the machine may be busy


@dataclass
class Meeting:
    """Results of the races, by cheat."""

    records: Mapping[str, TestRecord]

    def problems(self, cheat: Cheat) -> list[str]:
        """Return in which ways a cheat got through, or was not what it should be; empty if it earned nothing."""
        record = self.records[cheat.name]
        problems = [f"{record.earned:g} points gained"] if record.earned else []
        if record.verdict in (Verdict.SKIPPED, Verdict.NO_GPU, Verdict.GRADER_ERROR):
            problems.append(f"a test that does not count against it: {record.verdict}")
        if record.verdict is not Verdict.TOO_NOISY and not re.search(cheat.evidence, feedback_text(record)):
            problems.append(f"no trace of it (expected: {cheat.evidence}): {feedback_text(record)[:200]}")
        return problems

    def is_too_noisy(self, cheat: Cheat) -> bool:
        """Tell whether the machine was too busy to see."""
        return self.records[cheat.name].verdict is Verdict.TOO_NOISY

    def happened(self, cheat: Cheat) -> str:
        """Say in one line how a cheat ended."""
        return " ".join(feedback_text(self.records[cheat.name]).split())


def feedback_text(record: TestRecord) -> str:
    """Return what a race says."""
    feedback = record.feedback
    return "\n".join(part for part in (feedback.timed or feedback.message, feedback.differs) if part)


def race_all(jobs: int = 2) -> Meeting:
    """Race every cheat, and the controls.

    Raises
    ------
    UnavailableError
        This machine does not have the tier `sealed`.
    """
    require(Isolation.SEALED)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "course"
        shutil.copytree(COURSE, root)
        open_gate(root, "raced")
        with (
            WarmJudge(root, ["raced"], "nobody can guess this", Isolation.SEALED) as judge,
            ThreadPoolExecutor(jobs) as pool,
        ):
            judge.wait_until_ready()
            entered = [*CHEATS.values(), *CONTROLS]
            records = pool.map(lambda cheat: _raced(judge, root, cheat), entered)
            return Meeting({cheat.name: record for cheat, record in zip(entered, records, strict=True)})


def _raced(judge: WarmJudge, root: Path, cheat: Cheat) -> TestRecord:
    limits = load_course(root).limits_of("raced")
    job = Job(Submission("raced", {"fast": cheat.source}), limits, "nobody can guess this", tasks=(cheat.task,))
    for _ in range(TRIES):
        records: list[TestRecord] = []
        judge.grade(job, records.append)
        if records[0].verdict is not Verdict.TOO_NOISY:
            break
    return records[0]


def run_controls() -> dict[str, dict[str, bool]]:
    """Time what has a control in one process, by its own clocks; return what that timer says of each."""
    chosen = [cheat for cheat in (*CHEATS.values(), *CONTROLS) if not cheat.no_control and cheat.for_this_machine]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(NAIVE)],
        input=json.dumps({cheat.name: cheat.source for cheat in chosen}),
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1"},
    )
    results: dict[str, dict[str, bool]] = json.loads(done.stdout)
    return results
