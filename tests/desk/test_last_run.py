"""What the class report takes for the last run."""

from grader.autograde.journal import NAME, Journal
from grader.desk.class_files import ClassFiles
from grader.records.run import RunFacts
from tests.gradebook.made import graded
from tests.toy_course import make_course

FACTS = RunFacts("submissions", total=1, reused=0)


def test_it_begins_when_the_journal_says_and_is_unknown_before_the_first(tmp_path):
    course, out = make_course(tmp_path / "course"), tmp_path / "results"
    assert ClassFiles(course, out).last_run() == ""
    with Journal(out / NAME) as journal:
        journal.put(graded("anna", "lines", 12).result)
        assert ClassFiles(course, out).last_run() == ""
        with journal.noting(FACTS, [("anna", "lines")]):
            started = journal.progress().started
    assert ClassFiles(course, out).last_run() == started
