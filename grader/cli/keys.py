"""Single keys from a terminal, without waiting for the return key."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

MOST = 64  # bytes of one key: an arrow has three


class Keys(Protocol):
    """Protocol of something that reads keys."""

    are_there: bool

    def read(self, seconds: float) -> str:
        """Return the next key; empty if none is pressed in some seconds."""

    def suspended(self) -> Any:
        """Return a context in which the terminal reads lines, as other commands expect."""

    def close(self) -> None:
        """Put the terminal back."""


def keys_of_terminal() -> "Keys":
    """Return the keys of this terminal, or none if input or output is something else."""
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout.isatty()):
        return NoKeys()
    return WindowsKeys() if sys.platform == "win32" else TerminalKeys()


class NoKeys:
    """No keys: waiting is all that reading does."""

    are_there = False

    def read(self, seconds: float) -> str:
        """Wait, and return nothing."""
        time.sleep(seconds)
        return ""

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Do nothing.

        Yields
        ------
        None
        """
        yield

    def close(self) -> None:
        """Do nothing."""


class TerminalKeys:
    """Keys of a terminal on Linux or macOS, which shows nothing of what is typed. Ctrl-C interrupts as ever."""

    are_there = True

    def __init__(self) -> None:
        import termios

        self._descriptor = sys.stdin.fileno()
        self._before: list[Any] = termios.tcgetattr(self._descriptor)
        self._enter()

    def read(self, seconds: float) -> str:
        """Return the next key, ``"q"`` if the terminal has gone, and nothing for arrows and the like."""
        import select

        if not select.select([self._descriptor], [], [], seconds)[0]:
            return ""
        try:
            pressed = os.read(self._descriptor, MOST)
        except OSError:
            pressed = b""
        if not pressed:
            return "q"
        return pressed[:1].decode("ascii", "ignore") if pressed[:1] != b"\x1b" else ""

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Let the terminal read lines."""
        self.close()
        try:
            yield
        finally:
            self._enter()

    def close(self) -> None:
        """Put the terminal back."""
        import termios

        termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._before)

    def _enter(self) -> None:
        import termios

        state = termios.tcgetattr(self._descriptor)
        state[3] &= ~(termios.ICANON | termios.ECHO)
        termios.tcsetattr(self._descriptor, termios.TCSADRAIN, state)


class WindowsKeys:
    """Keys of a console on Windows."""

    are_there = True
    pause = 0.01

    def read(self, seconds: float) -> str:
        """Return the next key, and nothing for arrows and the like, which send two."""
        import msvcrt

        console: Any = msvcrt
        end = time.monotonic() + seconds
        while not console.kbhit():
            if time.monotonic() >= end:
                return ""
            time.sleep(self.pause)
        pressed = str(console.getwch())
        if pressed in ("\x00", "\xe0"):
            console.getwch()
            return ""
        return pressed

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Do nothing: a console reads lines whenever it is asked to.

        Yields
        ------
        None
        """
        yield

    def close(self) -> None:
        """Do nothing."""
