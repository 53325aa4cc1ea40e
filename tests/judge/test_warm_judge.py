"""Verdicts on submissions that go wrong in every way, through real workers."""

import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from grader.judge import client
from grader.judge.client import WarmJudge, grade_once
from grader.judge.protocol import Message
from grader.records import TestRecord, Timing, Verdict
from grader.worker.interactive import EXIT
from tests.judge.conftest import LIMITS, SOLUTION, by_test, job, with_double

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forked judges are Linux's")

DOUBLE_TESTS = ("test_agrees_with_torch", "test_leaves_its_argument_alone")
OTHER_TESTS = ("test_sums_and_keeps", "test_objects_stay_where_they_are", "test_calls_a_function_of_the_test")


@pytest.fixture(scope="module")
def judge(toy: Path) -> Iterator[WarmJudge]:
    with WarmJudge(toy, ["toy"]) as started:
        started.wait_until_ready()
        yield started


def graded(judge: WarmJudge, text: str, *tests: str) -> dict[str, TestRecord]:
    """Return the records of some tests, or of all."""
    records: list[TestRecord] = []
    judge.grade(job(text, tests=tuple(f"first.{test}" for test in tests)), records.append)
    return by_test(records)


def test_the_solution_passes_what_can_be_passed(judge: WarmJudge) -> None:
    records = graded(judge, SOLUTION)
    odd = {name: record.verdict for name, record in records.items() if record.verdict is not Verdict.PASSED}
    assert odd == {
        "test_needs_a_device": Verdict.SKIPPED,
        "test_gives_credit_for_the_right_count": Verdict.FAILED,
        "test_has_a_mistake_of_its_own": Verdict.GRADER_ERROR,
    }
    assert records["test_needs_a_device"].feedback.message == "no GPU here"
    assert records["test_gives_credit_for_the_right_count"].earned == 1.0
    assert records["test_agrees_with_torch"].title == "agrees with torch"
    assert records["test_agrees_with_torch"].hidden
    assert not records["test_matches_the_worked_example"].hidden


def test_what_code_keeps_of_hidden_tests_cannot_come_out_in_visible_ones(judge: WarmJudge) -> None:
    records: list[TestRecord] = []
    judge.grade(job(SOLUTION, first=("row_sums",)), records.append)
    order = [record.hidden for record in records]
    assert order == sorted(order)
    assert {*order} == {False, True}


REFUSED = (
    "first.py, line 16 imports {name}: {reason}; what may be imported is jaxtyping, numpy, the unit's other files and "
    "what only computes of the standard library; take the line out"
)
TORCH = REFUSED.format(
    name="torch", reason="this file's tasks are written in NumPy: torch is not there when they are graded"
)
OS = REFUSED.format(name="os", reason="os does more than compute, and may not be used when this is graded")


@pytest.mark.parametrize(
    ("body", "verdict", "message"),
    [
        ("raise NotImplementedError('toy.double')", Verdict.NOT_ATTEMPTED, "toy.double is not written yet"),
        ("return undefined", Verdict.FAILED, "double raised NameError: name 'undefined' is not defined"),
        (
            "while True: pass",
            Verdict.TIMED_OUT,
            "double did not return in time (one call may take 1 s of computing or waiting)",
        ),
        ("__import__('os').abort()", Verdict.CRASHED, "double ended its process with an abort"),
        ("__import__('os')._exit(7)", Verdict.CRASHED, "double ended its process with exit status 7"),
        ("import sys; sys.exit()", Verdict.FAILED, f"double raised SystemExit: {EXIT}"),
        ("import torch; return torch.zeros(x.shape)", Verdict.BLOCKED, TORCH),
        ("import os\n    return os.getpid()", Verdict.BLOCKED, OS),
        ("return __import__('torch')", Verdict.BLOCKED, "this task is written in NumPy: torch is not available here"),
        (
            "import numpy as np; return np.ones(1 << 33)",
            Verdict.OUT_OF_MEMORY,
            "double needs more memory than it may use (512 MiB)",
        ),
        (
            "return [10**10_000]",
            Verdict.FAILED,
            "double returned an answer that cannot be sent: an integer is over the limit int_bytes=1024",
        ),
        ("return None", Verdict.FAILED, "the result of double is None: is a `return` missing, or a value in it?"),
        ("return (2 * x)[:, 0]", Verdict.FAILED, "the result of double has the wrong shape"),
        ("return 2 * x.astype(int)", Verdict.FAILED, "the result of double has the wrong dtype"),
        ("return (2 * x).astype('f4')", Verdict.FAILED, "the result has the wrong dtype"),
        ("return x / (0 * x)", Verdict.FAILED, "the result is not finite"),
        ("return 2 * x + 1e-6", Verdict.FAILED, "the result is wrong"),
    ],
)
def test_a_wrong_body_costs_its_own_tests_only(judge: WarmJudge, body: str, verdict: Verdict, message: str) -> None:
    records = graded(judge, with_double(body), *DOUBLE_TESTS, *OTHER_TESTS)
    assert records.keys() == {*DOUBLE_TESTS, *OTHER_TESTS}
    for name in DOUBLE_TESTS:
        assert (records[name].verdict, records[name].feedback.message) == (verdict, message)
        assert records[name].earned == 0.0
    for name in OTHER_TESTS:
        assert records[name].verdict is Verdict.PASSED, records[name]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            SOLUTION.replace("return 2 * x", "return 2 * * x"),
            "first.py does not load: SyntaxError: first.py, line 16: invalid syntax",
        ),
        (
            f"import matplotlib.pyplot as plt\n{SOLUTION}\nplt.style.use('ggplot')\n",
            "first.py does not load: first.py, line 1 imports matplotlib.pyplot: matplotlib is not there when",
        ),
        (f"from math import no_such_name\n{SOLUTION}", "first.py does not load: ImportError: cannot import name"),
        (f"{SOLUTION}\nwhile True: pass\n", "loading first.py did not return in time"),
        (f"{SOLUTION}\n__import__('os')._exit(3)\n", "loading first.py ended its process with exit status 3"),
        (f"{SOLUTION}\n'a' * 10**10\n", "loading first.py needs more memory than it may use (512 MiB)"),
        (SOLUTION.replace("def double", "def dooble"), "there is no double in first.py"),
    ],
)
def test_a_file_that_does_not_load_says_so(judge: WarmJudge, text: str, message: str) -> None:
    record = graded(judge, text, "test_agrees_with_torch")["test_agrees_with_torch"]
    assert record.feedback.message.startswith(message)
    assert record.verdict in (Verdict.CRASHED, Verdict.TIMED_OUT, Verdict.BLOCKED, Verdict.OUT_OF_MEMORY)


def test_an_exception_without_a_text_ends_without_a_colon(judge: WarmJudge) -> None:
    record = graded(judge, f"{SOLUTION}\nassert 1 == 2\n")["test_agrees_with_torch"]
    assert record.feedback.message == "first.py does not load: AssertionError"


def test_a_flood_of_output_is_cut_and_costs_nothing(judge: WarmJudge) -> None:
    record = graded(judge, with_double("print('x' * 1_000_000); return 2 * x"))["test_agrees_with_torch"]
    assert record.verdict is Verdict.PASSED
    record = graded(judge, with_double("print('x' * 1_000_000); return 3 * x"))["test_agrees_with_torch"]
    assert record.feedback.printed.startswith("… (more than 64 KiB printed")


@pytest.mark.parametrize("stream", ["None", "3", "open('/dev/null')", "sys.stdout.close()"])
def test_a_stream_that_was_closed_or_replaced_costs_nothing(judge: WarmJudge, stream: str) -> None:
    silenced = f"{SOLUTION}\nimport sys\nsys.stdout = sys.stderr = {stream}\n"
    assert graded(judge, silenced)["test_agrees_with_torch"].verdict is Verdict.PASSED


def test_what_was_printed_before_a_crash_is_shown(judge: WarmJudge) -> None:
    record = graded(judge, with_double("print('so far'); __import__('os').abort()"))["test_agrees_with_torch"]
    assert record.feedback.printed == "so far\n"


@pytest.mark.parametrize(
    "line",
    [
        "import matplotlib.pyplot as plt",
        "from tqdm import tqdm",
        "import torch",
        "import no_such_module",
        "from scipy.special import *",
        "from .helpers import shuffle",
        "try:\n    import pandas as pd\nexcept ImportError:\n    pd = None",
    ],
)
def test_an_import_that_is_never_used_costs_nothing(judge: WarmJudge, line: str) -> None:
    verdicts = [
        {name: record.verdict for name, record in graded(judge, text).items()}
        for text in (f"{line}\n{SOLUTION}", SOLUTION)
    ]
    assert verdicts[0] == verdicts[1]


def test_an_endless_loop_at_import_is_waited_for_once(judge: WarmJudge) -> None:
    records: list[TestRecord] = []
    timing = judge.grade(job(f"{SOLUTION}\nwhile True: pass\n"), records.append)
    assert len(records) > 5
    assert timing.charged < 2.5  # two limits of 1 s, although every test asks for the file


def test_a_changed_signature_is_told_in_python_s_words(judge: WarmJudge) -> None:
    record = graded(judge, SOLUTION.replace("def double(x:", "def double(x, y, z:"))["test_agrees_with_torch"]
    message = record.feedback.message
    assert "missing 2 required positional arguments: 'y' and 'z'; here it is double(x, y, z)." in message
    assert message.endswith("Has the signature been changed?")


def test_an_exception_names_file_and_line(judge: WarmJudge) -> None:
    record = graded(judge, with_double("return undefined"))["test_agrees_with_torch"]
    assert record.feedback.where == ("first.py, line 16: return undefined",)
    assert record.feedback.called.startswith("double(x float64 (")


@pytest.mark.parametrize(
    ("body", "limit"),
    [
        ("files = [open('/dev/null') for _ in range(500)]", "(it may open 128 files)"),
        ("open('big', 'wb').write(bytes(40 << 20))", "(it may write 32 MiB)"),
    ],
)
def test_a_limit_of_the_kernel_s_is_named(judge: WarmJudge, body: str, limit: str) -> None:
    assert limit in graded(judge, with_double(body))["test_agrees_with_torch"].feedback.message


def test_cpu_time_is_limited_apart_from_wall_time(judge: WarmJudge) -> None:
    text = with_double("while True: pass")
    records: list[TestRecord] = []
    limits = msgspec.structs.replace(LIMITS, call_seconds=10.0, test_seconds=10.0, cpu_seconds=1)
    judge.grade(
        msgspec.structs.replace(job(text, tests=("first.test_agrees_with_torch",)), limits=limits), records.append
    )
    verdict = by_test(records)["test_agrees_with_torch"]
    assert verdict.verdict is Verdict.TIMED_OUT
    assert verdict.feedback.message == "double used up its CPU time (the unit may take 1 s)"


def test_an_argument_changed_in_place_is_named(judge: WarmJudge) -> None:
    records = graded(judge, with_double("x *= 2; return x"))
    assert records["test_agrees_with_torch"].verdict is Verdict.PASSED
    assert records["test_leaves_its_argument_alone"].feedback.message == "double changes its argument x in place"


def test_a_function_that_always_raises_does_not_win_the_refusal(judge: WarmJudge) -> None:
    record = graded(judge, with_double("raise ValueError('always')"))["test_refuses_no_rows"]
    assert record.verdict is Verdict.FAILED


def test_a_missing_refusal_shows_what_came_instead(judge: WarmJudge) -> None:
    text = SOLUTION.replace('    if not len(x):\n        raise ValueError("no rows")\n', "")
    record = graded(judge, text)["test_refuses_no_rows"]
    assert record.feedback.message == "double should raise ValueError here"
    assert record.feedback.got == "float64 (0, 2)"


def test_the_misconception_behind_an_answer_is_named(judge: WarmJudge) -> None:
    assert graded(judge, with_double("return 3 * x"))["test_agrees_with_torch"].feedback.likely == "It triples."
    assert graded(judge, with_double("return 4 * x"))["test_agrees_with_torch"].feedback.likely == ""


def test_a_test_that_stumbles_over_an_answer_blames_the_answer(judge: WarmJudge) -> None:
    text = SOLUTION.replace("return rng.standard_normal(count)", "return 7")
    record = graded(judge, text)["test_returns_something_with_a_first_number"]
    assert record.verdict is Verdict.FAILED
    assert record.feedback.message.startswith("the test cannot work with what noise returned (TypeError")
    assert record.earned == 0.0


def test_output_is_kept_with_the_test_that_printed_it(judge: WarmJudge) -> None:
    records = graded(judge, with_double("print('here'); return 4 * x"))
    assert "here" in records["test_agrees_with_torch"].feedback.printed


def test_the_same_submission_gives_the_same_records(judge: WarmJudge) -> None:
    text = with_double("return 2 * x if len(x) < 3 else 3 * x")
    first, second = ([without_times(r) for r in graded(judge, text).values()] for _ in range(2))
    assert msgspec.json.encode(first) == msgspec.json.encode(second)


def test_only_a_run_of_visible_tests_keeps_what_can_be_drawn(judge: WarmJudge) -> None:
    kept = {}
    for visible_only in (True, False):
        records: list[TestRecord] = []
        judge.grade(job(with_double("return 3 * x"), tasks=("double",), visible_only=visible_only), records.append)
        kept[visible_only] = [record.feedback.slices for record in records if record.feedback.slices]
    assert kept[True]
    assert not kept[False]


def test_a_judge_of_its_own_says_the_same_as_a_warm_one(judge: WarmJudge, toy: Path) -> None:
    text = with_double("return 3 * x")
    records: list[TestRecord] = []
    grade_once(toy, job(text), records.append)
    last = {(record.test, record.hidden): record for record in records}  # a second record has the mistake's name
    warm = [without_times(record) for record in graded(judge, text).values()]
    assert [without_times(record) for record in last.values()] == warm


def test_tasks_and_visible_tests_can_be_chosen(toy: Path) -> None:
    records: list[TestRecord] = []
    grade_once(toy, job(SOLUTION, tasks=("double",), visible_only=True), records.append)
    assert [record.title for record in records] == ["matches the worked example", "doubles random numbers"]


def without_times(record: TestRecord) -> TestRecord:
    return msgspec.structs.replace(record, seconds=0.0)


def test_a_sign_of_life_is_no_record_and_no_end() -> None:
    records: list[TestRecord] = []
    timing = Timing(worker=1.0, judge=2.0, references=0.5, total=3.5)
    lines = [msgspec.json.encode(line) + b"\n" for line in (Message(), Message(), Message(done=timing))]
    assert lines[0] == b"{}\n"
    assert client.read(lines, records.append) == timing
    assert records == []
