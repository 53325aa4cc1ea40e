"""Suggestions of similar names: for unknown names in messages, and for folders of hand-ins."""

import difflib
from collections.abc import Iterable

SIMILAR = 0.6  # enough for a suggestion
ALMOST_EQUAL = 0.85  # enough to identify a folder


def closest(name: str, names: Iterable[str], similarity: float = SIMILAR) -> str:
    """Return the most similar name; empty if none is similar enough.

    Examples
    --------
    >>> closest("convolutoin", ["convolution", "rnn"]), closest("notes", ["convolution", "rnn"])
    ('convolution', '')
    """
    return "".join(difflib.get_close_matches(name, list(names), n=1, cutoff=similarity))


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return a question that suggests the most similar name; empty if there is none."""
    near = closest(name, names)
    return f'; did you mean "{near}"?' if near else ""
