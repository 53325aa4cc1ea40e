"""Other right answers: the suite must take them all. Each is named `<task>__<style>`."""

import math

import numpy as np
import torch

from solutions.optimizers import first_order, workloads

# first_order


def sgd_update__one_parameter_at_a_time(
    params, grads, state, *, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False
):
    if nesterov and not (momentum > 0 and dampening == 0):
        raise ValueError("momentum, and no dampening")
    new, buffers = [], []
    for index, (theta, g) in enumerate(zip(params, grads, strict=True)):
        g = g + weight_decay * theta
        if momentum == 0:
            new.append(theta - lr * g)
            continue
        b = state["momentum_buffers"][index] * momentum + g - dampening * g if state else np.array(g)
        buffers.append(b)
        new.append(theta - lr * g - lr * momentum * b if nesterov else theta - lr * b)
    return new, {"momentum_buffers": buffers} if momentum else {}


def sgd_update__in_place_on_copies(
    params, grads, state, *, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False
):
    if nesterov and (not momentum or dampening):
        raise ValueError("momentum, and no dampening")
    new, steps = [param.copy() for param in params], [grad.copy() for grad in grads]
    for step, param in zip(steps, params, strict=True):
        step += weight_decay * param
    buffers = []
    if momentum:
        buffers = [b.copy() for b in state["momentum_buffers"]] if state else [step.copy() for step in steps]
        for buffer, step in zip(buffers if state else [], steps, strict=False):
            buffer *= momentum
            buffer += (1 - dampening) * step
    for index, param in enumerate(new):
        move = steps[index] + momentum * buffers[index] if nesterov else (buffers or steps)[index]
        param -= lr * move
    return new, {"momentum_buffers": buffers} if buffers else {}


def adagrad_update__in_place_on_copies(
    params, grads, state, *, lr=1e-2, lr_decay=0.0, weight_decay=0.0, initial_accumulator_value=0.0, eps=1e-10
):
    count = state.get("step", 0)
    sums = (
        [s.copy() for s in state["sums"]] if count else [np.zeros_like(p) + initial_accumulator_value for p in params]
    )
    new = []
    for theta, g, s in zip(params, grads, sums, strict=True):
        g = weight_decay * theta + g
        s += g * g
        new.append(theta - (lr / (1 + count * lr_decay)) * (g / (np.sqrt(s) + eps)))
    return new, {"sums": [s.astype(p.dtype) for s, p in zip(sums, params, strict=True)], "step": count + 1}


def adagrad_update__hypot(
    params, grads, state, *, lr=1e-2, lr_decay=0.0, weight_decay=0.0, initial_accumulator_value=0.0, eps=1e-10
):
    grads = first_order.decayed(params, grads, weight_decay)
    roots = [np.sqrt(s) for s in state.get("sums", [np.full_like(p, initial_accumulator_value) for p in params])]
    roots = [np.hypot(root, g) for root, g in zip(roots, grads, strict=True)]
    rate = lr / (1 + state.get("step", 0) * lr_decay)
    new = [p - rate * g / (root + eps) for p, g, root in zip(params, grads, roots, strict=True)]
    return new, {"step": state.get("step", 0) + 1, "sums": [root * root for root in roots]}


def rmsprop_update__one_parameter_at_a_time(
    params, grads, state, *, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0.0, momentum=0.0, centered=False
):
    new, squares, means, buffers = [], [], [], []
    for index, (theta, g) in enumerate(zip(params, grads, strict=True)):

        def before(name, like=theta, index=index):
            return state[name][index] if state else np.zeros_like(like)

        g = g + weight_decay * theta
        squares.append(before("square_averages") + (1 - alpha) * (g * g - before("square_averages")))
        below = squares[-1]
        if centered:
            means.append(before("gradient_averages") + (1 - alpha) * (g - before("gradient_averages")))
            below = below - means[-1] * means[-1]
        u = g / (below**0.5 + eps)
        if momentum:
            buffers.append(momentum * before("momentum_buffers") + u)
            u = buffers[-1]
        new.append(theta - lr * u)
    after = {"square_averages": squares}
    if centered:
        after["gradient_averages"] = means
    if momentum:
        after["momentum_buffers"] = buffers
    return new, after


def rmsprop_update__a_state_with_everything(
    params, grads, state, *, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0.0, momentum=0.0, centered=False
):
    names = "square_averages", "gradient_averages", "momentum_buffers"
    v, m, b = (state.get(name, [np.zeros_like(p) for p in params]) for name in names)
    g = first_order.decayed(params, grads, weight_decay)
    v = [alpha * old + (1 - alpha) * x * x for old, x in zip(v, g, strict=True)]
    m = [alpha * old + (1 - alpha) * x for old, x in zip(m, g, strict=True)]
    u = [x / (np.sqrt(s - t * t if centered else s) + eps) for x, s, t in zip(g, v, m, strict=True)]
    b = [momentum * old + x for old, x in zip(b, u, strict=True)]
    return [p - lr * x for p, x in zip(params, b, strict=True)], dict(zip(names, (v, m, b), strict=True))


def adadelta_update__one_root(params, grads, state, *, lr=1.0, rho=0.9, eps=1e-6, weight_decay=0.0):
    new, squares, squared_steps = [], [], []
    for index, (theta, g) in enumerate(zip(params, grads, strict=True)):
        v = state["square_averages"][index] if state else np.zeros_like(theta)
        a = state["squared_steps"][index] if state else np.zeros_like(theta)
        g = g + weight_decay * theta
        v = rho * v + (1 - rho) * g * g
        u = np.sqrt((a + eps) / (v + eps)) * g
        new.append(theta - lr * u)
        squares.append(v)
        squared_steps.append(rho * a + (1 - rho) * u * u)
    return new, {"square_averages": squares, "squared_steps": squared_steps}


def adadelta_update__two_roots(params, grads, state, *, lr=1.0, rho=0.9, eps=1e-6, weight_decay=0.0):
    g = [grad + weight_decay * theta for theta, grad in zip(params, grads, strict=True)]
    zeros = [0 * theta for theta in params]
    v = [old - (1 - rho) * (old - x**2) for old, x in zip(state.get("square_averages", zeros), g, strict=True)]
    a = state.get("squared_steps", zeros)
    rms = [((old + eps) ** 0.5, (new + eps) ** 0.5) for old, new in zip(a, v, strict=True)]
    u = [above / below * x for (above, below), x in zip(rms, g, strict=True)]
    a = [old - (1 - rho) * (old - x**2) for old, x in zip(a, u, strict=True)]
    return [p - lr * x for p, x in zip(params, u, strict=True)], {"square_averages": v, "squared_steps": a}


def adam_update__corrected_rate(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
    """The correction is put into the rate and into eps, as in section 2 of the paper."""
    t = state.get("step", 0) + 1
    root = math.sqrt(1 - betas[1] ** t)
    rate = lr * root / (1 - betas[0] ** t)
    new, means, squares = [], [], []
    for index, (theta, g) in enumerate(zip(params, grads, strict=True)):
        g = g + weight_decay * theta
        m = betas[0] * state["averages"][index] if state else np.zeros_like(theta)
        v = betas[1] * state["square_averages"][index] if state else np.zeros_like(theta)
        m, v = m + (1 - betas[0]) * g, v + (1 - betas[1]) * g**2
        new.append(theta - rate * m / (np.sqrt(v) + eps * root))
        means.append(m)
        squares.append(v)
    return new, {"step": t, "averages": means, "square_averages": squares}


def adam_update__in_place_on_copies(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
    t = state.get("step", 0) + 1
    means = [m.copy() for m in state.get("averages", [])] or [np.zeros_like(p) for p in params]
    squares = [v.copy() for v in state.get("square_averages", [])] or [np.zeros_like(p) for p in params]
    new = [p.copy() for p in params]
    for theta, g, m, v in zip(new, grads, means, squares, strict=True):
        g = g + weight_decay * theta
        m += (1 - betas[0]) * (g - m)
        v += (1 - betas[1]) * (g * g - v)
        theta -= lr * (m / (1 - betas[0] ** t)) / (np.sqrt(v / (1 - betas[1] ** t)) + eps)
    return new, {"step": t, "averages": means, "square_averages": squares}


def adamw_update__decay_beside_the_step(
    params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2
):
    new, after = first_order.adam_update(params, grads, state, lr=lr, betas=betas, eps=eps)
    return [p - lr * weight_decay * old for p, old in zip(new, params, strict=True)], after


def adamw_update__one_parameter_at_a_time(
    params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2
):
    t, new = state.get("step", 0) + 1, ([], [], [])
    for index, (theta, g) in enumerate(zip(params, grads, strict=True)):
        m = state["averages"][index] if state else 0 * theta
        v = state["square_averages"][index] if state else 0 * theta
        m, v = betas[0] * m + (1 - betas[0]) * g, betas[1] * v + (1 - betas[1]) * g * g
        m_hat, v_hat = m / (1 - betas[0] ** t), v / (1 - betas[1] ** t)
        for column, array in zip(
            new, (theta - lr * (weight_decay * theta + m_hat / (v_hat**0.5 + eps)), m, v), strict=True
        ):
            column.append(array)
    return new[0], {"step": t, "averages": new[1], "square_averages": new[2]}


# schedules


def step_decay__loop(base_lr, epoch, *, step_size, gamma=0.1):
    for _ in range(step_size, epoch + 1, step_size):
        base_lr = base_lr * gamma
    return base_lr


def step_decay__exponential(base_lr, epoch, *, step_size, gamma=0.1):
    return float(base_lr * np.exp(np.log(gamma) * (epoch // step_size)))


def cosine_with_warmup__squared_cosine(base_lr, step, *, warmup_steps, total_steps, min_lr=0.0):
    """(1 + cos(a)) / 2 is the square of cos(a / 2)."""
    if warmup_steps >= total_steps:
        raise ValueError("no way down")
    if step < warmup_steps:
        return (step + 1) * (base_lr / warmup_steps)
    share = min(total_steps, step) - warmup_steps
    return min_lr + (base_lr - min_lr) * math.cos(math.pi / 2 * share / (total_steps - warmup_steps)) ** 2


def cosine_with_warmup__interpolation(base_lr, step, *, warmup_steps, total_steps, min_lr=0.0):
    if not total_steps > warmup_steps:
        raise ValueError("no way down")
    if step + 1 <= warmup_steps:
        return np.float64(base_lr) * ((step + 1) / warmup_steps)
    passed = np.clip((step - warmup_steps) / (total_steps - warmup_steps), 0, 1)
    weight = 0.5 + 0.5 * np.cos(np.pi * passed)
    return weight * base_lr + (1 - weight) * min_lr


def backtracking__powers(f, x, grad, *, lr=1.0, shrink=0.5, slope=1e-4):
    before, squared = f(x), float(np.dot(grad.ravel(), grad.ravel()))
    while True:
        place = x - lr * grad
        value = f(place)
        if value <= before - slope * lr * squared:
            return place, lr
        lr = lr * shrink


def backtracking__recursive(f, x, grad, *, lr=1.0, shrink=0.5, slope=1e-4):
    def tried(rate, before):
        if f(x - rate * grad) - before <= -slope * rate * (grad * grad).sum():
            return x - rate * grad, rate
        return tried(rate * shrink, before)

    return tried(lr, f(x))


# evolution


def evolution_gradient__all_at_once(f, theta, rng, *, pairs=50, sigma=0.1):
    e = rng.standard_normal((pairs, *theta.shape))
    differences = np.array([f(theta + sigma * one) - f(theta - sigma * one) for one in e])
    return np.tensordot(differences, e, axes=1) / (2 * pairs * sigma)


def evolution_gradient__a_list_of_opposites(f, theta, rng, *, pairs=50, sigma=0.1):
    half = [rng.normal(0, sigma, theta.shape) for _ in range(pairs)]
    offsets = half + [-offset for offset in half]
    values = [f(theta + offset) for offset in offsets]
    return sum(value * offset for value, offset in zip(values, offsets, strict=True)) / (2 * pairs * sigma**2)


def evolution_strategy__trials_drawn_beforehand(f, theta, rng, *, steps, lr, pairs=50, sigma=0.1):
    e, history = rng.standard_normal((steps, pairs, *theta.shape)), np.empty(steps + 1)
    for step in range(steps):
        history[step] = f(theta)
        grad = sum((f(theta + sigma * one) - f(theta - sigma * one)) * one for one in e[step])
        theta = theta - lr / (2 * pairs * sigma) * grad
    history[-1] = f(theta)
    return theta, history


def evolution_strategy__history_at_the_end(f, theta, rng, *, steps, lr, pairs=50, sigma=0.1):
    places = [theta.copy()]
    for _ in range(steps):
        grad = np.zeros_like(theta)
        for _ in range(pairs):
            e = rng.normal(size=theta.shape)
            grad = grad + e * (f(places[-1] + sigma * e) - f(places[-1] - sigma * e)) / (2 * sigma)
        places.append(places[-1] - lr * grad / pairs)
    return places[-1], np.array([f(place) for place in places])


def one_plus_one__successes_counted(f, theta, rng, *, steps, sigma=1.0):
    parent, value, successes = theta, f(theta), 0
    for step in range(steps):
        spread = sigma * 1.5 ** (successes - (step - successes) / 4)
        child = parent + rng.normal(0, spread, theta.shape)
        new = f(child)
        if not new > value:
            parent, value, successes = child, new, successes + 1
    return parent, sigma * 1.5 ** (successes - (steps - successes) / 4)


def one_plus_one__steps_drawn_beforehand(f, theta, rng, *, steps, sigma=1.0):
    best, best_value = np.array(theta), f(theta)
    for e in rng.standard_normal((steps, *theta.shape)):
        child = best + sigma * e
        value = f(child)
        success = value <= best_value
        if success:
            best, best_value = child, value
        sigma = sigma * (1.5 if success else 1.5 ** (-1 / 4))
    return best, sigma


# fast


def adamw_fast__row_by_row(params, grads, averages, square_averages, step, lr, decay):
    flat = [[tensor.reshape(1, -1) for tensor in tensors] for tensors in (params, grads, averages, square_averages)]
    answer = workloads.adamw_fast__naive(*flat, step, lr, decay)
    return tuple([new.reshape(old.shape) for new, old in zip(part, params, strict=True)] for part in answer)


def adamw_fast__one_long_tensor(params, grads, averages, square_averages, step, lr, decay):
    if not params:
        return [], [], []
    p, g, m, v = (
        torch.cat([tensor.reshape(-1) for tensor in tensors]) for tensors in (params, grads, averages, square_averages)
    )
    m = 0.9 * m + 0.1 * g
    v = 0.999 * v + 0.001 * g * g
    p = (1 - lr * decay) * p - lr / (1 - 0.9**step) * m / ((v / (1 - 0.999**step)).sqrt() + 1e-8)
    sizes = [tensor.numel() for tensor in params]
    return tuple(
        [part.reshape(old.shape) for part, old in zip(whole.split(sizes), params, strict=True)] for whole in (p, m, v)
    )


def adamw_fast__new_tensors(params, grads, averages, square_averages, step, lr, decay):
    means = [torch.lerp(g, m, 0.9) for g, m in zip(grads, averages, strict=True)]
    squares = [v + 0.001 * (g * g - v) for g, v in zip(grads, square_averages, strict=True)]
    moves = [m / (1 - 0.9**step) / ((v / (1 - 0.999**step)) ** 0.5 + 1e-8) for m, v in zip(means, squares, strict=True)]
    return [p - lr * (u + decay * p) for p, u in zip(params, moves, strict=True)], means, squares
