"""Races from end to end, in sealed workers with the real clock: what earns gold, what earns less, what earns nothing.

Ratios are far from the tiers' edges: one is meant to be 1, edges are at 1.8, 2.3 and 5.6. Clocks are of CPU time, and
the noise gate is open, so that what else runs on the machine is no matter.
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from grader.autograde.remark import remark_of
from grader.course.medals import REHEARSED
from grader.course.registry import Limits
from grader.errors import UnavailableError
from grader.judge.client import WarmJudge
from grader.judge.protocol import Job, Shared
from grader.records import Isolation, Result, Speed, Status, TestRecord, Verdict
from grader.report.student import is_not_attempted
from grader.sandbox.probe import require
from grader.submissions.intake import Submission
from grader.timing.race import UNTIMED
from tests.judge.conftest import by_test
from tests.timing.open_gate import open_gate

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forked judges are Linux's")

TRACK = Path(__file__).parent / "track"
SOLUTION = (TRACK / "solutions/quick/fast.py").read_text(encoding="utf-8")
BODY = "    return x @ x @ x\n"
RACE, GPU = "test_speed_on_one_cpu_thread", "test_speed_on_a_gpu"
LIMITS = Limits(call_seconds=5.0, test_seconds=30.0, submission_seconds=60.0)

THREE_TIMES = "[x @ x @ x for _ in range(2)]; return x @ x @ x"
LATER = """__import__("threading").Thread(target=lambda: [x @ x @ x for _ in range(2)]).start()
    return x @ x @ x"""
ONCE_RIGHT = """global calls
    calls = globals().get("calls", 0) + 1
    return x @ x @ x if calls < 6 else x * 0"""


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarmJudge]:
    try:
        require(Isolation.SEALED)
    except UnavailableError as error:
        pytest.skip(error.message)
    root = tmp_path_factory.mktemp("track") / "course"
    shutil.copytree(TRACK, root)
    open_gate(root, "quick")
    with WarmJudge(root, ["quick"], tier=Isolation.SEALED) as started:
        started.wait_until_ready()
        yield started


def graded(judge: WarmJudge, body: str, **options: object) -> dict[str, TestRecord]:
    assert BODY in SOLUTION
    files = {"fast": SOLUTION.replace(BODY, f"    {body}\n")}
    records: list[TestRecord] = []
    options = {"tasks": ("cube_fast",), **options}
    judge.grade(Job(Submission("quick", files), LIMITS, "a secret", **options), records.append)  # type: ignore[arg-type]
    return by_test(records)


def raced(judge: WarmJudge, body: str, **options: object) -> TestRecord:
    return graded(judge, body, **options)[RACE]


def test_as_fast_as_torch_is_gold_and_says_what_was_measured(judge: WarmJudge) -> None:
    record = raced(judge, "return x @ x @ x")
    assert (record.verdict, record.earned) == (Verdict.PASSED, 3.0), record.feedback
    assert record.feedback.timed.endswith("· gold")
    assert "x torch's time (" in record.feedback.timed
    assert " workers, one thread of " in record.feedback.timed
    assert record.speed is not None
    assert (record.speed.tier, record.speed.low <= record.speed.ratio <= record.speed.high) == ("gold", True)
    assert record.speed.device.startswith("one thread of ")
    assert record.speed.seconds == pytest.approx(record.speed.ratio * record.speed.reference_seconds, rel=0.5)


def test_three_times_as_slow_is_bronze_and_says_what_silver_needs(judge: WarmJudge) -> None:
    record = raced(judge, THREE_TIMES)
    assert (record.verdict, record.earned) == (Verdict.FAILED, pytest.approx(1.0)), record.feedback
    assert record.feedback.timed.endswith("· bronze")
    assert record.feedback.message == "silver needs 2.33 x torch's time or less"
    assert (record.feedback.replay, record.feedback.likely) == ("", "")
    assert record.speed is not None
    assert record.speed.tier == "bronze"


def test_the_same_code_takes_the_race_that_is_known_when_its_answers_are_right(judge: WarmJudge) -> None:
    known = Speed(3.1, 3.0, 3.2, 12, "one thread of a CPU", "bronze", 0.031, 0.01, workers=3, mean=3.1, confirmed=True)
    shared = {"shared": {f"fast.{RACE}": Shared(known)}}
    record = raced(judge, "return x @ x @ x", **shared)
    assert (record.speed, record.earned) == (known, pytest.approx(1.0))
    assert (
        record.feedback.timed
        == "3.10 x torch's time (3.00 to 3.20, 12 pairs in 3 workers, one thread of a CPU) · bronze"
    )
    assert record.feedback.message == "silver needs 2.33 x torch's time or less"
    wrong = raced(judge, "return x @ x", **shared)
    assert (wrong.verdict, wrong.earned, wrong.speed) == (Verdict.FAILED, 0.0, None)
    noisy = raced(judge, "return x @ x @ x", shared={f"fast.{RACE}": Shared()})
    assert (noisy.verdict, noisy.feedback.message) == (Verdict.TOO_NOISY, UNTIMED)


def test_work_after_the_answer_is_charged(judge: WarmJudge) -> None:
    record = raced(judge, LATER)
    assert record.feedback.timed.endswith("· bronze"), record.feedback


def test_a_wrong_answer_earns_nothing_and_the_other_tests_name_it(judge: WarmJudge) -> None:
    record = graded(judge, "return x @ x")[RACE]
    assert (record.verdict, record.earned) == (Verdict.FAILED, 0.0)
    assert record.feedback.got
    assert "places" in record.feedback.differs
    assert record.feedback.called == "cube_fast(x tensor float32 (360, 360))"
    assert record.feedback.likely == ""  # large arrays are not compared with every misconception
    assert record.speed is None


def test_an_answer_that_turns_wrong_while_it_is_timed_earns_nothing(judge: WarmJudge) -> None:
    record = raced(judge, ONCE_RIGHT)
    assert (record.verdict, record.earned) == (Verdict.FAILED, 0.0)
    assert "places" in record.feedback.differs
    assert record.feedback.timed == ""


def test_a_stub_is_not_attempted_and_loses_nothing_without_a_gpu(judge: WarmJudge) -> None:
    records = graded(judge, "raise NotImplementedError('quick.cube_fast')")
    assert {name: record.verdict for name, record in records.items()} == {
        RACE: Verdict.NOT_ATTEMPTED,
        GPU: Verdict.NO_GPU,
    }
    assert is_not_attempted(list(records.values()))
    assert remark_of(list(records.values())) == "not attempted"
    dry_run = graded(judge, "raise NotImplementedError('quick.cube_fast')", dry_run=True)
    assert {record.verdict for record in dry_run.values()} == {Verdict.NOT_ATTEMPTED}


def test_without_a_gpu_nothing_is_measured_and_nothing_lost(judge: WarmJudge) -> None:
    record = graded(judge, "return x @ x")[GPU]  # wrong, and that is not for this test to say
    assert (record.verdict, record.earned) == (Verdict.NO_GPU, 0.0)
    assert "GPU" in record.feedback.message
    assert Result("s1", "quick", Status.GRADED, tests=(record,)).measured == 0.0


def test_a_reference_that_breaks_is_the_grader_s_own_fault(judge: WarmJudge) -> None:
    record = graded(judge, "return x @ x @ x", tasks=("broken_fast",))["test_speed_of_nothing"]
    assert record.verdict is Verdict.GRADER_ERROR
    assert record.feedback.message.startswith("broken_fast__reference of the workloads ended: broken_fast__reference")
    assert "the reference is broken" in record.feedback.message


def test_a_dry_run_tells_right_from_wrong_and_times_nothing(judge: WarmJudge) -> None:
    slow = graded(judge, THREE_TIMES, dry_run=True)
    assert {(record.verdict, record.feedback.timed) for record in slow.values()} == {(Verdict.PASSED, REHEARSED)}
    wrong = graded(judge, "return x @ x", dry_run=True)
    assert {record.verdict for record in wrong.values()} == {Verdict.FAILED}
    assert wrong[RACE].feedback.likely == ""  # large arrays are not compared with every misconception


def test_what_is_not_measured_counts_for_nobody() -> None:
    record = TestRecord("u", "t", "f.t", "t", True, 3.0, 0.0, Verdict.TOO_NOISY)
    passed = msgspec.structs.replace(record, verdict=Verdict.PASSED, earned=3.0)
    assert Verdict.TOO_NOISY.meaning.costs_nothing
    assert Verdict.NO_GPU.meaning.costs_nothing
    result = Result("s1", "u", Status.GRADED, tests=(record, passed))
    assert (result.earned, result.measured) == (3.0, 3.0)
