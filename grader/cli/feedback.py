"""`grade feedback`: what each student gets back, as pages."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.place import Place, pass_place, shown

if TYPE_CHECKING:
    from grader.cli.screen import Screen
    from grader.desk.pages import Page

LEVELS = ("name", "property", "everything")
FORMS = ("canvas", "moodle")
LOOK = 3  # exit code: somebody's page is in no archive


@click.command()
@click.argument("results", metavar="[RESULTS]", default=Path("results"), type=click.Path(path_type=Path))
@click.option("--out", metavar="DIR", type=click.Path(path_type=Path, file_okay=False), help="Where the pages go.")
@click.option("--unit", "units", multiple=True, metavar="UNIT", help="Only this unit; may be given several times.")
@click.option("--student", default="", metavar="ID", help="Only this student.")
@click.option("--level", type=click.Choice(LEVELS), help="What to show of hidden tests, in place of the course's rule.")
@click.option("--zip", "form", type=click.Choice(FORMS), help="Also write an archive that this platform takes back.")
@click.option("--pictures", is_flag=True, help="Also draw each milestone with the student's code; kept for next time.")
@click.option(
    "--minutes", default=30.0, show_default=True, type=click.FloatRange(0), help="Most time of their code for pictures."
)
@pass_place
def feedback(
    place: Place,
    /,
    results: Path,
    out: Path | None,
    *,
    units: tuple[str, ...],
    student: str,
    level: str,
    form: str | None,
    pictures: bool,
    minutes: float,
) -> int:
    """Write what each student gets back, as pages.

    Each student gets one HTML page and one Markdown file per unit. RESULTS is the output folder of `grade autograde`,
    results/ by default; the pages go to RESULTS/feedback. How much a page shows of hidden tests is the course's rule
    ([feedback] in course.toml); nothing beyond it is in the files. With --pictures, students' code computes in sealed
    workers what their milestones show, and the pictures are drawn outside.

    \b
    Exit codes:
      0    written
      3    written, but with --zip somebody's page has no place in the archive
    \b
    Examples:
      grade feedback
      grade feedback --unit rnn --zip canvas
      grade feedback --pictures --minutes 10
    """
    from grader.cli.milestone_pictures import with_pictures
    from grader.cli.screen import Screen
    from grader.desk.class_files import ClassFiles
    from grader.desk.pages import pages_of
    from grader.records.disclosure import Level

    files, screen = ClassFiles(place.course, results), Screen()
    files.require_results()
    if student:
        files.require(student)
    chosen = [place.course.unit(name).name for name in units]
    wanted = [
        result for result in files.results if (not chosen or result.unit in chosen) and student in ("", result.student)
    ]
    target = (out or results / "feedback").absolute()
    pages = pages_of(place.course, files, wanted, Level(level) if level else None)
    if pictures:
        pages = with_pictures(place.course, screen, files, pages, minutes)
    for page in pages:
        write_page(target, page)
    _print_written(screen, pages, target)
    return _write_archives(screen, pages, target, form) if form else 0


def write_page(target: Path, page: "Page") -> Path:
    """Write a student's page and text; return the page's path."""
    from grader.atomic import write_atomically
    from grader.report.pages.html import feedback_html
    from grader.report.pages.markdown import feedback_markdown

    folder = target / page.result.student
    write_atomically(folder / f"{page.result.unit}.md", feedback_markdown(page.view).encode())
    if page.view.picture:
        write_atomically(folder / f"{page.result.unit}.png", page.view.picture)
    return write_atomically(folder / f"{page.result.unit}.html", feedback_html(page.view).encode())


def _print_written(screen: "Screen", pages: Sequence["Page"], target: Path) -> None:
    students = len({page.result.student for page in pages})
    screen.print(f"written: {len(pages)} pages of {students} students in {shown(target)}")
    for level in dict.fromkeys(page.view.level for page in pages if page.view.level):
        units = dict.fromkeys(page.result.unit for page in pages if page.view.level == level)
        screen.paragraph(f"{', '.join(units)}: {level}", indent=2)


def _write_archives(screen: "Screen", pages: Sequence["Page"], target: Path, form: str) -> int:
    """Write an archive for each unit, which is one assignment on a platform."""
    from grader.atomic import write_atomically
    from grader.report.pages.html import feedback_html
    from grader.report.pages.returned import PLATFORMS, feedback_zip

    missing: list[str] = []
    for unit in dict.fromkeys(page.result.unit for page in pages):
        named = [(PLATFORMS[form](page.hand_in), page) for page in pages if page.result.unit == unit]
        entries = [(name, feedback_html(page.view)) for name, page in named if name]
        missing += [f"{page.result.student} ({unit})" for name, page in named if not name]
        if entries:
            path = write_atomically(target / f"{unit}-{form}.zip", feedback_zip(entries))
            screen.print(f"written: {shown(path)}, {len(entries)} files")
    if missing:
        screen.paragraph(
            f"in no archive, since their hand-ins are not known as files from {form.capitalize()}: "
            + ", ".join(_few(missing)),
            "yellow",
        )
    return LOOK if missing else 0


def _few(names: Sequence[str]) -> Iterator[str]:
    yield from names[:5]
    if len(names) > 5:
        yield f"and {len(names) - 5} more"
