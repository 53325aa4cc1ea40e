"""Tasks that a save touches: what changed, who uses it, who requires it, and nothing for a comment."""

import pytest

from grader.course.model import Task, Unit
from grader.home.changes import outlines_of, touched_tasks

A = '''"""First file."""

import numpy as np

RATE = 0.5


def helper(x):
    return x + 1


def first(x):
    """Say what it does."""
    return helper(x)


def second(x):
    return x * RATE


if __name__ == "__main__":
    print(first(1))
'''

B = """from first_file import second


class Third:
    def call(self, x):
        return second(x)


def fourth(x):
    return -x
"""


def task(name: str, file: str, requires: tuple[str, ...] = ()) -> Task:
    return Task(name, file, name, 5, 1, ("a", "b", "c"), requires=requires)


@pytest.fixture(scope="module")
def unit() -> Unit:
    tasks = (task("first", "a"), task("second", "a"), task("Third", "b"), task("fourth", "b", ("first",)))
    return Unit(name="toy", title="Toy", tasks=tasks)


def touched(unit: Unit, a: str = A, b: str | None = B) -> tuple[str, ...]:
    before, files = outlines_of({"a": A, "b": B}), {"a": a} | ({} if b is None else {"b": b})
    return touched_tasks(unit, before, outlines_of(files))


def test_everything_is_touched_at_first(unit):
    assert touched_tasks(unit, {}, outlines_of({"a": A, "b": B})) == ("first", "second", "Third", "fourth")


@pytest.mark.parametrize(
    "text",
    [
        A,
        A.replace("Say what it does.", "Say it better."),
        A.replace("return x + 1", "return x + 1  # one more"),
        A.replace("return x + 1", "return (\n        x + 1\n    )"),
        A.replace("print(first(1))", "print(first(2))"),
        A.replace('"""First file."""', '"""The first file."""'),
    ],
    ids=["nothing", "docstring", "comment", "format", "script", "title"],
)
def test_what_does_not_run_touches_nothing(unit, text):
    assert touched(unit, text) == ()


@pytest.mark.parametrize(
    ("old", "new", "tasks"),
    [
        ("return helper(x)", "return helper(2 * x)", ("first", "fourth")),
        ("return x + 1", "return x + 2", ("first", "fourth")),
        ("return x * RATE", "return x", ("second", "Third")),
        ("RATE = 0.5", "RATE = 0.25", ("second", "Third")),
        ("import numpy as np", "import numpy as np\n\nnp.seterr()", ("first", "second", "Third", "fourth")),
        ("def helper(x):\n    return x + 1\n", "", ("first", "fourth")),
        ("return x + 1", "return x +", ("first", "second", "Third", "fourth")),
    ],
    ids=["own", "helper", "used elsewhere", "constant", "on import", "deleted", "broken"],
)
def test_a_change_touches_its_task_and_those_above(unit, old, new, tasks):
    assert touched(unit, A.replace(old, new)) == tasks


def test_a_file_that_is_whole_again_is_run_whole(unit):
    broken = outlines_of({"a": "def", "b": B})
    assert touched_tasks(unit, broken, outlines_of({"a": A, "b": B})) == ("first", "second", "Third", "fourth")
    assert touched_tasks(unit, broken, outlines_of({"a": "def ", "b": B})) == ()


def test_a_missing_file_touches_its_tasks(unit):
    assert touched(unit, b=None) == ("Third", "fourth")


def test_code_that_reads_itself_is_touched_by_a_comment(unit):
    text = A.replace("return x + 1", "return vars()")
    before = outlines_of({"a": text, "b": B})
    after = outlines_of({"a": f"{text}# more\n", "b": B})
    assert touched_tasks(unit, before, after) == ("first", "second", "Third", "fourth")
