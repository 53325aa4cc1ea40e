"""A student's feedback as Markdown, for platforms that show text: every text stands in code or is escaped."""

import re
from collections.abc import Iterator

from grader.report.pages.feedback_view import FeedbackView, MedalView, TaskView, TestView

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~&$]|^[#+=-]|^\d+(?=[.)](?:\s|$)))")
_RUNS = re.compile(r"`+")


def escaped(text: str) -> str:
    r"""Return one line of text that Markdown and the HTML in it show as it is.

    Examples
    --------
    >>> escaped("a <b> *c*")
    'a \\<b\\> \\*c\\*'
    """
    return _SPECIAL.sub(_with_backslash, " ".join(text.split()))


def _with_backslash(match: re.Match[str]) -> str:
    return f"{match[0]}\\" if match[0].isdigit() else f"\\{match[0]}"


def code(text: str) -> str:
    """Return a code span; its fence is longer than any run of backticks in the text.

    Examples
    --------
    >>> code("a`b")
    '`` a`b ``'
    """
    fence = "`" * (_longest_run(text) + 1)
    pad = " " if len(fence) > 1 or not text.strip() else ""
    return f"{fence}{pad}{' '.join(text.split())}{pad}{fence}"


def block(text: str) -> list[str]:
    """Return the lines of a fenced block."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return [f"{fence}text", *text.split("\n"), fence]


def _longest_run(text: str) -> int:
    return max((len(run) for run in _RUNS.findall(text)), default=0)


def feedback_markdown(view: FeedbackView) -> str:
    """Return a student's feedback as Markdown (CommonMark with GitHub's tables).

    Parameters
    ----------
    view : FeedbackView
    """
    return "\n".join(_lines(view)).rstrip("\n") + "\n"


def _lines(view: FeedbackView) -> Iterator[str]:
    yield from (f"# {escaped(view.title)}", "", escaped(f"{view.course}, feedback for {view.student}"), "")
    yield from (f"**{escaped(view.score)}**", "")
    yield from _list(view.story)
    if view.problem:
        yield from ("## Why it was not graded", "", escaped(view.problem), "")
    if view.first:
        yield from ("## What to mend first", "")
        yield from (f"{number}. {code(task)}: {escaped(why)}" for number, (task, why) in enumerate(view.first, start=1))
        yield ""
    for task in view.tasks:
        yield from _task(task)
    if view.open_tasks:
        yield from ("## Not attempted", "", ", ".join(map(code, view.open_tasks)), "")
    if view.picture:
        yield from ("## The milestone", "", f"![{escaped(view.milestone)}]({view.unit}.png)", "")
    elif view.milestone:
        yield from ("## The milestone", "", escaped(f"{view.milestone}: no picture yet. {view.no_picture}"), "")
    if view.level:
        yield from ("---", "", escaped(view.level))


def _list(lines: tuple[str, ...]) -> Iterator[str]:
    if lines:
        yield from (f"- {escaped(line)}" for line in lines)
        yield ""


def _task(task: TaskView) -> Iterator[str]:
    yield f"## {task.sign} {code(task.name)} in {code(task.file)}: {escaped(task.score)}, {escaped(task.word)}"
    yield from ("", escaped(task.title), "")
    if task.note:
        yield from (f"*{escaped(task.note)}*", "")
    for test in task.tests:
        yield from _test(test)
    yield ""
    for medal in task.medals:
        yield from _medal(medal)


def _test(test: TestView) -> Iterator[str]:
    notes = f"{'hidden, ' if test.hidden else ''}{test.word}{f', {test.score}' if test.score else ''}"
    yield f"- {test.sign} {escaped(f'{test.title} ({notes})')}"
    if test.looks_at:
        yield from ("", f"  looks at: {escaped(test.looks_at)}")
    for label, text in test.rows:
        if "\n" in text:
            yield from ("", f"  {label}:", "", *(f"  {line}" for line in block(text)))
        elif text.strip():
            yield from ("", f"  {f'{label}: ' if label else ''}{code(text)}")


def _medal(medal: MedalView) -> Iterator[str]:
    yield from (escaped(f"Time of a call, divided by torch's, on {medal.device}"), "")
    yield from ("| medal | ratio |", "|---|---|")
    yield from (f"| {escaped(name)} | at most {escaped(edge)} |" for name, edge in medal.scale)
    yield from (f"| **yours** | {escaped(f'{medal.ratio} ({medal.interval}): {medal.medal}')} |", "")
