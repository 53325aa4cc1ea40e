"""Results in the journal: the whole class in all units ever graded, and changes of grades."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from grader.autograde.journal import NAME, Journal
from grader.autograde.keys import CAUSES
from grader.autograde.plan import NOT_SUBMITTED, Plan
from grader.course.registry import Course
from grader.errors import DeepgradeError, NotFoundError
from grader.records import STATUS_WORDS, VERSION, Isolation, Result, Status, TestRecord
from grader.records.results import BriefResult
from grader.records.run import Change

NOT_YET = "handed in, and not graded yet"


def whole_class(course: Course, plan: Plan, kept: Journal, tier: Isolation) -> tuple[Result, ...]:
    """Return one result for every student and unit.

    A result stays even if its hand-in has been removed. A unit no longer in the course stays only in the journal.

    Parameters
    ----------
    course : Course
    plan : Plan
        The run's plan; other hand-ins in the folder are taken into account, too.
    kept : Journal
    tier : Isolation
        Isolation recorded for missing hand-ins.

    Returns
    -------
    tuple of Result
        By student, then in the course's order of units.
    """
    stays = (result for result in kept.results() if result.status is Status.GRADED or not _is_gone(result, plan))
    known = {_place(result): result for result in stays}  # drops refused hand-ins that have been removed
    units = [unit.name for unit in course.units if unit.name in kept.units()]
    everybody = sorted({*plan.everybody, *(student for student, _ in known)})
    places = [(student, unit) for student in everybody for unit in units]
    return tuple(known.get(place) or _absent(place, plan, tier) for place in places)


def with_choices(course: Course, results: Iterable[Result]) -> tuple[Result, ...]:
    """Return results by the course's choices of today: a changed choice is no reason to run a test again."""
    choices = {unit.name: unit.choices for unit in course.units}
    return tuple(msgspec.structs.replace(result, choices=choices.get(result.unit, ())) for result in results)


def _is_gone(result: Result, plan: Plan) -> bool:
    """Return whether the folder has all hand-ins of a result's unit, and not this one."""
    return result.unit in plan.covered and _place(result) not in plan.handed_in


def _place(result: Result) -> tuple[str, str]:
    return result.student, result.unit


def _absent(place: tuple[str, str], plan: Plan, tier: Isolation) -> Result:
    if place in plan.handed_in:
        return Result(*place, Status.WAITING, tier, remark=NOT_YET)
    return Result(*place, Status.MISSING, tier, remark=NOT_SUBMITTED)


def notes_on(course: Course, plan: Plan, results: Sequence[Result], kept: Journal) -> Iterator[str]:
    """Yield notes for the instructor on differences between the journal and the folder."""
    gone = [result for result in results if result.status is Status.GRADED and _is_gone(result, plan)]
    if gone:
        shown = ", ".join(f"{result.student} {result.unit}" for result in gone[:5])
        more = f" and {len(gone) - 5} more" if len(gone) > 5 else ""
        yield f"{len(gone)} graded earlier and no longer in the folder (they stay as they were): {shown}{more}"
    removed = sorted(kept.units() - {unit.name for unit in course.units})
    if removed:
        yield f"the course no longer has {', '.join(removed)}: their results stay in the journal, and in no total"


RESULTS = "results.json"


class _ResultsFile(Struct, frozen=True):
    """The fields of `results.json` that are read."""

    results: tuple[Result, ...]


def past_results(place: Path) -> tuple[Result, ...]:
    """Return the results of an earlier run.

    Parameters
    ----------
    place : Path
        The output folder of `grade autograde`, or its `results.json`. If there is none because the run was
        interrupted, the journal is read.

    Returns
    -------
    tuple of Result

    Raises
    ------
    NotFoundError
        If there are no results.
    DeepgradeError
        If the file is broken.
    """
    path = place / RESULTS if place.is_dir() else place
    if path.is_file():
        return _read(path)
    journal = place / NAME
    if not journal.is_file():
        raise NotFoundError(
            f"there are no results in {place}", "grade autograde SUBMISSIONS, or name the folder that it wrote to"
        )
    with Journal(journal, read_only=True) as opened:
        return opened.results()


def _read(path: Path) -> tuple[Result, ...]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_ResultsFile).results
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DeepgradeError(
            f"{path} is not what grade autograde writes: {error}", "grade autograde SUBMISSIONS"
        ) from None


class _Summaries(Struct, frozen=True):
    """The fields of `results.json` that grades follow from."""

    results: tuple[BriefResult, ...]
    version: int = 0


def past_summaries(course: Course, out: Path) -> tuple[BriefResult, ...]:
    """Return the results of an earlier run without their tests, which spares most of the time of a large class.

    Parameters
    ----------
    course : Course
    out : Path
        The output folder of `grade autograde`.

    Returns
    -------
    tuple of BriefResult
        Empty if `results.json` does not say all of it: it is missing, older than the journal, or of other choices.
    """
    path, journal = out / RESULTS, out / NAME
    if not path.is_file() or not journal.is_file():
        return ()
    try:
        document = msgspec.json.decode(path.read_bytes(), type=_Summaries)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ()  # whoever reads all of it says so
    choices = {unit.name: unit.choices for unit in course.units}
    is_current = document.version == VERSION and all(
        result.choices == choices.get(result.unit, ()) for result in document.results if result.status is Status.GRADED
    )
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    with Journal(journal, read_only=True) as opened:
        return document.results if is_current and opened.is_written(document.results, written) else ()


MEASURED_AGAIN = "it was measured again"
UNKNOWN = "it was graded anew"  # earlier formats of the journal did not store the parts of a key
A_PERSON = "a person said so"

Parts = Mapping[str, str]


def why(before: Parts, after: Parts) -> str:
    """Return the likeliest reason for a different result, from the parts of the two keys."""
    if not before:
        return UNKNOWN
    return next((cause for name, cause in CAUSES.items() if before.get(name) != after.get(name)), MEASURED_AGAIN)


def changes_between(before: Result, after: Result, reason: str) -> tuple[Change, ...]:
    """Return a change for each task whose points differ, or a single one if either result has no grade.

    Parameters
    ----------
    before, after : Result
        Results of the same student and unit.
    reason : str
        Why they may differ.
    """
    pairs = _by_task(before, after) if before.status is after.status is Status.GRADED else [("all", before, after)]
    texts = [(what, _points_or_status(then), _points_or_status(now)) for what, then, now in pairs]
    return tuple(Change(after.student, after.unit, what, old, new, reason) for what, old, new in texts if old != new)


def _by_task(before: Result, after: Result) -> Iterator[tuple[str, list[TestRecord], list[TestRecord]]]:
    for task in dict.fromkeys(test.task for test in (*before.tests, *after.tests)):
        yield task, [test for test in before.tests if test.task == task], [t for t in after.tests if t.task == task]


def _points_or_status(of: Result | list[TestRecord]) -> str:
    """Return earned and possible points, or the status if there are no points."""
    if isinstance(of, Result) and of.status is not Status.GRADED:
        return "0" if of.zero else STATUS_WORDS[of.status]
    tests = of.tests if isinstance(of, Result) else of
    measured = sum(test.points for test in tests if not test.verdict.meaning.costs_nothing)
    return f"{sum(test.earned for test in tests):g}/{measured:g}"
