"""An answer may be four times as large as the reference's, and 64 KiB; what is larger is wrong, and costs nothing."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from grader.judge.client import WarmJudge
from grader.judge.dry_run import FACTOR, ROOM, TOGETHER, Answered, AnswerSizes
from grader.judge.local import LocalTransport
from grader.judge.outcomes import CheckFailed
from grader.judge.student import FORGOTTEN, HEAD, REMEMBERED_BYTES, TAIL, CallRequest, CallResult, Student
from grader.judge.summaries import Summary, summary
from grader.judge.traces import Answer, answer_of
from grader.records import TestRecord, Verdict
from grader.wire import NotAnAnswer, OverSizeLimit, SizeLimits, decode, encode
from tests.judge.conftest import SOLUTION, by_test, job, with_double

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forked judges are Linux's")


@pytest.fixture(scope="module")
def judge(toy: Path) -> Iterator[WarmJudge]:
    with WarmJudge(toy, ["toy"], "a secret") as started:
        started.wait_until_ready()
        yield started


def graded(judge: WarmJudge, text: str) -> dict[str, TestRecord]:
    records: list[TestRecord] = []
    judge.grade(job(text), records.append)
    return by_test(records)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return range(40_000_000)", "double returned a range, not the numbers in it"),
        ("return range(3)", "double returned a range, not the numbers in it"),
        ("return [1.0, range(10**18)]", "double returned a range, not the numbers in it"),
        ("import numpy as np; return np.zeros((8_000_000, 0))", "the answer of double is too large"),
        ("import numpy as np; return [np.zeros((9000, 0), 'i1')] * 9", "the answer of double is too large"),
        ("import numpy as np; return np.zeros(20_000)", "the answer of double is too large"),
        ("return [[] for _ in range(30_000)]", "the answer of double is too large"),
        ("return {number: None for number in range(15_000)}", "the answer of double is too large"),
        ("return 'x' * 100_000", "the answer of double is too large"),
        ("return 1 << 4093", "the result of double is not an array"),
        ("return [b'y' * 50_000] * 2", "the answer of double is too large"),
    ],
)
def test_what_is_too_large_is_a_wrong_answer(judge: WarmJudge, body: str, message: str) -> None:
    start = time.perf_counter()
    records = graded(judge, with_double(body))
    assert time.perf_counter() - start < 60
    for name in ("test_agrees_with_torch", "test_leaves_its_argument_alone"):
        assert (records[name].verdict, records[name].earned) == (Verdict.FAILED, 0.0)
        assert records[name].feedback.message.startswith(message)
    assert records["test_sums_and_keeps"].verdict is Verdict.PASSED


def test_it_is_told_how_large_it_is_and_how_large_it_should_be(judge: WarmJudge) -> None:
    told = graded(judge, with_double("import numpy as np; return np.zeros(1 << 20)"))["test_agrees_with_torch"].feedback
    assert told.message == "the answer of double is too large: an answer may have at most 64 KiB here"
    assert (told.got, told.expected) == ("8 MiB", "64 bytes, as the reference's")


def test_a_large_wrong_answer_within_bounds_is_compared(judge: WarmJudge) -> None:
    record = graded(judge, with_double("import numpy as np; return np.zeros(8000)"))["test_agrees_with_torch"]
    assert record.feedback.message == "the result of double has the wrong shape"


@pytest.mark.parametrize(
    "body",
    [
        "return function(2**8190)",
        "return function(2**4000)",
        "return function('x' * 30_000_000)",
        "function(1 << 3_000_000)",
        "return function([[]] * 40_000)",
        "return function(range(10**12))",
    ],
)
def test_what_a_function_of_the_test_is_called_with_is_the_students_affair(judge: WarmJudge, body: str) -> None:
    text = SOLUTION.replace("return function(x) + 1", body)
    assert text != SOLUTION
    record = graded(judge, text)["test_calls_a_function_of_the_test"]
    assert (record.verdict, record.earned) == (Verdict.FAILED, 0.0), record.feedback


def test_sizes_follow_from_the_call_that_comes() -> None:
    sizes = AnswerSizes([Answered("f", 50, 1000), Answered("g", 50, 100), Answered("f", 50, 9000)])
    size_limits = [sizes.size_limits(sizes.next_call(name), 0).frame_bytes for name in ("f", "g", "g", "f")]
    assert size_limits == [FACTOR * size + ROOM for size in (1000, 100, 100, 9000)]


def test_what_came_in_can_go_out_again_inside_a_larger_request() -> None:
    size_limits = AnswerSizes().size_limits(None, 1 << 40)
    assert size_limits.nodes < SizeLimits().nodes
    zeros = [0] * (size_limits.nodes - 10)
    with pytest.raises(OverSizeLimit):
        decode(b"".join(encode([0] * 999_980)), size_limits=size_limits)
    encode(
        (
            "call",
            "first",
            "double",
            (decode(b"".join(encode(zeros)), size_limits=size_limits), *zeros[:1000]),
            {},
            False,
        )
    )


def test_all_answers_of_a_test_are_bounded_together() -> None:
    sizes = AnswerSizes([Answered("f", 50, 1000)])
    for _ in range(20):
        sizes.spend(TOGETHER // 20)
    with pytest.raises(CheckFailed, match="too large together"):
        sizes.spend(TOGETHER // 20)


def test_a_race_keeps_nothing_and_may_be_answered_often() -> None:
    timed = AnswerSizes(timed=True)
    for _ in range(30):
        timed.spend(TOGETHER // 20)


def test_ranges_travel_to_workers_only() -> None:
    frame = b"".join(encode(range(3)))
    assert decode(frame) == range(3)
    with pytest.raises(NotAnAnswer):
        decode(frame, size_limits=SizeLimits(ranges=False))


def test_of_large_answers_summaries_are_remembered_and_of_many_the_first_and_the_last() -> None:
    class Answering:
        def call(self, request: CallRequest) -> CallResult:
            return CallResult(np.zeros(3), size=REMEMBERED_BYTES + (request.function == "large"))

    student = Student(Answering(), {})  # type: ignore[arg-type]  # all that is needed of a transport
    student.large(np.ones(3))
    for number in range(40):
        student.small(np.full(3, number))
    answers = [call.answer for call in student._calls]
    assert answers[0] == Summary(summary(np.zeros(3)))
    kept = [number for number, answer in enumerate(answers[1:]) if answer is not FORGOTTEN]
    assert kept == [*range(HEAD), *range(40 - TAIL, 40)]
    assert [bool(call.args) for call in student._calls] == [True, *[False] * 39, True]


def test_a_worker_s_large_answer_has_the_trace_that_it_has_in_this_process() -> None:
    """Otherwise `grade check` finds a mistake named that no student is told of."""
    answer = [(np.arange(1e5), np.full((300, 300), 1.5))]

    class Worker(LocalTransport):
        def call(self, request: CallRequest) -> CallResult:
            result = super().call(request)
            return CallResult(result.value, result.args, result.kwargs, size=result.size + (1 << 20))

    traces = []
    for transport in (LocalTransport, Worker):
        student = Student(transport({"large": lambda: answer}.__getitem__, wrap=True), {})
        student.large()
        traces.append(answer_of(student._calls[0], None))
    assert traces[0] == traces[1]
    assert traces[0].is_like(Answer(summary(answer)))
