"""Student files become text as Python itself reads them, or are refused with the line; names become safe to show."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import RejectedError
from grader.printable import display, escape
from grader.submissions.intake import source_text


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"x = 1\n", "x = 1\n"),
        ("x = 'é'\r\n".encode(), "x = 'é'\r\n"),
        (codecs.BOM_UTF8 + b"x = 1\n", "x = 1\n"),
        (b"# -*- coding: latin-1 -*-\nx = '\xe9'\n", "# -*- coding: latin-1 -*-\nx = 'é'\n"),
        (b"#!python\n# coding=cp1252\nx = '\x80'\n", "#!python\n# coding=cp1252\nx = '€'\n"),
        ("# coding: gb18030\nx = '数'\n".encode("gb18030"), "# coding: gb18030\nx = '数'\n"),
        ("# coding: shift_jis\nx = '数'\n".encode("shift_jis"), "# coding: shift_jis\nx = '数'\n"),
        (b"", ""),
    ],
)
def test_text_is_read_in_the_encoding_that_it_declares(data, text):
    assert source_text(data, "f.py") == text


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"x = 1\ny = 2\nz = '\xe9'\n", "f.py, line 3: byte 0xe9 is not utf-8 text"),
        (b"\xff", "f.py"),
        (codecs.BOM_UTF16_LE + "x".encode("utf-16-le"), "f.py is UTF-16 text"),
        (b"# coding: klingon\n", "klingon"),
        (b"# coding: rot13\n", "declares the encoding rot-13"),
        (b"# coding: punycode\n", "declares the encoding punycode"),
        (b"# coding: unicode_escape\n", "declares the encoding unicode"),
        (b"# coding: idna\n", "declares the encoding idna"),
        (b"# coding: zlib\n", "declares the encoding zlib"),
        (codecs.BOM_UTF8 + b"# coding: latin-1\n", "f.py"),
        (b"# coding: ascii\n\n\nx = '\xc3\xa9'\n", "line 4: byte 0xc3 is not ascii"),
        (b"x = 1\0\n", "null byte"),
    ],
)
def test_what_is_no_text_is_refused_with_its_reason(data, what):
    with pytest.raises(RejectedError) as caught:
        source_text(data, "f.py")
    assert what in caught.value.message
    assert caught.value.hint


@given(st.binary(max_size=200))
def test_any_bytes_become_text_or_are_refused(data):
    try:
        text = source_text(data, "f.py")
    except RejectedError:
        return
    assert "\0" not in text


@given(st.text(max_size=50))
def test_a_shown_name_is_printable_on_one_line(name):
    shown = escape(name)
    assert shown.splitlines() in ([], [shown])
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in shown)
    shown.encode()


@given(st.text(st.characters(categories=["L", "N", "P"]), max_size=50))
def test_ordinary_names_stay(name):
    assert escape(name) == name


def test_a_long_name_is_cut_where_it_is_displayed():
    assert display("a" * 500) == "a" * 120 + "…"
    assert escape("a" * 500) == "a" * 500
