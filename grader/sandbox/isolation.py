"""Isolation backends, one per tier: a zygote's command, its environment, what it can see, and its first message.

A worker sees its libraries and their requirements. In the tier `sealed`, whose outer isolation is bubblewrap, it sees
the interpreter besides, and no network.
"""

import os
import re
import shutil
import sys
from importlib import metadata
from pathlib import Path
from typing import Protocol

import grader
from grader.errors import UnavailableError
from grader.metering.processes import ONE_THREAD
from grader.records import Isolation
from grader.sandbox import gpus
from grader.sandbox.filter import compiled_filter
from grader.sandbox.gpus import find_driver
from grader.worker.limits import SPARE_USER
from grader.worker.policy import PACKAGES

NEEDED = {
    "numpy": ("numpy", "msgspec", "jaxtyping"),
    "torch": ("numpy", "msgspec", "jaxtyping", "torch"),
    "triton": ("numpy", "msgspec", "jaxtyping", "torch", "triton"),
}
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def installed_entries(library: str) -> list[Path]:
    """Return the files and folders of site-packages that a worker with this library needs.

    Parameters
    ----------
    library : str
        ``numpy``, ``torch`` or ``triton``.
    """
    entries: dict[str, Path] = {}
    for name in sorted(_closure(NEEDED[library])):
        distribution = metadata.distribution(name)
        for file in distribution.files or []:
            top = file.parts[0]
            if top not in ("..", "bin", "__pycache__"):
                entries[top] = Path(str(distribution.locate_file(top)))
    return [path for path in entries.values() if path.exists()]


def importable_names(library: str) -> tuple[str, ...]:
    """Return the top-level modules, besides the standard library, that a sealed worker with this library finds.

    Empty if the environment does not record which files its packages installed.
    """
    records = [metadata.distribution(name).read_text("RECORD") for name in sorted(_closure(NEEDED[library]))]
    if not all(records):
        return ()
    tops = {line.partition("/")[0].partition(",")[0] for record in records for line in (record or "").splitlines()}
    names = {top.partition(".")[0] for top in tops if not top.endswith((".dist-info", ".libs", ".pth"))}
    return tuple(sorted({"grader"} | {name for name in names if name.isidentifier()}))


def _closure(names: tuple[str, ...]) -> set[str]:
    """Return these distributions and all their requirements, as far as they are installed."""
    closure: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in closure or not _is_installed(name):
            continue
        closure.add(name)
        waiting += [_required_name(text) for text in metadata.requires(name) or [] if "extra ==" not in text]
    return closure


def _required_name(requirement: str) -> str:
    match = _NAME.match(requirement)
    assert match is not None, requirement
    return match.group().lower()


def _is_installed(name: str) -> bool:
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True


# One thread per worker and a fixed hash seed: results do not depend on the number of cores or on the run.
ENVIRONMENT = {
    **ONE_THREAD,
    "MALLOC_ARENA_MAX": "2",
    "PYTHONHASHSEED": "0",
    "PYTHONIOENCODING": "utf-8",
    "PYTHONUTF8": "1",
}
# torch allocates large blocks in every call. Returning them to the kernel each time causes page faults that cost more
# than the arithmetic, so timed tests would measure the allocator.
TORCH_ENVIRONMENT = {"MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 30)}
# Workers without a GPU run Triton kernels in Python, on CPU tensors. Triton reads this variable on import, and then
# needs neither a compiler nor a cache folder.
TRITON_ENVIRONMENT = {"TRITON_INTERPRET": "1"}
KEPT = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LANG", "LD_LIBRARY_PATH")  # Windows does not start without some


class Housing(Protocol):
    """Isolation backend of one tier."""

    tier: Isolation

    def command(self, descriptor: int, library: str, *, gpu: bool = False) -> list[str]:
        """Return the command that runs a zygote with this descriptor as its control channel.

        With `gpu`, its workers may use a GPU, if there is one.
        """

    def greeting(self) -> bytes:
        """Return the first message to the zygote: the seccomp filter, or nothing."""


def settings(library: str, *, gpu: bool = False) -> dict[str, str]:
    """Return the part of a worker's environment that does not depend on the machine's paths."""
    with_torch = TORCH_ENVIRONMENT if library in ("torch", "triton") else {}
    with_triton = TRITON_ENVIRONMENT if library == "triton" and not gpu else {}
    return ENVIRONMENT | with_torch | with_triton | (gpus.sight() if gpu else {gpus.VISIBLE: ""})


def environment(library: str, *, gpu: bool = False) -> dict[str, str]:
    """Return the environment of a worker: of the judge's own, only what an interpreter needs.

    It names the packages that the worker may find, so that a worker at home finds the same ones as in the sandbox.
    """
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return kept | settings(library, gpu=gpu) | {PACKAGES: os.pathsep.join(importable_names(library))}


def interpreter(module: str, *arguments: str) -> list[str]:
    """Return the command that runs one of the worker's modules, isolated from the user's settings.

    If PYTHONPATH locates the engine, its folders come first on the worker's path, as on the judge's.
    """
    folders = [str(Path(folder).resolve()) for folder in os.environ.get("PYTHONPATH", "").split(os.pathsep) if folder]
    start = ["-m", module]
    if folders:
        run = f"runpy.run_module({module!r}, run_name='__main__', alter_sys=True)"
        start = ["-c", f"import runpy, sys; sys.path[:0] = {folders!r}; {run}"]
    return [sys.executable, "-I", "-B", "-W", "ignore", *start, *arguments]


class PlainHousing:
    """No isolation: a process of the same user (tier `self`)."""

    tier = Isolation.SELF

    def command(self, descriptor: int, library: str, *, gpu: bool = False) -> list[str]:
        """Return the zygote's plain command, which has access to any GPU."""
        return interpreter("grader.worker.zygote", str(descriptor), library, "self")

    def greeting(self) -> bytes:
        """Return nothing."""
        return b""


class WeakHousing:
    """Landlock, seccomp and limits, for machines without user namespaces (tier `weak`)."""

    tier = Isolation.WEAK

    def command(self, descriptor: int, library: str, *, gpu: bool = False) -> list[str]:
        """Return the zygote's plain command; each worker restricts its own file system.

        Raises
        ------
        UnavailableError
            A GPU is requested. Landlock binds only the thread that asks for it, and CUDA has started others by then.
        """
        if gpu:
            raise UnavailableError("the tier weak has no room for a GPU", "grade autograde SUBMISSIONS --tier sealed")
        readable = {"/usr", "/lib", "/lib64", sys.base_prefix, sys.prefix}
        folders = sorted(folder for folder in readable if Path(folder).is_dir())
        return interpreter("grader.worker.zygote", str(descriptor), library, "weak", *folders)

    def greeting(self) -> bytes:
        """Return the seccomp filter."""
        return compiled_filter(private_files=False)


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
        python = [str(_python()), "-I", "-S", "-B", "-W", "ignore", "-c", START]
        return [*wall(library, gpu=gpu), *user_change(), *python, str(descriptor), library, "sealed"]

    def greeting(self) -> bytes:
        """Return the seccomp filter."""
        return compiled_filter(private_files=True)


def is_visible(path: Path) -> bool:
    """Return whether every worker can read a file or folder: below the system's programs or the interpreter's."""
    places = (Path("/usr"), Path(os.path.realpath(sys.base_prefix)))
    return any(path.resolve().is_relative_to(place) for place in places)


def _python() -> Path:
    """Return the interpreter for the inside: the original of a copy that `python -m venv --copies` made."""
    program = Path(os.path.realpath(sys.executable))
    original = getattr(sys, "_base_executable", sys.executable)  # private; a copy alone does not find its libraries
    return program if is_visible(program) else Path(os.path.realpath(original))


def wall(library: str, *, gpu: bool = False) -> list[str]:
    """Return bubblewrap's part of the command; `gpu` makes the driver visible inside, if the machine has one."""
    program = shutil.which("bwrap")
    if program is None:
        raise UnavailableError("bubblewrap is not installed", "apt-get install bubblewrap; grade doctor")
    return [program, *namespaces(), *_environment(library, gpu), *_file_system(library, gpu), *rights()]


def namespaces() -> list[str]:
    """Return the arguments for namespaces of its own, the network's included."""
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
        words += visible(Path(path), path)
    if not is_visible(python := _python()):
        words += visible(python, str(python))
    if gpu:
        words += driver_words()
    for folder in ("lib", "lib64", "bin"):
        words += ["--symlink", f"usr/{folder}", f"/{folder}"]
    for entry in installed_entries(library):
        words += visible(entry, f"{SITE}/{entry.name}")
    # An empty read-only tmpfs over each of these folders hides its packages.
    for packages in _other_packages():
        words += ["--perms", "0755", "--tmpfs", str(packages), "--remount-ro", str(packages)]
    for part in ENGINE_PARTS:
        words += visible(Path(grader.__file__).parent / part, f"{ENGINE}/grader/{part}")
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
        words += visible(path, str(path))
    return words


def _other_packages() -> list[Path]:
    """Return package folders beside the interpreter, which may hold things that students must not see."""
    base = Path(os.path.realpath(sys.base_prefix))
    names = ("lib*/python3*/site-packages", "lib*/python3*/dist-packages", "pkgs", "envs")  # the last two are Conda's
    folders = [path for root in (base, Path("/usr"), Path("/usr/local")) for name in names for path in root.glob(name)]
    return sorted({path.resolve() for path in folders if path.is_dir()})


def visible(source: Path, target: str) -> list[str]:
    """Return the arguments to bind a file or folder read-only, with parent folders that every user can read."""
    if not source.exists():
        return []
    words: list[str] = []
    for folder in reversed(Path(target).parents):
        if folder.name:
            words += ["--perms", "0755", "--dir", str(folder)]
    return [*words, "--ro-bind", str(source), target]


def rights() -> list[str]:
    """Keep what root needs to become another user; without root, be another user in a namespace."""
    if os.getuid() == 0:
        kept = ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP")
        return ["--cap-drop", "ALL", *(word for name in kept for word in ("--cap-add", name))]
    return ["--unshare-user", "--uid", str(SPARE_USER), "--gid", str(SPARE_USER), "--cap-drop", "ALL"]


def user_change() -> list[str]:
    """Return the command that turns root into another user; empty for others, who are one in a namespace."""
    if os.getuid() != 0:
        return []
    user = str(SPARE_USER)
    nothing = ("--clear-groups", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs")
    return ["setpriv", "--reuid", user, "--regid", user, *nothing]
