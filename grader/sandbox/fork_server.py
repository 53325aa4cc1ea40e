"""Workers forked from a zygote that has imported everything; each takes a few milliseconds. Linux only."""

import contextlib
import json
import os
import socket
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import asdict

from grader.errors import UnavailableError
from grader.metering.meter import arrives
from grader.metering.processes import Process, known_maker, known_tree
from grader.sandbox.channel import WorkerLimits
from grader.sandbox.isolation import Housing, PlainHousing, environment
from grader.sandbox.socket_channel import SocketChannel

START_SECONDS = 120.0  # charged to the zygote for its imports
WITH_GPU = "+gpu"


class Zygote:
    """A preloaded process that forks workers: one per library, and one more for workers with a GPU.

    Parameters
    ----------
    library : str
        ``numpy``, ``torch`` or ``triton``.
    housing : Housing
        Isolation that it starts in.
    gpu : bool
        Whether its workers may use a GPU.
    """

    def __init__(self, library: str, housing: Housing, *, gpu: bool = False) -> None:
        self._control, zygote_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the zygote)
        with zygote_end:
            self._process = self._start(zygote_end.fileno(), library, housing, gpu)
        if greeting := housing.greeting():
            with contextlib.suppress(OSError):  # it has ended already: `wait_until_ready` says why
                self._control.send(greeting)
        self._ready = False

    def _start(self, descriptor: int, library: str, housing: Housing, gpu: bool) -> "subprocess.Popen[bytes]":
        """Start the process; leave nothing open if that fails."""
        try:
            return subprocess.Popen(
                housing.command(descriptor, library, gpu=gpu),
                pass_fds=[descriptor],
                stdin=subprocess.DEVNULL,
                stderr=self._complaints,
                env=environment(library, gpu=gpu),
            )
        except BaseException:
            self._control.close()
            self._complaints.close()
            raise

    def fork(self, limits: WorkerLimits) -> SocketChannel:
        """Fork a worker."""
        self.wait_until_ready()
        return asked(self._control, limits, known_maker(self._process.pid))

    def lent(self) -> int:
        """Return the descriptor by which another process may request workers while this one waits for it."""
        return self._control.fileno()

    def alive(self) -> bool:
        """Return whether the process is running."""
        return self._process.poll() is None

    def close(self) -> None:
        """Kill the process."""
        self._control.close()
        self._process.kill()
        self._process.wait()
        self._complaints.close()

    def wait_until_ready(self) -> None:
        """Wait until the imports are done."""
        if not self._ready:
            with contextlib.suppress(OSError):  # it is gone
                starting = known_tree(self._process.pid)
                self._ready = arrives(self._control, START_SECONDS, starting) and self._control.recv(16) == b"ready"
            if not self._ready:
                raise UnavailableError(f"student code cannot be run here: {self._complaint()}", "grade doctor")

    def _complaint(self) -> str:
        """Return the last line of the process's error output."""
        self._process.kill()
        self._process.wait()
        self._complaints.seek(0)
        lines = self._complaints.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else f"the first process ended with status {self._process.returncode}"


class Borrowed:
    """A zygote that belongs to the parent process.

    Parameters
    ----------
    descriptor : int
        Return value of `Zygote.lent` in the parent.
    """

    def __init__(self, descriptor: int) -> None:
        self._control = socket.socket(fileno=descriptor)

    def fork(self, limits: WorkerLimits) -> SocketChannel:
        """Fork a worker."""
        return asked(self._control, limits, None)  # the zygote's pid is not known here

    def lent(self) -> int:
        """Return the descriptor, for another process."""
        return self._control.fileno()

    def alive(self) -> bool:
        """Return True: the owner keeps the zygote alive."""
        return True

    def wait_until_ready(self) -> None:
        """Do nothing: the owner has waited before lending it."""

    def close(self) -> None:
        """Close the descriptor; the zygote lives on."""
        self._control.close()


def asked(control: socket.socket, limits: WorkerLimits, maker: Process | None) -> SocketChannel:
    """Request a worker from a zygote; `maker`, which forks it, is given time to do so."""
    judge_end, worker_end = socket.socketpair()
    read_end, write_end = os.pipe()
    status, keeper_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    request = json.dumps(asdict(limits)).encode()
    try:
        socket.send_fds(control, [request], [worker_end.fileno(), write_end, keeper_end.fileno()])
    finally:
        worker_end.close()
        os.close(write_end)
        keeper_end.close()
    return SocketChannel(judge_end, read_end, status, limits.output_kib << 10, maker)


class ForkLauncher:
    """Launcher that forks workers from one zygote per library; each zygote starts on first use.

    Parameters
    ----------
    housing : Housing, optional
        Isolation that zygotes start in; none by default.
    borrowed : mapping of str to int, optional
        Descriptors of another process's zygotes, as its launcher's `lent` returns them.
    """

    def __init__(self, housing: Housing | None = None, borrowed: Mapping[str, int] | None = None) -> None:
        self._housing = housing or PlainHousing()
        self.tier = self._housing.tier
        self._zygotes: dict[str, Zygote | Borrowed] = {
            name: Borrowed(descriptor) for name, descriptor in (borrowed or {}).items()
        }

    def lent(self) -> dict[str, int]:
        """Return the descriptors of the zygotes whose workers may use a GPU, by name.

        Returns
        -------
        dict of str to int
        """
        return {name: zygote.lent() for name, zygote in self._zygotes.items() if name.endswith(WITH_GPU)}

    def prepare(self, name: str) -> None:
        """Start a zygote, or replace one that has died; return without waiting for its imports.

        Parameters
        ----------
        name : str
            The library, followed by `WITH_GPU` for workers that may use a GPU.
        """
        zygote = self._zygotes.get(name)
        if zygote is not None and not zygote.alive():
            zygote.close()
            zygote = None
        if zygote is None:
            library = name.removesuffix(WITH_GPU)
            self._zygotes[name] = Zygote(library, self._housing, gpu=name != library)

    def open(self, library: str, limits: WorkerLimits) -> SocketChannel:
        """Fork a worker.

        Parameters
        ----------
        library : str
            ``numpy``, ``torch`` or ``triton``.
        limits : WorkerLimits
            With memory of a GPU, the worker is forked from a zygote that may use one.

        Returns
        -------
        SocketChannel
        """
        name = library + WITH_GPU * bool(limits.gpu_mib)
        if name not in self._zygotes:
            self.prepare(name)
        return self._zygotes[name].fork(limits)

    def revive(self) -> None:
        """Replace zygotes that have died."""
        for name in self._zygotes:
            self.prepare(name)

    def wait_until_ready(self) -> None:
        """Wait until every prepared zygote has finished its imports."""
        for zygote in self._zygotes.values():
            zygote.wait_until_ready()

    def close(self) -> None:
        """End the zygotes."""
        for zygote in self._zygotes.values():
            zygote.close()
        self._zygotes.clear()
