"""The journal: what is put is there for good; what is no journal is told, and never overwritten."""

import contextlib
import sqlite3

import msgspec
import pytest

from grader.autograde.journal import Journal, JournalError
from grader.errors import NoRoomError
from grader.gradebook.database import is_locked
from grader.records import Cause, CauseKind, Feedback, Result, Speed, Status, TestRecord, Verdict
from grader.records.run import Change, RunFacts

RECORD = TestRecord(
    unit="lines",
    task="slope",
    test="line.test_slope",
    title="slope",
    hidden=True,
    points=3.0,
    earned=1.5,
    verdict=Verdict.FAILED,
    feedback=Feedback(message="größer \x1b[31m", where=("line.py, line 3: x",)),
)
RESULT = Result("s001", "lines", Status.GRADED, tests=(RECORD,), key="k1")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "out" / "journal.sqlite"


def test_what_was_put_is_there_after_reopening(path):
    with Journal(path) as journal:
        journal.put(RESULT)
    with Journal(path) as journal:
        assert journal.get("s001", "lines").result == RESULT
        assert journal.get("s001", "counts") is None


def test_a_second_result_takes_the_place_of_the_first(path):
    later = Result("s001", "lines", Status.REJECTED, remark="too large", key="k2")
    with Journal(path) as journal:
        journal.put(RESULT)
        journal.put(later)
        assert journal.get("s001", "lines").result == later


def test_every_commit_reaches_the_disk(path):
    with Journal(path) as journal:
        mode, synchronous = (
            journal._database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")
        )
    assert (mode, synchronous) == ("wal", 2)


@pytest.mark.parametrize("content", [b"not a database at all, but long enough to be looked at" * 10, b"\x00" * 4096])
def test_a_damaged_file_is_told_and_left_as_it_is(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(JournalError, match=r"journal\.sqlite is damaged") as caught:
        Journal(path)
    assert caught.value.hint.startswith("move it away")
    assert path.read_bytes() == content


def read_all(path):
    with Journal(path) as journal:
        return [journal.get(f"s{number:03d}", "lines") for number in range(200)]


def test_damage_in_the_middle_is_told(path):
    with Journal(path) as journal:
        for number in range(200):
            journal.put(Result(f"s{number:03d}", "lines", Status.GRADED, tests=(RECORD,)))
    content = bytearray(path.read_bytes())
    content[4096 : len(content) - 4096] = b"\xff" * (len(content) - 8192)
    path.write_bytes(content)
    with pytest.raises(JournalError, match="is damaged"):
        read_all(path)


def test_a_record_that_cannot_be_read_is_damage(path):
    with Journal(path) as journal:
        journal.put(RESULT)
        journal._database.execute("UPDATE result SET record = '{}'")
        with pytest.raises(JournalError, match="is damaged"):
            journal.get("s001", "lines")


def test_another_programs_database_is_left_alone(path):
    path.parent.mkdir()
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE gradebook (grade)")
    database.close()
    before = path.read_bytes()
    with pytest.raises(JournalError, match="is not a journal"):
        Journal(path)
    assert path.read_bytes() == before


def test_a_journal_of_a_newer_version_is_refused(path):
    with Journal(path) as journal:
        journal._database.execute("PRAGMA user_version=99")
    with pytest.raises(JournalError, match="newer version"):
        Journal(path)


def test_one_run_at_a_time(path):
    with Journal(path), pytest.raises(JournalError, match="another run is writing"):
        Journal(path)


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="cannot be made"):
        Journal(tmp_path / "file" / "journal.sqlite")


def test_a_journal_that_is_a_folder_is_told(path):
    path.mkdir(parents=True)
    with pytest.raises(JournalError, match="cannot be used"):
        Journal(path)


TIMED = TestRecord(
    *("lines", "slope", "line.fast", "fast", True, 3.0, 3.0, Verdict.PASSED),
    speed=Speed(0.5, 0.4, 0.6, 9, "one thread", "gold", 0.1, 0.2),
)
LIKELY = TestRecord(
    *("lines", "slope", "line.other", "other", False, 2.0, 0.5, Verdict.FAILED), Feedback(likely="It is flipped.")
)


def ask(path, query):
    """Ask as a person with `sqlite3` does, in a connection of its own."""
    with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
        return database.execute(query).fetchall()


def test_anybody_may_read_while_a_run_writes(path):
    with Journal(path) as journal:
        journal.put(RESULT)
        assert ask(path, "SELECT student, verdict, earned FROM tests") == [("s001", "failed", 1.5)]
        with Journal(path, read_only=True) as reader:
            assert reader.results() == (RESULT,)
        journal.put(Result("s002", "lines", Status.GRADED, tests=(RECORD,)))
        assert ask(path, "SELECT count(*) FROM tests") == [(2,)]


def test_three_views_answer_what_people_ask(path):
    with Journal(path) as journal:
        journal.put(Result("s001", "lines", Status.GRADED, tests=(RECORD, TIMED, LIKELY)))
    assert ask(path, "SELECT test, hidden, points, likely FROM tests") == [
        ("line.test_slope", 1, 3.0, ""),
        ("line.fast", 1, 3.0, ""),
        ("line.other", 0, 2.0, "It is flipped."),
    ]
    assert ask(path, "SELECT student, task, ratio, low, high, tier, device FROM speeds") == [
        ("s001", "slope", 0.5, 0.4, 0.6, "gold", "one thread")
    ]
    assert ask(path, "SELECT student, unit, task, misconception, tests, lost FROM misconceptions") == [
        ("s001", "lines", "slope", "It is flipped.", 1, 1.5)
    ]


def test_a_journal_of_the_first_form_keeps_its_results(path):
    path.parent.mkdir()
    with contextlib.closing(sqlite3.connect(path)) as old:
        old.execute("PRAGMA application_id=0x64677264")
        old.execute("PRAGMA user_version=1")
        old.execute("CREATE TABLE result (student TEXT, unit TEXT, key TEXT, record BLOB, PRIMARY KEY (student, unit))")
        old.execute("INSERT INTO result VALUES ('s001', 'lines', 'k1', ?)", (msgspec.json.encode(RESULT),))
        old.commit()
    with Journal(path) as journal:
        assert journal.results() == (RESULT,)
        assert journal.units() == {"lines"}
    assert ask(path, "SELECT verdict FROM tests") == [("failed",)]


def test_a_record_of_before_there_were_causes_is_read_and_a_cause_comes_back(path):
    known = msgspec.structs.replace(RECORD.feedback, cause=Cause(CauseKind.SYNTAX_ERROR, "line.py", 3))
    caused = msgspec.structs.replace(RESULT, unit="counts", tests=(msgspec.structs.replace(RECORD, feedback=known),))
    assert b"cause" not in msgspec.json.encode(RESULT)
    with Journal(path) as journal:
        journal.put(RESULT)
        journal.put(caused)
        assert journal.results() == (caused, RESULT)


def test_a_full_disk_is_told_and_loses_nothing(path):
    with Journal(path) as journal:
        journal.put(RESULT)
        journal._database.execute(
            f"PRAGMA max_page_count={journal._database.execute('PRAGMA page_count').fetchone()[0]}"
        )
        large = msgspec.structs.replace(RESULT, student="s002", remark="x" * 100_000)
        with pytest.raises(NoRoomError, match="no room left on the disk") as caught:
            journal.put(large)
        assert caught.value.hint == "make room, the same command goes on"
        assert journal.results() == (RESULT,)
        journal._database.execute("PRAGMA max_page_count=100000")
        journal.put(large)
    with Journal(path) as journal:
        assert len(journal.results()) == 2


def test_what_the_grader_broke_off_stands_beside_what_was_known(path):
    other = Result("s001", "lines", Status.GRADER_ERROR, remark="grader error: x", key="k2")
    with Journal(path) as journal:
        journal.put(RESULT, {"submission": "a"})
        journal.put(other, {"submission": "a"})
        assert journal.results() == (RESULT,), "the same submission has its earlier result"
        journal.put(other, {"submission": "b"})
        assert journal.results() == (other,), "another submission has no result yet"
        assert journal.get("s001", "lines").result == RESULT
        journal.put(RESULT, {"submission": "b"})
        assert journal.results() == (RESULT,)


def test_changes_are_written_with_the_result_that_brings_them(path):
    change = Change("s001", "lines", "slope", "1/3", "2/3", "the suite changed")
    with Journal(path) as journal:
        journal.put(RESULT, changes=[change])
    with Journal(path) as journal:
        ((when, kept),) = journal.changes()
    assert kept == change
    assert when.endswith("+00:00")


def test_a_grade_that_a_refused_hand_in_takes_the_place_of_is_set_aside(path):
    refused = Result("s001", "lines", Status.REJECTED, remark="a link", key="k2")
    with Journal(path) as journal:
        journal.put(RESULT)
        journal.put(refused)
        journal.put(msgspec.structs.replace(refused, zero=True))
        assert journal.results() == (msgspec.structs.replace(refused, zero=True),)
    ((key, record),) = ask(path, "SELECT key, record FROM earlier")
    assert (key, msgspec.json.decode(record, type=Result)) == ("k1", RESULT)


FACTS = RunFacts("submissions", total=3, reused=1, tier="self", without=("lines.line.test_slope",), jobs=2)


def test_a_running_class_is_read_while_it_is_written(path):
    with Journal(path) as journal, journal.noting(FACTS, [("s001", "lines"), ("s002", "lines")]):
        journal.put(RESULT)
        with Journal(path, read_only=True) as reader:
            seen, fresh = reader.progress(), reader.new_results()
        assert is_locked(path)
    assert not is_locked(path)
    assert seen.facts == FACTS
    assert [(step.student, step.status) for step in seen.done] == [("s001", Status.GRADED)]
    assert (seen.waiting, seen.ended) == ((("s002", "lines"),), "")
    assert fresh == (RESULT,)
    with Journal(path, read_only=True) as reader:
        assert reader.progress().ended
        assert reader.progress().problem == ""


def test_a_run_that_ends_early_says_why_and_the_next_one_begins_anew(path):
    def broken_run(journal):
        with journal.noting(FACTS, [("s001", "lines")]):
            raise NoRoomError("no room")

    with Journal(path) as journal:
        assert journal.progress() is None
        with pytest.raises(NoRoomError):
            broken_run(journal)
        assert journal.progress().problem == "no room"
        with journal.noting(FACTS, [("s002", "lines")]):
            assert journal.progress().problem == ""
            assert journal.progress().waiting == (("s002", "lines"),)


def test_what_a_run_has_read_or_written_is_not_read_again_and_names_are_one_object(path):
    other, refused = (msgspec.structs.replace(RESULT, student=student) for student in ("s002", "s003"))
    with Journal(path) as journal:
        journal.put(RESULT)
        journal.put(other)
    with Journal(path) as journal:
        read = journal.get("s001", "lines").result
        journal.put(refused)
        journal.put(msgspec.structs.replace(RESULT, student="s003", status=Status.REJECTED))
        first, second, third = journal.results()
    assert first is read
    assert (second, third.status) == (other, Status.REJECTED)
    assert first.tests[0].test is second.tests[0].test
