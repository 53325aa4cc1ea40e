"""A submission as it goes through the engine: from the archive into a job, and from there to a worker."""

from msgspec import Struct


class Submission(Struct, frozen=True):
    """One unit as one student handed it in.

    Attributes
    ----------
    unit : str
    files : dict of str to str
        Source text by the stub's stem; empty where the submission is refused.
    student : str
        The folder's name, safe to show; empty where nobody has handed it in, as with solutions.
    problem : str
        Why it is refused; empty where it is not.
    ignored : tuple of str
        Names of what else was handed in, safe to show.
    """

    unit: str
    files: dict[str, str] = {}
    student: str = ""
    problem: str = ""
    ignored: tuple[str, ...] = ()
