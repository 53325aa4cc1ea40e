"""The table of `grade intake`: a line for each attempt, and below it what a person has to know."""

from collections.abc import Iterator, Mapping, Sequence

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from grader.cli.screen import Screen
from grader.course.registry import Course, Unit
from grader.printable import one_line
from grader.records.grades import Person
from grader.records.rules import Attempts
from grader.submissions.hand_ins import HandIn

GAP = 2
LONGEST = 24  # columns of an id; longer ones go on in the next line
HEADING = ("student", "unit", "#", "handed in", "files")
NEWER = "kept, and not graded: a newer attempt counts"
BEST = "graded too: the best attempt counts"


class IntakeTable:
    """The attempts of a class, as they were handed in.

    Parameters
    ----------
    screen : Screen
    course : Course
    people : sequence of Person
        The roster.
    hand_ins : sequence of HandIn
    has_units : bool
        Whether the units are shown: not if a person has named the only one.
    """

    def __init__(
        self,
        screen: Screen,
        course: Course,
        people: Sequence[Person],
        hand_ins: Sequence[HandIn],
        *,
        has_units: bool,
    ) -> None:
        self._screen, self._course, self._hand_ins = screen, course, hand_ins
        self._people = {person.id: person for person in people}
        self._shown = [number for number, name in enumerate(HEADING) if has_units or name != "unit"]

    def draw(self) -> None:
        """Print the table."""
        lines = [_cells(hand_in) for hand_in in self._hand_ins]
        widths = [max(cell_len(cells[number]) for cells in [HEADING, *lines]) for number in range(len(HEADING))]
        widths[0] = min(widths[0], LONGEST)
        self._screen.print()
        self._screen.draw(self._line(HEADING, widths, "bold"))
        for hand_in, cells in zip(self._hand_ins, lines, strict=True):
            self._screen.draw(self._line(cells, widths))
            for note in self._notes(hand_in):
                self._screen.paragraph(note, indent=4, style="yellow" if hand_in.submission.problem else "dim")

    def _line(self, cells: Sequence[str], widths: Sequence[int], style: str = "") -> Table:
        *first, last = self._shown
        table = Table.grid(padding=(0, GAP))
        for number in first:
            table.add_column(overflow="fold", width=widths[number])
        table.add_column(overflow="fold")
        table.add_row(*(Text(cells[number], style=style) for number in (*first, last)))
        return table

    def _notes(self, hand_in: HandIn) -> list[str]:
        submission = hand_in.submission
        if submission.problem:
            notes = [submission.problem, *self._address(hand_in)]
        else:
            notes = ["; ".join(filter(None, [*_places(self._course, hand_in), _ignored(hand_in)]))]
        return [one_line(note) for note in [*notes, *self._facts(hand_in)] if note]

    def _facts(self, hand_in: HandIn) -> Iterator[str]:
        if hand_in.attempt.members:
            yield f"with {', '.join(hand_in.attempt.members)}"
        if hand_in.packed:
            moment = hand_in.packed.isoformat(" ", "minutes")
            yield f"packed {moment} by the student's own clock, which decides nothing"
        if not hand_in.counts:
            yield BEST if self._course.rules.attempts is Attempts.BEST else NEWER

    def _address(self, hand_in: HandIn) -> list[str]:
        """Return to whom one writes, as far as the roster or the platform knows."""
        listed, named = self._people.get(hand_in.attempt.student), hand_in.people[:1]
        name = listed.name if listed else "".join(one.name for one in named)
        email = listed.email if listed else "".join(one.email for one in named)
        address = f"{name} <{email}>".strip() if email else name
        ignored = _ignored(hand_in)
        return [*([ignored] if ignored else []), *([f"write to {address}"] if address else [])]


def _cells(hand_in: HandIn) -> tuple[str, ...]:
    attempt = hand_in.attempt
    files = "refused" if hand_in.submission.problem else ", ".join(hand_in.submission.files)
    return one_line(attempt.student), attempt.unit, str(attempt.number), _when(hand_in), files


def _when(hand_in: HandIn) -> str:
    moment = hand_in.attempt.handed_in
    if moment is None:
        return "unknown, LATE" if hand_in.is_late else "unknown"
    return moment.isoformat(" ", "minutes")


def _ignored(hand_in: HandIn) -> str:
    """Return what is not graded; hidden files and folders are nobody's work."""
    ignored, problem = hand_in.submission.ignored, hand_in.submission.problem
    paths = [path for path in ignored if not path.startswith(".") and path not in problem]
    return f"ignored: {', '.join(paths)}" if paths else ""


def _places(course: Course, hand_in: HandIn) -> list[str]:
    """Return notes on files that lie in a folder or have a name of their own, and on those that are missing."""
    unit = course.unit(hand_in.submission.unit)
    elsewhere = {stem: path for stem, path in hand_in.paths.items() if not _is_usual(path, unit, stem)}
    missing = [f"{stem}.py" for stem in unit.files if stem not in hand_in.paths]
    return [*_folders(elsewhere), *([f"not handed in: {', '.join(missing)}"] if missing else [])]


def _is_usual(path: str, unit: Unit, stem: str) -> bool:
    name = f"{stem}.py"
    return path == name or f"/{path}".endswith(f"/{unit.name}/{name}")


def _folders(paths: Mapping[str, str]) -> list[str]:
    """Return a note on each folder with files of their usual names, and on each file of another name."""
    notes: dict[str, list[str]] = {}
    for stem, path in paths.items():
        folder, _, name = path.rpartition("/")
        where = f" in {folder}" if name == f"{stem}.py" else f" is {path}"
        notes.setdefault(where, []).append(f"{stem}.py")
    return [f"{', '.join(names)}{where}" for where, names in notes.items()]
