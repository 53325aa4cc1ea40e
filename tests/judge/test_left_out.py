"""An optional task is left out as a whole, or not at all."""

from pathlib import Path

import pytest

from grader.judge.items import LEFT_OUT, LEFT_OUT_IN_PARTS, OptionalTasks, TestInfo
from grader.records import Feedback, TestRecord, Verdict

TASKS = ("plain", "fast", "fast", "plain", "fast")
TESTS = [TestInfo(Path(), "u", "f", task, f"test_{number}", 1.0, True) for number, task in enumerate(TASKS)]


def ran(
    verdicts: list[Verdict], *, answered: tuple[int, ...] = (), optional: tuple[str, ...] = ("fast",)
) -> list[TestRecord]:
    taken: list[TestRecord] = []
    tasks = OptionalTasks(taken.append, optional, TESTS)
    for number, (info, verdict) in enumerate(zip(TESTS, verdicts, strict=True)):
        record = TestRecord("u", info.task, info.name, "", True, 1.0, 0.0, verdict, Feedback(message="told"))
        tasks.take(record, answered=number in answered)
    tasks.flush()
    assert [record.test for record in taken] == [info.name for info in TESTS]
    return taken


NOT, PASSED, FAILED = Verdict.NOT_ATTEMPTED, Verdict.PASSED, Verdict.FAILED


def test_a_task_that_nothing_answers_is_left_out() -> None:
    records = ran([NOT, NOT, NOT, PASSED, NOT])
    assert [record.verdict for record in records] == [NOT, Verdict.SKIPPED, Verdict.SKIPPED, PASSED, Verdict.SKIPPED]
    assert {record.feedback.message for record in records if record.task == "fast"} == {LEFT_OUT}


@pytest.mark.parametrize(
    ("verdicts", "answered"),
    [
        ([PASSED, PASSED, NOT, PASSED, NOT], ()),
        ([PASSED, NOT, NOT, PASSED, FAILED], ()),
        ([PASSED, NOT, NOT, PASSED, NOT], (2,)),
    ],
)
def test_a_task_that_answers_somewhere_loses_its_points_elsewhere(
    verdicts: list[Verdict], answered: tuple[int, ...]
) -> None:
    records = ran(verdicts, answered=answered)
    assert [record.verdict for record in records] == verdicts
    assert not any(record.verdict.meaning.costs_nothing for record in records)
    assert {record.feedback.message for record in records if record.verdict is NOT} == {LEFT_OUT_IN_PARTS}


def test_some_tests_of_a_task_do_not_show_that_it_is_left_out() -> None:
    assert [record.verdict for record in ran([NOT] * 5, optional=())] == [NOT] * 5
