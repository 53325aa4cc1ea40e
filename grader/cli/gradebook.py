"""`grade adjust`, `history` and `backup`: decisions by hand, their effect, and a copy of them."""

import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from grader.cli.place import Place, pass_place, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grader.cli.screen import Screen
    from grader.desk.class_files import ClassFiles
    from grader.desk.decisions import Decided
    from grader.records.grades import AdjustmentKind

OUT = click.option(
    "--out",
    default=Path("results"),
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="The class's results folder; by default results/.",
)
BY = click.option("--by", metavar="NAME", help="Who decides; by default your name on this machine.")


@click.command()
@click.argument("student")
@click.argument("unit")
@click.option("--points", type=float, metavar="N", help="Add points, or take some with a minus, up to the maximum.")
@click.option("--bonus", type=click.FloatRange(min=0), metavar="N", help="Add points beyond the maximum.")
@click.option("--set", "points_set", type=click.FloatRange(min=0), metavar="N", help="Points in place of all others.")
@click.option("--excuse", is_flag=True, help="The unit does not count.")
@click.option("--extend", type=click.IntRange(min=0), metavar="DAYS", help="Days by which the unit is due later.")
@click.option("--comment", metavar="TEXT", help="A comment, without points.")
@click.option("--undo", is_flag=True, help="Take back the latest adjustment that holds.")
@click.option("--reason", default="", metavar="TEXT", help="Why; needed for all but --comment and --undo.")
@BY
@OUT
@pass_place
def adjust(place: Place, /, student: str, unit: str, out: Path, *, undo: bool, by: str | None, **chosen: Any) -> int:
    """Change a grade by hand.

    It is stored with who, when and why, holds through every regrade, and is shown wherever the grade is. --points and
    --bonus add up; of several --set or --extend, the latest holds.

    \b
    Examples:
      grade adjust anna rnn --points +3 --reason "question 2 was unclear"
      grade adjust anna rnn --extend 3 --reason "ill, note of 1 February"
      grade adjust anna rnn --undo
    """
    from grader.cli.screen import Screen
    from grader.desk.class_files import ClassFiles
    from grader.desk.decisions import Author, adjustments, decide, take_back

    files, screen, unit = ClassFiles(place.course, out), Screen(), place.course.unit(unit).name
    author = Author(by or getpass.getuser(), datetime.now(UTC))
    files.require(student)
    if undo:
        _refuse_both(chosen)
        decided = take_back(files, student, unit, author)
    else:
        values, texts = _values(chosen), {"reason": chosen["reason"], "comment": chosen["comment"] or ""}
        decided = decide(files, list(adjustments(student, unit, values, author, **texts)))
    _print_change(screen, f"{student} {unit}", decided)
    return 0


def _values(chosen: dict[str, Any]) -> dict["AdjustmentKind", float]:
    """Return the numbers that the options give, by the kind of adjustment."""
    from grader.records.grades import AdjustmentKind

    kinds = {
        AdjustmentKind.POINTS: chosen["points"],
        AdjustmentKind.BONUS: chosen["bonus"],
        AdjustmentKind.SET: chosen["points_set"],
        AdjustmentKind.EXCUSE: 0.0 if chosen["excuse"] else None,
        AdjustmentKind.EXTEND: chosen["extend"],
    }
    return {kind: value for kind, value in kinds.items() if value is not None}


def _refuse_both(chosen: dict[str, Any]) -> None:
    from grader.errors import DeepgradeError

    if any(value not in (None, False, "") for value in chosen.values()):
        raise DeepgradeError("--undo takes back what was decided, and decides nothing itself", "two commands")


def _print_change(screen: "Screen", whose: str, decided: "Decided") -> None:
    from grader.printable import one_line

    for line in decided.lines:
        screen.paragraph(one_line(f"{whose}: {line}"))
    screen.paragraph(one_line(decided.change), indent=2)
    _print_written(screen, decided.written)


def _print_written(screen: "Screen", written: "Sequence[Path]") -> None:
    if written:
        screen.paragraph(f"written anew: {', '.join(path.name for path in written)} in {shown(written[0].parent)}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@BY
@OUT
@pass_place
def rubric(place: Place, file: Path, by: str | None, out: Path) -> int:
    """Store the points of questions that people grade.

    FILE is a table with the columns student, unit, question, points and comment. The questions and their points stand
    in course.toml, in the table [questions]; until each has points, a unit that was handed in stays open. The latest
    points of a question count. If any row is wrong, nothing is stored.

    \b
    Example:
      grade rubric explanations.csv --by tom
    """
    from grader.cli.screen import Screen
    from grader.desk.class_files import ClassFiles
    from grader.desk.decisions import write_anew
    from grader.gradebook.book import database_path
    from grader.gradebook.rubric import read_rubric
    from grader.gradebook.store import Gradebook

    files, screen, out = ClassFiles(place.course, out), Screen(), out.absolute()
    students = files.book.ids(files.summaries)
    given = read_rubric(file, place.course.rules, students, by or getpass.getuser(), datetime.now(UTC))
    with Gradebook(database_path(out)) as book:
        book.adjust(given)
    files.reread()
    count = f"{len(given)} question{'s' * (len(given) != 1)}"
    screen.paragraph(f"stored: the points of {count} of {len({one.student for one in given})} students")
    _print_written(screen, write_anew(files))
    return 0


@click.command()
@click.argument("student")
@OUT
@pass_place
def history(place: Place, student: str, out: Path) -> int:
    """Show everything that led to a student's grades.

    \b
    Example:
      grade history anna
    """
    from grader.cli.screen import Screen
    from grader.desk.class_files import ClassFiles
    from grader.gradebook.book import database_path
    from grader.gradebook.history import steps_of
    from grader.gradebook.store import Gradebook
    from grader.report.people import history_text

    files, screen = ClassFiles(place.course, out), Screen()
    files.require(student)
    path = database_path(out.absolute())
    steps = []
    if path.is_file():
        with Gradebook(path, read_only=True) as book:
            steps = steps_of(book, student)
    grade, refusals = files.grade(student), _refusals(files, student)
    rules = place.course.rules
    screen.print(history_text(grade, steps, screen.marks, screen.width, rules=rules, refusals=refusals))
    return 0


def _refusals(files: "ClassFiles", student: str) -> dict[str, str]:
    """Return why somebody's hand-ins are refused, by unit."""
    from grader.records import Status

    refused = (result for result in files.summaries if result.student == student and result.status is Status.REJECTED)
    return {result.unit: result.remark for result in refused}


@click.command()
@click.argument("file", metavar="[FILE]", required=False, type=click.Path(path_type=Path, dir_okay=False))
@OUT
@pass_place
def backup(place: Place, file: Path | None, out: Path) -> int:
    """Copy the class's database, and check the copy.

    It may be copied during a run, too.

    \b
    Example:
      grade backup /media/stick/class-2027.sqlite
    """
    from grader.cli.screen import Screen
    from grader.errors import NotFoundError
    from grader.gradebook.book import database_path
    from grader.gradebook.store import Gradebook

    path = database_path(out.absolute())
    if not path.is_file():
        raise NotFoundError(
            f"there is nothing to copy: no {shown(path)}", "grade autograde SUBMISSIONS, or name its folder: --out DIR"
        )
    target = file or path.with_name(f"backup-{datetime.now():%Y-%m-%d-%H%M%S}.sqlite")
    with Gradebook(path, read_only=True) as book:
        book.back_up(target.absolute())
    screen = Screen()
    screen.print(f"written and checked: {shown(target.absolute())}")
    screen.print(f"to restore it, copy it to {shown(path)}")
    return 0
