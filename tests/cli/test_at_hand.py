"""What a name, a path, a folder or nothing at all selects: the unit or the task that a student is at."""

import os
import threading

import pytest

from grader.cli.screen import Screen
from grader.records import Verdict

EVERY = ("slope", "residuals")


def jobs(judge) -> list[tuple[str, tuple[str, ...]]]:
    return [(job.unit, job.tasks) for job in judge.jobs]


@pytest.mark.parametrize(
    ("name", "selected"),
    [
        ("slope", ("lines", ("slope",))),
        ("Slope", ("lines", ("slope",))),
        ("LINES", ("lines", ())),
        ("Lines.SLOPE", ("lines", ("slope",))),
        ("line.py", ("lines", EVERY)),
        ("test_line.py", ("lines", EVERY)),
        ("Line.py", ("lines", EVERY)),
        ("count.py", ("counting", ("double",))),
        ("exercises/lines", ("lines", ())),
        ("exercises/lines/", ("lines", ())),
        ("exercises/lines/line.py", ("lines", EVERY)),
        ("./exercises/counting/count.py", ("counting", ("double",))),
        ("exercises/lines/README.md", ("lines", ())),
    ],
)
def test_a_name_or_a_path_selects(run_in, bundle, judge, record, name, selected):
    judge.records = [record()]
    assert run_in(bundle, "run", name).exit_code == 0
    assert jobs(judge) == [selected]


def test_a_path_is_relative_to_the_folder_that_one_is_in(run_in, bundle, judge, record):
    judge.records = [record()]
    run_in(bundle / "exercises", "run", "counting/count.py")
    run_in(bundle / "exercises/lines", "run", "../counting")
    run_in(bundle / "exercises/lines", "run", str(bundle / "exercises/counting/count.py"))
    assert jobs(judge) == [("counting", ("double",)), ("counting", ()), ("counting", ("double",))]


def test_in_a_unit_s_folder_it_is_this_unit(run_in, bundle, judge, record):
    judge.records = [record()]
    run_in(bundle / "exercises/counting", "run")
    run_in(bundle / "exercises/lines", "run")
    assert jobs(judge) == [("counting", ()), ("lines", ())]


def test_a_file_s_name_that_two_units_have_is_asked_about(run_in, bundle, judge, record):
    unit = bundle / "exercises/counting/unit.toml"
    unit.write_text(unit.read_text().replace('file = "count"', 'file = "line"'))
    result = run_in(bundle, "run", "line.py")
    assert result.exit_code == 2
    assert result.stderr == "error: 2 units have a file line.py\ntry: grade run exercises/lines/line.py\n"
    judge.records = [record()]
    run_in(bundle / "exercises/lines", "run", "line.py")
    assert jobs(judge) == [("lines", EVERY)]


@pytest.mark.parametrize("name", ["lin.py", "exercises/none", "exercises/lines/none.py", "slop"])
def test_what_is_nowhere_is_an_error_that_lists_what_there_is(run_in, bundle, judge, name):
    result = run_in(bundle, "run", name)
    assert result.exit_code == 2
    assert f'there is no unit or task "{name}"' in " ".join(result.stderr.split())


def test_grade_test_is_grade_run(run_in, bundle, judge, record):
    judge.records = [record()]
    assert run_in(bundle, "test", "slope").exit_code == 0
    assert jobs(judge) == [("lines", ("slope",))]


def test_hint_alone_is_about_what_fails_where_one_works(run_in, bundle, judge, record, solve):
    assert "slope, hint 1 of 3" in run_in(bundle, "hint").output
    assert "double, hint 1 of 3" in run_in(bundle / "exercises/counting", "hint").output
    solve(bundle, "lines", "line")
    judge.records = [record("slope"), record("residuals", verdict=Verdict.FAILED)]
    run_in(bundle, "run", "lines")
    assert "residuals, hint 1 of 3" in run_in(bundle, "hint").output
    assert "residuals, hint 2 of 3" in run_in(bundle, "hint", "Residuals").output


def test_the_unit_at_hand_is_the_one_saved_last(run_in, bundle, solve):
    solve(bundle, "lines", "line")
    solve(bundle, "counting", "count")
    for path, age in ((bundle / "exercises/lines/line.py", 100), (bundle / "exercises/counting/count.py", 0)):
        os.utime(path, (1e9 - age, 1e9 - age))
    assert "packed counting.zip" in run_in(bundle, "submit", "--untested").output
    os.utime(bundle / "exercises/lines/line.py", (2e9, 2e9))
    assert "packed lines.zip" in run_in(bundle, "submit", "--untested").output


def test_show_and_bench_alone_are_about_the_unit_at_hand(run_in, bundle):
    folder = bundle / "exercises/counting"
    assert "milestone" in run_in(folder, "show").stderr
    assert "counting" in run_in(folder, "bench").stderr


@pytest.mark.first_look
def test_a_syntax_error_is_told_while_the_tests_still_run(run_in, bundle, record, monkeypatch):
    path = bundle / "exercises/counting/count.py"
    path.write_text("def double(n:\n    return 2 * n\n")
    heard = threading.Event()
    paragraph = Screen.paragraph
    monkeypatch.setattr(Screen, "paragraph", lambda *args, **more: (paragraph(*args, **more), heard.set()))
    monkeypatch.setattr("grader.judge.client.grade_once", lambda *args: heard.wait(60))
    assert run_in(bundle, "run", "double").output.startswith("SyntaxError: count.py, line 1: ")
