"""Placing of what one person handed in: which units it is, with which files, and what is refused and why."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import PurePosixPath

from msgspec import Struct

from grader.course.registry import Unit
from grader.printable import display, escape
from grader.records.grades import UNKNOWN_TIME, Attempt
from grader.submissions.intake import Submission
from grader.submissions.locating import Places, Reader, Source, is_python, plain_stem
from grader.submissions.packing import MANIFEST
from grader.submissions.platforms.records import Delivery, Identity
from grader.submissions.times import parsed_time
from grader.submissions.trees import Contents, contents_of, why

MOST_IGNORED = 20
MAX_TOTAL = 8 * 1024**2
_UNREAD = {
    ".rar": "a RAR archive",
    ".7z": "a 7-Zip archive",
    ".xz": "an xz archive",
    ".bz2": "a bzip2 archive",
    ".gz": "a gzip archive of a single file",
    ".exe": "a program",
    ".docx": "a Word document",
    ".doc": "a Word document",
    ".odt": "a text document",
    ".rtf": "a text document",
    ".pages": "a Pages document",
    ".pdf": "a PDF",
    ".png": "a picture",
    ".jpg": "a picture",
    ".jpeg": "a picture",
    ".heic": "a picture",
    ".ipynb": "a notebook in which no cell names its file, as in: # {file}",
    ".pyc": "compiled Python",
    ".py~": "an editor's backup copy",
    ".bak": "a backup copy",
    ".swp": "an editor's swap file",
    ".url": "a link, without what it leads to",
    ".webloc": "a link, without what it leads to",
    ".lnk": "a link, without what it leads to",
    ".gdoc": "a link, without what it leads to",
    ".icloud": "a placeholder of a file that is in iCloud",
    ".part": "a download that did not end",
    ".crdownload": "a download that did not end",
}
"""Names for files in which a student's work may be, and which are not read."""


class HandIn(Struct, frozen=True):
    """One attempt of one person at one unit.

    Attributes
    ----------
    attempt : Attempt
    submission : Submission
        The files, or why they are refused.
    people : tuple of Identity
        The person as the platform names them; several for a group.
    paths : dict of str to str
        Where each file of the submission lies, by stem.
    counts : bool
        Whether this attempt is graded; the others are kept.
    is_late : bool
        Whether the platform marked it as late, without telling a time.
    packed : datetime or None
        When it was packed by the student's own word, which decides nothing.
    """

    attempt: Attempt
    submission: Submission
    people: tuple[Identity, ...] = ()
    paths: dict[str, str] = {}
    counts: bool = True
    is_late: bool = False
    packed: datetime | None = None


def of_unit(delivery: Delivery, reader: Reader, unit: Unit) -> HandIn:
    """Return what somebody handed in for one unit, wherever its files lie.

    Parameters
    ----------
    delivery : Delivery
    reader : Reader
    unit : Unit

    Returns
    -------
    HandIn
        Refused if none of the unit's files is in it.
    """
    try:
        person = _Person(delivery, reader)
        return person.hand_in(unit, alone=True) or person.nothing(unit, alone=True)
    except Exception as error:
        return _refused(delivery, unit.name, why(error))


def by_unit(delivery: Delivery, reader: Reader, asked: Sequence[str]) -> Iterator[HandIn]:
    """Yield what somebody handed in for each unit; missing units are not listed.

    What belongs to no unit is refused for each missing unit.

    Parameters
    ----------
    delivery : Delivery
    reader : Reader
    asked : sequence of str
        Units that are asked for; if it is one, files of another unit in no folder of theirs are taken for a mistake.
    """
    units = reader.course.units
    try:
        person = _Person(delivery, reader)
        hand_ins = {unit.name: person.hand_in(unit, alone=False) for unit in units}
    except Exception as error:
        yield from (_refused(delivery, unit.name, why(error)) for unit in units)
        return
    is_lost = person.is_unplaced or (person.is_stranger and not any(hand_ins.values()))
    for unit in units:
        if hand_in := hand_ins[unit.name]:
            yield hand_in
        elif person.claims(unit) or is_lost or (list(asked) == [unit.name] and person.is_astray):
            yield person.nothing(unit, alone=False)


def _refused(delivery: Delivery, unit: str, problem: str, ignored: tuple[str, ...] = ()) -> HandIn:
    submission = Submission(unit, student=delivery.student, problem=problem, ignored=ignored)
    return HandIn(_attempt(delivery, unit), submission, delivery.people, is_late=delivery.is_late)


def _attempt(delivery: Delivery, unit: str) -> Attempt:
    source = delivery.source or UNKNOWN_TIME
    path = escape(delivery.path)
    return Attempt(
        delivery.student, unit, handed_in=delivery.handed_in, source=source, path=path, members=delivery.members
    )


class _Person:
    """Everything that one person handed in, looked through."""

    def __init__(self, delivery: Delivery, reader: Reader) -> None:
        self._delivery, self._reader = delivery, reader
        self._contents: Contents = contents_of(delivery.nodes())
        self._manifests = reader.manifests(self._contents)
        stated = {archive: manifest.unit for archive, manifest in self._manifests.items()}
        archives = {archive: stated.get(archive, "") for archive in self._contents.archives}
        self._places = Places(reader, tuple(reader.sources(self._contents, archives)), archives)

    @property
    def is_unplaced(self) -> bool:
        """Whether an archive that is named by no unit cannot be read, or has none of the course's files."""
        located = [source.path for source in self._places.sources]
        empty = [path for path in self._contents.archives if not any(name.startswith(f"{path}/") for name in located)]
        return any(not self._claimed(f"{path}/") for path in [*self._contents.problems, *empty])

    @property
    def is_stranger(self) -> bool:
        """Whether files lie in no unit's folder, and no name speaks of a unit."""
        paths = [*self._contents.files, *self._contents.archives, *self._contents.folders]
        return bool(paths) and not any(self._claimed(f"{path}/") for path in paths)

    @property
    def is_astray(self) -> bool:
        """Whether files of some unit lie in no folder of that name."""
        return any(source.unit and not self._claimed(source.path) for source in self._places.sources)

    def _claimed(self, path: str) -> str:
        return self._reader.claimed(path)

    def claims(self, unit: Unit) -> bool:
        """Whether a folder or an archive is named by a unit, or an archive says that it holds it."""
        names = [*self._contents.folders, *self._contents.archives, *self._contents.problems]
        stated = self._places.archives.values()
        is_named = any(self._claimed(f"{name}/") == unit.name for name in names)
        return is_named or unit.name in stated or unit.name in self._contents.files

    def hand_in(self, unit: Unit, *, alone: bool) -> HandIn | None:
        """Return the unit with the files that were located; None if there are none."""
        candidates = self._places.candidates(unit, alone=alone)
        if not candidates:
            return None
        problem = self._problem(unit, candidates, alone=alone)
        chosen = {stem: candidates[stem][0] for stem in unit.files if stem in candidates}
        ignored = self._ignored(unit, {source.path for source in chosen.values()}, alone=alone)
        if problem:
            return _refused(self._delivery, unit.name, problem, ignored)
        files = {stem: source.text for stem, source in chosen.items()}
        return HandIn(
            _attempt(self._delivery, unit.name),
            Submission(unit.name, files, self._delivery.student, ignored=ignored),
            self._delivery.people,
            {stem: escape(source.path) for stem, source in chosen.items()},
            is_late=self._delivery.is_late,
            packed=self._packed([source.path for source in chosen.values()]),
        )

    def _packed(self, paths: Sequence[str]) -> datetime | None:
        """Return when the files were packed, as the manifest of their archive tells."""
        about = (
            manifest.packed
            for archive, manifest in sorted(self._manifests.items())
            if any(path.startswith(f"{archive}/") for path in paths)
        )
        return next(filter(None, map(parsed_time, about)), None)

    def _problem(self, unit: Unit, candidates: dict[str, list[Source]], *, alone: bool) -> str:
        """Return why files that were located are refused; empty if they are not."""
        for stem, sources in candidates.items():
            if len(sources) > 1:
                paths = " and ".join(display(source.path) for source in sources[:3])
                return f"two files can be {stem}.py: {paths} (ask them which one counts)"
            if sources[0].problem:
                return sources[0].problem
        if odd := self._odd(unit, candidates, alone=alone):
            return odd
        if sum(len(sources[0].text) for sources in candidates.values()) > MAX_TOTAL:
            return f"the files are larger than {MAX_TOTAL // 1024} KiB together"
        if alone and len(candidates) < len(unit.files) and self._contents.problems:
            missing = ", ".join(f"{stem}.py" for stem in unit.files if stem not in candidates)
            return f"{missing} may be in what cannot be read: {self._unreadable(unit, alone=alone)}"
        return ""

    def _odd(self, unit: Unit, candidates: dict[str, list[Source]], *, alone: bool) -> str:
        """Return what stands in the place of a missing file: a link, a pipe, a folder; empty if nothing does."""
        problems = dict.fromkeys(self._contents.folders, "is a folder") | self._contents.problems
        for path, problem in sorted(problems.items()):
            stem = plain_stem(path) if is_python(path) else ""
            is_place = alone or self._claimed(path) in ("", unit.name)
            if stem in unit.files and stem not in candidates and is_place:
                return f"{display(PurePosixPath(path).name)} {problem} (ask them to hand in the file itself)"
        return ""

    def nothing(self, unit: Unit, *, alone: bool) -> HandIn:
        """Return the refusal of a hand-in without any of the unit's files, with what to ask the person for."""
        names = ", ".join(f"{stem}.py" for stem in unit.files)
        others = sorted({source.unit for source in self._relevant_sources(unit, alone=alone) if source.unit})
        ignored = self._ignored(unit, set(), alone=alone)
        problem = self._unreadable(unit, alone=alone) or self._unread(names, ignored)
        if others:
            problem = f"this is {' and '.join(others)}, not {unit.name} (ask them to hand in {names})"
        return _refused(self._delivery, unit.name, problem, ignored)

    def _relevant_sources(self, unit: Unit, *, alone: bool) -> list[Source]:
        return [source for source in self._places.sources if alone or self._claimed(source.path) in ("", unit.name)]

    def _unreadable(self, unit: Unit, *, alone: bool) -> str:
        """Return what cannot be read where the unit is expected."""
        problems = [
            f"{display(path)}{' ' if problem.startswith(('is ', 'cannot ')) else ': '}{problem}"
            for path, problem in sorted(self._contents.problems.items())
            if alone or self._claimed(f"{path}/") in ("", unit.name)
        ]
        return "; ".join(problems[:3])

    @staticmethod
    def _unread(names: str, ignored: tuple[str, ...]) -> str:
        """Return what was handed in in place of the unit's files, with what to ask for."""
        for path in ignored:
            kind = _UNREAD.get(PurePosixPath(path).suffix.lower())
            if kind:
                named = kind.format(file=names.partition(",")[0])
                return f"{display(path)} is {named} (ask them to hand in {names})"
        what = f"; found {', '.join(map(display, ignored[:5]))}" if ignored else ""
        return f"none of {names} was handed in{what} (ask them for these files)"

    def _ignored(self, unit: Unit, taken: set[str], *, alone: bool) -> tuple[str, ...]:
        """Return the paths of what is not graded, without what others wrote."""
        contents = self._contents
        paths = [
            path
            for path in sorted({*contents.files, *contents.skipped, *contents.problems} - taken)
            if PurePosixPath(path).name != MANIFEST and (alone or self._claimed(f"{path}/") in ("", unit.name))
        ]
        more = (f"and {len(paths) - MOST_IGNORED} more",) if len(paths) > MOST_IGNORED else ()
        return (*map(escape, paths[:MOST_IGNORED]), *more)
