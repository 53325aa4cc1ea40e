"""Facts about this machine on which isolation depends; `diagnosis` draws the conclusions."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from grader.errors import UnavailableError
from grader.sandbox.filter import compiled_filter

INSTALLERS = ("apt-get", "dnf", "pacman", "zypper", "apk")
NEW_USER_NAMESPACE = 0x10000000
TRY_NAMESPACE = (
    "import ctypes, os, sys; libc = ctypes.CDLL(None, use_errno=True); "
    f"sys.exit(libc.unshare({NEW_USER_NAMESPACE}) and os.strerror(ctypes.get_errno()))"
)


@dataclass(frozen=True)
class Machine:
    """Facts about a machine, one per field; an empty string means "no".

    Attributes
    ----------
    platform : str
        As `sys.platform`.
    is_root : bool
    programs : frozenset of str
        Those of bubblewrap, setpriv and the known installers that are on the path.
    container : str
        ``docker``, ``podman`` or another name inside a container.
    seccomp_error : str
        Error when the filter is compiled.
    namespace_error : str
        Error when a process creates a user namespace.
    namespaces_are_off : bool
        Debian's setting `kernel.unprivileged_userns_clone` is 0.
    most_namespaces : int or None
        `user.max_user_namespaces`; None if the kernel has no such setting.
    apparmor_restricts : bool
        Ubuntu's setting `kernel.apparmor_restrict_unprivileged_userns` is 1.
    landlock : int
        Version of Landlock; 0 without it.
    """

    platform: str
    is_root: bool = False
    programs: frozenset[str] = frozenset()
    container: str = ""
    seccomp_error: str = ""
    namespace_error: str = ""
    namespaces_are_off: bool = False
    most_namespaces: int | None = None
    apparmor_restricts: bool = False
    landlock: int = 0


def this_machine(root: Path = Path("/")) -> Machine:
    """Return the facts about this machine.

    Parameters
    ----------
    root : Path, optional
        Root folder of the system files that are read.
    """
    programs = frozenset(name for name in ("bwrap", "setpriv", *INSTALLERS) if shutil.which(name))
    if sys.platform != "linux":
        return Machine(sys.platform, programs=programs)
    most = _setting(root, "user/max_user_namespaces")
    return Machine(
        platform=sys.platform,
        is_root=os.getuid() == 0,
        programs=programs,
        container=_container(root),
        seccomp_error=_seccomp_error(),
        namespace_error=_namespace_error(),
        namespaces_are_off=_setting(root, "kernel/unprivileged_userns_clone") == "0",
        most_namespaces=int(most) if most.isdigit() else None,
        apparmor_restricts=_setting(root, "kernel/apparmor_restrict_unprivileged_userns") == "1",
        landlock=_landlock(),
    )


def _setting(root: Path, name: str) -> str:
    return _text(root / "proc/sys" / name).strip()


def _text(path: Path) -> str:
    """Return a file's text; empty if it does not exist or cannot be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _container(root: Path) -> str:
    """Return the kind of container; empty outside of one."""
    if (root / "run/.containerenv").exists():
        return "podman"
    if (root / ".dockerenv").exists():
        return "docker"
    variables = _text(root / "proc/1/environ").split("\0")  # only root can read it
    return next((text.removeprefix("container=") for text in variables if text.startswith("container=")), "")


def _seccomp_error() -> str:
    try:
        compiled_filter(own_files=True)
    except UnavailableError as error:
        return error.message
    return ""


def _namespace_error() -> str:
    """Return the error of creating a user namespace, tried in a new process because it must have a single thread."""
    command = [sys.executable, "-I", "-S", "-c", TRY_NAMESPACE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stderr.strip() if done.returncode else ""


def _landlock() -> int:
    from grader.worker.kernel import landlock_version

    return landlock_version()
