"""The pictures of README.md say what the commands say now: `make pictures` draws them anew.

Numbers of a class are left out, since medals and the number of workers depend on the machine.
"""

import re

import pytest

from tests.house.captures import DRAWN, PICTURES, copy_of_the_course, text_of

AS_TEXT = ("failure", "class")  # the others are drawn, and have no lines


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return copy_of_the_course(tmp_path_factory.mktemp("captured") / "course")


@pytest.mark.parametrize("name", AS_TEXT)
def test_a_capture_is_up_to_date(course, name):
    shown = text_of((PICTURES / f"{name}.svg").read_text(encoding="utf-8"))
    assert _words(text_of(DRAWN[name](course)), name) == _words(shown, name), "make pictures draws it anew"


def _words(text: str, name: str) -> list[str]:
    words = text.split()
    return words if name == "failure" else [word for word in words if not re.search(r"\d", word)]
