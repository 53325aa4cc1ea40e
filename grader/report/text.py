"""Text from elsewhere, made harmless: what a student's code prints must not steer the reader's terminal."""

from grader.course.student_text import escape


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
