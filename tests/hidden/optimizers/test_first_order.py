"""Six optimizers against torch's, step by step, with all their options.

Requires: after each of several steps with gradients that change, torch's parameters and torch's state, for options
together and alone, for arrays of any number of axes; float32 stays; parameters, gradients and the state that was passed
in unchanged, a trial step from the same state gives the same; new arrays; Nesterov's conditions refused.

Catches: buffers that are dampened the first time, momentum as an average, Nesterov as plain momentum, decay in the
wrong place or with the wrong sign, sums of gradients for sums of squares, roots that are forgotten or hold eps,
AdaDelta's step from its own mean, bias that is not corrected, or corrected in the state, options of one that are lost
in another, states that are changed in place.

Expected numbers: live torch.optim in float64 on copies of the parameters, one optimizer step at a time.
"""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from grader.judge import check, in_layout, task
from tests.hidden.optimizers.strategies import training, training_cases

RATES = st.floats(0.01, 0.5)
DECAYS = st.floats(0.1, 0.5)
MOMENTA = st.floats(0.3, 0.95)

NAMES = {  # our name for a part of the state, and torch's
    "momentum_buffers": "momentum_buffer",
    "sums": "sum",
    "square_averages": "square_avg",
    "gradient_averages": "grad_avg",
    "squared_steps": "acc_delta",
    "averages": "exp_avg",
}
OF_ADAM = {**NAMES, "square_averages": "exp_avg_sq"}


def by_torch(optimizer, case, *, names=NAMES):
    """Yield parameters and state after each step of one of torch's optimizers."""
    leaves = [torch.from_numpy(np.array(param)).requires_grad_() for param in case.params]
    running = optimizer(leaves, foreach=False, **case.options)
    for gradients in case.gradients:
        for leaf, gradient in zip(leaves, gradients, strict=True):
            leaf.grad = torch.from_numpy(np.array(gradient))
        running.step()
        states = [running.state[leaf] for leaf in leaves]
        parts = {ours: [state[name].clone() for state in states] for ours, name in names.items() if name in states[0]}
        yield [leaf.detach().clone() for leaf in leaves], parts


def compare(update, optimizer, case, *, names=NAMES, counted=False):
    """Check parameters and state after each step."""
    params, state = case.params, {}
    for number, (gradients, (expected, parts)) in enumerate(
        zip(case.gradients, by_torch(optimizer, case, names=names), strict=True), start=1
    ):
        params, state = update(params, gradients, state, **case.options)
        check(list(params), f"params after step {number}").equals(expected)
        for name, arrays in parts.items():
            check(list(state[name]), f"state[{name!r}] after step {number}").equals(arrays)
        if counted:
            check(state["step"], "state['step']").equals(number)


def compare_memory(update, case):
    """Check that nothing is changed in place, and that answers are new, in the second step, where there is a state."""
    params, state = update.returning_new_arrays(case.params, case.gradients[0], {}, **case.options)
    first = update.keeping_arguments(params, case.gradients[1], state, **case.options)
    for _ in range(2):
        again = update.returning_new_arrays(params, case.gradients[1], state, **case.options)
        check(list(again[0]), "params of the same step again").equals(list(first[0]))


def in_columns(case):
    """Return the case with every array column after column in memory, or backwards."""
    params = [in_layout(array, ("fortran", "reversed")[index % 2]) for index, array in enumerate(case.params[:3])]
    return type(case)(params, [gradients[:3] for gradients in case.gradients], case.options)


def compare_kept(update, optimizer, case, *, names=NAMES):
    """Check other layouts in memory, new answers, and arguments that stay."""
    compare(update, optimizer, in_columns(case), names=names)
    compare_memory(update, case)


# sgd_update


@task("sgd_update", points=1, about="without momentum, several steps, the state", examples=6)
@given(case=training_cases(lr=RATES, dampening=st.just(0.4), weight_decay=DECAYS))
def test_plain_steps_agree_with_torch(student, case):
    compare(student.sgd_update, torch.optim.SGD, case)
    _, state = student.sgd_update(case.params, case.gradients[0], {}, lr=0.1)
    check(len(state), "the length of the state").equals(0)


@task("sgd_update", points=2, about="momentum, dampening and decay together, buffers", examples=6)
@given(case=training_cases(lr=RATES, momentum=MOMENTA, dampening=st.just(0.4), weight_decay=DECAYS))
def test_momentum_with_dampening_agrees_with_torch(student, case):
    compare(student.sgd_update, torch.optim.SGD, case)


@task("sgd_update", points=1, about="Nesterov's step, with decay and without", examples=6)
@given(case=training_cases(lr=RATES, momentum=MOMENTA, nesterov=st.just(True), weight_decay=DECAYS))
def test_nesterov_looks_ahead_as_torch_does(student, case):
    compare(student.sgd_update, torch.optim.SGD, case)


@task("sgd_update", points=0.5, about="combinations that make no sense")
def test_nesterov_without_momentum_or_with_dampening_is_refused(student, rng):
    params, grads = [rng.normal(size=3)], [rng.normal(size=3)]
    new, _ = student.sgd_update(params, grads, {}, lr=0.25, momentum=0.5, nesterov=True)
    check(list(new), "params").equals([params[0] - 0.25 * 1.5 * grads[0]])
    student.sgd_update.refuses(ValueError, params, grads, {}, lr=0.1, nesterov=True)
    for decay in (0.0, 0.1):
        both = {"dampening": 0.2, "weight_decay": decay, "nesterov": True}
        student.sgd_update.refuses(ValueError, params, grads, {}, lr=0.1, momentum=0.5, **both)


@task("sgd_update", points=1, about="nothing changed in place, other layouts in memory, new answers", examples=6)
@given(case=training_cases(steps=2, lr=RATES, momentum=MOMENTA))
def test_steps_leave_parameters_and_buffers_alone(student, case):
    compare_kept(student.sgd_update, torch.optim.SGD, case)


# adagrad_update


@task("adagrad_update", points=2, about="rates that fall, decay, sums that do not begin with 0", examples=6)
@given(
    case=training_cases(
        lr=RATES,
        lr_decay=st.just(0.2),
        weight_decay=DECAYS,
        initial_accumulator_value=st.just(0.5),
        eps=st.just(0.1),
    )
)
def test_steps_of_adagrad_agree_with_torch(student, case):
    compare(student.adagrad_update, torch.optim.Adagrad, case, counted=True)


@task("adagrad_update", points=1, about="the values by default, gradients of 0 and tiny ones")
def test_adagrad_by_default_agrees_with_torch_where_gradients_are_zero(student, rng):
    case = training(int(rng.integers(2**32)), steps=3)
    for gradients in case.gradients[:2]:
        gradients[0][1:] = 0
    for gradients in case.gradients:
        gradients[1] *= 1e-10  # as small as eps
    compare(student.adagrad_update, torch.optim.Adagrad, case, counted=True)


@task("adagrad_update", points=1, about="nothing changed in place, other layouts in memory, new answers", examples=6)
@given(case=training_cases(steps=2, lr=RATES, weight_decay=DECAYS))
def test_steps_of_adagrad_leave_parameters_and_sums_alone(student, case):
    compare_kept(student.adagrad_update, torch.optim.Adagrad, case)


# rmsprop_update


@task("rmsprop_update", points=1.5, about="other rates of forgetting, decay", examples=6)
@given(case=training_cases(lr=RATES, alpha=st.floats(0.5, 0.95), weight_decay=DECAYS, eps=st.just(0.1)))
def test_steps_of_rmsprop_agree_with_torch(student, case):
    compare(student.rmsprop_update, torch.optim.RMSprop, case)


@task("rmsprop_update", points=1.5, about="centered and with momentum, alone and together", examples=6)
@given(
    case=training_cases(
        lr=RATES,
        alpha=st.floats(0.5, 0.95),
        momentum=st.just(0.7),
        centered=st.just(True),
        weight_decay=DECAYS,
        eps=st.just(0.1),
    )
)
def test_centered_rmsprop_with_momentum_agrees_with_torch(student, case):
    compare(student.rmsprop_update, torch.optim.RMSprop, case)


@task("rmsprop_update", points=1, about="the values by default, gradients of 0")
def test_rmsprop_by_default_agrees_with_torch_where_gradients_are_zero(student, rng):
    case = training(int(rng.integers(2**32)), steps=3)
    for gradients in case.gradients[:2]:
        gradients[0][1:] = 0
    compare(student.rmsprop_update, torch.optim.RMSprop, case)


@task("rmsprop_update", points=1, about="nothing changed in place, other layouts in memory, new answers", examples=6)
@given(case=training_cases(steps=2, lr=RATES, momentum=MOMENTA, centered=st.just(True), weight_decay=DECAYS))
def test_steps_of_rmsprop_leave_parameters_and_means_alone(student, case):
    compare_kept(student.rmsprop_update, torch.optim.RMSprop, case)


# adadelta_update


@task("adadelta_update", points=2, about="other rates, means and decays, both means in the state", examples=6)
@given(case=training_cases(lr=st.floats(0.3, 2.0), rho=st.floats(0.4, 0.95), eps=st.just(0.1), weight_decay=DECAYS))
def test_steps_of_adadelta_agree_with_torch(student, case):
    compare(student.adadelta_update, torch.optim.Adadelta, case)


@task("adadelta_update", points=1, about="the values by default, gradients of 0")
def test_adadelta_by_default_agrees_with_torch_where_gradients_are_zero(student, rng):
    case = training(int(rng.integers(2**32)), steps=3)
    for gradients in case.gradients[:2]:
        gradients[0][1:] = 0
    compare(student.adadelta_update, torch.optim.Adadelta, case)


@task("adadelta_update", points=1, about="nothing changed in place, other layouts in memory, new answers", examples=6)
@given(case=training_cases(steps=2, lr=RATES, rho=st.floats(0.4, 0.95), weight_decay=DECAYS))
def test_steps_of_adadelta_leave_parameters_and_means_alone(student, case):
    compare_kept(student.adadelta_update, torch.optim.Adadelta, case)


# adam_update, adamw_update

BETAS = st.tuples(st.floats(0.3, 0.95), st.floats(0.5, 0.999))


@task("adam_update", points=2, about="other means and decays, the state without the correction", examples=6)
@given(case=training_cases(lr=RATES, betas=BETAS, eps=st.just(0.1), weight_decay=DECAYS))
def test_steps_of_adam_agree_with_torch(student, case):
    compare(student.adam_update, torch.optim.Adam, case, names=OF_ADAM, counted=True)


@task("adam_update", points=1, about="the values by default, gradients of 0")
def test_adam_by_default_agrees_with_torch_where_gradients_are_zero(student, rng):
    case = training(int(rng.integers(2**32)), steps=3)
    for gradients in case.gradients[:2]:
        gradients[0][1:] = 0
    compare(student.adam_update, torch.optim.Adam, case, names=OF_ADAM, counted=True)


@task("adam_update", points=1, about="nothing changed in place, other layouts in memory, new answers", examples=6)
@given(case=training_cases(steps=2, lr=RATES, betas=BETAS, weight_decay=DECAYS))
def test_steps_of_adam_leave_parameters_and_means_alone(student, case):
    compare_kept(student.adam_update, torch.optim.Adam, case, names=OF_ADAM)


@task("adamw_update", points=2, about="other means and decays, the state without the decay", examples=6)
@given(case=training_cases(lr=RATES, betas=BETAS, eps=st.just(0.1), weight_decay=st.floats(0.1, 1.0)))
def test_steps_of_adamw_agree_with_torch(student, case):
    compare(student.adamw_update, torch.optim.AdamW, case, names=OF_ADAM, counted=True)


@task("adamw_update", points=1, about="the values by default, gradients of 0")
def test_adamw_by_default_agrees_with_torch_where_gradients_are_zero(student, rng):
    case = training(int(rng.integers(2**32)), steps=3)
    for gradients in case.gradients[:2]:
        gradients[0][1:] = 0
    compare(student.adamw_update, torch.optim.AdamW, case, names=OF_ADAM, counted=True)


@task("adamw_update", points=1, about="nothing changed in place, other layouts in memory, new answers", examples=6)
@given(case=training_cases(steps=2, lr=RATES, betas=BETAS, weight_decay=DECAYS))
def test_steps_of_adamw_leave_parameters_and_means_alone(student, case):
    compare_kept(student.adamw_update, torch.optim.AdamW, case, names=OF_ADAM)


@task("sgd_update", points=0.5, about="float32 with every option")
def test_momentum_stays_in_float32(student, rng):
    options = {"lr": 0.1, "momentum": 0.9, "dampening": 0.1, "weight_decay": 0.1}
    compare(
        student.sgd_update,
        torch.optim.SGD,
        training(int(rng.integers(2**32)), steps=3, options=options, dtype=np.float32),
    )


@task("adagrad_update", points=0.5, about="float32 with every option")
def test_adagrad_stays_in_float32(student, rng):
    options = {"lr": 0.1, "lr_decay": 0.1, "initial_accumulator_value": 0.1, "weight_decay": 0.1}
    compare(
        student.adagrad_update,
        torch.optim.Adagrad,
        training(int(rng.integers(2**32)), steps=3, options=options, dtype=np.float32),
    )


@task("rmsprop_update", points=0.5, about="float32 with every option")
def test_rmsprop_stays_in_float32(student, rng):
    options = {"lr": 0.1, "alpha": 0.9, "momentum": 0.5, "centered": True, "weight_decay": 0.1}
    compare(
        student.rmsprop_update,
        torch.optim.RMSprop,
        training(int(rng.integers(2**32)), steps=3, options=options, dtype=np.float32),
    )


@task("adadelta_update", points=0.5, about="float32 with every option")
def test_adadelta_stays_in_float32(student, rng):
    options = {"lr": 0.5, "rho": 0.8, "eps": 1e-3, "weight_decay": 0.1}
    compare(
        student.adadelta_update,
        torch.optim.Adadelta,
        training(int(rng.integers(2**32)), steps=3, options=options, dtype=np.float32),
    )


@task("adam_update", points=0.5, about="float32 with every option")
def test_adam_stays_in_float32(student, rng):
    options = {"lr": 0.1, "betas": (0.8, 0.9), "weight_decay": 0.1}
    case = training(int(rng.integers(2**32)), steps=3, options=options, dtype=np.float32)
    compare(student.adam_update, torch.optim.Adam, case, names=OF_ADAM)


@task("adamw_update", points=0.5, about="float32 with every option")
def test_adamw_stays_in_float32(student, rng):
    options = {"lr": 0.1, "betas": (0.8, 0.9), "weight_decay": 0.1}
    case = training(int(rng.integers(2**32)), steps=3, options=options, dtype=np.float32)
    compare(student.adamw_update, torch.optim.AdamW, case, names=OF_ADAM)
