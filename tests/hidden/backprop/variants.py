"""Other right answers: the suite must take them all. Each is named `<task>__<style>`."""

import math
from itertools import pairwise

import numpy as np
import torch

from solutions.backprop import arrays, autograd, gradient_check, layers, losses, mlp, workloads

# losses


def mse_loss__mean_of_flat(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError("shapes differ")
    difference = (prediction - target).ravel()
    return difference @ difference / difference.size, (difference * 2 / difference.size).reshape(target.shape)


def mse_loss__difference_of_the_other_sign(prediction, target):
    if np.shape(prediction) != np.shape(target):
        raise ValueError("shapes differ")
    return ((target - prediction) ** 2).mean(), -2 * (target - prediction) / target.size


def binary_cross_entropy_with_logits__logaddexp(logits, target):
    if logits.shape != target.shape:
        raise ValueError("shapes differ")
    return (np.logaddexp(0, logits) - target * logits).mean(), (0.5 * (1 + np.tanh(logits / 2)) - target) / target.size


def binary_cross_entropy_with_logits__two_branches(logits, target):
    if logits.shape != target.shape:
        raise ValueError("shapes differ")
    small = np.exp(-np.abs(logits))
    s = np.where(logits >= 0, 1 / (1 + small), small / (1 + small))
    cost = np.where(logits >= 0, logits, 0) - logits * target + np.log(1 + small)
    return cost.mean(), (s - target) / logits.size


def cross_entropy__one_hot(logits, target):
    one_hot = np.eye(logits.shape[1], dtype=logits.dtype)[target]
    shifted = logits - logits.max(axis=1, keepdims=True)
    total = np.exp(shifted).sum(axis=1, keepdims=True)
    loss = (np.log(total[:, 0]) - (shifted * one_hot).sum(axis=1)).mean()
    return loss, (np.exp(shifted) / total - one_hot) / len(logits)


def cross_entropy__logaddexp_and_loop(logits, target):
    normal = np.logaddexp.reduce(logits, axis=1)
    loss = logits.dtype.type(0)
    gradient = np.exp(logits - normal[:, None])
    for n, right in enumerate(target):
        loss += (normal[n] - logits[n, right]) / len(target)
        gradient[n, right] -= 1
    return loss, gradient / len(target)


# layers


def linear_forward__einsum(x, weight, bias):
    return np.einsum("nd,md->nm", x, weight) + bias, (x, weight)


def linear_forward__loop(x, weight, bias):
    out = np.empty((len(x), len(weight)), x.dtype)
    for m, row in enumerate(weight):
        out[:, m] = x @ row + bias[m]
    return out, (x, weight)


def linear_backward__einsum(dout, cache):
    x, weight = cache
    return np.einsum("nm,md->nd", dout, weight), np.einsum("nm,nd->md", dout, x), np.einsum("nm->m", dout)


def linear_backward__transposed_products(dout, cache):
    x, weight = cache
    return (weight.T @ dout.T).T, (x.T @ dout).T, np.ones(len(dout), dout.dtype) @ dout


def relu_forward__where(x):
    return np.where(x > 0, x, 0), x


def relu_forward__product(x):
    return x * (x > 0), x


def relu_backward__where(dout, cache):
    return np.where(cache > 0, dout, 0)


def relu_backward__copy_and_assign(dout, cache):
    dx = dout.copy()
    dx[cache <= 0] = 0
    return dx


def sigmoid_forward__tanh(x):
    out = (np.tanh(x / 2) + 1) / 2
    return out, out


def sigmoid_forward__naive_but_right(x):
    out = 1 / (1 + np.exp(-x))  # overflows to infinity and ends in the right 0
    return out, out


def sigmoid_backward__difference_of_squares(dout, cache):
    return dout * (cache - cache**2)


def sigmoid_backward__in_steps(dout, cache):
    slope = cache * (1.0 - cache)
    return np.multiply(slope, dout)


# mlp


def init_mlp__random_scaled(rng, sizes):
    def draw(*shape, fan_in):
        return (2 * rng.random(shape) - 1) / np.sqrt(fan_in)

    return [
        (draw(sizes[i + 1], sizes[i], fan_in=sizes[i]), draw(sizes[i + 1], fan_in=sizes[i]))
        for i in range(len(sizes) - 1)
    ]


def init_mlp__biases_first(rng, sizes):
    params = []
    for fan_in, fan_out in pairwise(sizes):
        bias = rng.uniform(-(fan_in**-0.5), fan_in**-0.5, size=fan_out)
        params.append((rng.uniform(-(fan_in**-0.5), fan_in**-0.5, size=(fan_out, fan_in)), bias))
    return params


def mlp_forward__by_index(x, params, *, activation="relu"):
    hidden = []
    for index, (weight, bias) in enumerate(params):
        x, linear = layers.linear_forward(x, weight, bias)
        if index == len(params) - 1:
            return x, (activation, hidden, linear)
        x, nonlinear = mlp.ACTIVATIONS[activation][0](x)
        hidden.append((linear, nonlinear))
    raise AssertionError


def mlp_forward__plain(x, params, *, activation="relu"):
    _, cache = mlp.mlp_forward(x, params, activation=activation)
    act = {"relu": lambda z: np.maximum(z, 0), "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    *first, (weight, bias) = params
    for w, b in first:
        x = act(np.dot(x, w.T) + b)
    return np.dot(x, weight.T) + bias, cache


def mlp_backward__by_index(dscores, cache):
    activation, hidden, last = cache
    grads = [None] * (len(hidden) + 1)
    dx, dweight, dbias = layers.linear_backward(dscores, last)
    grads[-1] = (dweight, dbias)
    for index in range(len(hidden) - 1, -1, -1):
        linear, nonlinear = hidden[index]
        dx, dweight, dbias = layers.linear_backward(mlp.ACTIVATIONS[activation][1](dx, nonlinear), linear)
        grads[index] = [dweight, dbias]
    return dx, grads


def mlp_backward__recursive(dscores, cache):
    activation, hidden, last = cache
    dx, *grads = layers.linear_backward(dscores, last)
    if not hidden:
        return dx, [tuple(grads)]
    *before, (linear, nonlinear) = hidden
    first, earlier = mlp_backward__recursive(
        mlp.ACTIVATIONS[activation][1](dx, nonlinear), (activation, before, linear)
    )
    return first, [*earlier, tuple(grads)]


def mlp_sgd_step__loop(x, target, params, *, lr, activation="relu", criterion=losses.cross_entropy):
    scores, cache = mlp.mlp_forward(x, params, activation=activation)
    loss, dscores = criterion(scores, target)
    after = []
    for layer, (dweight, dbias) in enumerate(mlp.mlp_backward(dscores, cache)[1]):
        after.append([params[layer][0] - lr * dweight, params[layer][1] - lr * dbias])
    return float(loss), after


def mlp_sgd_step__copies_in_place(x, target, params, *, lr, activation="relu", criterion=losses.cross_entropy):
    scores, cache = mlp.mlp_forward(x, params, activation=activation)
    loss, dscores = criterion(scores, target)
    _, grads = mlp.mlp_backward(dscores, cache)
    params = [(weight.copy(), bias.copy()) for weight, bias in params]
    for (weight, bias), (dweight, dbias) in zip(params, grads, strict=True):
        np.subtract(weight, lr * dweight, out=weight)
        np.subtract(bias, lr * dbias, out=bias)
    return loss, params


def train_mlp__shuffled_copies(x, target, params, rng, *, epochs, batch_size=32, **options):
    options = {"lr": 0.1, **options}
    losses_of_epochs = np.zeros(epochs)
    for epoch in range(epochs):
        order = rng.permutation(len(x))
        shuffled, targets, steps = x[order], target[order], 0
        while steps * batch_size < len(x):
            batch = slice(steps * batch_size, (steps + 1) * batch_size)
            loss, params = mlp.mlp_sgd_step(shuffled[batch], targets[batch], params, **options)
            losses_of_epochs[epoch] += loss
            steps += 1
        losses_of_epochs[epoch] /= steps
    return params, losses_of_epochs


def train_mlp__array_split(x, target, params, rng, *, epochs, batch_size=32, lr=0.1, **options):
    losses_of_epochs = []
    for _ in range(epochs):
        batches = np.split(rng.permutation(len(x)), range(batch_size, len(x), batch_size))
        steps = []
        for batch in batches:
            loss, params = mlp.mlp_sgd_step(x[batch], target[batch], params, lr=lr, **options)
            steps.append(loss)
        losses_of_epochs.append(sum(steps) / len(steps))
    return params, np.array(losses_of_epochs)


def predict_mlp__loop(x, params, *, activation="relu"):
    scores, _ = mlp.mlp_forward(x, params, activation=activation)
    return np.array([int(np.argmax(row)) for row in scores], dtype=int)


def predict_mlp__sorted(x, params, *, activation="relu"):
    return np.argsort(mlp.mlp_forward(x, params, activation=activation)[0], axis=1)[:, -1]


# gradient_check


def numerical_gradient__in_place_and_back(f, x, *, h=1e-5):
    x, gradient = x.copy(), np.empty_like(x)
    for index in np.ndindex(*x.shape):
        old = x[index]
        x[index] = old + h
        above = f(x)
        x[index] = old - h
        below = f(x)
        x[index] = old
        gradient[index] = (above - below) / (2 * h)
    return gradient


def numerical_gradient__identity_rows(f, x, *, h=1e-5):
    steps = h * np.eye(x.size).reshape(x.size, *x.shape)
    return np.array([(f(x + step) - f(x - step)) / 2 / h for step in steps]).reshape(x.shape)


def relative_error__where(a, b, *, floor=1e-8):
    size = abs(a) + abs(b)
    return abs(b - a) / np.where(size < floor, floor, size)


def relative_error__clip(a, b, *, floor=1e-8):
    return np.abs(np.subtract(a, b)) / np.clip(np.abs(a) + np.abs(b), floor, None)


def check_gradient__loop(f, x, gradient, *, h=1e-5):
    reference = gradient_check.numerical_gradient(f, x, h=h)
    worst, where = -1.0, ()
    for index in np.ndindex(x.shape):
        error = gradient_check.relative_error(gradient[index], reference[index])
        if np.isnan(error):
            return float("nan"), index
        if error > worst:
            worst, where = error, index
    return worst, where


def check_gradient__index_arrays(f, x, gradient, *, h=1e-5):
    error = gradient_check.relative_error(gradient_check.numerical_gradient(f, x, h=h), gradient)
    return error.max(), np.unravel_index(np.argmax(error), x.shape)


# autograd


def binary_operation__table(symbol, a, b):
    table = {
        "+": lambda: (a + b, 1, 1),
        "-": lambda: (a - b, 1, -1),
        "*": lambda: (a * b, b, a),
        "/": lambda: (a / b, 1 / b, -a / b / b),
        "**": lambda: (
            math.pow(a, b),
            0.0 if b == 0 else b * math.pow(a, b - 1),
            math.pow(a, b) * math.log(a) if a > 0 else 0,
        ),
    }
    if symbol not in table:
        raise ValueError(symbol)
    value, da, db = table[symbol]()
    return value, (da, db)


def binary_operation__branches(symbol, a, b):
    if symbol == "+":
        return a + b, [1.0, 1.0]
    if symbol == "-":
        return a - b, [1.0, -1.0]
    if symbol == "*":
        return a * b, [b, a]
    if symbol == "/":
        return a / b, [b**-1, -a * b**-2]
    if symbol == "**":
        value = a**b
        return value, [b * value / a if a else float(b == 1), math.log(a) * value if a > 0 else 0.0]
    raise ValueError(symbol)


def unary_operation__branches(symbol, a):
    if symbol == "exp":
        value = math.exp(a)
        return value, (value,)
    if symbol == "log":
        return math.log(a), (a**-1,)
    if symbol == "tanh":
        value = math.tanh(a)
        return value, ((1 - value) * (1 + value),)
    if symbol == "relu":
        return (a, (1,)) if a > 0 else (0, (0,))
    raise ValueError(symbol)


def unary_operation__numpy(symbol, a):
    if symbol not in ("exp", "log", "tanh", "relu"):
        raise ValueError(symbol)
    value = np.maximum(a, 0.0) if symbol == "relu" else getattr(np, symbol)(a)
    slope = {"exp": value, "log": 1 / a if a else 0.0, "tanh": 1 - value**2, "relu": float(a > 0)}[symbol]
    return float(value), (float(slope),)


def topological_order__counting_children(parents, output):
    """Kahn's way: a node is listed when all of its children are; then the list is reversed."""
    needed, waiting = {output}, [output]
    while waiting:
        for parent in parents[waiting.pop()]:
            if parent not in needed:
                needed.add(parent)
                waiting.append(parent)
    children = dict.fromkeys(needed, 0)
    for node in needed:
        for parent in parents[node]:
            children[parent] += 1
    order, free = [], [output]
    while free:
        node = free.pop()
        order.append(node)
        for parent in parents[node]:
            children[parent] -= 1
            if children[parent] == 0:
                free.append(parent)
    return order[::-1]


def topological_order__iterators(parents, output):
    order, seen, path = [], {output}, [(output, iter(parents[output]))]
    while path:
        node, rest = path[-1]
        for parent in rest:
            if parent not in seen:
                seen.add(parent)
                path.append((parent, iter(parents[parent])))
                break
        else:
            order.append(node)
            path.pop()
    return order


def backpropagate__dict(parents, slopes, output):
    grads = {output: 1.0}
    for node in topological_order__counting_children(parents, output)[::-1]:
        for parent, slope in zip(parents[node], slopes[node], strict=True):
            grads[parent] = grads.get(parent, 0.0) + slope * grads[node]
    return [grads.get(node, 0.0) for node in range(len(parents))]


def backpropagate__from_the_children(parents, slopes, output):
    grads, children = [0.0] * len(parents), [[] for _ in parents]
    order = autograd.topological_order(parents, output)
    for node in order:
        for parent, slope in zip(parents[node], slopes[node], strict=True):
            children[parent].append((node, slope))
    for node in order[::-1]:
        grads[node] = float(node == output) + sum(slope * grads[child] for child, slope in children[node])
    return grads


def differentiate__without_values(trace, inputs):
    names, values, slopes, parents = {}, [], [], []
    for name, number in inputs.items():
        names[name] = len(values)
        values.append(number)
        slopes.append(())
        parents.append(())
    for name, symbol, *operands in trace:
        of = []
        for one in operands:
            if not isinstance(one, str):
                values.append(one)
                slopes.append(())
                parents.append(())
            of.append(names[one] if isinstance(one, str) else len(values) - 1)
        compute = autograd.binary_operation if len(of) == 2 else autograd.unary_operation
        value, by = compute(symbol, *(values[one] for one in of))
        names[name] = len(values)
        values.append(value)
        slopes.append(by)
        parents.append(tuple(of))
    grads = autograd.backpropagate(parents, slopes, names[trace[-1][0]])
    return values[names[trace[-1][0]]], {name: grads[number] for number, name in enumerate(inputs)}


def differentiate__operators(trace, inputs):
    leaves = {name: autograd.Value(number) for name, number in inputs.items()}
    values = {**leaves}
    binary = {
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "/": lambda a, b: a / b,
        "**": lambda a, b: a**b,
    }
    for name, symbol, *operands in trace:
        a, *b = (values[one] if isinstance(one, str) else one for one in operands)
        values[name] = binary[symbol](a, *b) if b else getattr(a, symbol)()
    values[trace[-1][0]].backward()
    return values[trace[-1][0]].data, {name: leaf.grad for name, leaf in leaves.items()}


# fast


def mlp_fast__example_by_example(x, params, dscores):
    return workloads.mlp_fast__naive(x, params, dscores)


def mlp_fast__recursive(x, params, dscores):
    (weight, bias), *rest = params
    z = x.matmul(weight.T) + bias
    if rest:
        on = (z > 0).to(z.dtype)
        scores, dz, grads = mlp_fast__recursive(z * on, rest, dscores)
        dz = dz * on
    else:
        scores, dz, grads = z, dscores, []
    return scores, dz @ weight, [(torch.einsum("nm,nd->md", dz, x), torch.ones_like(dz[:, 0]) @ dz), *grads]


def mlp_fast__features_by_examples(x, params, dscores):
    """All layers transposed, the bias as a further column of the weight."""

    def with_one(h):
        return torch.cat((h, torch.ones_like(h[:1])))

    joined = [torch.cat((weight, bias[:, None]), dim=1) for weight, bias in params]
    hidden = [x.T]
    for weights in joined:
        hidden.append(torch.clamp(weights @ with_one(hidden[-1]), min=0))
    dz, grads = dscores.T, [None] * len(params)
    for layer in range(len(params) - 1, -1, -1):
        dboth = torch.einsum("mn,dn->md", dz, with_one(hidden[layer]))
        grads[layer] = dboth[:, :-1].contiguous(), dboth[:, -1].clone()
        dz = params[layer][0].T @ dz
        if layer:
            dz = torch.where(hidden[layer] > 0, dz, torch.zeros_like(dz))
    return (joined[-1] @ with_one(hidden[-2])).T, dz.T, grads


def _class_loss(scores, label):
    """Return the cross-entropy of one example and its gradient."""
    largest = max(scores)
    exponentials = [math.exp(score - largest) for score in scores]
    slopes = [exponential / sum(exponentials) for exponential in exponentials]
    slopes[label] -= 1
    return largest + math.log(sum(exponentials)) - scores[label], slopes


def _descend_by_loops(layers, examples, labels, lr, act, slope):
    """Take one step in plain loops, in place; return the mean loss."""
    gradients = [([[0.0] * len(row) for row in weight], [0.0] * len(bias)) for weight, bias in layers]
    loss = 0.0
    for example, label in zip(examples, labels, strict=True):
        inputs = [example]
        for weight, bias in layers:
            z = []
            for unit, row in enumerate(weight):
                total = bias[unit]
                for number, value in zip(row, inputs[-1], strict=True):
                    total += number * value
                z.append(total)
            inputs.append([act(value) for value in z] if len(inputs) < len(layers) else z)
        cost, dz = _class_loss(inputs.pop(), label)
        loss += cost / len(examples)
        dz = [value / len(examples) for value in dz]
        for (weight, _), (dweight, dbias), below in zip(layers[::-1], gradients[::-1], inputs[::-1], strict=True):
            dbelow = [0.0] * len(below)
            for unit, value in enumerate(dz):
                dbias[unit] += value
                for i in range(len(below)):
                    dweight[unit][i] += value * below[i]
                    dbelow[i] += value * weight[unit][i]
            dz = [value * slope(out) for value, out in zip(dbelow, below, strict=True)]
    for (weight, bias), (dweight, dbias) in zip(layers, gradients, strict=True):
        for unit in range(len(bias)):
            bias[unit] -= lr * dbias[unit]
            for i in range(len(weight[unit])):
                weight[unit][i] -= lr * dweight[unit][i]
    return loss


def train_mlp__number_by_number(
    x, target, params, rng, *, epochs, batch_size=32, lr=0.1, activation="relu", criterion=losses.cross_entropy
):
    """In plain loops to the last number: what the limits must leave room for. Other criteria are called as they are."""
    if criterion is not losses.cross_entropy:
        return mlp.train_mlp(
            x,
            target,
            params,
            rng,
            epochs=epochs,
            batch_size=batch_size,
            lr=lr,
            activation=activation,
            criterion=criterion,
        )
    act = {"relu": lambda z: max(z, 0.0), "sigmoid": lambda z: (1 + math.tanh(z / 2)) / 2}[activation]
    slope = {"relu": lambda out: float(out > 0), "sigmoid": lambda out: out * (1 - out)}[activation]
    layers, examples, labels = [(w.tolist(), b.tolist()) for w, b in params], x.tolist(), target.tolist()
    means = []
    for _ in range(epochs):
        order, steps = rng.permutation(len(x)).tolist(), []
        for start in range(0, len(x), batch_size):
            batch = order[start : start + batch_size]
            rows, classes = [examples[i] for i in batch], [labels[i] for i in batch]
            steps.append(_descend_by_loops(layers, rows, classes, lr, act, slope))
        means.append(sum(steps) / len(steps))
    kind = params[0][0].dtype
    return [(np.array(weight, kind), np.array(bias, kind)) for weight, bias in layers], np.array(means)


def unbroadcast__axis_by_axis(gradient, shape):
    if len(shape) > gradient.ndim or any(
        size not in (1, wide) for size, wide in zip(shape[::-1], gradient.shape[::-1], strict=False)
    ):
        raise ValueError("shapes")
    total = gradient.copy()
    while total.ndim > len(shape):
        total = total.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1:
            total = total.sum(axis=axis, keepdims=True)
    return np.asarray(total)


def unbroadcast__by_einsum(gradient, shape):
    added = gradient.ndim - len(shape)
    if added < 0 or any(size != 1 and size != gradient.shape[added + axis] for axis, size in enumerate(shape)):
        raise ValueError("shapes")
    kept = [added + axis for axis, size in enumerate(shape) if size != 1]
    return np.array(np.einsum(gradient, list(range(gradient.ndim)), kept), dtype=gradient.dtype).reshape(shape)


def array_operation_backward__by_slopes(symbol, dout, a, b):
    if symbol == "@":
        da, db = np.einsum("...nm,...km->...nk", dout, b), np.einsum("...nk,...nm->...km", a, dout)
        return arrays.unbroadcast(da, a.shape), arrays.unbroadcast(db, b.shape)
    one = np.ones_like(dout)
    slopes = {"+": (one, one), "-": (one, -one), "*": (b, a), "/": (1 / b, -a / (b * b))}
    if symbol not in slopes:
        raise ValueError(symbol)
    of_a, of_b = slopes[symbol]
    return arrays.unbroadcast(dout * of_a, a.shape), arrays.unbroadcast(dout * of_b, b.shape)


def array_operation_backward__by_the_value(symbol, dout, a, b):
    if symbol == "@":
        da, db = dout @ np.moveaxis(b, -1, -2), np.moveaxis(np.moveaxis(dout, -1, -2) @ a, -1, -2)
    elif symbol in ("+", "-"):
        da, db = dout.copy(), dout.copy() if symbol == "+" else 0 - dout
    elif symbol == "*":
        da, db = np.multiply(b, dout), np.multiply(a, dout)
    elif symbol == "/":
        da = dout * b**-1.0
        db = -da * (a / b)
    else:
        raise ValueError(symbol)
    return arrays.unbroadcast(da, a.shape), arrays.unbroadcast(db, b.shape)


def sum_backward__by_ones(dout, shape, *, axis=None):
    axes = range(len(shape)) if axis is None else (axis,) if isinstance(axis, int) else axis
    gone = {place % len(shape) for place in axes}
    kept = tuple(1 if place in gone else size for place, size in enumerate(shape))
    return np.ones(shape, dout.dtype) * dout.reshape(kept)


def sum_backward__filled(dout, shape, *, axis=None):
    gradient = np.empty(shape, dout.dtype)
    axes = tuple(range(len(shape))) if axis is None else (axis,) if isinstance(axis, int) else axis
    moved = np.moveaxis(gradient, axes, tuple(range(len(axes))))
    moved[...] = dout
    return gradient
