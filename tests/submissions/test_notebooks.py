"""Notebooks: stubs become cells and cells become the same files, whatever else stands in a notebook."""

import ast
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.course import layout
from grader.course.registry import find_course, load_course
from grader.errors import RejectedError
from grader.submissions.hand_ins import read_inbox
from grader.submissions.notebooks import notebook_text, python_files
from tests.toy_course import COUNT, make_course

COURSE = load_course(find_course(Path(__file__).parent))


def files_of(unit, folder):
    return {stem: (folder / f"{stem}.py").read_text(encoding="utf-8") for stem in unit.files}


@pytest.mark.parametrize("unit", COURSE.units, ids=lambda unit: unit.name)
@pytest.mark.parametrize("folder", [layout.exercises, layout.solutions])
def test_the_cells_of_every_unit_are_its_files(unit, folder):
    files = files_of(unit, folder(COURSE.root, unit.name))
    back = python_files(notebook_text(unit.title, files).encode())
    assert [*back] == [*files]
    for stem, text in files.items():
        assert ast.dump(ast.parse(back[stem])) == ast.dump(ast.parse(text)), stem


def test_the_cells_of_a_unit_run_from_top_to_bottom():
    unit = COURSE.unit("perceptron")
    document = json.loads(notebook_text(unit.title, files_of(unit, layout.solutions(COURSE.root, unit.name))))
    names: dict[str, object] = {}
    for cell in document["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    assert names["xor_gate"](1.0, 0.0) == 1


def notebook(*cells):
    listed = [{"cell_type": kind, "source": source} for kind, source in cells]
    return json.dumps({"cells": listed, "nbformat": 4}).encode()


def test_only_cells_that_name_a_file_are_part_of_it_and_commands_are_comments():
    data = notebook(
        ("markdown", "# count.py"),
        ("code", ["# count.py\n", "%matplotlib inline\n", "#| from .line import slope\n", "x = 1\n"]),
        ("code", "print(x)"),
        ("code", "#count.py \n!pip install torch\nhelp?\ny = x % 2"),
    )
    assert python_files(data) == {
        "count": "# %matplotlib inline\nfrom .line import slope\nx = 1\n\n\n# !pip install torch\n# help?\ny = x % 2\n"
    }


def test_an_expression_that_goes_on_with_a_percent_sign_is_no_command():
    data = notebook(("code", "# count.py\nrest = (\n    total\n    % 7\n)\nprint(rest)"))
    assert python_files(data) == {"count": "rest = (\n    total\n    % 7\n)\nprint(rest)\n"}


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"cells": 3}', b"\xff", b"[" * 100_000, b'{"cells": [' + b"1," * 20_000 + b"1]}"]
)
def test_what_is_no_notebook_is_refused(data):
    with pytest.raises(RejectedError, match="the notebook"):
        python_files(data)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_any_json_is_read_or_refused(value):
    data = json.dumps({"cells": [value, {"cell_type": "code", "source": value}]}).encode()
    assert isinstance(python_files(data), dict)  # cells of another form are nobody's


@pytest.mark.parametrize("name", ["counts.ipynb", "counts/counts (1).ipynb", "my work/Untitled.ipynb"])
def test_a_notebook_is_a_hand_in_like_its_files(tmp_path, name):
    course = make_course(tmp_path / "course")
    unit = course.unit("counts")
    path = tmp_path / "submissions" / "ada" / name
    path.parent.mkdir(parents=True)
    path.write_text(notebook_text(unit.title, {"count": COUNT}), encoding="utf-8")
    (hand_in,) = read_inbox(tmp_path / "submissions", course, units=["counts"]).hand_ins
    assert hand_in.submission.problem == ""
    assert ast.dump(ast.parse(hand_in.submission.files["count"])) == ast.dump(ast.parse(COUNT))
    assert hand_in.submission.ignored == ()


def test_a_notebook_without_marked_cells_says_what_to_do(tmp_path):
    course = make_course(tmp_path / "course")
    path = tmp_path / "submissions" / "ada" / "work.ipynb"
    path.parent.mkdir(parents=True)
    path.write_bytes(notebook(("code", COUNT)))
    hand_ins = read_inbox(tmp_path / "submissions", course, units=["counts"]).hand_ins
    (problem,) = [hand_in.submission.problem for hand_in in hand_ins if hand_in.submission.unit == "counts"]
    assert "no cell names its file" in problem
