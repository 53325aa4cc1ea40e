"""A single function or class within a file's text: its lines, and its replacement."""

from msgspec import Struct

from grader.submissions.source_spans import parses, spans


class Replacement(Struct, frozen=True):
    """A text with one definition replaced.

    Attributes
    ----------
    text : str
    note : str
        What else was changed; empty for nothing.
    """

    text: str
    note: str = ""


def definition(text: str, name: str) -> list[str]:
    """Return the lines of a function's or class's last definition; empty if there is none."""
    positions = spans(text, name)
    begin, end = positions[-1] if positions else (0, 0)
    return text.split("\n")[begin:end]


def replaced(text: str, name: str, lines: list[str]) -> Replacement | None:
    """Return a text with the lines in the place of a definition; None if the result is not valid Python.

    Further definitions of the name are taken out. A missing one is put at the end.
    """
    result = _replaced(text, name, lines)
    return result if parses(result.text) else None


def _replaced(text: str, name: str, piece: list[str]) -> Replacement:
    lines, positions = text.split("\n"), spans(text, name)
    if not positions:
        body = text.rstrip("\n")
        whole = [body, "", "", *piece, ""] if body else [*piece, ""]
        return Replacement("\n".join(whole), f"{name} was missing: it stands at the end now")
    for begin, end in reversed(positions[1:]):
        del lines[begin:end]
    begin, end = positions[0]
    lines[begin:end] = piece
    note = f"{name} was defined {len(positions)} times: one is left" if len(positions) > 1 else ""
    return Replacement("\n".join(lines), note)
