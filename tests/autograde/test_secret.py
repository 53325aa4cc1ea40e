"""The course secret: stated, kept or made, and never readable by others."""

import stat

import pytest

from grader.autograde.secret import course_secret
from grader.errors import CourseError
from grader.judge.protocol import PUBLIC_SECRET
from tests.toy_course import make_course


@pytest.fixture
def author(tmp_path):
    return make_course(tmp_path)


def test_it_is_made_once_and_only_its_owner_may_read_it(author):
    secret = course_secret(author)
    assert len(secret) == 32
    assert course_secret(author) == secret
    assert stat.S_IMODE((author.root / ".course-secret").stat().st_mode) == 0o600


def test_the_environment_goes_first(author, monkeypatch):
    monkeypatch.setenv("DEEPGRADE_SECRET", " stated ")
    assert course_secret(author) == "stated"
    assert not (author.root / ".course-secret").exists()


def test_a_student_bundle_has_the_public_one(author):
    (author.root / "release.json").write_text("{}")
    assert course_secret(author) == PUBLIC_SECRET
    assert not (author.root / ".course-secret").exists()


def test_an_empty_file_is_told(author):
    (author.root / ".course-secret").write_text("\n")
    with pytest.raises(CourseError, match="is empty"):
        course_secret(author)


def test_a_file_that_cannot_be_read_is_told(author):
    (author.root / ".course-secret").mkdir()
    with pytest.raises(CourseError, match="cannot be used"):
        course_secret(author)
