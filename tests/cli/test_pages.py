"""`grade read` and `grade page`: handouts and progress as pages in the student's own folder."""

import click
import pytest

from grader.course import layout
from grader.course.registry import load_course
from grader.home.memory import remember_picture, remember_speeds


@pytest.fixture
def opened(monkeypatch):
    """Return the pages that a browser was asked to open."""
    pages = []
    monkeypatch.setattr(click, "launch", pages.append)
    return pages


def test_without_a_unit_it_is_the_one_at_hand(run_in, bundle, opened):
    result = run_in(bundle, "read")
    page = layout.state_folder(bundle) / "handouts" / "lines.html"
    assert result.output.splitlines() == ["written: .deepgrade/handouts/lines.html"]
    assert 'href="counting.html"' in page.read_text(encoding="utf-8")
    assert opened == []


def test_it_opens_a_browser_if_it_is_asked_to(run_in, bundle, opened):
    assert run_in(bundle, "read", "counting", "--open").exit_code == 0
    assert opened == [(layout.state_folder(bundle) / "handouts" / "counting.html").as_uri()]


def test_an_unknown_unit_is_refused_with_the_nearest(run_in, bundle):
    result = run_in(bundle, "read", "lins")
    assert result.exit_code != 0
    assert "lines" in result.output


def test_the_page_of_progress_shows_states_pictures_and_speeds(run_in, bundle, judge, record, opened):
    course = load_course(bundle)
    judge.records = [record(points=2)]
    run_in(bundle, "run", "slope")
    png = bundle / "drawn.png"
    png.write_bytes(b"<script>alert(1)</script>")
    remember_picture(course, "lines", png)
    remember_speeds(course, {"lines.slope": "0.80 x torch's time here"})
    result = run_in(bundle, "page", "--open")
    page = layout.state_folder(bundle) / "progress.html"
    text = page.read_text(encoding="utf-8")
    assert result.output.splitlines() == ["written: .deepgrade/progress.html"]
    assert opened == [page.as_uri()]
    assert '<td class="done">done</td><td class="number">2 of 2</td>' in text
    assert "0.80 x torch&#39;s time here" in text
    assert "data:image/png;base64,PHNjcmlwdD5" in text
    assert "<script" not in text
    assert "next: residuals in" in text
