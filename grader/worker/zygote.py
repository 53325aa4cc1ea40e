"""A process that has imported everything and forks workers on request: milliseconds instead of seconds.

It stays single-threaded, because the child of a process whose threads hold locks can hang. Between the zygote
and each worker is a keeper, which waits for the worker and reports to the judge how it ended.
"""

import contextlib
import gc
import json
import os
import resource
import select
import signal
import socket
import sys
import traceback
from typing import Any, NoReturn

from grader.worker import device, limits
from grader.worker.failures import show_stack_on_signal
from grader.worker.interactive import refuse_interaction
from grader.worker.kernel import set_dumpable
from grader.worker.policy import hide_other_packages
from grader.worker.server import Server
from grader.worker.walls import NoWalls, Sealed, Walls, Weak

CHANNEL = 3  # descriptor of the judge's channel inside a worker
REQUEST_BYTES = 4096
FILTER_BYTES = 1 << 16


def preload(library: str) -> None:
    """Import what workers need, and call each library once, so that no lazy initialization is left."""
    import jaxtyping  # noqa: F401
    import numpy as np
    import numpy.testing  # tests that students write use it, each in a worker of its own

    np.ones((2, 2)) @ np.ones((2, 2))
    np.random.default_rng(0).standard_normal(2)
    if library in ("torch", "triton"):
        import torch
        import torch._dynamo

        torch.set_num_threads(1)
        torch.relu(torch.zeros(2))
    if library == "triton" and "TRITON_INTERPRET" in os.environ:  # with a GPU, nothing may run before the fork
        from grader.worker.triton_warmth import warm_up

        warm_up()
    # Frozen objects are skipped by the children's collections, so their pages stay shared with this process.
    gc.collect()
    gc.freeze()


def raise_walls(kind: str, control: socket.socket, readable: tuple[str, ...]) -> Walls:
    """Return the isolation for every worker; the judge sends the seccomp filter."""
    if kind == "self":
        return NoWalls()
    program = control.recv(FILTER_BYTES)
    set_dumpable(False)  # no worker of the same user may inspect this process
    return Sealed(program) if kind == "sealed" else Weak(program, readable)


def serve(control: socket.socket, walls: Walls) -> None:
    """Fork a worker for each request until the judge closes the connection.

    Parameters
    ----------
    control : socket
        Of type SEQPACKET. A request is the limits as JSON, with three descriptors: the worker's end of the channel, its
        output, and the socket to report on how it ended.
    walls : Walls
    """
    # Keepers are reaped by the kernel; nobody waits for them here.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    control.send(b"ready")
    while True:
        try:
            message, descriptors, _, _ = socket.recv_fds(control, REQUEST_BYTES, 3)
        except ConnectionError:
            return
        if not message:
            return
        device.require_untouched()
        mapped = limits.mapped_bytes()  # inside its sandbox a worker cannot read this
        if os.fork() == 0:
            control.close()
            _keep(json.loads(message) | {"mapped": mapped}, walls, *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _keep(wanted: dict[str, Any], walls: Walls, channel: int, output: int, status: int) -> NoReturn:
    """Fork the worker, send its pidfd to the judge, wait for it, and report how it ended.

    Only a parent learns the exit status and CPU time of a process, and the zygote must not wait. `unshare` puts only
    the next child into a new PID namespace, so the process that calls it cannot be the worker itself.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    teller = socket.socket(fileno=status)
    try:
        walls.around_keeper(wanted)
        pid = os.fork()
    except OSError:
        os.dup2(output, 2)  # the judge reads the reason there
        traceback.print_exc()
        os._exit(71)
    if pid == 0:
        teller.detach()
        _work(wanted, walls, channel, output)
    os.close(channel)
    os.close(output)
    handle = os.pidfd_open(pid)
    with contextlib.suppress(ConnectionError):  # the judge has ended already
        socket.send_fds(teller, [b"started"], [handle])
    _wait_for_either(handle, teller)
    _, code, usage = os.wait4(pid, 0)
    walls.after_worker()
    ended = {
        "exit": os.waitstatus_to_exitcode(code),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 4),
    }
    with contextlib.suppress(ConnectionError):
        teller.send(json.dumps(ended).encode())
    os._exit(0)


def _wait_for_either(handle: int, teller: socket.socket) -> None:
    """Return when the worker has ended; kill it if the judge ends first."""
    ends = select.poll()
    ends.register(handle, select.POLLIN)
    ends.register(teller, 0)  # a hang-up is always reported
    if not any(descriptor == handle for descriptor, _ in ends.poll()):
        signal.pidfd_send_signal(handle, signal.SIGKILL)


def _work(wanted: dict[str, Any], walls: Walls, channel: int, output: int) -> NoReturn:
    """Run as the worker: close everything of the zygote's, apply limits, answer requests."""
    try:
        os.setsid()
        null = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((null, 0), (output, 1), (output, 2), (channel, CHANNEL)):
            os.dup2(source, target)
        os.closerange(CHANNEL + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        refuse_interaction()
        show_stack_on_signal()
        limits.apply(wanted, wanted["mapped"])
        walls.around_worker(wanted)
        _answer(socket.socket(fileno=CHANNEL))
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(70)


def _answer(channel: socket.socket) -> None:
    def read_into(view: memoryview) -> None:
        while view:
            received = channel.recv_into(view)
            if not received:
                os._exit(0)
            view = view[received:]

    Server(read_into, channel.sendall).serve()


def main(arguments: list[str]) -> None:
    """Run as ``DESCRIPTOR LIBRARY KIND [READABLE...]``."""
    descriptor, library, kind, *readable = arguments
    control = socket.socket(fileno=int(descriptor))
    hide_other_packages()
    preload(library)
    serve(control, raise_walls(kind, control, tuple(readable)))


if __name__ == "__main__":
    main(sys.argv[1:])
