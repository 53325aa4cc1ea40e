"""The roster: `roster.csv` beside the results folder, one row per person, every problem with its line.

Nothing is guessed: ids that differ only in case, blanks or Unicode form are different people until somebody mends the
file, and are listed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from grader.errors import DeepgradeError, did_you_mean
from grader.gradebook.csv_rows import read_rows
from grader.printable import display
from grader.records.grades import Person
from grader.submissions.spellings import plain_form

NAME = "roster.csv"
PLATFORMS = ("canvas_id", "sis_user_id", "sis_login", "moodle_id", "gradescope_id", "github")
COLUMNS = ("id", "name", "email", "section", "extra_days", "group", "status", *PLATFORMS)
STATUSES = {"": False, "active": False, "withdrawn": True}
"""Whether somebody with this status is withdrawn."""

MOST_PROBLEMS = 5


class RosterProblem(Struct, frozen=True):
    """Something in a roster that a person has to decide.

    Attributes
    ----------
    line : int
        From 1.
    text : str
    is_fatal : bool
        Nobody can be graded by this roster before it is mended.
    """

    line: int
    text: str
    is_fatal: bool = False


class Roster(Struct, frozen=True):
    """People of a class, in the order of the file, and what is wrong in it.

    Attributes
    ----------
    people : tuple of Person
    problems : tuple of RosterProblem
        By line.
    """

    people: tuple[Person, ...] = ()
    problems: tuple[RosterProblem, ...] = ()


def roster_path(results: Path) -> Path:
    """Return the roster of a class, which stands beside its results folder."""
    return results.parent / NAME


def people_of(path: Path) -> tuple[Person, ...]:
    """Return the people of a roster; nobody if there is no such file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    tuple of Person
        In the order of the file.

    Raises
    ------
    DeepgradeError
        If it cannot be read, or has a problem that leaves open who somebody is.
    """
    if not path.is_file():
        return ()
    roster = read_roster(path)
    fatal = [f"{path.name}, line {problem.line}: {problem.text}" for problem in roster.problems if problem.is_fatal]
    if fatal:
        more = [f"and {len(fatal) - MOST_PROBLEMS} more"] if len(fatal) > MOST_PROBLEMS else []
        raise DeepgradeError("\n".join([*fatal[:MOST_PROBLEMS], *more]), "mend it, then: grade roster check")
    return roster.people


def read_roster(path: Path) -> Roster:
    """Read a roster.

    Parameters
    ----------
    path : Path
        A CSV file in UTF-8, with or without a byte order mark, separated by commas, semicolons or tabs.

    Returns
    -------
    Roster
        With a problem for each thing that a person has to decide.

    Raises
    ------
    DeepgradeError
        If the file cannot be read, or has no column `id`.
    """
    rows = read_rows(path)
    header = [name.strip().lower() for name in rows[0][1]] if rows else []
    if "id" not in header:
        raise DeepgradeError(
            f'{path.name}, line 1: there is no column "id"', f"name the columns in the first line: {', '.join(COLUMNS)}"
        )
    problems = list(_of_columns(header))
    people = []
    for line, cells in rows[1:]:
        fields = dict(zip(header, [*cells, *[""] * len(header)], strict=False))
        problems += _of_row(line, cells, fields, len(header))
        if fields["id"]:
            people.append(_person(line, fields))
    problems += [*_of_ids(people), *_of_other_ids(people)]
    return Roster(tuple(people), tuple(sorted(problems, key=lambda problem: problem.line)))


def without_person(path: Path, student: str) -> str | None:
    """Return a roster's text without somebody's rows, all else as it was; None if nobody has this id.

    Parameters
    ----------
    path : Path
    student : str
    """
    lines = path.read_bytes().decode("utf-8-sig").splitlines(keepends=True)
    starts = [line for line, _ in read_rows(path)] + [len(lines) + 1]
    removed = [person.line for person in read_roster(path).people if person.id == student]
    for line in reversed(removed):
        end = next(start for start in starts if start > line)
        del lines[line - 1 : end - 1]
    return "".join(lines) if removed else None


def _of_columns(header: Sequence[str]) -> Iterator[RosterProblem]:
    for name in dict.fromkeys(header):
        if header.count(name) > 1:
            yield RosterProblem(
                1, f'there are {header.count(name)} columns "{display(name)}"', is_fatal=name in COLUMNS
            )
        elif name not in COLUMNS:
            yield RosterProblem(1, f'the column "{display(name)}" is not used{did_you_mean(name, COLUMNS)}')


def _of_row(line: int, cells: Sequence[str], fields: Mapping[str, str], width: int) -> Iterator[RosterProblem]:
    if len(cells) > width:
        yield RosterProblem(
            line, f"{len(cells)} cells in {width} columns: is a comma inside a cell without quotes?", True
        )
    if not fields["id"]:
        yield RosterProblem(line, "the id is empty", is_fatal=True)
    if fields["id"] != fields["id"].strip():
        yield RosterProblem(line, f'the id "{display(fields["id"])}" begins or ends with a blank')
    days = fields.get("extra_days", "").strip()
    if days and not days.isdecimal():
        yield RosterProblem(line, f'extra_days "{display(days)}" is no whole number of days', is_fatal=True)
    status = fields.get("status", "").strip().lower()
    if status not in STATUSES:
        yield RosterProblem(line, f'the status "{display(status)}" is neither "active" nor "withdrawn"', is_fatal=True)


def _person(line: int, fields: Mapping[str, str]) -> Person:
    """Return a row's person; cells that are reported as wrong count as empty."""
    texts = {name: cell.strip() for name, cell in fields.items()}
    days = texts.get("extra_days", "")
    return Person(
        id=fields["id"],
        name=texts.get("name", ""),
        email=texts.get("email", ""),
        section=texts.get("section", ""),
        extra_days=int(days) if days.isdecimal() else 0,
        group=texts.get("group", ""),
        withdrawn=STATUSES.get(texts.get("status", "").lower(), False),
        platforms={name: texts[name] for name in PLATFORMS if texts.get(name)},
        line=line,
    )


def _of_ids(people: Sequence[Person]) -> Iterator[RosterProblem]:
    """Yield a problem for each id that stands twice, or looks like an earlier one."""
    lines: dict[str, int] = {}
    alike: dict[str, Person] = {}
    for person in people:
        other = alike.get(plain_form(person.id))
        if person.id in lines:
            yield RosterProblem(
                person.line, f'the id "{display(person.id)}" stands in line {lines[person.id]} too', True
            )
        elif other:
            yield RosterProblem(
                person.line,
                f'"{display(person.id)}" looks like "{display(other.id)}" in line {other.line}: one person?',
            )
        lines.setdefault(person.id, person.line)
        alike.setdefault(plain_form(person.id), person)


def _of_other_ids(people: Sequence[Person]) -> Iterator[RosterProblem]:
    """Yield a problem for each email or platform's id that two people have."""
    owners: dict[tuple[str, str], Person] = {}
    for person in people:
        for column, value in {"email": person.email, **person.platforms}.items():
            owner = owners.setdefault((column, value.casefold()), person)
            if value and owner.id != person.id:
                yield RosterProblem(person.line, f'{column} "{display(value)}" is that of line {owner.line} too')


class Attendance(Struct, frozen=True):
    """A roster beside the folders of a class.

    Attributes
    ----------
    unknown : dict of str to str
        Ids that are not in the roster, each with a question about who is meant, or nothing.
    absent : tuple of Person
        People, not withdrawn, of whom there is nothing.
    withdrawn : tuple of Person
        Withdrawn people who handed something in.
    """

    unknown: dict[str, str]
    absent: tuple[Person, ...]
    withdrawn: tuple[Person, ...]


def attendance(people: Sequence[Person], ids: Iterable[str]) -> Attendance:
    """Compare a roster with the ids of those who handed in.

    Parameters
    ----------
    people : sequence of Person
    ids : iterable of str
    """
    present, listed = set(ids), {person.id for person in people}
    groups = {person.group for person in people if person.group and person.id in present}
    return Attendance(
        unknown={name: _meant(name, people) for name in sorted(present - listed)},
        absent=tuple(
            person
            for person in people
            if person.id not in present and not person.withdrawn and person.group not in groups
        ),
        withdrawn=tuple(person for person in people if person.id in present and person.withdrawn),
    )


def _meant(name: str, people: Sequence[Person]) -> str:
    twin = next((person for person in people if plain_form(person.id) == plain_form(name)), None)
    if twin:
        return f'"{display(twin.id)}" in line {twin.line} differs in case, blanks or Unicode form'
    return did_you_mean(name, [person.id for person in people]).removeprefix("; ")
