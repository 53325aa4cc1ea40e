"""When there are enough pairs: early where no tier's edge is near, late where one is within the interval."""

from collections.abc import Sequence

LEAST, USUAL, MOST = 9, 25, 60  # pairs
ROOM = 1.05  # an interval that is looked at early and often is taken to be this factor wider on both sides


def enough(pairs: int, low: float, high: float, edges: Sequence[float]) -> bool:
    """Tell whether more pairs are not worth their time.

    Parameters
    ----------
    pairs : int
        How many there are.
    low, high : float
        The interval of their median ratio.
    edges : sequence of float
        The ratios where one tier ends and the next begins.
    """
    if pairs < LEAST or pairs >= MOST:
        return pairs >= MOST
    room = ROOM if pairs < USUAL else 1.0
    return not any(low / room <= edge <= high * room for edge in edges)
