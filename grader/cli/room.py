"""What a student's files ask for that is not there when they are graded: said at home, line by line."""

from collections.abc import Mapping, Sequence

from grader.cli.screen import Screen
from grader.course.model import Unit
from grader.submissions.parsing import read_text
from grader.worker.imports import Refused, refused_as_data, rule


def refused_in(unit: Unit, texts: Mapping[str, str]) -> list[Refused]:
    """Return the imports of a unit's files that are not on the list.

    Parameters
    ----------
    unit : Unit
    texts : mapping of str to str
        Source by file stem.
    """
    return [found for stem, text in texts.items() for found in _of_file(unit, stem, text)]


def _of_file(unit: Unit, stem: str, text: str) -> list[Refused]:
    reading = read_text(refused_as_data, text, stem=stem, stems=list(unit.files), library=unit.library_of(stem))
    return [Refused(**each) for each in reading.found or ()]


def tell_refused(screen: Screen, unit: Unit, found: Sequence[Refused]) -> None:
    """Tell each refused import, then what the files may import, each list once, then what to do."""
    for one in found:
        screen.tell(f"{one.place} imports {one.module}: {one.reason}", "yellow")
    by_library: dict[str, list[str]] = {}
    for stem in dict.fromkeys(one.file.removesuffix(".py") for one in found):
        by_library.setdefault(unit.library_of(stem), []).append(stem)
    for library, stems in by_library.items():
        others = [other for other in unit.files if other not in stems] if len(stems) == 1 else []
        screen.tell(f"{', '.join(f'{stem}.py' for stem in stems)} may import {rule(library, others)}", indent=2)
    lines = "this line" if len(found) == 1 else "these lines"
    screen.tell(
        f"take {lines} out, or put what only you need below `if __name__ == '__main__':`; "
        "a name that is never used costs nothing",
        indent=2,
    )
