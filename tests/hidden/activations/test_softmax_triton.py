"""softmax_triton.py against torch, in Triton's interpreter; without Triton every test here is skipped.

Requires torch's probabilities along both axes on odd sizes, slices longer than 1,024, one number, no rows, scores of
±10,000 and of minus infinity, float16 in and out, arguments unchanged; on a GPU the time of torch's own softmax.

Catches: masked lanes that count, exponentials that overflow, a sum that is missing, strides that are forgotten, the
wrong axis, blocks that are too short, the wrong dtype, scores that are overwritten.

Expected numbers: live torch in float64, rounded to the dtype of the scores. The kernel computes in float32, and so the
tolerances are those of float32; of float16 only the last rounding counts, half a unit in the last place: 2^-11.
"""

import torch

from grader.judge import check, task

SHAPES = ((5, 3), (3, 7), (1, 4), (6, 1), (2, 130))
HALF_RTOL, HALF_ATOL = 1e-3, 2.0**-24  # twice the rounding; the step of the smallest numbers


def expected(x, dim):
    return torch.softmax(x.double(), dim).to(x.dtype)


def drawn(rng, shape, scale=2.0, dtype=torch.float32):
    return torch.from_numpy(scale * rng.normal(size=shape) - 1.0).to(dtype)


@task("softmax_triton", points=2, about="rows of several lengths")
def test_rows_agree_with_torch(student, rng):
    for shape in SHAPES:
        x = drawn(rng, shape)
        check(student.softmax_triton.keeping_arguments(x, 1), "out").equals(expected(x, 1))


@task("softmax_triton", points=2, about="columns of several lengths")
def test_columns_agree_with_torch(student, rng):
    for shape in SHAPES:
        x = drawn(rng, shape)
        check(student.softmax_triton.keeping_arguments(x, 0), "out").equals(expected(x, 0))


@task("softmax_triton", points=1, about="very short and very long rows and columns")
def test_slices_of_any_length_agree_with_torch(student, rng):
    for shape, dim in (((2, 1500), 1), ((1100, 3), 0), ((0, 5), 1)):
        x = drawn(rng, shape)
        check(student.softmax_triton(x, dim), "out").equals(expected(x, dim))


@task("softmax_triton", points=2, about="very large scores")
def test_probabilities_are_right_for_very_large_scores(student, rng):
    x = drawn(rng, (7, 5), scale=1e4)
    x[0] = -1e4
    x[1] = 1e4 + 8 * torch.arange(5)
    for dim in (1, 0):
        check(student.softmax_triton(x, dim), "out").equals(expected(x, dim))


@task("softmax_triton", points=1, about="very small scores")
def test_probabilities_may_be_zero(student, rng):
    x = drawn(rng, (4, 6))
    x[0, 2] = x[1, 0] = x[1, 5] = x[3] = -torch.inf
    check(student.softmax_triton(x, 1), "out").equals(expected(x, 1))


@task("softmax_triton", points=1, about="float16")
def test_float16_stays_float16(student, rng):
    x = drawn(rng, (3, 40), dtype=torch.float16)
    for dim in (1, 0):
        check(student.softmax_triton(x, dim), "out").equals(expected(x, dim), rtol=HALF_RTOL, atol=HALF_ATOL)


@task("softmax_triton", points=3, about="its time on a GPU")
def test_speed_on_a_gpu(student, race):
    race.on_gpu(
        "softmax_triton", rtol=2e-4, share=1e-4
    )  # an exponential of two units in the last place, and a sum in any order
