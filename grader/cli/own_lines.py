"""The student's lines behind a wrong answer: where the function begins, and where it returns."""

import re
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from grader.records import TestRecord, Verdict
from grader.submissions.source_spans import spans

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
