"""An instructor's night with a class of thirty and five platforms: every command, read at 80 columns."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.doors.class_of_thirty import CARLA, CLASS, DAVID, ELODIE, FARID, GRETA, UNITS, make_course, write_night

STRANGER = "strangerdrew_9999"
NOT_IN_ROSTER = f'"{STRANGER}" handed in and is not in roster.csv'


class Night:
    """The folder of a class, and its commands."""

    def __init__(self, folder: Path) -> None:
        make_course(folder)
        self.folder, self.downloads = folder, write_night(folder)
        self.outputs: list[str] = []

    def grade(self, *arguments: str, code: int = 0) -> str:
        """Run a command and return what it prints."""
        environment = {**os.environ, "COLUMNS": "80", "DEEPGRADE_SECRET": "of thirty", "PYTHONUTF8": "1"}
        command = [str(Path(sys.executable).with_name("grade")), *arguments]
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stdout + done.stderr
        self.outputs.append(done.stdout)
        return done.stdout

    def rows(self, name: str) -> list[dict[str, str]]:
        """Return the rows of a table, by its heading."""
        with (self.folder / name).open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def night(tmp_path_factory) -> Night:
    """Return a night whose submissions are all graded."""
    night = Night(tmp_path_factory.mktemp("night"))
    for unit in UNITS:
        path = str(night.downloads[unit].relative_to(night.folder))
        times = ("--times", "times.csv") if unit == "perceptron" else ()
        refused = 0 if unit in ("convolution", "rnn") else 3
        night.grade("intake", path, "--unit", unit, *times, code=refused)
        night.grade("autograde", path, "--unit", unit, code=3)
    return night


@pytest.fixture(scope="module")
def decided(night) -> Night:
    """Return the night after everything that people decide."""
    carla = CARLA.id
    for arguments in (
        (carla, "convolution", "--extend", "1", "--reason", "ill, note of 16 November"),
        (carla, "perceptron", "--points", "+3", "--reason", "question 2 was unclear"),
        (carla, "perceptron", "--points", "+5", "--reason", "oops"),
        (carla, "perceptron", "--undo"),
        (carla, "backprop", "--set", "20", "--reason", "graded on paper"),
        (carla, "rnn", "--excuse", "--reason", "military service"),
        (carla, "dropout_batchnorm", "--bonus", "2", "--reason", "found a mistake"),
        (DAVID.id, "perceptron", "--set", "14", "--reason", "read the RAR myself"),
    ):
        night.grade("adjust", *arguments, "--by", "tom")
    return night


def words(output: str) -> str:
    return " ".join(output.split())


def test_intake_says_who_is_refused_and_whom_to_write_to(night):
    canvas = words(night.outputs[0])
    assert "read as Canvas's download of an assignment (--layout canvas)" in canvas
    assert f"{DAVID.id} 1 unknown refused homework.rar is a RAR archive (ask them to hand in neuron.py)" in canvas
    assert f"write to {DAVID.name} <{DAVID.email}>" in canvas
    assert "two files can be neuron.py: neuron-1.py and neuron.py (ask them which one counts)" in canvas
    assert f"{CARLA.id} 1 2026-11-05 10:59+00:00 neuron" in canvas
    assert NOT_IN_ROSTER in canvas
    assert "1 in the roster without a hand-in: s4029" in canvas
    moodle = words(night.outputs[2])
    assert "this is perceptron, not backprop (ask them to hand in graph.py)" in moodle
    assert "graph.py in graph.ipynb" in moodle
    gradescope = words(night.outputs[4])
    assert f"{ELODIE.id} 1 2026-11-16 17:59+00:00 conv with {FARID.id}" in gradescope
    assert f"{GRETA.id} 2 2026-11-16 20:59+00:00 conv" in gradescope


def test_the_class_table_has_everybodys_points_at_80_columns(night):
    lines = night.outputs[-1].splitlines()
    assert ["perce", "backp", "convo", "rnn", "dropo"] in [line.split() for line in lines]
    by_person = {line.split()[0]: line.split() for line in lines if line.startswith(("s40", STRANGER))}
    assert len(by_person) == len(CLASS) + 1
    assert by_person["s4001"][:7] == ["s4001", "38", "(0)", "40", "10", "42", "130/161"]
    assert (by_person[FARID.id][3], by_person[ELODIE.id][3]) == ("10", "(10)"), "one hand-in, two people's totals"
    assert by_person["s4030"][1:7] == ["-"] * 6


def test_the_three_tables_hold_what_was_decided(decided):
    decided.grade("export", "canvas", "--unit", "perceptron", "--table", "canvas-gradebook.csv", code=3)
    decided.grade("export", "moodle", "--unit", "backprop", "--table", "worksheet.csv", code=3)
    decided.grade("export", "csv")
    canvas = {row["ID"]: row["Unit 1: perceptron (5101)"] for row in decided.rows("results/canvas.csv")}
    assert (canvas["1003"], canvas["1004"], canvas["1005"], canvas["1030"]) == ("5.40", "14.00", "", "")
    moodle = {row["Identifier"]: row for row in decided.rows("results/moodle-backprop.csv")}
    assert moodle["Participant 2003"]["Grade"] == "20.00"
    assert moodle["Participant 2003"]["Feedback comments"] == "by hand: set to 20 (graded on paper)"
    assert moodle["Participant 2007"]["Grade"] == ""
    assert "unknown" not in "".join(row["Feedback comments"] for row in moodle.values())
    table = {row["student"]: row for row in decided.rows("results/grades.csv")}
    carla = table[CARLA.id]
    assert [carla[unit] for unit in UNITS] == ["5.40", "20.00", "32.00", "", "44.00"]
    assert (carla["rnn_status"], carla["total"], carla["total_points"]) == ("excused", "96.00", "121.00")
    assert (table["s4030"]["rnn_status"], table["s4030"]["total"]) == ("withdrawn", "")


def test_history_tells_the_most_tangled_story(decided):
    story = words(decided.grade("history", CARLA.id))
    assert f"{CARLA.id} · {CARLA.name} · section B 96 of 121 points" in story
    assert "perceptron, due 2026-11-02 23:59 (not counted) 5.4/38" in story
    assert "handed in, attempt 1 (the time was stated by hand)" in story
    assert "taken back by tom: +5 by tom (oops)" in story
    assert "tests 10; 3 days late, 1 of them free: −7.6" in story
    assert "convolution, due 2026-11-17 23:59, 1 day later than for others 32/40" in story
    assert "excused by tom (military service)" in story
    assert "refused: homework.rar is a RAR archive" in words(decided.grade("history", DAVID.id))


def test_no_line_is_wider_than_the_terminal(decided):
    assert max(len(line.rstrip()) for output in decided.outputs for line in output.splitlines()) <= 80
