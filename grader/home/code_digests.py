"""Digests of the code that a task's results belong to.

That is its file without the other tasks' functions, and the same of what it requires: a change of one function leaves
the results of the others valid. Of a file that does not parse, all text counts.
"""

import hashlib
from collections.abc import Mapping

from grader.course.registry import Task, Unit
from grader.submissions.parsing import Reading, read_files
from grader.submissions.source_spans import parsed_spans


def fingerprint(text: str) -> str:
    """Return a short digest of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class CodeDigests:
    """Digests of the code of a unit's tasks; files are parsed only when a digest is asked for.

    Parameters
    ----------
    unit : Unit
    texts : mapping of str to str
        Source by file stem.
    """

    def __init__(self, unit: Unit, texts: Mapping[str, str]) -> None:
        self._unit, self._texts = unit, texts
        self._readings: dict[str, Reading] | None = None
        self.files = fingerprint("\0".join(f"{stem}\0{text}" for stem, text in sorted(texts.items())))

    def of_task(self, task: Task) -> str:
        """Return the digest of a task's code."""
        names = {task.name, *self._unit.tasks_below(task.name)}
        files = dict.fromkeys(other.file for other in self._unit.tasks if other.name in names)
        return fingerprint("\0".join(f"{stem}\0{self._without_others(stem, names)}" for stem in files))

    def _without_others(self, stem: str, names: set[str]) -> str:
        """Return a file's text without the functions of other tasks than these; all of it if it does not parse."""
        text, reading = self._texts.get(stem, ""), self._parsed().get(stem)
        if reading is None or reading.problem:
            return text
        others = {task.name for task in self._unit.tasks} - names
        lines = text.split("\n")
        for name, begin, end in reversed(reading.result):
            if name in others:
                del lines[begin:end]
        return "\n".join(lines)

    def _parsed(self) -> dict[str, Reading]:
        if self._readings is None:
            self._readings = read_files(parsed_spans, self._texts)
        return self._readings
