"""`grade watch` with a judge that answers at once: saves, keys, other units, tests and engines that change."""

import os
import pty
import re
import select
import subprocess
import sys
import time
from contextlib import nullcontext
from pathlib import Path

import click
import pytest

from grader.cli.app import grade
from grader.cli.place import Place
from grader.cli.screen import Screen
from grader.cli.watch import KEYS, Actions, WatchLoop
from grader.course.registry import load_course
from grader.home.warm_unit import WarmUnit
from grader.judge.client import JudgeFailed
from grader.judge.protocol import Job
from grader.records import Slices, Verdict

STUB = '    raise NotImplementedError("lines.slope")'
LIMIT = 60.0  # seconds until a test gives up


class FakeWarm(WarmUnit):
    """Has no judge: `answer` makes the records of a job."""

    answer = staticmethod(lambda job: [])
    jobs: list[Job]

    def __init__(self, course, unit) -> None:
        self.jobs = []
        self.closed = False
        super().__init__(course, unit)

    def _start(self) -> None:
        return

    def grade(self, job, on_record, stop):
        self.jobs.append(job)
        for test in type(self).answer(job):
            on_record(test)

    def close(self) -> None:
        self.closed = True
        super().close()


class Script:
    """Keys that a test presses, and what it does between them; when it has ended, so does the watcher."""

    are_there = True

    def __init__(self, steps) -> None:
        self._steps = iter(steps)
        self._deadline = time.monotonic() + LIMIT
        self.watch: WatchLoop

    def read(self, seconds: float) -> str:
        """Wait for the run and the saves, then take the next step."""
        time.sleep(seconds)
        assert time.monotonic() < self._deadline
        if self.watch._attempt is not None or self.watch._saves._changed or self.watch._saves_elsewhere._changed:
            return ""
        step = next(self._steps, "q")
        if callable(step):
            step()
            time.sleep(0.05)
            return ""
        return step

    def suspended(self):
        """Return a context that does nothing."""
        return nullcontext()

    def close(self) -> None:
        """Do nothing."""


@pytest.fixture
def at_work(bundle, record, monkeypatch, capsys):
    """Return a function that watches while a script is played; it returns the jobs and what was printed."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("grader.cli.watch.SELDOM", 0.0)  # a script presses keys faster than a person
    monkeypatch.chdir(bundle)
    opened: list[FakeWarm] = []

    class Warm(FakeWarm):
        def __init__(self, course, unit) -> None:
            super().__init__(course, unit)
            opened.append(self)

    Warm.answer = staticmethod(lambda job: [record(task) for task in job.tasks])

    def play(*steps, unit="lines", answer=None):
        if answer is not None:
            Warm.answer = staticmethod(answer)
        course, script = load_course(bundle), Script(steps)
        context = click.Context(grade, obj=Place(bundle))
        script.watch = WatchLoop(course, Screen(), script, Actions(context, Place(bundle)), Warm)
        assert script.watch.run(course.unit(unit)) == 0
        assert all(warm.closed for warm in opened)
        return [(job.unit, job.tasks) for warm in opened for job in warm.jobs], capsys.readouterr().out

    return play


def edit(path: Path, old: str, new: str):
    """Return a function that changes a file."""
    return lambda: path.write_text(path.read_text().replace(old, new))


def test_a_save_runs_what_it_touches_and_a_comment_runs_nothing(bundle, at_work):
    path = bundle / "exercises/lines/line.py"
    jobs, output = at_work(edit(path, STUB, "    return x @ y"), edit(path, "return x @ y", "return x @ y  # dot"))
    assert jobs == [("lines", ("slope", "residuals")), ("lines", ("slope",))]
    assert "line.py saved: slope\n" in output
    assert "line.py saved: no function has changed\n" in output


def test_what_requires_the_task_runs_too_once_it_is_written(bundle, at_work, solve):
    solve(bundle)
    path = bundle / "exercises/lines/line.py"
    jobs, _ = at_work(edit(path, "float(x @ y)", "float(y @ x)"), edit(path, "y - slope", "-y + slope"))
    assert jobs == [("lines", ("slope", "residuals")), ("lines", ("slope", "residuals")), ("lines", ("residuals",))]


def test_another_unit_that_is_saved_is_gone_to(bundle, at_work):
    stub = 'raise NotImplementedError("counting.double")'
    jobs, output = at_work(edit(bundle / "exercises/counting/count.py", stub, "return 2 * n"))
    assert jobs == [("lines", ("slope", "residuals")), ("counting", ("double",))]
    assert "watching counting" in output


def test_changed_tests_are_collected_anew(bundle, at_work, monkeypatch):
    monkeypatch.setattr("grader.home.versions.PAUSE", 0.05)
    path = bundle / "exercises/lines/test_line.py"
    jobs, output = at_work(edit(path, "points=1", "points=3"), lambda: time.sleep(0.6), "")
    assert jobs == [("lines", ("slope", "residuals"))] * 2
    assert "the tests have changed: starting anew" in output


def test_a_changed_engine_starts_the_command_anew(at_work, monkeypatch):
    class Restarted(Exception):
        pass

    def restart():
        raise Restarted

    monkeypatch.setattr("grader.home.restart.start_again", restart)
    monkeypatch.setattr("grader.home.versions.PAUSE", 0.05)
    engines = iter(["old"])
    monkeypatch.setattr("grader.home.versions.engine_version", lambda: next(engines, "new"))
    monkeypatch.setattr("grader.home.exchange.engine_version", lambda: "any")
    with pytest.raises(Restarted):
        at_work(lambda: time.sleep(0.6), "", "")


def test_keys_do_what_rustlings_keys_do(bundle, at_work, record):
    jobs, output = at_work(
        *("h", "d", "n", "x", "a"), answer=lambda job: [record(task, verdict=Verdict.FAILED) for task in job.tasks]
    )
    assert jobs == [("lines", ("slope", "residuals")), ("lines", ("residuals",)), ("lines", ("slope", "residuals"))]
    assert "slope, hint 1 of 3" in output
    assert "slope is as in its stub" in output
    assert "What the line misses (15 min): residuals" in output
    assert "n next  h hint  l list  a all  s show  r reset  d diff  q quit" in output


def test_s_draws_what_is_wrong_in_the_task_at_hand(bundle, at_work, record):
    path = bundle / "exercises/lines/line.py"
    path.write_text(path.read_text().replace(STUB, "    return x @ y"))
    slices = Slices("[:, :]", got=((0.0, 1.0), (1.0, 0.0)), expected=((1.0, 0.0), (0.0, 1.0)))
    _, output = at_work("s", answer=lambda job: [record("slope", verdict=Verdict.FAILED, slices=slices)])
    assert "written: slope-wrong.png" in output
    assert (bundle / "slope-wrong.png").is_file()


def test_reset_asks_first(bundle, at_work, record):
    path = bundle / "exercises/lines/line.py"
    written = path.read_text().replace(STUB, "    return x @ y")
    path.write_text(written)
    failing = lambda job: [record("slope", verdict=Verdict.FAILED)]  # noqa: E731
    _, output = at_work("d", "r", "n", answer=failing)
    assert f"-{STUB}\n+    return x @ y\n" in output
    assert "slope is left as it is" in output
    assert path.read_text() == written
    at_work("r", "y", answer=failing)
    assert STUB in path.read_text()


def test_a_judge_that_fails_is_told_and_watching_goes_on(bundle, at_work):
    def fail(job):
        raise JudgeFailed("the tests of lines cannot be collected", "grade run lines")

    path = bundle / "exercises/lines/line.py"
    jobs, _ = at_work(edit(path, STUB, "    return 1"), answer=fail)
    assert len(jobs) == 2


def test_a_file_that_is_not_text_is_told_and_watching_goes_on(bundle, at_work):
    path = bundle / "exercises/lines/line.py"
    text = path.read_text()
    jobs, _ = at_work(
        lambda: path.write_bytes(b"\xff\xfe\x00"), lambda: path.write_text(text.replace(STUB, "    return 1"))
    )
    assert jobs[-1] == ("lines", ("slope",))


def test_every_key_has_an_action():
    assert [name for name in KEYS.values() if not hasattr(WatchLoop, f"_key_{name}")] == []


FAKE = """
import sys
from grader.cli import watch
from grader.cli.app import grade
from grader.home import warm_unit
from grader.records import TestRecord, Verdict

def graded(self, job, on_record, stop):
    for task in job.tasks:
        on_record(TestRecord(job.unit, task, f"line.test_{task}", task, False, 1.0, 1.0, Verdict.PASSED))

warm_unit.WarmUnit._start = lambda self: None
warm_unit.WarmUnit.grade = graded
grade.main(["watch", "lines"], prog_name="grade")
"""


class Terminal:
    """A command in a terminal of its own, with 80 columns."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", FAKE],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=folder,
            env=dict(os.environ) | {"TERM": "xterm", "COLUMNS": "80"} | environment,
            start_new_session=True,
        )
        os.close(slave)
        self.text = ""

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._master, keys.encode())

    def wait_for(self, pattern: str, after: int = 0) -> int:
        """Read until a pattern is there; return where it ends."""
        deadline = time.monotonic() + LIMIT
        while not (match := re.compile(pattern).search(self.text, after)):
            assert time.monotonic() < deadline, self.text
            if select.select([self._master], [], [], 1)[0]:
                self.text += os.read(self._master, 1 << 16).decode()
        return match.end()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo terminals on Windows")
def test_in_a_terminal_single_keys_are_read_and_q_puts_it_back(bundle):
    terminal = Terminal(bundle, NO_COLOR="1")
    try:
        end = terminal.wait_for("q quit")
        terminal.press("\x1b[A")  # an arrow is no key
        time.sleep(0.1)
        terminal.press("h")
        terminal.wait_for("residuals, hint 1 of 3", end)
        terminal.press("q")
        assert terminal.process.wait(LIMIT) == 0
    finally:
        terminal.process.kill()
        terminal.process.wait()
    assert not re.search(r"\x1b\[3\dm", terminal.text)  # colours
    assert max(len(line) for line in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "\n", terminal.text).splitlines()) <= 80


def test_where_nobody_types_it_prints_lines_only(bundle, monkeypatch):
    with subprocess.Popen(
        [sys.executable, "-c", FAKE],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=bundle,
        text=True,
        encoding="utf-8",
    ) as process:
        lines = []
        while not lines or "next:" not in lines[-1]:
            lines.append(process.stdout.readline())
            assert lines[-1]
        process.kill()
    assert "\x1b" not in "".join(lines)
    assert "q quit" not in "".join(lines)
