"""`grade report`: the class after a run, as pages."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.place import Place, pass_place, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grader.course.registry import Course
    from grader.desk.class_files import ClassFiles
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
    from grader.cli.screen import Screen
    from grader.desk.class_files import ClassFiles

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
    from msgspec.structs import replace

    from grader.atomic import write_atomically
    from grader.desk.pages import class_facts
    from grader.report.pages.class_view import class_view
    from grader.report.pages.html import class_html

    similar = similar_page(pseudonyms=pseudonyms)
    facts = replace(
        class_facts(course, files, chosen, has_pseudonyms=pseudonyms),
        similar=similar if (target / similar).is_file() else "",
    )
    page = write_atomically(target / PAGE, class_html(class_view(facts)).encode())
    if not pseudonyms:
        _write_students(course, files, facts, target)
    return page


def similar_page(*, pseudonyms: bool) -> str:
    """Return the name of the page of `grade similar`: one with ids is never linked from a report with pseudonyms."""
    return "similar-pseudonyms.html" if pseudonyms else "similar.html"


def _write_students(course: "Course", files: "ClassFiles", facts: "ClassFacts", target: Path) -> None:
    """Write a page for each student and unit, with everything that is known."""
    from grader.atomic import write_atomically
    from grader.desk.pages import pages_of
    from grader.records.disclosure import Level
    from grader.report.pages.html import feedback_html

    for page in pages_of(course, files, facts.results, Level.EVERYTHING):
        path = target / page.result.student / f"{page.result.unit}.html"
        write_atomically(path, feedback_html(page.view).encode())
