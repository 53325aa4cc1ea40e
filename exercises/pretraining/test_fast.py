"""A step of contrastive divergence on tensors, against torch. Right before fast.

Speed is measured by `grade bench`.
"""

import torch

from grader.judge import check, task


def drawn(rng, n, d, m, dtype=torch.float64):
    """Return images, weights, both biases and uniform numbers, and the gradients by torch."""
    shapes = (n, d), (m, d), (d,), (m,), (n, m), (n, d)
    arrays = [torch.from_numpy(rng.uniform(size=shape)).to(dtype) for shape in shapes]
    v, weight, bias_visible, bias_hidden = arrays[0], 4 * arrays[1] - 2, arrays[2] - 0.5, arrays[3] - 0.5
    p = torch.sigmoid(v @ weight.T + bias_hidden)
    h = (arrays[4] < p).to(dtype)
    after = (arrays[5] < torch.sigmoid(h @ weight + bias_visible)).to(dtype)
    model = torch.sigmoid(after @ weight.T + bias_hidden)
    gradients = (model.T @ after - p.T @ v) / n, (after - v).mean(dim=0), (model - p).mean(dim=0)
    return (v, weight, bias_visible, bias_hidden, *arrays[4:]), gradients


def compare(answer, expected):
    """Check the three gradients."""
    for name, got, wanted in zip(("dweight", "dbias_visible", "dbias_hidden"), answer, expected, strict=True):
        check(got, name).equals(wanted)


@task("cd1_fast", points=1)
def test_a_step_there_and_back_is_torch_s(student, rng):
    for dtype in (torch.float64, torch.float32):
        for sizes in ((7, 5, 4), (1, 3, 6)):
            arguments, expected = drawn(rng, *sizes, dtype)
            compare(student.cd1_fast.keeping_arguments(*arguments), expected)


@task("cd1_fast", points=0.5)
def test_answers_are_new_and_without_a_graph(student, rng):
    for _ in range(2):
        arguments, expected = drawn(rng, 6, 4, 3)
        answer = student.cd1_fast.returning_new_arrays(*arguments)
        compare(answer, expected)
    check(answer).holds(not any(tensor.requires_grad for tensor in answer), "autograd has been at work")
