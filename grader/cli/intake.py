"""`grade intake`: show what was handed in, by whom and when, without grading it."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from grader.cli.place import Place, pass_place, shown

if TYPE_CHECKING:
    from rich.console import RenderableType

    from grader.cli.screen import Screen
    from grader.course.registry import Course
    from grader.submissions.hand_ins import HandIn, Inbox

LAYOUTS = ("plain", "canvas", "moodle", "gradescope", "nbgrader", "classroom")
SUBMISSIONS = click.Path(path_type=Path)
FOLDER = click.Path(path_type=Path, file_okay=False)
LOOK = 3  # exit code: something needs a person's attention
MOST_STRANGERS = 5
WHEN = 22  # columns of a time with its zone

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
    from grader.cli.screen import Screen
    from grader.gradebook.identities import identifier
    from grader.gradebook.roster import people_of, roster_path
    from grader.gradebook.schema import NAME
    from grader.gradebook.store import Gradebook
    from grader.submissions.hand_ins import read_inbox
    from grader.submissions.times import read_times

    course, screen = place.course, Screen()
    chosen = [course.unit(unit).name for unit in units]
    stated = read_times(times) if times else {}
    with screen.waiting("reading what was handed in"):
        identify = identifier(people_of(roster_path(out.absolute())))
        inbox = read_inbox(
            submissions.absolute(), course, layout=layout or "", units=chosen, times=stated, identify=identify
        )
    hand_ins = [hand_in for hand_in in inbox.hand_ins if not chosen or hand_in.submission.unit in chosen]
    screen.paragraph(inbox.reading.sentence)
    for hand_in in hand_ins:
        _print(screen, course, hand_in)
    _print_summary(screen, inbox, hand_ins)
    if stated:
        with Gradebook(out.absolute() / NAME) as book:
            book.put_attempts([hand_in.attempt for hand_in in hand_ins])
        screen.print(f"times kept in {shown(out)}")
    if any(not hand_in.submission.problem for hand_in in hand_ins):
        only = "".join(f" --unit {unit}" for unit in chosen)
        flags = f" --layout {layout}" * bool(layout)
        screen.print(f"next: grade autograde {shlex.quote(shown(submissions))}{only}{flags}")
    return LOOK if any(hand_in.submission.problem for hand_in in hand_ins) else 0


def _print(screen: "Screen", course: "Course", hand_in: "HandIn") -> None:
    """Print one attempt: a line of the table, and below it where its files lie or why it is refused."""
    screen.draw(_line(hand_in, screen.width))
    for note in _notes(course, hand_in):
        screen.paragraph(note, indent=4, style="yellow" if hand_in.submission.problem else "dim")


def _line(hand_in: "HandIn", width: int) -> "RenderableType":
    from rich.table import Table
    from rich.text import Text

    from grader.printable import one_line

    attempt = hand_in.attempt
    table = Table.grid(padding=(0, 2))
    for ratio, fixed in ((5, None), (4, None), (None, 2), (None, WHEN), (5, None)):
        table.add_column(overflow="fold", ratio=ratio, width=fixed)
    table.width = width
    files = "refused" if hand_in.submission.problem else ", ".join(hand_in.submission.files)
    cells = (one_line(attempt.student), attempt.unit, f"#{attempt.number}", _when(hand_in), files)
    table.add_row(*map(Text, cells))
    return table


def _when(hand_in: "HandIn") -> str:
    moment = hand_in.attempt.handed_in
    if moment is None:
        return "time unknown, LATE" if hand_in.is_late else "time unknown"
    return moment.isoformat(" ", "minutes")


def _notes(course: "Course", hand_in: "HandIn") -> list[str]:
    from grader.printable import one_line

    submission = hand_in.submission
    notes = [submission.problem] if submission.problem else _places(course, hand_in)
    if not hand_in.counts:
        notes.append("kept, and not graded: a newer attempt counts")
    if any(path not in submission.problem for path in submission.ignored):
        notes.append(f"ignored: {', '.join(submission.ignored)}")
    return [one_line(note) for note in notes]


def _places(course: "Course", hand_in: "HandIn") -> list[str]:
    """Return notes on files that do not lie where the course has them, and on those that are missing."""
    unit = course.unit(hand_in.submission.unit)
    usual = {stem: f"/{unit.name}/{stem}.py" for stem in unit.files}
    elsewhere = {stem: path for stem, path in hand_in.paths.items() if not f"/{path}".endswith(usual[stem])}
    notes = _folders(elsewhere)
    missing = [f"{stem}.py" for stem in unit.files if stem not in hand_in.paths]
    return [*notes, f"not handed in: {', '.join(missing)}"] if missing else notes


def _folders(paths: Mapping[str, str]) -> list[str]:
    """Return a note on each folder with files of their usual names, and on each file of another name."""
    notes: dict[str, list[str]] = {}
    for stem, path in paths.items():
        folder, _, name = path.rpartition("/")
        if name == f"{stem}.py":
            notes.setdefault(f" in {folder or 'no folder'}", []).append(name)
        else:
            notes.setdefault(f" is {path}", []).append(f"{stem}.py")
    return [f"{', '.join(names)}{place}" for place, names in notes.items()]


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
