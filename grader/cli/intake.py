"""`grade intake`: show what was handed in, by whom and when, without grading it."""

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from grader.cli.place import Place, pass_place, shown

if TYPE_CHECKING:
    from grader.cli.screen import Screen
    from grader.records.grades import Person
    from grader.submissions.hand_ins import HandIn, Inbox

LAYOUTS = ("plain", "canvas", "moodle", "gradescope", "nbgrader", "classroom")
SUBMISSIONS = click.Path(path_type=Path)
FOLDER = click.Path(path_type=Path, file_okay=False)
LOOK = 3  # exit code: something needs a person's attention
MOST_STRANGERS = 5

Command = Callable[..., Any]


def layout_options(command: Command) -> Command:
    """Add the options that say how submissions are read."""
    layout = click.option(
        "--layout", type=click.Choice(LAYOUTS), help="How the submissions lie; by default, their structure tells."
    )
    times = click.option(
        "--times",
        metavar="FILE",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Times of handing in, by your word: a table student,unit,handed_in.",
    )
    return layout(times(command))


@click.command()
@click.argument("submissions", type=SUBMISSIONS)
@click.option("--unit", "units", multiple=True, metavar="UNIT", help="The unit of the assignment; or only this unit.")
@click.option(
    "--out", default=Path("results"), metavar="DIR", type=FOLDER, help="Folder of the results; by default results/."
)
@layout_options
@pass_place
def intake(  # noqa: PLR0917 (click hands over one argument for each option)
    place: Place, submissions: Path, units: tuple[str, ...], out: Path, layout: str | None, times: Path | None
) -> int:
    """Show what was handed in, without grading it.

    SUBMISSIONS is a folder, or a zip archive as it was downloaded: a folder per student, or what Canvas, Moodle,
    Gradescope, nbgrader or GitHub Classroom make. A unit's files are found wherever they lie in a hand-in, by the tasks
    that they define. Times are the platform's, or those that you state, which are kept: no file's own time counts. The
    roster is roster.csv beside the results.

    \b
    Exit codes:
      0    everything can be graded
      3    needs your attention: a hand-in is refused
    \b
    Examples:
      grade intake submissions.zip --unit rnn
      grade intake download --unit rnn --layout moodle --times times.csv
    """
    from grader.cli.intake_table import IntakeTable
    from grader.cli.screen import Screen
    from grader.gradebook.book import database_path, stated_times
    from grader.gradebook.identities import identifier
    from grader.gradebook.roster import people_of, roster_path
    from grader.gradebook.store import Gradebook
    from grader.submissions.hand_ins import read_inbox
    from grader.submissions.times import read_times

    course, screen, out = place.course, Screen(), out.absolute()
    chosen = [course.unit(unit).name for unit in units]
    stated = read_times(times) if times else {}
    with screen.waiting("reading what was handed in"):
        people = people_of(roster_path(out))
        inbox = read_inbox(
            submissions.absolute(),
            course,
            layout=layout or "",
            units=chosen,
            times=stated_times(out) | stated,
            identify=identifier(people),
        )
    hand_ins = [hand_in for hand_in in inbox.hand_ins if not chosen or hand_in.submission.unit in chosen]
    screen.paragraph(inbox.reading.sentence)
    IntakeTable(screen, course, people, hand_ins, has_units=len(chosen) != 1).draw()
    _print_summary(screen, inbox, hand_ins)
    _print_people(screen, people, inbox)
    if stated:
        with Gradebook(database_path(out)) as book:
            book.put_attempts([hand_in.attempt for hand_in in hand_ins])
        screen.print(f"times kept in {shown(out)}")
    if any(not hand_in.submission.problem for hand_in in hand_ins):
        only = "".join(f" --unit {unit}" for unit in chosen)
        flags = f" --layout {layout}" * bool(layout)
        screen.print(f"next: grade autograde {shlex.quote(shown(submissions))}{only}{flags}")
    return LOOK if any(hand_in.submission.problem for hand_in in hand_ins) else 0


def _print_summary(screen: "Screen", inbox: "Inbox", hand_ins: "Sequence[HandIn]") -> None:
    from grader.printable import one_line

    refused = sum(bool(hand_in.submission.problem) for hand_in in hand_ins)
    people = len(inbox.students)
    unknown = sum(hand_in.attempt.handed_in is None for hand_in in hand_ins)
    screen.print()
    screen.paragraph(
        f"{people} {'person' if people == 1 else 'people'}, {len(hand_ins)} hand-in{'s' * (len(hand_ins) != 1)}, "
        f"{refused} refused"
    )
    if unknown:
        screen.paragraph(f"when it was handed in is unknown for {unknown}: state it with --times FILE")
    strangers = inbox.reading.strangers
    if strangers:
        more = f" and {len(strangers) - MOST_STRANGERS} more" if len(strangers) > MOST_STRANGERS else ""
        screen.paragraph(one_line(f"belongs to nobody, ignored: {', '.join(strangers[:MOST_STRANGERS])}{more}"))


def _print_people(screen: "Screen", people: "Sequence[Person]", inbox: "Inbox") -> None:
    """Print who is not in the roster, and of whom there is nothing."""
    from grader.gradebook.roster import NAME, attendance
    from grader.report.people import attendance_lines

    for line in attendance_lines(attendance(people, inbox.students), NAME) if people else ():
        screen.paragraph(line)
