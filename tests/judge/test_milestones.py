"""Milestones of submissions: drawn as at home, and whatever the student's code returns costs no more than its picture.

Catches: text that is taken as a formula, methods and options that no milestone needs, answers without end or measure,
a worker that knows something hidden.
"""

import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest

from grader.course.registry import load_course
from grader.judge.judges import solution_files
from grader.judge.milestones import MilestoneDrawer, Picture
from grader.judge.redrawing import DOTS_PER_INCH
from grader.records import Isolation
from grader.sandbox.launcher import Launcher
from solutions.perceptron import milestone as perceptron
from tests.judge.conftest import TOY
from tests.sandbox.conftest import launcher_or_skip

ROOT = Path(__file__).parents[2]

MILESTONE = '''\
"""A line."""

import numpy as np
from matplotlib.figure import Figure

from .first import double


def draw():
    figure = Figure(figsize=(3, 3), layout="constrained")
    panel = figure.subplots()
    x = np.linspace(0, 1, 12).reshape(6, 2)
    answer = double(x)
    panel.set_title(answer if isinstance(answer, str) else "twice")
    panel.plot(x[:, 0], np.arange(6) if isinstance(answer, str) else answer[:, 0], label="all")
    panel.spines[["top", "right"]].set_visible(False)
    return figure
'''


@pytest.fixture(scope="module")
def launcher() -> Iterator[Launcher]:
    """Return a launcher of sealed workers."""
    opened = launcher_or_skip(Isolation.SEALED)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def drawer(launcher: Launcher, tmp_path_factory: pytest.TempPathFactory) -> MilestoneDrawer:
    """Return what draws the milestone of a toy course, with little time."""
    root = tmp_path_factory.mktemp("milestones") / "toy"
    shutil.copytree(TOY, root)
    (root / "solutions" / "toy" / "milestone.py").write_text(MILESTONE, encoding="utf-8")
    return MilestoneDrawer(load_course(root), launcher, seconds=1.0)


def picture(drawer: MilestoneDrawer, body: str, above: str = "") -> Picture:
    """Draw with a `double` of this body."""
    lines = "\n".join(f"    {line}" for line in body.split("\n"))
    return drawer.draw(drawer.course.unit("toy"), {"first": f"import numpy as np\n{above}\ndef double(x):\n{lines}\n"})


def pixels(png: bytes) -> np.ndarray:
    """Return a picture's pixels."""
    return matplotlib.image.imread(io.BytesIO(png))


def test_the_picture_is_the_one_that_the_milestone_draws(launcher: Launcher) -> None:
    course = load_course(ROOT)
    unit, at_home = course.unit("perceptron"), io.BytesIO()
    perceptron.draw().savefig(at_home, format="png", dpi=DOTS_PER_INCH)
    drawn = MilestoneDrawer(course, launcher).draw(unit, solution_files(ROOT, unit))
    assert not drawn.reason
    assert np.array_equal(pixels(drawn.png), pixels(at_home.getvalue()))


TEXTS = (
    "\\$x$ $\\frac",
    "<script>alert(1)</script><svg onload=alert(1)>",
    "\x1b[2J\u202etitle\x00",
    "t\n" * 10_000,
)


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_a_text_is_a_text(drawer: MilestoneDrawer, text: str) -> None:
    drawn = picture(drawer, f"return {text!r}")
    assert drawn.png, drawn.reason
    assert b"script" not in drawn.png
    assert pixels(drawn.png).shape == (300, 300, 4)


DRAWS_SOMETHING = ("np.full_like(x, np.nan)", "1e300 * x")


@pytest.mark.parametrize("answer", DRAWS_SOMETHING)
def test_odd_numbers_give_a_picture_or_a_reason(drawer: MilestoneDrawer, answer: str) -> None:
    drawn = picture(drawer, f"return {answer}")
    assert bool(drawn.png) != bool(drawn.reason)


HOSTILE = {
    "endless": ("while True: pass", "in time"),
    "asleep": ("import time\ntime.sleep(1000)", "in time"),
    "huge": ("return np.zeros((4_000_000, 2))", "too large"),
    "all memory": ("return np.ones((1 << 40,))", ""),
    "another shape": ("return x[:2]", "the numbers do not fit the picture"),
    "no array": ("return {1: object()}", ""),
    "exit": ("raise SystemExit(0)", "SystemExit"),
    "dies": ("import sys\nsys.modules['posix'].kill(0, 9)", ""),
    "unwritten": ("raise NotImplementedError('double')", "double"),
    "raises": ("raise type('Kind<b>', (ValueError,), {})('text\\n' * 500)", "Kind"),
    "deep": ("a = []\nfor _ in range(10_000): a = [a]\nreturn a", ""),
}


@pytest.mark.parametrize(("body", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_what_cannot_be_drawn_has_a_reason_of_one_line(drawer: MilestoneDrawer, body: str, reason: str) -> None:
    drawn = picture(drawer, body)
    assert not drawn.png
    assert reason in drawn.reason
    assert 0 < len(drawn.reason) <= 200
    assert "\n" not in drawn.reason


FIGURES = 'import sys\nFigure = sys.modules["matplotlib.figure"].Figure'
FORGED = {
    "a file": ("Figure().subplots().figure.canvas", "Figure.canvas"),
    "a method": ("Figure().savefig('/box/x')", "Figure.savefig"),
    "tex": ("Figure().subplots().set_title('x', usetex=True)", "option usetex"),
    "a font": ("Figure().subplots().set_title('x', font='/etc/passwd')", "option font"),
    "a size": ("Figure(figsize=(1e6, 1e6))", "inches"),
    "parts": ("Figure().subplots(9, 1)", "at most 8 parts"),
    "memory": ("Figure().subplots().hist([1.0, 2.0], bins=10**11)", "the numbers do not fit"),
    "a format": ("p = Figure().subplots()\np.bar_label(p.bar([1], [1]), fmt='%999999999d')", "format of numbers"),
    "steps": ("p = Figure().subplots()\nwhile True: p.axis('off')", "steps"),
    "an item": ("Figure()[0]", "no items"),
}


@pytest.mark.parametrize(("body", "reason"), FORGED.values(), ids=FORGED)
def test_a_forged_recording_gives_no_picture(drawer: MilestoneDrawer, body: str, reason: str) -> None:
    drawn = picture(drawer, f"{FIGURES}\n{body}\nreturn 2 * x")
    assert not drawn.png
    assert reason in drawn.reason
