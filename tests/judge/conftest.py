"""A toy course of one unit, whose tests and submissions exercise everything that the judge can say."""

import shutil
from pathlib import Path

import pytest

from grader.course.registry import Limits
from grader.judge.protocol import Job
from grader.records import TestRecord
from grader.submissions.intake import Submission

TOY = Path(__file__).parent / "toy"
LIMITS = Limits(call_seconds=1.0, test_seconds=3.0, submission_seconds=20.0, memory_mib=512, output_kib=64)
SOLUTION = (TOY / "solutions/toy/first.py").read_text(encoding="utf-8")
DOUBLE = "    return 2 * x\n"


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the toy course."""
    root = tmp_path_factory.mktemp("course") / "toy course"
    shutil.copytree(TOY, root)
    return root


def with_double(body: str) -> str:
    """Return the solution with another body of `double`."""
    assert DOUBLE in SOLUTION
    return SOLUTION.replace(DOUBLE, f"    {body}\n")


def job(text: str, **options: object) -> Job:
    """Return a job for one file."""
    return Job(Submission("toy", {"first": text}), LIMITS, "a secret", **options)  # type: ignore[arg-type]


def by_test(records: list[TestRecord]) -> dict[str, TestRecord]:
    """Return records by the test's function name."""
    return {record.test.partition(".")[2]: record for record in records}
