"""A grader as most are: the student's code, the expected values and the verdict in one process. The controls run in it.

Reads attacks as JSON from standard input and writes what became of each. It is run as a process of its own:
``python tests/attacks/naive.py``.
"""

import contextlib
import ctypes
import json
import os
import resource
import signal
import sys
import tempfile
import time
import types
from pathlib import Path
from typing import Any

import numpy as np

from grader.metering.meter import Meter, NoCore, UsedUp
from grader.metering.processes import known_tree

SUBREAPER = 36
HIDDEN = "@CANARY@"  # what a test module would hold


def softmax(x: Any) -> Any:
    """Return what is expected."""
    powers = np.exp(x - x.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def report(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def agrees(answer: Any, expected: Any) -> bool:
    """Compare in the ways that tests are written in; one agreement is enough."""
    ways = (
        lambda: bool(np.all(answer == expected)),
        lambda: np.testing.assert_allclose(answer, expected) is None,
        lambda: bool(np.allclose(answer, expected)),
        lambda: bool(np.max(abs(np.asarray(answer) - expected)) < 1e-6),
    )
    for way in ways:
        with contextlib.suppress(Exception):
            if way():
                return True
    return False


def grade(source: str) -> None:
    """Run the tests; end with status 1 unless one of the target's tests passes."""
    x = np.random.default_rng(0).standard_normal((3, 5))
    target = types.ModuleType("target")
    sys.modules["target"] = target
    exec(compile(source, "target.py", "exec"), target.__dict__)
    questions = {
        "softmax": (lambda function: function(x), softmax(x)),
        "positives": (lambda function: function(x), int((x > 0).sum())),
        "apply": (lambda function: function(lambda value: 3 * value, x), 3 * x + 1),
    }
    passed = False
    for name, (ask, expected) in questions.items():
        if hasattr(target, name):
            answer = ask(getattr(target, name))
            passed = passed or agrees(answer, expected)
    report("PASSED: yes" if passed else "PASSED: no")
    sys.exit(0 if passed else 1)


def run(attack: dict[str, Any]) -> dict[str, Any]:
    """Run one attack in a process of its own, and end whatever it leaves behind."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryDirectory() as folder:
        pid = os.fork()
        if pid == 0:
            _become(output.fileno(), folder)
            try:
                grade(attack["source"])
            except SystemExit:  # as `python test.py` would end
                raise
            except BaseException as error:  # a test runner goes on with the next test
                report(f"{type(error).__name__}: {str(error)[:2000]}")
                sys.exit(type(error).__name__ != "Skipped")  # a skip is no failure
        status, hung = _waited(pid, attack["seconds"])
        _end_leftovers()
        output.seek(0)
        text = output.read(1 << 20).decode("utf-8", "replace")
    passed = not hung and ("PASSED: yes" in text or (os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0))
    return {"output": text[-20_000:], "points": passed, "hang": hung}


def _become(output: int, folder: str) -> None:
    os.setsid()
    os.chdir(folder)
    for target in (1, 2):
        os.dup2(output, target)
    for kind, value in ((resource.RLIMIT_AS, 6 << 30), (resource.RLIMIT_FSIZE, 64 << 20), (resource.RLIMIT_CPU, 20)):
        resource.setrlimit(kind, (value, value))


def _waited(pid: int, seconds: float) -> tuple[int, bool]:
    meter = Meter(known_tree(pid))
    meter.start(seconds)
    with contextlib.suppress(UsedUp, NoCore):
        while True:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                return status, False
            time.sleep(0.01)
            meter.look()
    os.kill(pid, signal.SIGKILL)
    return os.waitpid(pid, 0)[1], True


def _end_leftovers() -> None:
    """End every process whose parent is gone: this process has become their parent."""
    time.sleep(0.02)
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError, ValueError):
            text = status.read_text(encoding="utf-8", errors="replace")
            if int(text.rpartition(")")[2].split()[1]) == os.getpid():
                os.kill(int(status.parent.name), signal.SIGKILL)
                os.waitpid(int(status.parent.name), 0)


def main() -> None:
    """Run every attack that comes in."""
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    attacks = json.load(sys.stdin)
    with Path(__file__).open():  # a descriptor that every attack finds open
        results = {attack["name"]: run(attack) for attack in attacks}
    report(json.dumps(results))


if __name__ == "__main__":
    main()
