"""A toy course that can really be graded, and one whose suite does not hold."""

from pathlib import Path

from grader.course.cut import build_exercises
from grader.course.registry import Course, load_course

REGISTRY = """\
[course]
name = "toy"
title = "A toy course"
units = ["lines", "counts"]

[limits]
call_seconds = 1
test_seconds = 5
submission_seconds = 30
"""

LINES_UNIT = """\
title = "Straight lines"

[[task]]
name = "slope"
file = "line"
title = "The slope through the origin"
minutes = 10
difficulty = 1
hints = ["What does the slope say?", "Compare the two changes.", "Divide the second by the first."]

[[task]]
name = "residuals"
file = "line"
title = "What the line misses"
minutes = 15
difficulty = 2
requires = ["slope"]
hints = ["What is left over?", "Predict first.", "Mind the sign."]

[[task]]
name = "centred"
file = "shift"
title = "Data around zero"
minutes = 15
difficulty = 2
hints = ["What is in the middle?", "Which axis?", "Mind the sign."]

[[task]]
name = "centred_slope"
file = "shift"
title = "The slope through the middle"
minutes = 15
difficulty = 2
requires = ["slope", "centred"]
hints = ["What goes through the middle?", "Centre first.", "Then it is that slope."]
"""

COUNTS_UNIT = """\
title = "Counting"

[[task]]
name = "total"
file = "count"
title = "A sum"
minutes = 20
difficulty = 3
hints = ["What is added?", "Along which axis?", "It begins at zero."]
"""

LINE = '''\
"""Straight lines through the origin."""

import numpy as np


### BEGIN SOLUTION ONLY
def _predicted(x, a):
    return a * x


### END SOLUTION ONLY


def slope(x, y):
    """Return the slope of the least-squares line through the origin."""
    ### BEGIN SOLUTION
    return float(np.dot(x, y)) / float(np.dot(x, x))
    ### END SOLUTION


def residuals(x, y):
    """Return what the line through the origin misses at every point."""
    ### BEGIN SOLUTION
    return y - _predicted(x, slope(x, y))
    ### END SOLUTION
'''

SHIFT = '''\
"""Lines that need not go through the origin."""

from .line import slope


def centred(x):
    """Subtract the mean."""
    ### BEGIN SOLUTION
    return x - x.mean()
    ### END SOLUTION


def centred_slope(x, y):
    """Return the slope of the line through the middle of the data."""
    ### BEGIN SOLUTION
    return slope(centred(x), centred(y))
    ### END SOLUTION
'''

COUNT = '''\
"""Counting."""


def total(x):
    """Add up all numbers."""
    ### BEGIN SOLUTION
    return float(x.sum())
    ### END SOLUTION
'''

VISIBLE = '''\
"""A visible test."""

import numpy as np

from grader.judge import check, task


@task("{name}", points=1)
def test_{name}_matches_the_worked_example(student):
    check(student.{name}({arguments})).equals({value})
'''

HIDDEN_LINE = '''\
"""Hidden tests of line.py."""

import numpy as np

from grader.judge import check, task


def points(rng):
    return rng.normal(1.0, 1.0, 20), rng.normal(2.0, 1.0, 20)


@task("slope", points=2.5, about="random numbers")
def test_slope_agrees_with_least_squares(student, rng):
    x, y = points(rng)
    check(student.slope(x, y)).equals(float(np.linalg.lstsq(x[:, None], y, rcond=None)[0][0]))


@task("slope", points=1, about="random numbers")
def test_slope_is_a_plain_number(student, rng):
    assert type(student.slope(*points(rng))) is float


@task("residuals", points=4, about="random numbers")
def test_residuals_are_what_is_left(student, rng):
    x, y = points(rng)
    check(student.residuals(x, y)).equals(y - x * (x @ y) / (x @ x))
'''

HIDDEN_SHIFT = '''\
"""Hidden tests of shift.py."""

import numpy as np

from grader.judge import check, task


@task("centred", points=2, about="random numbers")
def test_the_mean_is_gone(student, rng):
    x = rng.normal(1.0, 1.0, 20)
    check(student.centred(x)).equals(x - np.mean(x))


@task("centred_slope", points=3, about="random numbers")
def test_agrees_with_a_fit(student, rng):
    x, y = rng.normal(1.0, 1.0, (2, 20))
    check(student.centred_slope(x, y)).equals(float(np.polyfit(x, y, 1)[0]))
'''

HIDDEN_COUNT = '''\
"""Hidden tests of count.py."""

from grader.judge import check, task


@task("total", points=3, about="random numbers")
def test_total_agrees_with_numpy(student, rng):
    x = rng.normal(1.0, 1.0, (3, 4))
    check(student.total(x)).equals(float(x.sum()))
'''

WRONG_LINES = '''\
"""Wrong answers."""

import numpy as np

from grader.judge import misconception
from solutions.lines import line
from solutions.lines import shift as moved
from solutions.lines.line import slope as right_slope

HALF = 0.5


def _predicted(x, a):
    """Has the name of a helper in the solution, and is another one."""
    return -a * x


@misconception("slope", "The slope is upside down. Swap what is divided by what.")
def upside_down(x, y):
    return line.slope(y, x)


@misconception("slope", "It is the change of the means. It should go through all points.")
def ratio_of_means(x, y):
    return float(np.mean(y) / np.mean(x))


@misconception("residuals", "The sign is turned round. It is data minus prediction.")
def residuals_negated(x, y):
    return -line.residuals(x, y)


@misconception("residuals", "The prediction is subtracted twice. Once will do.")
def added_instead(x, y):
    return y + 2 * _predicted(x, right_slope(x, y))


@misconception("centred", "The median is subtracted. It should be the mean.")
def around_the_median(x):
    return x - np.quantile(x, HALF)


@misconception("centred_slope", "Only x is centred. Both are to be.")
def only_one_is_centred(x, y):
    return right_slope(moved.centred(x), y + 1.0 * x)


@misconception("centred_slope", "The data are not centred. Subtract the means first.")
def not_centred(x, y):
    return line.slope(x, y)
'''

WRONG_COUNTS = '''\
"""Wrong answers."""

from grader.judge import misconception


@misconception("total", "It is the mean. Nothing is divided here.")
def the_mean(x):
    return float(x.mean())


@misconception("total", "Only the first row is added up.")
def first_row(x):
    return float(x[0].sum())
'''

TRIVIAL_LINES = """\
[[passed]]
task = "residuals"
test = "line.test_residuals_matches_the_worked_example"
answers = ["zeros"]
reason = "A line through both points misses neither."

[[passed]]
task = "slope"
test = "line.test_slope_is_a_plain_number"
answers = ["zeros", "ones", "nan", "falling"]
reason = "It asks for the type alone."
"""

RIGHT_LINES = '''\
"""Other right answers."""

import numpy as np

from solutions.lines import line


def slope__by_einsum(x, y):
    return float(np.einsum("n,n", x, y) / np.einsum("n,n", x, x))


def slope__by_least_squares(x, y):
    return float(np.linalg.lstsq(x[:, None], y, rcond=None)[0][0])


def residuals__in_a_loop(x, y):
    a = line.slope(x, y)
    return np.array([b - a * c for b, c in zip(y, x, strict=True)])


def residuals__by_projection(x, y):
    return y - np.outer(x, x) @ y / (x @ x)


def centred__by_sum(x):
    return x - x.sum() / len(x)


def centred__by_matrix(x):
    return (np.eye(len(x)) - 1 / len(x)) @ x


def centred_slope__by_covariance(x, y):
    return float(np.cov(x, y)[0, 1] / np.var(x, ddof=1))


def centred_slope__by_fit(x, y):
    return float(np.polyfit(x, y, 1)[0])
'''

RIGHT_COUNTS = '''\
"""Other right answers."""

import math


def total__exactly_rounded(x):
    return math.fsum(x.ravel())


def total__row_by_row(x):
    return float(sum(x.ravel().tolist()))
'''


def _visible(name: str, arguments: str, value: str) -> str:
    return VISIBLE.format(name=name, arguments=arguments, value=value)


def _files() -> dict[str, str]:
    pair = "np.array([1.0, 2.0]), np.array([2.0, 4.0])"
    second = _visible("residuals", pair, "np.zeros(2)").partition("import check, task\n")[2]
    other = _visible("centred_slope", pair, "2.0").partition("import check, task\n")[2]
    return {
        "course.toml": REGISTRY,
        "exercises/lines/unit.toml": LINES_UNIT,
        "exercises/counts/unit.toml": COUNTS_UNIT,
        "solutions/lines/line.py": LINE,
        "solutions/lines/shift.py": SHIFT,
        "solutions/counts/count.py": COUNT,
        "exercises/lines/test_line.py": _visible("slope", pair, "2.0") + second,
        "exercises/lines/test_shift.py": _visible("centred", "np.array([1.0, 3.0])", "np.array([-1.0, 1.0])") + other,
        "exercises/counts/test_count.py": _visible("total", "np.array([1.0, 2.0])", "3.0"),
        "tests/hidden/lines/test_line.py": HIDDEN_LINE,
        "tests/hidden/lines/test_shift.py": HIDDEN_SHIFT,
        "tests/hidden/lines/misconceptions.py": WRONG_LINES,
        "tests/hidden/lines/variants.py": RIGHT_LINES,
        "tests/hidden/lines/trivial.toml": TRIVIAL_LINES,
        "tests/hidden/counts/variants.py": RIGHT_COUNTS,
        "tests/hidden/counts/test_count.py": HIDDEN_COUNT,
        "tests/hidden/counts/misconceptions.py": WRONG_COUNTS,
    }


def make_course(root: Path) -> Course:
    """Write the toy course into a folder, its exercises built."""
    for name, text in _files().items():
        write(root / name, text)
    course = load_course(root)
    build_exercises(root, course)
    return course


def write(path: Path, text: str) -> Path:
    """Write a text file and the folders that it needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


BROKEN_REGISTRY = """\
[course]
name = "broken"
title = "A course whose suite does not hold"
units = ["sums", "torn"]
"""

BROKEN_SUMS_UNIT = """\
title = "Sums"

[[task]]
name = "added"
file = "add"
title = "Two numbers"
minutes = 5
difficulty = 1
hints = ["What is added?", "To what?", "It begins at zero."]

[[task]]
name = "doubled"
file = "add"
title = "A number twice"
minutes = 5
difficulty = 1
hints = ["What is added?", "To what?", "Once for each."]

[[task]]
name = "kept"
file = "add"
title = "A number and a cache"
minutes = 5
difficulty = 1
hints = ["What is kept?", "Where?", "For whom?"]

[[task]]
name = "opened"
file = "add"
title = "What a cache holds"
minutes = 5
difficulty = 1
hints = ["What was kept?", "Where?", "By whom?"]

[[task]]
name = "applied"
file = "add"
title = "A function's value"
minutes = 5
difficulty = 1
hints = ["What is called?", "With what?", "How often?"]
"""

BROKEN_TORN_UNIT = """\
title = "A unit whose variants do not load"

[[task]]
name = "halved"
file = "half"
title = "Half of it"
minutes = 5
difficulty = 1
hints = ["What is halved?", "By what?", "Why?"]
"""

BROKEN_SOLUTION = '''\
"""Sums."""


def added(a: float, b: float) -> float:
    """Add."""
    ### BEGIN SOLUTION
    return a + b
    ### END SOLUTION


def doubled(a: float) -> float:
    """Add to itself."""
    ### BEGIN SOLUTION
    return 2 * a
    ### END SOLUTION


def kept(a: float) -> tuple[float, object]:
    """Return a number, and keep it."""
    ### BEGIN SOLUTION
    return a, (a,)
    ### END SOLUTION


def opened(cache: object) -> float:
    """Return what was kept."""
    ### BEGIN SOLUTION
    return cache[0]
    ### END SOLUTION


def applied(f: object, a: float) -> float:
    """Call a function."""
    ### BEGIN SOLUTION
    return f(a)
    ### END SOLUTION
'''

BROKEN_HIDDEN = '''\
"""Hidden tests that do not hold."""

from grader.judge import check, task


@task("added", points=1, about="nothing")
def test_any_stub_passes(student):
    pass


@task("added", points=1, about="nothing")
def test_no_solution_passes(student):
    check(student.added(1, 2)).equals(4)


@task("added", points=1, about="nothing")
def test_two_and_two_are_four(student):
    check(student.added(2, 2)).equals(4)


@task("doubled", points=1, about="nothing")
def test_is_added_to_itself(student):
    check(student.doubled(1.5)).equals(student.added(1.5, 1.5))


@task("kept", points=1, about="nothing")
def test_returns_its_argument(student):
    check(student.kept(3)[0]).equals(3)


@task("opened", points=1, about="nothing")
def test_believes_what_is_said(student):
    said = student.opened(student.kept(3)[1])
    check(said).holds(said < 4, f"{said} is too much")


@task("opened", points=1, about="nothing")
def test_finds_what_was_kept(student):
    check(student.opened(student.kept(3)[1])).equals(3)


@task("applied", points=2)
def test_is_what_the_function_returns(student):
    check(student.applied(lambda a: 2 * a, 3)).equals(6)
'''

BROKEN_RIGHT = '''\
"""Answers to be accepted; the first is wrong where only another task's test looks."""


def added__of_whole_numbers(a, b):
    return int(a) + int(b)


def added__the_other_way_round(a, b):
    return b + a


def kept__by_name(a):
    return a, {"a": a}


def applied__in_this_process(f, a):
    return f(a) if __name__.startswith("tests") else a


def nothing__of_this_unit(): ...
'''

TORN_SOLUTION = '''\
"""Halves."""


def halved(a):
    """Halve."""
    ### BEGIN SOLUTION
    return a / 2
    ### END SOLUTION
'''

TORN_HIDDEN = '''\
"""Hidden tests."""

from grader.judge import check, task


@task("halved", points=1, about="a number")
def test_half_of_four_is_two(student):
    check(student.halved(4)).equals(2.0)
'''

BROKEN_WRONG = '''\
"""Wrong answers that the suite does not tell apart."""

from grader.judge import misconception


@misconception("added", "The numbers are subtracted.")
def subtracted(a, b):
    return a - b


@misconception("added", "The second number is subtracted.")
def second_subtracted(a, b):
    return a - b


@misconception("applied", "The value is one too large.")
def one_too_large(f, a):
    return f(a) + 1


@misconception("applied", "The value is one too small, but not in a worker.")
def one_too_small(f, a):
    return f(a) - __name__.startswith("tests")
'''


def make_broken_course(root: Path) -> Course:
    """Write a course whose suite accepts stubs, refuses right answers and mistakes one misconception for another."""
    write(root / "course.toml", BROKEN_REGISTRY)
    write(root / "exercises/sums/unit.toml", BROKEN_SUMS_UNIT)
    write(root / "exercises/torn/unit.toml", BROKEN_TORN_UNIT)
    write(root / "solutions/sums/add.py", BROKEN_SOLUTION)
    write(root / "tests/hidden/sums/test_add.py", BROKEN_HIDDEN)
    write(root / "tests/hidden/sums/misconceptions.py", BROKEN_WRONG)
    write(root / "tests/hidden/sums/variants.py", BROKEN_RIGHT)
    write(root / "exercises/sums/notes.md", "Do not mix it up with second_subtracted.\n")
    write(root / "solutions/torn/half.py", TORN_SOLUTION)
    write(root / "tests/hidden/torn/test_half.py", TORN_HIDDEN)
    write(root / "tests/hidden/torn/variants.py", "import numpy.nowhere\n\n\ndef halved__by_product(a): ...\n")
    course = load_course(root)
    build_exercises(root, course)
    return course
