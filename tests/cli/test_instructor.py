"""`grade autograde`, `grade simulate` and `grade demo`."""

import os
import subprocess
import sys

import msgspec
import pytest

from grader.records import Isolation, Result, Status
from grader.records.run import Finished, Interrupted, Outcome, Started


@pytest.fixture
def submissions(root):
    """Return a folder with two students in it, one of them with work."""
    folder = root / "hand in"
    for student in ("s001", "s002"):
        (folder / student / "lines").mkdir(parents=True)
        (folder / student / "lines" / "line.py").write_text("", encoding="utf-8")
    return folder


class FakeRun:
    """Takes the place of grading."""

    def __init__(self, record):
        tests = (record(points=3), record("residuals", points=2))
        self.results = [
            Result(student, unit, Status.GRADED, tests=tests) for student in ("s001", "s002") for unit in ("lines",)
        ]
        self.asked = {}
        self.ends_in = None

    def autograde(self, course, folder, *, out, on_event, **asked):
        self.asked = asked | {"folder": folder, "out": out}
        on_event(Started(2, 0))
        for result in self.results:
            on_event(Finished(result))
        if self.ends_in:
            raise self.ends_in
        return Outcome(tuple(self.results), 2.0, ran=2, reused=0)


@pytest.fixture
def fake(monkeypatch, record):
    """Return a run that grades nothing."""
    run = FakeRun(record)
    monkeypatch.setattr("grader.autograde.run.autograde", run.autograde)
    return run


def test_autograde_says_the_tier_first_and_the_class_at_the_end(run_in, root, submissions, fake):
    result = run_in(root, "autograde", "hand in", "--jobs", "3", "--unit", "lines", "--tier", "self")
    lines = [line.rstrip() for line in result.output.splitlines()]
    assert result.exit_code == 0, result.stderr
    assert lines[0] == "self tier · 2 students × 1 unit · 3 workers"
    assert "without walls" in lines[1]
    assert "s001       5/5    5/5" in lines
    assert any("1.0 submissions/s" in line for line in lines)
    assert "written to results: results.csv, tests.csv, changes.csv, results.json" in lines
    assert (root / "results" / "results.csv").read_text(encoding="utf-8").startswith('"student","lines",')


def test_nothing_below_sealed_is_used_unless_it_is_named(run_in, root, submissions, fake):
    run_in(root, "autograde", "hand in")
    assert fake.asked["tier"] is Isolation.SEALED
    for tier in (Isolation.WEAK, Isolation.SELF):
        run_in(root, "autograde", "hand in", "--tier", tier.value)
        assert fake.asked["tier"] is tier


def test_places_to_review_are_listed_with_the_student(run_in, root, submissions, fake):
    places = ("line.py, line 3: imports ctypes: calls into the C library", "line.py, line 9: calls eval: runs text")
    fake.results[1] = msgspec.structs.replace(fake.results[1], review=places)
    output = run_in(root, "autograde", "hand in").output
    assert "1 to review" in output
    assert "s002 lines: line.py, line 3: imports ctypes: calls into the C library and 1 more" in " ".join(
        output.split()
    )


def test_autograde_hands_its_options_over(run_in, root, submissions, fake, tmp_path):
    run_in(root, "autograde", "hand in", "--out", str(tmp_path / "o"), "--regrade", "--tier", "sealed")
    assert fake.asked["regrade"] is True
    assert fake.asked["jobs"] is None
    assert (fake.asked["folder"], fake.asked["out"]) == (submissions, tmp_path / "o")


def test_autograde_of_nothing_says_what_is_expected(run_in, root, fake):
    result = run_in(root, "autograde", "nowhere")
    assert result.exit_code == 2
    assert "there is no folder" in result.stderr


def test_a_stopped_run_says_what_is_kept(run_in, root, submissions, fake):
    fake.ends_in = Interrupted("stopped: 2 of 2 submissions are graded and kept", "the same command goes on")
    result = run_in(root, "autograde", "hand in")
    assert result.exit_code == 130
    assert "try: the same command goes on" in result.stderr


@pytest.mark.parametrize(
    ("differences", "code", "verdict"), [([], 0, "every grade as expected"), (["s1: x"], 1, "1 difference")]
)
def test_demo_compares_every_grade(run_in, root, fake, monkeypatch, differences, code, verdict):
    def simulate(course, destination, *, students, seed, on_progress, jobs):
        for number in range(students):
            (destination / f"s{number}").mkdir(parents=True)
        return ["expected"]

    monkeypatch.setattr("grader.proof.simulate.simulate", simulate)
    monkeypatch.setattr("grader.proof.simulate.verify", lambda results, expected, dry_run: differences)
    result = run_in(root, "demo", "--students", "2")
    assert result.exit_code == code, result.stderr
    assert f"2 students × 2 units: {verdict}" in result.output
    assert fake.asked["regrade"] is True
    assert all(difference in result.output for difference in differences)


def test_a_real_demo_grades_as_expected(root):
    command = [sys.executable, "-c", "from grader.cli import main; main()", "demo", "--students", "4", "--jobs", "1"]
    environment = dict(os.environ) | {"COLUMNS": "80", "DEEPGRADE_SECRET": "test", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 students × 2 units: every grade as expected" in done.stdout
    pages = [root / line.split("    ")[0].strip() for line in done.stdout.splitlines() if ".html" in line]
    assert pages[0].name == "class.html"
    assert len(pages) == 3
    assert all("<main>" in page.read_text(encoding="utf-8") for page in pages)


def test_the_exit_code_says_that_a_person_must_look(run_in, root, submissions, fake):
    refused = Result("s002", "lines", Status.REJECTED, remark="line.py is a link")
    fake.results[1] = refused
    result = run_in(root, "autograde", "hand in")
    assert result.exit_code == 3
    output = " ".join(result.output.split())
    assert "1 refused, without points until a person decides" in output
    assert "s002/lines: line.py is a link" in output
    fake.results[1] = msgspec.structs.replace(refused, zero=True)
    assert run_in(root, "autograde", "hand in").exit_code == 0


def test_ids_that_a_spreadsheet_computes_are_told_and_written_for_one_on_demand(run_in, root, submissions, fake):
    fake.results[1] = msgspec.structs.replace(fake.results[1], student="=1+1")
    assert "would take 1 id for formulas (=1+1)" in run_in(root, "autograde", "hand in").output
    assert '\n"=1+1",' in (root / "results/results.csv").read_text(encoding="utf-8")
    assert "formulas" not in run_in(root, "autograde", "hand in", "--excel").output
    assert (root / "results/results.csv").read_bytes().startswith(b"\xef\xbb\xbf")
