"""Building blocks of screens: symbols with ASCII replacements, line wrapping, and the lines about one test."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from rich.cells import cell_len, chop_cells
from rich.text import Text

from grader.printable import safe
from grader.records import CauseKind, Feedback, Look, TestRecord, Verdict


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


LABEL = 10  # columns: the length of "expected", plus two
PRINTED = 8  # last lines of a test's output that are shown
GAP = "     "

ROW_STYLES = {"likely": "bold", "again": "cyan"}


def points(value: float) -> str:
    """Return points with at most two decimals.

    Examples
    --------
    >>> points(3.0), points(2.5), points(1 / 3)
    ('3', '2.5', '0.33')
    """
    return f"{round(value, 2):g}"


def measured(tests: Iterable[TestRecord]) -> float:
    """Return the possible points of some tests, without those that were not measured."""
    return sum(test.points for test in tests if not test.verdict.meaning.costs_nothing)


def lines_of(test: TestRecord, marks: Marks, width: int, *, indent: int = 2, full: bool = False) -> list[Text]:
    """Return the lines about one test: a single one if it passed (plus a measurement), details if it failed.

    Parameters
    ----------
    test : TestRecord
    marks : Marks
    width : int
        Width of the whole line.
    indent : int
        Columns before the symbol.
    full : bool
        Whether to show the whole output, not just its end.

    Returns
    -------
    list of Text
    """
    sign = Text.assemble(" " * indent, (marks.of(test.verdict), style_of(test.verdict)), " ")
    right = "" if test.verdict.meaning.costs_nothing else f"{points(test.earned)}/{points(test.points)}"
    lines = hanging(sign, safe(_title(test)), width, right=right)
    if test.feedback.timed:
        measurement = safe(test.feedback.timed).replace("·", marks.dot)
        lines += hanging(Text(" " * (indent + 4)), measurement, width)
    if test.verdict is Verdict.PASSED and test.feedback.cause and test.feedback.cause.kind is CauseKind.GIVEN:
        lines += hanging(Text(" " * (indent + 4)), safe(test.feedback.message), width, style="dim")
    if test.verdict in (Verdict.PASSED, Verdict.NOT_ATTEMPTED):
        return lines
    for label, text in rows_of(test, width - indent - 4 - LABEL, full=full):
        first = Text.assemble(" " * (indent + 4), (f"{label:<{LABEL}}", "dim"))
        lines += hanging(first, text, width, style=ROW_STYLES.get(label, ""))
    return lines


def _title(test: TestRecord) -> str:
    hidden = "hidden" if test.hidden else ""
    notes = ", ".join(note for note in (hidden, test.verdict.meaning.words) if note)
    return f"{test.title} ({notes})" if notes else test.title


def rows_of(test: TestRecord, room: int, *, full: bool = False) -> Iterator[tuple[str, str]]:
    """Yield label and text of each row about a test, the most helpful first.

    Parameters
    ----------
    test : TestRecord
    room : int
        Columns in which an actual and an expected value may stand beside each other.
    full : bool
        Whether to show the whole output, not just its end.
    """
    feedback = test.feedback
    is_wrong_result = feedback.cause is not None and feedback.cause.kind is CauseKind.WRONG_RESULT
    if feedback.message and not is_wrong_result:  # the other rows say it better
        yield _label(test), safe(feedback.message)
    if feedback.called:
        yield "called", safe(feedback.called)
    if feedback.given:
        yield "input", safe(feedback.given)
    yield from _values(feedback, room)
    if feedback.differs:
        yield "differs", safe(feedback.differs)
    if feedback.likely:
        yield "likely", safe(feedback.likely)
    for number, line in enumerate(feedback.where):
        yield "where" if number == 0 else "", safe(line)
    for number, line in enumerate(feedback.near):
        yield "near" if number == 0 else "", safe(line)
    yield from _printed(feedback.printed, full=full)
    if feedback.replay:
        yield "again", f"grade replay {test.unit}.{test.task} --seed {safe(feedback.replay)}"


def _label(test: TestRecord) -> str:
    return test.verdict.meaning.label or ("next" if test.feedback.timed else "problem")


def _values(feedback: Feedback, room: int) -> Iterator[tuple[str, str]]:
    """Yield the actual and the expected value: in one row if they fit, but arrays below each other."""
    got, expected = safe(feedback.got), safe(feedback.expected)
    together = f"{got}{GAP}expected  {expected}"
    if got and expected and not {*"\n["} & {*together} and cell_len(together) <= room:
        yield "got", together
        return
    if got:
        yield "got", got
    if expected:
        yield "expected", expected


def _printed(text: str, *, full: bool) -> Iterator[tuple[str, str]]:
    lines = [line.expandtabs(4) for line in safe(text).rstrip("\n").split("\n")] if text.strip() else []
    left_out = 0 if full else max(0, len(lines) - PRINTED)
    more = (
        "lines before these, and more that was cut: …" if lines and lines[0].startswith("…") else "lines before these"
    )
    shown = [f"({left_out} {more})"] * bool(left_out) + lines[left_out:]
    for number, line in enumerate(shown):
        yield "printed" if number == 0 else "", line
