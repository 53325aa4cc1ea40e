"""Parsing of student text, for all analyses that need it.

Untrusted text can make Python's parser raise almost anything, take gigabytes or minutes, or crash. So it is parsed in
a process with its own limits (`grader.submissions.parser_process`), where the analyses run too; only data comes back.
A file that cannot be read gives a message, never an exception in the caller.
"""

import atexit
import hashlib
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from grader.course.normalized_ast import module_digest
from grader.errors import RejectedError

SECONDS_ELSEWHERE = 60.0  # timeout on platforms without fork and CPU limits
MOST_GIVEN_UP = 32
MOST_DEATHS = 1  # per text: the first process may have been killed because the machine ran out of memory
DIED = "it is nested too deep, or takes too much time or memory"


class Reading(Struct, frozen=True):
    """Result of parsing and analysing one text.

    Attributes
    ----------
    result : object
        Result of the analysis; None if there is a problem.
    problem : str
        Why the text cannot be read; empty if it can.
    line : int
        Line of the problem; 0 if unknown.
    is_syntax : bool
        Whether the problem is a syntax error, which Python itself reports when the file is loaded.
    """

    result: Any = None
    problem: str = ""
    line: int = 0
    is_syntax: bool = False

    def message(self, name: str) -> str:
        """Return a message about the problem in the file of this name; empty if there is none."""
        if self.is_syntax:
            return f"{name} has a syntax error in line {self.line}: {self.problem}"
        place = f", line {self.line}" if self.line else ""
        return f"{name} cannot be read by Python's parser: {self.problem}{place}" if self.problem else ""


Analysis = Callable[..., Any]
"""A module-level function ``analysis(tree, text, **options)`` that returns JSON-serializable data."""


def read_texts(analysis: Analysis, texts: Sequence[str], **options: Any) -> list[Reading]:
    """Parse some texts and analyse each.

    Parameters
    ----------
    analysis : callable
        Runs in the parser process, where it is imported by module and name.
    texts : sequence of str
        Students' files.
    **options
        Further JSON-serializable arguments of the analysis.

    Returns
    -------
    list of Reading
        One for each text, in the same order.
    """
    known = {text: reading for text in texts if (reading := _GIVEN_UP.get(text)) is not None}
    asked = [text for text in dict.fromkeys(texts) if text not in known]
    for text, reading in zip(asked, _readings(analysis, asked, options), strict=True):
        known[text] = reading
        if reading.problem and not reading.is_syntax:
            _give_up(text, reading)
        else:
            _note_readable(text)
    return [known[text] for text in texts]


_GIVEN_UP: dict[str, Reading] = {}
"""The latest texts that the parser gave up on, so that each costs its seconds only once."""


def _give_up(text: str, reading: Reading) -> None:
    while len(_GIVEN_UP) >= MOST_GIVEN_UP:
        _GIVEN_UP.pop(next(iter(_GIVEN_UP)), None)
    _GIVEN_UP[text] = reading


MOST_READABLE = 4096
_READABLE: dict[bytes, None] = {}
"""Digests of texts that the parser has read, whatever the analysis: they need not be tried again."""


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _note_readable(text: str) -> None:
    if len(_READABLE) >= MOST_READABLE:
        _READABLE.clear()
    _READABLE[_digest(text)] = None


def _readings(analysis: Analysis, texts: Sequence[str], options: Mapping[str, Any]) -> list[Reading]:
    readings: list[Reading] = []
    deaths = 0
    while len(readings) < len(texts):
        answered = _ask(_request(analysis, texts[len(readings) :], options))
        readings += answered
        died = len(readings) < len(texts) and not (answered and answered[-1].problem)
        deaths = died + (0 if answered else deaths)
        if deaths > MOST_DEATHS:
            readings.append(Reading(problem=DIED))
            deaths = 0
    return readings


def _request(analysis: Analysis, texts: Sequence[str], options: Mapping[str, Any]) -> dict[str, Any]:
    names = {"module": analysis.__module__, "function": analysis.__qualname__}
    return names | {"texts": list(texts), "options": dict(options)}


def read_text(analysis: Analysis, text: str, **options: Any) -> Reading:
    """Parse and analyse one text.

    Parameters
    ----------
    analysis : callable
        Runs in the parser process, where it is imported by module and name.
    text : str
    **options
        Further JSON-serializable arguments of the analysis.

    Returns
    -------
    Reading
    """
    return read_texts(analysis, [text], **options)[0]


def read_files(analysis: Analysis, files: Mapping[str, str], **options: Any) -> dict[str, Reading]:
    """Parse and analyse a submission's files; keys are stems."""
    return dict(zip(files, read_texts(analysis, list(files.values()), **options), strict=True))


def nothing(tree: Any, text: str) -> None:
    """Return nothing: an analysis that only checks whether a text can be read."""


def readable(files: Mapping[str, str]) -> dict[str, str]:
    """Return a submission's files by stem, safe to load.

    A file that the parser gives up on is replaced by a statement that raises a `SyntaxError` with the reason.
    """
    doubtful = {stem: text for stem, text in files.items() if _digest(text) not in _READABLE}
    readings = read_files(nothing, doubtful)
    given_up = {stem: reading for stem, reading in readings.items() if reading.problem and not reading.is_syntax}
    return {stem: _raising(stem, given_up[stem]) if stem in given_up else text for stem, text in files.items()}


def _raising(stem: str, reading: Reading) -> str:
    message = f"it cannot be read by Python's parser: {reading.problem}"
    return f"raise SyntaxError({message!r}, ({f'{stem}.py'!r}, {reading.line or 1}, None, None))"


def normalized_source(text: str) -> str:
    """Return a digest that is equal for modules that differ only in comments, docstrings and formatting.

    Parameters
    ----------
    text : str
        A student's whole file.

    Raises
    ------
    RejectedError
        If it cannot be parsed.
    """
    reading = read_text(module_digest, text)
    if reading.problem:
        raise RejectedError(reading.message("the file"))
    return str(reading.result)


def start() -> None:
    """Start the parser process now, so that forks of this process share it."""
    if _can_fork():
        _server()


def stop() -> None:
    """Stop the parser process, if it runs; the next request starts it again."""
    _forget(_Kept.control)


def _ask(request: dict[str, Any]) -> list[Reading]:
    """Return a reading for each text up to the first unreadable one; fewer if the process died."""
    line = json.dumps(request).encode() + b"\n"
    raw = _ask_server(line) if _can_fork() else _ask_process(line)
    answers = [json.loads(line) for line in raw.split(b"\n") if line.endswith(b"}")]
    if not answers or "fault" in answers[-1]:
        raise RuntimeError(f"a mistake in what reads student text: {answers[-1]['fault'] if answers else 'no answer'}")
    return [
        Reading(answer.get("result"), answer.get("problem", ""), answer.get("line", 0), answer.get("syntax", False))
        for answer in answers[1:]
    ]


def _ask_server(line: bytes) -> bytes:
    for last in (False, True):
        client, server = socket.socketpair()
        with client, server:
            control = _server()
            try:
                socket.send_fds(control, [b"ask"], [server.fileno()])
            except OSError:  # the process has died, for instance because the machine ran out of memory
                if last:
                    raise
                _forget(control)
                continue
            server.close()
            return _exchanged(client, line)
    raise AssertionError("unreachable")


def _exchanged(channel: socket.socket, line: bytes) -> bytes:
    """Send a request and return everything received until the connection closes."""
    pieces = []
    try:
        channel.sendall(line)
        while piece := channel.recv(1 << 16):
            pieces.append(piece)
    except ConnectionError:  # the process died with unread input
        pass
    return b"".join(pieces)


def _ask_process(line: bytes) -> bytes:
    """Start a process for one request and return its output."""
    with subprocess.Popen(
        _command("once"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            return process.communicate(line, timeout=SECONDS_ELSEWHERE)[0]
        except subprocess.TimeoutExpired:
            process.kill()
            return process.communicate()[0]


def _can_fork() -> bool:
    return sys.platform == "linux"


def _command(*arguments: str) -> list[str]:
    """Return the command line of the parser process, isolated from user settings except for the engine's location."""
    folder = str(Path(__file__).parents[2])
    find = f"import runpy, sys; sys.path.insert(0, {folder!r}); import grader; del sys.path[0]"
    run = "runpy.run_module('grader.submissions.parser_process', run_name='__main__', alter_sys=True)"
    return [sys.executable, "-I", "-B", "-W", "ignore", "-c", f"{find}; {run}", *arguments]


class _Kept:
    """The running parser process, if any."""

    lock = threading.Lock()
    control: socket.socket | None = None
    process: "subprocess.Popen[bytes] | None" = None


def _server() -> socket.socket:
    with _Kept.lock:
        if _Kept.control is None:
            _Kept.control, server = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with server:
                descriptor = server.fileno()
                _Kept.process = subprocess.Popen(
                    _command("serve", str(descriptor)),
                    pass_fds=[descriptor],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
        return _Kept.control


def _forget(control: socket.socket | None) -> None:
    """Kill the process behind this channel; in a fork of the process that started it, only close the channel."""
    with _Kept.lock:
        if control is None or control is not _Kept.control:
            return
        process, _Kept.control, _Kept.process = _Kept.process, None, None
    control.close()
    if process is not None and process.poll() is None:  # a fork has no such child
        process.kill()
        process.wait()


atexit.register(stop)
