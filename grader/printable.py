"""Escaping of untrusted text: names and printed lines must not control the reader's terminal."""

import unicodedata

_REORDERING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LONGEST_NAME = 120


def escape(name: str) -> str:
    """Escape characters of a name that could control a terminal or reorder a line; letters of any script are kept.

    Examples
    --------
    >>> escape("Zoë\\x1b[2J")
    'Zoë\\\\x1b[2J'
    """
    return "".join(_escaped(character) if _steers(character) else character for character in name)


def display(name: str) -> str:
    """Escape a name, and shorten it if it is too long for one line of a message."""
    shown = escape(name)
    return shown if len(shown) <= _LONGEST_NAME else f"{shown[:_LONGEST_NAME]}…"


def _steers(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character in _REORDERING


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")


def safe(text: str) -> str:
    r"""Escape every character that could control a terminal; line breaks and tabs are kept.

    Parameters
    ----------
    text : str
        Printed output, a message or a file name.

    Returns
    -------
    str
        The text with visible escapes for control characters; it can be encoded as UTF-8.

    Examples
    --------
    >>> safe("plain, größer, 漢字")
    'plain, größer, 漢字'
    >>> print(safe("red: \x1b[31m"))
    red: \x1b[31m
    """
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join("\t".join(map(escape, line.split("\t"))) for line in lines)


def one_line(text: str, limit: int = 0) -> str:
    r"""Make text safe and join it into one line, shortened in the middle if it exceeds the limit.

    Parameters
    ----------
    text : str
        Any text.
    limit : int
        Maximum number of characters; 0 for no limit.

    Returns
    -------
    str
        One line.

    Examples
    --------
    >>> one_line("first\n   second")
    'first second'
    >>> one_line("abcdefghij", limit=7)
    'abc…hij'
    """
    line = " ".join(safe(text).split())
    if not limit or len(line) <= limit:
        return line
    end = (limit - 1) // 2
    return line[: limit - 1 - end] + "…" + line[len(line) - end :]
