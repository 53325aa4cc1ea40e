"""Lines about one test: its symbol, its title, its points, and the details of a failure."""

from collections.abc import Iterable, Iterator

from rich.cells import cell_len
from rich.text import Text

from grader.printable import safe
from grader.records import CauseKind, Feedback, TestRecord, Verdict
from grader.report.terminal import Marks, hanging, style_of

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
