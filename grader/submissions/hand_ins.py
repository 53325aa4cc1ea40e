"""Discovery of submissions in what an instructor has: a folder, or a zip archive as a platform makes it.

Only the text of registered stub files is returned. Nothing that a student sent is unpacked to disk, followed or run.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from grader.course.registry import Course
from grader.errors import DeepgradeError, NotFoundError
from grader.submissions.intake import Submission
from grader.submissions.locating import Reader
from grader.submissions.packing import pack
from grader.submissions.placing import HandIn, by_unit, of_unit
from grader.submissions.platforms.recognition import recognise
from grader.submissions.platforms.records import Delivery, LayoutReading
from grader.submissions.spellings import twins
from grader.submissions.times import BY_A_PERSON, StatedTimes

_LONG_AGO = datetime.min.replace(tzinfo=UTC)

__all__ = ["HandIn", "Inbox", "Submission", "discover", "pack", "read_inbox", "students"]


class Inbox(Struct, frozen=True):
    """Everything that was handed in, as one layout reads it.

    Attributes
    ----------
    reading : LayoutReading
    hand_ins : tuple of HandIn
        By student and unit, attempts from the first to the last.
    students : tuple of str
        Everybody, even those whose folder is empty.
    units : frozenset of str
        Units of which it has all hand-ins; a download of one assignment says nothing of the others.
    """

    reading: LayoutReading
    hand_ins: tuple[HandIn, ...]
    students: tuple[str, ...]
    units: frozenset[str] = frozenset()

    @property
    def submissions(self) -> list[Submission]:
        """The attempts that count, by student and unit."""
        return [hand_in.submission for hand_in in self.hand_ins if hand_in.counts]


def read_inbox(
    path: Path,
    course: Course,
    *,
    layout: str = "",
    units: Sequence[str] = (),
    times: StatedTimes | None = None,
    identify: Callable[[Delivery], str] | None = None,
) -> Inbox:
    """Read every submission in a folder or zip archive.

    In the plain layout, a student's units are in ``<folder>/<student>/``, and missing units are not listed. Other
    layouts are of one assignment, for which the unit is named; there, everybody has a hand-in. If two folders may
    belong to the same student, everything in them is refused.

    Parameters
    ----------
    path : Path
    course : Course
    layout : str, optional
        Name of the layout; by default, the structure decides.
    units : sequence of str, optional
        Names of the units that are asked for.
    times : dict, optional
        Times of handing in, by a person's word.
    identify : callable, optional
        Returns the id of the person behind a delivery; by default, the name that the layout gives.

    Returns
    -------
    Inbox

    Raises
    ------
    NotFoundError
        If the path is missing, or contains no student folder.
    DeepgradeError
        If two layouts could be meant, or it is not known for which unit it is.
    """
    reading, reader = _identified(recognise(path, course, layout), identify), Reader(course)
    hand_ins = [hand_in for delivery in reading.deliveries for hand_in in _of(delivery, reading, reader, units)]
    if reading.is_one_assignment and not hand_ins:
        held = ", ".join(sorted({delivery.assignment for delivery in reading.deliveries}))
        raise NotFoundError(f"{path} holds {held}, not {', '.join(units)}", "name the unit that it holds: --unit UNIT")
    timed = [_timed(hand_in, times or {}) for hand_in in hand_ins]
    alike = twins(_names(reading))
    about = {hand_in.submission.unit for hand_in in timed} if reading.is_one_assignment else _names_of(course)
    return Inbox(reading, tuple(_without_twins(_in_order(timed), alike)), _people(reading), frozenset(about))


def _names_of(course: Course) -> set[str]:
    return {unit.name for unit in course.units}


def _identified(reading: LayoutReading, identify: Callable[[Delivery], str] | None) -> LayoutReading:
    """Return a reading in which everybody has the id that the roster knows them by."""
    name = identify or _as_delivered
    return replace(reading, deliveries=tuple(_with_ids(delivery, name) for delivery in reading.deliveries))


def _as_delivered(delivery: Delivery) -> str:
    return delivery.student


def _with_ids(delivery: Delivery, identify: Callable[[Delivery], str]) -> Delivery:
    student = identify(delivery)
    alone = (replace(delivery, student=one.surest, people=(one,)) for one in delivery.people if one.surest)
    ids = dict.fromkeys(map(identify, alone)) if len(delivery.people) > 1 else {}
    return replace(delivery, student=student, members=tuple(name for name in ids if name != student))


def discover(folder: Path, course: Course) -> list[Submission]:
    """Return the submissions that count, in a folder or zip archive, by student and unit.

    Raises
    ------
    NotFoundError, DeepgradeError
        As for `read_inbox`.
    """
    return read_inbox(folder, course).submissions


def students(
    path: Path, course: Course, layout: str = "", identify: Callable[[Delivery], str] | None = None
) -> tuple[str, ...]:
    """Return the names of everybody, even of those with an empty folder, spelled as in `read_inbox`.

    Parameters
    ----------
    path : Path
    course : Course
    layout : str, optional
    identify : callable, optional
        As for `read_inbox`.

    Raises
    ------
    NotFoundError, DeepgradeError
        As for `read_inbox`.
    """
    return _people(_identified(recognise(path, course, layout), identify))


def _people(reading: LayoutReading) -> tuple[str, ...]:
    return tuple(sorted({name for one in reading.deliveries for name in (one.student, *one.members)}))


def _names(reading: LayoutReading) -> list[str]:
    """Return the names among which look-alikes are searched; in the plain layout, equal ones are two folders."""
    names = [delivery.student for delivery in reading.deliveries]
    return names if reading.layout == "plain" else list(dict.fromkeys(names))


def _of(delivery: Delivery, reading: LayoutReading, reader: Reader, units: Sequence[str]) -> Iterator[HandIn]:
    course = reader.course
    if not reading.is_one_assignment:
        yield from by_unit(delivery, reader, units)
        return
    stated = _unit_named_by(delivery.assignment, course)
    if not stated and len(units) != 1:
        raise DeepgradeError(
            f"this is {reading.title}: of which unit, is not said in it",
            "name the unit: --unit UNIT; units: " + ", ".join(unit.name for unit in course.units),
        )
    unit = stated or units[0]
    if not units or unit in units:
        yield of_unit(delivery, reader, course.unit(unit))


def _unit_named_by(assignment: str, course: Course) -> str:
    """Return the unit whose name a platform's name of an assignment is, or ends in after a classroom's name."""
    spelled = assignment.replace("-", "_")
    units = [unit.name for unit in course.units if spelled == unit.name or spelled.endswith(f"_{unit.name}")]
    return max(units, key=len, default="")


def _timed(hand_in: HandIn, times: StatedTimes) -> HandIn:
    """Return a hand-in with the time that a person states, if any."""
    attempt = hand_in.attempt
    path, student, unit = attempt.path, attempt.student, attempt.unit
    stated = (times.get(place) for place in ((path, ""), (student, unit), (student, ""), (path, unit)))
    moment = next(filter(None, stated), None)
    return replace(hand_in, attempt=replace(attempt, handed_in=moment, source=BY_A_PERSON)) if moment else hand_in


def _in_order(hand_ins: Sequence[HandIn]) -> list[HandIn]:
    """Return the hand-ins by student and unit, with their numbers; of several attempts the newest counts."""
    by_place: dict[tuple[str, str], list[HandIn]] = {}
    for hand_in in hand_ins:
        by_place.setdefault((hand_in.attempt.student, hand_in.attempt.unit), []).append(hand_in)
    return [hand_in for _, attempts in sorted(by_place.items()) for hand_in in _numbered(attempts)]


def _numbered(attempts: Sequence[HandIn]) -> list[HandIn]:
    if len(attempts) > 1 and any(hand_in.attempt.handed_in is None for hand_in in attempts):
        paths = ", ".join(hand_in.attempt.path for hand_in in attempts)
        problem = f"handed in more than once, and which one is newer is not known: keep one of {paths}, or use --times"
        first = attempts[0]
        return [replace(first, submission=replace(first.submission, files={}, problem=problem))]
    ordered = sorted(attempts, key=lambda hand_in: hand_in.attempt.handed_in or _LONG_AGO)
    return [
        replace(hand_in, attempt=replace(hand_in.attempt, number=number), counts=number == len(ordered))
        for number, hand_in in enumerate(ordered, 1)
    ]


def _without_twins(hand_ins: Iterable[HandIn], alike: Mapping[str, str]) -> Iterator[HandIn]:
    """Yield the hand-ins, refused where names look alike: grading both, or one, would be a guess."""
    for hand_in in hand_ins:
        submission = hand_in.submission
        problem = alike.get(submission.student)
        refused = Submission(submission.unit, student=submission.student, problem=problem or "")
        yield replace(hand_in, submission=refused) if problem else hand_in
