"""Parts of `gpu_check.py` that grade: submissions by a judge that forks, and the cheats against a card's clock."""

import contextlib
import secrets
import tempfile
from pathlib import Path
from typing import Any

from grader.course.registry import Course
from grader.judge.client import WarmJudge
from grader.judge.outcomes import TooNoisy
from grader.judge.protocol import Job
from grader.records import Isolation, TestRecord
from grader.sandbox.launcher import launcher_for
from grader.submissions.intake import Submission
from grader.timing import gpu
from tests.attacks.cheats import CONTROLS
from tests.attacks.device_cheats import DEVICE_CHEATS
from tests.attacks.device_racing import course_for, raced
from tests.benchmarks.timing_stability import repeated

UNIT, TASK = "activations", "softmax_cross_entropy_fast"
IN_BFLOAT16 = f"""

_exactly = {TASK}


def {TASK}(logits, labels):
    if not logits.is_cuda:
        return _exactly(logits, labels)
    loss, dlogits = _exactly(logits.bfloat16(), labels)
    return loss.to(logits.dtype), dlogits.to(logits.dtype)
"""


def submissions(course: Course) -> dict[str, str]:
    """Return the text of `fast.py` of some submissions: right, done twice and four times, imprecise on a card."""
    text = (course.root / "solutions" / UNIT / "fast.py").read_text(encoding="utf-8")
    return {
        "the solution": text,
        "the solution done twice": repeated(text, TASK, 2),
        "the solution done four times": repeated(text, TASK, 4),
        "in bfloat16 on a card": text + IN_BFLOAT16,
    }


def graded(course: Course, tier: Isolation) -> dict[str, Any]:
    """Grade one task of some submissions the way `grade autograde` does: verdict, points and words of every test."""
    limits = course.limits_of(UNIT, TASK)
    outcomes: dict[str, Any] = {}
    with WarmJudge(course.root, [UNIT], tier=tier) as judge:
        judge.wait_until_ready()
        for name, text in submissions(course).items():
            records: list[TestRecord] = []
            judge.grade(
                Job(Submission(UNIT, {"fast": text}), limits, secrets.token_hex(8), tasks=(TASK,)), records.append
            )
            outcomes[name] = {
                one.test: [one.verdict, one.earned, one.feedback.timed or one.feedback.message] for one in records
            }
    return outcomes


def cheated(tier: Isolation) -> dict[str, Any]:
    """Race the cheats, an honest submission and a slow one; return what is wrong with the end of each, and the end."""
    outcomes: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(launcher_for(tier)) as launcher:
        root = course_for(gpu.require_gpu().name, Path(folder) / "course")
        for cheat in (*CONTROLS, *DEVICE_CHEATS.values()):
            try:
                ending = raced(cheat, root, launcher)
                outcomes[cheat.name] = [ending.problems(cheat), ending.credit, ending.said]
            except TooNoisy as noisy:
                outcomes[cheat.name] = ["too noisy", noisy.message]
    return outcomes
