"""Records of untouched stubs: whoever hands in the files as they were handed out gets those of the first who did.

Such files are the course's own text, so that nothing of a student's is in these records, or decides about them.
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace

from grader.course import layout
from grader.course.cut import stub_text
from grader.errors import CourseError
from grader.judge.protocol import Job
from grader.records import TestRecord
from grader.submissions.intake import Submission


class UntouchedStubs:
    """Records of jobs whose files are all stubs as they are handed out. Several threads may use it.

    Parameters
    ----------
    root : Path
        Folder of the course.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._stubs: dict[tuple[str, str], str | None] = {}
        self._kept: dict[bytes, tuple[TestRecord, ...]] = {}

    def key(self, job: Job) -> bytes | None:
        """Return all that the records of a job depend on, which is not who has handed it in.

        Parameters
        ----------
        job : Job

        Returns
        -------
        bytes or None
            None if a file is not the stub that is handed out.
        """
        files = job.submission.files
        if not files or any(text != self._stub(job.unit, stem) for stem, text in files.items()):
            return None
        return msgspec.json.encode(replace(job, submission=Submission(job.unit, files)))

    def records(self, key: bytes) -> tuple[TestRecord, ...]:
        """Return the records that are kept under a key; none if there are none."""
        return self._kept.get(key, ())

    def keep(self, key: bytes, records: Sequence[TestRecord]) -> None:
        """Keep the records under a key, if another grading is certain to give them again."""
        if all(record.verdict.meaning.is_certain and record.speed is None for record in records):
            self._kept[key] = tuple(records)

    def _stub(self, unit: str, stem: str) -> str | None:
        """Return a stub made from its solution; None where there is none."""
        if (unit, stem) not in self._stubs:
            self._stubs[unit, stem] = self._cut(unit, stem)
        return self._stubs[unit, stem]

    def _cut(self, unit: str, stem: str) -> str | None:
        if not layout.solution_path(self._root, unit, stem).is_file():
            return None
        try:
            return stub_text(self._root, unit, stem)
        except CourseError:
            return None
