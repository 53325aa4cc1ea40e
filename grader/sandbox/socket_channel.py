"""The judge's end of the line to a forked worker: a socket for frames, a pipe for output, a keeper for its end."""

import contextlib
import json
import os
import select
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

from grader.metering.meter import Meter, NoCore, UsedUp, arrives
from grader.metering.processes import OneProcess, Process, known_process, parent_of
from grader.sandbox.channel import DeadlinePassed, Exit, Gone, NoCoreForIt, Printed
from grader.wire import DEFAULT_CAPS, WireError, read_frame_into
from grader.wire.frames import Frame

START_SECONDS = 60.0  # of the zygote's time
END_SECONDS = 10.0  # of the keeper's time
PIECE = 1 << 20
AHEAD = 1 << 16
GONE = 1 << 30  # the number of no process
DRAINED = 1 << 20  # bytes of output that are taken in at a time: a flood keeps nobody from looking at the clock


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
    maker : Process or None
        Who makes the worker.
    """

    def __init__(
        self,
        channel: socket.socket,
        output: int,
        status: socket.socket,
        output_limit: int,
        maker: Process | None = None,
    ) -> None:
        self._channel, self._output, self._status = channel, output, status
        self.caps = DEFAULT_CAPS
        self._printed = Printed(output_limit)
        self._exit: Exit | None = None
        self._ahead = b""
        self._pidfd = self._receive_pidfd(maker)
        pid = _pid_behind(self._pidfd)
        self._worker = known_process(pid)
        self._keeper = known_process(parent_of(pid)) if pid else None
        self._meter = Meter(self._worker)
        self.on_look: Callable[[], None] = lambda: None
        self.by_wall = self._worker is None and pid is not None
        channel.setblocking(False)
        os.set_blocking(output, False)
        self._poll = select.poll()
        self._poll.register(output, select.POLLIN)

    @property
    def charged(self) -> float:
        """Seconds that the worker was charged for so far."""
        return self._meter.charged

    def ask(self, parts: list[bytes | memoryview], seconds: float, most: float | None = None) -> Frame:
        """Send one frame, wait for one."""
        self._meter.start(seconds, most)
        try:
            for part in parts:
                self._send(memoryview(part).cast("B"))
            frame = read_frame_into(self._receive, self.caps)
        finally:
            self._meter.stop()
        if self._ahead:
            raise WireError("more than one answer came")
        return frame

    def printed(self) -> str:
        """Return the end of what the worker printed since this was last asked."""
        if self._exit is None:
            self._drain()
        return self._printed.take()

    def cpu_seconds(self) -> float | None:
        """Return the CPU time that the worker has used, all its threads together."""
        try:
            if self._worker is None:
                self._worker = OneProcess(_pid_behind(self._pidfd) or GONE)
            return self._worker.cpu_seconds()
        except OSError:  # no such process any more
            raise Gone from None

    def close(self) -> Exit:
        """Kill the worker if it lives, and tell how it ended."""
        if self._exit is None:
            if self._pidfd is not None:
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
                os.close(self._pidfd)
            self._exit = self._receive_exit()
            self._drain()  # what it printed last may say why it ended
            for end in (self._channel, self._status):
                end.close()
            os.close(self._output)
        return self._exit

    def _receive_pidfd(self, maker: Process | None) -> int | None:
        if not arrives(self._status, START_SECONDS, maker):
            return None
        try:
            _, descriptors, _, _ = socket.recv_fds(self._status, 16, 1)
        except OSError:
            return None
        return descriptors[0] if descriptors else None

    def _receive_exit(self) -> Exit:
        told = {}
        if arrives(self._status, END_SECONDS, self._keeper):
            with contextlib.suppress(OSError):
                told = json.loads(self._status.recv(4096) or b"{}")
        return Exit(told.get("exit"), told.get("cpu_seconds", 0.0))

    def _send(self, view: memoryview) -> None:
        while view:
            try:
                view = view[self._channel.send(view) :]
            except BlockingIOError:
                self._wait(select.POLLOUT)
            except OSError:
                raise Gone from None

    def _receive(self, view: memoryview) -> None:
        """Fill a view; little is read through a buffer, so that a small frame costs one system call."""
        while view:
            if len(view) < AHEAD:
                self._ahead = self._ahead or self._read_ahead()
                count = min(len(view), len(self._ahead))
                view[:count], self._ahead = self._ahead[:count], self._ahead[count:]
            else:
                count = self._read_into(view)
            view = view[count:]

    def _read_ahead(self) -> bytes:
        self._wait(select.POLLIN)
        try:
            data = self._channel.recv(AHEAD)
        except OSError:
            data = b""
        if not data:
            raise Gone
        return data

    def _read_into(self, view: memoryview) -> int:
        if self._ahead:
            count = len(self._ahead)
            view[:count], self._ahead = self._ahead, b""
            return count
        self._wait(select.POLLIN)
        try:
            count = self._channel.recv_into(view[:PIECE])
        except OSError:
            count = 0
        if not count:
            raise Gone
        return count

    def _wait(self, event: int) -> None:
        """Wait until the channel is ready for the event; take in output meanwhile."""
        self._poll.register(self._channel, event)
        while True:
            ready = self._poll.poll(1000 * self._meter.pause())
            self._look()
            if not ready:
                self.on_look()
            if any(descriptor == self._output for descriptor, _ in ready) and not self._drain():
                self._poll.unregister(self._output)
            if any(descriptor != self._output for descriptor, _ in ready):
                return

    def _look(self) -> None:
        """Charge the worker for the time that it did not answer in."""
        try:
            self._meter.look(lambda: not self._poll.poll(0))
        except UsedUp:
            raise DeadlinePassed from None
        except NoCore as waited:
            raise NoCoreForIt(waited.used, waited.waited) from None

    def _drain(self) -> bool:
        """Take in what was printed, up to a limit; tell whether more can come. The worker is charged for the work."""
        start = time.thread_time()
        try:
            return self._take_in()
        finally:
            self._meter.charge(time.thread_time() - start)

    def _take_in(self) -> bool:
        for _ in range(DRAINED // AHEAD):
            try:
                data = os.read(self._output, AHEAD)
            except BlockingIOError:
                return True
            if not data:
                return False
            self._printed.add(data)
        return True


def _pid_behind(pidfd: int | None) -> int | None:
    """Return the process that a pidfd stands for, by its number here, whatever it is called in its own namespace."""
    try:
        lines = Path(f"/proc/self/fdinfo/{pidfd}").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    pid = next((int(line.removeprefix("Pid:")) for line in lines if line.startswith("Pid:")), 0)
    return pid if pid > 0 else None
