"""The seccomp filter of a worker, compiled on this side of the wall: the library is not found on the other.

It is a list of what is refused, not of what is allowed: NumPy and torch use too many calls to name them all. Whoever
needs more puts a virtual machine around it.
"""

import contextlib
import tempfile
from functools import cache
from typing import Any

from grader.errors import UnavailableError

REFUSED: tuple[str | int, ...] = (
    # other programs, other processes
    *("execve", "execveat", "fork", "vfork", "ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_getfd"),
    *("process_madvise", "kill", "tgkill", "tkill", "pidfd_send_signal", "pidfd_open"),
    *("rt_sigqueueinfo", "rt_tgsigqueueinfo", "migrate_pages", "process_mrelease"),
    # a place behind everybody else: who has no core is not charged, so nobody may see to it that he has none
    *(
        "sched_setattr",
        "sched_setscheduler",
        "sched_setparam",
        "sched_setaffinity",
        "setpriority",
        "nice",
        "ioprio_set",
    ),
    # other users
    *(
        "capset",
        "setuid",
        "setgid",
        "setreuid",
        "setregid",
        "setresuid",
        "setresgid",
        "setfsuid",
        "setfsgid",
        "setgroups",
    ),
    # the file system's structure
    *("mount", "umount2", "pivot_root", "chroot", "setns", "unshare", "fsopen", "fsmount", "fsconfig", "fspick"),
    *("open_tree", "move_mount", "mount_setattr", "name_to_handle_at", "open_by_handle_at", "quotactl", "swapon"),
    # the kernel itself
    *("bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register", "swapoff"),
    *("keyctl", "add_key", "request_key", "init_module", "finit_module", "delete_module", "kexec_load"),
    *("kexec_file_load", "reboot", "personality", "acct", "syslog", "landlock_restrict_self", "seccomp"),
    *("modify_ldt", 467),  # open_tree_attr, by number: libseccomp may be older than the kernel
    # ways to speak to others
    *("socket", "socketpair", "connect", "bind", "listen", "memfd_create", "shmget", "shmat", "msgget", "semget"),
    *("mq_open", "inotify_init", "inotify_init1", "fanotify_init"),
)
REFUSED_IN_A_SHARED_FILE_SYSTEM: tuple[str | int, ...] = (
    # Landlock says what is opened; these change a file without opening it
    *("chmod", "fchmod", "fchmodat", 452, "chown", "fchown", "lchown", "fchownat", "truncate", "creat"),
    *("utime", "utimes", "utimensat", "futimesat", "setxattr", "lsetxattr", "fsetxattr", 463, 469),
    *("removexattr", "lremovexattr", "fremovexattr", 466),
)
ONLY_ITSELF = ("prlimit64", "move_pages")
"""Calls that take a process, 0 for the caller: a limit of no CPU time, set from outside, kills."""

NAMESPACE_FLAGS = (0x20000, 0x2000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000, 0x4000000)
THREAD_FLAG = 0x10000
LOW_WORD = 0xFFFFFFFF
REFUSED_IOCTLS = (0x5412, 0x8901, 0x8902)  # typing into somebody's terminal; whom a descriptor sends its signals
REFUSED_FCNTLS = (8, 10, 15)  # the same, and which signal
SHARING_NO_CORE = 62  # the option of `prctl` by which threads refuse to run beside others on one core
EMPTYING = 0x200  # the flag that empties a file that is opened, even for reading
NOT_PERMITTED, NOT_IMPLEMENTED = 1, 38


@cache
def compiled_filter(*, own_files: bool) -> bytes:
    """Return the filter as the kernel takes it.

    Parameters
    ----------
    own_files : bool
        Whether the worker has a file system of its own, in which it may change what it likes.

    Raises
    ------
    UnavailableError
        libseccomp or its Python binding is missing.
    """
    try:
        import pyseccomp
    except (ImportError, RuntimeError, OSError) as error:  # the binding raises RuntimeError without the library
        raise UnavailableError(
            f"the seccomp library is missing ({error})",
            "apt-get install libseccomp2; python -m pip install pyseccomp; grade doctor",
        ) from None
    rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    refuse = pyseccomp.ERRNO(NOT_PERMITTED)
    for name in REFUSED if own_files else REFUSED + REFUSED_IN_A_SHARED_FILE_SYSTEM:
        with contextlib.suppress(OSError, RuntimeError):  # a call that this architecture or library does not know
            rules.add_rule(refuse, name)
    _refuse_processes(pyseccomp, rules, refuse)
    _refuse_signals(pyseccomp, rules, refuse)
    if not own_files:
        _refuse_emptying(pyseccomp, rules, refuse)
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


def _refuse_processes(pyseccomp: Any, rules: Any, refuse: Any) -> None:
    """Let `clone` make threads, and nothing else; the flags of `clone3` cannot be seen, glibc then falls back."""
    rules.add_rule(pyseccomp.ERRNO(NOT_IMPLEMENTED), "clone3")
    for flag in NAMESPACE_FLAGS:
        rules.add_rule(refuse, "clone", pyseccomp.Arg(0, pyseccomp.MASKED_EQ, flag, flag))
    rules.add_rule(refuse, "clone", pyseccomp.Arg(0, pyseccomp.MASKED_EQ, THREAD_FLAG, 0))
    for name in ONLY_ITSELF:
        rules.add_rule(refuse, name, pyseccomp.Arg(0, pyseccomp.NE, 0))


def _refuse_signals(pyseccomp: Any, rules: Any, refuse: Any) -> None:
    """Close the ways round `kill`: a descriptor can be told to send any signal to any process of the same user."""
    for name, commands in (("ioctl", REFUSED_IOCTLS), ("fcntl", REFUSED_FCNTLS)):
        for command in commands:
            rules.add_rule(refuse, name, pyseccomp.Arg(1, pyseccomp.MASKED_EQ, LOW_WORD, command))
    rules.add_rule(refuse, "prctl", pyseccomp.Arg(0, pyseccomp.MASKED_EQ, LOW_WORD, SHARING_NO_CORE))


def _refuse_emptying(pyseccomp: Any, rules: Any, refuse: Any) -> None:
    """Early Landlock lets a file be emptied that may be read; the flags of `openat2` cannot be seen."""
    rules.add_rule(pyseccomp.ERRNO(NOT_IMPLEMENTED), "openat2")
    for name, place in (("open", 1), ("openat", 2)):
        with contextlib.suppress(OSError, RuntimeError):  # newer architectures have no `open`
            rules.add_rule(refuse, name, pyseccomp.Arg(place, pyseccomp.MASKED_EQ, EMPTYING, EMPTYING))
