"""Wrong answers that students give, with what is wrong about them. The hidden tests fail each in its own task."""

import math

import numpy as np
import torch

from grader.judge import misconception
from solutions.optimizers import evolution, fast, first_order, schedules

# first_order.py


def pairs_of(params, grads, weight_decay):
    """Return the gradients with the decay."""
    return [grad + weight_decay * param for param, grad in zip(params, grads, strict=True)]


def adam_step(params, grads, state, lr, betas, eps, *, correct=True, eps_inside=False, square=True, in_state=False):
    """Take a step of Adam with one of its parts done otherwise."""
    (b1, b2), step = betas, state.get("step", 0) + 1
    zeros = [np.zeros_like(param) for param in params]
    means = [b1 * m + (1 - b1) * g for m, g in zip(state.get("averages", zeros), grads, strict=True)]
    powers = [g**2 if square else np.abs(g) for g in grads]
    squares = [b2 * v + (1 - b2) * g for v, g in zip(state.get("square_averages", zeros), powers, strict=True)]
    c1, c2 = (1 - b1**step, 1 - b2**step) if correct else (1, 1)
    corrected = [(m / c1, v / c2) for m, v in zip(means, squares, strict=True)]
    new = [
        p - lr * m / (np.sqrt(v + eps) if eps_inside else np.sqrt(v) + eps)
        for p, (m, v) in zip(params, corrected, strict=True)
    ]
    if in_state:
        means, squares = ([pair[index] for pair in corrected] for index in range(2))
    return new, {"step": step, "averages": means, "square_averages": squares}


@misconception("sgd_update", "The first buffer is dampened. It is the gradient itself: dampen from the second step on.")
def first_buffer_dampened(params, grads, state, *, lr, momentum=0.0, dampening=0.0, **options):
    if momentum and not state:
        state = {"momentum_buffers": [np.zeros_like(param) for param in params]}
    return first_order.sgd_update(params, grads, state, lr=lr, momentum=momentum, dampening=dampening, **options)


@misconception(
    "sgd_update",
    "The gradient is multiplied by 1 - momentum, as in a running mean. Add the whole gradient to the buffer.",
)
def momentum_as_an_average(params, grads, state, *, momentum=0.0, dampening=0.0, nesterov=False, **options):
    dampening = momentum if momentum and not nesterov else dampening
    if nesterov:
        grads = [(1 - momentum) * grad for grad in grads]
    return first_order.sgd_update(
        params, grads, state, momentum=momentum, dampening=dampening, nesterov=nesterov, **options
    )


@misconception("sgd_update", "Nesterov's step is that of plain momentum. Step along g + mu * b, with the new buffer.")
def nesterov_as_plain_momentum(params, grads, state, *, nesterov=False, momentum=0.0, dampening=0.0, **options):
    if nesterov and (momentum <= 0 or dampening):
        raise ValueError("no momentum")
    return first_order.sgd_update(params, grads, state, momentum=momentum, dampening=dampening, **options)


@misconception("sgd_update", "The decay is subtracted from the gradient. Add it: parameters get smaller.")
def decay_with_the_wrong_sign(params, grads, state, *, weight_decay=0.0, **options):
    return first_order.sgd_update(params, grads, state, weight_decay=-weight_decay, **options)


@misconception(
    "sgd_update", "The decay stays outside of the buffer. It is part of the gradient, which the buffer adds up."
)
def decay_outside_of_the_buffer(params, grads, state, *, lr, weight_decay=0.0, **options):
    new, state = first_order.sgd_update(params, grads, state, lr=lr, **options)
    return [p - lr * weight_decay * old for p, old in zip(new, params, strict=True)], state


@misconception("sgd_update", "The dampening is ignored. Multiply the gradient by 1 - d where it enters the buffer.")
def dampening_ignored(params, grads, state, *, nesterov=False, dampening=0.0, **options):
    if nesterov and dampening:
        raise ValueError("dampened")
    return first_order.sgd_update(params, grads, state, nesterov=nesterov, **options)


@misconception("sgd_update", "The rate is put into the buffer. Add up gradients, and multiply the buffer by the rate.")
def rate_in_the_buffer(params, grads, state, *, lr, momentum=0.0, **options):
    new, after = first_order.sgd_update(params, grads, state, lr=lr, momentum=momentum, **options)
    if momentum and "momentum_buffers" in after and not state:
        after = {"momentum_buffers": [lr * buffer for buffer in after["momentum_buffers"]]}
    return new, after


@misconception("sgd_update", "The parameters move up the gradient. Subtract the step.")
def steps_go_up(params, grads, state, *, lr, **options):
    return first_order.sgd_update(params, grads, state, lr=-lr, **options)


@misconception(
    "sgd_update", "Nesterov's step is taken without momentum or with dampening. Raise a ValueError for both."
)
def nesterov_never_refused(params, grads, state, *, momentum=0.0, dampening=0.0, nesterov=False, **options):
    nesterov = nesterov and momentum > 0 and dampening == 0
    return first_order.sgd_update(
        params, grads, state, momentum=momentum, dampening=dampening, nesterov=nesterov, **options
    )


@misconception(
    "sgd_update", "The buffers of the state are changed in place. They belong to the caller: return new ones."
)
def buffers_changed_in_place(params, grads, state, **options):
    new, after = first_order.sgd_update(params, grads, state, **options)
    for old, buffer in zip(state.get("momentum_buffers", []), after.get("momentum_buffers", []), strict=True):
        old[...] = buffer
    return new, after


@misconception("sgd_update", "The first buffer is the array of the gradient. Copy it: a later step must not change it.")
def first_buffer_is_the_gradient(params, grads, state, *, lr, momentum=0.0, weight_decay=0.0, **options):
    new, after = first_order.sgd_update(
        params, grads, state, lr=lr, momentum=momentum, weight_decay=weight_decay, **options
    )
    if momentum and not state and not weight_decay:
        after = {"momentum_buffers": list(grads)}
    return new, after


@misconception("adagrad_update", "The gradients are added up, not their squares. Square them first.")
def gradients_added_up(params, grads, state, *, lr=1e-2, lr_decay=0.0, weight_decay=0.0, eps=1e-10, **options):
    start = options.get("initial_accumulator_value", 0.0)
    grads = pairs_of(params, grads, weight_decay)
    before = state.get("sums", [np.full_like(param, start) for param in params])
    sums = [s + np.abs(g) for s, g in zip(before, grads, strict=True)]
    step = state.get("step", 0) + 1
    rate = lr / (1 + (step - 1) * lr_decay)
    new = [p - rate * g / (np.sqrt(s) + eps) for p, g, s in zip(params, grads, sums, strict=True)]
    return new, {"step": step, "sums": sums}


def adagrad_with(params, grads, state, lr, lr_decay, weight_decay, start, eps, below, counted):
    """Take a step of AdaGrad with another denominator or another count of steps."""
    grads = pairs_of(params, grads, weight_decay)
    before = state.get("sums", [np.full_like(param, start) for param in params])
    sums = [s + g**2 for s, g in zip(before, grads, strict=True)]
    step = state.get("step", 0) + 1
    rate = lr / (1 + counted(step) * lr_decay)
    new = [p - rate * g / below(s, b, eps) for p, g, s, b in zip(params, grads, sums, before, strict=True)]
    return new, {"step": step, "sums": sums}


def adagrad_options(lr=1e-2, lr_decay=0.0, weight_decay=0.0, initial_accumulator_value=0.0, eps=1e-10):
    """Return the options in order."""
    return lr, lr_decay, weight_decay, initial_accumulator_value, eps


@misconception("adagrad_update", "The root is missing. Divide by the root of the sum of squares.")
def adagrad_without_the_root(params, grads, state, **options):
    return adagrad_with(
        params, grads, state, *adagrad_options(**options), lambda s, b, eps: s + eps, lambda step: step - 1
    )


@misconception("adagrad_update", "eps stands under the root. Add it to the root.")
def adagrad_eps_under_the_root(params, grads, state, **options):
    return adagrad_with(
        params, grads, state, *adagrad_options(**options), lambda s, b, eps: np.sqrt(s + eps), lambda step: step - 1
    )


@misconception("adagrad_update", "The rate decays one step early. In the first step it is lr itself.")
def adagrad_decays_early(params, grads, state, **options):
    return adagrad_with(
        params, grads, state, *adagrad_options(**options), lambda s, b, eps: np.sqrt(s) + eps, lambda step: step
    )


@misconception("adagrad_update", "The step divides by the sum before this gradient. Add its square first.")
def adagrad_by_the_old_sum(params, grads, state, **options):
    return adagrad_with(
        params, grads, state, *adagrad_options(**options), lambda s, b, eps: np.sqrt(b) + eps, lambda step: step - 1
    )


@misconception("adagrad_update", "The sums begin with 0. Begin with initial_accumulator_value.")
def adagrad_begins_with_zero(params, grads, state, *, initial_accumulator_value=0.0, **options):
    return first_order.adagrad_update(params, grads, state, **options)


@misconception("adagrad_update", "The decay of the rate is ignored. Divide lr by 1 + (t - 1) * lr_decay.")
def adagrad_without_decay_of_the_rate(params, grads, state, *, lr_decay=0.0, **options):
    return first_order.adagrad_update(params, grads, state, **options)


@misconception("adagrad_update", "One rate serves the whole array. Every number has a sum of its own.")
def adagrad_one_rate_per_array(params, grads, state, **options):
    new, after = first_order.adagrad_update(params, grads, state, **options)
    lr, lr_decay, weight_decay, _, eps = adagrad_options(**options)
    rate = lr / (1 + (after["step"] - 1) * lr_decay)
    grads = pairs_of(params, grads, weight_decay)
    new = [p - rate * g / (np.sqrt(s.mean()) + eps) for p, g, s in zip(params, grads, after["sums"], strict=True)]
    return new, after


@misconception(
    "adagrad_update", "The sums of the state are changed in place. They belong to the caller: return new ones."
)
def adagrad_sums_changed_in_place(params, grads, state, **options):
    new, after = first_order.adagrad_update(params, grads, state, **options)
    for old, total in zip(state.get("sums", []), after["sums"], strict=False):
        old[...] = total
    return new, after


@misconception(
    "rmsprop_update", "The squares are added up, as in AdaGrad. Take a running mean: alpha * v + (1 - alpha) * g^2."
)
def rmsprop_adds_up(params, grads, state, *, lr=1e-2, eps=1e-8, weight_decay=0.0, **options):
    decayed = pairs_of(params, grads, weight_decay)
    zeros = [np.zeros_like(param) for param in params]
    squares = [v + g**2 for v, g in zip(state.get("square_averages", zeros), decayed, strict=True)]
    new = [p - lr * g / (np.sqrt(v) + eps) for p, g, v in zip(params, decayed, squares, strict=True)]
    return new, {**first_order.rmsprop_update(params, grads, state, **options)[1], "square_averages": squares}


@misconception("rmsprop_update", "alpha and 1 - alpha are exchanged. Keep alpha of the old mean.")
def rmsprop_keeps_the_rest(params, grads, state, *, alpha=0.99, **options):
    return first_order.rmsprop_update(params, grads, state, alpha=1 - alpha, **options)


@misconception("rmsprop_update", "eps stands under the root. Add it to the root.")
def rmsprop_eps_under_the_root(params, grads, state, *, eps=1e-8, lr=1e-2, weight_decay=0.0, momentum=0.0, **options):
    _, after = first_order.rmsprop_update(params, grads, state, weight_decay=weight_decay, momentum=momentum, **options)
    means = after.get("gradient_averages", [0.0] * len(params))
    decayed = pairs_of(params, grads, weight_decay)
    steps = [g / np.sqrt(v - m**2 + eps) for g, v, m in zip(decayed, after["square_averages"], means, strict=True)]
    if momentum:
        before = state.get("momentum_buffers", [np.zeros_like(param) for param in params])
        steps = [momentum * b + s for b, s in zip(before, steps, strict=True)]
        after = {**after, "momentum_buffers": steps}
    return [p - lr * s for p, s in zip(params, steps, strict=True)], after


@misconception("rmsprop_update", "The running mean of the gradients is not squared. Subtract m^2 under the root.")
def rmsprop_mean_not_squared(params, grads, state, *, centered=False, lr=1e-2, eps=1e-8, weight_decay=0.0, **options):
    new, after = first_order.rmsprop_update(
        params, grads, state, centered=centered, lr=lr, eps=eps, weight_decay=weight_decay, **options
    )
    if centered:
        decayed = pairs_of(params, grads, weight_decay)
        parts = zip(decayed, after["square_averages"], after["gradient_averages"], strict=True)
        steps = [g / (np.sqrt(np.abs(v - np.abs(m))) + eps) for g, v, m in parts]
        if "momentum_buffers" in after:
            before = state.get("momentum_buffers", [np.zeros_like(param) for param in params])
            steps = [options["momentum"] * b + s for b, s in zip(before, steps, strict=True)]
            after = {**after, "momentum_buffers": steps}
        new = [p - lr * s for p, s in zip(params, steps, strict=True)]
    return new, after


@misconception("rmsprop_update", "centered is ignored. Subtract the squared mean of the gradients under the root.")
def rmsprop_not_centered(params, grads, state, *, centered=False, **options):
    new, after = first_order.rmsprop_update(params, grads, state, **options)
    if centered:
        whole = first_order.rmsprop_update(params, grads, state, centered=True, **options)[1]
        after = {**after, "gradient_averages": whole["gradient_averages"]}
    return new, after


@misconception("rmsprop_update", "The momentum is ignored. Add each step to a buffer, of which mu is kept.")
def rmsprop_without_momentum(params, grads, state, *, momentum=0.0, **options):
    after = first_order.rmsprop_update(params, grads, state, momentum=momentum, **options)[1]
    return first_order.rmsprop_update(params, grads, state, **options)[0], after


@misconception("rmsprop_update", "The buffer adds up gradients. Add up the divided ones: momentum comes last.")
def rmsprop_momentum_first(params, grads, state, *, momentum=0.0, lr=1e-2, eps=1e-8, weight_decay=0.0, **options):
    if not momentum:
        return first_order.rmsprop_update(params, grads, state, lr=lr, eps=eps, weight_decay=weight_decay, **options)
    _, after = first_order.rmsprop_update(params, grads, state, momentum=momentum, weight_decay=weight_decay, **options)
    zeros = [np.zeros_like(param) for param in params]
    decayed = pairs_of(params, grads, weight_decay)
    buffers = [momentum * b + g for b, g in zip(state.get("momentum_buffers", zeros), decayed, strict=True)]
    means = after.get("gradient_averages", zeros)
    parts = zip(params, buffers, after["square_averages"], means, strict=True)
    return [p - lr * b / (np.sqrt(v - m**2) + eps) for p, b, v, m in parts], {**after, "momentum_buffers": buffers}


@misconception(
    "rmsprop_update", "The means of the state are changed in place. They belong to the caller: return new ones."
)
def rmsprop_means_changed_in_place(params, grads, state, **options):
    new, after = first_order.rmsprop_update(params, grads, state, **options)
    for old, mean in zip(state.get("square_averages", []), after["square_averages"], strict=False):
        old[...] = mean
    return new, after


@misconception("adadelta_update", "The steps of the past are missing above. Multiply by sqrt(a + eps).")
def adadelta_without_its_numerator(params, grads, state, *, lr=1.0, eps=1e-6, weight_decay=0.0, rho=0.9):
    _, after = first_order.adadelta_update(params, grads, state, eps=eps, weight_decay=weight_decay, rho=rho)
    decayed = pairs_of(params, grads, weight_decay)
    parts = zip(params, decayed, after["square_averages"], strict=True)
    return [p - lr * g / np.sqrt(v + eps) for p, g, v in parts], after


@misconception(
    "adadelta_update", "The mean of squared steps holds this step already. Use the mean of the steps before it."
)
def adadelta_with_this_step(params, grads, state, *, lr=1.0, eps=1e-6, weight_decay=0.0, rho=0.9):
    _, after = first_order.adadelta_update(params, grads, state, eps=eps, weight_decay=weight_decay, rho=rho)
    decayed = pairs_of(params, grads, weight_decay)
    parts = zip(params, decayed, after["square_averages"], after["squared_steps"], strict=True)
    return [p - lr * np.sqrt(a + eps) / np.sqrt(v + eps) * g for p, g, v, a in parts], after


@misconception("adadelta_update", "The mean of squared steps adds up squared gradients. Square the step u.")
def adadelta_of_gradients(params, grads, state, *, rho=0.9, weight_decay=0.0, **options):
    new, after = first_order.adadelta_update(params, grads, state, rho=rho, weight_decay=weight_decay, **options)
    decayed = pairs_of(params, grads, weight_decay)
    before = state.get("squared_steps", [np.zeros_like(param) for param in params])
    steps = [rho * a + (1 - rho) * g**2 for a, g in zip(before, decayed, strict=True)]
    return new, {**after, "squared_steps": steps}


@misconception("adadelta_update", "eps stands outside of the roots. Add it under both of them.")
def adadelta_eps_outside(params, grads, state, *, lr=1.0, eps=1e-6, weight_decay=0.0, rho=0.9):
    decayed = pairs_of(params, grads, weight_decay)
    zeros = [np.zeros_like(param) for param in params]
    squares = [rho * v + (1 - rho) * g**2 for v, g in zip(state.get("square_averages", zeros), decayed, strict=True)]
    before = state.get("squared_steps", zeros)
    steps = [(np.sqrt(a) + eps) / (np.sqrt(v) + eps) * g for a, v, g in zip(before, squares, decayed, strict=True)]
    after = [rho * a + (1 - rho) * s**2 for a, s in zip(before, steps, strict=True)]
    new = [p - lr * s for p, s in zip(params, steps, strict=True)]
    return new, {"square_averages": squares, "squared_steps": after}


@misconception("adadelta_update", "The rate is ignored. Multiply the step by lr, but not the one whose square is kept.")
def adadelta_without_a_rate(params, grads, state, *, lr=1.0, **options):
    return first_order.adadelta_update(params, grads, state, **options)


@misconception("adadelta_update", "rho and 1 - rho are exchanged. Keep rho of the old means.")
def adadelta_keeps_the_rest(params, grads, state, *, rho=0.9, **options):
    return first_order.adadelta_update(params, grads, state, rho=1 - rho, **options)


@misconception("adam_update", "The means are not corrected. Divide m by 1 - beta1^t and v by 1 - beta2^t.")
def adam_without_correction(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
    return adam_step(params, pairs_of(params, grads, weight_decay), state, lr, betas, eps, correct=False)


@misconception("adam_update", "eps stands under the root. Add it to the root.")
def adam_eps_under_the_root(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
    return adam_step(params, pairs_of(params, grads, weight_decay), state, lr, betas, eps, eps_inside=True)


@misconception("adam_update", "The second mean is one of sizes. Average the squared gradients.")
def adam_without_squares(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
    return adam_step(params, pairs_of(params, grads, weight_decay), state, lr, betas, eps, square=False)


@misconception("adam_update", "The state holds the corrected means. Keep m and v as they are: they go on from there.")
def adam_corrects_its_state(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
    return adam_step(params, pairs_of(params, grads, weight_decay), state, lr, betas, eps, in_state=True)


@misconception("adam_update", "The two betas are exchanged. The first one is that of the gradients' mean.")
def adam_betas_exchanged(params, grads, state, *, betas=(0.9, 0.999), **options):
    return first_order.adam_update(params, grads, state, betas=betas[::-1], **options)


@misconception(
    "adam_update", "The decay is taken from the parameters directly, as in AdamW. In Adam it is part of the gradient."
)
def adam_decays_as_adamw(params, grads, state, *, weight_decay=0.0, **options):
    return first_order.adamw_update(params, grads, state, weight_decay=weight_decay, **options)


@misconception(
    "adam_update", "The steps are counted from 0, or not counted on. The first step has t = 1, and each adds 1."
)
def adam_counts_no_further(params, grads, state, **options):
    return first_order.adam_update(params, grads, {**state, "step": 0}, **options)


@misconception(
    "adam_update", "The means of the state are changed in place. They belong to the caller: return new ones."
)
def adam_means_changed_in_place(params, grads, state, **options):
    new, after = first_order.adam_update(params, grads, state, **options)
    for old, mean in zip(state.get("averages", []), after["averages"], strict=False):
        old[...] = mean
    return new, after


@misconception(
    "adamw_update",
    "The decay is part of the gradient, as in Adam. Take it from the parameters, and leave the means alone.",
    source="https://arxiv.org/abs/1711.05101",
)
def adamw_decays_in_the_gradient(params, grads, state, *, weight_decay=1e-2, **options):
    return first_order.adam_update(params, grads, state, weight_decay=weight_decay, **options)


@misconception("adamw_update", "The decay is not multiplied by the rate. Subtract lr * wd * theta.")
def adamw_decay_without_the_rate(params, grads, state, *, weight_decay=1e-2, **options):
    new, after = first_order.adamw_update(params, grads, state, weight_decay=0.0, **options)
    return [p - weight_decay * old for p, old in zip(new, params, strict=True)], after


@misconception("adamw_update", "The parameters decay after the step. Let the old ones decay.")
def adamw_decays_last(params, grads, state, *, lr=1e-3, weight_decay=1e-2, **options):
    new, after = first_order.adamw_update(params, grads, state, lr=lr, weight_decay=0.0, **options)
    return [(1 - lr * weight_decay) * p for p in new], after


@misconception("adamw_update", "Nothing decays. Subtract lr * wd * theta from every parameter.")
def adamw_without_decay(params, grads, state, *, weight_decay=1e-2, **options):
    return first_order.adamw_update(params, grads, state, weight_decay=0.0, **options)


@misconception("adamw_update", "The parameters grow where they should decay. Subtract lr * wd * theta.")
def adamw_grows(params, grads, state, *, weight_decay=1e-2, **options):
    return first_order.adamw_update(params, grads, state, weight_decay=-weight_decay, **options)


@misconception(
    "adamw_update", "The parameters that were passed in decay in place. They belong to the caller: make new ones."
)
def adamw_decays_in_place(params, grads, state, *, lr=1e-3, weight_decay=1e-2, **options):
    for param in params:
        param *= 1 - lr * weight_decay
    return first_order.adam_update(params, grads, state, lr=lr, **options)


# schedules.py


@misconception("step_decay", "The rate falls in every epoch. Let it fall every `step_size` epochs, all at once.")
def decay_in_every_epoch(base_lr, epoch, *, step_size, gamma=0.1):
    return base_lr * gamma ** (epoch / step_size)


@misconception(
    "step_decay", "The rate falls one epoch early. Epochs count from 0: the first `step_size` ones have the base rate."
)
def decay_one_epoch_early(base_lr, epoch, *, step_size, gamma=0.1):
    return base_lr * gamma ** ((epoch + 1) // step_size)


@misconception("step_decay", "The rate falls only once. Multiply by gamma again after every `step_size` epochs.")
def decay_only_once(base_lr, epoch, *, step_size, gamma=0.1):
    return base_lr * (gamma if epoch >= step_size else 1)


@misconception("step_decay", "The rate is divided by gamma and grows. Multiply it by gamma.")
def decay_grows(base_lr, epoch, *, step_size, gamma=0.1):
    return base_lr / gamma ** (epoch // step_size)


@misconception(
    "step_decay", "The rate falls one epoch late. In the epoch number `step_size`, counted from 0, it has fallen."
)
def decay_one_epoch_late(base_lr, epoch, *, step_size, gamma=0.1):
    return base_lr * gamma ** (max(epoch - 1, 0) // step_size)


@misconception(
    "cosine_with_warmup", "The first step has the rate 0 and learns nothing. Count it as step + 1 on the way up."
)
def warmup_begins_with_zero(base_lr, step, *, warmup_steps, total_steps, min_lr=0.0):
    if total_steps > warmup_steps and step < warmup_steps:
        return base_lr * step / warmup_steps
    return schedules.cosine_with_warmup(
        base_lr, step, warmup_steps=warmup_steps, total_steps=total_steps, min_lr=min_lr
    )


@misconception(
    "cosine_with_warmup",
    "The warm-up counts into the cosine. Its way down begins with the first step after the warm-up.",
)
def warmup_counts_into_the_cosine(base_lr, step, *, warmup_steps, total_steps, min_lr=0.0):
    if total_steps <= warmup_steps:
        raise ValueError("no way down")
    if step < warmup_steps:
        return base_lr * (step + 1) / warmup_steps
    return min_lr + (base_lr - min_lr) * (1 + math.cos(math.pi * min(step / total_steps, 1))) / 2


@misconception("cosine_with_warmup", "After the end the rate rises again. Leave it at min_lr: the share is at most 1.")
def cosine_rises_again(base_lr, step, *, warmup_steps, total_steps, min_lr=0.0):
    if total_steps <= warmup_steps:
        raise ValueError("no way down")
    if step < warmup_steps:
        return base_lr * (step + 1) / warmup_steps
    passed = (step - warmup_steps) / (total_steps - warmup_steps)
    return min_lr + (base_lr - min_lr) * (1 + math.cos(math.pi * passed)) / 2


@misconception("cosine_with_warmup", "min_lr is added on top. Let the cosine run from base_lr down to min_lr.")
def lowest_rate_on_top(base_lr, step, *, warmup_steps, total_steps, min_lr=0.0):
    rate = schedules.cosine_with_warmup(base_lr, step, warmup_steps=warmup_steps, total_steps=total_steps)
    return rate if step < warmup_steps else rate + min_lr


@misconception("cosine_with_warmup", "min_lr is ignored. The rate ends there, not at 0.")
def lowest_rate_ignored(base_lr, step, *, min_lr=0.0, **options):
    return schedules.cosine_with_warmup(base_lr, step, **options)


@misconception("cosine_with_warmup", "The way down is a straight line. Take half a cosine.")
def straight_way_down(base_lr, step, *, warmup_steps, total_steps, min_lr=0.0):
    if total_steps <= warmup_steps:
        raise ValueError("no way down")
    if step < warmup_steps:
        return base_lr * (step + 1) / warmup_steps
    return base_lr - (base_lr - min_lr) * min((step - warmup_steps) / (total_steps - warmup_steps), 1)


@misconception("cosine_with_warmup", "The cosine runs over a whole period, down and up. Take half of it, to pi.")
def whole_period(base_lr, step, *, warmup_steps, total_steps, min_lr=0.0):
    if total_steps <= warmup_steps:
        raise ValueError("no way down")
    if step < warmup_steps:
        return base_lr * (step + 1) / warmup_steps
    passed = min((step - warmup_steps) / (total_steps - warmup_steps), 1)
    return min_lr + (base_lr - min_lr) * (1 + math.cos(2 * math.pi * passed)) / 2


@misconception("cosine_with_warmup", "A plan without a way down is accepted. Raise a ValueError for it.")
def plan_never_refused(base_lr, step, *, warmup_steps, total_steps, min_lr=0.0):
    if total_steps <= warmup_steps:
        return base_lr * min((step + 1) / warmup_steps, 1)
    return schedules.cosine_with_warmup(
        base_lr, step, warmup_steps=warmup_steps, total_steps=total_steps, min_lr=min_lr
    )


def search(f, x, grad, lr, shrink, enough):
    """Shrink the rate until a condition holds, and take the step."""
    before = f(x)
    while not enough(f(x - lr * grad), before, lr):
        lr *= shrink
    return x - lr * grad, lr


@misconception("backtracking", "Any step that goes down is taken. It must bring a share of what the slope promises.")
def any_way_down(f, x, grad, *, lr=1.0, shrink=0.5, slope=1e-4):
    return search(f, x, grad, lr, shrink, lambda after, before, rate: after <= before)


@misconception("backtracking", "The norm of the gradient is not squared. Subtract slope * lr * |grad|^2.")
def norm_not_squared(f, x, grad, *, lr=1.0, shrink=0.5, slope=1e-4):
    norm = float(np.sqrt((grad**2).sum()))
    return search(f, x, grad, lr, shrink, lambda after, before, rate: after <= before - slope * rate * norm)


@misconception("backtracking", "The rate is missing in the condition. A shorter step has to bring less.")
def rate_not_in_the_condition(f, x, grad, *, lr=1.0, shrink=0.5, slope=1e-4):
    promised = slope * float((grad**2).sum())
    return search(f, x, grad, lr, shrink, lambda after, before, rate: after <= before - promised or rate < 1e-9)


@misconception(
    "backtracking", "The rate shrinks once more after the condition holds. Return the one that satisfies it."
)
def shrunk_once_too_often(f, x, grad, *, shrink=0.5, **options):
    _, lr = schedules.backtracking(f, x, grad, shrink=shrink, **options)
    return x - shrink * lr * grad, shrink * lr


@misconception("backtracking", "The place is that of the first rate. Return the place that the accepted rate leads to.")
def place_of_the_first_rate(f, x, grad, *, lr=1.0, **options):
    return x - lr * grad, schedules.backtracking(f, x, grad, lr=lr, **options)[1]


@misconception("backtracking", "The rate is always halved. Multiply it by shrink.")
def always_halved(f, x, grad, *, shrink=0.5, **options):
    return schedules.backtracking(f, x, grad, **options)


@misconception("backtracking", "A value that is not a number counts as low enough. Go on until the condition holds.")
def nan_is_low_enough(f, x, grad, *, lr=1.0, shrink=0.5, slope=1e-4):
    promised = slope * float((grad**2).sum())
    return search(f, x, grad, lr, shrink, lambda after, before, rate: not after > before - rate * promised)


@misconception("backtracking", "The step goes up the gradient. Subtract it.")
def search_uphill(f, x, grad, *, lr=1.0, shrink=0.5, slope=1e-4):
    promised = slope * float((grad**2).sum())
    place, rate = search(
        f, x, -grad, lr, shrink, lambda after, before, rate: after <= before - rate * promised or rate < 1e-9
    )
    return place, rate


# evolution.py


@misconception("evolution_gradient", "The estimate is not divided by sigma. Divide by 2 * pairs * sigma.")
def estimate_not_divided_by_sigma(f, theta, rng, *, pairs=50, sigma=0.1):
    return sigma * evolution.evolution_gradient(f, theta, rng, pairs=pairs, sigma=sigma)


@misconception(
    "evolution_gradient", "The estimate is divided by sigma squared. The trials' difference is divided once."
)
def estimate_divided_by_sigma_squared(f, theta, rng, *, pairs=50, sigma=0.1):
    return evolution.evolution_gradient(f, theta, rng, pairs=pairs, sigma=sigma) / sigma


@misconception("evolution_gradient", "The estimate is twice as large. A pair is two sigma apart: divide by 2.")
def estimate_without_the_two(f, theta, rng, *, pairs=50, sigma=0.1):
    return 2 * evolution.evolution_gradient(f, theta, rng, pairs=pairs, sigma=sigma)


@misconception("evolution_gradient", "The pairs are added up. Divide by their number.")
def estimate_is_a_sum(f, theta, rng, *, pairs=50, sigma=0.1):
    return pairs * evolution.evolution_gradient(f, theta, rng, pairs=pairs, sigma=sigma)


@misconception("evolution_gradient", "There are no opposite trials. Try theta - sigma * e for each theta + sigma * e.")
def trials_on_one_side(f, theta, rng, *, pairs=50, sigma=0.1):
    grad = np.zeros_like(theta)
    for _ in range(2 * pairs):
        e = rng.standard_normal(theta.shape)
        grad += f(theta + sigma * e) * e
    return grad / (2 * pairs * sigma)


@misconception("evolution_gradient", "The directions are uniform numbers. Draw them from a normal distribution.")
def uniform_directions(f, theta, rng, *, pairs=50, sigma=0.1):
    grad = np.zeros_like(theta)
    for _ in range(pairs):
        e = rng.uniform(-np.sqrt(3), np.sqrt(3), theta.shape)
        grad += (f(theta + sigma * e) - f(theta - sigma * e)) * e
    return grad / (2 * pairs * sigma)


@misconception("evolution_gradient", "The directions all have the length 1. Leave them as they are drawn.")
def directions_of_length_one(f, theta, rng, *, pairs=50, sigma=0.1):
    grad = np.zeros_like(theta)
    for _ in range(pairs):
        e = rng.standard_normal(theta.shape)
        e = e / np.sqrt((e**2).sum())
        grad += (f(theta + sigma * e) - f(theta - sigma * e)) * e
    return grad / (2 * pairs * sigma)


@misconception("evolution_gradient", "One direction serves all pairs. Draw a new one for each.")
def one_direction_for_all_pairs(f, theta, rng, *, pairs=50, sigma=0.1):
    e, grad = rng.standard_normal(theta.shape), np.zeros_like(theta)
    for _ in range(pairs):
        grad += (f(theta + sigma * e) - f(theta - sigma * e)) * e
    return grad / (2 * pairs * sigma)


@misconception(
    "evolution_gradient", "The generator is a new one with a fixed seed. Draw from the `rng` that is passed in."
)
def directions_from_a_fixed_seed(f, theta, rng, **options):
    return evolution.evolution_gradient(f, theta, np.random.default_rng(0), **options)


def strategy(f, theta, rng, steps, lr, pairs, sigma, gradient=None, history_of=None):
    """Run the strategy with another gradient, or another history."""
    gradient, history = gradient or evolution.evolution_gradient, [f(theta)]
    for _ in range(steps):
        theta = theta - lr * gradient(f, theta, rng, pairs=pairs, sigma=sigma)
        history.append(f(theta))
    return theta, np.array(history if history_of is None else history_of(history))


@misconception("evolution_strategy", "The steps go up. Subtract the estimated gradient: a minimum is looked for.")
def strategy_goes_up(f, theta, rng, *, steps, lr, pairs=50, sigma=0.1):
    return strategy(f, theta, rng, steps, -lr, pairs, sigma)


@misconception(
    "evolution_strategy", "The history lacks the value at the beginning. Begin with f(theta): steps + 1 numbers."
)
def history_without_the_beginning(f, theta, rng, *, steps, lr, pairs=50, sigma=0.1):
    return strategy(f, theta, rng, steps, lr, pairs, sigma, history_of=lambda history: history[1:])


@misconception("evolution_strategy", "The history lacks the value after the last step. Measure at the end as well.")
def history_without_the_end(f, theta, rng, *, steps, lr, pairs=50, sigma=0.1):
    return strategy(f, theta, rng, steps, lr, pairs, sigma, history_of=lambda history: history[:-1])


@misconception(
    "evolution_strategy", "Every step tries the same directions. Go on with the generator from step to step."
)
def same_directions_in_every_step(f, theta, rng, *, steps, lr, pairs=50, sigma=0.1):
    seed = int(rng.integers(2**32))
    return strategy(
        f,
        theta,
        rng,
        steps,
        lr,
        pairs,
        sigma,
        gradient=lambda f, place, _, **options: evolution.evolution_gradient(
            f, place, np.random.default_rng(seed), **options
        ),
    )


@misconception("evolution_strategy", "All steps use the gradient of the first place. Estimate it anew where you are.")
def gradient_of_the_first_place(f, theta, rng, *, steps, lr, pairs=50, sigma=0.1):
    return strategy(
        f,
        theta,
        rng,
        steps,
        lr,
        pairs,
        sigma,
        gradient=lambda f, _, rng, **options: evolution.evolution_gradient(f, theta, rng, **options),
    )


@misconception("evolution_strategy", "pairs and sigma are not passed on. Give both to the estimate.")
def strategy_without_options(f, theta, rng, *, steps, lr, pairs=50, sigma=0.1):
    return strategy(f, theta, rng, steps, lr, 50, 0.1)


@misconception(
    "evolution_strategy", "The place that was passed in is changed in place. It belongs to the caller: make a new one."
)
def place_changed_in_place(f, theta, rng, *, steps, lr, pairs=50, sigma=0.1):
    end, history = strategy(f, theta, rng, steps, lr, pairs, sigma)
    theta[...] = end
    return theta, history


def one_child(f, theta, rng, steps, sigma, *, around_first=False, keep=None, up=1.5, down=1.5**-0.25, draw=None):
    """Run the (1 + 1) strategy with one of its rules done otherwise."""
    first, best = theta, f(theta)
    keep = keep or (lambda value, best: value <= best)
    for _ in range(steps):
        e = rng.standard_normal(theta.shape) if draw is None else draw(rng, theta.shape)
        child = (first if around_first else theta) + sigma * e
        value = f(child)
        if keep(value, best):
            theta, best, sigma = child, value, sigma * up
        else:
            sigma *= down
    return theta, sigma


@misconception("one_plus_one", "All children land around the first parent. Let each land around the best place so far.")
def children_of_the_first_parent(f, theta, rng, *, steps, sigma=1.0):
    return one_child(f, theta, rng, steps, sigma, around_first=True)


@misconception("one_plus_one", "Worse children are kept, and better ones given up. Look for a minimum.")
def worse_children_kept(f, theta, rng, *, steps, sigma=1.0):
    return one_child(f, theta, rng, steps, sigma, keep=lambda value, best: value >= best)


@misconception("one_plus_one", "The spread never changes. Multiply it by 1.5, or divide it by the fourth root of that.")
def spread_never_changes(f, theta, rng, *, steps, sigma=1.0):
    return one_child(f, theta, rng, steps, sigma, up=1.0, down=1.0)


@misconception("one_plus_one", "The spread shrinks after a success. Let it grow then, and shrink after a failure.")
def spread_changes_the_wrong_way(f, theta, rng, *, steps, sigma=1.0):
    return one_child(f, theta, rng, steps, sigma, up=1.5**-0.25, down=1.5)


@misconception(
    "one_plus_one", "A failure divides the spread by 1.5. Divide by the fourth root: four failures undo one success."
)
def failure_undoes_a_success(f, theta, rng, *, steps, sigma=1.0):
    return one_child(f, theta, rng, steps, sigma, down=1 / 1.5)


@misconception("one_plus_one", "A child that is no better is given up. An equal one takes the parent's place.")
def equal_children_given_up(f, theta, rng, *, steps, sigma=1.0):
    return one_child(f, theta, rng, steps, sigma, keep=lambda value, best: value < best)


@misconception("one_plus_one", "The last child is returned, good or bad. Return the last parent, the best of all.")
def last_child_returned(f, theta, rng, *, steps, sigma=1.0):
    places = []

    def noting(place):
        places.append(place)
        return f(place)

    _, spread = one_child(noting, theta, rng, steps, sigma)
    return places[-1], spread


@misconception("one_plus_one", "The steps are uniform numbers. Draw them from a normal distribution.")
def uniform_children(f, theta, rng, *, steps, sigma=1.0):
    return one_child(f, theta, rng, steps, sigma, draw=lambda rng, shape: rng.uniform(-1, 1, shape))


@misconception("one_plus_one", "The parent's value is computed anew for every child. Remember it: f may be expensive.")
def parent_measured_again(f, theta, rng, *, steps, sigma=1.0):
    for _ in range(steps):
        child = theta + sigma * rng.standard_normal(theta.shape)
        if f(child) <= f(theta):
            theta, sigma = child, sigma * 1.5
        else:
            sigma *= 1.5**-0.25
    return theta, sigma


# fast.py


def fast_with(params, grads, means, squares, step, lr, decay, *, c1=None, c2=None, eps=1e-8, inside=0.0):
    """Take the step with other corrections, or eps elsewhere."""
    c1, c2 = 1 - 0.9**step if c1 is None else c1, 1 - 0.999**step if c2 is None else c2
    new = [], [], []
    for p, g, m, v in zip(params, grads, means, squares, strict=True):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        new[0].append((1 - lr * decay) * p - lr / c1 * m / (torch.sqrt(v / c2 + inside) + eps))
        new[1].append(m)
        new[2].append(v)
    return new


@misconception("adamw_fast", "The means are not corrected. Divide m by 1 - 0.9^step and v by 1 - 0.999^step.")
def fast_without_correction(*args):
    return fast_with(*args, c1=1.0, c2=1.0)


@misconception("adamw_fast", "The mean of squares is not corrected. Divide v by 1 - 0.999^step under the root.")
def fast_corrects_one_mean(*args):
    return fast_with(*args, c2=1.0)


@misconception("adamw_fast", "The correction is always that of the first step. It depends on `step`.")
def fast_corrects_as_in_the_first_step(*args):
    return fast_with(*args, c1=0.1, c2=1 - 0.999)


@misconception("adamw_fast", "eps is much too large. It is 1e-8, and stands beside the root.")
def fast_with_a_large_eps(*args):
    return fast_with(*args, eps=1e-3)


@misconception("adamw_fast", "The decay is part of the gradient, as in Adam. Take it from the parameters.")
def fast_decays_in_the_gradient(params, grads, means, squares, step, lr, decay):
    grads = [g + decay * p for p, g in zip(params, grads, strict=True)]
    return fast_with(params, grads, means, squares, step, lr, 0.0)


@misconception("adamw_fast", "The decay is not multiplied by the rate. Multiply the parameters by 1 - lr * decay.")
def fast_decays_without_the_rate(params, grads, means, squares, step, lr, decay):
    return fast_with(params, grads, means, squares, step, lr, decay / lr)


@misconception("adamw_fast", "Nothing decays. Multiply the parameters by 1 - lr * decay.")
def fast_without_decay(params, grads, means, squares, step, lr, decay):
    return fast_with(params, grads, means, squares, step, lr, 0.0)


@misconception("adamw_fast", "The step uses the means of the step before. Bring both up to date first.")
def fast_with_old_means(params, grads, means, squares, step, lr, decay):
    new = fast.adamw_fast(params, grads, means, squares, step, lr, decay)
    root, size = math.sqrt(1 - 0.999**step), lr / (1 - 0.9**step)
    parts = zip(params, means, squares, strict=True)
    return [(1 - lr * decay) * p - size * m / (v.sqrt() / root + 1e-8) for p, m, v in parts], new[1], new[2]


@misconception("adamw_fast", "The means that were passed in are overwritten. They belong to the caller: make new ones.")
def fast_overwrites_the_means(params, grads, means, squares, step, lr, decay):
    new = fast.adamw_fast(params, grads, means, squares, step, lr, decay)
    for old, mean in zip(means, new[1], strict=True):
        old.copy_(mean)
    return new[0], means, new[2]


@misconception(
    "adamw_fast", "The answer is float64 for float32 tensors, or was computed so. Use their dtype: half as many bytes."
)
def fast_in_float64(params, grads, means, squares, step, lr, decay):
    wide = ([tensor.double() for tensor in tensors] for tensors in (params, grads, means, squares))
    return fast.adamw_fast(*wide, step, lr, decay)
