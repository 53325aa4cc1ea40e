"""How long the student's code may still run: per call, per test, per submission."""

import time

from grader.course.registry import Limits


class Budget:
    """Counts the time that a submission spends in its worker.

    Parameters
    ----------
    limits : Limits
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = self._whole = limits
        self.spent = 0.0
        self._spent_before_test = 0.0

    def start_test(self, limits: Limits | None = None) -> None:
        """Give the next test its own allowance, that of its task where it differs."""
        self._limits = limits or self._whole
        self._spent_before_test = self.spent

    def next_call(self) -> tuple[float, str]:
        """Return how many seconds the next call may take, and the limit that this comes from, in words."""
        limits = self._limits
        candidates = [
            (limits.call_seconds, f"one call may take {limits.call_seconds:g} s"),
            (
                self._spent_before_test + limits.test_seconds - self.spent,
                f"one test may take {limits.test_seconds:g} s",
            ),
            (self._whole.submission_seconds - self.spent, f"the unit may take {self._whole.submission_seconds:g} s"),
        ]
        return min(candidates)

    def clock(self) -> "Clock":
        """Return a context that adds its time to what is spent."""
        return Clock(self)


class Clock:
    """Adds the wall time of its block to a budget."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._start = 0.0

    def __enter__(self) -> None:
        self._start = time.perf_counter()

    def __exit__(self, *exception: object) -> None:
        self._budget.spent += time.perf_counter() - self._start
