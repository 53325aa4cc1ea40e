"""Records of layouts: who handed something in, what, and how sure it is that the layout is this one."""

from collections.abc import Callable
from datetime import datetime
from enum import IntEnum

from msgspec import Struct

from grader.submissions.trees import Node


class Identity(Struct, frozen=True):
    """A person as a platform names them.

    Attributes
    ----------
    platform : str
        Name of the layout.
    name, id, email, login : str
        Empty where the platform does not tell.
    """

    platform: str
    name: str = ""
    id: str = ""
    email: str = ""
    login: str = ""

    @property
    def surest(self) -> str:
        """Text that tells the person from others best; empty if the platform tells nothing."""
        return self.id or self.login or self.email or self.name


class Delivery(Struct, frozen=True):
    """One attempt of one person, not read yet.

    Attributes
    ----------
    student : str
        The id used in tables as long as no roster says better: a folder's name, or what the platform has.
    path : str
        Name of the folder or file, relative to the submissions.
    nodes : callable
        Returns what was handed in, or raises `RejectedError`.
    people : tuple of Identity
        Several for a group.
    members : tuple of str
        Ids of the others of a group, as `student` is one.
    assignment : str
        The platform's name of the assignment; empty if it does not tell.
    handed_in : datetime or None
        Time by the platform, with its zone.
    source : str
        Where that time comes from; empty if there is none.
    is_late : bool
        Whether the platform marked it as late, without telling a time.
    """

    student: str
    path: str
    nodes: Callable[[], list[Node]]
    people: tuple[Identity, ...] = ()
    members: tuple[str, ...] = ()
    assignment: str = ""
    handed_in: datetime | None = None
    source: str = ""
    is_late: bool = False


class Sureness(IntEnum):
    """Degree to which the structure speaks for a layout."""

    NO = 0
    POSSIBLE = 1
    CERTAIN = 2


class Root(Struct, frozen=True):
    """The folder or zip archive that an instructor has, with the names of the course's units."""

    name: str
    nodes: tuple[Node, ...]
    units: frozenset[str]


class LayoutReading(Struct, frozen=True):
    """A folder as one layout reads it.

    Attributes
    ----------
    layout : str
        Value of ``--layout``.
    title : str
        What it is, for people.
    sureness : Sureness
    deliveries : tuple of Delivery
    strangers : tuple of str
        Entries that belong to nobody.
    is_one_assignment : bool
        Whether everything in it was handed in for one unit, which the instructor names.
    """

    layout: str
    title: str
    sureness: Sureness = Sureness.NO
    deliveries: tuple[Delivery, ...] = ()
    strangers: tuple[str, ...] = ()
    is_one_assignment: bool = True

    @property
    def sentence(self) -> str:
        """The line that says which layout was recognised."""
        return f"read as {self.title} (--layout {self.layout})"


def sureness_of(matching: int, others: int) -> Sureness:
    """Return how sure a layout is of which some entries have the names, and others have not."""
    if not matching:
        return Sureness.NO
    return Sureness.POSSIBLE if others else Sureness.CERTAIN
