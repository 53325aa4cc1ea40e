"""Requests to a student's module, one of each kind."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.judge import check, task, to_torch


@task("double", points=3)
@given(n=st.integers(1, 5), seed=st.integers(0, 2**32))
def test_agrees_with_torch(student, n, seed):
    x = np.random.default_rng(seed).standard_normal((n, n + 1))
    check(student.double(x)).equals(to_torch(x) * 2)


@task("double", points=1)
def test_leaves_its_argument_alone(student, rng):
    x = rng.standard_normal((3, 4))
    check(student.double.keeping_arguments(x)).equals(2 * x)


@task("double", points=1)
def test_refuses_no_rows(student):
    student.double(np.ones((1, 2)))
    student.double.refuses(ValueError, np.ones((0, 2)))


@task("row_sums", points=2)
def test_sums_and_keeps(student, rng):
    x = rng.standard_normal((3, 4))
    out, cache = student.row_sums(x)
    check(out, "out").equals(x.sum(1))
    check(cache(), "the cache").equals(x)


@task("Value", points=1)
def test_objects_stay_where_they_are(student):
    value = 1 + (student.Value(2.0) * 3 + 1)
    check(value.data, "data").equals(8.0)


@task("apply", points=1)
def test_calls_a_function_of_the_test(student):
    check(student.apply(lambda value: value * 2, 3.0)).equals(7.0)


@task("noise", points=1)
def test_draws_from_the_generator(student):
    check(student.noise(4, np.random.default_rng(5))).equals(np.random.default_rng(5).standard_normal(4))


@task("noise", points=1)
def test_needs_a_device(student):
    pytest.skip("no GPU here")


@task("noise", points=2)
def test_gives_credit_for_the_right_count(student):
    drawn = student.noise(4, np.random.default_rng(5))
    check(drawn).holds(len(drawn) == 5, f"{len(drawn)} numbers where there should be 5", credit=0.5)


@task("noise", points=1)
def test_has_a_mistake_of_its_own(student):
    student.noise(4, np.random.default_rng(5))["no such key"]


@task("noise", points=1)
def test_returns_something_with_a_first_number(student):
    check(student.noise(4, np.random.default_rng(5))[0]).equals(np.random.default_rng(5).standard_normal(1)[0])
