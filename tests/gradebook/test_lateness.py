"""Lateness by begun days of the clock on the wall: boundaries, grace, nights in which clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.gradebook.lateness import deadline, is_cut_off, late_days, penalty
from grader.records.rules import Lateness

BERLIN = ZoneInfo("Europe/Berlin")
DUE = datetime(2027, 2, 1, 23, 59)


def berlin(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("handed_in", "grace", "days"),
    [
        (berlin(2027, 2, 1, 12, 0), 0, 0),
        (berlin(2027, 2, 1, 23, 59), 0, 0),
        (berlin(2027, 2, 1, 23, 59, 59), 0, 0),
        (berlin(2027, 2, 2, 0, 0), 0, 1),
        (berlin(2027, 2, 2, 0, 14), 15, 0),
        (berlin(2027, 2, 2, 0, 15), 15, 1),
        (berlin(2027, 2, 2, 23, 59), 0, 1),
        (berlin(2027, 2, 3, 0, 0), 0, 2),
        (berlin(2027, 2, 3, 0, 14), 15, 1),
        (berlin(2027, 2, 8, 23, 0), 0, 7),
        (datetime(2027, 2, 1, 22, 59, tzinfo=UTC), 0, 0),
        (datetime(2027, 2, 1, 23, 59, tzinfo=UTC), 0, 1),
    ],
)
def test_begun_days_count(handed_in, grace, days):
    assert late_days(handed_in, DUE, "Europe/Berlin", grace) == days


@pytest.mark.parametrize(
    ("due", "last_minute_of_the_next_day", "hours"),
    [
        (datetime(2027, 3, 27, 23, 59), berlin(2027, 3, 28, 23, 59), 23),  # clocks go forward
        (datetime(2027, 10, 30, 23, 59), berlin(2027, 10, 31, 23, 59), 25),  # and back
    ],
)
def test_a_day_is_a_date_when_clocks_change(due, last_minute_of_the_next_day, hours):
    assert deadline(due, "Europe/Berlin", 1) - deadline(due, "Europe/Berlin") == timedelta(hours=hours)
    assert late_days(last_minute_of_the_next_day, due, "Europe/Berlin") == 1
    assert late_days(last_minute_of_the_next_day + timedelta(minutes=1), due, "Europe/Berlin") == 2


def test_a_time_that_the_clock_shows_twice_is_the_later_one():
    due = datetime(2027, 10, 31, 2, 30)
    assert deadline(due, "Europe/Berlin") == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)
    assert late_days(datetime(2027, 10, 31, 1, 30, tzinfo=UTC), due, "Europe/Berlin") == 0


def test_a_time_that_the_clock_skips_is_the_later_one():
    due = datetime(2027, 3, 28, 2, 30)
    assert deadline(due, "Europe/Berlin") == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)


ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kathmandu"])
CLOCKS = st.datetimes(datetime(2011, 12, 1), datetime(2030, 1, 1)).map(lambda clock: clock.replace(microsecond=0))


@given(CLOCKS, ZONES, st.integers(-90_000, 900_000), st.integers(0, 120))
def test_the_number_is_the_first_deadline_that_is_kept(due, zone, late_by, grace):
    handed_in = deadline(due, zone) + timedelta(seconds=late_by)
    days = late_days(handed_in, due, zone, grace)
    minute = handed_in.replace(second=0)
    kept = [minute <= deadline(due, zone, day) + timedelta(minutes=grace) for day in range(days + 1)]
    assert kept == [False] * days + [True]


@given(CLOCKS, ZONES, st.integers(0, 900_000), st.integers(0, 90_000))
def test_later_is_never_less_late(due, zone, late_by, more):
    handed_in = deadline(due, zone) + timedelta(seconds=late_by)
    assert late_days(handed_in, due, zone) <= late_days(handed_in + timedelta(seconds=more), due, zone)


def test_a_day_costs_a_part_of_the_units_points():
    assert penalty(3, 20, Lateness(percent_per_day=10)) == 6


def test_the_cut_off_day_itself_is_in_time():
    late = Lateness(cut_off_days=7)
    assert not is_cut_off(7, late)
    assert is_cut_off(8, late)
    assert not is_cut_off(1000, Lateness())
