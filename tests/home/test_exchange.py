"""The watcher lends its judge: to its own user, for its unit, with the same engine and tests, while it is there."""

import os
import stat
import sys
import threading
import time
from pathlib import Path

import msgspec
import pytest

from grader.course.model import Limits
from grader.home import exchange
from grader.home.exchange import Address, Exchange, address_file, graded_by_watcher
from grader.judge.client import JudgeFailed
from grader.judge.protocol import PUBLIC_SECRET, Job
from grader.records import TestRecord, Timing, Verdict
from grader.submissions.intake import Submission

RECORD = TestRecord("toy", "double", "double.test_it", "it", False, 1.0, 1.0, Verdict.PASSED)


def job(unit: str = "toy", **changes) -> Job:
    return Job(Submission(unit, {"double": "x = 1\n"}), Limits(), PUBLIC_SECRET, visible_only=True, **changes)


def grade(asked: Job, on_record, stop) -> Timing:
    assert asked == job()
    on_record(RECORD)
    return Timing(total=2.0)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "course.toml").write_text("[course]\n")
    return tmp_path


@pytest.fixture
def watcher(root: Path):
    started = Exchange(root, "toy", grade)
    yield started
    started.close()


def graded(root: Path, asked: Job | None = None) -> tuple[Timing | None, list[TestRecord]]:
    records: list[TestRecord] = []
    return graded_by_watcher(root, asked or job(), records.append), records


def test_a_watcher_grades_jobs_of_its_unit(root, watcher):
    assert graded(root) == (Timing(total=2.0), [RECORD])
    assert graded(root) == (Timing(total=2.0), [RECORD])


def test_nobody_is_there_without_a_watcher_or_after_it(root, watcher):
    watcher.close()
    assert graded(root) == (None, [])
    assert not address_file(root).exists()


def test_other_units_hidden_tests_and_secrets_are_not_its_business(root, watcher):
    hidden = msgspec.structs.replace(job(), visible_only=False)
    secret = msgspec.structs.replace(job(), secret="of the course")
    assert [graded(root, asked)[0] for asked in (job("other"), hidden, secret)] == [None] * 3


def test_changed_tests_and_another_engine_are_noticed(root, watcher, monkeypatch):
    folder = root / "exercises" / "toy"
    folder.mkdir(parents=True)
    (folder / "test_double.py").write_text("pass\n")
    assert graded(root)[0] is None
    (folder / "test_double.py").unlink()
    assert graded(root)[0] is not None
    monkeypatch.setattr(exchange, "engine_version", lambda: "another")
    assert graded(root)[0] is None


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are of POSIX")
def test_only_its_user_can_read_the_address_and_connect(root, watcher):
    place = Path(msgspec.json.decode(address_file(root).read_bytes(), type=Address).place)
    assert [stat.S_IMODE(path.stat().st_mode) & 0o077 for path in (address_file(root), place)] == [0, 0]


def test_a_wrong_key_is_not_answered(root, watcher):
    path = address_file(root)
    address = msgspec.json.decode(path.read_bytes(), type=Address)
    path.write_bytes(msgspec.json.encode(msgspec.structs.replace(address, key="0" * 32)))
    assert graded(root)[0] is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"place": "nowhere", "key": "", "unit": "toy", "version": ""}'])
def test_a_file_that_says_nothing_is_ignored(root, text):
    address_file(root).parent.mkdir()
    address_file(root).write_text(text)
    assert graded(root)[0] is None


def test_the_address_of_a_killed_watcher_is_ignored_and_replaced(root):
    first = Exchange(root, "toy", grade)
    stale = address_file(root).read_bytes()
    first.close()
    address_file(root).write_bytes(stale)
    assert graded(root)[0] is None
    second = Exchange(root, "toy", grade)
    assert graded(root)[0] is not None
    second.close()


def test_a_watcher_that_is_stopped_is_not_waited_for(root, watcher, monkeypatch):
    monkeypatch.setattr(exchange, "PATIENCE", 0.2)
    monkeypatch.setattr(Exchange, "_serve", lambda self, line: time.sleep(30))
    assert graded(root)[0] is None


def test_a_judge_that_fails_leaves_the_job_to_the_other_side(root):
    def fail(asked, on_record, stop):
        raise JudgeFailed("it ended")

    started = Exchange(root, "toy", fail)
    assert graded(root) == (None, [])
    started.close()


def test_who_goes_away_ends_the_run(root):
    ended = threading.Event()

    def wait(asked, on_record, stop):
        stop.ends_by(ended.set)
        on_record(RECORD)
        assert ended.wait(20)
        raise JudgeFailed("stopped")

    def leave(record):
        raise KeyboardInterrupt

    started = Exchange(root, "toy", wait)
    with pytest.raises(KeyboardInterrupt):
        graded_by_watcher(root, job(), leave)
    assert ended.wait(20)
    started.close()


@pytest.mark.skipif(sys.platform == "win32", reason="sockets have paths on POSIX")
def test_a_course_in_a_deep_folder_has_a_socket_elsewhere(tmp_path):
    deep = tmp_path / ("a" * 60) / ("b" * 60)
    deep.mkdir(parents=True)
    (deep / "course.toml").write_text("[course]\n")
    started = Exchange(deep, "toy", grade)
    place = msgspec.json.decode(address_file(deep).read_bytes(), type=Address).place
    assert len(os.fsencode(place)) <= exchange.LONGEST_ADDRESS
    assert graded(deep)[0] is not None
    started.close()
    assert not Path(place).parent.exists()  # nothing stays behind
