"""Optional tasks: one is left out only where every test of it, from the first call to the last, finds the stub."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence

from msgspec.structs import replace

from grader.judge.items import Facts
from grader.records import Feedback, TestRecord, Verdict

LEFT_OUT = "this task is optional, and not written yet"
LEFT_OUT_IN_PARTS = "the task answers elsewhere, and raises NotImplementedError here: it is not left out"

OnRecord = Callable[[TestRecord], None]


class OptionalTasks:
    """Passes records on, in their order; those of an optional task wait until its last test has ended.

    Parameters
    ----------
    on_record : callable
        Gets each record.
    optional : collection of str
        The optional tasks, all of whose tests are run.
    tests : sequence of Facts
        Of the tests that are run.
    """

    def __init__(self, on_record: OnRecord, optional: Collection[str], tests: Sequence[Facts]) -> None:
        self._on_record, self._optional = on_record, frozenset(optional)
        self._to_come = Counter(facts.task for facts in tests if facts.task in optional)
        self._written: set[str] = set()
        self._waiting: list[TestRecord] = []

    def take(self, record: TestRecord, *, answered: bool) -> None:
        """Take a test's record, and pass on what is decided.

        Parameters
        ----------
        record : TestRecord
        answered : bool
            Whether the task's function has answered a call.
        """
        self._to_come[record.task] -= 1
        if answered or record.verdict is not Verdict.NOT_ATTEMPTED:
            self._written.add(record.task)
        self._waiting.append(record)
        while self._waiting and self._is_decided(self._waiting[0]):
            self._on_record(self._final(self._waiting.pop(0)))

    def flush(self) -> None:
        """Pass on what still waits, where a run ends early."""
        while self._waiting:
            self._on_record(self._final(self._waiting.pop(0)))

    def _is_decided(self, record: TestRecord) -> bool:
        waits = record.verdict is Verdict.NOT_ATTEMPTED and record.task in self._optional
        return not waits or self._to_come[record.task] <= 0

    def _final(self, record: TestRecord) -> TestRecord:
        if record.verdict is not Verdict.NOT_ATTEMPTED or record.task not in self._optional:
            return record
        if record.task in self._written or self._to_come[record.task] > 0:
            return replace(record, feedback=replace(record.feedback, message=LEFT_OUT_IN_PARTS))
        return replace(record, verdict=Verdict.SKIPPED, feedback=Feedback(message=LEFT_OUT))
