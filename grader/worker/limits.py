"""Limits that the kernel holds: memory, CPU time, file size, open files. Windows has none of them."""

from pathlib import Path

try:
    import resource
except ImportError:  # Windows has no such limits; the judge's time limits still hold there
    resource = None  # type: ignore[assignment]  # the name must exist for the check below

OPEN_FILES = 128
FILE_BYTES = 64 << 20


def apply(memory_mib: int, cpu_seconds: int) -> None:
    """Limit this process from now on.

    Parameters
    ----------
    memory_mib : int
        Address space beyond what is mapped now, in MiB.
    cpu_seconds : int
        CPU time in all, in seconds.
    """
    if resource is None:
        return
    wanted = {
        "RLIMIT_CPU": cpu_seconds,
        "RLIMIT_FSIZE": FILE_BYTES,
        "RLIMIT_NOFILE": OPEN_FILES,
        "RLIMIT_CORE": 0,
    }
    mapped = _mapped_bytes()
    if mapped:
        wanted["RLIMIT_AS"] = mapped + (memory_mib << 20)
    for name, value in wanted.items():
        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        limit = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (limit, limit))


def _mapped_bytes() -> int:
    """Return the size of this process's address space; 0 where the system does not tell (macOS)."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[0]) * resource.getpagesize() if statm.exists() else 0
