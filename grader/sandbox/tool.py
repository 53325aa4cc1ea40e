"""A foreign program that reads untrusted text: behind bubblewrap, without network, with limits of its own."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from grader.errors import DeepgradeError, UnavailableError
from grader.records import Isolation
from grader.sandbox.isolation import namespaces, rights, user_change, visible

BOX = "/box"
BOX_BYTES = 16 << 20
SYSTEM = ("/usr", "/etc/ld.so.cache", "/etc/alternatives")
MOST_COMPLAINT = 500


class ToolError(DeepgradeError):
    """Raised if the program ends without an answer: at one of its limits, or by a mistake."""

    exit_code = 1


class ToolLimits(Struct, frozen=True):
    """Limits of one run.

    Attributes
    ----------
    cpu_seconds : int
    memory_mib : int
        Of private memory.
    wall_seconds : float
    output_mib : int
    """

    cpu_seconds: int = 60
    memory_mib: int = 2048
    wall_seconds: float = 900.0
    output_mib: int = 256


class Tool(Struct, frozen=True):
    """A program and what it may see.

    Attributes
    ----------
    command : tuple of str
        Starts with the program's path.
    readable : tuple of Path
        Files and folders besides the system's programs, each under its own path.
    environment : dict of str to str
        A value `BOX` stands for the folder in which the program may write: a temporary one where there are no walls.
    """

    command: tuple[str, ...]
    readable: tuple[Path, ...] = ()
    environment: dict[str, str] = {}


def answer(tool: Tool, request: bytes, limits: ToolLimits, tier: Isolation) -> bytes:
    """Run a program on one request and return what it prints.

    Parameters
    ----------
    tool : Tool
    request : bytes
        Its standard input.
    limits : ToolLimits
    tier : Isolation
        ``sealed``, or ``self`` for limits without walls.

    Returns
    -------
    bytes

    Raises
    ------
    ToolError
        If it ends at a limit, or with a mistake.
    UnavailableError
        If the walls are asked for and bubblewrap is not installed.
    """
    command = [*_limited(limits), *tool.command]
    if tier is not Isolation.SELF:
        command = [*_wall(tool), *user_change(), *command]
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryFile() as asked,
        tempfile.TemporaryFile() as printed,
        tempfile.TemporaryFile() as complaint,
    ):
        asked.write(request)
        asked.seek(0)
        streams = {"stdin": asked, "stdout": printed, "stderr": complaint}
        environment = _environment(tool, folder if tier is Isolation.SELF else BOX)
        code = _ran(command, environment, limits.wall_seconds, streams)
        printed.seek(0)
        complaint.seek(0)
        if code != 0:
            raise ToolError(f"{tool.command[0]} {_ending(code, complaint.read())}", "grade doctor")
        return printed.read()


def _ran(command: Sequence[str], environment: dict[str, str], seconds: float, streams: Mapping[str, object]) -> int:
    """Return the exit code; what is still running at the end of its time is killed, and all that it started."""
    process = subprocess.Popen(command, env=environment, start_new_session=True, **streams)  # type: ignore[call-overload]  # streams are its own keywords
    try:
        return int(process.wait(seconds))
    except BaseException as error:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if isinstance(error, subprocess.TimeoutExpired):
            return -signal.SIGKILL
        raise


def _ending(code: int, complaint: bytes) -> str:
    if code < 0 or code > 128:  # a shell's way to tell a signal
        return "was ended at one of its limits"
    return f"failed: {complaint[-MOST_COMPLAINT:].decode(errors='replace').strip() or f'exit code {code}'}"


def _limited(limits: ToolLimits) -> list[str]:
    """Return the command that lowers the limits; empty on platforms without it, where the clock alone ends a run."""
    program = shutil.which("prlimit")
    if program is None:
        return []
    memory, output = limits.memory_mib << 20, limits.output_mib << 20
    return [program, f"--cpu={limits.cpu_seconds}", f"--data={memory}", f"--fsize={output}", "--core=0"]


def _environment(tool: Tool, box: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    changed = {name: box if value == BOX else value for name, value in tool.environment.items()}
    return kept | {"LANG": "C.UTF-8"} | changed


def _wall(tool: Tool) -> list[str]:
    program = shutil.which("bwrap")
    if program is None:
        raise UnavailableError(
            "bubblewrap is not installed, and students' text is compared behind its walls",
            "apt-get install bubblewrap\nor, with limits alone: add --tier self",
        )
    words = [program, *namespaces(), "--size", str(BOX_BYTES), "--perms", "1777", "--tmpfs", BOX, "--proc", "/proc"]
    words += ["--dev", "/dev"]
    for path in (*map(Path, SYSTEM), *(path for path in tool.readable if not path.is_relative_to("/usr"))):
        words += visible(path, str(path))
    for folder in ("lib", "lib64", "bin"):
        words += ["--symlink", f"usr/{folder}", f"/{folder}"]
    return [*words, "--remount-ro", "/", "--chdir", BOX, *rights()]
