"""`grade export`: a class's grades in the forms that other systems take."""

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.place import Place, pass_place, shown

if TYPE_CHECKING:
    from grader.cli.screen import Screen
    from grader.course.registry import Course
    from grader.desk.class_files import ClassFiles
    from grader.records import Result
    from grader.report.exports.tables import Export

FILE = click.Path(path_type=Path, dir_okay=False)
NAMES = {  # files that are written if none is named
    "canvas": "canvas.csv",
    "moodle": "moodle-{unit}.csv",
    "gradescope": "results.json",
    "classroom50": "result.json",
    "csv": "grades.csv",
    "json": "grades.json",
    "junit": "junit.xml",
}
SHOWN = 5  # people that are named in a line
LOOK = 3  # exit code: somebody has no row


@dataclass(frozen=True)
class Wanted:
    """Options of `grade export`."""

    units: tuple[str, ...]
    student: str
    table: Path | None
    titles: tuple[str, ...]
    scale: bool


@click.command()
@click.argument("form", metavar="FORM", type=click.Choice([*NAMES]))
@click.argument("results", metavar="[RESULTS]", default=Path("results"), type=click.Path(path_type=Path))
@click.option("--to", "target", metavar="FILE", type=FILE, help="File to write; by default one in RESULTS.")
@click.option("--unit", "units", multiple=True, metavar="UNIT", help="Only this unit; may be given several times.")
@click.option("--student", default="", metavar="ID", help="The submission, for gradescope and classroom50.")
@click.option("--table", metavar="FILE", type=FILE, help="The platform's own table, to be filled in (canvas, moodle).")
@click.option("--title", "titles", multiple=True, metavar="UNIT=TITLE", help="A unit's name in Canvas; repeatable.")
@click.option("--scale", is_flag=True, help="Scale points where the platform has another maximum.")
@click.option("--autograder", is_flag=True, help="For gradescope: write the autograder's zip instead of results.")
@pass_place
def export(
    place: Place, /, form: str, results: Path, target: Path | None, *, autograder: bool, **chosen: object
) -> int:
    """Write grades for another system.

    FORM is canvas (gradebook CSV), moodle (grading worksheet), gradescope (results.json of a submission, or an
    autograder), classroom50 (result.json), csv, json, or junit. RESULTS is the output folder of `grade autograde`,
    results/ by default. With --table, a table that you downloaded comes back with grades filled in: its ids decide
    whose row is whose, and nothing else in it changes.

    \b
    Exit codes:
      0    written
      3    written, but somebody of the class has no row in the platform's table
    \b
    Examples:
      grade export canvas --table ~/Downloads/grades.csv --title rnn="Unit 7"
      grade export moodle --unit rnn --table worksheet.csv
      grade export gradescope --unit rnn --autograder --to rnn.zip
    """
    from grader.cli.screen import Screen

    screen, wanted = Screen(), Wanted(**chosen)  # type: ignore[arg-type]  # click has checked them
    if autograder:
        return _write_autograder(place.course, screen, wanted, target)
    from grader.atomic import write_atomically
    from grader.desk.class_files import ClassFiles

    files = ClassFiles(place.course, results)
    files.require_results()
    units = _units(place.course, files, wanted)
    name = NAMES[form].format(unit="-".join(units))
    path = (target or results / name).absolute()
    text, after = WRITERS[form](place.course, files, units, wanted)
    screen.print(f"written: {shown(write_atomically(path, text.encode()))}")
    return _print_after(screen, after)


def _units(course: "Course", files: "ClassFiles", wanted: Wanted) -> tuple[str, ...]:
    """Return the chosen units, or all that were graded."""
    graded = {result.unit for result in files.summaries}
    chosen = [course.unit(name).name for name in wanted.units]
    return tuple(unit.name for unit in course.units if unit.name in (chosen or graded))


def _only_unit(units: Sequence[str], form: str) -> str:
    from grader.errors import DeepgradeError

    if len(units) != 1:
        raise DeepgradeError(f"{form} takes one unit at a time, and these are {', '.join(units)}", "--unit UNIT")
    return units[0]


Written = tuple[str, "Export | None"]


def _canvas(course: "Course", files: "ClassFiles", units: Sequence[str], wanted: Wanted) -> Written:
    from grader.report.exports.gradebooks import canvas_csv

    titles = {unit: course.unit(unit).title for unit in units} | _titles(course, wanted.titles)
    export = canvas_csv(files.grades(), titles, _table(wanted), scale=wanted.scale)
    return export.text, export


def _titles(course: "Course", pairs: Sequence[str]) -> dict[str, str]:
    from grader.errors import DeepgradeError

    titles = {}
    for pair in pairs:
        unit, separator, title = pair.partition("=")
        if not separator or not title.strip():
            raise DeepgradeError(f'"{pair}" names no title', '--title rnn="Unit 7"')
        titles[course.unit(unit).name] = title.strip()
    return titles


def _table(wanted: Wanted) -> str | None:
    """Return the text of the platform's table."""
    from grader.errors import DeepgradeError

    if wanted.table is None:
        return None
    try:
        return wanted.table.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise DeepgradeError(
            f"{wanted.table} cannot be read: {error.strerror}", "name the file you downloaded"
        ) from None
    except UnicodeDecodeError:
        raise DeepgradeError(f"{wanted.table} is not UTF-8", "save it again as CSV UTF-8") from None


def _moodle(course: "Course", files: "ClassFiles", units: Sequence[str], wanted: Wanted) -> Written:
    from grader.report.exports.gradebooks import moodle_csv

    export = moodle_csv(files.grades(), _only_unit(units, "moodle"), _table(wanted), scale=wanted.scale)
    return export.text, export


def _gradescope(course: "Course", files: "ClassFiles", units: Sequence[str], wanted: Wanted) -> Written:
    from grader.report.exports.by_test import gradescope_json

    result = _result(files, _only_unit(units, "gradescope"), wanted)
    grade = files.grade(result.student).units.get(result.unit)
    return gradescope_json(result, grade, files.level(result.unit)), None


def _classroom50(course: "Course", files: "ClassFiles", units: Sequence[str], wanted: Wanted) -> Written:
    import os
    from datetime import UTC, datetime

    from grader.report.exports.by_test import Submission50, classroom50_json

    result = _result(files, _only_unit(units, "classroom50"), wanted)
    own_name = f"{result.student}/{result.unit}"
    place = Submission50.from_environment(os.environ, course.name, result.unit, own_name)
    return classroom50_json(result.counting, place, datetime.now(UTC)), None


def _result(files: "ClassFiles", unit: str, wanted: Wanted) -> "Result":
    """Return the result of the named student, or of the only one."""
    from grader.errors import DeepgradeError

    if wanted.student:
        files.require(wanted.student)
    about = [r for r in files.results if r.unit == unit and wanted.student in ("", r.student)]
    if len(about) != 1:
        raise DeepgradeError(f"{len(about)} submissions of {unit} are there, and this is about one", "--student ID")
    return about[0]


def _json(course: "Course", files: "ClassFiles", units: Sequence[str], wanted: Wanted) -> Written:
    from grader.report.exports.document import grades_json

    return grades_json(course.name, files.grades()), None


def _csv(course: "Course", files: "ClassFiles", units: Sequence[str], wanted: Wanted) -> Written:
    from grader.report.exports.tables import grades_csv

    return grades_csv(files.grades(), units), None


def _junit(course: "Course", files: "ClassFiles", units: Sequence[str], wanted: Wanted) -> Written:
    from grader.report.exports.by_test import junit_xml

    return junit_xml([result for result in files.results if result.unit in units]), None


WRITERS: dict[str, Callable[["Course", "ClassFiles", Sequence[str], Wanted], Written]] = {
    "canvas": _canvas,
    "moodle": _moodle,
    "gradescope": _gradescope,
    "classroom50": _classroom50,
    "csv": _csv,
    "json": _json,
    "junit": _junit,
}


def _print_after(screen: "Screen", export: "Export | None") -> int:
    """Print who has no row, and which rows stay blank."""
    if export is None:
        return 0
    screen.print(f"grades of {export.filled} people")
    if export.left_blank:
        screen.paragraph(f"no points for, left as they were: {_some(export.left_blank, '; ')}", "yellow", indent=2)
    if export.unmatched:
        screen.paragraph(
            f"no row in the table: {_some(export.unmatched)}; their ids on the platform belong into roster.csv",
            "yellow",
            indent=2,
        )
    return LOOK if export.unmatched else 0


def _some(names: Sequence[str], separator: str = ", ") -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return separator.join(names[:SHOWN]) + more


def _write_autograder(course: "Course", screen: "Screen", wanted: Wanted, target: Path | None) -> int:
    from grader.autograde.secret import course_secret
    from grader.release.gradescope import write_autograder

    unit = course.unit(_only_unit(wanted.units, "an autograder"))
    path = (target or Path(f"{unit.name}-autograder.zip")).absolute()
    with screen.waiting("building the package"):
        write_autograder(course, unit, path, course_secret(course))
    screen.print(f"written: {shown(path)}")
    screen.paragraph(
        "It holds the hidden tests, the solutions and the course's secret: upload it as the assignment's autograder, "
        "and give it to nobody else. It grades in the strongest isolation of that machine, and refuses without any.",
        indent=2,
    )
    screen.print(f"\ntry it: unzip -p {shlex.quote(shown(path))} run_autograder")
    return 0
