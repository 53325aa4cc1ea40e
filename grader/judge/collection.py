"""Pytest session that collects the suites once, and passes the collected tests on instead of running them."""

import contextlib
import io
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from grader.pytest_plugin import PLUGINS  # names only: the judge imports no timing

PLUGINS_LEFT_OUT = (
    "cacheprovider",
    "debugging",
    "doctest",
    "faulthandler",
    "junitxml",
    "logging",
    "pastebin",
    "threadexception",
    "unraisableexception",  # collects garbage twice per session: 0.25 s
    "warnings",
)


class CollectionError(Exception):
    """The suites cannot be collected."""


class _Loop:
    """Plugin that replaces pytest's run loop."""

    def __init__(self, serve: Callable[[pytest.Session], None]) -> None:
        self._serve = serve
        self.error: BaseException | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Pass the session on if all of it was collected; keep an error until pytest has ended."""
        if session.testsfailed:
            raise session.Interrupted(f"{session.testsfailed} files cannot be collected")
        try:
            self._serve(session)
        except BaseException as error:  # raised again by `run_session`, unchanged
            self.error = error
        return True


def run_session(root: Path, folders: Sequence[Path], serve: Callable[[pytest.Session], None]) -> None:
    """Collect the tests in some folders and pass the session on.

    Parameters
    ----------
    root : Path
        Folder of the course.
    folders : sequence of Path
        `exercises/<unit>`, `tests/hidden/<unit>`.
    serve : callable
        Called once with the session, which ends when it returns.

    Raises
    ------
    CollectionError
        The tests cannot be collected; the message is pytest's output.
    """
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    flags = ["-q", "-s", "--assert=plain", "--import-mode=importlib", f"--rootdir={root}", "-c", os.devnull]
    flags += ["-o", f"pythonpath={root}", "--strict-markers", *(part for name in PLUGINS for part in ("-p", name))]
    flags += [flag for name in PLUGINS_LEFT_OUT for flag in ("-p", f"no:{name}")]
    account, loop = io.StringIO(), _Loop(serve)
    with contextlib.redirect_stdout(account):
        status = pytest.main([*flags, *map(str, folders)], plugins=[loop])
    if loop.error is not None:
        raise loop.error
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise CollectionError(account.getvalue().strip()[-4000:])
