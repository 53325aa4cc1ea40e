"""Limits of a worker, and freedoms left to it, tried from inside: in both tiers with walls, or in one by name.

`call(number, ...)` is a bare system call; numbers are those of x86-64, which the tests that use them ask for.
"""

import os
import platform
from pathlib import Path

import pytest

from grader.sandbox.channel import Gone, WorkerLimits
from grader.sandbox.launcher import Launcher
from grader.worker.limits import SPARE_USER
from tests.sandbox.conftest import LIMITS, Enter, Refused, WalledWorker

X86 = pytest.mark.skipif(platform.machine() != "x86_64", reason="the call's number is that of x86-64")


# Who the worker is


def test_the_real_user_is_not_root(worker: WalledWorker) -> None:
    assert worker.run("r = os.getuid()") != 0
    assert worker.run("r = os.getgid()") != 0
    groups = worker.run("r = os.getgroups()")
    assert isinstance(groups, list)
    assert 0 not in groups


def test_root_is_not_got_back(worker: WalledWorker) -> None:
    for text in ("os.setuid(0)", "os.setresuid(0, 0, 0)", "os.setreuid(0, 0)", "os.setgid(0)", "os.setgroups([0])"):
        assert worker.refuses(text)


def test_there_are_no_capabilities(worker: WalledWorker) -> None:
    answer = worker.run(
        "header = (ctypes.c_uint32 * 2)(0x20080522, 0)\n"
        "sets = (ctypes.c_uint32 * 6)()\n"
        "assert libc.capget(header, sets) == 0\n"
        "r = (list(sets), libc.prctl(39, 0, 0, 0, 0))"
    )
    assert answer == ([0] * 6, 1)  # effective, permitted and inheritable; no_new_privs


def test_no_capability_can_be_gained(sealed_worker: WalledWorker) -> None:
    assert sealed_worker.run("r = [number for number in range(64) if libc.prctl(23, number, 0, 0, 0) == 1]") == []


def test_limits_are_set_and_cannot_be_raised(worker: WalledWorker) -> None:
    answer = worker.run(
        "names = ['AS', 'CPU', 'FSIZE', 'NOFILE', 'CORE', 'NPROC', 'MEMLOCK', 'MSGQUEUE']\n"
        "r = {name: resource.getrlimit(getattr(resource, 'RLIMIT_' + name))[1] for name in names}"
    )
    assert isinstance(answer, dict)
    assert 256 << 20 <= answer.pop("AS") < 8 << 30
    assert LIMITS.threads <= answer.pop("NPROC") < 1 << 16
    assert LIMITS.cpu_seconds <= answer.pop("CPU") <= LIMITS.cpu_seconds + 1
    assert answer == {
        "FSIZE": LIMITS.disk_mib << 20,
        "NOFILE": LIMITS.open_files,
        "CORE": 0,
        "MEMLOCK": 0,
        "MSGQUEUE": 0,
    }
    assert worker.refuses("resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))", "PermissionError", "ValueError")


# What the filter refuses


@pytest.mark.parametrize(
    "text",
    [
        "os.fork()",
        "os.posix_spawn('/bin/true', ['true'], {})",
        "os.execv('/bin/true', ['true'])",
        "import subprocess; subprocess.run(['true'])",
        "socket.socket(socket.AF_INET, socket.SOCK_STREAM)",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
        "socket.socket(socket.AF_UNIX)",
        "socket.socketpair()",
        "os.kill(os.getppid(), 9)",
        "os.kill(0, 9)",
        "os.kill(-1, 9)",
        "os.killpg(0, 9)",
        "os.pidfd_open(os.getpid())",
        "os.memfd_create('x')",
        "os.sched_setaffinity(os.getppid() or 2, {0})",
        "resource.prlimit(os.getppid() or 2, resource.RLIMIT_CPU, (0, 0))",
        "import fcntl; fcntl.fcntl(3, fcntl.F_SETOWN, os.getppid() or 2)",
        "import fcntl; fcntl.fcntl(3, 10, 9)",
        "import fcntl, struct; fcntl.ioctl(3, 0x8901, struct.pack('i', 1))",
        "import fcntl, struct; fcntl.ioctl(0, 0x5412, b'x')",
    ],
)
def test_the_filter_refuses(worker: WalledWorker, text: str) -> None:
    assert worker.refuses(text, "PermissionError")
    assert worker.run("r = 1 + 1") == 2


@pytest.mark.parametrize(
    "text",
    [
        "os.setpriority(os.PRIO_PROCESS, 0, 19)",
        "os.setpriority(os.PRIO_PGRP, 0, 19)",
        "os.nice(19)",
        "os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))",
        "os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))",
        "os.sched_setparam(0, os.sched_param(0))",
        "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})",
        "os.sched_setaffinity(threading.get_native_id(), {0})",
        "open('/proc/self/autogroup', 'w').write('19')",
        "open('/proc/thread-self/timerslack_ns', 'w').write('1000000000')",
        pytest.param("call(251, 1, 0, 3 << 13)", marks=X86, id="ioprio_set"),
        pytest.param("call(314, 0, b'0\\0\\0\\0\\5' + bytes(43), 0)", marks=X86, id="sched_setattr"),
        pytest.param("call(157, 62, 1, 0, 0, 0)", marks=X86, id="prctl, core scheduling"),
    ],
)
def test_nobody_can_starve_himself(worker: WalledWorker, text: str) -> None:
    """A worker without a core is not charged for the time, so it must never be its own doing."""
    assert worker.refuses(text, "PermissionError", "FileNotFoundError")
    assert worker.run("r = os.getpriority(os.PRIO_PROCESS, 0), os.sched_getscheduler(0)") == (
        os.getpriority(os.PRIO_PROCESS, 0),
        os.SCHED_OTHER,
    )


@X86
@pytest.mark.parametrize(
    ("name", "call"),
    {
        "ptrace": (101, 0, 0, 0, 0),
        "process_vm_readv": (310, 1, 0, 0, 0, 0, 0),
        "rt_sigqueueinfo": (129, 1, 9, 0),
        "rt_tgsigqueueinfo": (297, 1, 1, 9, 0),
        "tgkill": (234, 1, 1, 9),
        "unshare": (272, 0x10000000),
        "setns": (308, 3, 0),
        "mount": (165, 0, 0, 0, 0, 0),
        "bpf": (321, 0, 0, 0),
        "io_uring_setup": (425, 8, 0),
        "userfaultfd": (323, 0),
        "keyctl": (250, 0, 0, 0),
        "perf_event_open": (298, 0, 0, -1, -1, 0),
        "clone of a process": (56, 17, 0, 0, 0, 0),
        "clone into namespaces": (56, 0x10000000 | 0x10000, 0, 0, 0, 0),
        "open_tree_attr": (467, 0, 0, 0, 0, 0),
    }.items(),
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_filter_refuses_the_bare_call(worker: WalledWorker, name: str, call: tuple[int, ...]) -> None:
    assert worker.refuses(f"call{call}", "PermissionError"), name


@X86
def test_clone3_is_not_there(worker: WalledWorker) -> None:
    assert worker.run("r = (libc.syscall(435, 0, 0), ctypes.get_errno())") == (-1, 38)


@X86
def test_the_calls_of_another_architecture_end_the_worker(worker: WalledWorker) -> None:
    """Numbers of 32-bit programs mean other calls: 2 is `fork` there, and the filter is written for ours."""
    with pytest.raises(Gone):
        worker.run(
            "import mmap\n"
            "page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)\n"
            "page.write(bytes.fromhex('b802000000cd80c3'))\n"  # mov eax, 2; int 0x80; ret
            "address = ctypes.addressof(ctypes.c_char.from_buffer(page))\n"
            "r = ctypes.CFUNCTYPE(ctypes.c_int)(address)()"
        )
    assert worker.channel.close().code == -31  # SIGSYS


@X86
def test_x32_calls_are_not_a_way_round(worker: WalledWorker) -> None:
    with pytest.raises((Gone, Refused)):
        worker.run("call(0x40000000 | 57)")  # fork


# What still works


def test_threads_work_up_to_a_number(worker: WalledWorker) -> None:
    assert worker.run("t = threading.Thread(target=lambda: None); t.start(); t.join(); r = t.is_alive()") is False
    started = worker.run(
        "threading.stack_size(1 << 16)\n"
        "stop, started = threading.Event(), 0\n"
        "try:\n"
        "    while started < 4000:\n"
        "        threading.Thread(target=stop.wait).start()\n"
        "        started += 1\n"
        "except RuntimeError:\n"
        "    pass\n"
        "stop.set()\n"
        "r = started"
    )
    assert isinstance(started, int)
    assert LIMITS.threads - 4 <= started < 1000


def test_numpy_computes_and_modules_are_found(worker: WalledWorker) -> None:
    assert worker.run("r = float(np.linalg.inv(np.eye(50) * 2).sum())") == 25.0
    assert worker.run("import fractions, dataclasses, json, heapq; r = str(fractions.Fraction(1, 3))") == "1/3"


def test_memory_ends_at_the_limit_for_arrays_too(worker: WalledWorker) -> None:
    assert worker.refuses("np.ones(64 << 20)", "_ArrayMemoryError", "MemoryError")
    assert worker.refuses("x = []\nwhile True: x.append(np.ones(1 << 20))", "_ArrayMemoryError", "MemoryError")
    assert worker.run("r = float(np.ones(1 << 20).sum())") == 1 << 20


def test_the_bytes_of_all_kinds_of_memory_count(worker: WalledWorker) -> None:
    assert worker.refuses("import mmap; mmap.mmap(-1, 1 << 30)", "OSError")


# What is not to be seen


def test_no_package_of_the_engine_s_but_wire_and_worker(sealed_worker: WalledWorker) -> None:
    assert sealed_worker.run("import grader; r = sorted(os.listdir(grader.__path__[0]))") == [
        "__init__.py",
        "wire",
        "worker",
    ]
    for name in ("grader.judge", "grader.records", "grader.course", "solutions", "pytest", "hypothesis", "pip"):
        assert sealed_worker.refuses(f"import {name}", "ModuleNotFoundError")


def test_hidden_tests_and_solutions_are_not_there(worker: WalledWorker) -> None:
    root = Path(__file__).parents[2]
    hidden = ("tests/hidden/perceptron/test_neuron.py", "tests/hidden/perceptron/equivalents.toml")
    for name in (*hidden, "solutions/perceptron/neuron.py", "course.toml"):
        assert (root / name).is_file()
        assert worker.refuses(f"open({str(root / name)!r})")


def test_numpy_workers_have_no_torch(sealed_worker: WalledWorker) -> None:
    unguarded = "import sys; sys.meta_path[:] = [one for one in sys.meta_path if type(one).__name__ != 'ImportGuard']\n"
    assert sealed_worker.refuses(f"{unguarded}import torch", "ModuleNotFoundError")
    places = "[sys.base_prefix + '/lib', '/usr/lib', '/usr/local/lib', '/usr/lib64', '/site']"
    answer = (
        f"r = [path for place in {places} for path, folders, files in os.walk(place)"
        " if os.path.basename(path) in ('torch', 'grader', 'pytest')]"
    )
    assert sealed_worker.run(answer) == []


def test_torch_workers_have_torch(sealed: Launcher, enter: Enter) -> None:
    worker = enter(sealed, "torch", WorkerLimits(memory_mib=1024))
    assert worker.run("import torch; r = float(torch.ones(3).sum())") == 3.0
    assert (
        worker.run(
            "import io, torch\nlayer = torch.nn.Linear(3, 2)\nlayer(torch.ones(1, 3)).sum().backward()\n"
            "torch.optim.Adam(layer.parameters()).step()\ntorch.save(layer.state_dict(), '/box/a.pt')\n"
            "r = len(torch.load('/box/a.pt'))"
        )
        == 2
    )


def test_other_processes_are_not_seen(worker: WalledWorker) -> None:
    assert worker.refuses(f"open('/proc/{os.getpid()}/environ', 'rb')")
    assert worker.refuses("open('/proc/self/environ', 'rb')")
    assert worker.refuses("open('/proc/self/exe', 'r+b')", "OSError", "PermissionError", "FileNotFoundError")
    assert worker.refuses("os.listdir('/proc/1')")


def test_only_the_channel_and_the_output_are_open(worker: WalledWorker) -> None:
    answer = worker.run(
        "r = []\n"
        "for number in range(resource.getrlimit(resource.RLIMIT_NOFILE)[0]):\n"
        "    try: os.fstat(number)\n"
        "    except OSError: continue\n"
        "    r.append(number)"
    )
    assert answer == [0, 1, 2, 3]


# Sealed alone


def test_a_hidden_file_cannot_even_be_asked_for(sealed_worker: WalledWorker, tmp_path: Path) -> None:
    secret = tmp_path / "hidden.txt"
    secret.write_text("x", encoding="ascii")
    for parent in (secret, tmp_path, Path(__file__)):
        assert sealed_worker.refuses(f"os.stat({str(parent)!r})", "FileNotFoundError")


def test_the_root_folder_is_read_only(sealed_worker: WalledWorker) -> None:
    for folder in ("/", "/usr", "/etc", "/dev", "/proc", "/site", "/engine/grader", "/engine/grader/worker", "/root"):
        exists = sealed_worker.run(f"r = os.path.isdir({folder!r})")
        assert not exists or sealed_worker.refuses(f"open({folder!r} + '/x', 'x')", "OSError", "PermissionError")
    assert sealed_worker.run("import sys; r = os.access(sys.executable, os.W_OK)") is False
    assert sealed_worker.refuses("import sys; os.chmod(sys.executable, 0o777)", "OSError", "PermissionError")


def test_the_only_folder_to_write_to_is_the_box(sealed_worker: WalledWorker) -> None:
    answer = sealed_worker.run("r = [path for path, _, _ in os.walk('/') if os.access(path, os.W_OK)]")
    assert answer == ["/box"]


def test_the_box_is_private_small_and_empty_for_the_next(sealed: Launcher, enter: Enter) -> None:
    first, second = enter(sealed), enter(sealed)
    assert first.run("open('/box/left', 'w').write('x'); r = os.listdir('/box')") == ["left"]
    assert second.run("r = os.listdir('/box')") == []
    first.channel.close()
    assert enter(sealed).run("r = os.listdir('/box')") == []
    fill = "for n in range(64):\n    with open(f'/box/{n}', 'wb') as file: file.write(bytes(1 << 20))"
    assert second.refuses(fill, "OSError")
    assert second.refuses("for n in range(10000): open(f'/box/e{n}', 'w').close()", "OSError")


def test_the_box_holds_no_devices_and_no_programs_of_others(sealed_worker: WalledWorker) -> None:
    assert sealed_worker.refuses("os.mknod('/box/null', 0o600 | 0o020000, os.makedev(1, 3))")
    sealed_worker.run("os.symlink('/etc/shadow', '/box/link')")
    assert sealed_worker.refuses("open('/box/link')")


def test_there_are_four_devices(sealed_worker: WalledWorker) -> None:
    assert sealed_worker.run("r = sorted(os.listdir('/dev'))") == ["null", "random", "urandom", "zero"]


def test_proc_is_empty(sealed_worker: WalledWorker) -> None:
    assert sealed_worker.run("r = os.listdir('/proc')") == []


def test_the_worker_is_process_one_of_its_own_world(sealed_worker: WalledWorker) -> None:
    assert sealed_worker.run("r = (os.getpid(), os.getppid(), os.getsid(0))") == (1, 0, 1)


def test_there_is_no_network_interface_to_ask(sealed_worker: WalledWorker) -> None:
    assert sealed_worker.refuses("socket.if_nameindex()", "OSError", "PermissionError")


def test_the_zygote_cannot_be_looked_into(sealed: Launcher, enter: Enter) -> None:
    """A process that is not dumpable belongs to root in `/proc`, whoever runs it."""
    enter(sealed)
    zygote = _python_below(sealed._zygotes["numpy"]._process.pid)
    assert f"Uid:\t{os.getuid() or SPARE_USER}\t" in (zygote / "status").read_text(encoding="utf-8")
    assert (zygote / "environ").stat().st_uid == 0


def _python_below(pid: int) -> Path:
    """Return the first interpreter among a process's descendants."""
    folder = Path(f"/proc/{pid}")
    while "python" not in (folder / "comm").read_text(encoding="utf-8"):
        child = (folder / f"task/{folder.name}/children").read_text(encoding="ascii").split()[0]
        folder = folder.with_name(child)
    return folder


def test_a_weak_worker_cannot_be_looked_into(weak_worker: WalledWorker) -> None:
    assert weak_worker.run("r = libc.prctl(3, 0, 0, 0, 0)") == 0  # PR_GET_DUMPABLE, as it has it from its zygote


# Files of the judge's, with rights that would let anybody change them


@pytest.mark.parametrize(
    "text",
    [
        "os.truncate(path, 0)",
        "os.open(path, os.O_RDONLY | os.O_TRUNC)",
        "os.chmod(path, 0o777)",
        "os.chown(path, 0, 0)",
        "os.utime(path)",
        "os.setxattr(path, 'user.x', b'x')",
        "os.remove(path)",
        "os.rename(path, path + '2')",
        "os.link(path, path + '2')",
        "os.symlink(path, path + '2')",
        "open(path, 'a')",
    ],
)
def test_files_of_the_judge_s_cannot_be_changed(worker: WalledWorker, tmp_path: Path, text: str) -> None:
    path = tmp_path / "grades.csv"
    path.write_text("s001,10", encoding="ascii")
    path.chmod(0o666)
    tmp_path.chmod(0o777)
    before = path.stat()
    assert worker.refuses(f"path = {str(path)!r}\n{text}")
    assert path.read_text(encoding="ascii") == "s001,10"
    assert (path.stat().st_mode, path.stat().st_mtime_ns) == (before.st_mode, before.st_mtime_ns)
    assert [file.name for file in tmp_path.iterdir()] == ["grades.csv"]


def test_the_interpreter_of_the_judge_cannot_be_emptied(worker: WalledWorker) -> None:
    """Early versions of Landlock would let a file be emptied that may be read."""
    library = Path(os.__file__).with_name("this.py")
    size = library.stat().st_size
    assert worker.refuses(f"os.open({str(library)!r}, os.O_RDONLY | os.O_TRUNC)", "OSError", "PermissionError")
    assert library.stat().st_size == size


def test_the_walls_leave_nothing_mounted_here(sealed: Launcher, enter: Enter) -> None:
    before = Path("/proc/self/mounts").read_text(encoding="utf-8")
    enter(sealed).run("r = 1")
    assert Path("/proc/self/mounts").read_text(encoding="utf-8") == before
