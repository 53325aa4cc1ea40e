"""The story of a person's grades: what was handed in, graded, changed and decided, in the order of time."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from grader.gradebook.remarks import decision
from grader.gradebook.store import Gradebook, Request
from grader.records.grades import Adjustment, Attempt
from grader.submissions.times import BY_A_PERSON

WORDS = {BY_A_PERSON: "the time was stated by hand"}
"""Words for where times come from that are no platform's."""


class Step(Struct, frozen=True):
    """Something that happened to a grade.

    Attributes
    ----------
    unit : str
    at : datetime or None
        None if nobody knows when.
    text : str
    """

    unit: str
    at: datetime | None
    text: str


def steps_of(book: Gradebook, student: str) -> list[Step]:
    """Return everything that happened to a student's grades, earliest first; undated steps come before the others.

    Parameters
    ----------
    book : Gradebook
    student : str
    """
    steps = [
        *(_handed_in(attempt) for attempt in book.attempts() if attempt.student == student),
        *(step for one in book.adjustments() if one.student == student for step in _decided(one)),
        *(step for request in book.requests() if request.student == student for step in _asked(request)),
        *_changes(book, student),
    ]
    return sorted(steps, key=lambda step: step.at or datetime.min.replace(tzinfo=UTC))


def _handed_in(attempt: Attempt) -> Step:
    source = WORDS.get(attempt.source, f"the time is {attempt.source}'s") if attempt.handed_in else "time unknown"
    group = f" with {', '.join(attempt.members)}" if attempt.members else ""
    return Step(attempt.unit, attempt.handed_in, f"handed in{group}, attempt {attempt.number} ({source})")


def _decided(adjustment: Adjustment) -> Iterator[Step]:
    text = decision(adjustment)
    yield Step(adjustment.unit, adjustment.at, text)
    if not adjustment.holds:
        yield Step(adjustment.unit, adjustment.undone_at, f"taken back by {adjustment.undone_by}: {text}")


def _asked(request: Request) -> Iterator[Step]:
    yield Step(request.unit, request.at, f"request {request.number}: {request.text}")
    if not request.is_open:
        yield Step(request.unit, request.answered_at, f"answered by {request.answered_by}: {request.answer}")


def _changes(book: Gradebook, student: str) -> Iterator[Step]:
    for at, change in book.changes(student):
        task = "" if change.what == "all" else f"{change.what} "
        yield Step(
            change.unit, datetime.fromisoformat(at), f"{task}{change.before} → {change.after}, because {change.why}"
        )
    for at, result in book.replaced_results(student):
        yield Step(result.unit, datetime.fromisoformat(at), f"{result.earned:g} points replaced by a refused hand-in")


def units_in(steps: Sequence[Step]) -> tuple[str, ...]:
    """Return the units of some steps, in their order."""
    return tuple(dict.fromkeys(step.unit for step in steps))
