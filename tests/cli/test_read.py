"""`grade read`: the handouts as pages in the student's own folder."""

import click
import pytest

from grader.course import layout


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
