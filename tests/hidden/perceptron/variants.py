"""Other right answers: the suite must take them all. Each is named `<task>__<style>`."""

import numpy as np
import torch

from solutions.perceptron import gates, neuron, workloads

# neuron


def step__where(z):
    return np.where(z >= 0, np.ones_like(z), np.zeros_like(z))


def step__comparison_in_the_dtype(z):
    return (z >= 0).astype(z.dtype)


def predict__rounded_sign(x, weights, bias):
    sums = np.einsum("nd,d->n", x, weights) + bias
    return 1 - (sums < 0).astype(x.dtype)


def predict__example_by_example(x, weights, bias):
    answers = np.zeros(len(x), x.dtype)
    for n, example in enumerate(x):
        if np.dot(weights, example) >= -bias:
            answers[n] = 1
    return answers


def perceptron_update__three_cases(x, y, weights, bias, *, lr=1.0):
    fires = weights @ x + bias >= 0
    if fires and y == 0:
        return weights - lr * x, bias - lr
    if not fires and y == 1:
        return weights + lr * x, bias + lr
    return weights.copy(), bias


def perceptron_update__copy_in_place(x, y, weights, bias, *, lr=1.0):
    error = float(y) - float(neuron.predict(x[None], weights, bias)[0])
    weights = weights.copy()
    weights += lr * error * x
    bias += lr * error
    return weights, bias


def fit_perceptron__signs_and_an_appended_one(x, y, *, lr=1.0, max_epochs=100):
    if set(np.unique(y)) - {0, 1}:
        raise ValueError("labels")
    examples, signs = np.column_stack([x, np.ones_like(x[:, 0])]), np.where(y == 1, x.dtype.type(1), x.dtype.type(-1))
    weights, mistakes = np.zeros_like(examples[0]), np.zeros(max_epochs, int)
    for epoch in range(max_epochs):
        for example, sign in zip(examples, signs, strict=True):
            if (example @ weights >= 0) != (sign == 1):
                weights = weights + lr * sign * example
                mistakes[epoch] += 1
        if not mistakes[epoch]:
            return weights[:-1], weights[-1], mistakes[: epoch + 1]
    return weights[:-1], weights[-1], mistakes


def fit_perceptron__counted_by_the_changes(x, y, *, lr=1.0, max_epochs=100):
    if not ((y == 0) | (y == 1)).all():
        raise ValueError("labels")
    weights, bias, mistakes = np.zeros(x.shape[1], dtype=x.dtype), 0.0, []
    while len(mistakes) < max_epochs and (not mistakes or mistakes[-1]):
        wrong = 0
        for n in range(len(x)):
            before = bias
            weights, bias = neuron.perceptron_update(x[n], y[n], weights, bias, lr=lr)
            wrong += bool(bias != before)
        mistakes.append(wrong)
    return weights, float(bias), np.asarray(mistakes)


# gates


def and_gate__matrix_product(a, b):
    inputs = np.stack([a, b], axis=-1)
    return neuron.step(inputs @ np.array([1, 1], a.dtype) - 1.5)


def and_gate__unequal_weights(a, b):
    return (3 * a + 2 * b >= 4).astype(a.dtype)


def or_gate__matrix_product(a, b):
    inputs = np.stack([a, b], axis=-1)
    return neuron.step(inputs @ np.array([2, 2], a.dtype) - 1)


def or_gate__and_of_the_opposites(a, b):
    return 1 - gates.and_gate(1 - a, 1 - b)


def nand_gate__not_and(a, b):
    return 1 - gates.and_gate(a, b)


def nand_gate__unequal_weights(a, b):
    return np.heaviside(-3 * a - 2 * b + 4, 1).astype(a.dtype)


def xor_gate__a_neuron_on_or_and_nand(a, b):
    return neuron.step(gates.or_gate(a, b) + gates.nand_gate(a, b) - 1.5)


def xor_gate__or_minus_and(a, b):
    return gates.or_gate(a, b) - 1 + gates.nand_gate(a, b)


# kernel


def polynomial_kernel__power_of_einsum(a, b, *, degree=2, constant=1.0):
    return np.power(np.einsum("nd,pd->np", a, b) + constant, degree)


def polynomial_kernel__multiplied_up(a, b, *, degree=2, constant=1.0):
    product = np.inner(a, b) + constant
    gram = np.ones_like(product)
    for _ in range(degree):
        gram *= product
    return gram


def rbf_kernel__row_by_row(a, b, *, gamma=1.0):
    gram = np.empty((len(a), len(b)), a.dtype)
    for row, point in zip(gram, a, strict=True):
        row[:] = np.exp(-gamma * np.square(b - point).sum(axis=1))
    return gram


def rbf_kernel__norm_of_the_differences(a, b, *, gamma=1.0):
    distances = np.linalg.norm(a[:, None] - b, axis=2)
    return np.exp(-(distances**2) * gamma)


def rbf_kernel__input_by_input(a, b, *, gamma=1.0):
    squares = np.zeros((len(a), len(b)), a.dtype)
    for d in range(a.shape[1]):
        squares += np.subtract.outer(a[:, d], b[:, d]) ** 2
    return np.exp(-gamma * squares)


def fit_kernel_perceptron__scores_kept(gram, y, *, max_epochs=100):
    signs = np.where(y > 0, 1, -1).astype(gram.dtype)
    scores, alpha, mistakes = np.zeros_like(gram[0]), np.zeros_like(gram[0]), []
    for _ in range(max_epochs):
        wrong = 0
        for i in range(len(y)):
            if (scores[i] >= 0) != (y[i] == 1):
                alpha[i] += 1
                scores += signs[i] * gram[:, i]
                wrong += 1
        mistakes.append(wrong)
        if not wrong:
            break
    return alpha, np.array(mistakes)


def fit_kernel_perceptron__signed_columns(gram, y, *, max_epochs=100):
    signed, alpha = gram * (y - (1 - y)), np.zeros(len(gram))
    mistakes = []
    while len(mistakes) < max_epochs and mistakes[-1:] != [0]:
        before = alpha.sum()
        for i, label in enumerate(y):
            alpha[i] += abs(label - float(signed[i] @ alpha >= 0))
        mistakes.append(round(alpha.sum() - before))
    return alpha.astype(gram.dtype), np.array(mistakes)


def predict_kernel_perceptron__one_side_against_the_other(gram, alpha, y):
    ones, zeros = y == 1, y == 0
    return (gram[:, ones] @ alpha[ones] >= gram[:, zeros] @ alpha[zeros]).astype(gram.dtype)


def predict_kernel_perceptron__loop(gram, alpha, y):
    answers = []
    for row in gram:
        score = sum(k * count * (1 if label else -1) for k, count, label in zip(row, alpha, y, strict=True))
        answers.append(1 if score >= 0 else 0)
    return np.array(answers, gram.dtype)


def kernel_ridge__by_eigenvectors(gram, y, *, l2):
    values, vectors = np.linalg.eigh(gram)
    return vectors @ ((vectors.T @ y) / (values + gram.dtype.type(l2))[:, None])


def kernel_ridge__filled_diagonal(gram, y, *, l2):
    matrix = gram.copy()
    np.fill_diagonal(matrix, gram.diagonal() + l2)
    return np.linalg.lstsq(matrix, y, rcond=None)[0]


# linear_models


def polynomial_features__by_growing(x, *, degree):
    """Multiply every product of the last degree by the inputs from its own last one on."""
    inputs = x.shape[1]
    last = [(x[:, i], i) for i in range(inputs)]
    columns = [column for column, _ in last]
    for _ in range(degree - 1):
        last = [(column * x[:, i], i) for column, first in last for i in range(first, inputs)]
        columns += [column for column, _ in last]
    return np.stack(columns, axis=1)


def polynomial_features__by_exponents(x, *, degree):
    exponents = [e for e in np.ndindex(*[degree + 1] * x.shape[1]) if 0 < sum(e) <= degree]
    exponents.sort(key=lambda e: (sum(e), [-power for power in e]))
    return (x[:, None, :] ** np.array(exponents)).prod(axis=2).astype(x.dtype)


def fit_linear_regression__pseudoinverse(x, y):
    solution = np.linalg.pinv(np.hstack([x, np.ones_like(x[:, :1])])) @ y
    return solution[:-1].T, solution[-1]


def fit_linear_regression__singular_values(x, y):
    u, s, vt = np.linalg.svd(np.insert(x, 0, 1, axis=1), full_matrices=False)
    kept = s > 1e-10 * s[0]
    solution = vt[kept].T @ ((u[:, kept].T @ y) / s[kept, None])
    return solution[1:].T, solution[0]


def linear_regression_loss__einsum(x, y, weight, bias):
    residual = np.einsum("nd,cd->nc", x, weight) - (y - bias)
    entries = residual.shape[0] * residual.shape[1]
    dweight = np.einsum("nc,nd->cd", residual, x) * 2 / entries
    return np.vdot(residual, residual) / entries, dweight, np.einsum("nc->c", residual) * 2 / entries


def linear_regression_loss__example_by_example(x, y, weight, bias):
    loss, dweight, dbias = x.dtype.type(0), np.zeros_like(weight), np.zeros_like(bias)
    for example, target in zip(x, y, strict=True):
        residual = weight @ example + bias - target
        loss += np.sum(residual**2) / y.size
        dweight += 2 / y.size * np.outer(residual, example)
        dbias += 2 / y.size * residual
    return loss, dweight, dbias


def logistic_regression_loss__two_branches(x, y, weight, bias):
    z = x @ weight[0] + bias[0]
    small = np.exp(-abs(z))
    losses = np.maximum(z, 0) - z * y + np.log1p(small)
    dz = (np.where(z < 0, small, 1) / (1 + small) - y) / len(z)
    return losses.mean(), (dz @ x)[None, :], dz.sum(keepdims=True)


def logistic_regression_loss__columns_and_tanh(x, y, weight, bias):
    z, target = x @ weight.T + bias, y.reshape(-1, 1)
    loss = (np.logaddexp(0, -z) + (1 - target) * z).mean()
    error = (1 + np.tanh(z / 2)) / 2 - target
    return loss, (x * error).mean(axis=0, keepdims=True), error.mean(axis=0)


def logistic_regression_loss__signed_margins(x, y, weight, bias):
    margins = (2 * y - 1) * (x @ weight[0] + bias)
    pull = -(2 * y - 1) * np.exp(-np.logaddexp(0, margins))
    return np.logaddexp(0, -margins).mean(), (x.T @ pull)[None] / len(y), pull.mean(keepdims=True)


def softmax_regression_loss__assigned_in_place(x, y, weight, bias):
    scores = np.dot(x, weight.T) + bias
    probabilities = np.exp(scores - scores.max(axis=1)[:, None])
    totals = probabilities.sum(axis=1)
    right = range(len(y)), y
    loss = (np.log(totals) + scores.max(axis=1) - scores[right]).mean()
    probabilities /= totals[:, None]
    probabilities[right] -= 1
    probabilities /= len(y)
    return loss, probabilities.T @ x, probabilities.sum(axis=0)


def softmax_regression_loss__logaddexp_example_by_example(x, y, weight, bias):
    loss, dweight, dbias = x.dtype.type(0), np.zeros_like(weight), np.zeros_like(bias)
    for example, right in zip(x, y, strict=True):
        z = weight @ example + bias
        normal = np.logaddexp.reduce(z)
        error = np.exp(z - normal)
        error[right] -= 1
        loss += normal - z[right]
        dweight += error[:, None] * example
        dbias += error
    return loss / len(y), dweight / len(y), dbias / len(y)


def linear_svm_loss__only_those_that_cost(x, y, weight, bias, *, l2=0.01):
    if (np.abs(y) != 1).any():
        raise ValueError("labels")
    lacking = 1 - y * (x @ weight[0] + bias[0])
    costs = lacking > 0
    dweight = l2 * weight - y[costs] @ x[costs] / len(y)
    penalty = l2 * np.vdot(weight, weight) / 2
    return lacking[costs].sum() / len(y) + penalty, dweight, np.array([-y[costs].sum() / len(y)], x.dtype)


def linear_svm_loss__example_by_example(x, y, weight, bias, *, l2=0.01):
    if set(y.tolist()) - {-1.0, 1.0}:
        raise ValueError("labels")
    loss, dweight, dbias = 0.5 * l2 * (weight**2).sum(), l2 * weight, np.zeros_like(bias)
    for example, label in zip(x, y, strict=True):
        margin = label * (weight @ example + bias)[0]
        if margin < 1:
            loss += (1 - margin) / len(y)
            dweight = dweight - label * example / len(y)
            dbias -= label / len(y)
    return loss, dweight, dbias


# fast: as fast as torch


def logistic_descent_fast__input_by_input(*arguments):
    return workloads.logistic_descent_fast__naive(*arguments)


def logistic_descent_fast__in_blocks(x, y, weight, bias, lr, steps):
    """The examples in blocks that stay in the cache between the two products."""
    losses = []
    for _ in range(steps):
        loss, dweight, dbias = x.new_zeros(()), torch.zeros_like(weight), torch.zeros_like(bias)
        for rows, labels in zip(x.split(3000), y.split(3000), strict=True):
            z = torch.nn.functional.linear(rows, weight, bias).squeeze(1)
            loss += (torch.relu(z) + torch.log1p(torch.exp(-z.abs())) - labels * z).sum()
            dz = torch.sigmoid(z).sub_(labels)
            dweight += dz[None] @ rows
            dbias += dz.sum()
        weight, bias = weight - lr / len(x) * dweight, bias - lr / len(x) * dbias
        losses.append(loss / len(x))
    return weight, bias, torch.stack(losses)


def logistic_descent_fast__bias_as_a_weight(x, y, weight, bias, lr, steps):
    """A column of ones in the place of the bias."""
    examples = torch.cat((x, torch.ones_like(x[:, :1])), dim=1)
    theta, losses = torch.cat((weight[0], bias)), torch.empty(steps, dtype=x.dtype)
    for step in range(steps):
        z = torch.einsum("nd,d->n", examples, theta)
        losses[step] = (torch.logaddexp(torch.zeros_like(z), z) - y * z).sum() / len(y)
        theta = theta - lr * torch.einsum("nd,n->d", examples, 1 / (1 + torch.exp(-z)) - y) / len(y)
    return theta[None, :-1], theta[-1:], losses


def logistic_descent_fast__products_spelt_out(x, y, weight, bias, lr, steps):
    losses = []
    for _ in range(steps):
        z = (x * weight).sum(dim=1) + bias
        losses.append((torch.clamp(z, min=0) + torch.log(1 + torch.exp(-torch.abs(z))) - y * z).mean())
        dz = torch.sigmoid(z) - y
        weight = weight - lr * (dz[:, None] * x).mean(dim=0, keepdim=True)
        bias = bias - lr * dz.mean()
    return weight, bias, torch.stack(losses)
