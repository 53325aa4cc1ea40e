"""`grade nbgrader push`: a class's grades in the gradebook of an nbgrader course that exists."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.place import Place, pass_place, shown

if TYPE_CHECKING:
    from grader.cli.screen import Screen
    from grader.course.registry import Course
    from grader.desk.class_files import ClassFiles
    from grader.nbgrader.course_folder import CourseFolder
    from grader.nbgrader.entries import Entered
    from grader.nbgrader.push import Pushed, Work

FOLDER = click.Path(path_type=Path, file_okay=False)
SHOWN = 5  # names in a line
CLOSE = 0.005  # points that no table shows
LOOK = 3  # exit code: a person has to decide


@click.command()
@click.argument("results", metavar="[RESULTS]", default=Path("results"), type=click.Path(path_type=Path))
@click.option("--db", "url", metavar="URL", help="Its gradebook; by default gradebook.db in the course's folder.")
@click.option("--course", "folder", metavar="DIR", type=FOLDER, help="Its folder, for the pages of formgrader.")
@click.option("--unit", "units", multiple=True, metavar="UNIT", help="Only this unit; may be given several times.")
@click.option(
    "--submissions",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="What was handed in, to show the code; by default DIR/submitted.",
)
@pass_place
def push(  # noqa: PLR0917 (click hands over one argument for each option)
    place: Place, results: Path, url: str | None, folder: Path | None, units: tuple[str, ...], submissions: Path | None
) -> int:
    """Enter grades into an nbgrader course.

    RESULTS is the output folder of `grade autograde`, results/ by default. Scores, late penalties and comments are
    entered as automatic ones: what people entered, such as manual scores, stays. All of it is entered or nothing,
    and the same command again changes nothing.

    \b
    Exit codes:
      0    entered
      3    entered, and a person has to decide about somebody
    \b
    Examples:
      grade nbgrader push --course ../dl101 --submissions submissions
      grade nbgrader push --db postgresql+psycopg2://ta@host/dl101 --unit rnn
    """
    from grader.cli.screen import Screen
    from grader.desk.class_files import ClassFiles
    from grader.errors import DeepgradeError
    from grader.nbgrader.course_folder import CourseFolder
    from grader.nbgrader.push import push as push_class

    course, screen = place.course, Screen()
    target = CourseFolder(folder.absolute()) if folder else None
    address = url or (target.database if target else "")
    if not address:
        raise DeepgradeError("which nbgrader course is meant, is not said", "--course DIR, or --db URL")
    files = ClassFiles(course, results)
    files.require_results()
    names = _units(course, files, units)
    with screen.waiting("entering grades"):
        work = _work(course, files, target, submissions, names)
        done = push_class(course, files.book, files.results, names, url=address, folder=target, work=work)
    for name in names:
        _print_unit(screen, name, done)
    _print_people(screen, done.entered)
    if target is None:
        screen.paragraph("no pages for formgrader were written: they need the course's folder, --course DIR")
    else:
        screen.print(f"receipts: {shown(target.path / 'autograded')}")
    return LOOK if done.entered.waiting else 0


def _units(course: "Course", files: "ClassFiles", units: Sequence[str]) -> list[str]:
    """Return the chosen units, or all that were graded."""
    graded = {result.unit for result in files.results}
    chosen = [course.unit(name).name for name in units]
    return [unit.name for unit in course.units if unit.name in (chosen or graded)]


def _work(
    course: "Course",
    files: "ClassFiles",
    target: "CourseFolder | None",
    submissions: Path | None,
    units: Sequence[str],
) -> "Work":
    """Return what was handed in; what nbgrader collected is looked at unasked, as far as it can be read."""
    from grader.errors import DeepgradeError
    from grader.nbgrader.push import work_in

    if target is None:
        return {}
    if submissions is not None:
        return work_in(course, files.book, submissions.absolute(), units)
    try:
        return work_in(course, files.book, target.submitted, units)
    except DeepgradeError:  # nothing was collected target
        return {}


def _print_unit(screen: "Screen", unit: str, done: "Pushed") -> None:
    listed, entered = done.units[unit], done.entered
    count, changed = len(listed.entries), entered.changed.get(unit, 0)
    screen.paragraph(f"{unit}: {count} submission{'s' * (count != 1)} entered, {changed} of them new or changed")
    if listed.absent:
        screen.paragraph(f"nothing was handed in by {_some(listed.absent)}", indent=2)
    if listed.excused:
        screen.paragraph(f"excused, for which nbgrader has no sign: {_some(listed.excused)}", indent=2, style="yellow")
    if abs(entered.maximum[unit] - listed.out_of) > CLOSE:
        screen.paragraph(
            f"out of {listed.out_of:g} points here and {entered.maximum[unit]:g} in nbgrader: "
            "the rest is of tests that nobody was graded by",
            indent=2,
            style="yellow",
        )


def _print_people(screen: "Screen", entered: "Entered") -> None:
    if entered.kept:
        screen.paragraph(f"kept, since a person gave them: {_some(entered.kept)}")
    if entered.waiting:
        screen.paragraph(f"a person has to decide: {_some(entered.waiting)}", style="yellow")


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
