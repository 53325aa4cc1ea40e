"""Advice for lines that do not compile: habits from other languages, words of Python's own, newer Python."""

import difflib
import keyword
import re
import sys

_NEWER = (
    "this may be Python 3.12, and here and in grading it is an older one: no statement `type`, no def f[T], and within "
    "the braces of an f-string no quotes like those around it"
)
_TYPE_PARAMETERS = re.compile(r"type \w+(\[.*\])? *=|(async )?def \w+\[|class \w+\[")
_HABITS = (  # what a line has outside of texts, and how Python says it
    (re.compile(r"&&"), "Python says `and`"),
    (re.compile(r"\|\|"), "Python says `or`"),
    (re.compile(r"!(?!=)"), "Python says `not`"),
    (re.compile(r"\+\+|--\w|\w--"), "Python says `+= 1` and `-= 1`"),
    (re.compile(r"^else if\b|^elseif\b"), "Python says `elif`"),
    (
        re.compile(r"^(<<<<<<<|=======|>>>>>>>)"),
        "a mark of git's, where two versions met: keep one, and take the marks out",
    ),
)
_TEXTS = re.compile(r"#.*|(\"[^\"]*\"|'[^']*')")
_FIRST_WORDS = re.compile(r"(\w+) +\w")
_ASSIGNED = re.compile(r"(?:^|[,(]) *(\w+) *=(?!=)")


def syntax_advice(message: str, line: str) -> str:
    """Return what may have to be changed in a line that does not compile; empty if Python's message says enough.

    Parameters
    ----------
    message : str
        Python's.
    line : str
        Without what it is indented by.

    Returns
    -------
    str

    Examples
    --------
    >>> syntax_advice("invalid syntax", "if x > 0 && y > 0:")
    'Python says `and`'
    >>> syntax_advice("invalid syntax", "retrun x")
    'did you mean "return"?'
    >>> syntax_advice("invalid syntax", "lambda = 0.5")
    '`lambda` is a word of Python: take another name'
    """
    if sys.version_info < (3, 12) and _is_newer(message, line):
        return _NEWER
    if message.startswith("unindent does not match"):
        return "indent it exactly as a line above it that it belongs to"
    bare = _TEXTS.sub("", line)
    habit = next((advice for pattern, advice in _HABITS if pattern.search(bare)), "")
    return habit or (_of_words(bare) if message.startswith("invalid syntax") else "")


def _is_newer(message: str, line: str) -> bool:
    """Return whether a line that does not compile may be right in Python 3.12."""
    return message.startswith("f-string: ") or _TYPE_PARAMETERS.match(line) is not None


def _of_words(line: str) -> str:
    """Return advice on a word that is Python's own and used as a name, or on a first word that is nearly one."""
    taken = next((word for word in _ASSIGNED.findall(line) if keyword.iskeyword(word)), "")
    if taken:
        return f"`{taken}` is a word of Python: take another name"
    first = _FIRST_WORDS.match(line)
    if first is None or keyword.iskeyword(first[1]):
        return ""
    near = difflib.get_close_matches(first[1], keyword.kwlist, 1, cutoff=0.7)
    return f'did you mean "{near[0]}"?' if near else ""
