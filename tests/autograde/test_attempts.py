"""Several attempts of one person: the newest counts, or the best one if the course says so."""

import pytest

from grader.autograde import run
from grader.autograde.journal import NAME, Journal
from grader.autograde.run import autograde
from grader.course.registry import load_course
from grader.gradebook.book import class_book
from grader.records import TestRecord, Timing, Verdict
from grader.records.run import Finished
from tests.toy_course import make_course, write

TASKS = "def slope(x, y): ...\n\n\ndef residuals(x, y): ...\n"
BEST = '\n[grading]\nattempts = "best"\n'


class Judge:
    """Gives each task's one test as many points as the file's first line says."""

    notes = ()

    def __init__(self):
        self.asked = []

    def grade(self, job, on_record):
        earned = float(next(iter(job.submission.files.values())).split()[1])
        self.asked.append(earned)
        for task in ("slope", "residuals"):
            on_record(TestRecord(job.unit, task, f"x.test_{task}", "t", True, 2.0, earned, Verdict.PASSED))
        return Timing()

    def suite_faults(self):
        return ()

    def close(self):
        pass


@pytest.fixture
def judge(monkeypatch):
    stub = Judge()
    monkeypatch.setattr(run, "open_judge", lambda *asked: stub)
    return stub


@pytest.fixture
def folder(tmp_path):
    for day, earned in ((2, "2"), (3, "1")):
        write(tmp_path / f"inbound/ada+lines+2026-11-0{day} 10:00:00 UTC+x/line.py", f"# {earned}\n{TASKS}")
    return tmp_path / "inbound"


@pytest.fixture
def grade(tmp_path, folder, judge):
    root = make_course(tmp_path / "toy").root

    def start(rules=""):
        path = root / "course.toml"
        path.write_text(path.read_text(encoding="utf-8").replace(BEST, "") + rules, encoding="utf-8")
        events = []
        outcome = autograde(
            load_course(root), folder, out=tmp_path / "out", jobs=1, units=["lines"], on_event=events.append
        )
        (grade,) = class_book(tmp_path / "out").grades(load_course(root), outcome.everybody)
        return grade.units["lines"], [event for event in events if isinstance(event, Finished)]

    return start


def test_the_newest_counts_and_the_other_is_not_graded(grade, judge):
    unit, _ = grade()
    assert (unit.final, unit.attempt.number, unit.attempt.handed_in.day) == (2, 2, 3)
    assert judge.asked == [1]


def test_the_best_counts_where_the_course_says_so(grade, judge, tmp_path):
    unit, finished = grade(BEST)
    assert (unit.final, unit.attempt.number, unit.attempt.handed_in.day) == (4, 1, 2)
    assert unit.notes == ("attempt 1 of 2 counts, it is the best",)
    assert judge.asked == [2, 1]
    assert len(finished) == 2
    with Journal(tmp_path / "out" / NAME, read_only=True) as journal:
        assert [result.earned for result in journal.results()] == [2], "the journal's result is the newest one's"


def test_an_attempt_is_graded_once(grade, judge):
    grade(BEST)
    unit, finished = grade(BEST)
    assert judge.asked == [2, 1]
    assert (unit.final, finished) == (4, [])


def test_another_rule_needs_no_grading(grade, judge):
    grade(BEST)
    unit, _ = grade()
    assert (unit.final, judge.asked) == (2, [2, 1])


def test_the_roster_s_ids_name_the_people_of_a_download(tmp_path, judge):
    root = make_course(tmp_path / "toy").root
    write(tmp_path / "canvas/lovelaceada_1234_5678_line.py", f"# 1\n{TASKS}")
    write(tmp_path / "canvas/hoppergrace_LATE_1235_5679_line.py", f"# 1\n{TASKS}")
    (tmp_path / "roster.csv").write_text("id,canvas_id\nada,1234\nzoe,99\n", encoding="utf-8")
    outcome = autograde(load_course(root), tmp_path / "canvas", out=tmp_path / "out", jobs=1, units=["lines"])
    assert [result.student for result in outcome.everybody] == ["ada", "hoppergrace_1235"]
    grades = class_book(tmp_path / "out").grades(load_course(root), outcome.everybody)
    assert {grade.person.id: grade.units["lines"].final for grade in grades} == {
        "ada": 2,
        "hoppergrace_1235": 2,
        "zoe": 0,
    }
