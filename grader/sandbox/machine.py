"""What this machine says about itself, as far as walls depend on it. Facts only; `diagnosis` draws the conclusions."""

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
    """The facts, one field each; empty texts stand for "not so".

    Attributes
    ----------
    platform : str
        As `sys.platform`.
    is_root : bool
    programs : frozenset of str
        Which of bubblewrap, setpriv and the known installers are on the path.
    container : str
        ``docker`` or ``podman`` or another name, if this is inside a container.
    seccomp_error : str
        Why the filter cannot be compiled.
    namespace_error : str
        Why a process cannot make a user namespace.
    namespaces_are_off : bool
        By Debian's switch `kernel.unprivileged_userns_clone`.
    most_namespaces : int or None
        `user.max_user_namespaces`; None where the kernel has no such setting.
    apparmor_restricts : bool
        By Ubuntu's switch `kernel.apparmor_restrict_unprivileged_userns`.
    landlock : int
        The version of Landlock, 0 for none.
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
    """Look around.

    Parameters
    ----------
    root : Path, optional
        Where the files that tell are looked for.
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
    """Return what a file says; nothing where there is no such file, or not for us."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _container(root: Path) -> str:
    """Return what kind of container this is; empty outside of one."""
    if (root / "run/.containerenv").exists():
        return "podman"
    if (root / ".dockerenv").exists():
        return "docker"
    variables = _text(root / "proc/1/environ").split("\0")  # readable for root alone
    return next((text.removeprefix("container=") for text in variables if text.startswith("container=")), "")


def _seccomp_error() -> str:
    try:
        compiled_filter(own_files=True)
    except UnavailableError as error:
        return error.message
    return ""


def _namespace_error() -> str:
    """Try it, in a process of its own: one with several threads may not."""
    command = [sys.executable, "-I", "-S", "-c", TRY_NAMESPACE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stderr.strip() if done.returncode else ""


def _landlock() -> int:
    from grader.worker.kernel import landlock_version

    return landlock_version()
