"""Records of similar work: who shares which passages with whom."""

from msgspec import Struct

Lines = tuple[int, int]
"""First and last line of a passage, from 1."""


class Passage(Struct, frozen=True, order=True):
    """Lines of two files with the same code in other words.

    Attributes
    ----------
    left_file, right_file : str
        Stems.
    left, right : (int, int)
        First and last line in each file, from 1.
    """

    left_file: str
    left: Lines
    right_file: str
    right: Lines


class HandedIn(Struct, frozen=True):
    """The files of one student in one unit.

    Attributes
    ----------
    student : str
    unit : str
    files : dict of str to str
        Text by stem.
    year : str
        Name of the folder of an earlier class; empty for this one.
    group : tuple of str
        Ids of those who handed it in together with the student.
    """

    student: str
    unit: str
    files: dict[str, str]
    year: str = ""
    group: tuple[str, ...] = ()

    def is_of(self, other: "HandedIn") -> bool:
        """Return whether both are of one person or group, who may use their own work again."""
        return not {self.student, *self.group}.isdisjoint({other.student, *other.group})


class SimilarPair(Struct, frozen=True):
    """Two hand-ins in one unit with code in common that few others have.

    Attributes
    ----------
    left, right : HandedIn
    shared : tuple of str
        Functions of the left one that the right one has as well.
    weight : int
        Number of fingerprints that both have, of those that are neither known nor common.
    share : float
        Their part of the shared functions' own fingerprints, from 0 to 1.
    passages : tuple of Passage
    """

    left: HandedIn
    right: HandedIn
    shared: tuple[str, ...]
    weight: int
    share: float
    passages: tuple[Passage, ...]


class Similarity(Struct, frozen=True):
    """The outcome of a comparison.

    Attributes
    ----------
    engine : str
    people : dict of str to int
        Number of this class's hand-ins compared, by unit.
    earlier : int
        Number of hand-ins of earlier classes.
    pairs : tuple of SimilarPair
        The weightiest first.
    """

    engine: str
    people: dict[str, int]
    earlier: int
    pairs: tuple[SimilarPair, ...]
