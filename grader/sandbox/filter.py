"""The seccomp filter of a worker, compiled on this side of the wall: the library is not found on the other.

It is a list of what is refused, not of what is allowed: NumPy and torch use too many calls to name them all. Whoever
needs more puts a virtual machine around it.
"""

import contextlib
import tempfile
from functools import cache
from typing import Any

from grader.errors import UnavailableError

REFUSED = (
    # other programs, other processes
    *("execve", "execveat", "fork", "vfork", "ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_getfd"),
    *("process_madvise", "sched_setattr", "setpriority", "kill", "tgkill", "tkill", "pidfd_send_signal", "pidfd_open"),
    # the file system's structure
    *("mount", "umount2", "pivot_root", "chroot", "setns", "unshare", "fsopen", "fsmount", "fsconfig", "fspick"),
    *("open_tree", "move_mount", "mount_setattr", "name_to_handle_at", "open_by_handle_at", "quotactl", "swapon"),
    # the kernel itself
    *("bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register", "swapoff"),
    *("keyctl", "add_key", "request_key", "init_module", "finit_module", "delete_module", "kexec_load"),
    *("kexec_file_load", "reboot", "personality", "acct", "syslog", "landlock_restrict_self", "seccomp"),
    # ways to speak to others
    *("socket", "socketpair", "connect", "bind", "listen", "memfd_create", "shmget", "shmat", "msgget", "semget"),
    *("mq_open", "inotify_init", "inotify_init1", "fanotify_init"),
)
NAMESPACE_FLAGS = (0x20000, 0x2000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000, 0x4000000)
THREAD_FLAG = 0x10000
TERMINAL_INPUT = 0x5412  # an ioctl that types into somebody's terminal
NOT_PERMITTED, NOT_IMPLEMENTED = 1, 38


@cache
def compiled_filter() -> bytes:
    """Return the filter as the kernel takes it.

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
    for name in REFUSED:
        with contextlib.suppress(OSError, RuntimeError):  # a call that this architecture or library does not know
            rules.add_rule(refuse, name)
    _refuse_processes(pyseccomp, rules, refuse)
    rules.add_rule(refuse, "ioctl", pyseccomp.Arg(1, pyseccomp.MASKED_EQ, 0xFFFFFFFF, TERMINAL_INPUT))
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
