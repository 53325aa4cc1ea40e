"""Discovery of submissions in an instructor's folder.

Only the text of registered stub files is returned. Nothing that a student sent is unpacked to disk, followed or run.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from grader.course.registry import Course, Unit
from grader.errors import ALMOST_EQUAL, NotFoundError, RejectedError, closest
from grader.printable import display, escape
from grader.submissions.archives import MANIFEST, Archive, list_folder, pack, read_folder, read_manifest
from grader.submissions.intake import Submission, Taken, is_junk, source_text

__all__ = ["Submission", "discover", "pack", "students"]


def discover(folder: Path, course: Course) -> list[Submission]:
    """Read every submission below a folder, sorted by student and unit.

    A student's units are in ``<folder>/<student>/<unit>/`` or in zip archives in ``<folder>/<student>/``. Missing units
    are not listed. A file whose unit cannot be determined is rejected for each missing unit. If two folders may belong
    to the same student, everything in them is rejected.

    Parameters
    ----------
    folder : Path
    course : Course

    Returns
    -------
    list of Submission

    Raises
    ------
    NotFoundError
        If the folder is missing, or contains no student folder.
    """
    submissions: list[Submission] = []
    folders = _student_folders(folder)
    for student in folders:
        submissions += _of_student(student, course)
    alike = twins(escape(student.name) for student in folders)
    return sorted(
        _without_twins(_without_doubles(submissions), alike),
        key=lambda submission: (submission.student, submission.unit),
    )


def students(folder: Path) -> tuple[str, ...]:
    """Return the names of all students with a folder, even an empty one, spelled as in `discover`.

    Raises
    ------
    NotFoundError
        As for `discover`.
    """
    return tuple(sorted({escape(student.name) for student in _student_folders(folder)}))


def _student_folders(folder: Path) -> list[Path]:
    expected = (
        "expected one folder per student, as in submissions/<student>/<unit>/ or submissions/<student>/<unit>.zip"
    )
    if not folder.is_dir():
        raise NotFoundError(f"there is no folder {folder}", expected)
    named = sorted(
        path for path in folder.iterdir() if path.is_dir() and not is_junk(path.name) and not path.name.startswith(".")
    )
    if not named:
        raise NotFoundError(f"no student's folder in {folder}", expected)
    return named


def _of_student(folder: Path, course: Course) -> list[Submission]:
    student = escape(folder.name)
    try:
        submissions, unplaced = _read_student(folder, student, course)
    except Exception as error:
        submissions, unplaced = [], _why(error)
    read = {submission.unit for submission in submissions}
    absent = [unit.name for unit in course.units if unit.name not in read]
    if unplaced:
        submissions += [Submission(unit, student=student, problem=unplaced) for unit in absent]
    return submissions


def _read_student(folder: Path, student: str, course: Course) -> tuple[list[Submission], str]:
    """Return one student's submissions, and why the remaining entries belong to no unit."""
    units = {unit.name: unit for unit in course.units}
    submissions: list[Submission] = []
    problems, strangers = [], []
    near: dict[str, str] = {}  # by unit: a folder whose name is almost the unit's, and what to do
    for entry in list_folder(folder):
        path = Path(entry.path)
        if is_junk(entry.name):
            continue
        if entry.name in units:
            submissions.append(_from_folder(path, student, units[entry.name]))
        elif path.suffix.lower() == ".zip":
            try:
                submissions += _from_zip(path, student, course)
            except Exception as error:
                problems.append(f"{display(entry.name)}: {_why(error)}")
        elif meant := meant_unit(entry.name, units) if entry.is_dir(follow_symlinks=False) else "":
            near[meant] = f'the folder "{display(entry.name)}" is no unit: if it is {meant}, rename it to {meant}'
        else:
            strangers.append(display(entry.name))
    placed = {submission.unit for submission in submissions}
    submissions += [
        Submission(unit, student=student, problem=problem) for unit, problem in near.items() if unit not in placed
    ]
    if strangers and not submissions and not problems:
        problems.append(f"neither a unit's folder nor a zip archive: {', '.join(strangers)}")
    return submissions, "; ".join(problems)


def _why(error: Exception) -> str:
    """Return why a submission is rejected; no exception that it causes in a library may end the run."""
    return error.message if isinstance(error, RejectedError) else f"it cannot be read ({type(error).__name__})"


def _from_folder(folder: Path, student: str, unit: Unit) -> Submission:
    try:
        return _submission(student, unit, read_folder(folder, {f"{stem}.py" for stem in unit.files}))
    except Exception as error:
        return Submission(unit.name, student=student, problem=_why(error))


def _from_zip(path: Path, student: str, course: Course) -> Iterator[Submission]:
    """Yield the units of an archive. An unreadable archive counts for the unit in its file name."""
    named = [unit for unit in course.units if unit.name == path.stem]
    try:
        archive = Archive(path)
        places = _places(archive, course, named)
    except Exception as error:
        if not named:
            raise
        yield Submission(named[0].name, student=student, problem=_why(error))
        return
    for unit, folder in places:
        wanted = {f"{stem}.py" for stem in unit.files}
        try:
            yield _submission(student, unit, archive.take(folder, wanted.__contains__))
        except Exception as error:
            yield Submission(unit.name, student=student, problem=_why(error))


def _places(archive: Archive, course: Course, named: list[Unit]) -> list[tuple[Unit, str]]:
    """Return each unit in an archive with its folder ("" if the files are at the top level).

    The top-level folders decide, then the manifest, then the archive's own name.
    """
    names = archive.names
    tops = {name.split("/")[0] for name in names if "/" in name}
    stated = read_manifest(archive.read(MANIFEST), course).unit if MANIFEST in names else ""
    inside = [unit for unit in course.units if unit.name in tops]
    if inside:
        return [(unit, unit.name) for unit in inside]
    at_top = [unit for unit in course.units if unit.name == stated] or named
    if not at_top:
        raise RejectedError(f"no unit's folder in the archive; found {display(', '.join(names)) or 'nothing'}")
    return [(unit, "") for unit in at_top]


def _submission(student: str, unit: Unit, taken: Taken) -> Submission:
    ignored = tuple(name for name in taken.ignored if name != MANIFEST)
    if not taken.files:
        expected = ", ".join(f"{stem}.py" for stem in unit.files)
        others = f"; found {', '.join(ignored[:5])}" if ignored else ""
        problem = f"none of {expected} was handed in{others}"
        return Submission(unit.name, student=student, problem=problem, ignored=ignored)
    texts = {name.removesuffix(".py"): source_text(data, name) for name, data in taken.files.items()}
    ordered = {stem: texts[stem] for stem in unit.files if stem in texts}
    return Submission(unit.name, ordered, student, ignored=ignored)


def _without_doubles(submissions: list[Submission]) -> list[Submission]:
    """Reject a unit that a student submitted more than once: choosing one would be a guess."""
    by_place: dict[tuple[str, str], list[Submission]] = {}
    for submission in submissions:
        by_place.setdefault((submission.student, submission.unit), []).append(submission)
    twice = "handed in more than once, as a folder or archive: keep one of them"
    return [
        same_place[0] if len(same_place) == 1 else Submission(unit, student=student, problem=twice)
        for (student, unit), same_place in by_place.items()
    ]


def _without_twins(submissions: list[Submission], alike: Mapping[str, str]) -> list[Submission]:
    """Reject submissions from folders with look-alike names: grading both, or one, would be a guess."""
    return [
        Submission(submission.unit, student=submission.student, problem=alike[submission.student])
        if submission.student in alike
        else submission
        for submission in submissions
    ]


def plain_form(name: str) -> str:
    """Return a normal form that is equal for names that look alike.

    Examples
    --------
    >>> plain_form(" Anna ") == plain_form("anna")
    True
    """
    seen = "".join(character for character in name if unicodedata.category(character) != "Cf")  # zero width
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFC", seen).casefold()).split())


def twins(names: Iterable[str]) -> dict[str, str]:
    """Return a message for each name that looks like another one.

    Parameters
    ----------
    names : iterable of str
        A repeated name counts as a twin, too.
    """
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(plain_form(name), []).append(name)
    return {name: _explanation(group) for group in groups.values() if len(group) > 1 for name in group}


def _explanation(group: list[str]) -> str:
    shown = " and ".join(f'"{name}"' for name in group)
    return f"the folders {shown} differ {_difference(group[0], group[1])}: keep one of them, or rename one"


def _difference(one: str, other: str) -> str:
    """Return how two look-alike names differ, which may be invisible."""
    if unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other):
        return "only in how their accents are encoded (NFC and NFD)"
    if "".join(one.split()) == "".join(other.split()):
        return "only in blanks"
    if one.casefold() == other.casefold():
        return "only in capitals"
    return "only in capitals, blanks or signs that one does not see"


def meant_unit(name: str, units: Iterable[str]) -> str:
    """Return the unit that a folder's name probably means; empty if none.

    Examples
    --------
    >>> meant_unit("Convolution (1)", ["convolution", "rnn"]), meant_unit("notes", ["convolution", "rnn"])
    ('convolution', '')
    """
    known: Mapping[str, str] = {plain_form(unit): unit for unit in units}
    wanted = plain_form(name)
    beginning = [unit for form, unit in known.items() if wanted.startswith(form)]
    return max(beginning, key=len) if beginning else known.get(closest(wanted, known, ALMOST_EQUAL), "")
