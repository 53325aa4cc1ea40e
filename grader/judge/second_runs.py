"""Second runs of failed tests in workers where references stand in for wrong lower tasks.

Only these tests' own tasks can gain: the lower ones have their records, and the worker is another one.
"""

from collections.abc import Callable, Mapping
from functools import partial

from msgspec.structs import replace

from grader.judge.budget import Budget
from grader.judge.item_run import ItemRun
from grader.judge.items import TEST_INFO, TestInfo
from grader.judge.local_students import signatures
from grader.judge.protocol import Job
from grader.judge.second_chances import Substitutes, improved, second_chances
from grader.judge.suite import Suite
from grader.judge.worker_pool import WorkerPool
from grader.records import TestRecord

OnRecord = Callable[[TestRecord], None]


class SecondRuns:
    """Runs of one submission's failed tests with references in the place of lower tasks.

    Parameters
    ----------
    suite : Suite
    job : Job
    pool : WorkerPool
    budget : Budget
        What is left of the submission's time.
    """

    def __init__(self, suite: Suite, job: Job, pool: WorkerPool, budget: Budget) -> None:
        self._suite, self._pool, self._budget = suite, pool, budget
        self._job = replace(job, diagnose=False)
        infos = (item.stash[TEST_INFO] for item in suite.chosen(job))
        self._tests = {(info.name, info.hidden): info for info in infos}

    def give(self, records: Mapping[tuple[str, bool], TestRecord], on_record: OnRecord) -> float:
        """Run tests that fail beside a wrong lower task once more.

        Parameters
        ----------
        records : mapping of (str, bool) to TestRecord
            The submission's records by test and whether it is hidden.
        on_record : callable
            Called with each record that is better; it replaces the one in `records`.

        Returns
        -------
        float
            Seconds that the tests' bodies took.
        """
        unit, bodies = self._suite.course.unit(self._job.unit), 0.0
        substitutes = Substitutes(unit, signatures(self._suite.course, unit.name))
        timed = [info.name for info in self._suite.tests if info.timed and info.unit == unit.name]
        for task, names, failed in second_chances(unit, substitutes, records, self._job.wrong, timed):
            self._pool.oracle.lend(names, unit.tasks_below(task.name))
            for first in failed:
                run = self._run(self._tests[first.test, first.hidden])
                bodies += run.seconds
                better = improved(first, run.record(""), tuple(self._pool.oracle.used))
                if better is not None:
                    on_record(better)
        return bodies

    def _run(self, test: TestInfo) -> ItemRun:
        source, dry_run = partial(self._pool.student, with_oracle=True), self._suite.dry_run(self._job, test)
        run = ItemRun(self._suite.item(test), source, self._job, self._suite.course, dry_run, is_shown=False)
        self._suite.limit(run, self._job, self._budget)
        self._suite.run(run, self._job, self._budget)
        self._pool.printed()  # may come from the reference
        return run
