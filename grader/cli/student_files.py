"""A student's files in the course's folder: their text, changes and imports, and the lines behind a wrong answer."""

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from grader.cli.screen import Screen
from grader.course import layout
from grader.course.registry import Course, Task, Unit
from grader.errors import CourseError
from grader.records import TestRecord, Verdict
from grader.release.reset import pristine_text
from grader.submissions.intake import read_regular, source_text
from grader.submissions.parsing import read_text
from grader.submissions.source_spans import spans
from grader.worker.imports import Refused, refused_as_data, rule


def texts_in(folder: Path, unit: Unit) -> dict[str, str]:
    """Return the text of a unit's files in a folder, by stem; missing ones are left out.

    Raises
    ------
    RejectedError
        If a file is not text, or too large.
    """
    paths = {stem: folder / f"{stem}.py" for stem in unit.files}
    return {stem: source_text(read_regular(path), path.name) for stem, path in paths.items() if path.exists()}


def own_texts(course: Course, unit: Unit) -> dict[str, str]:
    """Return the text of the student's files of a unit, by stem; missing ones are left out.

    Raises
    ------
    RejectedError
        If a file is not text, or too large.
    """
    return texts_in(layout.exercises(course.root, unit.name), unit)


def is_begun(course: Course, unit: Unit) -> bool:
    """Return whether a student has changed any file of a unit."""
    try:
        return any(text != pristine_text(course, unit.name, stem) for stem, text in own_texts(course, unit).items())
    except CourseError:  # the stub cannot be cut: an author is still writing the solution
        return False


def is_written(course: Course, unit: Unit, task: Task) -> bool:
    """Return whether a task's stub no longer raises its `NotImplementedError`."""
    return not has_stub(own_texts(course, unit).get(task.file, ""), unit, task)


def has_stub(text: str, unit: Unit, task: Task) -> bool:
    """Return whether a file's text still raises a task's `NotImplementedError`, or is empty."""
    return not text or f'"{unit.name}.{task.name}"' in text


def left_over(course: Course, unit: Unit, texts: Mapping[str, str], tasks: Collection[str]) -> list[str]:
    """Return a sentence for each task that has changed and still raises its stub's `NotImplementedError`.

    Parameters
    ----------
    course : Course
    unit : Unit
    texts : mapping of str to str
        Source by file stem.
    tasks : collection of str
        Names of the tasks to look at.
    """
    chosen = [task for task in unit.tasks if task.name in tasks and task.file in texts]
    rest = "still raises NotImplementedError: take that line out"
    return [
        f"{task.name} has changed, but {task.file}.py, line {line}, {rest}"
        for task in chosen
        if (line := _leftover_line(texts[task.file], pristine_text(course, unit.name, task.file), unit, task))
    ]


def _leftover_line(text: str, pristine: str, unit: Unit, task: Task) -> int:
    """Return the line of a stub's `raise` in a definition that is not the stub's any more; 0 if there is none."""
    lines, mark = text.splitlines(), f'raise NotImplementedError("{unit.name}.{task.name}")'
    place = next((number for number, line in enumerate(lines) if line.strip() == mark), None)
    return 0 if place is None or _definition(lines, place) in pristine else place + 1


def _definition(lines: Sequence[str], place: int) -> str:
    """Return the definition at the margin that a line belongs to."""
    margins = [number for number, line in enumerate(lines) if line[:1].strip() and line[0] not in "#)]}"]
    begin = max((number for number in margins if number <= place), default=0)
    end = min((number for number in margins if number > place), default=len(lines))
    return "\n".join(lines[begin:end]).rstrip()


def refused_in(unit: Unit, texts: Mapping[str, str]) -> list[Refused]:
    """Return the imports in a unit's files that are not allowed.

    Parameters
    ----------
    unit : Unit
    texts : mapping of str to str
        Source by file stem.
    """
    return [refused for stem, text in texts.items() for refused in _of_file(unit, stem, text)]


def _of_file(unit: Unit, stem: str, text: str) -> list[Refused]:
    reading = read_text(refused_as_data, text, stem=stem, stems=list(unit.files), library=unit.library_of(stem))
    return [Refused(**fields) for fields in reading.result or ()]


def print_refused(screen: Screen, unit: Unit, refused: Sequence[Refused]) -> None:
    """Print each refused import, then the allowed imports (each list once), then what to do."""
    for one in refused:
        screen.paragraph(f"{one.place} imports {one.module}: {one.reason}", "yellow")
    by_library: dict[str, list[str]] = {}
    for stem in dict.fromkeys(one.file.removesuffix(".py") for one in refused):
        by_library.setdefault(unit.library_of(stem), []).append(stem)
    for library, stems in by_library.items():
        others = [other for other in unit.files if other not in stems] if len(stems) == 1 else []
        screen.paragraph(f"{', '.join(f'{stem}.py' for stem in stems)} may import {rule(library, others)}", indent=2)
    lines = "this line" if len(refused) == 1 else "these lines"
    screen.paragraph(
        f"take {lines} out, or put what only you need below `if __name__ == '__main__':`; "
        "a name that is never used costs nothing",
        indent=2,
    )


MOST = 6  # lines
_RETURNS = re.compile(r"\s+return\b|\s+.*:\s*return\b")


def with_own_lines(tests: Sequence[TestRecord], files: Mapping[str, str], stem: str) -> list[TestRecord]:
    """Return records with the lines of the function behind each wrong answer.

    Parameters
    ----------
    tests : sequence of TestRecord
    files : mapping of str to str
        The submission's files, by stem.
    stem : str
        File of the tests' tasks.
    """
    return [_with_lines(test, files.get(stem, ""), stem) if _lacks_lines(test) else test for test in tests]


def own_lines(source: str, stem: str, name: str) -> tuple[str, ...]:
    """Return the first line of a function's last definition, and those that return.

    Examples
    --------
    >>> own_lines("def f():\\n    return 1\\n", "first", "f")
    ('first.py, line 1: def f():', 'first.py, line 2: return 1')
    """
    places = spans(source, name)
    if not places:
        return ()
    begin, end = places[-1]
    lines = list(enumerate(source.splitlines()[begin:end], start=begin + 1))
    returning = [(number, line) for number, line in lines[1:] if _RETURNS.match(line)]
    return tuple(f"{stem}.py, line {number}: {line.strip()}" for number, line in [lines[0], *returning][:MOST])


def _lacks_lines(test: TestRecord) -> bool:
    return test.verdict is Verdict.FAILED and not test.feedback.where


def _with_lines(test: TestRecord, source: str, stem: str) -> TestRecord:
    return replace(test, feedback=replace(test.feedback, where=own_lines(source, stem, test.task)))
