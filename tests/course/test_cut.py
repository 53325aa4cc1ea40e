"""Stubs are cut strictly: a region in its place becomes one `raise`, anything doubtful is an error with its line."""

import ast
import subprocess
import sys
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.course.cut import cut
from grader.errors import CourseError
from tests.tiny_course import COUNT, LINE


def stub_of(text):
    return cut(dedent(text), "demo", "demo/file.py")


def problem_of(text):
    with pytest.raises(CourseError) as caught:
        stub_of(text)
    return caught.value.message


def test_a_region_becomes_one_raise_at_its_indentation():
    stub = stub_of("""
        def f(x):
            '''Doc.'''
            y = 1
            for i in range(3):
                ### BEGIN SOLUTION
                y += x

                y *= 2
                ### END SOLUTION
            return y
    """)
    assert stub == dedent("""\
        def f(x):
            '''Doc.'''
            y = 1
            for i in range(3):
                raise NotImplementedError("demo.f")
            return y
    """)


def test_a_method_is_named_with_its_class():
    assert 'raise NotImplementedError("counting.Counter.show")' in cut(COUNT, "counting", "count.py")


def test_a_nested_function_belongs_to_the_outer_one():
    stub = stub_of("""
        def outer():
            def inner():
                ### BEGIN SOLUTION
                return 1
                ### END SOLUTION
            return inner
    """)
    assert 'raise NotImplementedError("demo.outer")' in stub


def test_what_only_the_solution_needs_disappears_without_a_gap():
    stub = cut(LINE, "lines", "line.py")
    assert "numpy as np" not in stub
    assert "_predicted" not in stub
    assert "\n\n\n\n" not in stub
    assert "SOLUTION" not in stub


@pytest.mark.parametrize("source", [LINE, COUNT])
def test_the_stub_is_formatted(source, tmp_path):
    path = tmp_path / "stub.py"
    path.write_text(cut(source, "unit", "file.py"))
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length=120", "--diff", str(path)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout


def test_two_regions_of_one_function_and_text_around_them_stay():
    stub = stub_of("""
        def f():
            ### BEGIN SOLUTION
            a = 1
            ### END SOLUTION
            # what students read
            ### BEGIN SOLUTION
            return a
            ### END SOLUTION
    """)
    assert stub.count('raise NotImplementedError("demo.f")') == 2
    assert "# what students read" in stub


def test_a_source_without_regions_stays_as_it_is():
    assert cut("x = 1\n\n\ny = '''\n\n\n\n'''\n", "demo", "f.py") == "x = 1\n\n\ny = '''\n\n\n\n'''\n"


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("def f():\n    ### BEGIN SOLUTION\n    return 1\n", 2, "never closed"),
        ("def f():\n    return 1\n    ### END SOLUTION\n", 3, "without a beginning"),
        ("def f():\n    ### BEGIN SOLUTION\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION\n", 3, "inside"),
        ("def f():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION ONLY\n", 4, "does not close"),
        ("def f():\n    ### BEGIN SOLUTION\n    ### END SOLUTION\n    return 1\n", 2, "empty"),
        ("### BEGIN SOLUTION\nx = 1\n### END SOLUTION\n", 1, "belongs inside a function"),
        ("class A:\n    ### BEGIN SOLUTION\n    x = 1\n    ### END SOLUTION\n", 2, "belongs inside a function"),
        ("### BEGIN SOLUTION\ndef f():\n    return 1\n### END SOLUTION\n", 1, "belongs inside a function"),
        ("def f():\n    ### BEGIN SOLUTION ONLY\n    return 1\n    ### END SOLUTION ONLY\n", 2, "module level"),
        ("class A:\n    ### BEGIN SOLUTION ONLY\n    x = 1\n    ### END SOLUTION ONLY\n", 2, "module level"),
        (
            "def f():\n    ### BEGIN SOLUTION\n    return 1\ndef g():\n    ### END SOLUTION\n    return 2\n",
            2,
            "cuts through",
        ),
        (
            "def f():\n    ### BEGIN SOLUTION\n    if f:\n        return 1\n        ### END SOLUTION\n        f()\n",
            2,
            "cuts",
        ),
        ("def f():\n    ## BEGIN SOLUTION\n    return 1\n    ### END SOLUTION\n", 2, "is no marker"),
        ("def f():\n    ### Begin solution\n    return 1\n", 2, "is no marker"),
        ("def f():\n    x = 1  ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION\n", 2, "alone on its line"),
        ("def f():\n    '''\n    ### BEGIN SOLUTION\n    '''\n    return 1\n", 3, "inside a string"),
        ("def f(:\n    return 1\n", 1, "not valid Python"),
        ("### BEGIN SOLUTION ONLY\nimport a\n", 1, "never closed"),
    ],
)
def test_what_is_not_exactly_right_is_told_with_its_line(text, line, what):
    message = problem_of(text)
    assert message.startswith(f"demo/file.py, line {line}: ")
    assert what in message


def test_a_stub_that_would_not_parse_is_told():
    message = problem_of("""
        def f():
            try:
                x = 1
            ### BEGIN SOLUTION
            except ValueError:
                x = 2
            ### END SOLUTION
            return x
    """)
    assert message.startswith("demo/file.py: without its solution the stub is not valid Python")


@st.composite
def solutions(draw):
    """A module of functions with and without regions, and the stub that it must give."""
    source, stub = ["x = 1"], ["x = 1"]
    for number in range(draw(st.integers(1, 4))):
        indent = "    " * draw(st.integers(1, 3))
        opening = [f"def f{number}():"] + [f"{'    ' * depth}if x:" for depth in range(1, len(indent) // 4)]
        body = [indent + line for line in draw(st.lists(st.sampled_from(["y = 2", "# why", "return x"]), max_size=4))]
        body = [f"{indent}z = 3", *body]
        only = ["### BEGIN SOLUTION ONLY", f"def _helper{number}():", "    return 0", "", "", "### END SOLUTION ONLY"]
        if draw(st.booleans()):
            source += ["", "", *only]
        source += ["", "", *opening, f"{indent}### BEGIN SOLUTION", *body, f"{indent}### END SOLUTION"]
        stub += ["", "", *opening, f'{indent}raise NotImplementedError("demo.f{number}")']
    return "\n".join(source) + "\n", "\n".join(stub) + "\n"


@given(solutions())
def test_cutting_gives_the_stub_and_cutting_the_stub_gives_itself(pair):
    source, expected = pair
    stub = cut(source, "demo", "f.py")
    assert stub == expected
    assert cut(stub, "demo", "f.py") == stub


@given(
    st.lists(
        st.sampled_from(
            [
                "def f():",
                "class A:",
                "    x = 1",
                "        y = 2",
                "    ### BEGIN SOLUTION",
                "    ### END SOLUTION",
                "### BEGIN SOLUTION ONLY",
                "### END SOLUTION ONLY",
                "    def g(self):",
                "'''",
                "",
            ]
        ),
        max_size=12,
    )
)
def test_any_arrangement_of_markers_gives_a_valid_stub_without_markers_or_an_error(lines):
    source = "\n".join(lines) + "\n"
    try:
        stub = cut(source, "demo", "f.py")
    except CourseError:
        return
    ast.parse(stub)
    assert "SOLUTION" not in stub
