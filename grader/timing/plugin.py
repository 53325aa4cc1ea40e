"""The pytest plugin of timed tests: the fixture `race`.

The judge only knows that a fixture measures (`grader.judge.items.MEASURING`).
"""

from typing import TYPE_CHECKING

import pytest

from grader.judge.items import MEASURING, TEST_INFO, TestInfo
from grader.judge.plugin import GRADED, SEED

if TYPE_CHECKING:
    from grader.judge.student import Student
    from grader.timing.race import Race


@pytest.fixture
def race(request: pytest.FixtureRequest, student: "Student") -> "Race":
    """A race of the student's function against torch's: ``race.on_cpu("gelu_fast", rtol=1e-4, share=1e-4)``.

    In a plain run, and for the checkout's own code, it is a dry run: nothing is timed.
    """
    from grader.timing.race import Race
    from grader.timing.runners import reference_workers_for

    info: TestInfo = request.node.stash[TEST_INFO]
    job, pool = request.config.stash.get(GRADED, (None, None))
    known = job.shared.get(info.name) if job else None
    workers = reference_workers_for(pool, info) if pool else None
    result = Race(info, student, request.node.stash[SEED], workers, known=known, races=job.races if job else 1)
    request.node.stash[MEASURING] = result
    return result
