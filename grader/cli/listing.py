"""`grade list`: every task with its state, points and minutes."""

import click

from grader.cli.place import Place, pass_place


@click.command("list")
@click.argument("unit", required=False)
@pass_place
def list_tasks(place: Place, unit: str | None) -> int:
    """List every task with its state, points and minutes.

    Of one unit, or of the whole course. A state follows from your last results and your files as they are now.

    \b
    Examples:
      grade list
      grade list perceptron
    """
    from grader.cli.next_step import next_step
    from grader.cli.screen import Screen
    from grader.cli.testing import find
    from grader.cli.unit_progress import unit_rows
    from grader.home.memory import progress_of
    from grader.report.task_list import task_list

    course, screen = place.course, Screen()
    units = [find(course, unit)[0]] if unit else [known for known in course.units if known.tasks]
    progress = progress_of(course)
    screen.print(task_list([unit_rows(course, known, progress) for known in units], screen.marks, screen.width))
    if unit:
        screen.paragraph(f"next: {next_step(course, units[0])}")
    return 0
