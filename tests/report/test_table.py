"""The class table at the widths of real terminals, and the sentences below it."""

import msgspec
import pytest
from rich.cells import cell_len
from rich.console import Console

from grader.course.registry import Course, Unit
from grader.gradebook.book import ClassBook
from grader.records import Feedback, Result, Status, TestRecord, Timing, Verdict
from grader.records.rules import Rules
from grader.records.run import Change, Outcome
from grader.report.table import WITHOUT_REMARKS, class_table, summary_lines

UNITS = ("perceptron", "convolution", "rnn")
EIGHT = ("perceptron", "backprop", "activations", "initialization", "dropout_batchnorm", "convolution", "rnn", "words")


def course_of(*units, root="."):
    return Course(root, "demo", "Demo", units=tuple(Unit(name, name.title()) for name in units))


def record(unit, points, earned, verdict=Verdict.PASSED):
    return TestRecord(unit, "task", "file.test", "test", True, points, earned, verdict, Feedback())


def result(student, unit, earned, points=38.0, remark="", status=Status.GRADED):
    tests = (record(unit, points, earned),) if status is Status.GRADED else ()
    return Result(student, unit, status, remark=remark, tests=tests, timing=Timing(total=0.05))


def lines(units, results, width, only=(), grades=()):
    console = Console(width=width, color_system=None)
    with console.capture() as captured:
        console.print(class_table(course_of(*units), results, width, only=only, grades=grades))
    return captured.get().splitlines()


CLASS = [
    result("s001", "perceptron", 38),
    result("s001", "convolution", 46, 46),
    result("s002", "perceptron", 31.5),
    result("s002", "convolution", 12, 46, "the kernel is flipped"),
    result("s003", "perceptron", 0, status=Status.REJECTED, remark="line.py is a link"),
    result("s003", "convolution", 0, status=Status.MISSING, remark="not submitted"),
    result("s004", "perceptron", 0, status=Status.GRADER_ERROR, remark="grader error: the judge ended"),
    result("s004", "convolution", 20, 46),
]


def test_the_whole_table_at_80_columns():
    assert [line.rstrip() for line in lines(UNITS, CLASS, 80)] == [
        "student  perceptron  convolution    total  remarks",
        "s001          38/38        46/46    84/84",
        "s002        31.5/38        12/46  43.5/84  convolution: the kernel is flipped",
        "s003              !         0/46     0/46  perceptron: refused: line.py is a li…",
        "s004              !        20/46    20/46  perceptron: grader error: the judge …",
    ]


def test_one_student_alone_is_measured_out_of_what_the_whole_class_is():
    assert [line.rstrip() for line in lines(UNITS, CLASS, 80, only={"s003"})][1:] == [
        "s003              !         0/46   0/46  perceptron: refused: line.py is a link…"
    ]


def test_more_of_the_remarks_at_120_columns():
    assert lines(UNITS, CLASS, 120)[3].rstrip().endswith("line.py is a link; convolution: not submitted")


def test_units_without_results_are_left_out():
    assert "rnn" not in lines(UNITS, CLASS, 80)[0]


def test_a_remark_that_holds_for_all_units_is_said_once():
    absent = [result("s001", unit, 0, status=Status.MISSING, remark="not submitted") for unit in UNITS]
    assert lines(UNITS, absent, 80)[1].split()[-2:] == ["not", "submitted"]


def many(units, remark="something that takes quite some words to say in full"):
    full = [result("s001", unit, 38) for unit in units]
    skipped = Result("s002", units[0], Status.GRADED, tests=(record(units[0], 36, 35.5),), remark=remark)
    return [*full, skipped, *(result("s002", unit, 7.25) for unit in units[1:])]


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 200])
@pytest.mark.parametrize("units", [UNITS, EIGHT, tuple(f"unit_{number}" for number in range(17))], ids=len)
def test_no_line_is_wider_than_the_terminal(units, width):
    drawn = lines(units, many(units), width)
    assert max(map(cell_len, drawn)) <= width
    assert all(len([line for line in drawn if line.startswith(name)]) == 1 for name in ("s001", "s002"))
    assert all("/" in line for line in drawn if line.startswith("s0"))


def test_many_units_get_narrow_and_their_worth_moves_to_the_heading():
    heading, worth, first, second = (line.rstrip() for line in lines(EIGHT, many(EIGHT), 120))
    assert heading.split() == [unit[:5] for unit in EIGHT]
    assert worth.split() == ["student", *["/38"] * 8, "total", "remarks"]
    assert first.split() == ["s001", *["38"] * 8, "304/304"]
    assert second.split()[:3] == ["s002", "37.47", "7.25"], "scaled up from 35.5 of 36"


def test_where_even_that_does_not_fit_totals_remain():
    assert lines(EIGHT, many(EIGHT), 60)[0].split() == ["student", "total", "remarks"]


def test_points_of_units_are_worth_more_than_cut_remarks():
    heading, worth, first, *_, below = (line.rstrip() for line in lines(EIGHT, many(EIGHT), 80))
    assert heading.split() == [unit[:5] for unit in EIGHT]
    assert worth.split()[-1] == "total"
    assert first.split() == ["s001", *["38"] * 8, "304/304"]
    assert below == WITHOUT_REMARKS


def test_points_that_the_total_is_without_are_in_parentheses():
    results = [result("s001", "perceptron", 38), result("s001", "convolution", 7)]
    course = msgspec.structs.replace(course_of(*UNITS), rules=Rules(dropped=1))
    grades = ClassBook().grades(course, results)
    drawn = lines(UNITS, results, 80, grades=grades)
    assert drawn[1].split() == ["s001", "38/38", "(7/38)", "38/38", "not", "counted:", "convolution"]


def test_names_and_remarks_cannot_steer_the_terminal():
    evil = [result("s\x1b[2J[red]x[/red]", "perceptron", 38, remark="\x1b]0;title\x07\n[bold]remark[/bold]\u202e")]
    drawn = "\n".join(lines(UNITS, evil, 120))
    assert "\x1b" not in drawn
    assert "\x07" not in drawn
    assert "\u202e" not in drawn
    assert "[red]x[/red]" in drawn
    assert "[bold]remark[/bold]" in drawn
    assert drawn.count("\n") == 1


def test_wide_characters_keep_the_columns_straight():
    drawn = lines(UNITS, [result("学生一", "perceptron", 38), result("s002", "perceptron", 7)], 80)
    assert len({cell_len(line[: line.index("38")]) for line in drawn if "/38" in line and "学" in line}) == 1
    assert cell_len(drawn[1].rstrip()) == cell_len(drawn[2].rstrip())


def test_an_empty_class_is_a_heading():
    assert lines(UNITS, [], 80)[0].split() == ["student", "total"]


OUTCOME = Outcome(
    results=tuple(CLASS),
    seconds=2.0,
    ran=5,
    reused=2,
    timing=Timing(worker=0.1, judge=0.05, references=0.2, total=0.35),
    changes=(Change("s001", "perceptron", "step", "3/4", "4/4", "the submission changed"),),
    notes=("the judge ended\x1b",),
)


def test_the_summary_tells_speed_times_gaps_and_changes():
    assert summary_lines(OUTCOME) == [
        "5 submissions run in 2.0 s: 2.5 submissions/s; 2 taken from the journal",
        "where the time goes, mean per submission: worker 20 ms, judge 10 ms, references and comparison 40 ms "
        "(median of the whole: 50 ms)",
        "1 not submitted, 1 refused, 1 not measured by a mistake of the grader's own (no points are counted; run it "
        "again)",
        "1 grade changed: s001 perceptron step: 3/4 → 4/4, the submission changed",
        "the judge ended\\x1b",
    ]


def test_the_summary_of_a_run_without_work():
    nothing = msgspec.structs.replace(OUTCOME, ran=0, changes=(), notes=(), results=())
    assert summary_lines(nothing) == ["nothing to run: 2 taken from the journal"]


def test_many_changes_are_counted():
    changes = tuple(
        Change(f"s{number:03d}", "rnn", "all", "refused", "2/2", "the submission changed") for number in range(8)
    )
    (line,) = [line for line in summary_lines(msgspec.structs.replace(OUTCOME, changes=changes)) if "changed" in line]
    assert line.startswith("8 grades changed: s000 rnn: refused → 2/2, the submission changed; s001")
    assert line.endswith("and 3 more (all of them are in changes.csv)")
