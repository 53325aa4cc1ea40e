"""What a card does beside a race: its clock, what slows it down, and whether somebody else is at work on it.

It is read with NVIDIA's own library (`pip install nvidia-ml-py`, the extra `gpu`), where that is installed and the
driver answers; without it a race goes on, and says nothing of the card's clock.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from grader.judge.outcomes import TooNoisy

BUSY = 10  # per cent of the time: a card that nobody uses shows 0
SLOWDOWNS = {
    0x8: "the hardware slows it down",
    0x20: "it is too hot",
    0x40: "it is too hot",
    0x80: "its power supply is short",
}
"""Reasons for a lower clock that come and go, by their bit in NVML. Its limit on power is not among them: work that
reaches it reaches it every time."""


class CardReading(NamedTuple):
    """One look at a card.

    Attributes
    ----------
    mhz : int
        The clock of its multiprocessors.
    slowdowns : tuple of str
        Why it is lower than it could be.
    busy : int
        Per cent of the last moment in which something ran on it.
    """

    mhz: int
    slowdowns: tuple[str, ...] = ()
    busy: int = 0


Read = Callable[[], CardReading | None]


def reading_of(uuid: str) -> CardReading | None:
    """Return a look at a card; None where it cannot be had.

    Parameters
    ----------
    uuid : str
        As torch and the driver call the card: ``GPU-`` and 32 digits.
    """
    try:
        import pynvml
    except ImportError:
        return None
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return None
    try:
        return _look(pynvml, uuid)
    except pynvml.NVMLError:  # a driver that does not tell all of it
        return None
    finally:
        pynvml.nvmlShutdown()


def _look(nvml: Any, uuid: str) -> CardReading:
    handle = nvml.nvmlDeviceGetHandleByUUID(uuid)
    reasons = int(nvml.nvmlDeviceGetCurrentClocksThrottleReasons(handle))
    told = dict.fromkeys(text for bit, text in SLOWDOWNS.items() if reasons & bit)
    mhz = int(nvml.nvmlDeviceGetClockInfo(handle, nvml.NVML_CLOCK_SM))
    return CardReading(mhz, tuple(told), int(nvml.nvmlDeviceGetUtilizationRates(handle).gpu))


def require_idle(read: Read, name: str) -> None:
    """Raise `TooNoisy` where somebody else is at work on the card: nothing of a race runs there yet."""
    seen = read()
    if seen is not None and seen.busy > BUSY:
        told = f"{name} is busy {seen.busy} % of the time with somebody else's work"
        raise TooNoisy(f"{told}: the same command again, when it is free", review=told)


class Watch:
    """Looks at a card from time to time while it is raced on.

    Parameters
    ----------
    read : callable
        Returns a reading, or None where there is none to be had.
    """

    def __init__(self, read: Read) -> None:
        self._read = read
        self._seen: list[CardReading] = []

    def look(self) -> None:
        """Take a reading; right after something has run, so that the clock is not that of a card at rest."""
        seen = self._read()
        if seen is not None:
            self._seen.append(seen)

    def require_steady(self) -> None:
        """Raise `TooNoisy` where the card was slowed down in between."""
        reasons = dict.fromkeys(reason for seen in self._seen for reason in seen.slowdowns)
        if reasons:
            told = f"the card ran slower than it can: {', '.join(reasons)}{self.told()}"
            raise TooNoisy(f"{told}: the same command again, when it has recovered", review=told)

    def told(self) -> str:
        """Return the clock's range, to be added to a device's name; nothing where it is not known."""
        if not self._seen:
            return ""
        least, most = min(seen.mhz for seen in self._seen), max(seen.mhz for seen in self._seen)
        return f", {least} MHz" if least == most else f", {least} to {most} MHz"
