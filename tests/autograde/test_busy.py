"""What may differ between two gradings of a class: times, and races that a busy machine cannot time.

`tests/doors/test_busy_machine.py` grades one beside busy processes.
"""

import pytest
from msgspec.structs import replace

from grader.records import Speed, TestRecord, Verdict
from tests.benchmarks.busy import Condition, Graded, differences

RECORD = TestRecord("u", "t", "f.t", "t", True, 2.0, 2.0, Verdict.PASSED, seconds=1.0)
RACE = replace(RECORD, speed=Speed(0.5, 0.4, 0.6, 9, "one thread", "gold"))


def grading(record):
    return Graded(Condition("x", 1, 0), 1.0, 0.0, 2.0, 2.0, {}, {("s", "u", "f.t"): record})


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        (RECORD, replace(RECORD, seconds=9.0), 0),
        (RECORD, replace(RECORD, verdict=Verdict.TIMED_OUT, earned=0.0), 1),
        (RECORD, replace(RECORD, verdict=Verdict.NOT_MEASURED, earned=0.0), 1),
        (RACE, replace(RACE, speed=replace(RACE.speed, ratio=0.55)), 0),
        (RACE, replace(RACE, verdict=Verdict.FAILED, earned=1.0), 1),
        (RACE, replace(RACE, verdict=Verdict.TOO_NOISY, earned=0.0), 0),
    ],
)
def test_only_times_and_noise_may_differ(one, other, count):
    assert len(differences(grading(one), grading(other))) == count
