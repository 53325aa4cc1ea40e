"""`grade try`: a student's function with an input of one's own, in a worker, and torch's answer where a test has it."""

import pytest

VISIBLE = '''
"""Visible tests."""

import numpy as np
import torch

from grader.judge import check, task, to_torch


def sum_of(x):
    return to_torch(x).sum()


@task("slope", points=1)
def test_the_worked_example(student):
    check(student.slope(np.array([1.0, 2.0]), np.array([2.0, 4.0]))).equals(2.0)


@task("slope", points=2)
def test_drawn_numbers(student, rng):
    x, y = rng.normal(size=5), rng.normal(size=5)
    products = to_torch(x) @ to_torch(y)
    check(student.slope.keeping_arguments(x, y)).equals(products / (to_torch(x) @ to_torch(x)))


@task("residuals", points=2)
def test_what_depends_on_drawn_numbers(student, rng):
    x, noise = rng.normal(size=5), rng.normal(size=5)
    check(student.residuals(x, x)).equals(to_torch(x) * 0 + to_torch(noise))
'''


@pytest.fixture
def solved(bundle, solve):
    """Return a bundle whose functions are right, and whose tests ask torch."""
    solve(bundle)
    (bundle / "exercises/lines/test_line.py").write_text(VISIBLE, encoding="utf-8")
    return bundle


def test_the_answer_stands_beside_torch_s(run_in, solved):
    result = run_in(solved, "try", "slope(np.array([1.0, 2.0]), np.array([3.0, 6.0]))")
    assert (result.exit_code, result.output.splitlines()) == (0, ["answer    3.0", "torch     the same"])


def test_where_torch_answers_otherwise_it_says_where(run_in, solved):
    path = solved / "exercises/lines/line.py"
    path.write_text(path.read_text(encoding="utf-8").replace("float(x @ x)", "(2 * float(x @ x))"), encoding="utf-8")
    output = run_in(solved, "try", "slope(np.ones(2), np.ones(2))").output
    assert "answer    0.5\n" in output
    assert "torch     tensor(1., dtype=torch.float64)\n" in output
    assert "differs   " in output


def test_arrays_are_written_out_with_what_the_code_printed(run_in, solved):
    path = solved / "exercises/lines/line.py"
    text = path.read_text(encoding="utf-8").replace("    return y - slope", "    print('here')\n    return y - slope")
    path.write_text(text, encoding="utf-8")
    result = run_in(solved, "try", "x = np.ones(2); residuals(x, 2 * x)")
    assert result.output.splitlines() == ["answer    array([0., 0.])", "          float64 (2,)", "printed   here"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("    raise NotImplementedError('lines.slope')\n", "slope is not written yet"),
        ("    return nothing\n", "NameError"),
        ("    raise SystemExit(3)\n", "SystemExit"),
        ("    while True: pass\n", "2 s"),
    ],
    ids=["stub", "exception", "exit", "loop"],
)
def test_what_the_code_does_instead_of_answering_is_told(run_in, bundle, body, message):
    path = bundle / "exercises/lines/line.py"
    text = path.read_text(encoding="utf-8").replace('    raise NotImplementedError("lines.slope")\n', body)
    path.write_text(text, encoding="utf-8")
    result = run_in(bundle, "try", "slope(np.ones(2), np.ones(2))")
    assert result.exit_code == 1
    assert "problem   " in result.output
    assert message in " ".join(result.output.split())


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("slope(", "this is no valid Python expression"),
        ("x = slope", "there is no expression to show"),
        ("", "there is no expression to show"),
        ("slop(1)", 'the expression names no task; did you mean "slope"'),
        ("slope(np.ones(2), undefined)", "your input raises NameError"),
        ("slope(np.ones(2) + np.ones(3), 1)", "your input raises ValueError"),
    ],
)
def test_an_input_that_will_not_do_is_told(run_in, solved, expression, message):
    result = run_in(solved, "try", expression)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())
    assert "try: " in result.stderr


def test_in_a_unit_s_folder_helpers_are_in_reach(run_in, solved):
    path = solved / "exercises/lines/line.py"
    path.write_text(path.read_text(encoding="utf-8") + "\n\ndef helper(n):\n    return n + 1\n", encoding="utf-8")
    assert run_in(solved / "exercises/lines", "try", "helper(2)").output == "answer    3\n"


def test_numbers_drawn_by_a_test_are_no_input_of_mine(run_in, solved):
    assert "torch" not in run_in(solved, "try", "residuals(np.ones(2), np.ones(2))").output
