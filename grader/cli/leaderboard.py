"""`grade leaderboard`: a ranking of the class by speed."""

from pathlib import Path

import click

from grader.cli.place import Place, pass_place, shown


@click.command()
@click.argument("results", metavar="[RESULTS]", default=Path("results"), type=click.Path(path_type=Path))
@click.option("--names", is_flag=True, help="Show the students' ids instead of pseudonyms.")
@pass_place
def leaderboard(place: Place, results: Path, names: bool) -> int:
    """Rank a class by the speed of its fast tasks.

    RESULTS is the output folder of `grade autograde`, results/ by default. Each student's best time relative to torch
    counts. Pseudonyms are derived from the course's secret: they never change, and only you can resolve them.

    \b
    Example:
      grade leaderboard results
    """
    from rich.text import Text

    from grader.autograde.saved_results import past_results
    from grader.autograde.secret import course_secret, pseudonyms
    from grader.cli.screen import Screen
    from grader.errors import UnavailableError
    from grader.report.leaderboard import board_text, boards

    course, screen = place.course, Screen()
    graded = past_results(results.absolute())
    found = boards(graded)
    if not found:
        raise UnavailableError(
            f"nothing was timed in {shown(results.absolute())}: {len(graded)} results without a measured speed",
            "units with timed tasks: "
            + (", ".join(unit.name for unit in course.units if unit.is_timed) or "none")
            + "\ngrade autograde SUBMISSIONS --regrade times them anew",
        )
    students = {result.student for result in graded}
    called = {student: student for student in students} if names else pseudonyms(course_secret(course), students)
    texts = [board_text(board, called, screen.marks, screen.width) for board in found]
    screen.say(Text("\n\n").join(texts))
    return 0
