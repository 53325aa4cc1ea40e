"""A class as an instructor wants to see it after a run: who needs attention, how units went, what to say tomorrow."""

import math
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from grader.course.model import Unit
from grader.printable import one_line, safe
from grader.records import Result, Status
from grader.records.grades import Grade, GradeStatus
from grader.records.run import Change
from grader.report.pages.charts import can_draw, heat_map, histogram
from grader.report.pages.statistics import (
    ItemStatistics,
    SharedMistake,
    graded,
    shared_mistakes,
    task_statistics,
    test_statistics,
)
from grader.report.scores import unsettled
from grader.report.screens import points

MOST_MISTAKES = 12  # in a unit's table; the heat map has all
MOST_CHANGES = 50


class MistakeView(Struct, frozen=True):
    """A mistake that people share: task, text, their number and names, and where the handout speaks of it."""

    task: str
    text: str
    count: int
    students: tuple[str, ...]
    place: str


class ItemView(Struct, frozen=True):
    """A row of a table of tasks or tests, as text."""

    name: str
    title: str
    points: str
    difficulty: str
    discrimination: str
    remarks: str


class UnitView(Struct, frozen=True):
    """A unit of the class.

    Attributes
    ----------
    name, title : str
    summary : str
        How many were graded, and the quartiles of the points.
    histogram, heat_map : str
        SVG, or empty where it cannot be drawn.
    tasks, tests : tuple of ItemView
    mistakes : tuple of MistakeView
        The most frequent first.
    """

    name: str
    title: str
    summary: str
    histogram: str = ""
    heat_map: str = ""
    tasks: tuple[ItemView, ...] = ()
    tests: tuple[ItemView, ...] = ()
    mistakes: tuple[MistakeView, ...] = ()


class PersonView(Struct, frozen=True):
    """A row of the table of people.

    Attributes
    ----------
    name : str
        Id, or pseudonym.
    cells : tuple of (str, str)
        Text for each unit, and the page that it leads to; empty for none.
    total : str
    """

    name: str
    cells: tuple[tuple[str, str], ...]
    total: str


class ClassView(Struct, frozen=True):
    """The class report.

    Attributes
    ----------
    course : str
    summary : tuple of str
        Size, isolation and time of grading.
    attention : tuple of (str, str)
        Who and why: refused or missing hand-ins, code to review.
    changes_head : str
        Heading of the changed grades; empty if there are none to speak of.
    changes : tuple of str
        Grades changed by the last run, latest first.
    units : tuple of UnitView
    people : tuple of PersonView
    unit_names : tuple of str
        Columns of the table of people.
    is_drawn : bool
        Whether there are charts.
    similar : str
        The page of similar work; empty if there is none.
    """

    course: str
    summary: tuple[str, ...]
    attention: tuple[tuple[str, str], ...]
    changes_head: str
    changes: tuple[str, ...]
    units: tuple[UnitView, ...]
    people: tuple[PersonView, ...]
    unit_names: tuple[str, ...]
    is_drawn: bool
    similar: str = ""


class ClassFacts(Struct, frozen=True):
    """Everything that a class report is made of.

    Attributes
    ----------
    course : str
    units : tuple of Unit
        Those with results, in the course's order.
    results : tuple of Result
    grades : tuple of Grade
    changes : tuple of (str, Change)
        Changed grades with their time, latest first.
    last_run : str
        When the last run began; empty if no run noted it, and all changes are shown.
    names : dict of str to str
        Name shown for each student's id; ids without one are shown themselves.
    places : dict of str to str
        Where the handout speaks of a task, by the task's name.
    pages : dict of (str, str) to str
        Page of each student and unit.
    similar : str
        The page of similar work; empty if there is none.
    """

    course: str
    units: tuple[Unit, ...]
    results: tuple[Result, ...]
    grades: tuple[Grade, ...]
    changes: tuple[tuple[str, Change], ...] = ()
    last_run: str = ""
    names: Mapping[str, str] = {}
    places: Mapping[str, str] = {}
    pages: Mapping[tuple[str, str], str] = {}
    similar: str = ""

    def name_of(self, student: str) -> str:
        """Return the name to show for a student."""
        return safe(self.names.get(student, student))

    def details(self, text: str) -> str:
        """Return details behind a colon; nothing where people have pseudonyms, since paths and notes name them."""
        return f": {one_line(text)}" if text and not self.names else ""


def class_view(facts: ClassFacts) -> ClassView:
    """Return the report of a class.

    Parameters
    ----------
    facts : ClassFacts
    """
    return ClassView(
        course=facts.course,
        summary=tuple(_summary(facts)),
        attention=tuple(attention(facts)),
        changes_head=_changes_head(facts),
        changes=tuple(_changes(facts)),
        units=tuple(_unit_view(facts, unit) for unit in facts.units),
        people=tuple(people(facts)),
        unit_names=tuple(unit.name for unit in facts.units),
        is_drawn=can_draw(),
        similar=facts.similar,
    )


def _summary(facts: ClassFacts) -> Iterator[str]:
    counts = {status: sum(result.status is status for result in facts.results) for status in Status}
    parts = [f"{counts[Status.GRADED]} submissions graded"]
    parts += [f"{counts[status]} {word}" for status, word in _COUNTED.items() if counts[status]]
    yield f"{len(facts.grades)} people; {', '.join(parts)}"
    ran = [result for result in facts.results if result.status is Status.GRADED]
    tiers = sorted({result.tier.value for result in ran})
    if tiers:
        yield f"isolation: {', '.join(tiers)}"
        seconds = sorted(result.timing.total for result in ran)
        yield f"grading took {sum(seconds):.0f} s, {seconds[len(seconds) // 2]:.2f} s for the median submission"


_COUNTED = {
    Status.REJECTED: "refused",
    Status.MISSING: "not submitted",
    Status.WAITING: "not graded yet",
    Status.GRADER_ERROR: "not measured",
}


def attention(facts: ClassFacts) -> Iterator[tuple[str, str]]:
    """Yield who needs attention and why, most urgent first.

    Parameters
    ----------
    facts : ClassFacts
    """
    for result in unsettled(facts.results, facts.grades):
        yield _who(facts, result), _COUNTED[result.status] + facts.details(result.remark)
    for grade in facts.grades:
        for unit, one in grade.units.items():
            if one.status in (GradeStatus.OPEN, GradeStatus.NOT_MEASURED):
                place = f"{facts.name_of(grade.person.id)}, {unit}"
                yield place, one.status.value + facts.details("; ".join(one.notes))
    for result in facts.results:
        for note in result.review:
            yield _who(facts, result), one_line(f"look at {note}")
        for test in result.tests:
            if test.feedback.review:
                yield _who(facts, result), one_line(f"look at {test.task}: {test.feedback.review}")
    for name in (unit.name for unit in facts.units):
        absent = [grade.person.id for grade in facts.grades if _is_absent(grade, name)]
        if absent:
            yield name, f"{len(absent)} not submitted: {', '.join(map(facts.name_of, absent))}"


def _is_absent(grade: Grade, unit: str) -> bool:
    return unit in grade.units and grade.units[unit].status is GradeStatus.NOT_SUBMITTED


def _who(facts: ClassFacts, result: Result) -> str:
    return f"{facts.name_of(result.student)}, {result.unit}"


def _changes_head(facts: ClassFacts) -> str:
    if not facts.last_run:
        return "Changed grades, the latest first" if facts.changes else ""
    when = f"the last run ({_minute(facts.last_run)})"
    if _of_the_last_run(facts):
        return f"Grades changed by {when}"
    return f"No grade changed in {when}" if facts.changes else ""


def _changes(facts: ClassFacts) -> Iterator[str]:
    """Yield what the last run changed, and how many earlier changes there are."""
    changes = _of_the_last_run(facts)
    for at, change in changes[:MOST_CHANGES]:
        task = "" if change.what == "all" else f" {change.what}"
        whose = f"{facts.name_of(change.student)} {change.unit}{task}"
        yield one_line(f"{_minute(at)}: {whose}: {change.before} → {change.after}, {change.why}")
    if len(changes) > MOST_CHANGES:
        yield f"and {len(changes) - MOST_CHANGES} more: changes.csv"
    if earlier := len(facts.changes) - len(changes):
        yield f"{earlier} in earlier runs: changes.csv"


def _of_the_last_run(facts: ClassFacts) -> list[tuple[str, Change]]:
    return [(at, change) for at, change in facts.changes if at >= facts.last_run]


def _minute(at: str) -> str:
    return at[:16].replace("T", " ")


def _unit_view(facts: ClassFacts, unit: Unit) -> UnitView:
    results = graded(facts.results, unit.name)
    shares = [result.earned / result.measured for result in results if result.measured]
    mistakes = shared_mistakes(results)
    is_drawn = can_draw()
    return UnitView(
        name=unit.name,
        title=unit.title,
        summary=_quartiles(results, shares),
        histogram=histogram(shares, "percent of the points") if shares and is_drawn else "",
        heat_map=heat_map(mistakes, [task.name for task in unit.tasks]) if mistakes and is_drawn else "",
        tasks=tuple(map(_item_view, task_statistics(results, {task.name: task.title for task in unit.tasks}))),
        tests=tuple(map(_item_view, test_statistics(results))),
        mistakes=tuple(_mistake_view(facts, mistake) for mistake in mistakes[:MOST_MISTAKES]),
    )


def _quartiles(results: Sequence[Result], shares: Sequence[float]) -> str:
    if not shares:
        return "nobody was graded"
    ordered = sorted(shares)
    low, middle, high = (ordered[round(part * (len(ordered) - 1))] for part in (0.25, 0.5, 0.75))
    full = sum(share > 1 - 1e-9 for share in shares)
    return f"{len(results)} graded; quartiles {low:.0%}, {middle:.0%}, {high:.0%}; {full} with all points"


def _item_view(item: ItemStatistics) -> ItemView:
    remarks = [
        f"{item.not_attempted} not attempted" if item.not_attempted else "",
        f"{item.unmeasured} not measured" if item.unmeasured else "",
    ]
    hidden = " (hidden)" if item.hidden else ""
    return ItemView(
        name=item.task,
        title=safe(item.title) + hidden,
        points=points(item.points),
        difficulty="" if math.isnan(item.difficulty) else f"{item.difficulty:.0%}",
        discrimination="" if item.discrimination is None else f"{item.discrimination:.2f}",
        remarks=", ".join(filter(None, remarks)),
    )


def _mistake_view(facts: ClassFacts, mistake: SharedMistake) -> MistakeView:
    names = tuple(map(facts.name_of, mistake.students))
    place = facts.places.get(mistake.task, "")
    return MistakeView(mistake.task, safe(mistake.text), len(names), names, place)


def people(facts: ClassFacts) -> Iterator[PersonView]:
    """Yield the rows of the table of people.

    Parameters
    ----------
    facts : ClassFacts
    """
    rows = []
    for grade in facts.grades:
        cells = []
        for unit in facts.units:
            one = grade.units.get(unit.name)
            text = "" if one is None else one.status.value if one.final is None else points(one.final)
            cells.append((text, facts.pages.get((grade.person.id, unit.name), "")))
        total = f"{points(grade.earned)} of {points(grade.out_of)}" if grade.is_known else ""
        rows.append(PersonView(facts.name_of(grade.person.id), tuple(cells), total))
    yield from sorted(rows, key=lambda row: row.name) if facts.names else rows
