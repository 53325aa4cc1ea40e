"""Outer isolation of the tier `sealed`, by bubblewrap: an interpreter and some libraries are visible; no network."""

import os
import shutil
import sys
from pathlib import Path

import grader
from grader.errors import UnavailableError
from grader.records import Isolation
from grader.sandbox.filter import compiled_filter
from grader.sandbox.isolation import settings
from grader.sandbox.nvidia import find_driver
from grader.sandbox.packages import installed_entries
from grader.worker.walls import SPARE_USER

SITE, ENGINE, BOX = "/site", "/engine", "/box"
BOX_BYTES = 1 << 20  # the zygote's; each worker mounts its own over it
DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
ENGINE_PARTS = ("__init__.py", "wire", "worker")
START = (
    "import runpy, sys; sys.path[:0] = ['/site', '/engine']; "
    "runpy.run_module('grader.worker.zygote', run_name='__main__', alter_sys=True)"
)


class SealedHousing:
    """Isolation by bubblewrap (tier `sealed`)."""

    tier = Isolation.SEALED

    def command(self, descriptor: int, library: str, *, gpu: bool = False) -> list[str]:
        """Return the command that runs the zygote inside bubblewrap.

        Raises
        ------
        UnavailableError
            bubblewrap is not installed.
        """
        python = [os.path.realpath(sys.executable), "-I", "-S", "-B", "-W", "ignore", "-c", START]
        return [*wall(library, gpu=gpu), *_user_change(), *python, str(descriptor), library, "sealed"]

    def greeting(self) -> bytes:
        """Return the seccomp filter."""
        return compiled_filter(own_files=True)


def is_visible(folder: Path) -> bool:
    """Return whether every worker can read a folder: below the system's programs or the interpreter's."""
    places = (Path("/usr"), Path(os.path.realpath(sys.base_prefix)))
    return any(folder.resolve().is_relative_to(place) for place in places)


def wall(library: str, *, gpu: bool = False) -> list[str]:
    """Return bubblewrap's part of the command; `gpu` makes the driver visible inside, if the machine has one."""
    program = shutil.which("bwrap")
    if program is None:
        raise UnavailableError("bubblewrap is not installed", "apt-get install bubblewrap; grade doctor")
    return [program, *_namespaces(), *_environment(library, gpu), *_file_system(library, gpu), *_rights()]


def _namespaces() -> list[str]:
    shares = ("ipc", "pid", "net", "uts", "cgroup-try")
    return [*(f"--unshare-{name}" for name in shares), "--new-session", "--die-with-parent"]


def _environment(library: str, gpu: bool) -> list[str]:
    values = settings(library, gpu=gpu) | {
        "PATH": "/usr/bin",
        "HOME": BOX,
        "TMPDIR": BOX,
        "LANG": "C.UTF-8",
        "USER": "student",
    }
    return ["--clearenv", *(word for name, value in values.items() for word in ("--setenv", name, value))]


def _file_system(library: str, gpu: bool) -> list[str]:
    words = ["--size", str(BOX_BYTES), "--perms", "1777", "--tmpfs", BOX, "--proc", "/proc"]
    words += ["--perms", "0755", "--dir", "/dev"]
    for device in DEVICES:
        words += ["--dev-bind", device, device]
    for path in ("/usr", "/etc/ld.so.cache", "/sys/devices/system/cpu", os.path.realpath(sys.base_prefix)):
        words += _visible(Path(path), path)
    if gpu:
        words += driver_words()
    for folder in ("lib", "lib64", "bin"):
        words += ["--symlink", f"usr/{folder}", f"/{folder}"]
    for entry in installed_entries(library):
        words += _visible(entry, f"{SITE}/{entry.name}")
    # An empty read-only tmpfs over each of these folders hides its packages.
    for packages in _other_packages():
        words += ["--perms", "0755", "--tmpfs", str(packages), "--remount-ro", str(packages)]
    for part in ENGINE_PARTS:
        words += _visible(Path(grader.__file__).parent / part, f"{ENGINE}/grader/{part}")
    return [*words, "--remount-ro", "/", "--chdir", BOX]


def driver_words() -> list[str]:
    """Return the arguments that make the GPU usable in a worker; empty without a GPU.

    Libraries below /usr are visible anyway. `/proc/driver/nvidia` is part of bubblewrap's `/proc`.
    """
    driver = find_driver()
    words: list[str] = []
    for node in driver.nodes:
        folder = ["--perms", "0755", "--dir", str(node.parent)] if node.parent != Path("/dev") else []
        words += [*folder, "--dev-bind", str(node), str(node)]
    bound = [path for path in driver.libraries if not path.is_relative_to("/usr")]
    for path in (*bound, *(fact for fact in driver.facts if not fact.is_relative_to("/proc"))):
        words += _visible(path, str(path))
    return words


def _other_packages() -> list[Path]:
    """Return package folders beside the interpreter, which may hold things that students must not see."""
    base = Path(os.path.realpath(sys.base_prefix))
    names = ("lib*/python3*/site-packages", "lib*/python3*/dist-packages", "pkgs", "envs")  # the last two are Conda's
    found = [path for root in (base, Path("/usr"), Path("/usr/local")) for name in names for path in root.glob(name)]
    return sorted({path.resolve() for path in found if path.is_dir()})


def _visible(source: Path, target: str) -> list[str]:
    """Return the arguments to bind a file or folder read-only, with parent folders that every user can read."""
    if not source.exists():
        return []
    words: list[str] = []
    for folder in reversed(Path(target).parents):
        if folder.name:
            words += ["--perms", "0755", "--dir", str(folder)]
    return [*words, "--ro-bind", str(source), target]


def _rights() -> list[str]:
    """Keep what root needs to become another user; without root, be another user in a namespace."""
    if os.getuid() == 0:
        kept = ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP")
        return ["--cap-drop", "ALL", *(word for name in kept for word in ("--cap-add", name))]
    return ["--unshare-user", "--uid", str(SPARE_USER), "--gid", str(SPARE_USER), "--cap-drop", "ALL"]


def _user_change() -> list[str]:
    if os.getuid() != 0:
        return []
    user = str(SPARE_USER)
    nothing = ("--clear-groups", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs")
    return ["setpriv", "--reuid", user, "--regid", user, *nothing]
