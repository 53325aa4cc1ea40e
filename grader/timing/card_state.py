"""State of a GPU beside a race: its clock, reasons for slowdowns, and work of other processes.

NVIDIA's own library reads it (`pip install nvidia-ml-py`, the extra `gpu`), if it is installed and the driver
answers. Without it a race goes on, but does not report the GPU's clock.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from grader.judge.outcomes import TooNoisy

BUSY = 10  # per cent of the time; an unused GPU shows 0
SLOWDOWNS = {
    0x8: "the hardware slows it down",
    0x20: "it is too hot",
    0x40: "it is too hot",
    0x80: "its power supply is short",
}
"""Temporary reasons for a lower clock, by their bit in NVML.

The power limit is not among them: work that reaches it reaches it every time.
"""


class CardReading(NamedTuple):
    """One reading of a GPU's state.

    Attributes
    ----------
    mhz : int
        Clock of its multiprocessors.
    slowdowns : tuple of str
        Reasons why the clock is reduced.
    busy : int
        Per cent of the last moment in which a kernel ran on it.
    """

    mhz: int
    slowdowns: tuple[str, ...] = ()
    busy: int = 0


Read = Callable[[], CardReading | None]


def reading_of(uuid: str) -> CardReading | None:
    """Return a reading of a GPU; None if it is not available.

    Parameters
    ----------
    uuid : str
        UUID of the GPU in torch and the driver: ``GPU-`` and 32 digits.
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
    except pynvml.NVMLError:  # a driver that does not report all of it
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
    """Raise `TooNoisy` if another process uses the GPU; call it before anything of a race runs there."""
    seen = read()
    if seen is not None and seen.busy > BUSY:
        told = f"{name} is busy {seen.busy} % of the time with somebody else's work"
        raise TooNoisy(f"{told}: the same command again, when it is free", review=told)


class Watch:
    """Readings of a GPU's state, taken from time to time during a race.

    Parameters
    ----------
    read : callable
        Returns a reading, or None if there is none.
    """

    def __init__(self, read: Read) -> None:
        self._read = read
        self._seen: list[CardReading] = []

    def look(self) -> None:
        """Take a reading, right after work, so that the clock is not that of an idle GPU."""
        seen = self._read()
        if seen is not None:
            self._seen.append(seen)

    def require_steady(self) -> None:
        """Raise `TooNoisy` if the GPU was slowed down in any reading."""
        reasons = dict.fromkeys(reason for seen in self._seen for reason in seen.slowdowns)
        if reasons:
            told = f"the card ran slower than it can: {', '.join(reasons)}{self.told()}"
            raise TooNoisy(f"{told}: the same command again, when it has recovered", review=told)

    def told(self) -> str:
        """Return the range of the clock as a suffix of the device's name; empty if it is not known."""
        if not self._seen:
            return ""
        least, most = min(seen.mhz for seen in self._seen), max(seen.mhz for seen in self._seen)
        return f", {least} MHz" if least == most else f", {least} to {most} MHz"
