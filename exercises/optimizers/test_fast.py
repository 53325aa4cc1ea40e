"""A step of AdamW on many tensors, on the handout's worked example and against torch. Right before fast.

Speed is measured by `grade bench`.

Expected numbers: by hand, and torch.optim.AdamW on copies.
"""

import torch

from grader.judge import check, task


def expected(case):
    """Return what torch's optimizer makes of copies."""
    params, grads, means, squares, step, lr, decay = case
    leaves = [param.clone().requires_grad_() for param in params]
    optimizer = torch.optim.AdamW(leaves, lr=lr, weight_decay=decay, foreach=False)
    for leaf, grad, mean, square in zip(leaves, grads, means, squares, strict=True):
        leaf.grad = grad.clone()
        state = {"step": torch.tensor(step - 1.0), "exp_avg": mean.clone(), "exp_avg_sq": square.clone()}
        optimizer.state[leaf] = state
    optimizer.step()
    states = [optimizer.state[leaf] for leaf in leaves]
    return (
        [leaf.detach() for leaf in leaves],
        [state["exp_avg"] for state in states],
        [state["exp_avg_sq"] for state in states],
    )


def drawn(rng, dtype=torch.float64):
    """Return parameters, gradients, means and means of squares."""
    params, grads, means, squares = (
        [torch.from_numpy(rng.normal(size=shape)).to(dtype) for shape in ((2, 3), (4,))] for _ in range(4)
    )
    return params, grads, means, [square**2 for square in squares]


def compare(answer, case):
    """Check the three lists."""
    for name, got, wanted in zip(("params", "averages", "square_averages"), answer, expected(case), strict=True):
        check(list(got), name).equals(wanted)


@task("adamw_fast", points=0.5)
def test_a_first_step_matches_the_worked_example(student):
    zeros = [torch.zeros(2, dtype=torch.float64)]
    params, grads = ([torch.tensor(pair, dtype=torch.float64)] for pair in ([1.0, -2.0], [4.0, -2.0]))
    params, averages, squares = student.adamw_fast(params, grads, zeros, zeros, 1, 0.5, 0.5)
    check(list(params), "params").equals([torch.tensor([0.25, -1.0], dtype=torch.float64)], atol=1e-7)
    check(list(averages), "averages").equals([torch.tensor([0.4, -0.2], dtype=torch.float64)])
    check(list(squares), "square_averages").equals([torch.tensor([0.016, 0.004], dtype=torch.float64)])


@task("adamw_fast", points=1)
def test_later_steps_agree_with_torch(student, rng):
    for step in (2, 300):
        case = (*drawn(rng), step, 0.1, 0.3)
        compare(student.adamw_fast.keeping_arguments(*case), case)


@task("adamw_fast", points=0.5)
def test_steps_stay_in_float32_without_a_graph(student, rng):
    case = (*drawn(rng, torch.float32), 5, 0.2, 0.1)
    answer = student.adamw_fast.returning_new_arrays(*case)
    compare(answer, case)
    graph = any(tensor.requires_grad for tensors in answer for tensor in tensors)
    check(answer).holds(not graph, "autograd has been at work")
