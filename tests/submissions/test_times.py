"""Times of handing in are a platform's or a person's word, always with a zone; a mistake is told with file and line."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import NotFoundError
from grader.submissions.times import parsed_time, read_times

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["2026-11-02T12:00Z", "2026-11-02 12:00:00 UTC", "2026-11-02T13:00+01:00", "2026-11-02 13:00 Europe/Berlin"],
)
def test_a_time_has_a_zone(text):
    assert parsed_time(text) == NOON


@pytest.mark.parametrize("text", ["", "2026-11-02", "2026-11-02 12:00", "2026-11-02 12:00 Europe/Nowhere", "noon", "Z"])
def test_without_a_zone_it_is_none(text):
    assert parsed_time(text) is None


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_none(text):
    moment = parsed_time(text)
    assert moment is None or moment.tzinfo is not None


def test_a_persons_table_is_read(tmp_path):
    path = tmp_path / "times.csv"
    path.write_text("student,unit,handed_in\nada,rnn,2026-11-02 13:00+01:00\n\nada+x,,2026-11-02T12:00Z\n", "utf-8-sig")
    assert read_times(path) == {
        ("ada", "rnn"): NOON.astimezone(timezone(timedelta(hours=1))),
        ("ada+x", ""): NOON,
    }


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "line 1: the first line is not student,unit,handed_in"),
        ("id,when\n", "line 1"),
        ("student,unit,handed_in\nada,rnn,yesterday\n", 'line 2: "yesterday" is no time with its zone'),
        ("student,unit,handed_in\n\nada,rnn\n", "line 3: 2 cells instead of 3"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path, text, what):
    path = tmp_path / "times.csv"
    path.write_text(text)
    with pytest.raises(NotFoundError) as caught:
        read_times(path)
    assert f"times.csv, {what}" in caught.value.message


def test_a_missing_table_is_told(tmp_path):
    with pytest.raises(NotFoundError, match=r"times\.csv cannot be read"):
        read_times(tmp_path / "times.csv")
