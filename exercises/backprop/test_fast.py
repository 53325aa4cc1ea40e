"""A network on tensors, forward and backward, on the handout's worked example and against torch. Right before fast.

Speed is measured by `grade bench`.

Expected numbers: by hand, and torch with its autograd.
"""

import torch

from grader.judge import check, task


@task("mlp_fast", points=1)
def test_network_matches_the_worked_example(student):
    x = torch.tensor([[1, 3], [4, 1]], dtype=torch.float64)
    first = torch.tensor([[1, -1]], dtype=torch.float64), torch.tensor([0], dtype=torch.float64)
    last = torch.tensor([[2]], dtype=torch.float64), torch.tensor([1], dtype=torch.float64)
    scores, dx, grads = student.mlp_fast(x, [first, last], torch.ones(2, 1, dtype=torch.float64))
    check(scores, "scores").equals(torch.tensor([[1], [7]], dtype=torch.float64))
    check(dx, "dx").equals(torch.tensor([[0, 0], [2, -2]], dtype=torch.float64))
    (dfirst, dbias), (dlast, _) = grads
    check(dfirst, "first dweight").equals(torch.tensor([[8, 2]], dtype=torch.float64))
    check(dbias, "first dbias").equals(torch.tensor([2], dtype=torch.float64))
    check(dlast, "last dweight").equals(torch.tensor([[3]], dtype=torch.float64))


@task("mlp_fast", points=1)
def test_network_of_three_layers_agrees_with_torch(student, rng):
    shapes = (5, 3), (4, 3), (4,), (6, 4), (6,), (2, 6), (2,)
    x, *flat = (torch.from_numpy(rng.normal(size=shape)).requires_grad_() for shape in shapes)
    hidden = torch.relu(torch.relu(x @ flat[0].T + flat[1]) @ flat[2].T + flat[3])
    expected = hidden @ flat[4].T + flat[5]
    dscores = torch.from_numpy(rng.normal(size=(5, 2)))
    expected_dx, *gradients = torch.autograd.grad(expected, [x, *flat], dscores)
    fixed = [tensor.detach() for tensor in flat]
    scores, dx, grads = student.mlp_fast(x.detach(), list(zip(fixed[::2], fixed[1::2], strict=True)), dscores)
    check(scores, "scores").equals(expected.detach())
    check(dx, "dx").equals(expected_dx)
    check(grads, "grads").equals(list(zip(gradients[::2], gradients[1::2], strict=True)))
