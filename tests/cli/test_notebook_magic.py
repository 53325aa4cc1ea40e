"""`%grade` tests what a notebook's cells have defined, and tells what it cannot.

Catches: an earlier version of a function that is tested, imports of the file that a cell takes away, a slip that is
never forgotten, a file that changes.
"""

from types import SimpleNamespace

import pytest

import grader
from grader.course import layout
from grader.submissions.notebooks import with_parts
from tests.toy_course import make_course

IMPORT = "import numpy as np"
WRONG = "def slope(x, y):\n    return 0.0\n"
RIGHT = "def slope(x, y):\n    return float((x * y).sum() / (x * x).sum())\n"


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebook") / "course"
    make_course(folder)
    return folder


@pytest.fixture
def session(root, monkeypatch):
    """Return a shell as IPython's, and what `%grade` prints of its cells."""
    monkeypatch.chdir(root)
    magics, cells = {}, [""]
    shell = SimpleNamespace(user_ns={"In": cells})
    shell.register_magic_function = lambda function, kind, name: magics.update({name: function})
    grader.load_ipython_extension(shell)
    return SimpleNamespace(cells=cells, grade=magics["grade"])


def test_the_latest_version_of_a_function_is_tested_and_the_file_stays(session, root, capsys):
    stub = layout.stub_path(root, "lines", "line").read_bytes()
    session.cells.append(f"# line.py\n{WRONG}")
    session.grade("slope")
    assert "✗" in capsys.readouterr().out
    session.cells.append(f"# line.py\n{RIGHT}")
    session.grade("slope")
    printed = capsys.readouterr().out
    assert "✓" in printed
    assert "✗" not in printed
    assert layout.stub_path(root, "lines", "line").read_bytes() == stub


def test_a_cell_with_a_slip_is_told_and_forgotten_once_it_is_mended(session, capsys):
    session.cells.append("# line.py\ndef slope(x, y:\n    return 0\n")
    session.grade("slope")
    assert "the latest cell of line.py, line 1: not valid Python" in capsys.readouterr().err
    session.cells.append(f"# line.py\n{RIGHT}")
    session.grade("slope")
    assert "✓" in capsys.readouterr().out


def test_without_a_cell_of_the_unit_the_files_are_tested_and_that_is_said(session, capsys):
    session.cells.append(RIGHT)  # names no file
    session.grade("slope")
    printed = capsys.readouterr().out
    assert "no cell of lines has run here" in printed
    assert "✓" not in printed


def test_an_unknown_name_is_an_error_with_the_next_step(session, capsys):
    session.grade("slop")
    assert 'did you mean "slope"?' in capsys.readouterr().err


def test_imports_of_a_cell_are_added_and_those_of_the_file_stay():
    text = with_parts(f"from typing import Any\n\n\n{WRONG}", [f"{IMPORT}\n\n\n{RIGHT}"] * 2, "line.py")
    assert text == f"from typing import Any\n\n{IMPORT}\n\n\n{RIGHT}"


def test_functions_keep_their_places_and_new_ones_follow():
    text = with_parts(
        "def a():\n    pass\n\n\ndef b():\n    pass\n", ["def c():\n    pass", "def a():\n    return 1"], "x.py"
    )
    assert text == "def a():\n    return 1\n\n\ndef b():\n    pass\n\n\ndef c():\n    pass\n"
