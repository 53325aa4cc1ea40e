"""Process that parses student text: a crash, a runaway or too much memory ends only a fork of it.

`grader.submissions.parsing` starts it and is its only client. It stays small and single-threaded and forks for each
request; on platforms without fork it answers one request and exits.
"""

import ast
import contextlib
import importlib
import json
import os
import signal
import socket
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

try:
    import resource
except ImportError:  # Windows has no such limits; the client's timeout applies there
    resource = None  # type: ignore[assignment]  # the name must exist for the checks below

CPU_SECONDS = 2  # per text; a megabyte of ordinary code takes one
MEMORY_MIB = 1024
STACK_BYTES = 256 << 20
DEEPEST_CALLS = 200_000  # recursion limit for the analyses, on a tree that the parser accepted
LINE_SEARCH_BYTES = 1 << 18
LINE_SEARCH_SECONDS = 1.0
TOO_LARGE_KIB = 400 << 10  # above this, a MemoryError means memory; below it, the parser's stack
TOO_DEEP = "nested too deep"
TOO_LARGE = f"it takes more than {CPU_SECONDS} s or {MEMORY_MIB} MiB"
PARSER_ERRORS = (RecursionError, MemoryError, ValueError, SystemError, OverflowError)
ANALYSES = (
    "grader.submissions.definitions",
    "grader.submissions.source_checks",
    "grader.course.normalized_ast",
    "grader.submissions.source_claims",
    "grader.submissions.source_spans",
)

Answer = dict[str, Any]
"""Keys: ``ready``; ``result``; ``problem`` with ``line`` and ``syntax``; or ``fault``, a bug in the analysis."""


def answers(request: dict[str, Any]) -> Iterator[Answer]:
    """Yield a ready message, then an answer for each text, up to the first one that cannot be read.

    Parameters
    ----------
    request : dict
        ``module`` and ``function`` of the analysis, the ``texts``, and the analysis's ``options``.

    Yields
    ------
    dict
        An `Answer`.
    """
    analyse = getattr(importlib.import_module(request["module"]), request["function"])
    yield {"ready": True}  # from here on, if the process dies, the text is the cause
    for text in request["texts"]:
        _allow_more_seconds()
        answer = answer_for(text, analyse, request["options"])
        yield answer
        if answer.get("problem") and not answer.get("syntax"):
            return  # the next text gets a fresh process


def answer_for(text: str, analyse: Callable[..., Any], options: dict[str, Any]) -> Answer:
    """Parse one text and return the result of the analysis, or why the text cannot be read."""
    try:
        with warnings.catch_warnings(action="ignore"):  # such as an unknown escape in a string
            tree = ast.parse(text)
    except SyntaxError as error:
        return {"problem": error.msg, "line": error.lineno or 1, "syntax": True}
    except PARSER_ERRORS:
        return _unreadable(text)
    depth = sys.getrecursionlimit()
    sys.setrecursionlimit(DEEPEST_CALLS)
    try:
        return {"result": analyse(tree, text, **options)}
    except PARSER_ERRORS as error:
        return {"problem": TOO_DEEP if isinstance(error, RecursionError) else TOO_LARGE, "line": 0}
    except Exception:  # a bug in the analysis, not in the text
        return {"fault": traceback.format_exc()}
    finally:
        sys.setrecursionlimit(depth)


def _unreadable(text: str) -> Answer:
    if resource is not None and resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > TOO_LARGE_KIB:
        return {"problem": TOO_LARGE, "line": 0}
    return {"problem": TOO_DEEP, "line": _line_that_is_too_much(text)}


def _line_that_is_too_much(text: str) -> int:
    """Return the first line at which the text becomes too much to parse; 0 if the search takes too long."""
    if len(text) > LINE_SEARCH_BYTES:
        return 0
    lines = text.splitlines(keepends=True)
    until = time.process_time() + LINE_SEARCH_SECONDS
    low, high = 0, len(lines)  # lines[:low] can be read, lines[:high] cannot
    while high - low > 1:
        if time.process_time() > until:
            return 0
        middle = (low + high) // 2
        low, high = (low, middle) if _is_too_much("".join(lines[:middle])) else (middle, high)
    return high


def _is_too_much(text: str) -> bool:
    try:
        with warnings.catch_warnings(action="ignore"):
            ast.parse(text)
    except SyntaxError:  # expected: the text is cut off
        return False
    except PARSER_ERRORS:
        return True
    return False


def _allow_more_seconds() -> None:
    if resource is not None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        seconds = int(used.ru_utime + used.ru_stime) + 1 + CPU_SECONDS
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        soft = seconds if hard == resource.RLIM_INFINITY else min(seconds, hard)
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _limit_memory() -> None:
    if sys.platform == "linux":  # elsewhere RLIMIT_AS is not enforced, or counts reserved memory
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        wanted = MEMORY_MIB << 20
        limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def answer_one(incoming: BinaryIO, outgoing: BinaryIO) -> None:
    """Read one request as a line of JSON and write each answer as a line."""
    _limit_memory()
    request = json.loads(incoming.readline())

    def work() -> None:
        for answer in answers(request):
            outgoing.write(json.dumps(answer).encode() + b"\n")
            outgoing.flush()

    threading.stack_size(STACK_BYTES)  # walking a deep tree uses the C stack, too
    worker = threading.Thread(target=work)
    worker.start()
    worker.join()


def serve(control: socket.socket) -> None:
    """Fork for each request until all clients have disconnected. Each request brings its own socket."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the client
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 16, 1)
        if not message:
            return
        if os.fork() == 0:
            _answer_and_exit(control, descriptors[0])
        os.close(descriptors[0])


def _answer_and_exit(control: socket.socket, descriptor: int) -> None:
    try:
        control.close()
        with socket.socket(fileno=descriptor) as channel, channel.makefile("rwb") as stream:
            answer_one(stream, stream)  # type: ignore[arg-type]  # makefile("rwb") is a binary stream
    finally:
        os._exit(0)


def main(arguments: list[str]) -> None:
    """Run as ``serve DESCRIPTOR`` or, for one request on the standard streams, as ``once``."""
    for name in ANALYSES:
        importlib.import_module(name)
    if arguments[0] == "serve":
        with contextlib.suppress(ConnectionError):
            serve(socket.socket(fileno=int(arguments[1])))
    else:
        answer_one(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main(sys.argv[1:])
