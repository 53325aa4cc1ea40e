"""The table of similar work in the terminal: pairs with the most in common first."""

from collections.abc import Iterator, Mapping

from rich.text import Text

from grader.records.similar import Similarity
from grader.report.pages.similar_view import name_of, shared_lines
from grader.report.screens import WIDEST, hanging, paragraph

MOST_ROWS = 20


def similar_lines(similarity: Similarity, names: Mapping[str, str], width: int) -> Iterator[Text]:
    """Yield the lines of the table.

    Parameters
    ----------
    similarity : Similarity
    names : mapping of str to str
        Name shown for each student's id.
    width : int
        Width of the terminal.

    Yields
    ------
    Text
    """
    width = min(width, WIDEST)
    for pair in similarity.pairs[:MOST_ROWS]:
        who = f"{pair.left.unit}: {name_of(pair.left, names)} and {name_of(pair.right, names)}"
        count = shared_lines(pair)
        yield from hanging(Text(), who, width, style="bold", right=f"{count} line{'s' * (count != 1)}")
        yield from paragraph(", ".join(pair.shared), width, indent=4, style="dim")
    if len(similarity.pairs) > MOST_ROWS:
        yield Text(f"and {len(similarity.pairs) - MOST_ROWS} more pairs: they are in the page")
