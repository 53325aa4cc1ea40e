"""`grade unlock-file`: the solutions of a closed unit, as a file for the class."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.gradebook import OUT
from grader.cli.opening import moment_in
from grader.cli.place import Place, pass_place, shown

if TYPE_CHECKING:
    from grader.course.registry import Course, Unit

MOST_NAMES = 10


@click.command("unlock-file")
@click.argument("unit")
@click.option(
    "--to", "target", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="By default UNIT.unlock."
)
@OUT
@pass_place
def unlock_file(place: Place, unit: str, target: Path | None, out: Path) -> int:
    """Write the solutions of a closed unit as a file for students.

    They take it up with `grade unlock FILE`, and read it with `grade solution TASK`. While the unit is not due yet for
    somebody, by an extension too, nothing is written, and their names are said.

    \b
    Examples:
      grade unlock-file perceptron
      grade unlock-file perceptron --to shared/perceptron.unlock
    """
    import msgspec

    from grader.atomic import write_atomically
    from grader.cli.screen import Screen
    from grader.release.unlock import SUFFIX, written_solutions

    course, screen = place.course, Screen()
    chosen = course.unit(unit)
    solutions = written_solutions(course, chosen)
    _refuse_while_open(course, chosen, out.absolute())
    path = (target or Path(f"{chosen.name}{SUFFIX}")).absolute()
    write_atomically(path, msgspec.json.encode(solutions), "choose another file: --to")
    screen.print(f"written: {shown(path)}")
    screen.paragraph(f"for students: grade unlock {path.name}", indent=2)
    if chosen.name not in course.rules.due:
        screen.paragraph(
            f"{chosen.name} has no due date in course.toml: whether it is closed was not looked at", "yellow", 2
        )
    return 0


def _refuse_while_open(course: "Course", unit: "Unit", results: Path) -> None:
    """Raise while a unit is not due yet for somebody.

    Raises
    ------
    DeepgradeError
        With the names and the last moment.
    """
    from grader.errors import DeepgradeError
    from grader.gradebook.book import class_book
    from grader.gradebook.disclosure import is_closed, last_deadline, still_open

    book, now = class_book(results), datetime.now(UTC)
    last = last_deadline(unit.name, book.people, book.adjustments, course.rules)
    if last is None or is_closed(unit.name, book.people, book.adjustments, course.rules, now):
        return
    names = still_open(unit.name, book.people, book.adjustments, course.rules, now)
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    who = f" for {', '.join(names[:MOST_NAMES])}{more}" if names else ""
    raise DeepgradeError(
        f"{unit.name} is not closed yet{who}: the last due date is {moment_in(last, course.rules.zone)}",
        f"grade unlock-file {unit.name}, after that",
    )
