"""Grading of one submission again: `grade autograde` as a process of its own, whose output is shown."""

import contextlib
import os
import shlex
import signal
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from grader.errors import DeepgradeError
from grader.printable import safe
from grader.records.run import RunFacts

MOST_OUTPUT = 64 * 1024  # bytes of the end that are shown
COLUMNS = "100"


class Regrade(Struct, frozen=True):
    """A regrade as it stands.

    Attributes
    ----------
    student, unit : str
    command : str
        What does the same in a terminal.
    output : str
    code : int or None
        Its exit code; None while it runs.
    """

    student: str
    unit: str
    command: str
    output: str
    code: int | None


class Regrader:
    """Starts regrades, one at a time.

    Parameters
    ----------
    grade : sequence of str
        The command line's program, with its options before the command.
    results : Path
        The class's results folder.
    """

    def __init__(self, grade: Sequence[str], results: Path) -> None:
        self._grade, self._results = tuple(grade), results
        self._open = contextlib.ExitStack()
        self._output = Path()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._about = ("", "", "")

    def start(self, facts: RunFacts, student: str, unit: str) -> None:
        """Start grading one submission again, as the latest run graded it.

        Raises
        ------
        DeepgradeError
            If the regrade before has not ended.
        """
        arguments = arguments_for(facts, self._results, student, unit)
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                raise DeepgradeError(f"{' '.join(self._about[:2])} is being graded again; one at a time")
            self._about = (student, unit, shlex.join(["grade", *arguments]))
            if self._process is None:
                folder = self._open.enter_context(tempfile.TemporaryDirectory(prefix="deepgrade-regrade-"))
                self._output = Path(folder) / "output.txt"
            with self._output.open("wb") as output:
                self._process = subprocess.Popen(
                    [*self._grade, *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env=os.environ | {"COLUMNS": COLUMNS, "NO_COLOR": "1"},
                )

    def latest(self) -> Regrade | None:
        """Return the latest regrade as it stands; None if there was none."""
        with self._lock:
            if self._process is None:
                return None
            code = self._process.poll()  # before the output is read: an ended process has written all of it
            text = self._output.read_bytes()[-MOST_OUTPUT:].decode("utf-8", "replace")
            return Regrade(*self._about, output=safe(text), code=code)

    def close(self) -> None:
        """Interrupt a regrade that has not ended, as Ctrl-C does: what it has finished is kept."""
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                self._process.terminate() if os.name == "nt" else self._process.send_signal(signal.SIGINT)
                self._process.wait()
            self._open.close()


def arguments_for(facts: RunFacts, results: Path, student: str, unit: str) -> list[str]:
    """Return the arguments that grade one submission again under the conditions of a run."""
    without = [part for test in facts.without if test.startswith(f"{unit}.") for part in ("--without", test)]
    return [
        "autograde",
        facts.folder,
        f"--out={results}",
        f"--student={student}",
        f"--unit={unit}",
        f"--tier={facts.tier.value}",
        *([f"--layout={facts.layout}"] if facts.layout else []),
        *without,
        "--regrade",
    ]
