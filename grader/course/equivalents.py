"""Reader of a unit's equivalent mutants: changes of the solutions that no test can notice, with reasons.

The list is in `tests/hidden/<unit>/equivalents.toml`. It reveals details of the solutions, so students do not get it.
"""

from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from grader.course import layout
from grader.course.reading import read_text
from grader.course.toml_lines import line_of
from grader.course.toml_reading import as_record, read_tables, refuse_repeated

MutantId = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_.]*\.[a-z_]+\.[0-9a-f]{8}\Z")]


class _EquivalentEntry(Struct, frozen=True, forbid_unknown_fields=True):
    mutant: MutantId
    reason: Annotated[str, Meta(min_length=1)]


class _EquivalentsFile(Struct, frozen=True, forbid_unknown_fields=True):
    equivalent: tuple[_EquivalentEntry, ...] = ()


class Equivalent(Struct, frozen=True):
    """A mutant that no test can notice: its name, the reason, and the line of its entry in the list."""

    mutant: str
    reason: str
    line: int

    @property
    def function(self) -> str:
        """Qualified name of the changed function."""
        return self.mutant.rsplit(".", 2)[0]


def equivalents_of(root: Path, unit: str) -> tuple[Equivalent, ...]:
    """Return a unit's list in order; empty if there is no file.

    Raises
    ------
    CourseError
        If the file is broken or names a mutant twice; the message names file and line.
    """
    path = layout.equivalents(root, unit)
    if not path.is_file():
        return ()
    shown = layout.relative_name(path, root)
    text = read_text(path, shown)
    entries = as_record(read_tables(text, shown), _EquivalentsFile, text, shown).equivalent
    refuse_repeated((entry.mutant for entry in entries), "$.equivalent[{}].mutant", "mutant", text, shown)
    return tuple(
        Equivalent(entry.mutant, entry.reason, line_of(text, f"$.equivalent[{place}]"))
        for place, entry in enumerate(entries)
    )
