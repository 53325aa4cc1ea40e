"""What is stored comes back as it was: adjustments, attempts, requests; forgetting leaves nothing."""

from datetime import UTC, datetime

import msgspec
import pytest

from grader.autograde.journal import AttemptJournal, Journal, Kept
from grader.errors import NotFoundError
from grader.gradebook.schema import TABLES_WITH_PEOPLE
from grader.gradebook.store import Gradebook
from grader.records import Status
from grader.records.grades import AdjustmentKind, Attempt
from grader.records.run import Change, RunFacts
from tests.gradebook.made import adjusted, graded, ungraded

NOW = datetime(2027, 2, 3, 10, 0, tzinfo=UTC)
LATER = datetime(2027, 2, 4, 10, 0, tzinfo=UTC)
EXTRA = adjusted("lines", AdjustmentKind.POINTS, 3, reason="question 2", by="tom", at=NOW)


@pytest.fixture
def book(tmp_path):
    with Gradebook(tmp_path / "journal.sqlite") as opened:
        yield opened


def test_adjustments_come_back_in_order(book):
    excuse = adjusted("waves", AdjustmentKind.EXCUSE, reason="ill", by="eva", at=LATER, number=2)
    book.adjust([EXTRA, excuse])
    assert book.adjustments() == (EXTRA, excuse)


def test_the_latest_that_holds_is_taken_back(book):
    book.adjust([EXTRA, msgspec.structs.replace(EXTRA, value=1)])
    assert book.undo("anna", "lines", "eva", LATER).value == 1
    first, second = book.adjustments()
    assert first.holds
    assert (second.holds, second.undone_by, second.undone_at) == (False, "eva", LATER)
    assert book.undo("anna", "lines", "eva", LATER).value == 3
    with pytest.raises(NotFoundError, match="nothing was adjusted for anna in lines"):
        book.undo("anna", "lines", "eva", LATER)


def test_attempts_come_back_and_are_replaced(book):
    first, second = Attempt("anna", "lines", 1), Attempt("anna", "lines", 2, NOW, "canvas", "anna_LATE.zip")
    other = Attempt("ben", "lines", 1, path="ben.zip")
    book.put_attempts([second, first, other])
    assert book.attempts() == (first, second, other)
    book.put_attempts([first])
    assert book.attempts() == (first, other)
    stated = msgspec.structs.replace(other, handed_in=LATER, source="times.csv")
    book.put_attempts([stated])
    book.put_attempts([other])
    assert book.attempts() == (first, stated), "a time that was stated once stays"


def test_results_of_earlier_attempts_are_kept_beside_the_newest(tmp_path):
    path = tmp_path / "journal.sqlite"
    attempts = [Attempt("anna", "lines", number, path=f"{number}.zip") for number in (1, 2)]
    first, second = graded("anna", "lines", 12).result, graded("anna", "lines", 9).result
    with Journal(path) as journal, Gradebook(path) as book:
        book.put_attempts(attempts)
        older = AttemptJournal(journal, 1)
        older.put(first, {"submission": "a"})
        older.put(ungraded("anna", "lines", Status.GRADER_ERROR).result)
        journal.put(second)
        assert older.get("anna", "lines") == Kept(first, {"submission": "a"})
        assert AttemptJournal(journal, 2).get("anna", "lines") is None
        assert journal.results() == (second,)
        assert book.older_results() == ((1, first),)
        book.put_attempts(attempts[:1])
        assert book.older_results() == (), "it is the newest now"


def test_requests_are_open_until_they_are_answered(book):
    number = book.ask("anna", "lines", "why is slope wrong?", NOW)
    assert [request.is_open for request in book.requests()] == [True]
    book.answer(number, "it is flipped", "tom", LATER)
    (request,) = book.requests()
    assert (request.is_open, request.answer, request.answered_by, request.answered_at) == (
        False,
        "it is flipped",
        "tom",
        LATER,
    )
    with pytest.raises(NotFoundError, match="no open request 1"):
        book.answer(number, "again", "tom", LATER)


def test_every_table_that_names_people_is_known_to_forgetting(tmp_path):
    with Gradebook(tmp_path / "journal.sqlite") as book:
        connection = book._file.connection
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        named = {
            name
            for name in tables
            for column in connection.execute(f"PRAGMA table_info({name})")
            if "student" in column
        }
    assert named == set(TABLES_WITH_PEOPLE)


def test_who_is_forgotten_is_in_no_table_and_not_in_the_file(tmp_path):
    path = tmp_path / "journal.sqlite"
    change = Change("annabel-the-first", "lines", "all", "1", "2", "x")
    with Journal(path) as journal, journal.noting(RunFacts("submissions", 2, 0), [("annabel-the-first", "lines")]):
        journal.put(graded("annabel-the-first", "lines", 12).result, changes=[change])
        journal.put(ungraded("annabel-the-first", "lines", Status.REJECTED).result)
        journal.put(graded("ben", "lines", 12).result)
    with Gradebook(path) as book:
        book.adjust([msgspec.structs.replace(EXTRA, student=name) for name in ("annabel-the-first", "ben")])
        of_ben = Attempt("ben", "lines", members=("annabel-the-first", "carl"))
        book.put_attempts([Attempt("annabel-the-first", "lines"), of_ben])
        book.ask("annabel-the-first", "lines", "why?", NOW)
        assert len(book.replaced_results("annabel-the-first")) == 1
        assert book.forget("annabel-the-first") == {
            "result": 1,
            "broken": 0,
            "earlier": 1,
            "change": 1,
            "adjustment": 1,
            "attempt": 1,
            "attempt_result": 0,
            "request": 1,
            "work": 1,
        }
        assert [one.student for one in book.adjustments()] == ["ben"]
        assert [(one.student, one.members) for one in book.attempts()] == [("ben", ("carl",))]
        for file in tmp_path.iterdir():
            assert b"annabel-the-first" not in file.read_bytes()
