"""Files of an nbgrader course besides its gradebook: formgrader shows a submission only if they are there.

A submission is a folder in `submitted/` whose time equals the gradebook's, and a notebook in `autograded/`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from grader.atomic import write_atomically
from grader.errors import DeepgradeError, NotFoundError
from grader.nbgrader.entries import Entry
from grader.submissions.times import parsed_time

TIME = "timestamp.txt"
CONFIG = "nbgrader_config.py"
_FORMAT = "%Y-%m-%d %H:%M:%S.%f UTC"


class CourseFolder:
    """Folder of an nbgrader course.

    Parameters
    ----------
    path : Path

    Raises
    ------
    NotFoundError
        If it is no folder.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_dir():
            raise NotFoundError(f"there is no folder {path}", f"grade nbgrader init {path}")
        self.path = path

    @property
    def database(self) -> str:
        """Address of the gradebook that nbgrader has in this folder unless it is told otherwise."""
        return f"sqlite:///{(self.path / 'gradebook.db').absolute()}"

    @property
    def submitted(self) -> Path:
        """Folder of what was handed in."""
        return self.path / "submitted"

    def as_collected(self, entry: Entry, unit: str) -> Entry:
        """Return an entry with the time that nbgrader itself noted when it collected the submission, if it did."""
        folder = self._submission(entry, unit)
        if _is_ours(folder) or not (folder / TIME).is_file():
            return entry
        return replace(entry, handed_in=_read_time(folder / TIME))

    def write(self, unit: str, source: str, receipts: Mapping[str, tuple[Entry, str]]) -> None:
        """Write a unit's receipts, and what nbgrader wants to see beside them.

        Parameters
        ----------
        unit : str
        source : str
            The source notebook; one that is there stays.
        receipts : mapping of str to tuple
            Entry and receipt by the person's id.
        """
        name = f"{unit}.ipynb"
        if not (self.path / "source" / unit / name).exists():
            write_atomically(self.path / "source" / unit / name, source.encode())
        for student, (entry, receipt) in receipts.items():
            self._note_time(entry, unit)
            graded = self.path / "autograded" / student / unit
            write_atomically(graded / name, receipt.encode())
            _write_time(graded / TIME, entry.handed_in)

    def _note_time(self, entry: Entry, unit: str) -> None:
        folder = self._submission(entry, unit)
        folder.mkdir(parents=True, exist_ok=True)
        if _is_ours(folder) or not (folder / TIME).exists():
            _write_time(folder / TIME, entry.handed_in)

    def _submission(self, entry: Entry, unit: str) -> Path:
        return self.submitted / entry.person.id / unit


def _is_ours(folder: Path) -> bool:
    """Return whether nbgrader has collected nothing there: no file but a time."""
    return not folder.is_dir() or all(path.name == TIME for path in folder.iterdir())


def _write_time(path: Path, moment: datetime | None) -> None:
    if moment is None:
        path.unlink(missing_ok=True)
    else:
        write_atomically(path, moment.astimezone(UTC).strftime(_FORMAT).encode())


def _read_time(path: Path) -> datetime:
    text = path.read_text(encoding="utf-8").strip()
    moment = parsed_time(text)
    if moment is None:
        raise DeepgradeError(f"{path} is no time as nbgrader writes it: {text[:40]}", "2027-02-01 12:00:00 UTC")
    return moment
