"""The seccomp filter of a worker, compiled in the judge because the worker has no libseccomp.

It lists what is refused, not what is allowed: NumPy and torch use too many system calls to list. Where more is
needed, put a virtual machine around the grader.
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
    # priorities and affinity: time without a core is not charged, so a worker must not be able to give up its core
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
    # structure of the file system
    *("mount", "umount2", "pivot_root", "chroot", "setns", "unshare", "fsopen", "fsmount", "fsconfig", "fspick"),
    *("open_tree", "move_mount", "mount_setattr", "name_to_handle_at", "open_by_handle_at", "quotactl", "swapon"),
    # the kernel itself
    *("bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register", "swapoff"),
    *("keyctl", "add_key", "request_key", "init_module", "finit_module", "delete_module", "kexec_load"),
    *("kexec_file_load", "reboot", "personality", "acct", "syslog", "landlock_restrict_self", "seccomp"),
    *("modify_ldt", 467),  # open_tree_attr, by number: libseccomp may be older than the kernel
    # communication with other processes
    *("socket", "socketpair", "connect", "bind", "listen", "memfd_create", "shmget", "shmat", "msgget", "semget"),
    *("mq_open", "inotify_init", "inotify_init1", "fanotify_init"),
)
REFUSED_IN_A_SHARED_FILE_SYSTEM: tuple[str | int, ...] = (
    # Landlock checks files when they are opened; these calls change a file without opening it
    *("chmod", "fchmod", "fchmodat", 452, "chown", "fchown", "lchown", "fchownat", "truncate", "creat"),
    *("utime", "utimes", "utimensat", "futimesat", "setxattr", "lsetxattr", "fsetxattr", 463, 469),
    *("removexattr", "lremovexattr", "fremovexattr", 466),
)
ONLY_ITSELF = ("prlimit64", "move_pages")
"""Calls on a process, 0 for the caller: setting another one's CPU limit to 0 kills it."""

# Numbers of flags and commands, from the kernel headers: libseccomp resolves only the names of calls.
NAMESPACE_FLAGS = (0x20000, 0x2000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000, 0x4000000)
THREAD_FLAG = 0x10000
LOW_WORD = 0xFFFFFFFF
REFUSED_IOCTLS = (0x5412, 0x8901, 0x8902)  # TIOCSTI types into a terminal; FIOSETOWN, SIOCSPGRP redirect signals
REFUSED_FCNTLS = (8, 10, 15)  # F_SETOWN, F_SETSIG, F_SETOWN_EX: the same, and which signal
SHARING_NO_CORE = 62  # PR_SCHED_CORE, by which threads refuse to share a core
EMPTYING = 0x200  # O_TRUNC, which empties a file even when it is opened for reading
NOT_PERMITTED, NOT_IMPLEMENTED = 1, 38


@cache
def compiled_filter(*, private_files: bool) -> bytes:
    """Return the filter as a BPF program.

    Parameters
    ----------
    private_files : bool
        Whether the worker has a file system of its own, in which it may change anything.

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
    for name in REFUSED if private_files else REFUSED + REFUSED_IN_A_SHARED_FILE_SYSTEM:
        with contextlib.suppress(OSError, RuntimeError):  # unknown on this architecture or to this library
            rules.add_rule(refuse, name)
    _refuse_processes(pyseccomp, rules, refuse)
    _refuse_signals(pyseccomp, rules, refuse)
    if not private_files:
        _refuse_emptying(pyseccomp, rules, refuse)
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


def _refuse_processes(pyseccomp: Any, rules: Any, refuse: Any) -> None:
    """Refuse `clone` except for threads, and all of `clone3`.

    A filter cannot see the flags of `clone3`; if it is missing, glibc falls back to `clone`.
    """
    rules.add_rule(pyseccomp.ERRNO(NOT_IMPLEMENTED), "clone3")
    for flag in NAMESPACE_FLAGS:
        rules.add_rule(refuse, "clone", pyseccomp.Arg(0, pyseccomp.MASKED_EQ, flag, flag))
    rules.add_rule(refuse, "clone", pyseccomp.Arg(0, pyseccomp.MASKED_EQ, THREAD_FLAG, 0))
    for name in ONLY_ITSELF:
        rules.add_rule(refuse, name, pyseccomp.Arg(0, pyseccomp.NE, 0))


def _refuse_signals(pyseccomp: Any, rules: Any, refuse: Any) -> None:
    """Refuse other ways to send signals: a descriptor can be set to signal any process of the same user."""
    for name, commands in (("ioctl", REFUSED_IOCTLS), ("fcntl", REFUSED_FCNTLS)):
        for command in commands:
            rules.add_rule(refuse, name, pyseccomp.Arg(1, pyseccomp.MASKED_EQ, LOW_WORD, command))
    rules.add_rule(refuse, "prctl", pyseccomp.Arg(0, pyseccomp.MASKED_EQ, LOW_WORD, SHARING_NO_CORE))


def _refuse_emptying(pyseccomp: Any, rules: Any, refuse: Any) -> None:
    """Refuse O_TRUNC, which early Landlock allows on readable files, and `openat2`, whose flags a filter cannot see."""
    rules.add_rule(pyseccomp.ERRNO(NOT_IMPLEMENTED), "openat2")
    for name, place in (("open", 1), ("openat", 2)):
        with contextlib.suppress(OSError, RuntimeError):  # newer architectures have no `open`
            rules.add_rule(refuse, name, pyseccomp.Arg(place, pyseccomp.MASKED_EQ, EMPTYING, EMPTYING))
