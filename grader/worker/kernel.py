"""System calls that the standard library lacks, without any policy. Linux only."""

import ctypes
import os
import platform

NEW_NAMESPACES = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
"""Flags of `unshare` for mount, cgroup, UTS, IPC, user, PID and network namespaces."""
PID_NAMESPACE = 0x20000000

NO_SETUID, NO_DEVICES, READ_ONLY = 2, 4, 1
RECURSIVE, PRIVATE = 0x4000, 0x40000

# Numbers from the kernel's headers: prctl.h, capability.h, seccomp.h, landlock.h, unistd.h.
_PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _PR_CAP_AMBIENT = 4, 24, 38, 22, 47
_AMBIENT_CLEAR_ALL, _SECCOMP_MODE_FILTER = 4, 2
_SECCOMP_CALLS = {"x86_64": 317, "aarch64": 277}
_SET_FILTER, _ALL_THREADS = 1, 1
_CAP_KILL = 1 << 5
_CAPABILITY_VERSION_3 = 0x20080522
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_LANDLOCK_RULE_PATH = 1
_READ_RIGHTS = 1 | 4 | 8  # execute, read a file, read a folder
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}  # number of rights in each version; later ones added none
_TCP_RIGHTS, _SCOPES = 3, 3  # bind and connect (version 4); abstract sockets and signals (version 6)

_libc = ctypes.CDLL(None, use_errno=True)


class _FilterProgram(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


class _PathRule(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("rights", ctypes.c_uint64), ("folder", ctypes.c_int32))


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def unshare(flags: int) -> None:
    """Move this process into new namespaces; it must have a single thread."""
    _checked(_libc.unshare(flags), "unshare")


def mount(kind: str | None, target: str, flags: int, options: str = "") -> None:
    """Mount a file system of some kind, or change the flags of a mount."""
    name = kind.encode() if kind else None
    _checked(_libc.mount(name, target.encode(), name, flags, options.encode() or None), f"mount {target}")


def set_dumpable(allowed: bool) -> None:
    """Set whether other processes of the same user may inspect this one and write its user map."""
    _checked(_libc.prctl(_PR_SET_DUMPABLE, int(allowed), 0, 0, 0), "set dumpable")


def drop_capabilities(*, keep_kill: bool = False) -> None:
    """Drop capabilities permanently: effective, permitted, inheritable, ambient and bounding.

    Parameters
    ----------
    keep_kill : bool
        Keep the capability to kill processes of other users, if this process has it, and pass it on to programs that it
        starts as root.
    """
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable: the low words, then the high words
    kept = 0
    if keep_kill:
        _checked(_libc.capget(header, sets), "read capabilities")
        kept = sets[1] & _CAP_KILL
        sets[2] |= kept  # allowed only while it is in the bounding set
        _checked(_libc.capset(header, sets), "keep a capability")
    for capability in range(64):
        _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)  # fails beyond the last one, and where none is left to drop
    _libc.prctl(_PR_CAP_AMBIENT, _AMBIENT_CLEAR_ALL, 0, 0, 0)
    _checked(_libc.capset(header, (ctypes.c_uint32 * 6)(kept, kept, kept)), "drop capabilities")


def rest_capabilities(*, resting: bool) -> None:
    """Disable effective capabilities, or enable them again: threads started in between have none in effect."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable: the low words, then the high words
    _checked(_libc.capget(header, sets), "read capabilities")
    sets[0], sets[3] = (0, 0) if resting else (sets[1], sets[4])
    _checked(_libc.capset(header, sets), "rest capabilities")


def forbid_new_privileges() -> None:
    """Prevent programs started from now on from gaining privileges."""
    _checked(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges")


def install_filter(program: bytes, *, all_threads: bool = False) -> None:
    """Install a compiled seccomp filter in this thread, or in all threads of the process."""
    code = ctypes.create_string_buffer(program, len(program))
    # A BPF instruction has 8 bytes.
    described = _FilterProgram(len(program) // 8, ctypes.addressof(code))
    if all_threads:
        call = ctypes.c_long(_SECCOMP_CALLS[platform.machine()])
        failed = _checked(_libc.syscall(call, _SET_FILTER, _ALL_THREADS, ctypes.byref(described)), "seccomp")
        if failed:
            raise OSError(f"seccomp: thread {failed} cannot be held")
        return
    _checked(_libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(described), 0, 0), "seccomp")


def landlock_version() -> int:
    """Return the kernel's Landlock version; 0 without Landlock."""
    return max(0, int(_libc.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(1))))


def _landlock_rights(version: int) -> ctypes.Array[ctypes.c_uint64]:
    """Return every right that this version of Landlock can restrict."""
    files = (1 << _FILE_RIGHTS.get(version, 16)) - 1
    words = (files, _TCP_RIGHTS, _SCOPES)[: 1 + (version >= 4) + (version >= 6)]
    return (ctypes.c_uint64 * len(words))(*words)


def allow_reading_only(folders: tuple[str, ...]) -> None:
    """Restrict this process to reading and executing files in these folders, and nothing elsewhere (Landlock)."""
    rights = _landlock_rights(landlock_version())
    size = ctypes.c_size_t(ctypes.sizeof(rights))
    rules = _checked(_libc.syscall(_LANDLOCK_CREATE, ctypes.byref(rights), size, ctypes.c_uint32(0)), "landlock")
    for folder in folders:
        opened = os.open(folder, os.O_PATH | os.O_CLOEXEC)
        rule = _PathRule(_READ_RIGHTS, opened)
        _checked(_libc.syscall(_LANDLOCK_ADD, rules, _LANDLOCK_RULE_PATH, ctypes.byref(rule), 0), f"landlock {folder}")
        os.close(opened)
    _checked(_libc.syscall(_LANDLOCK_RESTRICT, rules, 0), "landlock")
    os.close(rules)
