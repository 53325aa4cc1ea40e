"""Requires: one mistake costs one task; what helps a higher task gives nothing for a lower one, and nothing else.

Catches: a reference that stands in for a task which is not required, or in the first run; caches of two kinds of code
mixed up; a generator that a reference does not move on; answers of the reference in what a student reads.
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from grader.course.registry import Limits, load_course
from grader.judge.client import WarmJudge
from grader.judge.local_students import signatures
from grader.judge.oracle import CACHE_BYTES, Oracle
from grader.judge.protocol import Job
from grader.judge.second_chances import Substitutes
from grader.records import Cause, CauseKind, Isolation, TestRecord, Verdict
from grader.submissions.intake import Submission
from grader.wire import WireError
from grader.worker.objects import KeptByJudge
from tests.sandbox.conftest import launcher_or_skip

ROOT = Path(__file__).parents[2]
TOWER = Path(__file__).parent / "tower"
LIMITS = Limits(call_seconds=0.5, test_seconds=1.0, submission_seconds=60.0, memory_mib=512, output_kib=64)
LOW, HIGH = ((TOWER / f"solutions/tower/{stem}.py").read_text(encoding="utf-8") for stem in ("low", "high"))
HALVE, QUARTER = "    return x / 2\n\n\ndef mask", "    return halve(halve(x))\n"
ALL = {"halve", "mask", "shrink", "scale_forward", "scale_backward"} | {
    *("quarter", "stranger", "two_masks", "shrink_twice", "block_forward", "block_backward"),
    *("twice", "four_times", "sixteenth"),
}
CRASH = "import numpy as np; np.lib.stride_tricks.as_strided(x, (1 << 40,), (4096,)).sum()"
WRONG_HALVE = "    return x / 3\n\n\ndef mask"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forked judges are Linux's")

Records = dict[str, TestRecord]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("course") / "tower"
    shutil.copytree(TOWER, root)
    return root


@pytest.fixture(scope="module")
def judge(course: Path) -> Iterator[WarmJudge]:
    with WarmJudge(course, ["tower"], "a secret") as started:
        started.wait_until_ready()
        assert started.faults == ()
        yield started


@pytest.fixture
def sealed_judge(course: Path) -> Iterator[WarmJudge]:
    launcher_or_skip(Isolation.SEALED).close()
    with WarmJudge(course, ["tower"], "a secret", Isolation.SEALED) as started:
        started.wait_until_ready()
        yield started


def graded(judge: WarmJudge, low: str = LOW, high: str = HIGH, *, second_chances: bool = True) -> Records:
    """Return the final record of each test."""
    records: list[TestRecord] = []
    job = Job(Submission("tower", {"low": low, "high": high}), LIMITS, "a secret", second_chances=second_chances)
    judge.grade(job, records.append)
    return {record.test.partition(".test_")[2]: record for record in records}


def failing(records: Records) -> set[str]:
    return {record.task for record in records.values() if record.earned < record.points}


def changed(source: str, old: str, new: str) -> str:
    assert source.count(old) == 1, old
    return source.replace(old, new)


MISTAKES = {
    "a wrong value": (changed(LOW, HALVE, WRONG_HALVE), {"halve"}),
    "an exception": (changed(LOW, HALVE, "    raise KeyError('x')\n\n\ndef mask"), {"halve"}),
    "an endless loop": (changed(LOW, HALVE, "    while True: pass\n\n\ndef mask"), {"halve"}),
    "the end of the process": (changed(LOW, HALVE, f"    {CRASH}\n\n\ndef mask"), {"halve"}),
    "a library that may not be used": (
        changed(LOW, HALVE, "    import os; return os.getpid() * x\n\n\ndef mask"),
        {"halve"},
    ),
    "not written": (changed(LOW, HALVE, "    raise NotImplementedError('tower.halve')\n\n\ndef mask"), {"halve"}),
    "not there": (changed(LOW, "def halve(", "def halved("), {"halve"}),
    "a generator that moves on by more": (
        changed(LOW, "    return rng.random(count) < 0.5", "    rng.random(1); return rng.random(count) < 0.5"),
        {"mask"},
    ),
    "a function that takes functions": (changed(LOW, "function(function(x))", "function(x)"), {"twice"}),
    "two, one of which takes the other": (
        changed(changed(LOW, "function(function(x))", "function(x)"), HALVE, WRONG_HALVE),
        {"twice", "halve"},
    ),
    "not in place": (changed(LOW, "        array[...] = array * 0.5", "        array = array * 0.5"), {"shrink"}),
    "a forward pass, and with it the backward pass of its own cache": (
        changed(LOW, "    return w * x, (w, x)", "    return w * x + 1, (w, x + 1)"),
        {"scale_forward", "scale_backward"},
    ),
    "a backward pass": (
        changed(LOW, "    return w * dout, float(dout @ x)", "    return w * dout, float(dout.sum())"),
        {"scale_backward"},
    ),
    "a file that does not load": (
        "def halve(:\n",
        {"halve", "mask", "shrink", "twice", "scale_forward", "scale_backward"},
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_one_mistake_costs_one_task(judge: WarmJudge, mistake: str) -> None:
    low, own = MISTAKES[mistake]
    assert failing(graded(judge, low)) == own


def test_without_second_chances_it_costs_all_that_call_it(judge: WarmJudge) -> None:
    low, _ = MISTAKES["a wrong value"]
    assert failing(graded(judge, low, second_chances=False)) == {"halve", "quarter", "sixteenth"}


def test_a_right_submission_has_each_record_once(judge: WarmJudge) -> None:
    records: list[TestRecord] = []
    job = Job(Submission("tower", {"low": LOW, "high": HIGH}), LIMITS, "a secret", second_chances=True)
    judge.grade(job, records.append)
    assert {record.task for record in records} == ALL
    assert len({record.test for record in records}) == len(records)
    assert {record.verdict for record in records} == {Verdict.PASSED}


def test_the_record_says_what_to_mend_first(judge: WarmJudge) -> None:
    record = graded(judge, MISTAKES["a wrong value"][0])["quarters"]
    assert (record.verdict, record.earned) == (Verdict.PASSED, 2.0)
    assert record.feedback.message == "right, given a right halve; mend halve first"
    assert record.feedback.cause == Cause(CauseKind.GIVEN, name="halve")


def test_a_task_with_a_mistake_of_its_own_still_loses(judge: WarmJudge) -> None:
    records = graded(judge, MISTAKES["a wrong value"][0], changed(HIGH, QUARTER, "    return halve(x)\n"))
    assert failing(records) == {"halve", "quarter"}
    assert records["quarters"].feedback.cause != Cause(CauseKind.GIVEN, name="halve")
    assert records["quarters_no_numbers"].earned == 1


def test_a_cache_of_the_reference_goes_back_to_the_reference_alone(judge: WarmJudge) -> None:
    """Both passes of a pair are replaced although one of them is right: its cache has another form."""
    low = changed(LOW, "    return w * x, (w, x)", '    return w * x, {"w": w, "x": x}')
    low = changed(low, "    w, x = cache", '    w, x = cache["w"], cache["x"]')
    low = changed(low, "    return w * dout, float(dout @ x)", "    return dout, float(dout @ x)")
    assert failing(graded(judge, low)) == {"scale_backward"}


# --- attacks ----------------------------------------------------------------------------------------------------------


def test_a_task_that_is_not_required_is_not_replaced(judge: WarmJudge) -> None:
    high = changed(HIGH, "    return x / 2\n", "    return halve(x)\n")
    assert failing(graded(judge, MISTAKES["a wrong value"][0], high)) == {"halve", "stranger"}


BORROWED = """
def halve(x):
    import numpy as np
    try:
        return np.fromfile("halved")
    except OSError:
        from . import high
        return x / 3 if high.halve is halve else high.halve(x)
"""
KEEPS = """    answer = halve(x)
    if len(answer): answer.tofile("halved")
    print("the reference says", answer)
    return halve(answer)
"""


def test_the_lower_task_finds_no_reference_and_no_trace_of_it(sealed_judge: WarmJudge) -> None:
    low = LOW + BORROWED
    high = changed(HIGH, QUARTER, KEEPS)
    for _ in range(2):  # the second time it would find what the first has left
        records = graded(sealed_judge, low, high)
        assert failing(records) == {"halve"}
        assert records["quarters"].feedback.message == "right, given a right halve; mend halve first"


def test_nothing_that_the_reference_says_is_read_by_the_student(judge: WarmJudge) -> None:
    """Its half of 1, 2, 3 is 0.5, 1, 1.5: neither what is printed nor an exception's text brings it home."""
    high = changed(HIGH, QUARTER, "    y = halve(x); print(y); raise ValueError(str(y))\n")
    told = graded(judge, MISTAKES["a wrong value"][0], high)["quarters"].feedback
    assert "0.33333333" in told.printed + told.message
    assert "1.5" not in repr(told)


FORGED = """    ask = next(cell.cell_contents for cell in halve.__closure__ if callable(cell.cell_contents))
    table = next(cell.cell_contents for cell in ask.__closure__ if hasattr(cell.cell_contents, "_ask"))
    reference = next(cell.cell_contents for cell in ask.__closure__ if hasattr(cell.cell_contents, "number"))
    answers = []
    for number in range(-1, 40):
        try:
            answers.append(table._ask(type(reference)(number, "halve"), (4 * x,), {}))
        except RuntimeError:
            pass
    assert len(answers) == 1, answers
    return answers[0] / 8
"""


def test_who_asks_for_other_functions_of_the_judge_gets_the_required_one_alone(judge: WarmJudge) -> None:
    """The task itself, and what it does not require, can't be asked for, whatever number the code sends."""
    records = graded(judge, MISTAKES["a wrong value"][0], changed(HIGH, QUARTER, FORGED))
    assert failing(records) == {"halve"}
    assert records["quarters"].feedback.cause == Cause(CauseKind.GIVEN, name="halve")


TWO_WRONG = changed(MISTAKES["a wrong value"][0], "        array[...] = array * 0.5", "        array = array * 0.5")
TWICE = "    shrink(params)\n    shrink(params)\n"
STASHES = "    import numpy as np; np.borrowed = halve\n" + QUARTER
FETCHES = """    import numpy as np
    shrink({})
    return {name: np.borrowed(np.borrowed(x)) for name, x in params.items()}
"""


def test_one_worker_serves_all_second_chances(judge: WarmJudge) -> None:
    job = Job(Submission("tower", {"low": TWO_WRONG, "high": HIGH}), LIMITS, "a secret", second_chances=True)
    records: list[TestRecord] = []
    assert judge.grade(job, records.append).workers == 2
    causes = [record.feedback.cause for record in records]
    assert {cause.name for cause in causes if cause and cause.kind is CauseKind.GIVEN} == {"halve", "shrink"}


def test_a_reference_is_refused_in_the_tests_of_a_task_that_does_not_require_it(judge: WarmJudge) -> None:
    """The code has kept it from another task's test in the same worker."""
    high = changed(changed(HIGH, QUARTER, STASHES), TWICE, FETCHES)
    assert failing(graded(judge, TWO_WRONG, high)) == {"halve", "shrink", "shrink_twice"}


def test_files_run_anew_where_other_functions_are_replaced(judge: WarmJudge) -> None:
    """What a file keeps of one task's second chance is not there in the next one's."""
    high = changed(HIGH, QUARTER, "    kept.append(x)\n" + QUARTER) + "\n\nkept = []\n"
    high = changed(high, TWICE, "    assert not kept\n" + TWICE)
    assert failing(graded(judge, TWO_WRONG, high)) == {"halve", "shrink"}


def test_a_cache_is_no_answer(judge: WarmJudge) -> None:
    low = changed(LOW, "    return w * x, (w, x)", "    return w * x + 1, (w, x)")
    high = changed(HIGH, "    return out, {", "    return outer, {")
    records = graded(judge, low, high)
    assert "block_forward" in failing(records)
    assert records["scales_twice"].verdict is Verdict.FAILED


@pytest.mark.parametrize(
    "body",
    [
        "    while True: halve(x)\n",
        "    import time; halve(x); time.sleep(60)\n",
        "    import numpy as np; return halve(np.zeros(1 << 27))\n",
        "    return halve([[[x]] * 999] * 999)\n",
        "    return halve(lambda: x)\n",
        f"    halve(x); {CRASH}\n",
    ],
    ids=["endless", "asleep", "a large argument", "many arguments", "a function", "the end"],
)
def test_who_wears_the_reference_out_loses_only_this_test(judge: WarmJudge, body: str) -> None:
    assert failing(graded(judge, MISTAKES["a wrong value"][0], changed(HIGH, QUARTER, body))) == {"halve", "quarter"}


ONCE = changed(LOW, "function(function(x))", "function(x)")
SIXTEENTH = "    return twice(halve, twice(halve, x))\n"


@pytest.mark.parametrize(
    "body",
    [
        "    return twice(lambda y: y / 2, twice(halve, x))\n",
        "    return twice(stranger, twice(halve, x))\n",
        "    return twice(sixteenth, x)\n",
        "    return [twice]\n",
        "    twice(halve, x); halve.reference_in_judge = twice.reference_in_judge; return twice(halve, x / 4)\n",
    ],
    ids=["its own", "not required", "itself", "an answer", "another number"],
)
def test_a_reference_calls_no_function_but_those_of_required_tasks(judge: WarmJudge, body: str) -> None:
    high = changed(HIGH, SIXTEENTH, body)
    assert failing(graded(judge, ONCE, high)) == {"twice", "sixteenth"}


def test_a_function_of_the_grader_is_no_answer(judge: WarmJudge) -> None:
    body = """    from grader.wire import CallbackRef
    import sys
    objects = sys.modules["grader.worker.objects"]
    outgoing = objects.ObjectTable.outgoing
    objects.ObjectTable.outgoing = lambda self, value: (
        CallbackRef(0, "task halve") if type(value) is object else outgoing(self, value)
    )
    twice(halve, x)
    return object()
"""
    records = graded(judge, ONCE, changed(HIGH, SIXTEENTH, body))
    assert failing(records) == {"twice", "sixteenth"}


def test_training_may_send_more_than_a_test_may_keep(judge: WarmJudge) -> None:
    body = "    import numpy as np\n    for _ in range(80): halve(np.zeros(1 << 17))\n" + QUARTER
    assert failing(graded(judge, MISTAKES["a wrong value"][0], changed(HIGH, QUARTER, body))) == {"halve"}


def test_what_the_test_s_own_function_may_keep_counts(judge: WarmJudge) -> None:
    body = """    import numpy as np
    for _ in range(80): twice(function, np.zeros(1 << 17))
    return twice(function, twice(function, x))
"""
    high = changed(HIGH, "    return twice(function, twice(function, x))\n", body)
    assert failing(graded(judge, ONCE, high)) == {"twice", "four_times"}


@pytest.mark.parametrize(
    "lie", ["range(200)", "[None, 'x', -1, 1.5, True, (1,), 10**12]"], ids=["its own", "no number"]
)
def test_who_claims_to_have_dropped_a_cache_loses_this_one_at_most(judge: WarmJudge, lie: str) -> None:
    low = changed(LOW, "    return w * x, (w, x)", "    return w * x + 1, (w, x)")
    drop = f"    import sys; sys.modules['grader.worker.objects'].KeptByJudge.unused.extend({lie})\n"
    high = changed(HIGH, "    dx, dw_inner =", drop + "    dx, dw_inner =")
    own = {"scale_forward"} | ({"block_backward"} if "range" in lie else set())
    assert failing(graded(judge, low, high)) == own


def test_caches_of_a_test_have_a_limit_and_keep_nothing_else_alive(course: Path) -> None:
    oracle = Oracle(load_course(course), "tower")
    frame = np.zeros(1 << 20)
    number = oracle.keep({"x": [frame[:1]]})
    assert oracle._caches[number]["x"][0].base is None
    oracle.start_test()
    number = oracle.keep((np.zeros((CACHE_BYTES >> 3) - 1000), 2.0))
    with pytest.raises(MemoryError):
        oracle.keep(np.zeros(1000))
    oracle.release((None, number + 1, -1, [], "x", float(number)))
    assert oracle.resolved((oracle.lent(number),))[0][1] == 2.0
    late = oracle.lent(number)
    oracle.release((number, number))
    with pytest.raises(WireError):
        oracle.lent(number)
    with pytest.raises(TypeError):
        oracle.resolved(late)
    oracle.keep(np.zeros((CACHE_BYTES >> 3) - 1000))


def test_many_small_caches_count_as_well(course: Path) -> None:
    oracle = Oracle(load_course(course), "tower")
    oracle.keep([2.0] * 1000)
    assert oracle._size > 100 * 1000


def test_a_worker_says_once_which_caches_its_code_has_dropped() -> None:
    KeptByJudge.let_go()
    kept = [KeptByJudge(number) for number in (3, 4, 5)]
    assert KeptByJudge.let_go() == ()
    del kept[1]
    assert (KeptByJudge.let_go(), KeptByJudge.let_go()) == ((4,), ())


def test_a_function_that_is_lent_again_is_the_same_one(course: Path) -> None:
    """A worker that was told of it is not told anew."""
    oracle = Oracle(load_course(course), "tower")
    oracle.lend(("halve",))
    (first,) = oracle.stand_ins().values()
    oracle.lend(("shrink",))
    assert not oracle.lends(first[1])
    oracle.lend(("halve",))
    assert oracle.lends(first[1])


# --- which tasks the reference replaces -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("task", "wrong", "replaced"),
    [
        ("residual_forward", {"im2col"}, ("im2col",)),
        ("residual_forward", {"im2col", "max_pool2d_forward"}, ("im2col",)),
        ("conv2d_backward", {"conv2d_forward"}, ()),
        ("conv2d_backward", {"conv2d_forward", "col2im"}, ("col2im",)),
        ("conv_relu_pool_backward", {"conv2d_forward"}, ("conv2d_forward", "conv2d_backward")),
        ("conv_relu_pool_backward", {"conv2d_backward"}, ("conv2d_forward", "conv2d_backward")),
        ("conv_relu_pool_forward", {"conv2d_forward"}, ("conv2d_forward",)),
        ("conv_relu_pool_backward", {"conv_relu_pool_forward"}, ()),
        ("im2col", {"im2col", "residual_forward"}, ()),
    ],
)
def test_pairs_stay_together_and_a_backward_pass_keeps_its_own_forward_pass(
    task: str, wrong: set[str], replaced: tuple[str, ...]
) -> None:
    course = load_course(ROOT)
    assert Substitutes(course.unit("convolution"), signatures(course, "convolution")).of(task, wrong) == replaced
