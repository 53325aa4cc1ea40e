"""`grade serve` in a real browser, while a real class is graded: progress, a decision, a regrade; axe-core is content.

The browser is Debian's Chromium, driven by Playwright in an environment of its own; axe-core comes from npm.
"""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from grader.autograde.journal import NAME
from grader.cli.serve import GRADE
from grader.gradebook.store import Gradebook
from tests.doors.environments import Environment, axe_core, debian_program
from tests.toy_course import make_course, write

HERE = Path(__file__).parent
STUDENTS = tuple(f"s{number}" for number in range(1, 9))
SLOW = '''\
"""Counting, slowly."""


def total(x):
    """Add everything up."""
    for _ in range(4_000_000):
        pass
    return float(x.sum())
'''
PATIENCE = 120.0  # seconds until there is a journal, or a link


def start(root, log, *arguments):
    """Start `grade` with its output in a file."""
    names = ("DEEPGRADE", "PYTEST")
    settings = {name: value for name, value in os.environ.items() if not name.startswith(names)}
    with log.open("wb") as output:
        return subprocess.Popen(
            [*GRADE, f"--course={root}", *arguments],
            stdout=output,
            stderr=subprocess.STDOUT,
            env=settings | {"PYTHONUNBUFFERED": "1"},
        )


def wait_for(what, process, log):
    """Return what is awaited, as soon as it is true."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        if answer := what():
            return answer
        time.sleep(0.1)
    raise AssertionError(log.read_text(encoding="utf-8"))


def stop(*processes):
    for process in processes:
        if process.poll() is None:
            process.terminate()
        process.wait()


@pytest.fixture(scope="module")
def visit(tmp_path_factory):
    """Return what a browser saw, and the results folder."""
    chromium = debian_program("chromium", "/usr/bin/chromium")
    folder = tmp_path_factory.mktemp("served")
    axe = axe_core(folder / "axe")
    environment = Environment(folder / "venv")
    environment.install("playwright>=1.50")
    root, results, pictures = folder / "course", folder / "results", folder / "pictures"
    pictures.mkdir()
    make_course(root)
    for name in STUDENTS:
        write(folder / "hand ins" / name / "counts" / "count.py", SLOW)
    write(folder / "hand ins" / "s0" / "counts" / "other.py", "pass\n")
    run_log, serve_log = folder / "run.txt", folder / "serve.txt"
    options = (f"--out={results}", "--tier=self", "--jobs=1", "--unit=counts")
    run = start(root, run_log, "autograde", str(folder / "hand ins"), *options)
    wait_for((results / NAME).is_file, run, run_log)
    served = start(root, serve_log, "serve", str(results), "--port=0", "--by=tom")
    try:
        link = wait_for(lambda: re.search(r"http://\S+", serve_log.read_text()), served, serve_log).group()
        arguments = (str(chromium), link, str(axe), str(pictures), STUDENTS[0])
        done = environment.run("python", str(HERE / "visit_serve.py"), *arguments)
        assert done.returncode == 0, done.stdout + done.stderr + serve_log.read_text() + run_log.read_text()
    finally:
        stop(run, served)
    sys.stdout.write(f"screenshots: {pictures}\n")
    return json.loads(done.stdout) | {"results": results, "server": serve_log.read_text(encoding="utf-8")}


def test_the_token_is_not_in_the_address_and_lets_in_nobody_else(visit):
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", visit["address"])
    assert "this browser is not let in" in visit["other"]


def test_progress_is_seen_while_the_class_is_graded(visit):
    assert "of 9 submissions done" in visit["running"]
    assert "Being graded" in visit["running"]
    assert "9 of 9 submissions" in visit["done"]
    assert "s0, counts" in visit["done"].partition("What went wrong")[2]
    assert all(name in visit["table"] for name in STUDENTS)


def test_a_decision_is_stored_with_its_author_and_shown_as_text(visit):
    assert "−1 by tom (<b onmouseover=alert(1)>asked)" in visit["notice"]
    assert "taken back by tom" in visit["history"]
    with Gradebook(visit["results"] / NAME, read_only=True) as book:
        (one,) = book.adjustments()
    assert (one.student, one.value, one.by, one.undone_by) == (STUDENTS[0], -1.0, "tom", "tom")


def test_a_regrade_is_shown_to_its_end(visit):
    assert "--student=s1" in visit["regraded"]
    assert "written to" in visit["regraded"]


def test_axe_finds_nothing_serious_and_no_page_is_too_wide(visit):
    assert visit["serious"] == []
    assert visit["wide"] == []


def test_no_script_of_anybody_else_runs_and_nothing_fails_in_the_server(visit):
    assert visit["errors"] == []
    assert "Traceback" not in visit["server"]
