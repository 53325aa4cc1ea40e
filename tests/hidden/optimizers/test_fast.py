"""fast.py against torch: right first, then fast.

Requires torch's parameters and means in float64 for the first step and later ones, tensors of any number of axes, one
tensor and none, no decay, gradients of 0; float32 in and out, no gradient graph, arguments unchanged; then the time of
torch's own AdamW over all tensors together, for numbers of tensors, shapes, steps and rates that are drawn, with
gradients of 0 and of ten thousand.

Catches: bias that is not corrected or corrected in the means, eps under the root, decay in the gradient, a rate that is
forgotten in the decay, means that are overwritten, a fixed step, float64 inside.

Expected numbers: live torch.optim.AdamW on copies of the same tensors.
"""

import torch

from grader.judge import check, task

# Parameters move by 0.05 to 0.2, which rounding in float32 changes by 1e-7.
CLOSE = 2e-5
SHAPES = ((), (3,), (2, 4), (2, 1, 3))


def normal(rng, shape, dtype=torch.float64):
    return torch.from_numpy(rng.normal(size=shape)).to(dtype)


def drawn(rng, shapes=SHAPES, dtype=torch.float64):
    params, grads, means, squares = ([normal(rng, shape, dtype) for shape in shapes] for _ in range(4))
    return params, grads, means, [square**2 for square in squares]


def expected(case):
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


def compare(answer, case):
    for name, got, wanted in zip(("params", "averages", "square_averages"), answer, expected(case), strict=True):
        check(list(got), name).equals(wanted)


def compare_case(student, case):
    compare(student.adamw_fast.keeping_arguments(*case), case)


@task(
    "adamw_fast",
    points=3,
    about="the first step and later ones, no decay, small and large tensors of any number of axes",
)
def test_every_step_agrees_with_torch(student, rng):
    for step, lr, decay in ((1, 0.3, 0.2), (2, 0.1, 0.0), (7, 0.02, 1.0), (5000, 0.5, 0.3)):
        for shapes in (SHAPES, ((60, 70), (2300,))):
            compare_case(student, (*drawn(rng, shapes), step, lr, decay))


@task("adamw_fast", points=1, about="one tensor, and none")
def test_one_tensor_and_none_are_enough(student, rng):
    case = (*drawn(rng, ((2, 3),)), 3, 0.1, 0.1)
    compare(student.adamw_fast(*case), case)
    answer = student.adamw_fast([], [], [], [], 3, 0.1, 0.1)
    check([list(part) for part in answer], "the three lists").equals([[], [], []])


@task("adamw_fast", points=1, about="gradients and means of 0")
def test_where_nothing_is_known_only_the_decay_moves(student, rng):
    params, grads, means, squares = drawn(rng, ((6,), (3, 2)))
    for tensors in (grads, means, squares):
        tensors[0][:3] = 0
    case = params, grads, means, squares, 4, 0.2, 0.5
    compare(student.adamw_fast(*case), case)


@task("adamw_fast", points=1, about="float32, no gradient graph, new answers, also to the same arguments")
def test_steps_stay_in_float32_and_no_graph_is_kept(student, rng):
    for step in (2, 3):
        case = (*drawn(rng, dtype=torch.float32), step, 0.2, 0.1)
        answer = student.adamw_fast.returning_new_arrays(*case)
        compare(answer, case)
    for shapes in (SHAPES, ((60, 70), (2300,))):
        case = (*drawn(rng, shapes, dtype=torch.float32), 3, 0.2, 0.1)
        compare(student.adamw_fast.returning_new_arrays(*case), case)
        compare(student.adamw_fast.returning_new_arrays(*case), case)
    graph = any(tensor.requires_grad for tensors in answer for tensor in tensors)
    check(answer).holds(not graph, "autograd has been at work")


@task("adamw_fast", points=3, about="speed on one CPU thread")
def test_speed_on_one_cpu_thread(student, race):
    race.on_cpu("adamw_fast", rtol=CLOSE, share=CLOSE)


@task("adamw_fast", points=3, about="speed on a GPU")
def test_speed_on_a_gpu(student, race):
    race.on_gpu("adamw_fast", rtol=CLOSE, share=CLOSE)
