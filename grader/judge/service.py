"""Judge as a separate process: `python -m grader.judge.service`.

`once` grades one job from standard input, on any platform. `serve` collects the suites, then forks a child for each job
(Linux), so that every submission is graded by a process that no other submission has touched.
"""

import contextlib
import gc
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, NoReturn

import msgspec
import pytest

from grader.course import layout
from grader.course.model import missing
from grader.course.registry import load_course
from grader.errors import UnavailableError
from grader.judge.budget import limit_memory
from grader.judge.collection import CollectionError, run_session
from grader.judge.local_students import local_student, preload
from grader.judge.protocol import RACES_ALONE, Job, Message, Ready, Refusal, faults_in
from grader.judge.session import WarmSession
from grader.metering.processes import use_one_thread
from grader.records import Isolation, TestRecord
from grader.sandbox.fork_server import ForkLauncher
from grader.sandbox.launcher import (
    Launcher,
    forking_launcher,
    give_up_capabilities,
    launcher_for,
    ready_to_fork,
    zygotes_for,
)
from grader.submissions import parsing
from grader.submissions.intake import Submission

SECRET_BYTES = 1024
REFUSAL_BYTES = 30_000


def folders(root: Path, units: tuple[str, ...], *, hidden: bool) -> list[Path]:
    """Return the folders whose tests are collected."""
    candidates = [layout.exercises(root, unit) for unit in units]
    if hidden:
        candidates += [layout.hidden(root, unit) for unit in units]
    return [folder for folder in candidates if folder.is_dir()]


def warm_up(warm: WarmSession, root: Path, units: tuple[str, ...], secret: str) -> list[TestRecord]:
    """Do once what each forked child would repeat: draw cases, load signatures, misconceptions and solutions.

    Returns
    -------
    list of TestRecord
        Results of the tests on the solutions.
    """
    warm.draw_cases(secret)
    records: list[TestRecord] = []
    for unit in units:
        preload(warm.course, unit)
        records += dry_run(warm, root, unit, secret)
    gc.collect()
    gc.freeze()
    return records


def dry_run(warm: WarmSession, root: Path, unit: str, secret: str) -> list[TestRecord]:
    """Run a suite on the solution once, so that forks inherit the kernels that torch prepares for each shape."""
    folder = layout.solutions(root, unit)
    records: list[TestRecord] = []
    if folder.is_dir():
        student = partial(local_student, warm.course, unit, folder, wrap=True)
        warm.dry_run(Job(Submission(unit), warm.course.limits_of(unit), secret), student, records.append)
    return records


def writer(stream: IO[bytes]) -> Callable[[Message], None]:
    """Return a function that writes one message per line."""
    encoder = msgspec.json.Encoder()

    def write(message: Message) -> None:
        stream.write(encoder.encode(message) + b"\n")
        stream.flush()

    return write


def answer(warm: WarmSession, launcher: Launcher, job: Job, write: Callable[[Message], None]) -> None:
    """Grade one job, and write the messages as they come."""
    write(Message(planned=warm.planned(job)))
    timing = warm.grade(job, launcher, lambda record: write(Message(record=record)), lambda: write(Message()))
    write(Message(done=timing))


def once(root: Path) -> None:
    """Grade the job from standard input, and write messages to standard output."""
    write = writer(os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    job = msgspec.structs.replace(asked, races=RACES_ALONE)
    launcher = launcher_for(Isolation.SELF)
    if isinstance(launcher, ForkLauncher):
        launcher.prepare("numpy")  # its imports run in parallel with ours

    def serve(session: pytest.Session) -> None:
        use_one_thread()
        answer(WarmSession(session), launcher, job, write)

    try:
        run_session(root, folders(root, (job.unit,), hidden=not job.visible_only), serve)
    except CollectionError as error:
        write(Message(broken=f"the tests of {job.unit} cannot be collected:\n{error}"))
    finally:
        launcher.close()


def serve_forever(root: Path, control: socket.socket, tier: Isolation, units: tuple[str, ...]) -> None:
    """Collect the suites of units, then fork a judge for each job until the client closes the connection."""
    parsing.start()  # judges that are forked later share its process
    launcher = forking_launcher(tier)  # before torch is imported
    secret = control.recv(SECRET_BYTES).decode().removesuffix("\n")

    def serve(session: pytest.Session) -> None:
        use_one_thread()
        warm = WarmSession(session)
        ready = Ready(faults_in(warm_up(warm, root, units, secret)))
        launcher.wait_until_ready()
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        with contextlib.suppress(BrokenPipeError):  # the client has gone: the loop below ends at once
            control.send(msgspec.json.encode(ready))
        fork_for_each_job(control, warm, launcher)

    with refusing(control, launcher):
        for name in wanted_zygotes(root, units, tier):
            launcher.prepare(name)  # its imports run in parallel with ours
        run_session(root, folders(root, units, hidden=True), serve)


@contextlib.contextmanager
def refusing(control: socket.socket, launcher: ForkLauncher) -> Iterator[None]:
    """Send the reason if a judge cannot start in the block, and close the launcher after it."""
    try:
        yield
    except UnavailableError as error:
        control.send(msgspec.json.encode(Refusal(error.message, error.hint, unavailable=True)))
    except CollectionError as error:
        reason = f"the tests cannot be collected:\n{error}"[-REFUSAL_BYTES:]
        control.send(msgspec.json.encode(Refusal(reason, "grade check", unavailable=False)))
    finally:
        launcher.close()


def wanted_zygotes(root: Path, units: tuple[str, ...], tier: Isolation) -> list[str]:
    """Return the zygotes that the tests of units need."""
    course = load_course(root)
    known = [course.unit(unit) for unit in units]
    libraries = sorted({task.library for unit in known for task in unit.tasks})
    installed = [library for library in libraries if not missing(library)]
    return zygotes_for(installed, tier, timed=any(unit.is_timed for unit in known))


def fork_for_each_job(control: socket.socket, warm: WarmSession, launcher: ForkLauncher) -> None:
    """Fork a judge for each job that comes through `control`, until the client closes it."""
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 16, 1)
        if not message:
            return
        ready_to_fork(launcher)
        if os.fork() == 0:
            control.close()
            give_up_capabilities()  # before decoding anything from a student's process
            _grade_and_exit(warm, launcher, descriptors[0])
        os.close(descriptors[0])


def _grade_and_exit(warm: WarmSession, launcher: ForkLauncher, descriptor: int) -> NoReturn:
    limit_memory()
    warm.in_fork()
    stream = socket.socket(fileno=descriptor)
    lines = stream.makefile("rwb")
    write = writer(lines)  # type: ignore[arg-type]  # makefile("rwb") is a binary stream
    try:
        write(Message(pid=os.getpid()))
        job = msgspec.json.decode(lines.readline(), type=Job)
        answer(warm, launcher, job, write)
    except BaseException as error:  # sent to the client, which reports an error of the grader
        write(Message(broken=f"{type(error).__name__}: {error}"))
    finally:
        os._exit(0)


def main(arguments: list[str]) -> None:
    """Run a command: ``once ROOT`` or ``serve ROOT DESCRIPTOR TIER UNIT...``."""
    root = Path(arguments[1])
    if arguments[0] == "once":
        once(root)
    else:
        serve_forever(root, socket.socket(fileno=int(arguments[2])), Isolation(arguments[3]), tuple(arguments[4:]))


if __name__ == "__main__":
    main(sys.argv[1:])
