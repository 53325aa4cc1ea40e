"""`grade list`, and `next:` as it follows from the files as they are now."""

import pytest

from grader.records import Cause, CauseKind, Verdict


def change(bundle, old, new):
    """Change the student's file."""
    path = bundle / "exercises" / "lines" / "line.py"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def following(result):
    """Return what a screen says comes next."""
    return next(line for line in result.output.splitlines() if line.startswith("next: "))


def test_a_new_student_sees_every_task_with_points_and_minutes(run_in, bundle):
    result = run_in(bundle, "list")
    assert (result.exit_code, result.output.splitlines()) == (
        0,
        [
            f"lines  Straight lines{'0 of 5 points, 25 min to go':>59}",
            "  · open      slope      line.py   0/3   10 min",
            "  · open      residuals  line.py   0/2   15 min",
            "",
            f"counting  Counting{'0 of 2 points, 5 min to go':>62}",
            "  · open      double     count.py  0/2    5 min",
            "",
        ],
    )


def states_in(result):
    """Return the state of each task in the list."""
    rows = [line.split("  ") for line in result.output.splitlines() if line.startswith("  ") and " min" in line]
    return {row[next(n for n in range(2, len(row)) if row[n].strip())].strip(): row[1][2:].strip() for row in rows}


def test_states_follow_from_results_and_files(run_in, bundle, judge, record):
    change(bundle, 'raise NotImplementedError("lines.slope")', "return 1.0")
    assert states_in(run_in(bundle, "list", "lines")) == {"slope": "to run", "residuals": "open"}
    judge.records = [record(verdict=Verdict.FAILED, points=3), record("residuals", verdict=Verdict.NOT_ATTEMPTED)]
    run_in(bundle, "run", "lines")
    result = run_in(bundle, "list", "lines")
    assert states_in(result) == {"slope": "fails", "residuals": "open"}
    assert "  fails: a test fails" in result.output
    assert following(result) == "next: grade hint slope (1 of 3)"
    judge.records = [record(points=3)]
    run_in(bundle, "run", "slope")
    result = run_in(bundle, "list", "lines")
    assert states_in(result) == {"slope": "done", "residuals": "open"}
    assert following(result) == "next: residuals in exercises/lines/line.py (15 min)"


def test_a_change_of_one_function_leaves_the_other_done(run_in, bundle, judge, record):
    change(bundle, 'raise NotImplementedError("lines.slope")', "return 1.0")
    judge.records = [record(points=3)]
    run_in(bundle, "run", "slope")
    change(bundle, 'raise NotImplementedError("lines.residuals")', "return y")
    assert states_in(run_in(bundle, "list", "lines")) == {"slope": "done", "residuals": "to run"}
    judge.records = [record("residuals", points=2)]
    run_in(bundle, "run", "residuals")
    assert states_in(run_in(bundle, "list", "lines")) == {"slope": "done", "residuals": "done"}
    change(bundle, "return 1.0", "return 2.0")  # residuals requires slope
    assert states_in(run_in(bundle, "list", "lines")) == {"slope": "to run", "residuals": "to run"}


def test_a_task_that_was_reset_is_open_and_has_no_points(run_in, bundle, judge, record, solve):
    solve(bundle)
    judge.records = [record(points=3), record("residuals", points=2)]
    run_in(bundle, "run", "lines")
    run_in(bundle, "reset", "slope")
    output = run_in(bundle, "list", "lines").output
    assert "2 of 5 points" in output
    assert states_in(run_in(bundle, "list", "lines")) == {"slope": "open", "residuals": "to run"}
    assert "next: slope (10 min)" in run_in(bundle).output


def test_a_file_that_was_mended_is_not_to_be_mended(run_in, bundle, judge, record):
    cause = Cause(CauseKind.SYNTAX_ERROR, "line.py", 3)
    change(bundle, 'raise NotImplementedError("lines.slope")', "return 1.0")
    change(bundle, 'raise NotImplementedError("lines.residuals")', "return ((")
    judge.records = [record(verdict=Verdict.CRASHED, cause=cause, points=3)]
    assert "next: mend exercises/lines/line.py" in run_in(bundle, "run", "slope").output
    change(bundle, "return ((", "return y")
    assert following(run_in(bundle, "list", "lines")) == "next: grade run slope"


def test_a_test_that_changed_makes_its_result_old(run_in, bundle, judge, record, solve):
    solve(bundle)
    judge.records = [record(points=3)]
    run_in(bundle, "run", "slope")
    path = bundle / "exercises" / "lines" / "test_line.py"
    path.write_text(path.read_text(encoding="utf-8") + "# more\n", encoding="utf-8")
    assert states_in(run_in(bundle, "list", "lines"))["slope"] == "to run"


def test_a_task_that_waits_for_another_says_so(run_in, bundle, judge, record):
    change(bundle, 'raise NotImplementedError("lines.residuals")', "return y - slope(x, y) * x")
    cause = Cause(CauseKind.UNWRITTEN, name="slope")
    judge.records = [record("residuals", verdict=Verdict.NOT_ATTEMPTED, cause=cause)]
    result = run_in(bundle, "run", "residuals")
    assert following(result) == "next: slope in exercises/lines/line.py (10 min)"
    output = run_in(bundle, "list", "lines").output
    assert "  · waits     residuals" in output
    assert "waits: calls a task that is not written yet" in output


def test_next_is_the_open_task_after_the_one_that_passed(run_in, bundle, judge, record):
    registry = bundle / "exercises/lines/unit.toml"
    text = registry.read_text(encoding="utf-8")
    registry.write_text(text.replace('requires = ["slope"]\n', ""), encoding="utf-8")
    judge.records = [record(verdict=Verdict.FAILED, points=3)]
    run_in(bundle, "run", "slope")
    judge.records = [record("residuals", points=2)]
    assert following(run_in(bundle, "run", "residuals")) == "next: grade hint slope (1 of 3)"
    assert following(run_in(bundle, "list", "lines")) == "next: grade hint slope (1 of 3)"


@pytest.mark.parametrize("width", [60, 80, 120])
def test_lines_fit_the_screen(run_in, bundle, monkeypatch, width):
    run_in(bundle, "list")
    monkeypatch.setenv("COLUMNS", str(width))
    assert max(map(len, run_in(bundle, "list").output.splitlines())) <= 100


def test_an_unknown_unit_is_told(run_in, bundle):
    result = run_in(bundle, "list", "countin")
    assert result.exit_code == 2
    assert 'did you mean "counting"' in result.stderr


def test_a_file_that_is_no_text_is_told(run_in, bundle):
    (bundle / "exercises" / "lines" / "line.py").write_bytes(b"\xff\xfe\x00")
    result = run_in(bundle, "list")
    assert result.exit_code == 2
    assert "line.py is UTF-16 text" in result.stderr
