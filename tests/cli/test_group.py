"""The group: help, names that do not exist, failures, and how quickly it answers."""

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from grader.cli.app import SECTIONS, CourseGroup, grade
from grader.cli.failures import OUR_MISTAKE, guarded

HEAVY = {"torch", "numpy", "pytest", "hypothesis", "matplotlib", "rich", "msgspec"}


def test_the_help_lists_every_command_under_its_audience(run_in, tmp_path):
    text = run_in(tmp_path, "--help").output
    places = [text.index(f"{title}:") for title in SECTIONS]
    assert places == sorted(places)
    assert all(f"  {command.name} " in text for commands in SECTIONS.values() for command in commands)
    assert ".." not in text.partition("Students:")[2]  # a cut sentence; its third dot may be taken for a full stop


@pytest.mark.parametrize(
    "command", [command for commands in SECTIONS.values() for command in commands], ids=lambda c: c.name
)
def test_every_command_explains_itself_with_an_example(run_in, tmp_path, command):
    result = run_in(tmp_path, command.name, "--help")
    assert result.exit_code == 0
    assert f"Example:\n    grade {command.name}" in result.output.replace("Examples:", "Example:")


def test_the_help_imports_nothing_heavy():
    code = (
        "import sys\nfrom grader.cli.app import grade\n"
        "try: grade.main(['--help'], prog_name='grade')\nexcept SystemExit: pass\n"
        "sys.stderr.write(' '.join(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Students:" in done.stdout
    assert not HEAVY.intersection(done.stderr.split())


def test_the_version_is_told(run_in, tmp_path):
    assert run_in(tmp_path, "--version").output.startswith("deepgrade ")


def test_test_is_another_name_of_run(run_in, bundle, judge, record):
    judge.records = [record(points=3)]
    result = run_in(bundle, "test", "slope")
    assert (result.exit_code, len(judge.jobs)) == (0, 1)
    assert "3 of 3 points" in result.output


def test_an_unknown_command_gets_a_proposal_and_the_list(run_in, tmp_path):
    result = run_in(tmp_path, "rnu")
    assert result.exit_code == 2
    assert 'there is no command "rnu"; did you mean "run"?' in result.stderr
    assert "autograde" in result.stderr


def test_the_name_of_a_task_is_no_command_but_nearly(run_in, root):
    result = run_in(root, "slope")
    assert result.exit_code == 2
    assert "try: grade run slope" in result.stderr


def test_an_unknown_option_points_to_the_command_s_help(run_in, tmp_path):
    result = run_in(tmp_path, "run", "--foo")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--foo" in result.stderr
    assert "try: grade run --help" in result.stderr


def test_outside_of_a_course_it_says_where_to_go(run_in, tmp_path):
    result = run_in(tmp_path)
    assert result.exit_code == 2
    assert result.stderr.startswith("error: no course.toml in")


def test_commands_work_in_any_folder_of_the_course_and_from_outside(run_in, root, tmp_path):
    inside = run_in(root / "exercises" / "lines")
    outside = run_in(tmp_path, "--course", str(root))
    assert inside.exit_code == outside.exit_code == 0
    assert inside.output.split("Begin here")[0] == outside.output.split("Begin here")[0]


def failing_with(error: BaseException) -> CourseGroup:
    @click.command()
    def fail() -> None:
        raise error

    return CourseGroup(name="grade", sections={"All": [fail]})


def test_a_mistake_of_ours_is_told_without_a_traceback_and_written_down(root, monkeypatch):
    monkeypatch.chdir(root)
    result = CliRunner().invoke(failing_with(ZeroDivisionError("oh")), ["fail"], prog_name="grade")
    assert result.exit_code == 70
    assert "ZeroDivisionError: oh" in result.stderr
    assert "Traceback" not in result.stderr
    assert "Traceback" in (root / ".deepgrade" / "last-error.txt").read_text(encoding="utf-8")


def test_outside_of_a_course_the_details_go_to_the_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    CliRunner().invoke(failing_with(ZeroDivisionError("oh")), ["fail"], prog_name="grade")
    assert "ZeroDivisionError" in (tmp_path / "deepgrade-last-error.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("error", "code"), [(KeyboardInterrupt(), 130), (click.Abort(), 130), (PermissionError(13, "no", "x"), 2)]
)
def test_other_endings_have_their_exit_codes(error, code):
    result = CliRunner().invoke(failing_with(error), ["fail"], prog_name="grade")
    assert result.exit_code == code
    assert "Traceback" not in result.stderr


def test_a_closed_pipe_ends_quietly(root: Path):
    done = subprocess.run(
        f'"{sys.executable}" -c "from grader.cli import main; main()" --course "{root}" | true',
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""


def test_messages_cannot_steer_the_terminal(run_in, root):
    result = run_in(root, "run", "\x1b[31mslope")
    assert "\x1b" not in result.stderr
    assert "\\x1b[31mslope" in result.stderr


def test_a_broken_pipe_to_a_process_of_ours_is_not_taken_for_a_reader_that_has_gone(capsys):
    def command():
        raise BrokenPipeError

    assert guarded(command) == OUR_MISTAKE
    assert "BrokenPipeError" in capsys.readouterr().err


def test_a_bundle_lists_the_student_s_commands_alone(run_in, bundle):
    text = run_in(bundle, "--help").output
    assert "Students:" in text
    assert "Instructors:" not in text
    assert "autograde" not in text
    assert "autograde" not in run_in(bundle, "shwo").output


def test_completion_names_the_file_and_the_line_of_one_s_own_shell_first(run_in, bundle, monkeypatch):
    monkeypatch.setenv("SHELL", "/usr/bin/zsh")
    lines = run_in(bundle, "completion").output.splitlines()
    assert lines[:2] == ["zsh: add to ~/.zshrc and open a new terminal", '  eval "$(grade completion zsh)"']
    assert len(lines) == 6


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_script_asks_this_command(run_in, bundle, shell):
    assert "_GRADE_COMPLETE" in run_in(bundle, "completion", shell).output


def test_tab_completes_tasks_and_units_of_the_course(bundle, monkeypatch):
    monkeypatch.chdir(bundle)
    complete = ShellComplete(grade, {"obj": None}, "grade", "_GRADE_COMPLETE")
    assert [item.value for item in complete.get_completions(["run"], "sl")] == ["slope"]
    assert [item.value for item in complete.get_completions(["run"], "LI")] == ["lines"]
    monkeypatch.chdir(bundle.anchor)
    assert complete.get_completions(["run"], "sl") == []


def test_the_tutor_s_entry_for_an_assistant_names_this_course(run_in, bundle):
    entry = json.loads(run_in(bundle, "tutor", "--config").output)["mcpServers"]["deepgrade"]
    assert entry == {"command": "grade", "args": ["--course", str(bundle), "tutor"]}
