"""The record of a submission, used from the archive to the worker."""

from msgspec import Struct


class Submission(Struct, frozen=True):
    """One unit submitted by one student.

    Attributes
    ----------
    unit : str
    files : dict of str to str
        Source text by the stub's stem; empty if the submission is rejected.
    student : str
        Name of the student's folder, escaped for display; empty if there is no student, as for solutions.
    problem : str
        Reason for the rejection; empty if there is none.
    ignored : tuple of str
        Names of other submitted files, escaped for display.
    """

    unit: str
    files: dict[str, str] = {}
    student: str = ""
    problem: str = ""
    ignored: tuple[str, ...] = ()
