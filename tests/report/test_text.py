"""Text that is safe, and lines that break where they should."""

import pytest
from rich.cells import cell_len

from grader.printable import one_line, safe
from grader.report.screens import fill


@pytest.mark.parametrize("text", ["plain", "größer 漢字 فارسی‌ها 👩‍💻", "two\nlines\tand a tab", ""])
def test_text_of_any_script_stays_as_it_is(text):
    assert safe(text) == text


@pytest.mark.parametrize(
    "character", ["\x1b", "\r", "\b", "\x07", "\x9b", "\u202e", "\u2066", "\u2028", "\ud800", "\0"]
)
def test_what_steers_is_escaped(character):
    shown = safe(f"a{character}b")
    assert character not in shown
    assert shown.startswith("a\\")
    shown.encode("utf-8")


def test_line_ends_of_windows_are_line_ends():
    assert safe("a\r\nb") == "a\nb"


@pytest.mark.parametrize("limit", [3, 4, 7, 10])
def test_a_long_line_is_cut_in_its_middle(limit):
    shown = one_line("abcdefghijklmnop", limit)
    assert len(shown) == limit
    assert "…" in shown


@pytest.mark.parametrize("width", [8, 20, 45])
@pytest.mark.parametrize(
    "text", ["f(x (1, 2), y float64 (3, 4, 5), z=1)", "wörter und 漢字漢字漢字漢字漢字", "a) b] (c", "x" * 99]
)
def test_filled_lines_fit_and_lose_nothing(width, text):
    filled = fill(text, width)
    assert max(map(cell_len, filled)) <= width
    assert "".join("".join(filled).split()) == "".join(text.split())


def test_a_bracket_is_broken_only_where_it_must_be():
    assert fill("got float64 (2, 3, 4) here", 22) == ["got float64 (2, 3, 4)", "here"]
    assert fill("got float64 (2, 3, 4) here", 16) == ["got float64", "(2, 3, 4) here"]


def test_indentation_of_a_line_that_fits_stays():
    assert fill("    x = 1\n  y", 20) == ["    x = 1", "  y"]
