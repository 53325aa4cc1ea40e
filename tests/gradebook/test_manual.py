"""The manual's table of late hand-ins is what the rules give."""

import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from grader.gradebook.scores import Case, grade_of
from grader.records.grades import Person
from grader.records.rules import Lateness, Rules
from tests.gradebook.made import graded

MANUAL = (Path(__file__).parents[2] / "docs" / "instructors.md").read_text(encoding="utf-8")
TABLE = MANUAL.partition("<!-- lateness:")[2].partition("<!-- end -->")[0]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in TABLE.splitlines() if re.match(r"\| \d", line)
]
ZONE = "Europe/Berlin"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}, {row[2]} free")
def test_the_table_of_the_manual_is_computed(row):
    handed_in, points, free, days, penalty, final = row
    late = Lateness(percent_per_day=10, grace_minutes=15, cut_off_days=7, free_days=int(free))
    rules = Rules(ZONE, {"lines": datetime(2027, 3, 27, 23, 59)}, late)
    moment = datetime.fromisoformat(handed_in).replace(tzinfo=ZoneInfo(ZONE))
    work = graded("anna", "lines", float(points))
    work = replace(work, attempt=replace(work.attempt, handed_in=moment))
    unit = grade_of(Case(Person("anna"), {"lines": [work]}), {"lines": 20.0}, rules).units["lines"]
    assert (unit.late_days, unit.penalty, unit.final) == (int(days), float(penalty), float(final))


def test_the_table_has_rows():
    assert len(ROWS) == 10
