"""Measured speeds: a race against torch's own operator, and the peak rates of this machine."""

from typing import NamedTuple


class Measurement(NamedTuple):
    """Result of a finished race.

    Attributes
    ----------
    ratio, low, high : float
        Student's time divided by torch's: median of the pairs, and its interval.
    pairs : int
    device : str
    seconds, reference_seconds : float
        Median CPU time of a call of the student's function, and of the reference.
    workers : int
        Number of student workers that were raced, one after the other.
    mean : float
        Student's mean time divided by torch's.
    most_seconds : float
        Upper bound of the student's time per call: in the slowest worker, minus only the least transfer time.
    details : str
        Length of a batch and clock of a GPU, which change from race to race.
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
    details: str = ""


class Roofline(NamedTuple):
    """Peak rates of one thread of this machine, per second.

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
        """Return the least time that a number of operations and bytes takes."""
        return max(operations / self.rate, moved / self.bandwidth)

    def is_bound_by_memory(self, operations: float, moved: float) -> bool:
        """Return whether moving the bytes takes longer than the operations."""
        return moved / self.bandwidth > operations / self.rate
