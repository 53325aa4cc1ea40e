"""`grade adjust`, `history` and `backup`, over results that a run has left."""

import csv
import json
import os
from datetime import UTC, datetime

import pytest

from grader.autograde.journal import Journal
from grader.course.registry import load_course
from grader.gradebook.store import Gradebook
from grader.records import Result, Status
from grader.records.grades import Attempt
from grader.records.run import Change, RunFacts
from grader.report.data_files import write_csv, write_json

ROSTER = "id,name,section,extra_days\nanna,Anna Adler,A,\nben,Ben Berg,B,1\n"


@pytest.fixture
def results(root, record):
    """Return the results folder of a class of two, one of them refused."""
    out = root / "results"
    graded = Result("anna", "lines", Status.GRADED, tests=(record(points=8, earned=5), record("residuals", points=2)))
    refused = Result("ben", "lines", Status.REJECTED, remark="line.py is a link")
    with Journal(out / "journal.sqlite") as journal:
        journal.put(graded, changes=[Change("anna", "lines", "slope", "3/8", "5/8", "the submission changed")])
        journal.put(refused)
    course = load_course(root)
    write_csv(course, [graded, refused], out)
    write_json(course, [graded, refused], out)
    return out


def cells(results, name):
    with (results / "results.csv").open(encoding="utf-8") as file:
        return {row["student"]: row[name] for row in csv.DictReader(file)}


def test_points_by_hand_stand_in_every_table(run_in, root, results):
    done = run_in(root, "adjust", "anna", "lines", "--points", "+2", "--reason", "question 2", "--by", "tom")
    assert done.exit_code == 0, done.output
    assert done.output.splitlines() == [
        "anna lines: +2 by tom (question 2)",
        "  7/10 → 9/10",
        "written anew: results.csv, results.json in results",
    ]
    assert cells(results, "lines_final") == {"anna": "9.00", "ben": ""}
    assert cells(results, "lines")["anna"] == "7.00"
    assert cells(results, "lines_by_hand")["anna"] == "'+2 by tom (question 2)"
    document = json.loads((results / "results.json").read_text(encoding="utf-8"))
    assert document["students"][0]["final"]["lines"]["final"] == 9.0


def test_points_may_be_taken_and_more_than_the_maximum_is_a_bonus(run_in, root, results):
    run_in(root, "adjust", "anna", "lines", "--points", "-3", "--reason", "copied")
    assert cells(results, "lines_final")["anna"] == "4.00"
    run_in(root, "adjust", "anna", "lines", "--points", "90", "--bonus", "1.5", "--reason", "found a mistake of ours")
    assert cells(results, "lines_final")["anna"] == "11.50"


def test_a_refused_hand_in_may_be_set_or_excused_and_an_undo_brings_it_back(run_in, root, results):
    done = run_in(root, "adjust", "ben", "lines", "--set", "6", "--reason", "looked at it myself")
    assert "refused → 6/10" in done.output
    done = run_in(root, "adjust", "ben", "lines", "--excuse", "--reason", "ill")
    assert "6/10 → excused" in done.output
    done = run_in(root, "adjust", "ben", "lines", "--undo", "--by", "eva")
    assert "taken back: excused" in done.output
    assert "excused → 6/10" in done.output
    done = run_in(root, "adjust", "ben", "lines", "--comment", "well tried")
    assert "6/10, as before" in done.output


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (
            ["anne", "lines", "--points", "1", "--reason", "x"],
            'no student "anne" in the roster or the results; did you',
        ),
        (["anna", "lime", "--points", "1", "--reason", "x"], 'no unit "lime"'),
        (["anna", "lines", "--points", "1"], "needs its reason"),
        (["anna", "lines"], "nothing to adjust"),
        (["anna", "lines", "--undo"], "nothing was adjusted for anna in lines"),
        (["anna", "lines", "--undo", "--points", "3"], "decides nothing itself"),
        (["anna", "lines", "--set", "-3", "--reason", "x"], "--set"),
        (["anna", "lines", "--extend", "-3", "--reason", "x"], "--extend"),
        (["anna", "lines", "--points", "nan", "--reason", "x"], "not a number"),
    ],
)
def test_a_decision_that_cannot_be_meant_changes_nothing(run_in, root, results, arguments, what):
    done = run_in(root, "adjust", *arguments)
    assert done.exit_code == 2
    assert what in " ".join(done.output.split())
    with Gradebook(results / "journal.sqlite") as book:
        assert book.adjustments() == ()


def test_a_decision_may_come_before_the_first_grading(run_in, root):
    (root / "roster.csv").write_text(ROSTER, encoding="utf-8")
    done = run_in(root, "adjust", "ben", "lines", "--extend", "3", "--reason", "ill")
    assert done.exit_code == 0
    assert "due 3 days later" in done.output
    assert "not graded yet" in done.output


def test_who_is_in_the_roster_only_gets_a_row(run_in, root, results):
    (root / "roster.csv").write_text(f"{ROSTER}carl,Carl Cohn,A,\n", encoding="utf-8")
    run_in(root, "adjust", "carl", "lines", "--comment", "never seen")
    assert cells(results, "lines_final") == {"anna": "7.00", "ben": "", "carl": "0.00"}
    assert cells(results, "name")["carl"] == "Carl Cohn"


def test_history_is_the_whole_story(run_in, root, results):
    (root / "roster.csv").write_text(ROSTER, encoding="utf-8")
    with Gradebook(results / "journal.sqlite") as book:
        book.put_attempts([Attempt("anna", "lines", 1, datetime(2026, 2, 1, 20, 0, tzinfo=UTC), "canvas", "a.zip")])
    run_in(root, "adjust", "anna", "lines", "--points", "2", "--reason", "question 2", "--by", "tom")
    run_in(root, "adjust", "anna", "lines", "--points", "1", "--reason", "oops", "--by", "tom")
    run_in(root, "adjust", "anna", "lines", "--undo", "--by", "eva")
    done = run_in(root, "history", "anna")
    assert done.exit_code == 0, done.output
    lines = [line.strip() for line in done.output.splitlines()]
    assert lines[0].split() == [*("anna", "·", "Anna", "Adler", "·", "section", "A"), *("9", "of", "10", "points")]
    texts = [line[18:] for line in lines[4:]]
    assert lines[1] == "times of UTC"
    assert lines[3].split() == ["lines", "9/10"]
    assert set(texts[:2]) == {
        "handed in, attempt 1 (the time is canvas's)",
        "slope 3/8 → 5/8, because the submission changed",
    }
    assert texts[2:5] == ["+2 by tom (question 2)", "+1 by tom (oops)", "taken back by eva: +1 by tom (oops)"]
    assert lines[-1] == "tests 7"
    assert max(map(len, done.output.splitlines())) <= 80


def test_history_tells_when_a_unit_was_due_in_the_courses_zone_and_why_it_is_refused(run_in, root, results):
    (root / "roster.csv").write_text(ROSTER, encoding="utf-8")
    rules = '[grading]\nzone = "Europe/Berlin"\n[due]\nlines = 2026-02-01T23:59:00\n[late]\npercent_per_day = 10\n'
    (root / "course.toml").write_text((root / "course.toml").read_text() + rules)
    with Gradebook(results / "journal.sqlite") as book:
        book.put_attempts([Attempt("ben", "lines", 1, datetime(2026, 2, 1, 23, 30, tzinfo=UTC), "times", "b.zip")])
    run_in(root, "adjust", "ben", "lines", "--extend", "2", "--reason", "ill", "--by", "tom")
    done = run_in(root, "history", "ben")
    lines = [" ".join(line.split()) for line in done.output.splitlines()]
    assert lines[1] == "times of Europe/Berlin"
    assert lines[3] == "lines, due 2026-02-04 23:59, 3 days later than for others refused"
    assert lines[4] == "2026-02-02 00:30 handed in, attempt 1 (the time was stated by hand)"
    assert "refused: line.py is a link" in done.output


def test_history_of_nobody_names_the_nearest(run_in, root, results):
    done = run_in(root, "history", "bem")
    assert done.exit_code == 2
    assert 'did you mean "ben"?' in " ".join(done.output.split())


def test_a_backup_can_be_read_and_is_never_overwritten(run_in, root, results):
    run_in(root, "adjust", "anna", "lines", "--points", "2", "--reason", "question 2")
    done = run_in(root, "backup", "copy.sqlite")
    assert done.output.splitlines() == [
        "written and checked: copy.sqlite",
        f"to restore it, copy it to {os.path.join('results', 'journal.sqlite')}",  # noqa: PTH118
    ]
    with Gradebook(root / "copy.sqlite", read_only=True) as book:
        assert len(book.adjustments()) == 1
    again = run_in(root, "backup", "copy.sqlite")
    assert again.exit_code == 2
    assert "exists already" in again.output
    assert run_in(root, "backup").exit_code == 0
    assert len(list(results.glob("backup-*.sqlite"))) == 1


def test_without_a_class_there_is_nothing_to_copy(run_in, root):
    assert run_in(root, "backup").exit_code == 2


def test_a_decision_whose_tables_cannot_be_written_is_stored_and_said_to_be(run_in, root, results, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("grader.atomic.os.fsync", full)
        done = run_in(root, "adjust", "anna", "lines", "--points", "2", "--reason", "question 2")
    assert done.exit_code == 2
    assert "the decision is stored, but the tables are not written" in " ".join(done.output.split())
    assert "do not decide again" in done.output
    run_in(root, "adjust", "anna", "lines", "--comment", "later")
    assert cells(results, "lines_final")["anna"] == "9.00"


def test_a_decision_waits_for_nobody_while_a_run_grades(run_in, root, results):
    with Journal(results / "journal.sqlite"):
        done = run_in(root, "adjust", "anna", "lines", "--points", "2", "--reason", "question 2")
    assert done.exit_code == 0, done.output
    assert cells(results, "lines_final")["anna"] == "9.00"


def test_requests_are_a_list_that_is_worked_off(run_in, root, results):
    assert run_in(root, "requests").output == "no open requests\n"
    done = run_in(root, "requests", "add", "anna", "lines", "slope is right, I think")
    assert done.output.startswith("request 1 is open")
    assert "anna lines: slope is right, I think" in run_in(root, "requests").output
    assert run_in(root, "requests", "close", "1", "it is: +1", "--by", "tom").exit_code == 0
    assert run_in(root, "requests").output == "no open requests\n"
    assert "tom: it is: +1" in run_in(root, "requests", "--all").output
    assert "answered by tom: it is: +1" in run_in(root, "history", "anna").output
    again = run_in(root, "requests", "close", "1", "no")
    assert again.exit_code == 2
    assert run_in(root, "requests", "add", "nobody", "lines", "why?").exit_code == 2


def test_a_roster_is_checked_with_lines(run_in, root, results):
    (root / "roster.csv").write_text("id,mail,extra_days\nAnna,x,two\nben,y,\nzoe,z,\n", encoding="utf-8")
    done = run_in(root, "roster", "check")
    assert done.exit_code == 1
    assert " ".join(done.output.split()) == (
        'roster.csv, line 1: the column "mail" is not used; did you mean "email"? '
        'roster.csv, line 2: extra_days "two" is no whole number of days (nobody is graded before it is mended) '
        '"anna" handed in and is not in roster.csv: "Anna" in line 2 differs in case, blanks or Unicode form '
        "2 in the roster without a hand-in: Anna, zoe "
        "roster.csv: 3 people, 2 to mend"
    )
    (root / "roster.csv").write_text(ROSTER, encoding="utf-8")
    done = run_in(root, "roster", "check")
    assert (done.exit_code, done.output) == (0, "roster.csv: 2 people, 0 to mend\n")


def test_a_roster_is_compared_with_submissions(run_in, root):
    (root / "class.csv").write_text("id,canvas_id\nanna,1001\n", encoding="utf-8")
    for name in ("anna", "bert"):
        (root / "submissions" / name / "lines").mkdir(parents=True)
        (root / "submissions" / name / "lines" / "line.py").write_text("", encoding="utf-8")
    done = run_in(root, "roster", "check", "class.csv", "--submissions", "submissions")
    assert done.exit_code == 1
    assert '"bert" handed in and is not in class.csv' in done.output


def test_a_roster_that_leaves_open_who_somebody_is_stops_every_command(run_in, root, results):
    (root / "roster.csv").write_text("id\nanna\nanna\n", encoding="utf-8")
    done = run_in(root, "adjust", "anna", "lines", "--points", "1", "--reason", "x")
    assert done.exit_code == 2
    assert "roster.csv, line 3" in done.output


def test_who_is_forgotten_is_in_no_file(run_in, root, results):
    (root / "roster.csv").write_text(ROSTER, encoding="utf-8")
    for name in ("anna", "ben"):
        (root / "submissions" / name / "lines").mkdir(parents=True)
        (root / "submissions" / name / "lines" / "line.py").write_text(f"# {name}\n", encoding="utf-8")
    run_in(root, "adjust", "anna", "lines", "--points", "2", "--reason", "question 2")
    with Journal(results / "journal.sqlite") as journal, journal.noting(RunFacts("x", 2, 0), [("anna", "lines")]):
        pass  # a run notes what it is going to grade
    done = run_in(root, "forget", "anna", "--submissions", "submissions", "--yes")
    assert done.exit_code == 0, done.output
    assert [line for line in done.output.splitlines() if line.startswith("removed")] == [
        "removed from results/journal.sqlite: 1 results",
        "removed from results/journal.sqlite: 1 changes of grades",
        "removed from results/journal.sqlite: 1 adjustments",
        "removed from results/journal.sqlite: 1 units that the latest run grades",
        "removed from roster.csv: the person's row",
        "removed from submissions/anna: what was handed in",
    ]
    kept = [path for path in root.rglob("*") if path.is_file() and path.suffix in (".csv", ".json", ".sqlite", ".py")]
    mentions = [path.name for path in kept if b'"anna"' in path.read_bytes() or b"anna," in path.read_bytes()]
    assert mentions == []
    assert cells(results, "student") == {"ben": "ben"}
    assert (root / "roster.csv").read_text(encoding="utf-8") == "id,name,section,extra_days\nben,Ben Berg,B,1\n"
    assert (root / "submissions" / "ben" / "lines" / "line.py").is_file()
    assert run_in(root, "history", "anna").exit_code == 2


def test_nobody_is_forgotten_without_a_yes_or_during_a_run(run_in, root, results):
    assert run_in(root, "forget", "anna").exit_code == 130
    with Journal(results / "journal.sqlite"):
        done = run_in(root, "forget", "anna", "--yes")
    assert done.exit_code == 2
    assert "another run is writing" in done.output
    assert cells(results, "student") == {"anna": "anna", "ben": "ben"}


QUESTIONS = "\n[questions]\nlines = { explain = 5 }\n"


def test_a_rubric_gives_points_or_nothing(run_in, root, results):
    registry = root / "course.toml"
    registry.write_text(registry.read_text(encoding="utf-8") + QUESTIONS, encoding="utf-8")
    run_in(root, "adjust", "anna", "lines", "--comment", "x")
    assert (cells(results, "lines_final")["anna"], cells(results, "lines_status")["anna"]) == ("", "open")
    (root / "points.csv").write_text(
        "student,unit,question,points,comment\n"
        "anna,lines,explain,4.5,clear\nann,lines,explain,1,\nanna,lines,explian,1,\nanna,lines,explain,6,\n"
        "anna,counting,x,1,\n",
        encoding="utf-8",
    )
    done = run_in(root, "rubric", "points.csv")
    assert done.exit_code == 2
    text = " ".join(done.output.split())
    assert 'line 3: there is no student "ann"; did you mean "anna"?' in text
    assert 'line 4: lines has no question "explian"; did you mean "explain"?' in text
    assert 'line 5: "6" are no points between 0 and 5' in text
    assert 'line 6: no question of "counting"' in text
    assert cells(results, "lines_final")["anna"] == ""
    (root / "points.csv").write_text("student;unit;question;points\nanna;lines;explain;4.5\n", encoding="utf-8")
    done = run_in(root, "rubric", "points.csv", "--by", "tom")
    assert done.output.startswith("stored: the points of 1 question of 1 students")
    assert cells(results, "lines_final")["anna"] == "11.50"
    assert "explain: 4.5 by tom" in run_in(root, "history", "anna").output


@pytest.mark.parametrize(
    ("command", "what", "next_command"),
    [
        (("roster", "check"), "there is no roster: roster.csv", "grade roster check FILE"),
        (("history", "anna"), "neither roster nor results are there yet", "grade autograde SUBMISSIONS"),
        (("adjust", "anna", "lines", "--points", "1", "--reason", "x"), "neither roster nor", "grade autograde"),
        (("forget", "anna", "--yes"), "neither roster nor results", "grade autograde SUBMISSIONS"),
        (("backup",), "there is nothing to copy", "grade autograde SUBMISSIONS"),
        (("export", "csv"), "there are no results in", "grade autograde SUBMISSIONS"),
    ],
)
def test_before_anything_is_graded_an_error_names_the_next_command(run_in, root, command, what, next_command):
    done = run_in(root, *command)
    assert done.exit_code == 2
    assert what in " ".join(done.output.split())
    assert next_command in " ".join(done.output.split())
