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
    found = course.unit(unit)
    subject = Subject(solutions=solutions)
    subject.require(course)
    sources = subject.folder(course, found)
    story = story_of((layout.milestone_source if solutions else layout.milestone)(course.root, found.name))
    with screen.waiting(f"drawing {found.name}"):
        pictures = drawn(course, found, sources, out.absolute())
    _tell_story(screen, story)
    for picture in pictures:
        screen.say(f"written: {shown(picture)}")
    if course.is_bundle:
        screen.say(f"\nnext: grade submit {found.name}")
    return 0


def _tell_story(screen: "Screen", story: str) -> None:
    title, *paragraphs = story.split("\n\n")
    screen.tell(" ".join(title.split()), style="bold")
    for part in paragraphs:
        screen.tell("\n" + " ".join(part.split()))
    screen.say()
