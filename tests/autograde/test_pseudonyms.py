"""Pseudonyms: stable, different, and nothing of the id in them. And what an earlier run left."""

import re

import pytest

from grader.autograde import secret as module
from grader.autograde.journal import NAME, Journal
from grader.autograde.saved_results import past_results
from grader.autograde.secret import ADJECTIVES, ANIMALS, pseudonyms
from grader.errors import DeepgradeError, NotFoundError
from grader.records import Result, Status


def test_names_are_stable_whoever_else_is_there():
    alone = pseudonyms("secret", ["s001"])["s001"]
    assert pseudonyms("secret", [f"s{number:03d}" for number in range(40)])["s001"] == alone
    assert re.fullmatch(r"[a-z]+-[a-z]+-[1-9]\d", alone)


def test_another_secret_gives_other_names():
    students = [f"s{number:03d}" for number in range(50)]
    one, other = pseudonyms("secret", students), pseudonyms("another", students)
    assert sum(one[student] == other[student] for student in students) <= 1  # one in 370,000 is equal by chance


def test_students_who_would_share_a_name_get_one_each(monkeypatch):
    monkeypatch.setattr(module, "ADJECTIVES", ["brisk"])
    monkeypatch.setattr(module, "ANIMALS", ["otter"])
    names = pseudonyms("secret", [f"s{number}" for number in range(300)])  # 90 short names for 300
    assert len(set(names.values())) == 300
    assert all(name.startswith("brisk-otter-") for name in names.values())


def test_words_are_different_and_plain():
    for words in (ADJECTIVES, ANIMALS):
        assert len(words) == len(set(words)) == 64
        assert all(word.isascii() and word.isalpha() for word in words)


def test_results_come_from_the_file_or_else_from_the_journal(tmp_path):
    with Journal(tmp_path / NAME) as journal:
        for student in ("b", "a"):
            journal.put(Result(student, "lines", Status.GRADED, key="k"))
    assert [result.student for result in past_results(tmp_path)] == ["a", "b"]
    (tmp_path / "results.json").write_text('{"results": [{"student": "c", "unit": "lines", "status": "graded"}]}')
    assert [result.student for result in past_results(tmp_path)] == ["c"]
    assert past_results(tmp_path / "results.json") == past_results(tmp_path)


def test_no_results_and_broken_ones_are_told(tmp_path):
    with pytest.raises(NotFoundError, match="there are no results in"):
        past_results(tmp_path)
    assert not (tmp_path / NAME).exists()
    (tmp_path / "results.json").write_text("{}")
    with pytest.raises(DeepgradeError, match="is not what grade autograde writes"):
        past_results(tmp_path)
