"""`grade show`: draw a unit's milestone with the student's code."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.place import Place, pass_place, shown

if TYPE_CHECKING:
    from grader.cli.screen import Screen


@click.command()
@click.argument("unit")
@click.option(
    "--out",
    metavar="DIR",
    default=Path(),
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the pictures; by default the current one.",
)
@click.option("--solutions", is_flag=True, help="Authors: draw with the solutions.")
@pass_place
def show(place: Place, unit: str, out: Path, solutions: bool) -> int:
    """Draw a unit's milestone with your code.

    The pictures are UNIT.png and UNIT.svg.

    \b
    Example:
      grade show perceptron
    """
    from grader.cli.drawing import drawn, story_of
    from grader.cli.screen import Screen
    from grader.cli.testing import Subject
    from grader.course import layout

    course, screen = place.course, Screen()
    chosen = course.unit(unit)
    subject = Subject(solutions=solutions)
    subject.require(course)
    sources = subject.folder(course, chosen)
    story = story_of((layout.milestone_source if solutions else layout.milestone)(course.root, chosen.name))
    with screen.waiting(f"drawing {chosen.name}"):
        pictures = drawn(course, chosen, sources, out.absolute())
    _print_story(screen, story)
    for picture in pictures:
        screen.print(f"written: {shown(picture)}")
    if course.is_bundle:
        screen.print(f"\nnext: grade submit {chosen.name}")
    return 0


def _print_story(screen: "Screen", story: str) -> None:
    title, *paragraphs = story.split("\n\n")
    screen.paragraph(" ".join(title.split()), style="bold")
    for part in paragraphs:
        screen.paragraph("\n" + " ".join(part.split()))
    screen.print()
