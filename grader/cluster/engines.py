"""`--engine`: where a class is graded besides this machine, and the cluster of a run."""

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from grader.autograde.secret import course_secret
from grader.cluster.certificates import INSTALL, make_certificates, require_certificates, try_handshake
from grader.cluster.cluster_judge import ClusterJudge
from grader.cluster.crew import Crew
from grader.cluster.fitness import fitness_of
from grader.course import layout
from grader.course.registry import Course
from grader.errors import DeepgradeError, UnavailableError
from grader.records import Isolation

Notify = Callable[[str], None]
NEEDED = ("distributed", "dask_jobqueue", "cryptography")
PORT = 8786
LOOKING = 2.0  # seconds between two looks at the workers
MOST_AT_ONCE = 1000  # threads, which only wait
SLURM_JOBS = 2
NO_WORKER = "no worker is there yet, waiting for one: grade worker on a machine starts it; Ctrl-C ends this"
FORMS = "--engine local, dask://HOST:PORT, slurm, or slurm:N for N of its jobs"


class Way(Protocol):
    """Protocol of a connection to a scheduler."""

    generation: int

    def send(self, text: bytes, key: str, resources: Mapping[str, float]) -> "Future[bytes]":
        """Hand a sheet to the scheduler."""

    def reason_of(self, error: Exception) -> str:
        """Return in one sentence why a job has no answer."""

    def workers(self) -> dict[str, object]:
        """Return what each worker says of itself, by address."""

    def renew(self, generation: int) -> None:
        """Wait until the scheduler is back."""

    def close(self) -> None:
        """Close the connection."""


class ClusterEngine(Struct, frozen=True):
    """An engine by its name.

    Attributes
    ----------
    host : str
        Empty for Slurm.
    port : int
    jobs : int
        Of Slurm.
    """

    host: str = ""
    port: int = PORT
    jobs: int = SLURM_JOBS


def engine_of(name: str) -> ClusterEngine:
    """Return the engine with a name such as ``dask://node1:8786`` or ``slurm:4``.

    Parameters
    ----------
    name : str

    Returns
    -------
    ClusterEngine

    Raises
    ------
    DeepgradeError
        If there is no such engine.
    """
    if dask := re.fullmatch(r"dask://(.+)", name):
        return ClusterEngine(*host_and_port(dask[1]))
    if slurm := re.fullmatch(r"slurm(?::([1-9]\d{0,3}))?", name):
        return ClusterEngine(jobs=int(slurm[1] or SLURM_JOBS))
    raise DeepgradeError(f'there is no engine "{name}"', FORMS)


def host_and_port(address: str) -> tuple[str, int]:
    """Return host and port of an address such as ``node1:8786`` or ``[::1]:8786``.

    Raises
    ------
    DeepgradeError
        If it is none.
    """
    parts = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+)(?::(\d{1,5}))?", address)
    if parts is None or not 0 < int(parts[2] or PORT) < 1 << 16:
        raise DeepgradeError(f'"{address}" is no address of a machine', f"HOST:PORT, such as node1:{PORT}")
    return parts[1].strip("[]"), int(parts[2] or PORT)


def require_extra() -> None:
    """Raise unless what the extra `cluster` installs is there.

    Raises
    ------
    UnavailableError
        It is not.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise UnavailableError(f"several machines need the extra `cluster`: {', '.join(missing)} missing", INSTALL)


class Cluster:
    """The machines of a run.

    Parameters
    ----------
    course : Course
    way : Way
        Connection to the scheduler.
    crew : Crew
    notify : callable
        Shows a line to the instructor.
    """

    def __init__(self, course: Course, way: Way, crew: Crew, notify: Notify) -> None:
        self._course, self._way, self._crew, self._notify = course, way, crew, notify
        self._closed = threading.Event()
        self._watch = threading.Thread(target=self._look_on, daemon=True, name="crew")
        self._reasons: set[str] = set()

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def wait_for_workers(self) -> None:
        """Wait until a worker can grade, and say so; then go on looking who comes and goes.

        Raises
        ------
        UnavailableError
            If workers are there and none of them can.
        """
        self._crew.look(self._way.workers())
        if not (self._crew.fit or self._crew.refused):
            self._notify(NO_WORKER)
        while not self._crew.fit:
            self._crew.require_some()
            self._closed.wait(LOOKING / 4)
            self._crew.look(self._way.workers())
        self._watch.start()

    def _look_on(self) -> None:
        while not self._closed.wait(LOOKING):
            self._crew.look(self._way.workers())

    @property
    def at_once(self) -> int:
        """Jobs that are out at a time: two for each that is graded, so that no machine waits for this one."""
        return min(MOST_AT_ONCE, max(2 * self._crew.slots, 8))

    @property
    def machine(self) -> tuple[str, ...]:
        """Names of the processor and the GPUs on which timed tests run."""
        return self._crew.machine

    @property
    def size(self) -> str:
        """The machines of now: ``2 machines, 8 at a time``."""
        count = len(self._crew.fit)
        return f"{count} machine{'s' * (count != 1)}, {self._crew.slots} at a time"

    def open(self, root: Path, units: Sequence[str], secret: str, tier: Isolation) -> ClusterJudge:
        """Return the judge of a run; the arguments are those of `open_judge`."""
        return ClusterJudge(self._course, self, units, tier)

    def send(self, text: bytes, key: str, *, timed: bool) -> "Future[bytes]":
        """Hand a sheet to the scheduler, for any fit worker."""
        return self._way.send(text, key, self._crew.resources(timed=timed))

    def generation(self) -> int:
        """Return how often the scheduler was lost and came back."""
        return self._way.generation

    def renew(self, generation: int) -> None:
        """Wait until the scheduler is back, unless it has come back since that generation."""
        self._way.renew(generation)

    def reason_of(self, error: Exception) -> str:
        """Return in one sentence why a job has no answer."""
        return self._way.reason_of(error)

    def note_unfit(self, reason: str) -> None:
        """Notify, once for each reason, that a worker leaves; its jobs go to others after a moment."""
        if reason not in self._reasons:
            self._reasons.add(reason)
            self._notify(f"a worker leaves, its jobs go to others: {reason}")
        self._closed.wait(LOOKING / 4)

    def close(self) -> None:
        """Close the connection."""
        self._closed.set()
        self._way.close()


def connect(course: Course, engine: ClusterEngine, tier: Isolation, notify: Notify) -> Cluster:
    """Connect to the machines of an engine, and wait until one of them can grade.

    Parameters
    ----------
    course : Course
    engine : ClusterEngine
    tier : Isolation
        Isolation of student code there.
    notify : callable
        Shows a line to the instructor.

    Returns
    -------
    Cluster
        To be closed.

    Raises
    ------
    DeepgradeError
        If certificates are missing, foreign or expired, nothing listens, or no worker can grade.
    """
    require_extra()
    course.refuse_bundle("it has no hidden tests to grade with")
    crew = Crew(fitness_of(course, course_secret(course), tier), notify)
    cluster = Cluster(course, _way(course, engine, tier, notify), crew, notify)
    try:
        cluster.wait_for_workers()
    except BaseException:
        cluster.close()
        raise
    return cluster


def _way(course: Course, engine: ClusterEngine, tier: Isolation, notify: Notify) -> Way:
    from grader.cluster.connection import connection_to, connection_to_slurm

    folder = layout.cluster_folder(course.root)
    if not engine.host:  # its jobs see the same files, so the certificates need not be copied
        files = require_certificates(folder) if folder.exists() else make_certificates(folder)
        return connection_to_slurm(course.root, files, engine.jobs, tier, notify)
    files = require_certificates(folder)
    try_handshake(engine.host, engine.port, files)
    return connection_to(engine.host, engine.port, files, notify)
