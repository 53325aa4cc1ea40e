"""The three losses and their gradients against torch.

Requires the mean over all entries (over the examples for class scores), the gradient of exactly that mean, right values
for scores of plus and minus 10,000 and for a batch of one, refusal of shapes that would be broadcast, any layout in
memory, arguments unchanged, float32 kept. A loss may be any kind of float.

Catches: sums for means, a 1/2 or a missing 2, gradients that are not divided by the count or have the wrong sign, means
over N * C entries, softmax over the wrong axis, a forgotten one-hot, an extra sigmoid derivative, overflow, clipping.

Expected numbers: torch's losses and torch.autograd in float64, once in float32.
"""

import numpy as np
import torch
import torch.nn.functional as F
from hypothesis import given

from grader.judge import check, layouts, task, to_torch
from tests.hidden.backprop.strategies import binary_cases, class_cases, pair_cases


def check_loss(answer, criterion, scores, target):
    """Check a loss and its gradient against a criterion of torch's."""
    scores = to_torch(scores, grad=True)
    loss = criterion(scores, to_torch(target))
    check(float(answer[0]), "loss").equals(loss)
    check(answer[1], "the gradient").equals(torch.autograd.grad(loss, scores)[0])


def in_float32(case):
    """Return scores and targets in float32; class numbers stay whole."""
    target = case.b if case.b.dtype.kind == "i" else case.b.astype(np.float32)
    return case.a.astype(np.float32), target


@task("mse_loss", points=0.5, about="other shapes, a batch of one", examples=6)
@given(case=pair_cases())
def test_squared_error_agrees_with_torch(student, case):
    for pair in ((case.a, case.b), (case.a[:1], case.b[:1])):
        check_loss(student.mse_loss.keeping_arguments(*pair), F.mse_loss, *pair)


@task("mse_loss", points=0.5, about="other layouts in memory, new answers", examples=3)
@given(case=pair_cases())
def test_squared_error_takes_any_layout_in_memory(student, case):
    for pair in layouts(case.a, case.b):
        check_loss(student.mse_loss.returning_new_arrays(*pair), F.mse_loss, *pair)


@task("mse_loss", points=0.5, about="float32, shapes that NumPy would stretch", examples=3)
@given(case=pair_cases())
def test_squared_error_keeps_float32_and_refuses_shapes_that_differ(student, case):
    check_loss(student.mse_loss(*in_float32(case)), F.mse_loss, *in_float32(case))
    student.mse_loss.refuses(ValueError, np.ones((4, 3)), np.ones(3))


@task("binary_cross_entropy_with_logits", points=0.5, about="other shapes, a batch of one", examples=6)
@given(case=binary_cases())
def test_binary_cross_entropy_agrees_with_torch(student, case):
    for pair in ((case.a, case.b), (case.a[:1], case.b[:1])):
        check_loss(
            student.binary_cross_entropy_with_logits.keeping_arguments(*pair), F.binary_cross_entropy_with_logits, *pair
        )


@task("binary_cross_entropy_with_logits", points=0.5, about="very large scores, in float32 too", examples=4)
@given(case=binary_cases(scale=1e4))
def test_binary_cross_entropy_is_right_for_very_large_scores(student, case):
    for pair in ((case.a, case.b), in_float32(case)):
        check_loss(student.binary_cross_entropy_with_logits(*pair), F.binary_cross_entropy_with_logits, *pair)


@task("binary_cross_entropy_with_logits", points=0.5, about="other layouts in memory, new answers", examples=3)
@given(case=binary_cases())
def test_binary_cross_entropy_takes_any_layout_in_memory(student, case):
    for pair in layouts(case.a, case.b):
        check_loss(
            student.binary_cross_entropy_with_logits.returning_new_arrays(*pair),
            F.binary_cross_entropy_with_logits,
            *pair,
        )


@task("binary_cross_entropy_with_logits", points=0.5, about="float32, shapes that NumPy would stretch", examples=3)
@given(case=binary_cases())
def test_binary_cross_entropy_keeps_float32_and_refuses_shapes_that_differ(student, case):
    check_loss(
        student.binary_cross_entropy_with_logits(*in_float32(case)),
        F.binary_cross_entropy_with_logits,
        *in_float32(case),
    )
    student.binary_cross_entropy_with_logits.refuses(ValueError, np.ones((4, 3)), np.ones(3))


@task("cross_entropy", points=1, about="other shapes, a batch of one", examples=6)
@given(case=class_cases())
def test_cross_entropy_agrees_with_torch(student, case):
    for pair in ((case.a, case.b), (case.a[:1], case.b[:1])):
        check_loss(student.cross_entropy.keeping_arguments(*pair), F.cross_entropy, *pair)


@task("cross_entropy", points=0.5, about="very large scores, in float32 too", examples=4)
@given(case=class_cases(scale=1e4))
def test_cross_entropy_is_right_for_very_large_scores(student, case):
    for pair in ((case.a, case.b), in_float32(case)):
        check_loss(student.cross_entropy.keeping_arguments(*pair), F.cross_entropy, *pair)


@task("cross_entropy", points=0.5, about="other layouts in memory, new answers", examples=3)
@given(case=class_cases())
def test_cross_entropy_takes_any_layout_in_memory(student, case):
    for pair in layouts(case.a, case.b):
        check_loss(student.cross_entropy.returning_new_arrays(*pair), F.cross_entropy, *pair)


@task("cross_entropy", points=0.5, about="float32", examples=3)
@given(case=class_cases())
def test_cross_entropy_keeps_float32(student, case):
    check_loss(student.cross_entropy(*in_float32(case)), F.cross_entropy, *in_float32(case))
