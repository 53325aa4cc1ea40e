"""A device that is made up: torch's own CPU tensors under another name, and workers in threads that share them."""

import contextlib
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import torch

from grader.records import Isolation
from grader.sandbox.channel import Exit, WorkerLimits
from grader.wire import read_frame_into
from grader.wire.frames import Frame
from grader.worker.server import Server

NAME = "a stand-in"


class Products:
    """Clock that counts matrix products per thread, a thousandth of a second each: no neighbour can move it.

    Parameters
    ----------
    monkeypatch : MonkeyPatch
        Until it is undone, torch counts its products.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._counts: Counter[int] = Counter()
        multiply, power = torch.Tensor.__matmul__, torch.linalg.matrix_power

        def counted_multiply(left: torch.Tensor, right: torch.Tensor) -> Any:
            self._counts[threading.get_ident()] += 1
            return multiply(left, right)

        def counted_power(matrix: torch.Tensor, exponent: int) -> Any:
            self._counts[threading.get_ident()] += exponent - 1
            return power(matrix, exponent)

        monkeypatch.setattr(torch.Tensor, "__matmul__", counted_multiply)
        monkeypatch.setattr(torch.linalg, "matrix_power", counted_power)

    def seconds(self, thread: int) -> float:
        """Return the time of a thread's products."""
        return 0.001 * self._counts[thread]


class StandIn:
    """Does on the CPU what a device does, and remembers what it was asked for.

    Parameters
    ----------
    shares : bool
        Whether it gives handles of its memory.
    """

    where, name = "cpu", NAME

    def __init__(self, *, shares: bool, cache: int = 1 << 20, free: int = 1 << 32) -> None:
        self._shares, self._cache, self._free = shares, cache, free
        self.blocks: dict[bytes, torch.Tensor] = {}
        self.events: list[str] = []

    def cache_bytes(self) -> int:
        return self._cache

    def free_bytes(self) -> int:
        return self._free

    def allocate(self, count: int) -> torch.Tensor:
        return torch.zeros(count, dtype=torch.uint8)

    def share(self, block: torch.Tensor) -> tuple[Any, ...] | None:
        if not self._shares:
            return None
        key = b"block %d" % len(self.blocks)
        self.blocks[key] = block
        return (0, key, block.numel(), 0, b"", 0)

    def opened(self, handle: tuple[Any, ...]) -> torch.Tensor:
        """Stand in for the worker's side of CUDA IPC."""
        return self.blocks[handle[1]]

    def forget(self) -> None:
        self.blocks.clear()

    def synchronize(self) -> None:
        self.events.append("synchronize")

    def flush(self) -> None:
        self.events.append("flush")

    def seconds(self, worker: Any) -> float:
        """Return the worker's CPU time: what its neighbours do is not its matter, as on a card of one's own."""
        return float(worker.cpu_seconds())

    def reading(self) -> None:
        return None


class ThreadServer(Server):
    """A server that shares its process: another one's importer may run its files, and would tell it on its own line."""

    def _report_running(self, stem: str) -> None:
        """Tell nobody: no file ends a process here."""


class ThreadChannel:
    """A worker's server in a thread of this process, behind the ordinary frames."""

    charged, by_wall = 0.0, False
    on_look: Callable[[], None]
    products: Products | None = None  # instead of the thread's CPU time

    def __init__(self) -> None:
        self._judge_end, worker_end = socket.socketpair()
        thread = threading.Thread(target=self._serve, args=(worker_end,), daemon=True)
        thread.start()
        assert thread.ident is not None
        self._thread, self._clock = thread.ident, time.pthread_getcpuclockid(thread.ident)

    @staticmethod
    def _serve(channel: socket.socket) -> None:
        def read(view: memoryview) -> None:
            while view:
                received = channel.recv_into(view)
                if not received:
                    raise SystemExit
                view = view[received:]

        with channel, contextlib.suppress(SystemExit, OSError):
            ThreadServer(read, channel.sendall).serve()

    def ask(self, parts: list[bytes | memoryview], seconds: float, most: float | None = None) -> Frame:
        self._judge_end.settimeout(600)  # limits are other tests' matter, and the machine may be busy
        for part in parts:
            self._judge_end.sendall(part)

        def fill(view: memoryview) -> None:
            while view:
                view = view[self._judge_end.recv_into(view) :]

        return read_frame_into(fill)

    def printed(self) -> str:
        return ""

    def stack(self, seconds: float) -> str:
        return ""

    def cpu_seconds(self) -> float | None:
        return self.products.seconds(self._thread) if self.products else time.clock_gettime(self._clock)

    def close(self) -> Exit:
        self._judge_end.close()
        return Exit()


class ThreadLauncher:
    """Opens workers in threads; remembers their limits."""

    tier: Isolation = Isolation.SELF

    def __init__(self) -> None:
        self.limits: list[WorkerLimits] = []

    def open(self, library: str, limits: WorkerLimits) -> ThreadChannel:
        assert library == "torch"
        self.limits.append(limits)
        return ThreadChannel()

    def close(self) -> None:
        """Nothing is kept."""
