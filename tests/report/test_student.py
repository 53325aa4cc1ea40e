"""The student's screens, as text: what stands where, at every width, whatever the records hold."""

import io

import pytest
from msgspec.structs import replace
from rich.cells import cell_len
from rich.console import Console

from grader.course.model import Task, Unit
from grader.records import Cause, CauseKind, Choice, Feedback, TestRecord, Verdict
from grader.report.screens import ASCII, UNICODE, marks_for
from grader.report.student import UnitProgress, course_progress, unit_report

HINTS = ("a", "b", "c")
UNIT = Unit(
    "convolution",
    "Convolution",
    tasks=tuple(
        Task(name, "conv", title, 30, 3, HINTS)
        for name, title in (
            ("pad2d", "A frame around the image"),
            ("im2col", "Every window as a column"),
            ("conv2d_forward", "Convolution as one matrix product"),
            ("conv2d_backward", "The gradients of a convolution"),
        )
    ),
)

FAILURE = Feedback(
    called="conv2d_forward(x float64 (2, 3, 9, 8), w float64 (4, 3, 3, 2), b float64 (4,), stride=2, padding=1)",
    got="float64 (2, 4, 5, 5)",
    expected="float64 (2, 4, 5, 5)",
    differs="at 198 of 200 places, first at [0, 0, 0, 1]: -1.2931 instead of 0.8817",
    likely="The kernel is flipped. Layers slide it as it is: a cross-correlation.",
    replay="7f3a",
)


def record(task="conv2d_forward", title="agrees with torch", verdict=Verdict.FAILED, points=3.0, **fields):
    """Return a test's record; what is left of the fields is its feedback."""
    feedback = fields.pop("feedback", None) or Feedback(**fields)
    earned = points if verdict is Verdict.PASSED else 0.0
    return TestRecord("convolution", task, f"conv.test_{title}", title, False, points, earned, verdict, feedback)


def lines(*tests, width=80, marks=UNICODE, **options):
    return unit_report(UNIT, tests, marks, width, **options).plain.split("\n")


def test_one_task_is_shown_test_by_test():
    passed = record(title="matches the worked example", verdict=Verdict.PASSED, points=1)
    assert lines(passed, record(feedback=FAILURE)) == [
        f"convolution · conv2d_forward{'1 of 4 points':>52}",
        "",
        f"  ✓ matches the worked example{'1/1':>50}",
        f"  ✗ agrees with torch{'0/3':>59}",
        "      called    conv2d_forward(x float64 (2, 3, 9, 8), w float64 (4, 3, 3, 2),",
        "                b float64 (4,), stride=2, padding=1)",
        "      got       float64 (2, 4, 5, 5)     expected  float64 (2, 4, 5, 5)",
        "      differs   at 198 of 200 places, first at [0, 0, 0, 1]: -1.2931 instead of",
        "                0.8817",
        "      likely    The kernel is flipped. Layers slide it as it is: a",
        "                cross-correlation.",
        "      again     grade replay convolution.conv2d_forward --seed 7f3a",
    ]


def test_got_and_expected_stand_in_two_lines_where_one_is_too_short():
    shown = lines(record(got="a" * 40, expected="b" * 40))
    assert shown[-2:] == ["      got       " + "a" * 40, "      expected  " + "b" * 40]


@pytest.mark.parametrize("width", [30, 60, 80, 100])
def test_no_line_is_wider_than_the_screen(width):
    texts = {
        "message": "x" * 300,
        "called": FAILURE.called,
        "printed": "漢字" * 200,
        "where": ("a.py, line 1: " + "y" * 99,),
    }
    assert max(map(cell_len, lines(record(**texts), record("pad2d", **texts), width=width))) <= width


def test_lines_do_not_grow_with_a_very_wide_screen():
    assert max(map(cell_len, lines(record(feedback=FAILURE), width=300))) == 100


def test_of_many_tasks_those_that_passed_take_one_line():
    tests = [
        record("pad2d", verdict=Verdict.PASSED, points=1),
        record("im2col", verdict=Verdict.PASSED, points=1),
        record(feedback=Feedback(message="no")),
        record(
            "conv2d_backward",
            verdict=Verdict.NOT_ATTEMPTED,
            cause=Cause(CauseKind.UNWRITTEN, name="conv2d_backward"),
        ),
    ]
    assert lines(*tests) == [
        f"convolution{'2 of 8 points':>69}",
        f"  ✓ pad2d           A frame around the image{'1/1':>36}",
        f"  ✓ im2col          Every window as a column{'1/1':>36}",
        "",
        f"  ✗ conv2d_forward  Convolution as one matrix product{'0/3':>27}",
        f"    ✗ agrees with torch{'0/3':>57}",
        "        problem   no",
        "",
        "  · not attempted  conv2d_backward",
    ]
    assert sum("agrees with torch" in line for line in lines(*tests, every_test=True)) == 3


def test_a_task_that_waits_for_another_says_for_which():
    waiting = record(verdict=Verdict.NOT_ATTEMPTED, cause=Cause(CauseKind.UNWRITTEN, name="im2col"))
    assert lines(waiting)[-1] == "  · conv2d_forward waits for im2col"


def test_what_comes_after_submission_is_told():
    assert lines(record(), hidden_points=9)[-1] == "9 more points are graded after submission"
    assert lines(record(), hidden_points=1)[-1] == "1 more point is graded after submission"


def test_what_hidden_tests_look_at_is_told_of_one_task():
    properties = {"conv2d_forward": ("float32", "an empty batch", "nothing changed in place"), "pad2d": ("frames",)}
    assert lines(record(), hidden_points=3, hidden_properties=properties)[-2:] == [
        "3 more points are graded after submission: float32, an empty batch, nothing",
        "changed in place",
    ]


def test_what_hidden_tests_look_at_is_told_of_few_tasks_and_of_many_where_asked_for():
    properties = {"conv2d_forward": ("float32", "an empty batch"), "pad2d": ("frames",)}
    names = ("pad2d", "im2col", "conv2d_forward", "conv2d_backward")
    tests = [record(name, verdict=Verdict.PASSED) for name in names]
    looked_at = ["  pad2d           frames", "  conv2d_forward  float32, an empty batch"]
    last = "9 more points are graded after submission"
    few = lines(*tests[:3], hidden_points=9, hidden_properties=properties)
    assert few[-3:] == [last, *looked_at]
    assert lines(*tests, hidden_points=9, hidden_properties=properties)[-1] == last
    assert lines(*tests, hidden_points=9, hidden_properties=properties, every_test=True)[-3:] == [last, *looked_at]


@pytest.mark.parametrize(
    ("verdict", "title"),
    [
        (Verdict.CRASHED, "✗ agrees with torch (crashed)"),
        (Verdict.TIMED_OUT, "✗ agrees with torch (out of time)"),
        (Verdict.OUT_OF_MEMORY, "✗ agrees with torch (out of memory)"),
        (Verdict.BLOCKED, "✗ agrees with torch (not allowed)"),
        (Verdict.SKIPPED, "– agrees with torch (skipped)"),
        (Verdict.GRADER_ERROR, "! agrees with torch (the grader's own mistake: it costs no points)"),
    ],
)
def test_every_verdict_is_told_in_words(verdict, title):
    shown = lines(record(verdict=verdict, message="because of this"))
    assert shown[2].strip().startswith(title)
    assert "because of this" in shown[3]


def test_what_was_skipped_does_not_count():
    skipped = record(title="runs on a GPU", verdict=Verdict.SKIPPED, points=5, message="no GPU")
    passed = record(verdict=Verdict.PASSED)
    shown = lines(passed, skipped)
    assert shown[0].endswith("3 of 3 points")
    assert shown[3:] == ["  – runs on a GPU (skipped)", "      because   no GPU"]


def test_a_task_that_was_skipped_is_not_shown_as_passed():
    tests = [record(task.name, verdict=Verdict.PASSED) for task in UNIT.tasks[1:]]
    skipped = record("pad2d", verdict=Verdict.SKIPPED, message="Triton is not installed")
    shown = lines(skipped, skipped, *tests)
    assert shown[1].split()[:2] == ["–", "pad2d"]
    assert shown[2] == "    Triton is not installed"


def test_the_same_exception_is_told_once():
    feedback = {"message": "conv.py does not load: SyntaxError", "called": "f()"}
    first, second = record(verdict=Verdict.CRASHED, **feedback), record("im2col", verdict=Verdict.CRASHED, **feedback)
    shown = "\n".join(lines(second, first))
    assert shown.count("does not load") == 1
    assert shown.count("as above") == 1
    assert "\n".join(lines(second, first, full=True)).count("does not load") == 2


def test_the_end_of_long_output_is_shown_and_all_of_it_on_request():
    printed = "\n".join(f"line {number}" for number in range(20))
    assert "      printed   (12 lines before these)" in lines(record(printed=printed))
    assert "      printed   line 0" in lines(record(printed=printed), full=True)


def test_what_the_student_s_code_says_cannot_steer_the_terminal():
    evil = "\x1b[2J\r\u202e"
    shown = "\n".join(
        lines(record(title=evil, message=evil, called=evil, got=evil, likely=evil, printed=evil, where=(evil,)))
    )
    assert not {"\x1b", "\r", "\u202e"}.intersection(shown)


def test_brackets_of_rich_s_markup_are_text():
    screen = io.StringIO()
    console = Console(file=screen, width=80)
    console.print(unit_report(UNIT, [record(message="[bold]x[/bold] [/red]")], UNICODE, 80))
    assert "[bold]x[/bold] [/red]" in screen.getvalue()


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "ascii", "latin-1", "no-such-encoding"])
def test_a_screen_without_unicode_gets_plain_signs(encoding):
    marks = marks_for(encoding)
    assert marks is ASCII
    text = course_progress("Course", [UnitProgress("a", 1, 2, begun=True)], marks, 80).plain
    assert (text + "\n".join(lines(record(), marks=marks))).isascii()


@pytest.mark.parametrize("encoding", ["utf-8", "UTF-16"])
def test_a_screen_with_unicode_gets_the_real_ones(encoding):
    assert marks_for(encoding) is UNICODE


def where(*units, **options):
    return course_progress("Deep learning from scratch", units, UNICODE, 80, **options).plain.split("\n")


def test_progress_shows_a_line_per_unit():
    assert where(
        UnitProgress("perceptron", 38, 38, begun=True, picture=True),
        UnitProgress("convolution", 3, 46, begun=True, next_task="conv2d_forward", minutes=30),
        UnitProgress("backprop", 0, 52, next_task="mse", minutes=5),
        hidden_points=9,
    ) == [
        f"Deep learning from scratch{'41 of 136 points':>54}",
        "",
        "  ✓ perceptron   ██████████████  38/38   picture ready: grade show perceptron",
        "  ▸ convolution  █░░░░░░░░░░░░░   3/46   next: conv2d_forward (30 min)",
        "  · backprop     ░░░░░░░░░░░░░░   0/52",
        "",
        "9 more points are graded after submission",
    ]


@pytest.mark.parametrize(("earned", "full"), [(0, 0), (0.01, 1), (50, 7), (99.9, 13), (100, 14)])
def test_the_bar_is_full_only_when_everything_is_earned(earned, full):
    assert where(UnitProgress("unit", earned, 100, next_task="x"))[2].count("█") == full


def test_a_unit_that_is_done_without_a_picture_promises_none():
    assert where(UnitProgress("unit", 2, 2))[2].rstrip() == "  ✓ unit  ██████████████  2/2"


def test_changed_files_are_named():
    unit = UnitProgress("unit", 1, 2, begun=True, next_task="x", changed=("a.py", "test_a.py"))
    assert where(unit)[3] == "    a.py, test_a.py changed since last run: grade run unit"


TIMED = "0.98 x torch's time (0.96 to 1.01, 17 pairs, one thread of AMD EPYC) · gold"
SILVER = "1.41 x torch's time (1.30 to 1.55, 25 pairs, one thread of AMD EPYC) · silver"


def test_a_passed_timed_test_says_what_was_measured():
    passed = record(title="speed on one cpu thread", verdict=Verdict.PASSED, timed=TIMED)
    assert lines(passed)[2:] == [
        f"  ✓ speed on one cpu thread{'3/3':>53}",
        "      0.98 x torch's time (0.96 to 1.01, 17 pairs, one thread of AMD EPYC) ·",
        "      gold",
    ]
    assert any("AMD EPYC) - gold" in line for line in lines(passed, width=100, marks=ASCII)), "no dot in ASCII"


def test_a_slower_timed_test_says_what_the_next_tier_needs():
    slower = record(title="speed", timed=SILVER, message="gold needs 1.33 x torch's time or less")
    shown = lines(slower)
    assert shown[-1] == "      next      gold needs 1.33 x torch's time or less"
    assert shown[2].startswith("  ✗ speed")


@pytest.mark.parametrize(
    ("verdict", "words"), [(Verdict.TOO_NOISY, "not measured: too noisy"), (Verdict.NO_GPU, "not measured: no GPU")]
)
def test_what_was_not_measured_costs_nothing_and_says_why(verdict, words):
    shown = lines(
        record(title="right", verdict=Verdict.PASSED, points=1), record(verdict=verdict, message="the reason")
    )
    assert shown[0].endswith("1 of 1 point")
    assert shown[-2:] == [f"  – agrees with torch ({words})", "      because   the reason"]


def _with_requires(unit: Unit, **requires: tuple[str, ...]) -> Unit:
    tasks = tuple(replace(task, requires=requires.get(task.name, ())) for task in unit.tasks)
    return replace(unit, tasks=tasks)


def test_what_a_failing_task_calls_is_mended_first():
    """Only the lowest failing task is named: conv2d_forward fails, too, but im2col may be all that is wrong with it."""
    unit = _with_requires(UNIT, conv2d_forward=("im2col",), conv2d_backward=("pad2d", "conv2d_forward"))
    tests = [record(name, "works") for name in ("im2col", "conv2d_forward", "conv2d_backward")]
    tests.append(record("pad2d", "works", Verdict.PASSED))
    shown = unit_report(unit, tests, UNICODE, 80).plain.split("\n")
    told = [line.strip() for line in shown if "mend that first" in line]
    assert told == ["calls im2col, which fails: mend that first"] * 2
    assert "mend" not in "".join(unit_report(UNIT, tests, UNICODE, 80).plain)


def test_points_for_a_task_by_itself_say_what_is_to_be_mended():
    given = record(
        verdict=Verdict.PASSED,
        message="right, given a right im2col; mend im2col first",
        cause=Cause(CauseKind.GIVEN, name="im2col"),
    )
    assert lines(given)[-1] == "      right, given a right im2col; mend im2col first"


def test_options_beyond_a_choice_do_not_count_and_it_is_said():
    unit = replace(UNIT, choices=(Choice("Either way", 1, (("pad2d",), ("im2col",))),))
    tests = [record("pad2d", verdict=Verdict.PASSED), record("im2col", verdict=Verdict.PASSED)]
    shown = unit_report(unit, tests, UNICODE, 80).plain.split("\n")
    assert shown[0] == f"convolution{'3 of 3 points':>69}"
    assert any("A frame around the image" in line and line.endswith("3/3") for line in shown)
    assert any("Every window as a column" in line and line.endswith("does not count") for line in shown)
    assert "Either way: the best 1 of 2 count" in shown
