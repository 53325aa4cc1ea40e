"""Second chances: a test that fails beside a wrong lower task runs once more with the reference in that one's place.

So a task is graded on its own merit, and one mistake costs one task. Of the second run only the share of the points
counts: what the student's code says or prints in it may come from the reference, and goes nowhere.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from msgspec.structs import replace

from grader.course.model import Task, Unit
from grader.judge.protocol import lost_points
from grader.judge.shapes import CacheSpec, Signature
from grader.records import Cause, CauseKind, Feedback, TestRecord, Verdict


class Substitutes:
    """Rules for which lower tasks the reference replaces while a task is tested.

    Parameters
    ----------
    unit : Unit
    signatures : mapping of str to Signature
    """

    def __init__(self, unit: Unit, signatures: Mapping[str, Signature]) -> None:
        self._unit, self._requires = unit, {task.name: task.requires for task in unit.tasks}
        self._signatures = signatures

    def of(self, task: str, wrong: Collection[str]) -> tuple[str, ...]:
        """Return the tasks to replace, in the unit's order.

        They are among those that the task requires, directly or not. A backward pass and its forward pass are replaced
        together, since only they understand their cache. The forward pass of the task itself stays the student's.

        Parameters
        ----------
        task : str
            The task under test.
        wrong : collection of str
            Tasks that have failed by themselves.
        """
        lower = self._unit.tasks_below(task) - self.forward_passes(task)
        chosen = lower.intersection(wrong)
        pairs = [(name, forward) for name in self._requires for forward in self.forward_passes(name)]
        for backward, forward in pairs:
            if chosen & {backward, forward}:
                chosen = chosen | ({backward, forward} & lower) if forward in lower else chosen - {backward}
        return tuple(name for name in self._requires if name in chosen)

    def forward_passes(self, task: str) -> frozenset[str]:
        """Return the forward passes whose caches a task takes; none unless it is a backward pass."""
        signature = self._signatures.get(task)
        if signature is None or not any(isinstance(spec, CacheSpec) for spec in signature.arguments.values()):
            return frozenset()
        return frozenset(name for name in self._requires[task] if self._makes_cache(name))

    def _makes_cache(self, task: str) -> bool:
        return task in self._signatures and bool(self._signatures[task].caches)


Plan = tuple[Task, tuple[str, ...], list[TestRecord]]
"""A task, the lower tasks to replace, and its tests to run once more."""


def second_chances(
    unit: Unit,
    substitutes: Substitutes,
    tests: Mapping[tuple[str, bool], TestRecord],
    wrong: Collection[str] = (),
    timed: Collection[str] = (),
) -> Iterator[Plan]:
    """Yield what to run once more, from the lowest task up; later plans depend on what earlier ones have improved.

    Parameters
    ----------
    unit : Unit
    substitutes : Substitutes
    tests : mapping of (str, bool) to TestRecord
        Records by name and whether they are hidden; the caller replaces those that improve.
    wrong : collection of str
        Tasks that are known to be wrong from an earlier run.
    timed : collection of str
        Tests that measure time, which are never repeated.
    """
    known = set(wrong)
    for task in unit.tasks:
        if any(lost_points(test) for test in tests.values() if test.task == task.name):
            names = substitutes.of(task.name, known)
            failed = [test for test in tests.values() if test.task == task.name and _may_improve(test, timed)]
            if names and failed:
                yield task, names, failed
        if any(lost_points(test) for test in tests.values() if test.task == task.name):
            known.add(task.name)


def _may_improve(test: TestRecord, timed: Collection[str]) -> bool:
    cause = test.feedback.cause
    is_stub = cause is not None and cause.kind is CauseKind.UNWRITTEN and cause.name == test.task
    return lost_points(test) and test.test not in timed and not is_stub


def improved(first: TestRecord, second: TestRecord, used: Sequence[str]) -> TestRecord | None:
    """Return the record of a test that is better with references in the place of lower tasks, or None.

    Parameters
    ----------
    first, second : TestRecord
        Records of the student's own code, and of the second run.
    used : sequence of str
        Tasks whose reference was called in the second run.
    """
    if not used or second.earned <= first.earned:
        return None
    names = ", ".join(used)
    cause = Cause(CauseKind.GIVEN, name=names)
    if second.verdict is not Verdict.PASSED:
        feedback = replace(first.feedback, cause=cause)
        return replace(first, earned=second.earned, verdict=second.verdict, feedback=feedback)
    feedback = Feedback(message=f"right, given a right {names}; mend {names} first", cause=cause)
    return replace(first, earned=second.earned, verdict=Verdict.PASSED, feedback=feedback)
