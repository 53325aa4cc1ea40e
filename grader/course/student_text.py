"""Turns what a student handed in, bytes and names alike, into text that is safe to show and to compile."""

import codecs
import io
import re
import tokenize
import unicodedata

from grader.errors import RejectedError

_CODECS = re.compile(
    r"(utf-8(-sig)?|ascii|iso8859-\d+|cp\d+|koi8-[rut]|gb2312|gbk|gb18030|big5(hkscs)?|shift_jis|euc_(jp|kr)|mac-roman)"
)
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


def source_text(data: bytes, name: str) -> str:
    """Decode a Python file as Python itself would: UTF-8, or the encoding that its first two lines declare.

    Parameters
    ----------
    data : bytes
    name : str
        For messages.

    Returns
    -------
    str
        The text without a byte order mark.

    Raises
    ------
    RejectedError
        It is not text in its encoding, or it declares one that no source file is written in.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise RejectedError(f"{name} is UTF-16 text", "save it as UTF-8")
    encoding = _declared(data, name)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = data[error.start]
        raise RejectedError(
            f"{name}, line {line}: byte 0x{byte:02x} is not {encoding} text", "save it as UTF-8"
        ) from None
    if "\0" in text:
        raise RejectedError(f"{name} contains a null byte: no Python file does", "hand in the source text")
    return text


def _declared(data: bytes, name: str) -> str:
    """Return the file's encoding, one of those that people write source in: some codecs of Python's run for minutes."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        known = codecs.lookup(encoding).name
    except (SyntaxError, LookupError, UnicodeError) as error:
        raise RejectedError(f"{name}: {display(str(error))}", "save it as UTF-8") from None
    if not _CODECS.fullmatch(known):
        raise RejectedError(f"{name} declares the encoding {display(known)}", "save it as UTF-8")
    return known
