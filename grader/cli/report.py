"""`grade report`: the class after a run, as pages."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.place import Place, pass_place, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grader.cli.class_files import ClassFiles
    from grader.course.model import Unit
    from grader.course.registry import Course
    from grader.report.pages.class_view import ClassFacts

PAGE = "class.html"


@click.command()
@click.argument("results", metavar="[RESULTS]", default=Path("results"), type=click.Path(path_type=Path))
@click.option("--out", metavar="DIR", type=click.Path(path_type=Path, file_okay=False), help="Where the pages go.")
@click.option("--unit", "units", multiple=True, metavar="UNIT", help="Only this unit; may be given several times.")
@click.option("--pseudonyms", is_flag=True, help="Show pseudonyms in the place of ids, and no pages of students.")
@pass_place
def report(place: Place, /, results: Path, out: Path | None, *, units: tuple[str, ...], pseudonyms: bool) -> int:
    """Write the class report, as pages.

    It says who needs attention, how each unit went, and what to say tomorrow. RESULTS is the output folder of `grade
    autograde`, results/ by default; the pages go to RESULTS/report. Behind each student's points is a page with every
    test, hidden ones too: it is for instructors. Students get `grade feedback`.

    \b
    Examples:
      grade report
      grade report --unit rnn --pseudonyms
    """
    from grader.cli.class_files import ClassFiles
    from grader.cli.screen import Screen

    files, screen = ClassFiles(place.course, results), Screen()
    files.require_results()
    chosen = [place.course.unit(name).name for name in units]
    with screen.waiting("drawing the charts"):
        target = (out or results / "report").absolute()
        page = write_report(place.course, files, target, chosen, pseudonyms=pseudonyms)
    screen.print(f"written: {shown(page)}")
    return 0


def write_report(
    course: "Course", files: "ClassFiles", target: Path, chosen: "Sequence[str]" = (), *, pseudonyms: bool = False
) -> Path:
    """Write the class report, and without pseudonyms a page for each student; return the report's path."""
    from grader.atomic import write_atomically
    from grader.report.pages.class_view import class_view
    from grader.report.pages.html import class_html

    facts = _facts(course, files, chosen, pseudonyms=pseudonyms)
    page = write_atomically(target / PAGE, class_html(class_view(facts)).encode())
    if not pseudonyms:
        _write_students(course, files, facts, target)
    return page


def _facts(course: "Course", files: "ClassFiles", chosen: "Sequence[str]", *, pseudonyms: bool) -> "ClassFacts":
    from grader.autograde.secret import course_secret
    from grader.autograde.secret import pseudonyms as made_up
    from grader.report.pages.class_view import ClassFacts

    results = tuple(result for result in files.results if not chosen or result.unit in chosen)
    names = {result.unit for result in results}
    grades = files.grades()
    units = tuple(unit for unit in course.units if unit.name in names)
    everybody = [grade.person.id for grade in grades]
    return ClassFacts(
        course=course.title,
        units=units,
        results=results,
        grades=grades,
        changes=tuple((at, one) for at, one in reversed(files.changes()) if one.unit in names),
        names=made_up(course_secret(course), everybody) if pseudonyms else {},
        places={task: place for unit in units for task, place in _places(course, unit).items()},
        pages={} if pseudonyms else {(one.student, one.unit): f"{one.student}/{one.unit}.html" for one in results},
    )


def _places(course: "Course", unit: "Unit") -> dict[str, str]:
    """Return the heading in the handout that is about each task's file."""
    from grader.course import layout
    from grader.course.reading import read_text

    path = layout.handout(course.root, unit.name)
    lines = read_text(path, path.name).splitlines() if path.is_file() else []
    headings = [line.lstrip("# ").replace("`", "") for line in lines if line.startswith("#")]
    places = {stem: next((one for one in headings if f"{stem}.py" in one), "") for stem in unit.files}
    return {task.name: places[task.file] for task in unit.tasks}


def _write_students(course: "Course", files: "ClassFiles", facts: "ClassFacts", target: Path) -> None:
    """Write a page for each student and unit, with everything that is known."""
    from grader.atomic import write_atomically
    from grader.cli.feedback import pages_of
    from grader.records.disclosure import Level
    from grader.report.pages.html import feedback_html

    for page in pages_of(course, files, facts.results, Level.EVERYTHING):
        path = target / page.result.student / f"{page.result.unit}.html"
        write_atomically(path, feedback_html(page.view).encode())
