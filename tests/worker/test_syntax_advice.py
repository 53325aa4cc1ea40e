"""Advice for lines that do not compile: what Python says of them is completed, and right code is left alone."""

import pytest

from grader.worker.syntax_advice import syntax_advice


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("if z.ndim == 2 && z.size > 0:", "Python says `and`"),
        ("if a || b:", "Python says `or`"),
        ("if !a:", "Python says `not`"),
        ("if a != b", ""),
        ("epoch++", "Python says `+= 1` and `-= 1`"),
        ("else if bias < 0:", "Python says `elif`"),
        ("<<<<<<< HEAD", "take the marks out"),
        ("retrun np.heaviside(z, 1)", 'did you mean "return"?'),
        ("lambda = 0.5", "`lambda` is a word of Python"),
        ("predict(x, in=3)", "`in` is a word of Python"),
        ("print('a && b' 'c'", ""),
        ("x = y z", ""),
        ("return x y", ""),
    ],
)
def test_advice_follows_from_the_line(line: str, expected: str) -> None:
    text = syntax_advice("invalid syntax", line)
    assert expected in text
    assert bool(text) == bool(expected)


def test_a_line_that_is_outdented_halfway_is_explained() -> None:
    text = syntax_advice("unindent does not match any outer indentation level", "return out")
    assert "exactly as a line above it" in text


def test_where_python_has_its_own_advice_no_word_is_added() -> None:
    assert syntax_advice("invalid syntax. Perhaps you forgot a comma?", "return f(z 1)") == ""
