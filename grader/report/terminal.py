"""What screens are drawn with: a few signs, with stand-ins without Unicode, and lines that break between words."""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from rich.cells import cell_len, chop_cells
from rich.text import Text

from grader.records import Look, Verdict


class Marks(Struct, frozen=True):
    """One set of signs."""

    passed: str = "✓"
    failed: str = "✗"
    open: str = "·"
    current: str = "▸"
    skipped: str = "–"
    broken: str = "!"
    full: str = "█"
    empty: str = "░"
    dot: str = "·"
    times: str = "×"

    def of(self, verdict: Verdict) -> str:
        """Return the sign of a verdict."""
        sign: str = getattr(self, LOOKS[verdict.meaning.look][0])
        return sign


LOOKS = {
    Look.RIGHT: ("passed", "green"),
    Look.WRONG: ("failed", "red"),
    Look.OPEN: ("open", "dim"),
    Look.LEFT_OUT: ("skipped", "dim"),
    Look.UNMEASURED: ("skipped", "yellow"),
    Look.BROKEN: ("broken", "yellow"),
}
"""The sign, as `Marks` calls it, and the colour of each look of a verdict."""

UNICODE = Marks()
ASCII = Marks(
    passed="+", failed="x", open=".", current=">", skipped="-", broken="!", full="#", empty="-", dot="-", times="x"
)


def style_of(verdict: Verdict) -> str:
    """Return the colour of a verdict."""
    return LOOKS[verdict.meaning.look][1]


def marks_for(encoding: str) -> Marks:
    """Return the signs that text in this encoding can hold.

    Parameters
    ----------
    encoding : str
        Of the stream that is written to, for example ``cp1252``.
    """
    try:
        "".join(getattr(UNICODE, name) for name in UNICODE.__struct_fields__).encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE


WIDEST = 100  # columns; wider lines read badly
NARROWEST = 2  # a Chinese character
DEEPEST = 6


def fill(text: str, width: int) -> list[str]:
    """Break text into lines of at most `width` columns; unlike rich's `Text.wrap`, shapes and calls stay together.

    Parameters
    ----------
    text : str
        Its own line breaks stay.
    width : int

    Returns
    -------
    list of str
        At least one line.

    Examples
    --------
    >>> fill("f(x float64 (2, 3, 4), w float64 (5, 6))", 24)
    ['f(x float64 (2, 3, 4),', 'w float64 (5, 6))']
    """
    return [line for paragraph in text.split("\n") for line in _filled(paragraph, max(width, NARROWEST))]


def _filled(paragraph: str, width: int) -> list[str]:
    if cell_len(paragraph) <= width:
        return [paragraph]
    lines = [""]
    for piece in _pieces(paragraph, width, 0):
        joined = f"{lines[-1]} {piece}" if lines[-1] else piece
        if cell_len(joined) <= width:
            lines[-1] = joined
        else:
            lines.append(piece)
    return lines


def _pieces(text: str, width: int, stage: int) -> Iterator[str]:
    """Yield what is not to be broken: words, and brackets with all that is in them as far as they fit into a line.

    Each stage goes into what is too long for the stage before: words, then the arguments of the outermost bracket, then
    the words in it, then the arguments of the next bracket, and so on.
    """
    depth, only_after_commas = (stage + 1) // 2, stage % 2 == 1
    for word in _words(text, depth, only_after_commas=only_after_commas):
        if cell_len(word) <= width:
            yield word
        elif depth < DEEPEST:
            yield from _pieces(word, width, stage + 1)
        else:
            yield from chop_cells(word, width)


def _words(text: str, depth: int, *, only_after_commas: bool) -> Iterator[str]:
    """Split at the spaces that stand inside of at most `depth` brackets."""
    level, word = 0, ""
    for character in text:
        level += (character in "([{") - (character in ")]}")
        ends = character.isspace() and level <= depth and (word.endswith(",") or not only_after_commas)
        if ends and word:
            yield word
        word = "" if ends else word + character
    if word:
        yield word


def hanging(first: Text, text: str, width: int, *, style: str = "", right: str = "") -> list[Text]:
    """Put text behind a beginning, its further lines below its own first one.

    Parameters
    ----------
    first : Text
        What stands to the left of the first line.
    text : str
    width : int
        Of the whole.
    style : str
        Of the text.
    right : str
        What stands at the right end of the first line.

    Returns
    -------
    list of Text
        One for each line.
    """
    indent = first.cell_len
    room = width - indent - (cell_len(right) + 2 if right else 0)
    lines = [
        Text.assemble(first if number == 0 else " " * indent, (part, style))
        for number, part in enumerate(fill(text, room))
    ]
    if right:
        lines[0].append(" " * (width - lines[0].cell_len - cell_len(right)) + right)
    return lines


def paragraph(text: str, width: int, *, indent: int = 0, style: str = "") -> list[Text]:
    """Return text as lines, each indented."""
    return hanging(Text(" " * indent), text, width, style=style)


def joined(lines: Sequence[Text]) -> Text:
    """Return lines as one text, without blanks at their ends."""
    for line in lines:
        line.rstrip()
    return Text("\n").join(lines)
