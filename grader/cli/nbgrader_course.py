"""`grade nbgrader source` and `init`: notebooks for nbgrader, and a course folder in which it grades them."""

import shlex
from pathlib import Path

import click

from grader.cli.place import Place, pass_place, shown


@click.command()
@click.argument("unit")
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The notebook to write; by default UNIT.ipynb here. An earlier one is replaced.",
)
@pass_place
def source(place: Place, unit: str, out: Path | None) -> int:
    """Write a unit's source notebook for nbgrader.

    It is made of the handout and the solutions, with a cell for each test that says what the test is worth. It contains
    the solutions: students get what `nbgrader generate_assignment` makes of it, in a course folder made by
    `grade nbgrader init`.

    \b
    Example:
      grade nbgrader source perceptron --out source/perceptron/perceptron.ipynb
    """
    from grader.atomic import write_atomically
    from grader.cli.screen import Screen
    from grader.nbgrader.source_notebook import source_text

    chosen = place.course.unit(unit)
    path = (out or Path(f"{chosen.name}.ipynb")).absolute()
    text = source_text(place.course, chosen)
    Screen().print(f"written: {shown(write_atomically(path, text.encode()))}")
    return 0


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--unit", "units", multiple=True, metavar="UNIT", help="Only this unit; may be given several times.")
@click.option(
    "--tier",
    type=click.Choice(("sealed", "weak", "self")),
    default="sealed",
    help="Isolation tier in which nbgrader grades; by default sealed.",
)
@pass_place
def init(place: Place, folder: Path, units: tuple[str, ...], tier: str) -> int:
    """Make a course folder for nbgrader.

    DIR gets nbgrader_config.py, a README with the next commands, and a source notebook for each unit. In it,
    nbgrader's own commands and its formgrader grade in the sealed workers: no kernel starts. An earlier folder gets
    further units; nbgrader_config.py and README.md stay as they are.

    \b
    Example:
      grade nbgrader init ~/nbgrader --unit perceptron
    """
    from grader.autograde.plan import chosen_units
    from grader.cli.screen import Screen
    from grader.nbgrader.stock_course import write_course

    names, screen = chosen_units(place.course, units), Screen()
    for path in write_course(place.course, folder.absolute(), names, tier):
        screen.print(f"written: {shown(path)}")
    screen.print(f"\nnext: cd {shlex.quote(shown(folder.absolute()))} && nbgrader generate_assignment {names[0]}")
    return 0
