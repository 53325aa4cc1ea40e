"""Reader of the rules in `course.toml`: the tables `[grading]`, `[due]`, `[late]`, `[weights]` and `[feedback]`.

Whatever would have no effect is an error, so that nobody relies on a rule that does not work.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from msgspec import Struct

from grader.course import layout
from grader.course.toml_reading import broken, line_of
from grader.errors import did_you_mean
from grader.records.rules import Attempts, Count, Disclosure, Lateness, Rules

Problem = tuple[str, str]  # path in the file, and what is wrong


class Grading(Struct, frozen=True, forbid_unknown_fields=True):
    """The table ``[grading]``.

    Attributes
    ----------
    zone : str
        Time zone of the due dates.
    attempts : Attempts
    dropped : int
    bonus : tuple of str
    """

    zone: str = ""
    attempts: Attempts = Attempts.LATEST
    dropped: Count = 0
    bonus: tuple[str, ...] = ()


def rules_of(
    grading: Grading,
    due: Mapping[str, datetime],
    late: Lateness,
    weights: Mapping[str, float],
    questions: Mapping[str, Mapping[str, float]],
    *,
    feedback: Disclosure,
    units: Sequence[str],
    text: str,
) -> Rules:
    """Return the rules that the tables state.

    Parameters
    ----------
    grading : Grading
    due : mapping of str to datetime
    late : Lateness
    weights : mapping of str to float
    questions : mapping of str to mapping
        Points by unit and question.
    feedback : Disclosure
    units : sequence of str
        The course's units.
    text : str
        The file, for line numbers.

    Raises
    ------
    CourseError
        If a rule names no unit or zone, contradicts another one, or has no effect; the message names the line.
    """
    rules = Rules(
        zone=grading.zone or "UTC",
        due=dict(due),
        late=late,
        attempts=grading.attempts,
        dropped=grading.dropped,
        weights=dict(weights),
        bonus=grading.bonus,
        questions={unit: dict(points) for unit, points in questions.items()},
        feedback=feedback,
    )
    for path, problem in _problems(rules, grading.zone, units):
        raise broken(layout.REGISTRY, line_of(text, path), problem)
    return rules


def _problems(rules: Rules, zone: str, units: Sequence[str]) -> Iterator[Problem]:
    yield from _of_names(rules, units)
    yield from _of_dates(rules, zone)
    yield from _of_lateness(rules)
    yield from _of_weights(rules, units)
    yield from _of_feedback(rules)
    for unit, points in rules.questions.items():
        if unit not in units:
            yield f"$.questions.{unit}", f'"{unit}" is no unit of the course{did_you_mean(unit, units)}'
        for question, most in points.items():
            if not 0 < most < float("inf"):
                yield f"$.questions.{unit}", f'the question "{question}" needs points above 0'
    regular = [unit for unit in units if unit not in rules.bonus]
    if rules.dropped and rules.dropped >= len(regular):
        yield "$.grading.dropped", f"{rules.dropped} of {len(regular)} units cannot be left out: one has to stay"


def _of_names(rules: Rules, units: Sequence[str]) -> Iterator[Problem]:
    places = [(f"$.due.{unit}", unit) for unit in rules.due] + [(f"$.weights.{unit}", unit) for unit in rules.weights]
    for path, unit in [*places, *(("$.grading.bonus", unit) for unit in rules.bonus)]:
        if unit not in units:
            yield path, f'"{unit}" is no unit of the course{did_you_mean(unit, units)}'


def _of_dates(rules: Rules, zone: str) -> Iterator[Problem]:
    if zone and not rules.due:
        yield "$.grading.zone", "a zone has no effect without due dates: write the table [due], or remove it"
    if rules.due and not zone:
        yield "$.due", 'due dates need their zone: zone = "Europe/Berlin" in [grading]'
    if zone and not _is_zone(zone):
        yield "$.grading.zone", f'"{zone}" is no time zone{did_you_mean(zone, available_timezones())}'
    for unit, date in rules.due.items():
        if date.tzinfo is not None:
            yield f"$.due.{unit}", "expected a date without an offset: its zone is that of [grading]"


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _of_lateness(rules: Rules) -> Iterator[Problem]:
    late = rules.late
    for field in ("grace_minutes", "free_days"):
        if getattr(late, field) and not late.costs_points:
            yield f"$.late.{field}", f"{field} has no effect where lateness costs nothing: write percent_per_day"


def _of_weights(rules: Rules, units: Sequence[str]) -> Iterator[Problem]:
    if not rules.weights:
        return
    missing = [unit for unit in units if unit not in rules.weights]
    if missing:
        yield "$.weights", f"units without a weight: {', '.join(missing)} (0 leaves a unit out of the total)"
    for unit, weight in rules.weights.items():
        if not 0 <= weight < float("inf"):
            yield f"$.weights.{unit}", "expected a weight of 0 or more"
    if not any(weight for unit, weight in rules.weights.items() if unit not in rules.bonus):
        yield "$.weights", "every weight is 0: there would be no total"


def _of_feedback(rules: Rules) -> Iterator[Problem]:
    feedback = rules.feedback
    if feedback.after_due and not rules.due:
        yield "$.feedback.after_due", "after_due has no effect without due dates: write the table [due]"
    if feedback.after_due is feedback.hidden:
        yield "$.feedback.after_due", f'"{feedback.hidden.value}" holds before the due date already: remove one of them'
