"""Requires: ready-made functions do not make a file the earlier unit's, wherever it lies and whatever it lacks."""

import pytest

from grader.course.cut import build_exercises
from grader.submissions.locating import Reader
from tests.course.test_ready_made import BLOCK, opening
from tests.submissions.test_plain_places import contents

READY = "def slope(x, y): return 1\ndef residuals(x, y): return 2\n"
OWN = "class Counter: pass\n"


@pytest.fixture
def reader(root):
    """Return a reader of a course whose second unit has both tasks of the first ready-made."""
    course, _ = opening(root, BLOCK.format(names="slope residuals"))
    build_exercises(root, course)
    return Reader(course)


@pytest.mark.parametrize(
    ("path", "text", "place"),
    [
        ("counting/count.py", READY + OWN, ("counting", "count")),
        ("work/counting.py", READY + OWN, ("counting", "count")),
        ("counting/count.py", READY, ("", "")),
        ("lines/line.py", READY, ("lines", "line")),
        ("work/stuff.py", READY, ("lines", "line")),
    ],
)
def test_a_file_is_that_of_its_own_tasks(reader, path, text, place):
    (source,) = reader.sources(contents({path: text}), {})
    assert (source.unit, source.stem) == place


def test_a_file_in_its_place_needs_no_parser(reader, monkeypatch):
    monkeypatch.setattr("grader.submissions.locating.defined_names", lambda texts: [frozenset() for _ in texts])
    (source,) = reader.sources(contents({"counting/count.py": READY + OWN}), {})
    assert source.unit == "counting"
