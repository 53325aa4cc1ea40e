"""The judge's side of a forked worker: a socket for frames, a pipe for output, and a keeper that reports its exit."""

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
from grader.sandbox.channel import DeadlinePassed, Exit, Gone, NoCoreForIt, Printed, await_stack
from grader.wire import DEFAULT_SIZE_LIMITS, WireError, read_frame_into
from grader.wire.frames import Frame

START_SECONDS = 60.0  # charged to the zygote
END_SECONDS = 10.0  # charged to the keeper
PIECE = 1 << 20
AHEAD = 1 << 16
GONE = 1 << 30  # a pid above the kernel's maximum
DRAINED = 1 << 20  # bytes of output read at a time, so that a flood of it does not delay the time limit


class SocketChannel:
    """A worker behind a socket, with its output behind a pipe; one thread waits for both.

    Parameters
    ----------
    channel : socket
        Carries frames both ways.
    output : int
        Descriptor to read the worker's output from.
    status : socket
        Socket of the keeper, which sends the worker's pidfd, then its exit status.
    output_limit : int
        Bytes of output between two answers.
    maker : Process or None
        The process that forks the worker.
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
        self.size_limits = DEFAULT_SIZE_LIMITS
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
        """Seconds charged to the worker so far."""
        return self._meter.charged

    def ask(self, parts: list[bytes | memoryview], seconds: float, most: float | None = None) -> Frame:
        """Send one frame and return the next one."""
        self._meter.start(seconds, most)
        try:
            for part in parts:
                self._send(memoryview(part).cast("B"))
            frame = read_frame_into(self._receive, self.size_limits)
        finally:
            self._meter.stop()
        if self._ahead:
            raise WireError("more than one answer came")
        return frame

    def printed(self) -> str:
        """Return the end of the worker's output since the last call."""
        if self._exit is None:
            self._drain()
        return self._printed.take()

    def cpu_seconds(self) -> float | None:
        """Return the CPU time of the worker, all threads together."""
        try:
            if self._worker is None:
                self._worker = OneProcess(_pid_behind(self._pidfd) or GONE)
            return self._worker.cpu_seconds()
        except OSError:  # the process has ended
            raise Gone from None

    def stack(self, seconds: float) -> str:
        """Return the stack of the worker's code, as Python prints it; empty if the worker sends none."""
        if self._pidfd is None or self._exit is not None:
            return ""
        try:
            signal.pidfd_send_signal(self._pidfd, signal.SIGUSR1)
        except OSError:  # it has ended
            return ""
        return await_stack(self._printed, self._take_in, seconds)

    def close(self) -> Exit:
        """Kill the worker if it is alive, and return its exit status."""
        if self._exit is None:
            if self._pidfd is not None:
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
                os.close(self._pidfd)
            self._exit = self._receive_exit()
            self._drain()  # its last output may say why it ended
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
        report = {}
        if arrives(self._status, END_SECONDS, self._keeper):
            with contextlib.suppress(OSError):
                report = json.loads(self._status.recv(4096) or b"{}")
        return Exit(report.get("exit"), report.get("cpu_seconds", 0.0))

    def _send(self, view: memoryview) -> None:
        while view:
            try:
                view = view[self._channel.send(view) :]
            except BlockingIOError:
                self._wait(select.POLLOUT)
            except OSError:
                raise Gone from None

    def _receive(self, view: memoryview) -> None:
        """Fill a view; small reads go through a buffer, so that a small frame costs one system call."""
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
        """Wait until the channel is ready for the event; read output in the meantime."""
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
        """Charge the worker for the time without an answer."""
        try:
            self._meter.look(lambda: not self._poll.poll(0))
        except UsedUp:
            raise DeadlinePassed from None
        except NoCore as waited:
            raise NoCoreForIt(waited.used, waited.waited) from None

    def _drain(self) -> bool:
        """Read some output; return whether more may come. The worker is charged for the time this takes."""
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
    """Return the pid behind a pidfd in this process's PID namespace; it may differ in the worker's own."""
    try:
        lines = Path(f"/proc/self/fdinfo/{pidfd}").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    pid = next((int(line.removeprefix("Pid:")) for line in lines if line.startswith("Pid:")), 0)
    return pid if pid > 0 else None
