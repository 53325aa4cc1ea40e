"""`%load_ext grader` and `%grade` in IPython's own shell, in an environment that has it."""

import pytest

from tests.doors.environments import nbgrader_environment
from tests.toy_course import make_course

SESSION = """
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance()
for cell in (
    "%load_ext grader",
    "# line.py\\ndef slope(x, y):\\n    return 0.0",
    "%grade slope",
    "print('between')",
    "# line.py\\ndef slope(x, y):\\n    return float((x * y).sum() / (x * x).sum())",
    "%grade slope",
    "%grade slop",
    "%grade?",
):
    shell.run_cell(cell, store_history=True)
"""


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """Return what a session in a notebook's shell prints."""
    folder = tmp_path_factory.mktemp("magic") / "course"
    make_course(folder)
    done = nbgrader_environment().run("python", "-c", SESSION, folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_a_wrong_cell_fails_and_its_mended_version_passes(printed):
    before, _, after = printed.partition("between")
    assert "✗" in before
    assert "✗" not in after
    assert "✓" in after
    assert "Traceback" not in printed


def test_the_magic_says_what_it_is_for_and_what_is_unknown(printed):
    assert 'did you mean "slope"?' in printed
    assert "%grade conv2d_forward" in printed
