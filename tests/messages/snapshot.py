"""The messages of all mistakes as `grade run` shows them, in a text that a person can review.

    python -m tests.messages.snapshot       writes `messages.txt` anew: read what has changed before committing it

Of each mistake the first test that is not passed is shown. Misconceptions are not looked for: that is the subject of
`tests/judge/test_diagnosis.py`.
"""

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from grader.course.model import Limits
from grader.course.registry import find_course
from grader.judge.protocol import PUBLIC_SECRET, Job
from grader.records import TestRecord, Verdict
from grader.report.screens import UNICODE, lines_of
from grader.submissions.intake import Submission
from tests.messages.mistakes import GROUPS, MISTAKES, UNIT, Mistake

ROOT = find_course(Path(__file__).parent)
TEXT = Path(__file__).with_name("messages.txt")
LIMITS = Limits(call_seconds=0.5, test_seconds=1.0, submission_seconds=5.0, memory_mib=1024)
WIDTH = 80


def snapshot() -> str:
    """Grade all mistakes, and return their messages."""
    records = iter(graded(MISTAKES))
    return "\n".join(_lines(records)) + "\n"


def graded(mistakes: Sequence[Mistake]) -> list[list[TestRecord]]:
    """Return the records of each mistake, graded in one process."""
    jobs = [
        Job(
            Submission(UNIT, dict(each.files)),
            LIMITS,
            PUBLIC_SECRET,
            (each.task,),
            visible_only=True,
            diagnose=False,
            until_failure=True,  # what follows is not shown
        )
        for each in mistakes
    ]
    command = [sys.executable, "-m", "tests.messages.grading", str(ROOT), UNIT]
    done = subprocess.run(command, input=msgspec.json.encode(jobs), stdout=subprocess.PIPE, cwd=ROOT, check=True)
    return [msgspec.json.decode(line, type=list[TestRecord]) for line in done.stdout.splitlines()]


def _lines(records: Iterator[list[TestRecord]]) -> Iterator[str]:
    for title, mistakes in GROUPS.items():
        yield from ("=" * WIDTH, title, "=" * WIDTH, "")
        for mistake in mistakes:
            yield f"# {mistake.what} ({mistake.task})"
            yield from message(next(records))
            yield ""


def message(tests: Sequence[TestRecord]) -> list[str]:
    """Return the lines about the first test that is not passed, without what differs between two runs."""
    test = next((test for test in tests if test.verdict is not Verdict.PASSED), tests[0])
    sampled = ("(a line that differs from run to run)",) if test.feedback.near else ()
    test = msgspec.structs.replace(test, feedback=msgspec.structs.replace(test.feedback, near=sampled))
    lines = [line.plain.rstrip() for line in lines_of(test, UNICODE, WIDTH)]
    return [re.sub(r"\d+ times more", "N times more", line) for line in lines]


if __name__ == "__main__":
    TEXT.write_text(snapshot(), encoding="utf-8")
