"""Cost of a class with ten hostile submissions: `python -m tests.benchmarks.hostile`.

The ten are those of the attack corpus that try the longest; beside them are four honest ones. Each attacker may use up
its own budget, and no more: the run must end within 1.2 times the sum of the budgets, by the clock on the wall.
"""

import shutil
import sys
import time

from grader.autograde.run import autograde
from grader.records import Isolation
from tests.attacks.corpus import ATTACKS
from tests.attacks.place import HALF_HONEST, NEIGHBOURS, besieged

WORST = (
    "million_frames_of_callbacks",
    "slow_callback",
    "cheap_questions",
    "bytes_in_small_calls",
    "hoard_of_callbacks",
    "range_of_millions",
    "empty_rows",
    "million_nodes",
    "endless_generator",
    "endless_message",
)
MOST = 1.2  # times the sum of the attackers' budgets


def main() -> int:
    """Grade the class one submission at a time, and print the time beside the budgets."""
    with besieged() as place:
        for folder in place.submissions.iterdir():
            if folder.name not in (*WORST, *NEIGHBOURS, HALF_HONEST):
                shutil.rmtree(folder)
        start = time.perf_counter()
        outcome = autograde(place.course, place.submissions, out=place.root / "out", jobs=1, tier=Isolation.SEALED)
        seconds = time.perf_counter() - start
        budgets = sum(place.course.limits_of(ATTACKS[name].unit).submission_seconds for name in WORST)
    for result in outcome.results:
        if not result.tests:
            continue
        timing = result.timing
        sys.stdout.write(
            f"{result.student:28} {result.unit:8} {result.earned:g} of {result.measured:g} points, "
            f"workers {timing.charged:5.1f} s, judge {timing.judge_cpu:5.1f} s and {timing.judge_mib:4.0f} MiB, "
            f"on the wall {timing.total:5.1f} s\n"
        )
    used = sum(result.timing.charged + result.timing.judge_cpu for result in outcome.results)
    sys.stdout.write(
        f"{seconds:.0f} s for all of them on the wall, {used:.0f} s of workers' and judges' time; "
        f"the budgets of the ten are {budgets:.0f} s\n"
    )
    return int(seconds > MOST * budgets)


if __name__ == "__main__":
    sys.exit(main())
