"""The tiny course in a temporary folder, for the tests of this room to use and to break."""

from pathlib import Path

import pytest

from grader.course.cut import build_exercises
from grader.course.registry import Course, load_course
from tests.course.tiny_course import texts, write


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return the folder of a fresh tiny course, its exercises built."""
    folder = tmp_path / "tiny"
    for name, text in texts().items():
        write(folder / name, text)
    build_exercises(folder, load_course(folder))
    return folder.resolve()


@pytest.fixture
def course(root: Path) -> Course:
    """Return the tiny course."""
    return load_course(root)
