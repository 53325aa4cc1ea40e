"""The judge's end of the line to a forked worker: a socket for frames, a pipe for output, a keeper for its end."""

import contextlib
import json
import os
import select
import signal
import socket
import time
from functools import partial
from pathlib import Path

from grader.sandbox.channel import DeadlinePassed, Exit, Flooded, Gone, Printed
from grader.wire import WireError, read_frame_into
from grader.wire.frames import Frame

START_SECONDS = 60.0
END_SECONDS = 10.0
PIECE = 1 << 20
AHEAD = 1 << 16


class SocketChannel:
    """A worker behind a socket, its output behind a pipe; one thread waits for both.

    Parameters
    ----------
    channel : socket
        Frames go both ways.
    output : int
        Descriptor that the worker's output is read from.
    status : socket
        The keeper's: first the worker's pidfd, then how it ended.
    output_limit : int
        Bytes that it may print between two answers.
    """

    def __init__(self, channel: socket.socket, output: int, status: socket.socket, output_limit: int) -> None:
        self._channel, self._output, self._status = channel, output, status
        self._printed = Printed(output_limit)
        self._exit: Exit | None = None
        self._ahead = b""
        self._flood: Flooded | None = None
        self._pidfd = self._receive_pidfd()
        self._clock: int | None = None
        channel.setblocking(False)
        os.set_blocking(output, False)
        self._poll = select.poll()
        self._poll.register(output, select.POLLIN)

    def ask(self, parts: list[bytes | memoryview], seconds: float) -> Frame:
        """Send one frame, wait for one."""
        if self._flood is not None:
            raise self._flood
        deadline = time.monotonic() + seconds
        for part in parts:
            self._send(memoryview(part).cast("B"), deadline)
        frame = read_frame_into(partial(self._receive, deadline=deadline))
        if self._ahead:
            raise WireError("more than one answer came")
        return frame

    def printed(self) -> str:
        """Return the end of what the worker printed since this was last asked."""
        try:
            self._drain()
        except Flooded as flood:  # between two answers: the next call hears of it
            self._flood = flood
        return self._printed.take()

    def cpu_seconds(self) -> float | None:
        """Return the CPU time that the worker has used, all its threads together."""
        try:
            if self._clock is None:
                self._clock = _cpu_clock(_pid_behind(self._pidfd))
            return time.clock_gettime(self._clock)
        except (OSError, ValueError):  # no such process any more
            raise Gone from None

    def close(self) -> Exit:
        """Kill the worker if it lives, and tell how it ended."""
        if self._exit is None:
            if self._pidfd is not None:
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
                os.close(self._pidfd)
            self._exit = self._receive_exit()
            for end in (self._channel, self._status):
                end.close()
            os.close(self._output)
        return self._exit

    def _receive_pidfd(self) -> int | None:
        self._status.settimeout(START_SECONDS)
        try:
            _, descriptors, _, _ = socket.recv_fds(self._status, 16, 1)
        except OSError:
            return None
        return descriptors[0] if descriptors else None

    def _receive_exit(self) -> Exit:
        self._status.settimeout(END_SECONDS)
        try:
            told = json.loads(self._status.recv(4096) or b"{}")
        except OSError:
            told = {}
        return Exit(told.get("exit"), told.get("cpu_seconds", 0.0), told.get("peak_kib", 0))

    def _send(self, view: memoryview, deadline: float) -> None:
        while view:
            try:
                view = view[self._channel.send(view) :]
            except BlockingIOError:
                self._wait(select.POLLOUT, deadline)
            except OSError:
                raise Gone from None

    def _receive(self, view: memoryview, deadline: float) -> None:
        """Fill a view; little is read through a buffer, so that a small frame costs one system call."""
        while view:
            if len(view) < AHEAD:
                self._ahead = self._ahead or self._read_ahead(deadline)
                count = min(len(view), len(self._ahead))
                view[:count], self._ahead = self._ahead[:count], self._ahead[count:]
            else:
                count = self._read_into(view, deadline)
            view = view[count:]

    def _read_ahead(self, deadline: float) -> bytes:
        self._wait(select.POLLIN, deadline)
        try:
            data = self._channel.recv(AHEAD)
        except OSError:
            data = b""
        if not data:
            raise Gone
        return data

    def _read_into(self, view: memoryview, deadline: float) -> int:
        if self._ahead:
            count = len(self._ahead)
            view[:count], self._ahead = self._ahead, b""
            return count
        self._wait(select.POLLIN, deadline)
        try:
            count = self._channel.recv_into(view[:PIECE])
        except OSError:
            count = 0
        if not count:
            raise Gone
        return count

    def _wait(self, event: int, deadline: float) -> None:
        """Wait until the channel is ready for the event; take in output meanwhile."""
        self._poll.register(self._channel, event)
        while True:
            left = deadline - time.monotonic()
            ready = self._poll.poll(max(0.0, left) * 1000)
            if not ready:
                raise DeadlinePassed
            if any(descriptor == self._output for descriptor, _ in ready) and not self._drain():
                self._poll.unregister(self._output)
            if any(descriptor != self._output for descriptor, _ in ready):
                return

    def _drain(self) -> bool:
        """Take in what was printed; tell whether more can come."""
        while True:
            try:
                data = os.read(self._output, 1 << 16)
            except BlockingIOError:
                return True
            if not data:
                return False
            self._printed.add(data)


def _pid_behind(pidfd: int | None) -> int:
    """Return the process that a pidfd stands for, by its number here, whatever it is called in its own namespace."""
    lines = Path(f"/proc/self/fdinfo/{pidfd}").read_text(encoding="ascii").splitlines()
    pid = next((int(line.removeprefix("Pid:")) for line in lines if line.startswith("Pid:")), 0)
    if pid <= 0:
        raise ValueError("the process has ended")
    return pid


def _cpu_clock(pid: int) -> int:
    """Return the kernel's clock of a process's CPU time, as glibc's ``clock_getcpuclockid`` computes its number."""
    return (~pid << 3) | 2
