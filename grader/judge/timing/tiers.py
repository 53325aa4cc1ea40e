"""What a ratio earns: gold, silver, bronze or nothing."""

from typing import NamedTuple

from grader.course.thresholds import Edges, Thresholds

MARGIN = 0.9  # in the student's favour: a tier is granted where this much of the ratio is within its threshold


class Tier(NamedTuple):
    """One tier: its name, the share of the points that it brings, and the largest ratio that reaches it."""

    name: str
    credit: float
    edge: float


def tiers_of(thresholds: Thresholds | Edges) -> tuple[Tier, Tier, Tier]:
    """Return the tiers, the highest first."""
    return (
        Tier("gold", 1.0, thresholds.gold / MARGIN),
        Tier("silver", 2 / 3, thresholds.silver / MARGIN),
        Tier("bronze", 1 / 3, thresholds.bronze / MARGIN),
    )


def placed(ratio: float, tiers: tuple[Tier, ...]) -> tuple[Tier | None, Tier | None]:
    """Return the tier that a ratio reaches, and the next higher one; None where there is no such tier."""
    within = [number for number, tier in enumerate(tiers) if ratio <= tier.edge]
    first = within[0] if within else len(tiers)
    reached = tiers[first] if within else None
    return reached, tiers[first - 1] if first else None
