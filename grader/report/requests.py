"""The list of requests to look at a grade again."""

from collections.abc import Sequence

from rich.text import Text

from grader.gradebook.store import Request
from grader.printable import one_line
from grader.report.terminal import WIDEST, hanging, joined


def request_lines(requests: Sequence[Request], width: int) -> Text:
    """Return the requests, each with its answer.

    Parameters
    ----------
    requests : sequence of Request
    width : int
        Available columns.

    Returns
    -------
    Text
    """
    width = min(width, WIDEST)
    lines: list[Text] = []
    for request in requests:
        when = request.at.astimezone().strftime("%Y-%m-%d")
        head = one_line(f"{request.student} {request.unit}: {request.text}")
        lines += hanging(Text(f"{request.number:>4}  {when}  "), head, width)
        if not request.is_open:
            answer = one_line(f"{request.answered_by}: {request.answer}")
            lines += hanging(Text(" " * 18), answer, width, style="dim")
    return joined(lines)
