"""One mutant: a solution file with one small mistake in it."""

from msgspec import Struct


class Mutant(Struct, frozen=True):
    """One mutant.

    Attributes
    ----------
    id : str
        ``owner.operator.digest``. The digest is of the owner's code and of what it became, so that it stays the same
        until that function is edited.
    unit, file : str
        Whose solution, and its file's stem.
    owner : str
        The qualified name of the function or class that is changed.
    operator : str
        What kind of mistake it is.
    line : int
        Where it begins, from 1.
    before, after : str
        The changed lines of code, on one line each.
    text : str
        The whole file with the mistake in it.
    """

    id: str
    unit: str
    file: str
    owner: str
    operator: str
    line: int
    before: str
    after: str
    text: str

    @property
    def top(self) -> str:
        """The top-level name that is changed."""
        return self.owner.partition(".")[0]
