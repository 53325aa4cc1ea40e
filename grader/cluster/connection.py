"""The connection to a scheduler: sends sheets, knows the workers, and waits for a scheduler that is gone."""

import contextlib
import logging
import shlex
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dask
from distributed import Client
from distributed.scheduler import KilledWorker
from distributed.security import Security

from grader.cluster import node
from grader.cluster.certificates import Certificates
from grader.errors import UnavailableError
from grader.judge.client import JudgeFailed, JudgesGone
from grader.printable import one_line
from grader.records import Isolation

if TYPE_CHECKING:
    from dask_jobqueue import SLURMCluster

PATIENCE = 600.0  # seconds for a scheduler to come back
PAUSE = 0.5
CONNECTING = 10.0
CLOSING = 2.0
LONGEST = 300  # characters of an error's text
SETTINGS_HINT = (
    "in ~/.config/dask/jobqueue.yaml: jobqueue: {slurm: {cores: 8, memory: 16GB, queue: NAME, walltime: '02:00:00'}}"
)
ONLY_DATA = ["msgpack", "dask"]
"""How answers may be packed: as plain data, not as pickles."""

# A batch system's job that is ended over and over is replaced; by default, its place is given up after 15 s.
SETTINGS = {"distributed.deploy.lost-worker-timeout": "1 hour"}


def security_of(files: Certificates) -> Security:
    """Return the settings by which both sides of each connection show a certificate of the cluster.

    Parameters
    ----------
    files : Certificates

    Returns
    -------
    distributed.Security
    """
    role = {"cert": str(files.certificate), "key": str(files.key)}
    pairs = {f"tls_{who}_{what}": path for who in ("client", "scheduler", "worker") for what, path in role.items()}
    return Security(tls_ca_file=str(files.authority), require_encryption=True, **pairs)


def quiet() -> None:
    """Silence Dask's own log: what matters is printed in other words."""
    dask.config.set(SETTINGS)
    for name in ("distributed", "asyncio", "tornado"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


class Connection:
    """Connection to a scheduler. Thread-safe.

    Parameters
    ----------
    place : str or SpecCluster
        Address such as ``tls://host:8786``, or a batch system's cluster.
    security : Security
    notify : callable
        Shows a line to the instructor.
    """

    def __init__(self, place: Any, security: Security, notify: Callable[[str], None]) -> None:
        quiet()
        self._place, self._security, self._notify = place, security, notify
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._gone = False
        self.generation = 0
        self._client = self._opened()

    def _opened(self) -> Client:
        client = Client(
            self._place, security=self._security, timeout=CONNECTING, set_as_default=False, deserializers=ONLY_DATA
        )
        self._executor = client.get_executor(pure=False)
        return client

    def send(self, text: bytes, key: str, resources: Mapping[str, float]) -> "Future[bytes]":
        """Hand a sheet to the scheduler.

        Parameters
        ----------
        text : bytes
            The sheet.
        key : str
            Name of the job: jobs of the same name are one job.
        resources : mapping of str to float
            What a worker must have free for it.

        Returns
        -------
        Future
            Cancelled if the scheduler is gone.
        """
        try:
            sent: Future[bytes] = self._executor.submit(node.grade, text, key=key, resources=dict(resources))
        except Exception:  # the client has noticed that the scheduler is gone
            sent = Future()
            sent.cancel()
            sent.set_running_or_notify_cancel()
        return sent

    def reason_of(self, error: Exception) -> str:
        """Return in one sentence why a job has no answer."""
        if isinstance(error, KilledWorker):
            times = error.allowed_failures + 1
            return f"{times} workers ended while they graded it, one after the other: it was not tried on another one"
        return f"{type(error).__name__}: {error}"

    def workers(self) -> dict[str, object]:
        """Return what each worker says of itself, by address; none while the scheduler is gone."""
        try:
            known = self._client.scheduler_info()["workers"]
        except Exception:
            return {}
        return {address: facts.get(node.INTRODUCTION) for address, facts in known.items()}

    def renew(self, generation: int) -> None:
        """Wait until the scheduler is back, unless it has come back since that generation.

        Parameters
        ----------
        generation : int

        Raises
        ------
        JudgesGone
            If it does not come back.
        """
        with self._lock:
            if generation == self.generation:
                self._wait_for_scheduler()

    def _wait_for_scheduler(self) -> None:
        if not self._gone:
            self._notify("the scheduler is gone; what is graded is kept, waiting for it to come back")
        end = time.monotonic() + PATIENCE
        while not (self._closed.is_set() or self._gone):
            with contextlib.suppress(Exception):
                self._client.close(CLOSING)
            with contextlib.suppress(OSError):
                self._client = self._opened()
                self.generation += 1
                self._notify("the scheduler is back")
                return
            self._gone = time.monotonic() > end
            self._closed.wait(PAUSE)
        if self._closed.is_set():
            raise JudgeFailed("the run was stopped")
        raise JudgesGone(
            f"the scheduler did not come back within {PATIENCE:.0f} s; finished results are kept",
            "start it again, grade worker HOST:PORT --scheduler; then the same command goes on",
        )

    def close(self) -> None:
        """Close the connection; what is not graded yet is given up."""
        self._closed.set()
        with contextlib.suppress(Exception):
            self._client.close(CLOSING)


def connection_to(host: str, port: int, files: Certificates, notify: Callable[[str], None]) -> Connection:
    """Connect to a scheduler that listens.

    Parameters
    ----------
    host : str
    port : int
    files : Certificates
    notify : callable
        Shows a line to the instructor.

    Returns
    -------
    Connection

    Raises
    ------
    UnavailableError
        If it does not answer.
    """
    place = tls_address(host, port)
    try:
        return Connection(place, security_of(files), notify)
    except OSError as error:
        raise UnavailableError(
            f"the scheduler at {place} does not answer: {one_line(str(error), LONGEST)}",
            f"look at the screen on which it runs; it was started there with grade worker {host}:{port} --scheduler",
        ) from None


def tls_address(host: str, port: int) -> str:
    """Return the address by which Dask knows a scheduler."""
    return f"tls://[{host}]:{port}" if ":" in host else f"tls://{host}:{port}"


class SlurmConnection(Connection):
    """Connection to a scheduler of this process, whose workers are jobs of Slurm.

    Parameters
    ----------
    cluster : SLURMCluster
    security : Security
    notify : callable
        Shows a line to the instructor.
    """

    def __init__(self, cluster: "SLURMCluster", security: Security, notify: Callable[[str], None]) -> None:
        self._cluster = cluster
        super().__init__(cluster, security, notify)

    def close(self) -> None:
        """Close the connection, and end the jobs."""
        super().close()
        with contextlib.suppress(Exception):
            self._cluster.close(CLOSING)


def _slurm_cluster() -> Any:
    """Import a library that makes Ctrl-C end the process with success, and take that back."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    from dask_jobqueue import SLURMCluster

    for number, handler in handlers.items():
        signal.signal(number, handler)
    return SLURMCluster


def connection_to_slurm(
    root: Path, files: Certificates, jobs: int, tier: Isolation, notify: Callable[[str], None]
) -> SlurmConnection:
    """Start a scheduler here, and workers as jobs of Slurm.

    Queue, account, cores, memory and time of a job are those of dask-jobqueue's file of settings.

    Parameters
    ----------
    root : Path
        Folder of the course, which the jobs see at the same place.
    files : Certificates
    jobs : int
    tier : Isolation
    notify : callable
        Shows a line to the instructor.

    Returns
    -------
    SlurmConnection

    Raises
    ------
    UnavailableError
        If this machine cannot give jobs to Slurm, or the settings say too little.
    """
    quiet()
    if shutil.which("sbatch") is None:
        raise UnavailableError(
            "this machine has no sbatch", "log in to a machine of the Slurm cluster, or --engine local"
        )
    security = security_of(files)
    try:
        cluster = _slurm_cluster()(
            security=security,
            protocol="tls://",
            nanny=False,
            processes=1,
            python=sys.executable,
            scheduler_options={"dashboard": False},
            job_script_prologue=[f"cd {shlex.quote(str(root))}", f"export {node.TIER}={tier}"],
            worker_extra_args=["--preload", node.__name__, "--no-dashboard"],
        )
    except (ValueError, OSError) as error:
        raise UnavailableError(f"no jobs for Slurm: {one_line(str(error), LONGEST)}", SETTINGS_HINT) from None
    cluster.scale(jobs=jobs)
    notify(f"{jobs} job{'s' * (jobs != 1)} handed to Slurm")
    return SlurmConnection(cluster, security, notify)
