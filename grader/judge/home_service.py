"""Judge of one unit's visible tests that stays ready on a student's machine: `python -m grader.judge.home_service`.

`fork` forks a judge for each job (Linux). `spare` grades one job from standard input, on any platform: all that can be
done before the job comes is done then.
"""

import gc
import os
import signal
import socket
import sys
from pathlib import Path

import msgspec
import pytest

from grader.judge.collection import CollectionError, run_session
from grader.judge.local_students import preload
from grader.judge.protocol import PUBLIC_SECRET, Job, Message, Ready
from grader.judge.service import answer, folders, fork_for_each_job, refusing, wanted_zygotes, writer
from grader.judge.session import WarmSession
from grader.metering.processes import use_one_thread
from grader.records import Isolation
from grader.sandbox.channel import WorkerLimits
from grader.sandbox.launcher import forking_launcher, keep_ready, launcher_for
from grader.submissions import parsing


def fork(root: Path, control: socket.socket, unit: str) -> None:
    """Collect a unit's visible tests, then fork a judge for each job until the client closes the connection."""
    parsing.start()
    launcher = forking_launcher(Isolation.SELF)

    def serve(session: pytest.Session) -> None:
        warm = prepared(session, unit)
        launcher.wait_until_ready()
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        control.send(msgspec.json.encode(Ready()))
        fork_for_each_job(control, warm, launcher)

    with refusing(control, launcher):
        control.recv(1)  # no secret at home
        for name in wanted_zygotes(root, (unit,), Isolation.SELF):
            launcher.prepare(name)
        run_session(root, folders(root, (unit,), hidden=False), serve)


def spare(root: Path, unit: str) -> None:
    """Collect a unit's visible tests, say so, and grade one job from standard input."""
    write = writer(os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)
    parsing.start()
    launcher = launcher_for(Isolation.SELF)

    def serve(session: pytest.Session) -> None:
        warm = prepared(session, unit)
        keep_ready(launcher, "numpy", _worker_limits(warm, unit))
        write(Message(pid=os.getpid()))
        if line := sys.stdin.buffer.readline():
            answer(warm, launcher, msgspec.json.decode(line, type=Job), write)

    try:
        run_session(root, folders(root, (unit,), hidden=False), serve)
    except CollectionError as error:
        write(Message(broken=f"the tests of {unit} cannot be collected:\n{error}"))
    finally:
        launcher.close()


def prepared(session: pytest.Session, unit: str) -> WarmSession:
    """Return a session that has drawn its cases and read what a diagnosis needs."""
    use_one_thread()
    warm = WarmSession(session)
    warm.draw_cases(PUBLIC_SECRET)
    preload(warm.course, unit)
    gc.collect()
    gc.freeze()
    return warm


def _worker_limits(warm: WarmSession, unit: str) -> WorkerLimits:
    limits = warm.course.limits_of(unit)
    return WorkerLimits(
        memory_mib=limits.memory_mib,
        cpu_seconds=limits.cpu_seconds,
        output_kib=limits.output_kib,
        disk_mib=limits.disk_mib,
        open_files=limits.open_files,
    )


def main(arguments: list[str]) -> None:
    """Run a command: ``fork ROOT UNIT DESCRIPTOR`` or ``spare ROOT UNIT``."""
    command, root, unit, *rest = arguments
    if command == "fork":
        fork(Path(root), socket.socket(fileno=int(rest[0])), unit)
    else:
        spare(Path(root), unit)


if __name__ == "__main__":
    main(sys.argv[1:])
