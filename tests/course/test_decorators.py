"""Reader of `@task` and `@misconception`: what it finds in a file without importing it."""

from grader.course import decorators, layout
from tests.toy_course import write

TESTS = """\
@task("slope", points=1, about="float32, an empty batch")
def test_other_types(student): ...


@task("slope", points=1)
def test_the_rest(student): ...
"""

WRONG = """\
@misconception("slope", "It is upside down.", source="https://example.org/thread")
def upside_down(x, y): ...


@misconception("slope", "It is negative.")
def negative(x, y): ...
"""


def test_what_a_hidden_test_looks_at_is_read(tmp_path):
    path = write(tmp_path / "test_line.py", TESTS)
    assert [test.about for test in decorators.tests_of(tmp_path, path)] == ["float32, an empty batch", ""]


def test_the_source_of_a_misconception_is_read(tmp_path):
    write(layout.misconceptions(tmp_path, "lines"), WRONG)
    found = decorators.misconceptions_of(tmp_path, "lines")
    assert [wrong.source for wrong in found] == ["https://example.org/thread", ""]
