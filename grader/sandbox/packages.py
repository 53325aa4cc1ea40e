"""Installed packages that a worker may see: its libraries and their requirements, and nothing else."""

import re
from importlib import metadata
from pathlib import Path

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
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found or not _is_installed(name):
            continue
        found.add(name)
        waiting += [_required_name(text) for text in metadata.requires(name) or [] if "extra ==" not in text]
    return found


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
