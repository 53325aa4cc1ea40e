"""When there are enough rounds: early where no medal's edge is near, late where one is within the interval."""

from collections.abc import Sequence

LEAST, USUAL, MOST = 3, 6, 12  # rounds, each with workers of its own
ROOM = 1.05  # an interval that is looked at early and often is taken to be this factor wider on both sides


def enough(rounds: int, low: float, high: float, edges: Sequence[float]) -> bool:
    """Tell whether more rounds are not worth their time.

    Parameters
    ----------
    rounds : int
        How many there are.
    low, high : float
        The interval of the ratio, which covers how workers differ.
    edges : sequence of float
        The ratios where one medal ends and the next begins.
    """
    if rounds < LEAST or rounds >= MOST:
        return rounds >= MOST
    room = ROOM if rounds < USUAL else 1.0
    return not any(low / room <= edge <= high * room for edge in edges)
