"""How many threads a user runs: the limit on them counts all of a user's, not only a worker's."""

import contextlib
from pathlib import Path


def threads_of(user: int) -> int:
    """Return how many threads a user runs, as far as `/proc` shows.

    Parameters
    ----------
    user : int
        Real user id.
    """
    total = 0
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):  # it ended meanwhile
                total += _threads(folder.joinpath("status").read_text(encoding="utf-8", errors="replace"), user)
    return total


def _threads(status: str, user: int) -> int:
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    return int(fields["Threads"]) if int(fields["Uid"].split()[0]) == user else 0
