"""Connection between a watcher, whose judge is warm, and other commands of the same student.

The watcher writes its address, and a key, into a file that only its user can read. Where the file is old, or its
watcher has ended, is busy with another unit, or has other tests or another engine, nobody is there.
"""

import contextlib
import hmac
import os
import secrets
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path

import msgspec
from msgspec import Struct

from grader.course import layout
from grader.home.versions import engine_version, tests_version
from grader.judge.client import JudgeFailed, OnRecord, Stop, read
from grader.judge.protocol import PUBLIC_SECRET, Job, Message
from grader.records import Timing

PATIENCE = 1.0  # seconds: a watcher that is stopped accepts connections, and does not answer
LONGEST_ADDRESS = 100  # bytes of a socket's path

Grade = Callable[[Job, OnRecord, Stop], Timing]


class Address(Struct, frozen=True):
    """Address of a watcher, as its file has it."""

    place: str
    key: str
    unit: str
    version: str


def address_file(root: Path) -> Path:
    """Return the file with the address of a course's watcher."""
    return layout.state_folder(root) / "watch.json"


def version_of(root: Path) -> str:
    """Return a digest of all that a verdict depends on, besides the student's files."""
    return f"{engine_version()}-{tests_version(root)}"


class Exchange:
    """The watcher's side: it grades jobs of other commands.

    Parameters
    ----------
    root : Path
        Folder of the course.
    unit : str
        Unit of the jobs.
    grade : callable
        Grades a job; several threads call it.
    """

    def __init__(self, root: Path, unit: str, grade: Grade) -> None:
        self._root, self._grade = root, grade
        self._file = address_file(root)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._short_folder = None if _fits(self._file.parent) else _short_folder()
        self._listener = _listener(Path(self._short_folder.name) if self._short_folder else self._file.parent)
        self._address = Address(str(self._listener.address), secrets.token_hex(16), unit, version_of(root))
        _write_for_owner(self._file, msgspec.json.encode(self._address))
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take the address back."""
        with contextlib.suppress(OSError, msgspec.DecodeError):  # another watcher's stays
            if _address_in(self._root) == self._address:
                self._file.unlink()
        with contextlib.suppress(OSError):
            self._listener.close()
        if self._short_folder:
            self._short_folder.cleanup()

    def _accept(self) -> None:
        while True:
            try:
                line = self._listener.accept()
            except OSError:  # closed
                return
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: "Connection[bytes, bytes]") -> None:
        with line, contextlib.suppress(OSError, EOFError, msgspec.DecodeError):
            if not line.poll(PATIENCE) or not hmac.compare_digest(line.recv_bytes(64), self._address.key.encode()):
                return
            line.send_bytes(b"ready")
            job = msgspec.json.decode(line.recv_bytes(), type=Job)
            stop = Stop()
            threading.Thread(target=_stop_when_gone, args=(line, stop), daemon=True).start()
            line.send_bytes(msgspec.json.encode(self._answered(job, line, stop)))
            line.poll(PATIENCE)  # the other side closes first, so that nothing is lost

    def _answered(self, job: Job, line: "Connection[bytes, bytes]", stop: Stop) -> Message:
        try:
            timing = self._grade(job, lambda record: line.send_bytes(msgspec.json.encode(Message(record=record))), stop)
        except JudgeFailed as error:
            return Message(broken=error.message)
        return Message(done=timing)


def _stop_when_gone(line: "Connection[bytes, bytes]", stop: Stop) -> None:
    with contextlib.suppress(OSError, EOFError):
        line.recv_bytes(1)
    stop.ask()


def graded_by_watcher(root: Path, job: Job, on_record: OnRecord) -> Timing | None:
    """Let a course's watcher grade a job.

    Parameters
    ----------
    root : Path
        Folder of the course.
    job : Job
    on_record : callable
        Called with each test's record when the test ends.

    Returns
    -------
    Timing or None
        None if there is no watcher for it, or it has ended meanwhile.
    """
    if not (job.visible_only and job.secret == PUBLIC_SECRET):
        return None
    try:
        address = _address_in(root)
        if address.unit != job.unit or address.version != version_of(root):
            return None
        with Client(address.place) as line:
            line.send_bytes(address.key.encode())
            if not line.poll(PATIENCE) or line.recv_bytes(64) != b"ready":
                return None
            line.send_bytes(msgspec.json.encode(job))
            return read(_messages(line), on_record)
    except (OSError, EOFError, msgspec.DecodeError, JudgeFailed):  # it is not there, or not any more
        return None


def _messages(line: "Connection[bytes, bytes]") -> Iterator[bytes]:
    with contextlib.suppress(EOFError):
        while True:
            yield line.recv_bytes()


def _address_in(root: Path) -> Address:
    return msgspec.json.decode(address_file(root).read_bytes(), type=Address)


def _listener(folder: Path) -> Listener:
    place = _free_place(folder)
    listener = Listener(place)
    if place is not None:
        Path(place).chmod(0o600)
    return listener


def _free_place(folder: Path) -> str | None:
    """Return where in a folder to listen."""
    if sys.platform == "win32":
        return None  # a pipe with a name that nobody guesses
    for old in folder.glob("watch-*.sock"):
        _remove_if_stale(old)
    return str(_socket_in(folder))


def _socket_in(folder: Path) -> Path:
    return folder / f"watch-{os.getpid()}.sock"


def _fits(folder: Path) -> bool:
    """Return whether a socket in this folder can have an address: the kernel takes short paths only."""
    return sys.platform == "win32" or len(os.fsencode(_socket_in(folder))) <= LONGEST_ADDRESS


def _short_folder() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="grade-", ignore_cleanup_errors=True)


def _remove_if_stale(place: Path) -> None:
    try:
        Client(str(place)).close()
    except OSError:
        place.unlink(missing_ok=True)


def _write_for_owner(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    draft.replace(path)
