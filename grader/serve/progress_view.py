"""Progress of a class's run as a page shows it, from what the run notes in the database."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlencode

from msgspec import Struct

from grader.printable import one_line
from grader.records import STATUS_WORDS, Status
from grader.records.run import GradingStep, RunProgress

MOST_STEPS = 12  # of the latest ones, and of those to come


class StepView(Struct, frozen=True):
    """A submission of the run: whose it is, its page, when it was done, and what became of it."""

    name: str
    page: str
    at: str = ""
    words: str = ""


class ProgressView(Struct, frozen=True):
    """A run, or that there was none.

    Attributes
    ----------
    headline : str
    is_running : bool
    done, total : int
        Submissions with a result, those of earlier runs included, and all.
    counts : str
        How many of this run were graded, refused and not measured.
    at_work, next : tuple of StepView
        Submissions that are being graded, and those that come next.
    more : int
        Number of those that come after them.
    wrong, latest : tuple of StepView
        What went wrong, and what was done last.
    """

    headline: str
    is_running: bool = False
    done: int = 0
    total: int = 0
    counts: str = ""
    at_work: tuple[StepView, ...] = ()
    next: tuple[StepView, ...] = ()
    more: int = 0
    wrong: tuple[StepView, ...] = ()
    latest: tuple[StepView, ...] = ()


def page_of(student: str, unit: str) -> str:
    """Return the address of a student's page."""
    return f"/student?{urlencode({'student': student, 'unit': unit})}"


def progress_view(run: RunProgress | None, *, is_running: bool) -> ProgressView:
    """Return what a page says of a run.

    Parameters
    ----------
    run : RunProgress or None
    is_running : bool
        Whether a process is still at it.

    Returns
    -------
    ProgressView
    """
    if run is None:
        return ProgressView("No run is noted in this folder. It begins with: grade autograde SUBMISSIONS")
    done, facts = run.facts.reused + len(run.done), run.facts
    at_work = run.waiting[: facts.jobs] if is_running else ()
    others = run.waiting[len(at_work) :]
    return ProgressView(
        headline=_headline(run, done, is_running=is_running),
        is_running=is_running,
        done=done,
        total=facts.total,
        counts=", ".join(_counts(run)),
        at_work=tuple(StepView(_name(*place), page_of(*place)) for place in at_work),
        next=tuple(StepView(_name(*place), page_of(*place)) for place in others[:MOST_STEPS]),
        more=max(0, len(others) - MOST_STEPS),
        wrong=tuple(_step_view(step) for step in run.done if step.status is not Status.GRADED),
        latest=tuple(map(_step_view, run.done[:MOST_STEPS])),
    )


def _headline(run: RunProgress, done: int, *, is_running: bool) -> str:
    share = f"{done} of {run.facts.total} submissions"
    if is_running:
        return f"Grading: {share} done"
    if run.problem:
        return f"Stopped at {clock(run.ended)}, with {share} done: {one_line(run.problem)}"
    if run.ended:
        return f"Done at {clock(run.ended)}: {share}"
    return f"Ended without a word, with {share} done: grade autograde with the same arguments goes on"


def _counts(run: RunProgress) -> Iterator[str]:
    counts = Counter(step.status for step in run.done)
    yield from (f"{counts[status]} {STATUS_WORDS[status]}" for status in Status if counts[status])
    if run.facts.reused:
        yield f"{run.facts.reused} as before"


def _step_view(step: GradingStep) -> StepView:
    words = "" if step.status is Status.GRADED else STATUS_WORDS[step.status]
    text = ": ".join(filter(None, (words, one_line(step.remark))))
    return StepView(_name(step.student, step.unit), page_of(step.student, step.unit), clock(step.at), text)


def _name(student: str, unit: str) -> str:
    return one_line(f"{student}, {unit}")


def clock(moment: str) -> str:
    """Return a stored moment as hours and minutes of this machine, with the date if it was another day."""
    local = datetime.fromisoformat(moment).astimezone()
    is_today = local.date() == datetime.now().astimezone().date()
    return f"{local:%H:%M}" if is_today else f"{local:%Y-%m-%d %H:%M}"
