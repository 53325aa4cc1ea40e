"""How hypothesis draws cases for graded tests: the same for everybody, whatever else has been imported."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider
from hypothesis.internal.constants_ast import Constants


class SeededProvider(HypothesisProvider):
    """Hypothesis' own provider without the constants that it collects from imported modules.

    Those depend on what the process happens to have imported, so a regrade could draw other cases.
    """

    @cached_property
    def _local_constants(self) -> Constants:
        return Constants()


AVAILABLE_PROVIDERS["deepgrade"] = SeededProvider


def drawn(test: Callable[..., Any], examples: int) -> Any:
    """Give a ``@given`` test the course's settings: seeded cases, no shrinking, no database, no deadline.

    Shrinking would call the student's function hundreds of times more; strategies draw small cases instead.
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
