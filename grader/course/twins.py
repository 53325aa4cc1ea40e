"""Names that a person takes for one and a computer for two: other capitals, blanks, or encodings of accents."""

import difflib
import unicodedata
from collections.abc import Iterable, Mapping


def plain_form(name: str) -> str:
    """Return what two names have in common that a person takes for one.

    Examples
    --------
    >>> plain_form(" Anna ") == plain_form("anna")
    True
    """
    seen = "".join(character for character in name if unicodedata.category(character) != "Cf")  # zero width
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFC", seen).casefold()).split())


def twins(names: Iterable[str]) -> dict[str, str]:
    """Return of each name that has a twin what is to be said of the two.

    Parameters
    ----------
    names : iterable of str
        The same one may stand there twice: that is a twin, too.
    """
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(plain_form(name), []).append(name)
    return {name: _told(group) for group in groups.values() if len(group) > 1 for name in group}


def _told(group: list[str]) -> str:
    shown = " and ".join(f'"{name}"' for name in group)
    return f"the folders {shown} differ {_difference(group[0], group[1])}: keep one of them, or rename one"


def _difference(one: str, other: str) -> str:
    """Say what tells two names apart, since one may not see it."""
    if unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other):
        return "only in how their accents are encoded (NFC and NFD)"
    if "".join(one.split()) == "".join(other.split()):
        return "only in blanks"
    if one.casefold() == other.casefold():
        return "only in capitals"
    return "only in capitals, blanks or signs that one does not see"


def meant_unit(name: str, units: Iterable[str]) -> str:
    """Return the unit that a folder's name probably means; empty where it means none.

    Examples
    --------
    >>> meant_unit("Convolution (1)", ["convolution", "rnn"]), meant_unit("notes", ["convolution", "rnn"])
    ('convolution', '')
    """
    known: Mapping[str, str] = {plain_form(unit): unit for unit in units}
    wanted = plain_form(name)
    beginning = [unit for form, unit in known.items() if wanted.startswith(form)]
    near = difflib.get_close_matches(wanted, list(known), n=1, cutoff=0.85)
    return max(beginning, key=len) if beginning else known[near[0]] if near else ""
