"""The page of progress: a map in rows, every text escaped, the picture as a picture."""

import re
from xml.etree import ElementTree

from grader.report.pages.progress import TaskLine, UnitPart, course_map, progress_html, rows_of

LINE = TaskLine("slope", "How <steep>", "failing", "1 of 2", 10)


def unit(name, *requires, **others):
    fields = {"title": f"The {name}", "milestone": "", "earned": 1.0, "points": 4.0, "minutes": 10, "tasks": (LINE,)}
    return UnitPart(name=name, requires=requires, **(fields | others))


def test_every_unit_stands_below_what_it_requires_in_the_course_s_order():
    assert rows_of({"a": [], "c": [], "b": ["a", "c"], "d": ["a"]}) == [["a", "c"], ["b", "d"]]
    assert rows_of({}) == []


def test_the_map_has_a_box_a_share_and_a_line_for_each_requirement():
    drawn = ElementTree.fromstring(course_map([unit("a"), unit("b", "a"), unit("c", "a", "b")]))
    assert len(drawn.findall("a")) == 3
    assert len(drawn.findall("path")) == 3
    assert [box.get("width") for box in drawn.iter("rect") if box.get("class") == "share"] == ["46"] * 3
    assert drawn.get("aria-label") == "Map of the course: The a, 25%; The b, 25%; The c, 25%"


def test_a_long_title_stays_in_its_box():
    drawn = ElementTree.fromstring(course_map([unit("a", title="Dropout, batch normalization & <other> regularizers")]))
    lines = [text.text or "" for text in drawn.iter("text") if text.get("class") is None]
    assert len(lines) == 2
    assert max(map(len, lines)) <= 22


def test_texts_are_escaped_and_a_picture_is_never_markup():
    text = progress_html("A & B", [unit("a", picture=b"<svg onload=x>", milestone="1958 <b>")], "next: grade run slope")
    assert "How &lt;steep&gt;" in text
    assert "1958 &lt;b&gt;" in text
    assert "<svg onload" not in text
    assert re.findall(r'src="([^"]{22})', text) == ["data:image/png;base64,"]
    assert "1 of 4 points at home · 0 of 1 tasks · about 10 minutes to go" in text
