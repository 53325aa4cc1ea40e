"""Measured speeds: a race beside torch's own operator, and what this machine can do at the most."""

from typing import NamedTuple


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
    workers : int
        How many of the student's were raced, one after the other.
    mean : float
        The student's mean time by torch's.
    most_seconds : float
        What a call of the student's took at the most: in its slowest worker, and without the least that the wire took.
    """

    ratio: float
    low: float
    high: float
    pairs: int
    device: str
    seconds: float
    reference_seconds: float
    workers: int = 1
    mean: float = 0.0
    most_seconds: float = 0.0


class Roofline(NamedTuple):
    """What one thread of this machine does per second.

    Attributes
    ----------
    bandwidth : float
        Bytes read and written by a copy.
    rate : float
        Floating-point operations of a matrix product, float32.
    """

    bandwidth: float
    rate: float

    def seconds(self, operations: float, moved: float) -> float:
        """Return the time that so many operations and bytes take at least."""
        return max(operations / self.rate, moved / self.bandwidth)

    def is_bound_by_memory(self, operations: float, moved: float) -> bool:
        """Tell whether the bytes take longer than the operations."""
        return moved / self.bandwidth > operations / self.rate
