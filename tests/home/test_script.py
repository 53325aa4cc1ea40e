"""A stub as a script: its siblings are there, its examples are tried, and its own lines run."""

import subprocess
import sys

import pytest

from grader.course.script_block import BLOCK, lines_of_block, with_script_block

NEURON = "def step(z):\n    return 1.0 * (z >= 0)\n"
GATES = '''"""Gates."""

from .neuron import step


def and_gate(a, b):
    """Return 1 where both are.

    >>> and_gate(1, 1), and_gate(0, 1)
    (1.0, 0.0)
    """
    return step(a + b - 1.5)


def or_gate(a, b):
    """Return 1 where one is.

    >>> or_gate(0, 1)
    1.0
    """
    raise NotImplementedError("perceptron.or_gate")


if __name__ == "__main__":
    print("my own line", and_gate(1, 1))
'''


@pytest.fixture
def run(tmp_path):
    """Return a function that runs a file of a unit as a script."""

    def run_script(text, *, folder="exercises/perceptron", cwd="exercises/perceptron", **files):
        unit = tmp_path / "mein Kurs ü" / folder
        unit.mkdir(parents=True)
        for stem, content in {"neuron": NEURON, "gates": with_script_block(text, "gates.py"), **files}.items():
            (unit / f"{stem}.py").write_text(content, encoding="utf-8")
        command = [sys.executable, str(unit / "gates.py")]
        return subprocess.run(command, cwd=tmp_path / "mein Kurs ü" / cwd, capture_output=True, text=True, check=False)

    return run_script


@pytest.mark.parametrize("cwd", ["exercises/perceptron", "."])
def test_siblings_are_found_and_examples_tried(run, cwd):
    done = run(GATES, cwd=cwd)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "my own line 1.0",
        "gates.py: the examples of its docstrings",
        "",
        "  ok     and_gate",
        "  open   or_gate   not written yet",
        "",
        "next: grade run perceptron",
    ]


def test_a_wrong_example_is_shown_with_its_line(run):
    done = run(GATES.replace("- 1.5", "- 0.5"))
    assert done.returncode == 1
    assert "  wrong  and_gate  line 14" in done.stdout
    assert "called    and_gate(1, 1), and_gate(0, 1)\n" in done.stdout
    assert "expected  (1.0, 0.0)\n" in done.stdout
    assert "got       (1.0, 1.0)\n" in done.stdout


def test_an_exception_in_an_example_names_its_place(run):
    done = run(
        GATES.replace("return step(a + b - 1.5)", "return step(a + nothing)")
        .replace("my own line", "")
        .replace(", and_gate(1, 1))", ")")
    )
    assert done.returncode == 1
    assert "NameError: name 'nothing' is not defined  (gates.py, line 17)" in done.stdout


def test_a_stub_that_another_one_calls_is_named(run):
    done = run(
        GATES.replace("my own line", "").replace(", and_gate(1, 1))", ")"),
        neuron='def step(z):\n    raise NotImplementedError("perceptron.step")\n',
    )
    assert done.returncode == 0
    assert "  open   and_gate  waits for step" in done.stdout


def test_an_exception_while_it_runs_begins_at_the_student_s_line(run):
    done = run(f"{GATES}\n1 / 0\n")
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert lines[0].startswith("Traceback")
    assert "gates.py" in lines[1]
    assert lines[-1].startswith("ZeroDivisionError")
    assert "runpy" not in done.stderr


def test_a_file_without_examples_runs(run):
    done = run("x = 1\n")
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "gates.py has no examples")


@pytest.mark.parametrize(
    "text",
    [
        '"""A docstring."""\n\nimport os\n',
        "import os\n",
        "from __future__ import annotations\n\nimport os\n",
        "def f():\n    return 1\n",
    ],
)
def test_the_lines_stand_above_the_imports_once_and_can_be_taken_out(text):
    stub = with_script_block(text, "f.py")
    assert stub.count(BLOCK) == 1
    assert stub.index(BLOCK) < stub.index("import os" if "import os" in text else "def f")
    assert with_script_block(stub, "f.py") == stub
    places = lines_of_block(stub)
    assert "\n".join(stub.split("\n")[place] for place in places) == BLOCK.rstrip("\n")
    assert (
        "".join(line for place, line in enumerate(stub.split("\n")) if place not in places).split()
        == "".join(text.split("\n")).split()
    )
    compile(stub, "f.py", "exec")
