"""The class as the journal knows it: everybody, in all units that were ever part of a run."""

from collections.abc import Iterator, Sequence

from grader.autograde.journal import Journal
from grader.autograde.plan import NOT_SUBMITTED, Plan
from grader.course.registry import Course
from grader.records import Result, Status, Tier

NOT_YET = "handed in, and not graded yet"


def whole_class(course: Course, plan: Plan, kept: Journal, tier: Tier) -> tuple[Result, ...]:
    """Return one result for every student and unit.

    A result stays when the hand-in is no longer there. A unit that the course no longer has stays in the journal alone.

    Parameters
    ----------
    course : Course
    plan : Plan
        What this run was about; what is in the folder besides is taken into account, too.
    kept : Journal
    tier : Tier
        The label of what was not handed in.

    Returns
    -------
    tuple of Result
        By student, then in the course's order of units.
    """
    stays = (each for each in kept.results() if each.status is Status.GRADED or _place(each) in plan.handed_in)
    known = {_place(each): each for each in stays}  # what was refused and taken away is not there any more
    units = [unit.name for unit in course.units if unit.name in kept.units()]
    everybody = sorted({*plan.everybody, *(student for student, _ in known)})
    places = [(student, unit) for student in everybody for unit in units]
    return tuple(known.get(place) or _absent(place, plan, tier) for place in places)


def _place(result: Result) -> tuple[str, str]:
    return result.student, result.unit


def _absent(place: tuple[str, str], plan: Plan, tier: Tier) -> Result:
    if place in plan.handed_in:
        return Result(*place, Status.WAITING, tier, remark=NOT_YET)
    return Result(*place, Status.MISSING, tier, remark=NOT_SUBMITTED)


def notes_on(course: Course, plan: Plan, results: Sequence[Result], kept: Journal) -> Iterator[str]:
    """Yield what an instructor should know of where the journal and the folder differ."""
    gone = [each for each in results if each.status is Status.GRADED and _place(each) not in plan.handed_in]
    if gone:
        shown = ", ".join(f"{each.student} {each.unit}" for each in gone[:5])
        more = f" and {len(gone) - 5} more" if len(gone) > 5 else ""
        yield f"{len(gone)} graded earlier and no longer in the folder (they stay as they were): {shown}{more}"
    removed = sorted(kept.units() - {unit.name for unit in course.units})
    if removed:
        yield f"the course no longer has {', '.join(removed)}: their results stay in the journal, and in no total"
