"""Workers as plain subprocesses over pipes: slow to start, but available on every platform."""

import json
import queue
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable
from dataclasses import asdict
from typing import IO

from grader.metering.meter import Meter, NoCore, UsedUp
from grader.metering.processes import known_process
from grader.records import Isolation
from grader.sandbox.channel import DeadlinePassed, Exit, Gone, NoCoreForIt, Printed, WorkerLimits, await_stack
from grader.sandbox.isolation import environment, interpreter
from grader.wire import DEFAULT_SIZE_LIMITS, HEADER_SIZE, WireError, body_length

START_SECONDS = 60.0  # charged to the worker; a slow disk with a cold cache needs it


class SpawnLauncher:
    """Launcher that starts each worker as a new interpreter."""

    tier = Isolation.SELF

    def __init__(self) -> None:
        self._spare: tuple[str, WorkerLimits, PipeChannel] | None = None

    def prepare(self, library: str, limits: WorkerLimits) -> None:
        """Start a worker for the first `open` with the same library and limits, and wait until it is ready."""
        self.close()
        self._spare = (library, limits, self._started(library, limits))

    def open(self, library: str, limits: WorkerLimits) -> "PipeChannel":
        """Start a worker and wait until it is ready."""
        if self._spare is not None and self._spare[:2] == (library, limits):
            (_, _, channel), self._spare = self._spare, None
            return channel
        return self._started(library, limits)

    @staticmethod
    def _started(library: str, limits: WorkerLimits) -> "PipeChannel":
        command = interpreter("grader.worker", json.dumps(asdict(limits)), library)
        folder = tempfile.TemporaryDirectory(prefix="grade-", ignore_cleanup_errors=True)
        process = subprocess.Popen(
            command,
            cwd=folder.name,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env=environment(library),
        )
        return PipeChannel(process, limits.output_kib << 10, folder)

    def close(self) -> None:
        """End the worker that is kept ready."""
        if self._spare is not None:
            self._spare[2].close()
            self._spare = None


class PipeChannel:
    """A worker behind pipes. Threads read them, because Windows cannot wait for a pipe with a timeout.

    Parameters
    ----------
    process : Popen
        With pipes on all three standard streams.
    output_limit : int
        Bytes of output between two answers.
    folder : TemporaryDirectory
        Folder that the worker works in, removed when it has ended.
    """

    def __init__(
        self, process: "subprocess.Popen[bytes]", output_limit: int, folder: "tempfile.TemporaryDirectory[str]"
    ) -> None:
        self._process = process
        self._folder = folder
        self._frames: queue.Queue[bytearray | Exception] = queue.Queue()
        self._printed = Printed(output_limit)
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self.size_limits = DEFAULT_SIZE_LIMITS
        self._stdin = process.stdin
        self._threads = [
            threading.Thread(target=self._read_frames, args=(process.stdout,), daemon=True),
            threading.Thread(target=self._read_output, args=(process.stderr,), daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        worker = known_process(process.pid)
        self._meter = Meter(worker)
        self.on_look: Callable[[], None] = lambda: None
        self.by_wall = worker is None and process.poll() is None
        self._next(START_SECONDS)

    @property
    def charged(self) -> float:
        """Seconds charged to the worker so far."""
        return self._meter.charged

    def ask(self, parts: list[bytes | memoryview], seconds: float, most: float | None = None) -> bytearray:
        """Send one frame and return the next one."""
        sender = threading.Thread(target=self._send, args=(parts,), daemon=True)
        sender.start()  # a worker that does not read must not block the judge
        return self._next(seconds, most)

    def printed(self) -> str:
        """Return the end of the worker's output since the last call."""
        return self._printed.take()

    def cpu_seconds(self) -> float | None:
        """Return None: reading another process's CPU clock differs between platforms, and no tier depends on it."""
        return None

    def stack(self, seconds: float) -> str:
        """Return the stack of the worker's code, as Python prints it; empty on Windows, which has no such signal."""
        if not hasattr(signal, "SIGUSR1"):
            return ""
        self._process.send_signal(signal.SIGUSR1)
        return await_stack(self._printed, lambda: None, seconds)

    def close(self) -> Exit:
        """Kill the worker if it is alive, and return its exit status."""
        self._process.kill()
        code = self._process.wait()
        for thread in self._threads:
            thread.join(timeout=5)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream:
                stream.close()
        self._folder.cleanup()
        return Exit(code)

    def _next(self, seconds: float, most: float | None = None) -> bytearray:
        self._meter.start(seconds, most)
        try:
            frame = self._awaited()
        except UsedUp:
            raise DeadlinePassed from None
        except NoCore as waited:
            raise NoCoreForIt(waited.used, waited.waited) from None
        finally:
            self._meter.stop()
        if isinstance(frame, Exception):
            raise frame
        return frame

    def _awaited(self) -> bytearray | Exception:
        while True:
            try:
                return self._frames.get(timeout=self._meter.pause())
            except queue.Empty:
                self._meter.look(self._frames.empty)
                self.on_look()

    def _send(self, parts: list[bytes | memoryview]) -> None:
        try:
            for part in parts:
                view = memoryview(part).cast("B")
                while view:
                    view = view[self._stdin.write(view) :]
        except (OSError, ValueError):  # the worker has ended, as the reading thread reports
            return

    def _read_frames(self, stream: IO[bytes]) -> None:
        try:
            self._frames.put(bytearray(stream.readline()))
            while True:
                header = _exactly(stream, HEADER_SIZE)
                self._frames.put(header + _exactly(stream, body_length(header, self.size_limits)))
        except (Gone, WireError, OSError, ValueError) as error:
            self._frames.put(error if isinstance(error, WireError) else Gone())

    def _read_output(self, stream: IO[bytes]) -> None:
        try:
            while data := stream.read(1 << 16):
                self._printed.add(data)
        except (OSError, ValueError):  # closed while this thread was reading
            return


def _exactly(stream: IO[bytes], count: int) -> bytearray:
    data = bytearray()
    while len(data) < count:
        piece = stream.read(min(count - len(data), 1 << 20))
        if not piece:
            raise Gone
        data += piece
    return data
