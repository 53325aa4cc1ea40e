"""Every line of the documents that a terminal could be given is run, or stands in a list with its reason.

Catches: a command in a page that no test runs, an excuse for a line that is gone, and a door that does not exist.
"""

import re
from pathlib import Path

import pytest

from tests.house.documented_runs import NOT_RUN, PROGRAMS, reason
from tests.house.test_documented_commands import DOCUMENTS, shell_lines

ROOT = Path(__file__).parents[2]
RUN_BY = (ROOT / "tests/doors/test_documented_runs.py").read_text(encoding="utf-8")


def lines_by_document() -> dict[str, list[str]]:
    """Return the lines of each document that begin with a program."""
    lines_of = {}
    for path in DOCUMENTS:
        lines = [line for line in shell_lines(path.read_text(encoding="utf-8")) if line]
        lines_of[path.relative_to(ROOT).as_posix()] = [line for line in lines if line.split()[0] in PROGRAMS]
    return {document: lines for document, lines in lines_of.items() if lines}


LINES = lines_by_document()


@pytest.mark.parametrize("document", LINES)
def test_every_line_is_run_or_has_a_reason(document):
    if f'"{document}"' in RUN_BY:  # the door takes a page as it is
        return
    assert [line for line in LINES[document] if not reason(document, line)] == []


def test_the_lines_of_the_readme_are_those_that_three_readers_run():
    starts = re.findall(r'"(grade \w* *)"', RUN_BY)
    left = [line.split("#")[0].strip() for line in LINES["README.md"] if not reason("README.md", line)]
    others = [
        line
        for line in left
        if not line.startswith(tuple(start.strip() for start in starts if start.strip() != "grade"))
    ]
    assert others == ["grade", "grade release bundle/"]  # progress; what makes the bundle of the other tests


@pytest.mark.parametrize(("document", "start"), [(name, start) for name in NOT_RUN for start in NOT_RUN[name]])
def test_a_reason_is_of_a_line_that_stands_there(document, start):
    assert any(line.startswith(start) for line in LINES.get(document, ()))


@pytest.mark.parametrize("why", sorted({why for reasons in NOT_RUN.values() for why in reasons.values()}))
def test_what_a_reason_names_is_there(why):
    for name in re.findall(r"\btest_\w+\.py", why):
        assert list((ROOT / "tests").rglob(name)), name
    for target in re.findall(r"make (\w+) runs", why):
        assert f"\n{target}: " in (ROOT / "Makefile").read_text(encoding="utf-8")
