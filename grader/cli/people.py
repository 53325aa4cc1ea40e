"""`grade roster`, `requests` and `forget`: the people of a class, and their requests."""

import getpass
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.gradebook import BY, OUT
from grader.cli.place import Place, pass_place, shown
from grader.errors import NotFoundError

if TYPE_CHECKING:
    from grader.cli.screen import Screen
    from grader.desk.class_files import ClassFiles
    from grader.records.grades import Person

LOOK = 1  # exit code of `grade roster check` if there is something to mend


@click.command()
@click.argument("student")
@click.option(
    "--submissions",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Remove what the student handed in from this folder, too.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@OUT
@pass_place
def forget(place: Place, student: str, submissions: Path | None, yes: bool, out: Path) -> int:
    """Remove a student from every file of the class.

    That is the database with its history, the roster, all tables, and with --submissions what was handed in. It cannot
    be taken back. Backups, other copies, and what a platform has are yours to delete.

    \b
    Example:
      grade forget anna --submissions submissions
    """
    from grader.cli.screen import Screen
    from grader.desk.class_files import ClassFiles
    from grader.gradebook.forgetting import forget as remove

    files, screen, out = ClassFiles(place.course, out), Screen(), out.absolute()
    files.require(student)
    _warn_group(screen, files, student)
    if not yes:
        click.confirm(f"remove everything of {student}? This cannot be taken back", abort=True)
    for removal in remove(out, student, submissions.absolute() if submissions else None):
        screen.print(f"removed from {shown(removal.place)}: {removal.what}")
    written = files.write_without(student)
    screen.paragraph(f"written anew: {', '.join(path.name for path in written)} in {shown(out)}")
    if submissions is None:
        screen.paragraph("not touched: what was handed in; name its folder with --submissions", style="yellow")
    screen.paragraph("not touched: backups, other copies of these files, and what a platform has")
    return 0


def _warn_group(screen: "Screen", files: "ClassFiles", student: str) -> None:
    """Print a warning if others have their grade from this person's hand-in."""
    others = [
        grade.person.id
        for grade in files.grades()
        if any(unit.handed_in_by == student for unit in grade.units.values())
    ]
    if others:
        screen.paragraph(f"{student} handed in for the group: {', '.join(others)} lose those grades", style="yellow")


@click.group(invoke_without_command=True)
@click.option("--all", "everything", is_flag=True, help="Show answered ones, too.")
@OUT
@click.pass_context
def requests(context: click.Context, everything: bool, out: Path) -> int:
    """List the requests to look at a grade again.

    \b
    Examples:
      grade requests
      grade requests add anna rnn "slope is right, I think"
      grade requests close 3 "it is: +1"
    """
    if context.invoked_subcommand is not None:
        return 0
    from grader.cli.screen import Screen
    from grader.gradebook.book import database_path
    from grader.gradebook.store import Gradebook
    from grader.report.people import request_lines

    screen, path = Screen(), database_path(out.absolute())
    listed = []
    if path.is_file():
        with Gradebook(path, read_only=True) as book:
            listed = [request for request in book.requests() if everything or request.is_open]
    if not listed:
        screen.print("no requests" if everything else "no open requests")
        return 0
    screen.print(request_lines(listed, screen.width))
    return 0


@requests.command("add")
@click.argument("student")
@click.argument("unit")
@click.argument("text")
@OUT
@pass_place
def add_request(place: Place, student: str, unit: str, text: str, out: Path) -> int:
    """Write a request down.

    \b
    Example:
      grade requests add anna rnn "slope is right, I think"
    """
    from grader.cli.screen import Screen
    from grader.desk.class_files import ClassFiles
    from grader.gradebook.book import database_path
    from grader.gradebook.store import Gradebook

    ClassFiles(place.course, out).require(student)
    with Gradebook(database_path(out.absolute())) as book:
        number = book.ask(student, place.course.unit(unit).name, text, datetime.now(UTC))
    Screen().print(f"request {number} is open; what happened so far: grade history {student}")
    return 0


@requests.command("close")
@click.argument("number", type=int)
@click.argument("answer")
@BY
@OUT
def close_request(number: int, answer: str, by: str | None, out: Path) -> int:
    """Answer a request.

    Points are changed by `grade adjust`; the answer says what was decided.

    \b
    Example:
      grade requests close 3 "it is: +1"
    """
    from grader.cli.screen import Screen
    from grader.gradebook.book import database_path
    from grader.gradebook.store import Gradebook

    with Gradebook(database_path(out.absolute())) as book:
        book.answer(number, answer, by or getpass.getuser(), datetime.now(UTC))
    Screen().print(f"request {number} is answered")
    return 0


@click.group()
def roster() -> None:
    """Check the roster, the list of people.

    It is roster.csv beside the results folder.

    \b
    Example:
      grade roster check
    """


@roster.command("check")
@click.argument("file", metavar="[FILE]", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--submissions", metavar="PATH", type=click.Path(path_type=Path), help="Compare with who handed in here.")
@OUT
@pass_place
def check_roster(place: Place, file: Path | None, submissions: Path | None, out: Path) -> int:
    """List every problem of the roster, with its line.

    FILE is roster.csv beside the results folder, by default. People are compared with the results, or with
    --submissions. The columns: id, name, email, section, extra_days, group, status (active or withdrawn), canvas_id,
    sis_user_id, sis_login, moodle_id, gradescope_id, github. Only id is needed.

    \b
    Exit codes:
      0    nothing to mend
      1    something to mend or to decide
    \b
    Example:
      grade roster check --submissions submissions
    """
    from grader.cli.screen import Screen
    from grader.gradebook.roster import attendance, read_roster, roster_path
    from grader.report.people import attendance_lines, roster_lines

    path, screen = (file or roster_path(out.absolute())).absolute(), Screen()
    if not path.exists():
        raise NotFoundError(
            f"there is no roster: {shown(path)}",
            'write one, with "id,name,email" as its first line and a line per person; or: grade roster check FILE',
        )
    read = read_roster(path)
    names = _present(place, read.people, submissions, out)
    seen = attendance(read.people, names) if names else None
    lines = [*roster_lines(read, path.name), *(attendance_lines(seen, path.name, in_full=True) if seen else ())]
    for line in lines:
        screen.paragraph(line)
    withdrawn = sum(person.withdrawn for person in read.people)
    gone = f", {withdrawn} withdrawn" if withdrawn else ""
    screen.paragraph(f"{shown(path)}: {len(read.people)} people{gone}, {len(read.problems)} to mend")
    return LOOK if read.problems or (seen and seen.unknown) else 0


def _present(place: Place, people: "Sequence[Person]", submissions: Path | None, out: Path) -> list[str]:
    """Return the ids of everybody who handed in, by the submissions or by the results."""
    from grader.desk.class_files import ClassFiles
    from grader.gradebook.identities import identifier
    from grader.submissions.hand_ins import students

    if submissions is None:
        files = ClassFiles(place.course, out, people=people)
        return files.book.present(files.summaries)
    return list(students(submissions.absolute(), place.course, identify=identifier(people)))
