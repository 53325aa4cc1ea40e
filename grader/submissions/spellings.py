"""Names as people spell them: people who look alike, and the units that folders and archives speak of."""

import unicodedata
from collections.abc import Iterable, Mapping

from grader.course.registry import Course
from grader.errors import ALMOST_EQUAL, closest
from grader.submissions.archives import without_suffix


def plain_form(name: str) -> str:
    """Return a normal form that is equal for names that look alike.

    Examples
    --------
    >>> plain_form(" Anna ") == plain_form("anna")
    True
    """
    seen = "".join(character for character in name if unicodedata.category(character) != "Cf")  # zero width
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFC", seen).casefold()).split())


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


def claimed_unit(path: str, course: Course, *, exactly: bool = False) -> str:
    """Return the unit that the folders and archives around a file speak of; empty if none.

    Parameters
    ----------
    path : str
    course : Course
    exactly : bool
        Whether a name that is almost a unit's does not count.
    """
    names = {unit.name for unit in course.units}
    folders = [without_suffix(part) for part in path.split("/")[:-1]]
    exact = next((folder for folder in reversed(folders) if folder in names), "")
    if exact or exactly:
        return exact
    return next((unit for folder in reversed(folders) if (unit := meant_unit(folder, names))), "")


def documented_unit(path: str, course: Course, archives: Mapping[str, str]) -> str:
    """Return the unit of a file that lies where the manual says; empty if it lies elsewhere.

    Parameters
    ----------
    path : str
        Such as ``rnn/gru.py``, ``hand-in.zip/rnn/gru.py``, or ``rnn.zip/gru.py``.
    course : Course
    archives : mapping of str to str
        The unit that the manifest of an opened archive states, or nothing, by the archive's path.
    """
    around = max((archive for archive in archives if path.startswith(f"{archive}/")), key=len, default="")
    inside = path[len(around) + 1 :] if around else path
    folder, _, name = inside.rpartition("/")
    if not folder and around:
        folder = archives[around] or without_suffix(around.rpartition("/")[2])
    return folder if name and folder in {unit.name for unit in course.units} else ""


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
