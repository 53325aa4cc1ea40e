"""Every attack on the grading of tests that students write, in sealed workers: none wins a point."""

from collections.abc import Iterator

import pytest

from tests.attacks.written import FILES
from tests.course_with_tests import Grade, earned, grading_tests


@pytest.fixture(scope="module")
def grade(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grade]:
    """Return a function that grades a file of tests in sealed workers."""
    with grading_tests(tmp_path_factory.mktemp("tests") / "course") as graded:
        yield graded


@pytest.mark.parametrize("name", FILES)
def test_an_attack_wins_nothing(grade: Grade, name: str) -> None:
    records = grade(FILES[name])
    assert len(records) == 4
    assert earned(records) == 0, {test: record.feedback.message for test, record in records.items()}
