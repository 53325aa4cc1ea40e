"""`grade feedback`: pages for each student, and archives for platforms."""

import zipfile
from datetime import UTC, datetime

import pytest

from grader.autograde.journal import NAME, Journal
from grader.gradebook.book import database_path
from grader.gradebook.store import Gradebook
from grader.records import Result, Status, Verdict
from grader.records.grades import Attempt
from grader.records.run import RunFacts
from grader.report.data_files import write_json


@pytest.fixture
def results(root, course, record):
    tests = (
        record(points=3),
        record(title="holds", verdict=Verdict.FAILED, hidden=True, points=2, message="raised Seen: 77", printed="77"),
    )
    graded = [Result(student, "lines", Status.GRADED, tests=tests) for student in ("ada", "cem")]
    write_json(course, graded, root / "results")
    (root / "roster.csv").write_text("id,name\nada,Ada Obi\ncem,\n", encoding="utf-8")
    now = datetime(2027, 1, 1, tzinfo=UTC)
    with Gradebook(database_path(root / "results")) as book:
        book.put_attempts([Attempt("ada", "lines", 1, now, "canvas", "obiada_12_34_lines.zip")])
    return root / "results"


def test_each_student_gets_a_page_and_a_text(run_in, root, results):
    done = run_in(root, "feedback")
    assert done.exit_code == 0, done.stderr
    assert "written: 2 pages of 2 students in results/feedback" in done.output
    page = (results / "feedback" / "ada" / "lines.html").read_text(encoding="utf-8")
    assert "Ada Obi (ada)" in page
    assert "77" not in page.replace("&#3", "")
    assert "77" not in (results / "feedback" / "cem" / "lines.md").read_text(encoding="utf-8")


def test_a_level_may_be_chosen_for_one_student(run_in, root, results):
    done = run_in(root, "feedback", "--student", "cem", "--level", "everything", "--out", "pages")
    assert done.exit_code == 0, done.stderr
    assert [path.name for path in (root / "pages").iterdir()] == ["cem"]
    assert "77" in (root / "pages" / "cem" / "lines.md").read_text(encoding="utf-8")


def test_an_archive_has_who_handed_in_there_and_the_others_are_named(run_in, root, results):
    done = run_in(root, "feedback", "--zip", "canvas")
    assert done.exit_code == 3
    assert "cem (lines)" in " ".join(done.output.split())
    with zipfile.ZipFile(results / "feedback" / "lines-canvas.zip") as archive:
        assert archive.namelist() == ["obiada_12_34_feedback.html"]


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["--student", "adda"], 'there is no student "adda"'),
        (["--unit", "line"], 'did you mean "lines"'),
        (["nowhere"], "there are no results in"),
    ],
)
def test_what_is_missing_is_named_with_the_next_command(run_in, root, results, arguments, what):
    done = run_in(root, "feedback", *arguments)
    assert done.exit_code == 2
    assert what in " ".join(done.stderr.split())
    assert "try:" in done.stderr


def test_the_class_report_leads_to_a_page_of_each_student_with_hidden_tests(run_in, root, results):
    done = run_in(root, "report")
    assert done.exit_code == 0, done.stderr
    assert "written: results/report/class.html" in done.output
    page = (results / "report" / "class.html").read_text(encoding="utf-8")
    assert 'href="ada/lines.html"' in page
    assert "raised Seen: 77" in (results / "report" / "ada" / "lines.html").read_text(encoding="utf-8")


def test_a_report_by_pseudonyms_has_no_page_of_anybody(run_in, root, results):
    done = run_in(root, "report", "--pseudonyms", "--out", "hall")
    assert done.exit_code == 0, done.stderr
    assert [path.name for path in (root / "hall").iterdir()] == ["class.html"]
    assert "ada" not in (root / "hall" / "class.html").read_text(encoding="utf-8").replace("readable", "")


@pytest.fixture
def handed_in(root, results):
    """Return the hand-ins of the latest run: one that is right, and one that is not written."""
    solution = (root / "solutions" / "lines" / "line.py").read_text(encoding="utf-8")
    stub = (root / "exercises" / "lines" / "line.py").read_text(encoding="utf-8")
    for student, text in {"ada": solution, "cem": stub}.items():
        folder = root / "hand in" / student / "lines"
        folder.mkdir(parents=True)
        (folder / "line.py").write_text(text, encoding="utf-8")
    facts = RunFacts(str(root / "hand in"), total=2, reused=0)
    with Journal(results / NAME) as journal, journal.noting(facts, []):
        pass
    return root / "hand in"


def test_milestones_are_drawn_once_and_kept(run_in, root, results, handed_in):
    first, again = run_in(root, "feedback", "--pictures"), run_in(root, "feedback", "--pictures", "--minutes", "0")
    assert first.exit_code == again.exit_code == 0, first.output + first.stderr
    assert "milestones: 2 drawn, 0 kept from before, 1 without a picture" in " ".join(first.output.split())
    assert "milestones: 0 drawn, 2 kept from before" in " ".join(again.output.split())
    pages = results / "feedback"
    assert (pages / "ada" / "lines.png").read_bytes().startswith(b"\x89PNG")
    assert 'src="data:image/png;base64,' in (pages / "ada" / "lines.html").read_text(encoding="utf-8")
    assert "![1805: least squares](lines.png)" in (pages / "ada" / "lines.md").read_text(encoding="utf-8")
    assert "<svg" not in (pages / "ada" / "lines.html").read_text(encoding="utf-8")
    missing = (pages / "cem" / "lines.html").read_text(encoding="utf-8")
    assert "1805: least squares: no picture yet." in missing
    assert "slope" in missing.partition("no picture yet.")[2].partition("</p>")[0]


def test_a_budget_that_is_used_up_leaves_milestones_for_the_next_time(run_in, root, results, handed_in):
    done = run_in(root, "feedback", "--pictures", "--minutes", "0")
    assert done.exit_code == 0, done.stderr
    assert "2 left out when 0 minutes were used up: the same command goes on" in " ".join(done.output.split())
    assert "for lack of time" in (results / "feedback" / "ada" / "lines.html").read_text(encoding="utf-8")


def test_pictures_need_the_hand_ins_of_the_latest_run(run_in, root, results):
    done = run_in(root, "feedback", "--pictures")
    assert done.exit_code == 2
    assert "the hand-ins that the milestones are drawn from are not there" in " ".join(done.stderr.split())
    assert "try: grade autograde SUBMISSIONS" in " ".join(done.stderr.split())
