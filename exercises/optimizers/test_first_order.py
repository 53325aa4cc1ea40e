"""What you can check at home: first_order.py on the handout's worked example, and three steps against torch."""

import numpy as np
import torch

from grader.judge import check, task

PARAMS = [np.array([1.0, -2.0])]
FIRST, SECOND = [np.array([4.0, -2.0])], [np.array([2.0, 1.0])]
SHAPES = ((2, 3), (4,))
STATES = {  # our name for a part of the state, and torch's names
    "momentum_buffers": ("momentum_buffer",),
    "sums": ("sum",),
    "square_averages": ("square_avg", "exp_avg_sq"),
    "gradient_averages": ("grad_avg",),
    "squared_steps": ("acc_delta",),
    "averages": ("exp_avg",),
}


def two_steps(update, **options):
    """Return parameters and state after the two steps of the handout."""
    params, state = update(PARAMS, FIRST, {}, **options)
    return update(list(params), SECOND, state, **options)


def compare(rng, update, optimizer, dtype=np.float64, **options):
    """Check three steps against torch, parameters and state."""
    params, state = [np.asarray(rng.normal(size=shape), dtype) for shape in SHAPES], {}
    leaves = [torch.from_numpy(param.copy()).requires_grad_() for param in params]
    theirs = optimizer(leaves, foreach=False, **options)
    for step in (1, 2, 3):
        grads = [np.asarray(step * rng.normal(size=shape), dtype) for shape in SHAPES]
        params, state = update(list(params), grads, state, **options)
        for leaf, grad in zip(leaves, grads, strict=True):
            leaf.grad = torch.from_numpy(grad.copy())
        theirs.step()
        check(list(params), f"params after step {step}").equals([leaf.detach() for leaf in leaves])
        for ours, names in STATES.items():
            parts = [theirs.state[leaf][name] for leaf in leaves for name in names if name in theirs.state[leaf]]
            if parts:
                check(list(state[ours]), f"state[{ours!r}] after step {step}").equals(parts)


def keep(rng, update, optimizer, **options):
    """Check that arguments stay and answers are new, and float32."""
    params, grads = ([rng.normal(size=shape) for shape in SHAPES] for _ in range(2))
    new, state = update.returning_new_arrays(params, grads, {}, **options)
    first = update.keeping_arguments(list(new), grads, state, **options)[0]
    check(list(update(list(new), grads, state, **options)[0]), "params of the same step again").equals(list(first))
    compare(rng, update, optimizer, np.float32, **options)


@task("sgd_update", points=0.5)
def test_momentum_matches_the_worked_example(student):
    params, state = two_steps(student.sgd_update, lr=0.5, momentum=0.5)
    check(list(params), "params").equals([np.array([-3.0, -1.0])])
    check(list(state["momentum_buffers"]), "momentum_buffers").equals([np.array([4.0, 0.0])])


@task("sgd_update", points=1)
def test_steps_agree_with_torch_with_every_option(student, rng):
    for options in ({}, {"momentum": 0.7, "dampening": 0.3}, {"momentum": 0.7, "nesterov": True, "weight_decay": 0.2}):
        compare(rng, student.sgd_update, torch.optim.SGD, lr=0.2, **options)


@task("sgd_update", points=0.5)
def test_momentum_keeps_its_arguments_and_float32(student, rng):
    keep(rng, student.sgd_update, torch.optim.SGD, lr=0.2, momentum=0.5, weight_decay=0.1)


@task("sgd_update", points=0.5)
def test_nesterov_needs_a_momentum_and_no_dampening(student, rng):
    params, grads = [rng.normal(size=3)], [rng.normal(size=3)]
    new, _ = student.sgd_update(params, grads, {}, lr=0.5, momentum=0.5, nesterov=True)
    check(list(new), "params").equals([params[0] - 0.75 * grads[0]])
    student.sgd_update.refuses(ValueError, params, grads, {}, lr=0.1, nesterov=True)
    student.sgd_update.refuses(ValueError, params, grads, {}, lr=0.1, momentum=0.9, dampening=0.1, nesterov=True)


@task("adagrad_update", points=0.5)
def test_adagrad_matches_the_worked_example(student):
    params, state = two_steps(student.adagrad_update, lr=0.5)
    root = np.sqrt([20.0, 5.0])
    check(list(params), "params").equals([np.array([0.5, -1.5]) - 0.5 * np.array([2.0, 1.0]) / root])
    check(list(state["sums"]), "sums").equals([np.array([20.0, 5.0])])
    check(state["step"], "step").equals(2)


@task("adagrad_update", points=1)
def test_adagrad_agrees_with_torch(student, rng):
    compare(rng, student.adagrad_update, torch.optim.Adagrad, lr=0.2, lr_decay=0.3, weight_decay=0.1)
    compare(rng, student.adagrad_update, torch.optim.Adagrad, initial_accumulator_value=0.2, eps=0.1)


@task("adagrad_update", points=0.5)
def test_adagrad_keeps_its_arguments_and_float32(student, rng):
    keep(rng, student.adagrad_update, torch.optim.Adagrad, lr=0.2)


@task("rmsprop_update", points=0.5)
def test_rmsprop_matches_the_worked_example(student):
    params, state = two_steps(student.rmsprop_update, lr=0.5, alpha=0.75)
    first = np.array([1 - 0.5 * 2, -2 + 0.5 * 2])
    squares = np.array([4.0, 1.0])
    check(list(params), "params").equals([first - 0.5 * np.array([2.0, 1.0]) / np.sqrt(squares)], atol=1e-7)
    check(list(state["square_averages"]), "square_averages").equals([squares])


@task("rmsprop_update", points=1)
def test_rmsprop_agrees_with_torch(student, rng):
    for options in ({}, {"alpha": 0.8, "eps": 0.1, "weight_decay": 0.2}, {"alpha": 0.8, "centered": True}):
        compare(rng, student.rmsprop_update, torch.optim.RMSprop, **options)
    compare(rng, student.rmsprop_update, torch.optim.RMSprop, lr=0.1, momentum=0.6, centered=True)


@task("rmsprop_update", points=0.5)
def test_rmsprop_keeps_its_arguments_and_float32(student, rng):
    keep(rng, student.rmsprop_update, torch.optim.RMSprop, lr=0.1, alpha=0.8, momentum=0.5, centered=True)


@task("adadelta_update", points=0.5)
def test_adadelta_matches_the_worked_example(student):
    params, state = student.adadelta_update(PARAMS, FIRST, {}, rho=0.5, eps=1.0)
    step = np.array([4 / 3, -2 / np.sqrt(3)])
    check(list(params), "params").equals([PARAMS[0] - step])
    check(list(state["square_averages"]), "square_averages").equals([np.array([8.0, 2.0])])
    check(list(state["squared_steps"]), "squared_steps").equals([step**2 / 2])


@task("adadelta_update", points=1)
def test_adadelta_agrees_with_torch(student, rng):
    compare(rng, student.adadelta_update, torch.optim.Adadelta)
    compare(rng, student.adadelta_update, torch.optim.Adadelta, lr=0.5, rho=0.6, eps=0.1, weight_decay=0.2)


@task("adadelta_update", points=0.5)
def test_adadelta_keeps_its_arguments_and_float32(student, rng):
    keep(rng, student.adadelta_update, torch.optim.Adadelta, rho=0.8, eps=1e-3)


@task("adam_update", points=0.5)
def test_adam_matches_the_worked_example(student):
    params, state = two_steps(student.adam_update, lr=0.5, betas=(0.5, 0.75))
    mean, square = np.array([2.0, 0.0]), np.array([4.0, 1.0])
    step = mean / 0.75 / np.sqrt(square / 0.4375)
    check(list(params), "params").equals([np.array([0.5, -1.5]) - 0.5 * step], atol=1e-7)
    check(list(state["averages"]), "averages").equals([mean])
    check(list(state["square_averages"]), "square_averages").equals([square])


@task("adam_update", points=1)
def test_adam_agrees_with_torch(student, rng):
    compare(rng, student.adam_update, torch.optim.Adam)
    compare(rng, student.adam_update, torch.optim.Adam, lr=0.1, betas=(0.6, 0.8), eps=0.1, weight_decay=0.3)


@task("adam_update", points=0.5)
def test_adam_keeps_its_arguments_and_float32(student, rng):
    keep(rng, student.adam_update, torch.optim.Adam, lr=0.1, betas=(0.6, 0.8))


@task("adamw_update", points=0.5)
def test_adamw_matches_the_worked_example(student):
    params, state = student.adamw_update(PARAMS, FIRST, {}, lr=0.5, betas=(0.5, 0.75), weight_decay=0.5)
    check(list(params), "params").equals([np.array([0.25, -1.0])], atol=1e-7)
    check(list(state["averages"]), "averages").equals([np.array([2.0, -1.0])])


@task("adamw_update", points=1)
def test_adamw_agrees_with_torch(student, rng):
    compare(rng, student.adamw_update, torch.optim.AdamW)
    compare(rng, student.adamw_update, torch.optim.AdamW, lr=0.1, betas=(0.6, 0.8), eps=0.1, weight_decay=0.3)


@task("adamw_update", points=0.5)
def test_adamw_keeps_its_arguments_and_float32(student, rng):
    keep(rng, student.adamw_update, torch.optim.AdamW, lr=0.1, betas=(0.6, 0.8), weight_decay=0.5)
