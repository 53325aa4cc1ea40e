"""`grade release`: the folder that students get."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.gradebook import OUT
from grader.cli.place import Place, pass_place, shown

if TYPE_CHECKING:
    from grader.cli.screen import Screen
    from grader.course.registry import Course


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--everything", is_flag=True, help="Also units that open later: for self-study.")
@OUT
@pass_place
def release(place: Place, folder: Path, *, everything: bool, out: Path) -> int:
    """Write the student bundle.

    It contains everything that students need, without solutions and hidden tests, and is searched for leaks before it
    is written. DIR is a new folder, or one with an earlier release, which is updated.

    A unit that gives parts of earlier solutions away (opens in its unit.toml) is left out until these units are closed:
    due for everybody, by an extension too. Release again then; students take the unit over with grade update. Without
    due dates no unit is ever closed: --everything releases all of them.

    \b
    Examples:
      grade release ../course-2027
      grade release ../self-study --everything
    """
    from msgspec.structs import replace

    from grader.cli.opening import closed_units, lines_of_later
    from grader.cli.pages import page_of
    from grader.cli.screen import Screen
    from grader.gradebook.book import class_book
    from grader.metering.processes import usable_cores
    from grader.proof.check import hidden_points
    from grader.proof.visible import wrong_answers
    from grader.release import bundle
    from grader.release.opening import opened

    screen, book = Screen(), class_book(out.absolute())
    names = [unit.name for unit in place.course.units]
    closed = names if everything else closed_units(place.course, book, datetime.now(UTC))
    course = opened(place.course, closed)
    with screen.waiting("counting the hidden tests' points, running what students do wrong, building the package"):
        worth = hidden_points(course)
        wrong = wrong_answers(course, usable_cores(), lambda step: None)
        pages = {unit.name: page_of(course, unit, with_states=False) for unit in course.units}
        files = bundle.release(
            place.course, folder.absolute(), worth, closed=closed, wrong_answers=wrong, handouts=pages
        )
    _print_released(screen, replace(course, hidden_points=worth), folder, len(files))
    for line in lines_of_later(place.course, book, closed):
        screen.paragraph(line, style="yellow")
    return 0


def _print_released(screen: "Screen", course: "Course", folder: Path, count: int) -> None:
    from grader.report.screens import points

    screen.print(f"released to {shown(folder.absolute())}")
    screen.paragraph(
        f"{count} files, checked: nothing of the solutions, the hidden tests or the secret is in them. "
        f"{points(sum(map(course.hidden_worth, course.units)))} points are graded after submission.",
        indent=2,
    )
