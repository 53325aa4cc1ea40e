"""Requires: a file in its documented place is taken for its unit's without asking the parser, and no other file is.

Catches: a shortcut that places files differently from the vote by what they define.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest

from grader.course import layout
from grader.course.registry import load_course
from grader.submissions import locating
from grader.submissions.locating import Reader
from grader.submissions.trees import Contents

ROOT = Path(__file__).parents[2]
COURSE = load_course(ROOT)


def _taken(text: str, limit: int) -> bytes:
    return text.encode()[:limit]


def contents(texts: Mapping[str, str]) -> Contents:
    """Return what somebody handed in, with these files."""
    files = {path: partial(_taken, text) for path, text in texts.items()}
    return Contents(files=files)


def handed_in() -> dict[str, str]:
    """Return the texts of all solutions of the course, by path."""
    paths = {
        f"{unit.name}/{stem}.py": layout.solution_path(ROOT, unit.name, stem)
        for unit in COURSE.units
        for stem in unit.files
    }
    return {path: source.read_text(encoding="utf-8") for path, source in paths.items() if source.is_file()}


def test_the_shortcut_says_what_the_vote_says(monkeypatch: pytest.MonkeyPatch) -> None:
    files, reader = handed_in(), Reader(COURSE)
    voted = list(reader._voted(dict(sorted(files.items()))))
    defined, asked = locating.defined_names, []
    monkeypatch.setattr(locating, "defined_names", lambda texts: asked.extend(texts) or defined(texts))
    assert reader.sources(contents(files), {}) == voted
    assert 0 < len(asked) < len(files) / 10  # some define a function that is another unit's task


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("rnn/gates.py", "def step(z): return z"),
        ("rnn/gru.py", "def step(z): return z"),
        ("notes/gru.py", "def gru_step_forward(): pass"),
        ("gru.py", "def gru_step_forward(): pass"),
        ("rnn/gru.py", "'''\ndef step(z): return z\n'''\ndef gru_step_forward(): pass"),
    ],
)
def test_where_there_is_any_doubt_the_vote_decides(path: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(locating, "defined_names", lambda texts: asked.extend(texts) or [frozenset() for _ in texts])
    Reader(COURSE).sources(contents({path: text}), {})
    assert asked == [text]
