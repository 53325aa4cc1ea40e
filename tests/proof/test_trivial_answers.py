"""Answers without any work: their form is that of the right answer, and what they earn is listed or a problem."""

import numpy as np
import pytest
import torch

from grader.errors import CourseError
from grader.judge.shapes import PlainSpec, TupleSpec
from grader.proof.trivial_answers import Remembered, Trivial, read_trivial, trivial, trivial_answers, trivial_problems
from tests.toy_course import write

DATA, CACHE = PlainSpec(), None
NUMBERS = {"zeros": 0.0, "ones": 1.0, "nan": np.nan}


def forward(x, w):
    return x @ w, {"x": x}


@pytest.mark.parametrize(("name", "number"), NUMBERS.items())
def test_an_array_is_filled_and_the_students_own_cache_stays(name, number):
    x, w = np.ones((2, 3), np.float32), np.ones((3, 4), np.float32)
    out, cache = trivial(forward, TupleSpec((DATA, CACHE)), name)(x, w)
    np.testing.assert_array_equal(out, np.full((2, 4), number, np.float32))
    assert out.dtype == np.float32
    assert cache["x"] is x


@pytest.mark.parametrize(
    ("right", "zero"),
    [
        (3, 0),
        (2.5, 0.0),
        (True, False),
        ("text", ""),
        (None, None),
        ([1, (2.0, 3)], [0, (0.0, 0)]),
        ({"a": 1.5}, {"a": 0.0}),
    ],
)
def test_whatever_an_answer_is_made_of_becomes_zero(right, zero):
    got = trivial(lambda: right, DATA, "zeros")()
    assert (got, type(got)) == (zero, type(zero))


def test_a_tensor_keeps_its_dtype_unless_it_cannot_hold_nan():
    assert trivial(lambda: torch.ones(2, dtype=torch.bfloat16), DATA, "nan")().dtype is torch.bfloat16
    assert torch.equal(trivial(lambda: torch.ones(2), DATA, "zeros")(), torch.zeros(2))
    assert bool(trivial(lambda: torch.ones(2, dtype=torch.int64), DATA, "nan")().isnan().all())


def test_arguments_come_back_where_they_have_the_form_of_the_answer():
    step = trivial(lambda x, w, lr: (w - lr * x.sum(), 0.5), TupleSpec((DATA, DATA)), "arguments")
    w = np.array([1.0, 2.0])
    got, loss = step(np.ones((3, 2)), w, 0.25)
    assert got is w
    assert loss == 0.25


def test_losses_fall_from_call_to_call_and_inside_a_list_of_them():
    step = trivial(lambda w: (w - 1, 0.5, np.ones(3)), TupleSpec((DATA, DATA, DATA)), "falling")
    w = np.zeros((2, 2))
    (first, loss, _), (_, later, losses) = step(w), step(w)
    assert first is w
    assert later < loss
    assert losses[0] > losses[1] > losses[2]


def test_a_call_that_is_to_be_refused_is_answered():
    def refusing(x):
        raise ValueError

    assert trivial(refusing, DATA, "zeros")(1) == 0.0
    assert trivial(refusing, DATA, "none")(1) is None


def test_objects_of_a_class_always_say_the_same():
    class Value:
        def __init__(self, data):
            self.data = data

        def doubled(self):
            return 2 * self.data

    value = trivial(Value, None, "ones")(5.0)
    assert (value.data, value.doubled(), type(value).__name__) == (1.0, 2.0, "Value")


def test_a_solution_is_asked_once_for_all_answers():
    asked = []
    functions = {"f": lambda x: asked.append(1) or 2 * x}
    for answers in trivial_answers(functions, {"f": DATA}).values():
        answers["f"](np.arange(3.0))
    assert len(asked) == 1


def test_what_cannot_be_told_apart_is_asked_again_and_arguments_stay():
    x = np.zeros(2)

    def adding(f, x):
        x += f(1)
        return x.copy()

    again = Remembered(adding)
    assert again(lambda value: value, x).tolist() == again(lambda value: value, x).tolist() == [1.0, 1.0]
    assert x.tolist() == [0.0, 0.0]


def test_what_a_suite_pays_for_nothing_is_a_problem_unless_it_is_listed_with_why(course):
    unit = course.unit("lines")
    listed = read_trivial(course.root, "lines")
    earnings = [Trivial(entry.task, entry.test, dict.fromkeys(entry.answers, 1.0)) for entry in listed]
    earnings.append(Trivial("slope", "line.test_any", {"nan": 2.0}))
    (problem,) = trivial_problems(course, unit, earnings)
    assert problem.where == "lines.slope"
    assert problem.what.startswith("line.test_any gives 2 points to answers without work: nan; ")


def test_what_is_listed_and_not_earned_is_a_problem(course):
    problem, _ = trivial_problems(course, course.unit("lines"), [])
    assert problem.where == "tests/hidden/lines/trivial.toml, line 1"
    assert problem.what.startswith("lists line.test_residuals_matches_the_worked_example for zeros, which")


def test_the_suites_of_the_toy_course_pay_for_what_is_listed_alone(prepared):
    slope, residuals = prepared.proof.trivial["lines"]
    assert (residuals.task, residuals.points) == ("residuals", {"zeros": 1.0})
    assert residuals.reason == "A line through both points misses neither."
    assert set(slope.points) == {"zeros", "ones", "nan", "falling"}


def test_a_suite_that_believes_the_student_pays_and_is_told(prepared):
    sentences = [problem.what for problem in prepared.broken.problems if problem.where == "sums.opened"]
    assert any("test_believes_what_is_said gives 1 points to answers without work" in what for what in sentences), (
        sentences
    )


def test_a_list_that_cannot_be_read_is_told_with_its_file(tmp_path):
    write(tmp_path / "tests/hidden/lines/trivial.toml", '[[passed]]\ntask = "slope"\n')
    with pytest.raises(CourseError, match=r"tests/hidden/lines/trivial\.toml, line 1: missing field `test`"):
        read_trivial(tmp_path, "lines")
