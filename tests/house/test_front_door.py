"""README.md shows pictures that are there, need nothing from elsewhere, and say in words what they show."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.house.captures import DRAWN, PICTURES, text_of

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
LOADING = re.compile(r"@import|@font-face|url\(['\"]?(?!#)|href=\"(?!#|data:image/png;base64,)")


def test_each_picture_is_shown_and_described():
    shown = {path: " ".join(words.split()) for words, path in re.findall(r"!\[([^\]]*)\]\(([^)]*)\)", README)}
    assert set(shown) == {f"docs/pictures/{name}.svg" for name in DRAWN}
    assert all(len(words) > 30 for words in shown.values())
    assert {path.name for path in PICTURES.iterdir()} == {f"{name}.svg" for name in DRAWN}


@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_loads_and_runs_nothing(name):
    text = (PICTURES / f"{name}.svg").read_text(encoding="utf-8")
    assert ElementTree.fromstring(text).tag.endswith("svg")
    assert LOADING.findall(text) == []
    assert "<script" not in text


def test_the_words_of_a_capture_can_be_read_back():
    words = text_of((PICTURES / "failure.svg").read_text(encoding="utf-8"))
    assert "The kernel is flipped." in words
    assert "next: grade hint conv2d_forward" in words
