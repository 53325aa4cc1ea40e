"""A handout's picture is drawn from `picture.py`, only when that has changed, and described in the handout."""

import sys

import matplotlib as mpl
import pytest

from grader.course import pictures
from grader.course.cut import build_exercises, stale_files
from grader.course.pictures import draw_picture, is_shown, with_picture
from grader.errors import CourseError
from tests.tiny_course import PICTURE, write

SOURCE = "solutions/lines/picture.py"
DRAWN = "exercises/lines/picture.svg"


def test_a_changed_picture_is_drawn_once(root, course):
    write(root / SOURCE, PICTURE.replace("[0, 2]", "[0, 3]"))
    assert stale_files(root, course) == [root / DRAWN]
    assert build_exercises(root, course) == [root / DRAWN]
    assert "<path " in (root / DRAWN).read_text()
    assert build_exercises(root, course) == []


def test_a_fresh_picture_is_not_drawn_again(root, course, monkeypatch):
    monkeypatch.setattr(pictures, "_svg", lambda *_: pytest.fail("was drawn"))
    (root / DRAWN).write_text((root / DRAWN).read_text().replace("<svg>", '<svg version="another matplotlib">'))
    assert stale_files(root, course) == []
    assert build_exercises(root, course) == []


def test_the_same_text_gives_the_same_drawing(root):
    first = draw_picture(root, "lines")
    with mpl.rc_context({"lines.linewidth": 9, "svg.hashsalt": None, "svg.fonttype": "none"}):
        assert draw_picture(root, "lines") == first
    assert "<dc:date>" not in first
    assert mpl.__version__ not in first
    assert "<text" not in first
    assert not any(line != line.rstrip() for line in first.split("\n"))


def test_drawing_leaves_matplotlib_s_settings_alone(root):
    write(
        root / SOURCE,
        PICTURE.replace(
            "    figure = ", '    import matplotlib\n    matplotlib.rcParams["font.size"] = 3\n    figure = '
        ),
    )
    before = dict(mpl.rcParams)
    draw_picture(root, "lines")
    assert dict(mpl.rcParams) == before


def test_the_description_is_the_docstring_s_first_paragraph_on_one_line(root):
    assert "\n![A straight line through the origin.](picture.svg)\n" in (root / "exercises/lines/README.md").read_text()
    assert "<title>A straight line through the origin.</title>" in draw_picture(root, "lines")


def test_the_description_follows_the_docstring_and_may_hold_brackets(root, course):
    handout = root / "exercises/lines/README.md"
    write(root / SOURCE, PICTURE.replace("A straight line", r"Both w[0] and \\[w"))
    assert build_exercises(root, course) == [handout, root / DRAWN]
    assert r"![Both w\[0\] and \\\[w through the origin.](picture.svg)" in handout.read_text()
    assert build_exercises(root, course) == []


@pytest.mark.parametrize("old", ["![](picture.svg)", "![a\nb](picture.svg)", r"![w\[0\]](picture.svg)"])
def test_an_earlier_description_is_replaced(old):
    assert is_shown(old)
    assert with_picture(f"See ![x](curve.png) {old}.", "New") == "See ![x](curve.png) ![New](picture.svg)."


def test_without_a_picture_the_handout_keeps_its_text(root, course):
    (root / SOURCE).unlink()
    write(root / "exercises/lines/README.md", "![by hand](picture.svg)\n")
    assert build_exercises(root, course) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "    return figure\n",
            "    return figure, 1\n",
            "picture.py: draw() returned a tuple, not a matplotlib Figure",
        ),
        ("[0, 1], [0, 2]", "[0, 1], [0]", "picture.py, line 13: drawing failed: ValueError: x and y must"),
        (
            "def draw",
            "def sketch",
            "picture.py: has no function draw()",
        ),
        (
            "from matplotlib.figure",
            "from torch",
            "picture.py, line 7: imports torch; a picture needs NumPy, matplotlib",
        ),
        ("from matplotlib.figure", "from . ", "picture.py, line 7: imports .; a picture needs NumPy, matplotlib"),
        ("def draw(", "def draw((", "picture.py, line 10: not valid Python"),
        ('"""A straight line\nthrough the origin.\n\nIts slope is 2.\n"""\n', "", "picture.py: has no docstring"),
    ],
)
def test_a_picture_that_cannot_be_drawn_is_told_with_its_place(root, course, old, new, message):
    assert old in PICTURE
    write(root / SOURCE, PICTURE.replace(old, new))
    with pytest.raises(CourseError) as caught:
        build_exercises(root, course)
    assert f"solutions/lines/{message}" in caught.value.message


def test_drawing_leaves_no_module_behind(root):
    draw_picture(root, "lines")
    assert "picture" not in sys.modules
    assert not (root / "solutions/lines/__pycache__").exists()
