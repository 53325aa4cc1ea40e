"""Names for the mistakes of one submission: task by task, when all of its tests have been run."""

from collections.abc import Callable, Iterator, Sequence

from msgspec.structs import replace

from grader.course.model import Unit
from grader.judge.diagnosis import Observed, explanations
from grader.judge.item_run import ItemRun
from grader.judge.items import TestInfo
from grader.judge.wrong_answers import MisconceptionLike, WrongAnswers
from grader.records import TestRecord, Verdict

OR = " Or: "  # between two names


class Observations:
    """The tests of a submission as they ended, and the search for what is behind their failures.

    Parameters
    ----------
    unit : Unit
    cost : callable, optional
        Returns what a run of a test costs.
    """

    def __init__(self, unit: Unit, cost: Callable[[TestInfo], float] = lambda test: 0.0) -> None:
        self._unit, self._cost = unit, cost
        self._tests: dict[str, list[Observed]] = {}
        self._records: dict[str, list[TestRecord]] = {}

    def take(self, run: ItemRun, record: TestRecord) -> None:
        """Take a test that has ended; one that measures time is left out, because its arrays are large."""
        counts = record.verdict.meaning.blames_code or record.verdict is Verdict.PASSED
        if counts and not run.info.timed:
            self._tests.setdefault(record.task, []).append(run.observed(self._cost(run.info)))
            self._records.setdefault(record.task, []).append(record)

    def failures(self) -> list[Observed]:
        """Return the tests that have failed."""
        return [test for test in self.tests() if test.trace.has_failed]

    def tests(self) -> list[Observed]:
        """Return all tests that count."""
        return [test for tests in self._tests.values() for test in tests]

    def named(
        self,
        misconceptions: Sequence[MisconceptionLike],
        answers: WrongAnswers,
        wrong: Sequence[str] = (),
        *,
        most: int = 1,
    ) -> Iterator[TestRecord]:
        """Yield the records of failed tests whose mistake has a name, with the name.

        A task has none if one that it requires has failed: what it answers may come from there. One that is
        not written has none either.

        Parameters
        ----------
        misconceptions : sequence of MisconceptionLike
        answers : WrongAnswers
            What the misconceptions answer.
        wrong : sequence of str
            Tasks that have failed in another run.
        most : int
            Names that are given together, if several misconceptions explain everything; there is none beyond that.
        """
        failed = {test.test.task for test in self.failures()}
        for task in sorted(failed):
            if not self._is_unwritten(task) and not self._unit.tasks_below(task) & {*failed, *wrong}:
                candidates = [misconception for misconception in misconceptions if misconception.task == task]
                left = explanations(self._tests[task], candidates, answers)
                texts = dict.fromkeys(misconception.text for misconception in left)
                if 0 < len(texts) <= most:
                    yield from self._with_name(task, OR.join(texts))

    def _is_unwritten(self, task: str) -> bool:
        return any(record.verdict is Verdict.NOT_ATTEMPTED for record in self._records[task])

    def _with_name(self, task: str, text: str) -> Iterator[TestRecord]:
        for record in self._records[task]:
            if record.verdict is Verdict.FAILED:
                yield replace(record, feedback=replace(record.feedback, likely=text))
