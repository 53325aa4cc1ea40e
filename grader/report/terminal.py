"""Building blocks of screens: symbols, with ASCII replacements, and line wrapping."""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from rich.cells import cell_len, chop_cells
from rich.text import Text

from grader.records import Look, Verdict


class Marks(Struct, frozen=True):
    """A set of symbols."""

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
        """Return the symbol of a verdict."""
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
"""Field of `Marks` and colour for each look of a verdict."""

UNICODE = Marks()
ASCII = Marks(
    passed="+", failed="x", open=".", current=">", skipped="-", broken="!", full="#", empty="-", dot="-", times="x"
)


def style_of(verdict: Verdict) -> str:
    """Return the colour of a verdict."""
    return LOOKS[verdict.meaning.look][1]


def marks_for(encoding: str) -> Marks:
    """Return the symbols for an encoding.

    Parameters
    ----------
    encoding : str
        Encoding of the output stream, for example ``cp1252``.
    """
    try:
        "".join(getattr(UNICODE, name) for name in UNICODE.__struct_fields__).encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE


WIDEST = 100  # columns; wider lines are hard to read
NARROWEST = 2  # a Chinese character
DEEPEST = 6


def fill(text: str, width: int) -> list[str]:
    """Break text into lines of at most `width` columns; unlike rich's `Text.wrap`, keep shapes and calls together.

    Parameters
    ----------
    text : str
        May contain line breaks, which are kept.
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
    """Yield unbreakable pieces: words, and bracketed expressions as far as they fit into a line.

    Each stage splits pieces that are too long for the previous one: into words, then into the arguments of the
    outermost bracket, then into the words in it, then into the arguments of the next bracket, and so on.
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
    """Split at spaces nested in at most `depth` brackets."""
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
    """Return text with a hanging indent after a prefix.

    Parameters
    ----------
    first : Text
        Prefix of the first line.
    text : str
    width : int
        Width of the whole line.
    style : str
        Style of the text.
    right : str
        Text at the right end of the first line.

    Returns
    -------
    list of Text
        The lines.
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
    """Return text as indented lines."""
    return hanging(Text(" " * indent), text, width, style=style)


def joined(lines: Sequence[Text]) -> Text:
    """Return lines as one text, without trailing spaces."""
    for line in lines:
        line.rstrip()
    return Text("\n").join(lines)
