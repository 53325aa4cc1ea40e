"""`grade similar`: pairs of a class in the terminal and on a page, and nothing of it in anybody's feedback."""

import pytest

from grader.records import Result, Status
from grader.report.data_files import write_json
from grader.similar import engines
from tests.similar.disguises import combined
from tests.similar.test_comparison import ORIGINAL, OTHER
from tests.similar.windows import Windows


@pytest.fixture
def submissions(root, course, record, monkeypatch):
    """Return a class in which cem copied from ada; it is graded, and compared by a small engine."""
    monkeypatch.setattr(engines, "engine_for", lambda *arguments: Windows())
    for student, text in (("ada", ORIGINAL), ("ben", OTHER), ("cem", combined(ORIGINAL))):
        folder = root / "submissions" / student / "lines"
        folder.mkdir(parents=True)
        (folder / "line.py").write_text(text, encoding="utf-8")
    graded = [Result(student, "lines", Status.GRADED, tests=(record(),)) for student in ("ada", "ben", "cem")]
    write_json(course, graded, root / "results")
    return root / "submissions"


def test_a_pair_is_listed_and_the_class_report_leads_there(run_in, root, submissions):
    done = run_in(root, "similar", "submissions")
    assert done.exit_code == 0, done.stderr
    assert "1 pair shares code that few others have" in done.output
    assert "lines: ada and cem" in done.output
    assert "a person, no verdict" in " ".join(done.output.split())
    assert "written: results/report/similar.html" in done.output
    assert run_in(root, "report").exit_code == 0
    assert 'href="similar.html"' in (root / "results" / "report" / "class.html").read_text(encoding="utf-8")


def test_pseudonyms_and_ids_never_lead_to_each_other(run_in, root, submissions):
    assert run_in(root, "report").exit_code == 0
    done = run_in(root, "similar", "submissions", "--pseudonyms")
    assert done.exit_code == 0, done.stderr
    assert "ada" not in done.output
    page = (root / "results" / "report" / "similar-pseudonyms.html").read_text(encoding="utf-8")
    assert "ada" not in page
    assert run_in(root, "similar", "submissions").exit_code == 0
    assert run_in(root, "report", "--pseudonyms").exit_code == 0
    report = (root / "results" / "report" / "class.html").read_text(encoding="utf-8")
    assert 'href="similar-pseudonyms.html"' in report
    assert 'href="similar.html"' not in report


def test_nothing_of_it_is_in_a_students_feedback(run_in, root, submissions):
    assert run_in(root, "feedback", "--out", "before", "--level", "everything").exit_code == 0
    assert run_in(root, "similar", "submissions").exit_code == 0
    assert run_in(root, "feedback", "--out", "after", "--level", "everything").exit_code == 0
    before, after = files(root / "before"), files(root / "after")
    assert before == after
    assert len(after) == 6
    assert not any(b"similar" in data.lower() for data in after.values())


def files(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.*")}


def test_an_earlier_class_is_named_by_its_folder(run_in, root, submissions):
    folder = root / "2026" / "submissions" / "eli" / "lines"
    folder.mkdir(parents=True)
    (folder / "line.py").write_text(OTHER, encoding="utf-8")
    done = run_in(root, "similar", "submissions", "--earlier", "2026/submissions")
    assert "lines: ben and eli (2026/submissions)" in done.output


def test_results_are_no_hand_ins(run_in, root, submissions):
    (root / "results" / "journal.sqlite").touch()
    done = run_in(root, "similar", "results")
    assert done.exit_code != 0
    assert "grade similar SUBMISSIONS --results results" in " ".join(done.stderr.split())


def test_without_an_engine_the_next_command_is_said(run_in, root, monkeypatch):
    monkeypatch.setattr(engines, "dolos_place", lambda folders: None)
    monkeypatch.setattr(engines, "copydetect_place", lambda: None)
    done = run_in(root, "similar", "submissions")
    assert done.exit_code != 0
    assert "neither Dolos' library nor copydetect" in " ".join(done.stderr.split())
    assert 'pip install "deepgrade[similar]"' in done.stderr
