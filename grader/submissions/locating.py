"""Locating of a unit's files in whatever somebody handed in, by the names of the tasks that they define.

File names repeat between units, and browsers change them; a task's name is unique in the course. Where two files could
be meant, none is taken.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property, lru_cache, partial
from pathlib import Path, PurePosixPath

from msgspec import Struct

from grader.course import layout
from grader.course.registry import Course, Unit
from grader.errors import RejectedError
from grader.submissions.intake import MAX_FILE_BYTES, source_text
from grader.submissions.packing import MANIFEST, Manifest, read_manifest
from grader.submissions.source_spans import defined_names
from grader.submissions.spellings import claimed_unit, documented_unit
from grader.submissions.trees import Contents, why

MAX_SCANNED_BYTES = 64 * 1024**2
MOST_PATHS = 1 << 12  # people hand in files of the same names
_RENAMED = re.compile(r"^copy of |\s*\(\d+\)$|-\d+$|\s+-?\s*copy(\s*\(?\d+\)?)?$")
_PYTHON = re.compile(r"(\.py|\.py(\s*\(\d+\))?\.txt)$", re.IGNORECASE)  # some systems hide a second suffix


class Source(Struct, frozen=True):
    """A Python file that somebody handed in.

    Attributes
    ----------
    path : str
    text : str
    problem : str
        Why it cannot be read; empty if it can.
    unit : str
        The unit to most of whose tasks it is home; empty if it defines none of the course's.
    stem : str
        The stub file of that unit that it stands for.
    stems : tuple of str
        All stub files of that unit of which it defines tasks.
    """

    path: str
    text: str = ""
    problem: str = ""
    unit: str = ""
    stem: str = ""
    stems: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The file's name as the course would spell it: without what browsers add."""
        return plain_stem(self.path)


@lru_cache(MOST_PATHS)
def plain_stem(path: str) -> str:
    """Return a file's stem in small letters, without the number that a browser or platform adds.

    Examples
    --------
    >>> plain_stem("a/Schemes (1).py"), plain_stem("schemes-2.PY"), plain_stem("Copy of schemes.py.txt")
    ('schemes', 'schemes', 'schemes')
    """
    name = PurePosixPath(path).name.casefold()
    stem = _PYTHON.sub("", name) if is_python(name) else PurePosixPath(name).stem
    return _RENAMED.sub("", stem).strip()


def is_python(path: str) -> bool:
    """Return whether a file is Python by its name.

    Examples
    --------
    >>> is_python("schemes.PY"), is_python("schemes.py.txt"), is_python("notes.txt")
    (True, True, False)
    """
    return _PYTHON.search(path) is not None


class Reader:
    """Reader of what people handed in for one course.

    Parameters
    ----------
    course : Course

    Attributes
    ----------
    claimed : callable
        Returns the unit that a path speaks of, as `claimed_unit` does.
    """

    def __init__(self, course: Course) -> None:
        self.course = course
        self.claimed = lru_cache(MOST_PATHS)(partial(claimed_unit, course=course))
        self.files = {unit.name: unit.files for unit in course.units}
        self._homes = {task.name: (unit.name, task.file) for unit in course.units for task in unit.tasks}
        self._stems = {stem for stems in self.files.values() for stem in stems}
        names = "|".join(map(re.escape, self._homes)) or r"(?!)"
        self._mentions = re.compile(rf"\b(?:def|class)\s+(?:{names})\b".encode())
        self._definitions = re.compile(rf"^\f*(?:async\s+)?(?:def|class)\s+({names})\b", re.MULTILINE)

    def sources(self, contents: Contents, archives: Mapping[str, str]) -> list[Source]:
        """Return the Python files that may be the course's.

        Parameters
        ----------
        contents : Contents
        archives : mapping of str to str
            The unit of each opened archive that its manifest states; empty if it has none.

        Raises
        ------
        RejectedError
            If there is too much Python to look through.
        """
        texts: dict[str, str] = {}
        refused = []
        scanned = 0
        for path in sorted(filter(is_python, contents.files)):
            try:
                data = contents.files[path](MAX_FILE_BYTES)
                scanned += len(data)
                if self._may_be_meant(path, data):
                    texts[path] = source_text(data, PurePosixPath(path).name)
            except RejectedError as error:
                refused.append(Source(path, problem=why(error)))
            if scanned > MAX_SCANNED_BYTES:
                raise RejectedError("too much Python to look through", "hand in the unit's .py files alone")
        plain = {path: unit for path, text in texts.items() if (unit := self._plainly_of(path, text, archives))}
        stems = {path: plain_stem(path) for path in plain}
        located = {
            path: Source(path, texts[path], unit=unit, stem=stems[path], stems=(stems[path],))
            for path, unit in plain.items()
        }
        voted = self._voted({path: text for path, text in texts.items() if path not in plain})
        located |= {source.path: source for source in voted}
        return [*refused, *(located[path] for path in texts)]

    def _may_be_meant(self, path: str, data: bytes) -> bool:
        return plain_stem(path) in self._stems or bool(self._mentions.search(data))

    def _plainly_of(self, path: str, text: str, archives: Mapping[str, str]) -> str:
        """Return the unit of a file in its documented place whose lines begin definitions of its own tasks only.

        The parser need not be asked whom such a file belongs to. Empty if there is any doubt.
        """
        unit = documented_unit(path, self.course, archives)
        if not unit or unit != self.claimed(path, exactly=True):
            return ""
        place = unit, plain_stem(path)
        homes = {self._homes[name] for name in self._definitions.findall(text) if name not in self._ready_made(*place)}
        return unit if homes == {place} else ""

    def _voted(self, texts: dict[str, str]) -> Iterator[Source]:
        for (path, text), names in zip(texts.items(), defined_names(list(texts.values())), strict=True):
            unit, stem, stems = self._vote(path, names)
            yield Source(path, text, unit=unit, stem=stem, stems=stems)

    def _vote(self, path: str, names: Iterable[str]) -> tuple[str, str, tuple[str, ...]]:
        """Return the unit and the file that most of the tasks belong to, and all files that some belong to.

        The file's name and folder break ties.
        """
        claimed, name = self.claimed(path), plain_stem(path)
        homes = Counter(self._homes[task] for task in self._written(names, claimed, name))
        if not homes:
            return "", "", ()
        units = Counter[str]()
        for (unit, _), count in homes.items():
            units[unit] += count
        best = max(units, key=lambda unit: (units[unit], unit == claimed, (unit, name) in homes))
        stems = {stem: count for (unit, stem), count in homes.items() if unit == best}
        return best, name if name in stems else max(stems, key=lambda stem: stems[stem]), tuple(stems)

    def _written(self, names: Iterable[str], claimed: str, stem: str) -> list[str]:
        """Return the tasks among some names, without those that are ready-made in the file that these speak of."""
        tasks = [name for name in names if name in self._homes]
        places = {self._homes[task] for task in tasks} | {(claimed, stem)}
        ready_made = {name for place in places for name in self._ready_made(*place)}
        return [task for task in tasks if task not in ready_made]

    def _ready_made(self, unit: str, stem: str) -> Collection[str]:
        """Return the tasks of other units that a unit's stub has ready-made."""
        return self._by_stub.get((unit, stem), ())

    @cached_property
    def _by_stub(self) -> dict[tuple[str, str], Collection[str]]:
        units = [unit for unit in self.course.units if unit.opens]
        paths = {(unit.name, stem): self._stub_path(unit.name, stem) for unit in units for stem in unit.files}
        texts = {place: path.read_text("utf-8") for place, path in paths.items() if path.is_file()}
        return {
            (unit, stem): {name for name in self._definitions.findall(text) if self._homes[name][0] != unit}
            for (unit, stem), text in texts.items()
        }

    def _stub_path(self, unit: str, stem: str) -> Path:
        """Return a stub as the course hands it out, in a student's bundle, too."""
        pristine = layout.pristine_stub(self.course.root, unit, stem)
        return pristine if pristine.is_file() else layout.stub_path(self.course.root, unit, stem)

    @cached_property
    def stubs(self) -> dict[tuple[str, str], list[str]]:
        """Words of each stub as the course hands it out, by unit and stem."""
        paths = {
            (unit.name, stem): layout.stub_path(self.course.root, unit.name, stem)
            for unit in self.course.units
            for stem in unit.files
        }
        return {place: path.read_text("utf-8").split() for place, path in paths.items() if path.is_file()}

    def manifests(self, contents: Contents) -> dict[str, Manifest]:
        """Return what the archives' manifests state, by path; note a manifest that does not fit as a problem.

        Parameters
        ----------
        contents : Contents
            Loses the files of an archive that was packed for another course.
        """
        manifests = {}
        for archive in sorted(contents.archives):
            path = f"{archive}/{MANIFEST}"
            if path not in contents.files:
                continue
            try:
                manifests[archive] = read_manifest(contents.files.pop(path)(MAX_FILE_BYTES), self.course)
            except Exception as error:
                contents.problems[archive] = why(error)
                for name in [name for name in contents.files if name.startswith(f"{archive}/")]:
                    del contents.files[name]
        return manifests


class Places(Struct, frozen=True):
    """A person's Python files, with what is known about where they lie.

    Attributes
    ----------
    reader : Reader
    sources : tuple of Source
    archives : dict of str to str
        The unit of each opened archive that its manifest states; empty if it has none.
    """

    reader: Reader
    sources: tuple[Source, ...]
    archives: dict[str, str]

    def documented(self, path: str) -> str:
        """Return the unit whose documented place a path is, such as ``rnn/gru.py``; empty if none."""
        return documented_unit(path, self.reader.course, self.archives)

    def candidates(self, unit: Unit, *, alone: bool) -> dict[str, list[Source]]:
        """Return the files that can be meant for each of a unit's files, by stem.

        Parameters
        ----------
        unit : Unit
        alone : bool
            Whether everything was handed in for this unit, wherever it lies.
        """
        ranked: dict[str, dict[int, list[Source]]] = {}
        for source in self.sources:
            stem, rank = self._rank(source, unit, alone=alone)
            if stem:
                ranked.setdefault(stem, {}).setdefault(rank, []).append(source)
        candidates = {stem: self._written(unit, stem, ranks[min(ranks)]) for stem, ranks in ranked.items()}
        return candidates | self._together(unit, candidates)

    @staticmethod
    def _together(unit: Unit, candidates: dict[str, list[Source]]) -> dict[str, list[Source]]:
        """Return the files that stand for a missing one, too, since its tasks are defined in them."""
        missing = [stem for stem in unit.files if stem not in candidates]
        homes = {stem: [one for one in candidates.values() if stem in one[0].stems] for stem in missing}
        return {stem: [source for one in homes[stem] for source in one] for stem in missing if homes[stem]}

    def _rank(self, source: Source, unit: Unit, *, alone: bool) -> tuple[str, int]:
        """Return the unit's file that a source can stand for, if any, and how good the reasons are: 0 is best."""
        files, claimed, name = self.reader.files, self.reader.claimed(source.path, exactly=True), source.name
        is_namesake = name in files[unit.name]
        if self.documented(source.path) == unit.name and is_namesake and source.unit in ("", unit.name):
            return name, 0
        if source.unit == unit.name and (alone or claimed in ("", unit.name)):
            return source.stem, 1 if name == source.stem else 2
        if is_namesake and not source.unit:
            is_only = [other for other, stems in files.items() if name in stems] == [unit.name]
            near = self.reader.claimed(source.path)
            if near in ("", unit.name) and (alone or is_only or near):
                return name, 3
        return "", 0

    def _written(self, unit: Unit, stem: str, sources: list[Source]) -> list[Source]:
        """Return the sources without repetitions, and without untouched stubs where others are written."""
        stub = self.reader.stubs.get((unit.name, stem))
        written = [source for source in sources if source.problem or source.text.split() != stub] or sources[:1]
        return list({source.text or source.path: source for source in reversed(written)}.values())[::-1]
