"""`grade run` and `grade replay`, with a judge that answers what it is told, and once with a real one."""

import json
import os
import subprocess
import sys

import pytest

from grader.judge.protocol import PUBLIC_SECRET
from grader.records import Cause, CauseKind, Verdict


def test_a_task_is_run_with_the_visible_tests_on_the_student_s_text(run_in, bundle, judge, record):
    judge.records = [record()]
    assert run_in(bundle, "run", "slope").exit_code == 0
    (job,) = judge.jobs
    assert (job.unit, job.tasks, job.visible_only, job.secret) == ("lines", ("slope",), True, PUBLIC_SECRET)
    assert 'raise NotImplementedError("lines.slope")' in job.submission.files["line"]
    assert job.limits.call_seconds == 2


def test_a_failure_shows_what_helps_and_the_next_command(run_in, bundle, judge, record):
    failed = record(
        title="takes a falling line",
        points=2,
        verdict=Verdict.FAILED,
        called="slope(x float64 (5,), y float64 (5,))",
        got="0.33",
        expected="-3",
        likely="The two are swapped.",
        replay="7f3a",
    )
    judge.records = [record(), failed]
    result = run_in(bundle, "run", "slope")
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        f"lines · slope{'1 of 3 points':>67}",
        "",
        f"  ✓ matches the worked example{'1/1':>50}",
        f"  ✗ takes a falling line{'0/2':>56}",
        "      called    slope(x float64 (5,), y float64 (5,))",
        "      got       0.33     expected  -3",
        "      likely    The two are swapped.",
        "      again     grade replay lines.slope --seed 7f3a",
        "",
        "4 more points are graded after submission",
        "",
        "next: grade hint slope (1 of 3)",
        "",
    ]


@pytest.mark.parametrize(
    ("body", "below"),
    [
        ("    gap = 1.0\n{stub}", 1),
        ("{stub}\n    return 1.0", 0),
    ],
)
def test_a_stub_s_line_that_was_left_over_is_told_with_its_line(run_in, bundle, judge, record, body, below):
    path = bundle / "exercises/lines/line.py"
    text = path.read_text(encoding="utf-8")
    stub = '    raise NotImplementedError("lines.slope")'
    place = text.splitlines().index(stub) + 1 + below
    judge.records = [record(verdict=Verdict.NOT_ATTEMPTED)]
    assert "has changed" not in run_in(bundle, "run", "slope").output
    path.write_text(text.replace(stub, body.format(stub=stub)), encoding="utf-8")
    output = " ".join(run_in(bundle, "run", "slope").output.split())
    assert (
        f"slope has changed, but line.py, line {place}, still raises NotImplementedError: take that line out" in output
    )


def test_without_a_name_the_units_that_were_begun_are_run(run_in, bundle, judge, record, solve):
    judge.records = [record()]
    run_in(bundle, "run")
    solve(bundle, "counting", "count")
    run_in(bundle, "run")
    run_in(bundle, "run", "--all")
    assert [job.unit for job in judge.jobs] == ["lines", "counting", "lines", "counting"]


def test_a_unit_s_name_beats_that_of_its_task(run_in, bundle, judge, record):
    judge.records = [record()]
    run_in(bundle, "run", "double", "lines.slope", "lines")
    assert [(job.unit, job.tasks) for job in judge.jobs] == [("lines", ()), ("counting", ("double",))]


@pytest.mark.parametrize(
    ("name", "unit", "other"),
    [("slop", "lines", "counting"), ("lines.slop", "lines", "counting"), ("countin", "counting", "lines")],
)
def test_an_unknown_name_gets_a_proposal_and_the_tasks_of_that_unit_alone(run_in, bundle, judge, name, unit, other):
    result = run_in(bundle, "run", name)
    assert result.exit_code == 2
    assert "did you mean" in result.stderr
    assert "units: lines, counting" in result.stderr
    assert f"tasks of {unit}: " in result.stderr
    assert f"tasks of {other}: " not in result.stderr
    assert not judge.jobs


def test_a_name_that_is_near_to_none_gets_the_units(run_in, bundle, judge):
    result = run_in(bundle, "run", "zzzzzz")
    assert result.exit_code == 2
    assert "units: lines, counting" in result.stderr
    assert "tasks of" not in result.stderr


def test_next_is_the_task_to_write_when_all_that_was_written_passes(run_in, bundle, judge, record):
    judge.records = [record(points=3)]
    assert "next: residuals in exercises/lines/line.py (15 min)" in run_in(bundle, "run", "slope").output


def test_next_is_a_run_of_what_was_written_but_never_run(run_in, bundle, judge, record, solve):
    solve(bundle)
    judge.records = [record("residuals", points=2)]
    assert "next: grade run slope" in run_in(bundle, "run", "residuals").output


@pytest.mark.parametrize(
    ("likely", "following"), [("", "grade run slope"), ("The sign is turned.", "grade hint residuals (1 of 3)")]
)
def test_next_is_a_lower_task_that_never_ran_unless_the_mistake_has_a_name(
    run_in, bundle, judge, record, solve, likely, following
):
    solve(bundle)
    judge.records = [record("residuals", points=2, verdict=Verdict.FAILED, likely=likely)]
    assert f"next: {following}" in run_in(bundle, "run", "residuals").output


def test_next_is_the_picture_when_the_unit_is_done(run_in, bundle, judge, record):
    judge.records = [record(points=3), record("residuals", points=2)]
    assert "next: grade show lines" in run_in(bundle, "run", "lines").output


def test_next_is_the_file_that_does_not_load(run_in, bundle, judge, record):
    judge.records = [record(verdict=Verdict.CRASHED, cause=Cause(CauseKind.SYNTAX_ERROR, "line.py", 3))]
    assert "next: mend exercises/lines/line.py, then: grade run slope" in run_in(bundle, "run", "slope").output


@pytest.mark.parametrize(
    ("verdict", "cause"),
    [
        (Verdict.TIMED_OUT, Cause(CauseKind.NO_RETURN, "line.py")),
        (Verdict.BLOCKED, Cause(CauseKind.REFUSED_IMPORT, "line.py", 1, "pandas")),
        (Verdict.CRASHED, Cause(CauseKind.MISSING_NAME, "line.py", name="slope")),
        (Verdict.CRASHED, Cause(CauseKind.PROCESS_ENDED, "line.py")),
    ],
)
def test_the_file_that_is_to_blame_is_the_next_step(run_in, bundle, judge, record, verdict, cause):
    judge.records = [record(verdict=verdict, cause=cause)]
    assert "next: mend exercises/lines/line.py, then: grade run slope" in run_in(bundle, "run", "slope").output


def test_what_the_student_s_code_says_is_no_next_step(run_in, bundle, judge, record):
    judge.records = [record(verdict=Verdict.CRASHED, message="line.py does not load: RuntimeError: loading count.py ")]
    assert "next: grade hint slope" in run_in(bundle, "run", "slope").output


def test_next_speaks_of_what_the_task_that_was_run_calls_and_then_of_itself(run_in, bundle, judge, record):
    judge.records = [record(verdict=Verdict.FAILED), record("residuals", verdict=Verdict.FAILED)]
    run_in(bundle, "run", "lines")
    judge.records = [record("residuals", verdict=Verdict.FAILED)]
    assert "next: grade hint slope" in run_in(bundle, "run", "residuals").output
    judge.records = [record(points=3)]
    run_in(bundle, "run", "slope")
    judge.records = [record("residuals", verdict=Verdict.FAILED)]
    assert "next: grade hint residuals" in run_in(bundle, "run", "residuals").output


def test_ctrl_c_keeps_and_shows_what_came(run_in, bundle, judge, record):
    judge.records = [record(points=3)]
    judge.ends_in = KeyboardInterrupt
    result = run_in(bundle, "run", "--all")
    assert result.exit_code == 130
    assert "3 of 3 points" in result.output
    assert "interrupted" in result.output
    assert len(judge.jobs) == 1
    assert "3 of 7 points" in run_in(bundle).output


def test_json_is_json_and_nothing_else(run_in, bundle, judge, record):
    judge.records = [record(points=3), record("residuals", points=2, verdict=Verdict.FAILED, message="no")]
    result = run_in(bundle, "run", "lines", "--json")
    data = json.loads(result.stdout)
    assert result.exit_code == 1
    assert data["passed"] is False
    assert (data["units"][0]["earned"], data["units"][0]["points"]) == (3, 5)
    assert data["units"][0]["tests"][1]["feedback"] == {"message": "no"}


def test_authors_run_solutions_and_hidden_tests(run_in, root, judge, record, monkeypatch):
    monkeypatch.setenv("DEEPGRADE_SECRET", "geheim")
    judge.records = [record()]
    run_in(root, "run", "slope", "--solutions", "--hidden")
    (job,) = judge.jobs
    assert "float(x @ y)" in job.submission.files["line"]
    assert (job.visible_only, job.secret) == (False, "geheim")
    assert not (root / ".deepgrade").exists()


@pytest.mark.parametrize("option", ["--solutions", "--hidden"])
def test_a_bundle_has_neither(run_in, bundle, judge, option):
    result = run_in(bundle, "run", option)
    assert result.exit_code == 2
    assert result.stderr.startswith("error: there are no")


def test_a_file_that_is_no_text_is_told(run_in, bundle, judge):
    (bundle / "exercises" / "lines" / "line.py").write_bytes(b"\xff\xfe\x00")
    result = run_in(bundle, "run", "slope")
    assert result.exit_code == 2
    assert "line.py is UTF-16 text" in result.stderr


def test_replay_hands_the_token_over_and_shows_everything(run_in, bundle, judge, record):
    judge.records = [record(verdict=Verdict.FAILED, printed="\n".join(f"line {i}" for i in range(30)))]
    result = run_in(bundle, "replay", "lines.slope", "--seed", "7F3A")
    (job,) = judge.jobs
    assert (job.token, job.tasks, job.in_full) == ("7f3a", ("slope",), True)
    assert "line 0\n" in result.output
    assert "      where     line.py, line " in result.output
    assert "slope(x: Float" in result.output
    assert result.exit_code == 1
    assert not (bundle / ".deepgrade").exists()


def test_replay_explains_a_hidden_test_s_seed_that_passes(run_in, bundle, judge, record):
    judge.records = [record()]
    result = run_in(bundle, "replay", "slope", "--seed", "00ff")
    assert result.exit_code == 0
    assert "If a hidden test gave it to you" in result.output


def test_replay_wants_a_seed_that_is_one(run_in, bundle, judge):
    result = run_in(bundle, "replay", "slope", "--seed", "quatsch")
    assert result.exit_code == 2
    assert "hexadecimal" in result.stderr


def test_a_real_run_without_a_terminal_has_no_escapes_and_no_bar(root, solve):
    solve(root)
    command = [sys.executable, "-c", "from grader.cli import main; main()", "run", "slope"]
    environment = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "PYTHONUTF8")}
    environment |= {"PYTHONIOENCODING": "cp1252", "COLUMNS": "80"}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, check=False)
    text = done.stdout.decode("cp1252").replace("\r\n", "\n")
    assert done.stderr == b""
    assert done.returncode == 0
    assert text.splitlines() == [
        f"lines - slope{'3 of 3 points':>67}",
        "",
        f"  + matches the worked example{'1/1':>50}",
        f"  + takes a falling line{'2/2':>56}",
        "",
        "next: grade run residuals",
        "",
    ]


def test_the_points_are_written_as_classroom_50_reads_them(run_in, bundle, judge, record, monkeypatch):
    monkeypatch.setenv("CLASSROOM", "autumn")
    judge.records = [record(points=2), record(title="takes a falling line", points=1.5, verdict=Verdict.FAILED)]
    assert run_in(bundle, "run", "slope", "--classroom50", "result.json").exit_code == 1
    document = json.loads((bundle / "result.json").read_text(encoding="utf-8"))
    assert document["schema"] == "classroom50/result/v1"
    assert (document["classroom"], document["assignment"]) == ("autumn", "lines")
    assert (document["score"], document["max-score"]) == (200, 350)
    assert [test["passed"] for test in document["tests"]] == [True, False]
