"""The level of feedback at a moment: a higher one only when nobody's time runs any more."""

from datetime import UTC, datetime, timedelta

import pytest

from grader.gradebook.disclosure import last_deadline, level_of
from grader.records.disclosure import Level
from grader.records.grades import Adjustment, AdjustmentKind, Person
from grader.records.rules import Disclosure, Rules

DUE = datetime(2027, 2, 1, 23, 59)
RULES = Rules(due={"rnn": DUE}, feedback=Disclosure(Level.NAME, Level.EVERYTHING))
PEOPLE = (Person("ada", extra_days=2), Person("bo"), Person("cem", extra_days=30, withdrawn=True))


def extension(days, number=1, **fields):
    return Adjustment("bo", "rnn", AdjustmentKind.EXTEND, days, number=number, **fields)


@pytest.mark.parametrize(
    ("adjustments", "days"),
    [
        ((), 2),
        ((extension(1),), 2),
        ((extension(9),), 9),
        ((extension(9), extension(4, number=2)), 4),
        ((extension(9, undone_at=datetime(2027, 1, 1, tzinfo=UTC)),), 2),
    ],
)
def test_the_last_due_date_is_that_of_whoever_has_most_time(adjustments, days):
    expected = (DUE + timedelta(days=days)).replace(tzinfo=UTC)
    assert last_deadline("rnn", PEOPLE, adjustments, RULES) == expected
    levels = [level_of("rnn", PEOPLE, adjustments, RULES, expected + timedelta(minutes=m)) for m in (-1, 0, 1)]
    assert levels == [Level.NAME, Level.NAME, Level.EVERYTHING]


def test_without_a_due_date_or_a_second_level_nothing_changes():
    late = datetime(2099, 1, 1, tzinfo=UTC)
    assert last_deadline("convolution", PEOPLE, (), RULES) is None
    assert level_of("convolution", PEOPLE, (), RULES, late) is Level.NAME
    assert level_of("rnn", PEOPLE, (), Rules(due={"rnn": DUE}), late) is Level.PROPERTY
