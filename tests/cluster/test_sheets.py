"""Messages between machines: the secret and the name stay here, and answers are checked before they count."""

import msgspec
import pytest
from msgspec.structs import replace

from grader.cluster.sheets import (
    MOST_BYTES,
    BadAnswer,
    Failed,
    GradedSheet,
    Introduction,
    Rehearsed,
    Sheet,
    Unfit,
    read_answer,
    read_introduction,
    read_sheet,
    sealed_job,
    written,
)
from grader.course.registry import Limits
from grader.judge.protocol import Job
from grader.records import Isolation, TestRecord, Timing, Verdict
from grader.submissions.intake import Submission

JOB = Job(Submission("counts", {"count": "x = 1"}, "anna"), Limits(), "a secret of the course")
SHEET = Sheet(("counts",), Isolation.SEALED, sealed_job(JOB))
PASSED = TestRecord("counts", "total", "count.test_total", "total", True, 2.0, 2.0, Verdict.PASSED)


def answer(*records):
    return written(GradedSheet(records, Timing()))


def test_a_job_leaves_without_the_secret_and_the_name():
    text = written(SHEET)
    assert b"a secret" not in text
    assert b"anna" not in text
    assert read_sheet(text).job.submission.files == {"count": "x = 1"}


def test_an_answer_arrives_as_it_was_sent(course):
    assert read_answer(answer(PASSED), SHEET, course) == GradedSheet((PASSED,), Timing())
    assert read_answer(written(Failed("no", "try")), SHEET, course) == Failed("no", "try")
    assert read_answer(written(Unfit("no")), SHEET, course) == Unfit("no")
    assert read_answer(written(Rehearsed()), replace(SHEET, job=None), course) == Rehearsed()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ({"a": "pickle's result"}, "dict where"),
        (b" " * (MOST_BYTES + 1), "at most"),
        (b"[" * 100_000, "cannot be read"),
        (b"\xff\xfe", "cannot be read"),
        (b'{"type": "GradedSheet", "records": "many"}', "cannot be read"),
        (written(Rehearsed()), "something else"),
        (answer(PASSED, PASSED), "same test"),
        (answer(*[replace(PASSED, test=f"t{number}") for number in range(5_001)]), "5001 records"),
        (answer(replace(PASSED, unit="lines")), "lines.total"),
        (answer(replace(PASSED, task="\x1b[2Jother")), r"counts.\x1b[2Jother"),
        (answer(replace(PASSED, earned=3.0)), "3.0 of 2.0 points"),
        (answer(replace(PASSED, earned=-1.0)), "-1.0 of 2.0 points"),
        (answer(PASSED).replace(b'"earned":2.0', b'"earned":1e999'), "cannot be read"),
        (answer(PASSED).replace(b'"earned":2.0', b'"earned":"2"'), "cannot be read"),
    ],
)
def test_what_no_judge_answers_is_refused(course, text, words):
    with pytest.raises(BadAnswer) as refused:
        read_answer(text, SHEET, course)
    assert words in refused.value.message


def test_hidden_tests_that_were_not_asked_for_are_refused(course):
    sheet = replace(SHEET, job=replace(SHEET.job, visible_only=True))
    with pytest.raises(BadAnswer, match="not asked for"):
        read_answer(answer(PASSED), sheet, course)


def test_long_reasons_are_cut(course):
    assert len(read_answer(written(Failed("x" * 10_000)), SHEET, course).message) == 4_000


def test_an_introduction_is_text_of_its_own_kind():
    introduction = Introduction(jobs=2, devices=("a processor",))
    assert read_introduction(written(introduction).decode()) == introduction
    for text in (None, 3, "x", msgspec.json.encode({"jobs": "two"}).decode()):
        with pytest.raises(BadAnswer):
            read_introduction(text)
