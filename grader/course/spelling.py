"""Guesses which name was meant: in messages, for names that do not exist, and for folders of hand-ins."""

import difflib
from collections.abc import Iterable

SIMILAR = 0.6  # enough to ask
ALMOST_EQUAL = 0.85  # enough to say what a folder's name means


def closest(name: str, names: Iterable[str], similarity: float = SIMILAR) -> str:
    """Return the name that was probably meant, empty where none is near.

    Examples
    --------
    >>> closest("convolutoin", ["convolution", "rnn"]), closest("notes", ["convolution", "rnn"])
    ('convolution', '')
    """
    return "".join(difflib.get_close_matches(name, list(names), n=1, cutoff=similarity))


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return the question that follows a name that does not exist, empty where no other one is near."""
    near = closest(name, names)
    return f'; did you mean "{near}"?' if near else ""
