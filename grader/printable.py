"""Text from elsewhere, made harmless: no name and no printed line may steer the terminal of whoever reads it."""

import unicodedata

_REORDERING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LONGEST_NAME = 120


def escape(name: str) -> str:
    """Return a name as it may be shown: any script as it is, whatever could steer a terminal or reorder a line escaped.

    Examples
    --------
    >>> escape("Zoë\\x1b[2J")
    'Zoë\\\\x1b[2J'
    """
    return "".join(_escaped(character) if _steers(character) else character for character in name)


def display(name: str) -> str:
    """Return a name escaped, and cut where it is too long for one line of a message."""
    shown = escape(name)
    return shown if len(shown) <= _LONGEST_NAME else f"{shown[:_LONGEST_NAME]}…"


def _steers(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character in _REORDERING


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")


def safe(text: str) -> str:
    r"""Escape every character that would steer a terminal instead of being shown; line breaks and tabs stay.

    Parameters
    ----------
    text : str
        Anything: printed output, messages, file names.

    Returns
    -------
    str
        The same text in any script, with control characters as visible escapes; it encodes to UTF-8.

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
    r"""Make text safe and put it on one line, shortened in the middle where it is longer than the limit.

    Parameters
    ----------
    text : str
        Anything.
    limit : int
        The most characters to keep; 0 keeps all.

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
