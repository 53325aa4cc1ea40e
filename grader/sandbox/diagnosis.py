"""Facts about a machine on which isolation depends, what it lacks for a tier, and how to provide it.

`this_machine` reads the facts; what follows it are pure functions from facts to advice.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.errors import UnavailableError
from grader.records import Isolation
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
        container=_container_name(root),
        seccomp_error=_seccomp_error(),
        namespace_error=_namespace_error(),
        namespaces_are_off=_setting(root, "kernel/unprivileged_userns_clone") == "0",
        most_namespaces=int(most) if most.isdigit() else None,
        apparmor_restricts=_setting(root, "kernel/apparmor_restrict_unprivileged_userns") == "1",
        landlock=_landlock_version(),
    )


def _setting(root: Path, name: str) -> str:
    return _text(root / "proc/sys" / name).strip()


def _text(path: Path) -> str:
    """Return a file's text; empty if it does not exist or cannot be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _container_name(root: Path) -> str:
    """Return the kind of container; empty outside of one."""
    if (root / "run/.containerenv").exists():
        return "podman"
    if (root / ".dockerenv").exists():
        return "docker"
    variables = _text(root / "proc/1/environ").split("\0")  # only root can read it
    return next((text.removeprefix("container=") for text in variables if text.startswith("container=")), "")


def _seccomp_error() -> str:
    try:
        compiled_filter(private_files=True)
    except UnavailableError as error:
        return error.message
    return ""


def _namespace_error() -> str:
    """Return the error of creating a user namespace, tried in a new process because it must have a single thread."""
    command = [sys.executable, "-I", "-S", "-c", TRY_NAMESPACE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stderr.strip() if done.returncode else ""


def _landlock_version() -> int:
    from grader.worker.kernel import landlock_version

    return landlock_version()


PACKAGES = {"apt-get": "apt-get install", "dnf": "dnf install", "pacman": "pacman -S"} | {
    "zypper": "zypper install",
    "apk": "apk add",
}
SECCOMP_PACKAGE = {"apt-get": "libseccomp2"}  # elsewhere its name is libseccomp
NAMESPACES_NEEDED = 1024  # one for each concurrent worker, with a margin
PROFILE = """\
sudo tee /etc/apparmor.d/bwrap <<'END'
abi <abi/4.0>,
include <tunables/global>
profile bwrap /usr/bin/bwrap flags=(unconfined) {
  userns,
  include if exists <local/bwrap>
}
END
sudo apparmor_parser -r /etc/apparmor.d/bwrap"""
CONTAINER = """\
{name} run --security-opt seccomp=unconfined --security-opt apparmor=unconfined \\
    --security-opt systempaths=unconfined IMAGE
# or one container for each submission, or grade autograde --tier weak"""
ELSEWHERE = "# in a Linux virtual machine or on a Linux server: grade autograde SUBMISSIONS"


@dataclass(frozen=True)
class Missing:
    """A requirement of a tier that this machine lacks.

    Attributes
    ----------
    what : str
        A sentence without its full stop.
    mend : str
        Shell commands; lines that begin with ``#`` say what no command can do.
    """

    what: str
    mend: str


def missing_for(tier: Isolation, machine: Machine) -> tuple[Missing, ...]:
    """Return all requirements of a tier known to be missing.

    Parameters
    ----------
    tier : Isolation
    machine : Machine
    """
    if tier is Isolation.SELF:
        return ()
    if machine.platform != "linux":
        return (_other_platform(machine),)
    kinds = (_seccomp, _landlock) if tier is Isolation.WEAK else (_programs, _seccomp, _namespaces)
    reasons = tuple(missing for kind in kinds for missing in kind(machine))
    return reasons or tuple(_container(machine))


def _other_platform(machine: Machine) -> Missing:
    name = {"darwin": "macOS", "win32": "Windows"}.get(machine.platform, machine.platform)
    return Missing(f"{name} has no walls of this kind: here code runs as a plain process (tier self)", ELSEWHERE)


def _programs(machine: Machine) -> Iterator[Missing]:
    if "bwrap" not in machine.programs:
        yield Missing("bubblewrap is not installed", _install(machine, "bubblewrap"))
    if machine.is_root and "setpriv" not in machine.programs:
        yield Missing("setpriv is not installed; root needs it to become another user", _install(machine, "util-linux"))


def _seccomp(machine: Machine) -> Iterator[Missing]:
    if machine.seccomp_error:
        installer = next((name for name in INSTALLERS if name in machine.programs), "")
        library = _install(machine, SECCOMP_PACKAGE.get(installer, "libseccomp"))
        yield Missing(machine.seccomp_error, f"{library}\npython -m pip install pyseccomp")


def _landlock(machine: Machine) -> Iterator[Missing]:
    if not machine.landlock:
        yield Missing(
            "the kernel has no Landlock (it came with Linux 5.13), or it is not switched on",
            "# a newer kernel, or landlock in the kernel's parameter lsm=; grep -i landlock /sys/kernel/security/lsm",
        )


def _container(machine: Machine) -> Iterator[Missing]:
    if machine.container:
        yield Missing(
            f"this is inside a container ({machine.container}), whose default profile allows no further walls in it",
            CONTAINER.format(name="podman" if machine.container == "podman" else "docker"),
        )


def _namespaces(machine: Machine) -> Iterator[Missing]:
    """Yield the settings that are off, or what else may refuse namespaces."""
    switches = list(_switches(machine))
    yield from switches
    if machine.namespace_error and not switches:
        yield from _container(machine) if machine.container else [_refused(machine)]


def _refused(machine: Machine) -> Missing:
    return Missing(
        f"user namespaces are refused: {machine.namespace_error}",
        "# ask the administrator of this machine for unprivileged user namespaces, or use a virtual machine",
    )


def _switches(machine: Machine) -> Iterator[Missing]:
    if machine.namespaces_are_off:
        yield Missing("unprivileged user namespaces are switched off", _sysctl("kernel.unprivileged_userns_clone=1"))
    if machine.most_namespaces is not None and machine.most_namespaces < NAMESPACES_NEEDED:
        yield Missing(
            f"this machine allows {machine.most_namespaces} user namespaces",
            _sysctl("user.max_user_namespaces=15000"),
        )
    if machine.apparmor_restricts:
        yield Missing("Ubuntu's AppArmor gives no rights in user namespaces without a profile for bubblewrap", PROFILE)


def _sysctl(setting: str) -> str:
    return f"sudo sysctl -w {setting}\necho {setting} | sudo tee /etc/sysctl.d/60-deepgrade.conf"


def _install(machine: Machine, package: str) -> str:
    """Return the install command of the package manager on this machine."""
    for name in INSTALLERS:
        if name in machine.programs:
            return f"{'' if machine.is_root else 'sudo '}{PACKAGES[name]} {package}"
    return f"# install {package} with this system's packages"
