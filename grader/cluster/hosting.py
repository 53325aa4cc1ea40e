"""The processes of `grade worker`: a worker that joins its scheduler again after losing it, and a scheduler."""

import asyncio
import contextlib
import signal
from collections.abc import Callable
from functools import partial

import dask
from distributed import Scheduler, Worker
from distributed.security import Security

from grader.cluster import node
from grader.cluster.certificates import Certificates
from grader.cluster.connection import quiet, security_of, tls_address
from grader.cluster.node import GradingNode, take_part
from grader.cluster.sheets import written
from grader.errors import DeepgradeError, UnavailableError

AGAIN = 1.0  # seconds before a worker looks for a lost scheduler
SILENCE = "60s"  # a worker that says nothing for so long counts as lost

Notify = Callable[[str], None]
MakeNode = Callable[[], GradingNode]


def host(
    address: tuple[str, int], files: Certificates, make_node: MakeNode | None, *, scheduler: bool, notify: Notify
) -> None:
    """Run until SIGINT or SIGTERM.

    Parameters
    ----------
    address : (str, int)
        Host and port of the scheduler.
    files : Certificates
    make_node : callable or None
        Makes this machine a node, each time it joins; None if it does not grade.
    scheduler : bool
        Whether to run the scheduler here, too.
    notify : callable
        Shows a line to the operator.

    Raises
    ------
    UnavailableError
        If the scheduler cannot listen at the address, or this machine cannot grade any more.
    """
    quiet()
    dask.config.set({"distributed.scheduler.worker-ttl": SILENCE})
    asyncio.run(_until_stopped(address, security_of(files), make_node, scheduler=scheduler, notify=notify))


async def _until_stopped(
    address: tuple[str, int], security: Security, make_node: MakeNode | None, *, scheduler: bool, notify: Notify
) -> None:
    async with contextlib.AsyncExitStack() as stack:
        if scheduler:
            await stack.enter_async_context(await _listening(address, security))
            notify(f"the scheduler listens at {address[0]}:{address[1]}")
        place = tls_address(*address)
        work = asyncio.Event().wait() if make_node is None else _work(place, security, make_node, notify)
        task = asyncio.ensure_future(work)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _listening(address: tuple[str, int], security: Security) -> Scheduler:
    host, port = address
    try:
        listening: Scheduler = await Scheduler(
            host=host, port=port, protocol="tls://", security=security, dashboard=False
        )
        return listening
    except (OSError, ValueError) as error:
        raise UnavailableError(
            f"no scheduler can listen at {host}:{port}: {error}", "name an address of this machine, and a free port"
        ) from None


async def _work(place: str, security: Security, make_node: MakeNode, notify: Notify) -> None:
    """Join a scheduler, again and again: its end, or its silence, ends a worker, but not this machine's part."""
    while True:
        member = await asyncio.to_thread(make_node)
        try:
            member.require_fit()
            await _joined(place, security, member, notify)
        finally:
            await asyncio.to_thread(member.close)
        notify("the scheduler is gone or sent this worker away; joining again when it is there")
        await asyncio.sleep(AGAIN)


async def _joined(place: str, security: Security, member: GradingNode, notify: Notify) -> None:
    """Work for a scheduler until it is gone."""
    about = member.introduction
    take_part(member)
    worker = Worker(
        place,
        nthreads=about.jobs,
        resources=about.resources,
        security=security,
        memory_limit=0,
        dashboard=False,
        startup_information={node.INTRODUCTION: lambda _: written(about).decode()},
    )
    member.leave = partial(node.leave, worker)
    try:
        await worker
        notify(f"joined {place}: {about.jobs} at a time")
        await worker.finished()
    except (OSError, TimeoutError) as error:
        raise DeepgradeError(f"{place} turned this worker away: {error}", "grade worker HOST:PORT") from None
    finally:
        with contextlib.suppress(Exception):
            await worker.close(timeout=2, executor_wait=False)
