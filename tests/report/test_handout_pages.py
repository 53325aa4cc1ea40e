"""Handouts as pages: every formula is rendered, nothing is loaded, and the reader's own state is in them."""

import re
from pathlib import Path

import pytest

from grader.course.registry import load_course
from grader.report.pages.handout import KINDS, Neighbour, ReaderState, handout_html

ROOT = Path(__file__).parents[2]
COURSE = load_course(ROOT)
CODE = re.compile(r"<pre.*?</pre>|<code>.*?</code>", re.DOTALL)


def page(unit, states=None):
    folder = ROOT / "exercises" / unit.name
    return handout_html(
        (folder / "README.md").read_text(encoding="utf-8"),
        title=unit.title,
        states=states or {},
        pictures={path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in KINDS},
        units=[Neighbour(other.name, other.title, other is unit) for other in COURSE.units],
    )


@pytest.mark.parametrize("unit", COURSE.units, ids=lambda unit: unit.name)
def test_every_formula_of_a_handout_is_rendered_and_nothing_is_loaded(unit):
    text = page(unit)
    words = re.sub(r"<[^>]*>", "", CODE.sub("", text.partition("<main>")[2]))
    assert text.count("<math ") > 5
    assert "$" not in words
    assert "\\" not in words
    assert re.findall(r'(?:src|href)="(?!data:|#|https://|\w+\.html)', text) == []
    assert re.findall(r'src="(?!data:)', text) == []
    assert "data:image/svg+xml;base64," in text


@pytest.mark.parametrize("unit", COURSE.units, ids=lambda unit: unit.name)
def test_links_between_handouts_lead_to_pages(unit):
    linked = re.findall(r'href="(\w+)\.html', page(unit))
    assert {*linked, unit.name} == {other.name for other in COURSE.units}


def test_the_reader_s_state_stands_in_the_table_and_opens_the_mistakes_of_what_failed():
    unit = COURSE.units[0]
    done, failing = unit.tasks[0].name, unit.tasks[1].name
    text = page(unit, {done: ReaderState("done", "2 of 2"), failing: ReaderState("failing", "1 of 3")})
    assert "<th>you</th>" in text
    assert f'<td><span class="failing">failing</span> 1 of 3</td>\n<td><code>{failing}</code></td>' in text
    assert f"<details open><summary><code>{failing}</code>" in text
    assert f"<details><summary><code>{done}</code>" in text
    assert "<th>you</th>" not in page(unit)
    assert "<details open>" not in page(unit)


def test_a_picture_that_is_missing_is_its_description():
    text = handout_html("![two <lines>](gone.svg)", title="T", states={}, pictures={})
    assert "<em>two &lt;lines&gt;</em>" in text
    assert "<img" not in text
