"""`grade reset`, `restore` and `log`: nothing is lost, and without a terminal nothing is asked."""

import pytest

from grader.records import Verdict


def stub_of(bundle):
    return bundle / "exercises" / "lines" / "line.py"


def broken_elsewhere(bundle):
    """Write one task, and break the other one's syntax."""
    path = stub_of(bundle)
    text = path.read_text(encoding="utf-8")
    text = text.replace('raise NotImplementedError("lines.slope")', "return 1.0")
    path.write_text(text.replace('raise NotImplementedError("lines.residuals")', "return (("), encoding="utf-8")
    return path.read_text(encoding="utf-8")


@pytest.fixture
def terminal(monkeypatch):
    """Return a function that answers the question as at a terminal."""

    def answer(yes):
        monkeypatch.setattr("grader.cli.versions.at_a_terminal", lambda: True)
        monkeypatch.setattr("click.confirm", lambda *texts, **options: yes)

    return answer


def test_reset_keeps_a_backup_and_says_where(run_in, bundle, solve):
    solve(bundle)
    result = run_in(bundle, "reset", "slope")
    path = bundle / "exercises" / "lines" / "line.py"
    assert result.exit_code == 0
    assert 'raise NotImplementedError("lines.slope")' in path.read_text(encoding="utf-8")
    assert "return y - slope(x, y) * x" in path.read_text(encoding="utf-8")
    (backup,) = (bundle / ".deepgrade" / "backups" / "lines").iterdir()
    assert "float(x @ y)" in backup.read_text(encoding="utf-8")
    assert f".deepgrade/backups/lines/{backup.name}" in result.output.replace("\\", "/")
    assert "to have it back: grade restore slope" in result.output


def test_a_reset_that_changes_nothing_says_so(run_in, bundle):
    result = run_in(bundle, "reset", "lines.slope")
    assert result.output == "slope is as at the beginning already: exercises/lines/line.py\n"


def test_without_a_terminal_the_whole_file_needs_its_flag(run_in, bundle):
    text = broken_elsewhere(bundle)
    result = run_in(bundle, "reset", "slope")
    assert result.exit_code == 2
    assert "line.py has a syntax error outside of it" in " ".join(result.stderr.split())
    assert "grade reset slope --file" in " ".join(result.stderr.split())
    assert stub_of(bundle).read_text(encoding="utf-8") == text
    assert run_in(bundle, "reset", "slope", "--file").exit_code == 0
    assert "return ((" not in stub_of(bundle).read_text(encoding="utf-8")


@pytest.mark.parametrize(("yes", "code"), [(True, 0), (False, 2)])
def test_at_a_terminal_it_asks_first(run_in, bundle, terminal, yes, code):
    text = broken_elsewhere(bundle)
    terminal(yes)
    assert run_in(bundle, "reset", "slope").exit_code == code
    assert (stub_of(bundle).read_text(encoding="utf-8") == text) == (not yes)


def test_restore_lists_without_a_name_and_brings_back_with_one(run_in, bundle, solve):
    assert "there are no backups" in run_in(bundle, "restore").output
    solve(bundle)
    text = stub_of(bundle).read_text(encoding="utf-8")
    run_in(bundle, "reset", "slope")
    lines = run_in(bundle, "restore").output.splitlines()
    assert lines[0] == "exercises/lines/line.py"
    assert lines[1].startswith("  1  ")
    assert lines[1].endswith("other than now: slope")
    assert lines[-1] == "to bring a task back: grade restore TASK --from NUMBER"
    result = run_in(bundle, "restore", "slope")
    assert (result.exit_code, stub_of(bundle).read_text(encoding="utf-8")) == (0, text)
    assert "next: grade run slope" in result.output


@pytest.mark.parametrize("command", ["reset", "restore", "log"])
@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("slop", 'did you mean "slope"', "tasks of lines: slope, residuals"),
        ("lines", "lines is a unit: name one of its tasks", "grade list lines"),
    ],
)
def test_another_name_than_a_task_s_is_told(run_in, bundle, command, name, message, hint):
    result = run_in(bundle, command, name)
    assert result.exit_code == 2
    assert message in result.stderr
    assert hint in result.stderr


def test_the_log_has_every_run_with_its_verdict(run_in, bundle, judge, record, solve):
    assert "no attempt at slope yet: grade run slope" in run_in(bundle, "log", "slope").output
    judge.records = [record(verdict=Verdict.NOT_ATTEMPTED, points=3)]
    run_in(bundle, "run", "slope")
    judge.records = [record(points=1), record(title="takes a falling line", verdict=Verdict.FAILED, points=2)]
    run_in(bundle, "run", "slope")
    run_in(bundle, "run", "slope")
    solve(bundle)
    judge.records = [record(points=3), record("residuals", points=2, verdict=Verdict.TIMED_OUT)]
    run_in(bundle, "run", "lines")
    first, second, third = run_in(bundle, "log", "slope").output.splitlines()
    assert first == "lines.slope: 3 runs"
    assert second.startswith("  ✗ ")
    assert second.endswith("1/3  fails; takes a falling line (2 times)")
    assert third.startswith("  ✓ ")
    assert third.endswith("3/3  all tests pass")
    assert "out of time" in run_in(bundle, "log", "residuals").output


def test_a_damaged_log_loses_only_its_damaged_lines(run_in, bundle, judge, record):
    judge.records = [record(points=3)]
    run_in(bundle, "run", "slope")
    path = bundle / ".deepgrade" / "attempts.jsonl"
    path.write_bytes(b'{"task": 3}\n\xff\xff\n' + path.read_bytes() + b'{"task": "lines.slo')
    assert run_in(bundle, "log", "slope").output.startswith("lines.slope: 1 run\n")


def test_a_long_log_loses_its_older_half(run_in, bundle, judge, record, monkeypatch):
    monkeypatch.setattr("grader.home.attempts.MOST_BYTES", 300)
    for points in range(1, 9):
        judge.records = [record(points=points)]
        run_in(bundle, "run", "slope")
    output = run_in(bundle, "log", "slope").output
    assert "8/8" in output
    assert "1/1" not in output


def test_results_are_shown_even_where_they_cannot_be_remembered(run_in, bundle, judge, record):
    (bundle / ".deepgrade").write_text("no folder", encoding="utf-8")
    judge.records = [record(points=3)]
    result = run_in(bundle, "run", "slope")
    assert result.exit_code == 0
    assert "3 of 3 points" in result.output
    assert "these results are not remembered" in result.output
    assert "make the course's folder writable" in " ".join(result.output.split())
