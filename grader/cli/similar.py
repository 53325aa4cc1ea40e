"""`grade similar`: who shares code that few others have, as a hint to a person."""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.intake import FOLDER, LAYOUTS, SUBMISSIONS
from grader.cli.place import Place, pass_place, shown
from grader.cli.report import PAGE as CLASS_PAGE
from grader.cli.report import similar_page
from grader.errors import NotFoundError

if TYPE_CHECKING:
    from grader.cli.screen import Screen
    from grader.course.registry import Course
    from grader.records.similar import HandedIn, Similarity
    from grader.submissions.hand_ins import Inbox

ENGINES = ("dolos", "copydetect")
TIERS = ("sealed", "self")


@click.command()
@click.argument("submissions", type=SUBMISSIONS)
@click.option("--out", metavar="DIR", type=FOLDER, help="Where the page goes; by default beside the class report.")
@click.option("--unit", "units", multiple=True, metavar="UNIT", help="Only this unit; may be given several times.")
@click.option(
    "--earlier", multiple=True, metavar="PATH", type=SUBMISSIONS, help="Submissions of an earlier class; repeatable."
)
@click.option("--pseudonyms", is_flag=True, help="Show pseudonyms in the place of ids.")
@click.option("--engine", type=click.Choice(ENGINES), default=None, help="By default Dolos where it is installed.")
@click.option("--tier", type=click.Choice(TIERS), default="sealed", help="Isolation of the engine; by default sealed.")
@click.option(
    "--layout", type=click.Choice(LAYOUTS), help="How the submissions lie; by default, their structure tells."
)
@click.option(
    "--results", default=Path("results"), metavar="DIR", type=FOLDER, help="Folder of the results; by default results/."
)
@pass_place
def similar(  # noqa: PLR0917 (click hands over one argument for each option)
    place: Place,
    submissions: Path,
    out: Path | None,
    units: tuple[str, ...],
    earlier: tuple[Path, ...],
    pseudonyms: bool,
    engine: str | None,
    tier: str,
    layout: str | None,
    results: Path,
) -> int:
    """Show pairs of hand-ins that share code.

    SUBMISSIONS is what `grade autograde` reads: a folder or an archive. Each function is compared with those of all
    others in the unit, and of earlier classes. Handed-out stubs, the course's solutions and registered right answers do
    not count, nor does what many have. The page lays both sides beside each other: a hint to a person, never a verdict,
    and nothing of it is in a student's feedback. Dolos' library (npm) or copydetect (pip install "deepgrade[similar]")
    compares, behind walls.

    \b
    Examples:
      grade similar submissions --unit rnn
      grade similar submissions --earlier ../2026/submissions --pseudonyms
    """
    from grader.atomic import write_atomically
    from grader.cli.screen import Screen
    from grader.records import Isolation
    from grader.report.pages.html import similar_html
    from grader.report.pages.similar_view import similar_view
    from grader.similar.comparison import compare, prints_of
    from grader.similar.engines import engine_for
    from grader.similar.material import known_texts

    course, screen, results = place.course, Screen(), results.absolute()
    course.refuse_bundle("it has no solutions, which are known code")
    chosen = [course.unit(name).name for name in units]
    asked = engine_for(engine or "", Isolation(tier), [course.root, Path.cwd()])
    with screen.waiting("reading what was handed in") as update:
        work = list(class_of(course, results, submissions, chosen, layout or ""))
        work += [one for folder in earlier for one in _earlier_class(course, folder, chosen)]
        update(f"comparing {len(work)} hand-ins")
        outcome = compare(work, prints_of(known_texts(course), asked), asked)
    names = _pseudonyms(course, work) if pseudonyms else {}
    target = (out or results / "report").absolute()
    report = CLASS_PAGE if (target / CLASS_PAGE).is_file() else ""
    view = similar_view(course.title, outcome, names, report=report)
    page = write_atomically(target / similar_page(pseudonyms=pseudonyms), similar_html(view).encode())
    _print(screen, outcome, names)
    screen.print(f"written: {shown(page)}")
    return 0


def class_of(
    course: "Course", results: Path, submissions: Path, units: Sequence[str], layout: str
) -> "Iterator[HandedIn]":
    """Yield what counts of each hand-in, under the ids that grading uses.

    Parameters
    ----------
    course : Course
    results : Path
        The class's results folder, whose roster and times count.
    submissions : Path
    units : sequence of str
        Only these; all if empty.
    layout : str
        How the submissions lie; empty if their structure tells.

    Yields
    ------
    HandedIn
    """
    from grader.gradebook.book import database_path, stated_times
    from grader.gradebook.identities import identifier
    from grader.gradebook.roster import people_of, roster_path
    from grader.submissions.hand_ins import read_inbox

    submissions = submissions.absolute()
    if database_path(submissions).is_file():
        raise NotFoundError(
            f"{shown(submissions)} has results, and no hand-ins",
            f"name what was graded: grade similar SUBMISSIONS --results {shlex.quote(shown(submissions))}",
        )
    identify, times = identifier(people_of(roster_path(results))), stated_times(results)
    inbox = read_inbox(submissions, course, layout=layout, units=units, times=times, identify=identify)
    return _readable(inbox, units)


def _earlier_class(course: "Course", folder: Path, units: Sequence[str]) -> "Iterator[HandedIn]":
    """Yield the hand-ins of an earlier class, named after their folder and the one around it."""
    from grader.submissions.hand_ins import read_inbox

    folder = folder.absolute()
    year = f"{folder.parent.name}/{folder.name}"
    return _readable(read_inbox(folder, course, units=units), units, year)


def _readable(inbox: "Inbox", units: Sequence[str], year: str = "") -> "Iterator[HandedIn]":
    from grader.records.similar import HandedIn

    for hand_in in inbox.hand_ins:
        work = hand_in.submission
        if hand_in.counts and not work.problem and (not units or work.unit in units):
            yield HandedIn(work.student, work.unit, dict(work.files), year, hand_in.attempt.members)


def _pseudonyms(course: "Course", work: "Sequence[HandedIn]") -> dict[str, str]:
    from grader.autograde.secret import course_secret, pseudonyms

    return pseudonyms(course_secret(course), dict.fromkeys(one.student for one in work))


def _print(screen: "Screen", outcome: "Similarity", names: dict[str, str]) -> None:
    from grader.report.pages.similar_view import summary
    from grader.report.similar import similar_lines

    for line in summary(outcome):
        screen.paragraph(line)
    for text in similar_lines(outcome, names, screen.width):
        screen.print(text)
    if outcome.pairs:
        screen.paragraph("A hint to a person, no verdict: look at both sides in the page.", "dim")
