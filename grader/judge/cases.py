"""Drawing of hypothesis cases for graded tests: the same for all students, whatever has been imported.

Cases depend on the seed alone, so a judge draws them once and runs every submission on them. Drawing takes some
milliseconds per case, more than most tests.
"""

import inspect
from collections.abc import Callable
from functools import cached_property
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import UnsatisfiedAssumption
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider
from hypothesis.internal.constants_ast import Constants


class SeededProvider(HypothesisProvider):
    """Hypothesis's own provider, without the constants that it collects from imported modules.

    These depend on what the process has imported, so a regrade could draw other cases.
    """

    @cached_property
    def _local_constants(self) -> Constants:
        return Constants()


AVAILABLE_PROVIDERS["deepgrade"] = f"{__name__}.{SeededProvider.__name__}"  # a path: older versions accept no class


def drawn(test: Callable[..., Any], examples: int) -> Any:
    """Apply the course's settings to a ``@given`` test: seeded cases, no shrinking, no database, no deadline.

    Shrinking would add hundreds of calls of the student's function; strategies draw small cases instead.
    """
    return settings(
        backend="deepgrade",
        database=None,
        deadline=None,
        max_examples=examples,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )(test)


class PreparedTest:
    """A ``@given`` test whose cases are drawn once per seed.

    Parameters
    ----------
    test : callable
        Test decorated with ``@given``.
    """

    def __init__(self, test: Any) -> None:
        self._test = test
        self._inner = test.hypothesis.inner_test
        self._fixtures = tuple(inspect.signature(test).parameters)
        self._cases: dict[int, list[dict[str, Any]]] = {}
        self.seed = 0

    def __call__(self, **fixtures: Any) -> None:
        """Run the test's body on each case of the current seed."""
        for case in self.prepare(self.seed):
            try:
                self._inner(**fixtures, **case)
            except UnsatisfiedAssumption:  # `assume` in the body rejects this case
                continue

    def prepare(self, seed: int) -> list[dict[str, Any]]:
        """Return the cases of a seed; they are drawn at the first call."""
        if seed not in self._cases:
            self._cases[seed] = self._draw(seed)
        return self._cases[seed]

    def _draw(self, seed: int) -> list[dict[str, Any]]:
        drawn_cases: list[dict[str, Any]] = []

        def record(**arguments: Any) -> None:
            drawn_cases.append({name: value for name, value in arguments.items() if name not in self._fixtures})

        self._test.hypothesis.inner_test = record
        try:
            hypothesis.seed(seed)(self._test)(**dict.fromkeys(self._fixtures))
        finally:
            self._test.hypothesis.inner_test = self._inner
        return drawn_cases


def set_seed(test: Any, seed: int) -> None:
    """Set the seed of a test's cases; a test without drawn cases is unchanged."""
    if isinstance(test, PreparedTest):
        test.seed = seed
    elif hasattr(test, "hypothesis"):
        hypothesis.seed(seed)(test)
