"""How a measurement is told: the ratio and its interval, on what, which tier that is, and what the next one needs."""

from typing import NamedTuple

from grader.judge.timing.tiers import Tier
from grader.records import Speed

REHEARSED = "the answers are right; this was a rehearsal, nothing was timed"


class Measurement(NamedTuple):
    """A finished race.

    Attributes
    ----------
    ratio, low, high : float
        The student's time by torch's: the median of the pairs, and its interval.
    pairs : int
    device : str
    seconds, reference_seconds : float
        The median CPU time of a call of the student's, and of the reference.
    """

    ratio: float
    low: float
    high: float
    pairs: int
    device: str
    seconds: float
    reference_seconds: float


def measured(result: Measurement, tier: Tier | None) -> str:
    """Return the measurement in one line.

    Examples
    --------
    >>> measured(Measurement(0.984, 0.96, 1.0134, 17, "one thread of a CPU", 0.01, 0.01), Tier("gold", 1.0, 1.3))
    "0.98 x torch's time (0.96 to 1.01, 17 pairs, one thread of a CPU) · gold"
    """
    interval = f"{ratio_text(result.low)} to {ratio_text(result.high)}, {result.pairs} pairs, {result.device}"
    return f"{ratio_text(result.ratio)} x torch's time ({interval}) · {tier.name if tier else 'below bronze'}"


def speed_of(result: Measurement, tier: Tier | None) -> Speed:
    """Return the measurement as the records keep it."""
    fields = result._asdict()
    return Speed(**fields, tier=tier.name if tier else "")


def needed(tier: Tier) -> str:
    """Say what a tier needs.

    Examples
    --------
    >>> needed(Tier("silver", 2 / 3, 2.4))
    "silver needs 2.40 x torch's time or less"
    """
    return f"{tier.name} needs {ratio_text(tier.edge)} x torch's time or less"


def ratio_text(ratio: float) -> str:
    """Return a ratio with the digits that it deserves.

    Examples
    --------
    >>> ratio_text(0.984), ratio_text(12.345), ratio_text(345.6)
    ('0.98', '12.3', '346')
    """
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:.1f}" if ratio < 100 else f"{ratio:.0f}"
