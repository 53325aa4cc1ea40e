"""What `grade check` lists."""

from msgspec import Struct


class Problem(Struct, frozen=True):
    """Something that an author still has to do: where, and what."""

    where: str
    what: str
