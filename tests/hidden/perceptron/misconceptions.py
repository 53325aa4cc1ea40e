"""Wrong answers to the tasks of the perceptron unit, as students give them."""

from itertools import combinations, combinations_with_replacement, product

import numpy as np
import torch

from grader.judge import misconception
from solutions.perceptron import fast, gates, kernel, linear_models, neuron

# neuron.py


@misconception(
    "step",
    "Zero counts as below the threshold. The neuron fires at exactly 0: z >= 0.",
    source="https://stackoverflow.com/questions/15963858/perceptron-single-layered",
)
def strict_inequality(z):
    return (z > 0).astype(z.dtype)


@misconception("step", "The answers are -1 and +1. This neuron answers 0 and 1.")
def answers_are_signs(z):
    return 2 * neuron.step(z) - 1


@misconception("step", "This is the sign of z, with three values. The step has two: 0 below zero, 1 from zero upwards.")
def sign_of_the_sum(z):
    return np.sign(z)


@misconception("step", "This is the ReLU, which passes positive sums on. The step answers 1, however large the sum is.")
def rectified(z):
    return np.maximum(z, 0)


@misconception("step", "True and False come back. Turn them into numbers of the dtype of z.")
def answers_true_or_false(z):
    return z >= 0


@misconception("predict", "The bias is left out. It is added to every sum before the step.")
def bias_left_out(x, weights, bias):
    return neuron.step(x @ weights)


@misconception("predict", "The bias is subtracted, as a threshold would be. It is added.")
def bias_as_threshold(x, weights, bias):
    return neuron.step(x @ weights - bias)


@misconception("predict", "These are the sums. The answer is the step of the sum: 0 or 1.")
def sums_without_step(x, weights, bias):
    return x @ weights + bias


@misconception("predict", "The answers are -1 and +1. This neuron answers 0 and 1.")
def predicts_signs(x, weights, bias):
    return 2 * neuron.predict(x, weights, bias) - 1


@misconception("predict", "A point exactly on the boundary gets 0. A sum of exactly 0 fires: the answer is 1.")
def boundary_answers_zero(x, weights, bias):
    return (x @ weights + bias > 0).astype(x.dtype)


@misconception("predict", "True and False come back. Return zeros and ones in the dtype of x: the step of the sums.")
def predicts_true_or_false(x, weights, bias):
    return x @ weights + bias >= 0


@misconception(
    "perceptron_update",
    "The neuron changes after right answers, too. Update only where the answer is wrong: y - answer is 0 elsewhere.",
)
def updates_always(x, y, weights, bias, *, lr=1.0):
    sign = 2 * y - 1
    return weights + lr * sign * x, bias + lr * sign


@misconception("perceptron_update", "The bias stays as it is. It learns like a weight whose input is always 1.")
def bias_does_not_learn(x, y, weights, bias, *, lr=1.0):
    return neuron.perceptron_update(x, y, weights, bias, lr=lr)[0], bias


@misconception("perceptron_update", "The update has the wrong sign. The error is y - answer.")
def error_turned_round(x, y, weights, bias, *, lr=1.0):
    return neuron.perceptron_update(x, y, weights, bias, lr=-lr)


@misconception("perceptron_update", "The learning rate is ignored. It multiplies what is added to weights and bias.")
def learning_rate_ignored(x, y, weights, bias, *, lr=1.0):
    return neuron.perceptron_update(x, y, weights, bias)


@misconception("perceptron_update", "The learning rate is missing at the bias. It multiplies both changes.")
def learning_rate_not_for_the_bias(x, y, weights, bias, *, lr=1.0):
    new, _ = neuron.perceptron_update(x, y, weights, bias, lr=lr)
    return new, neuron.perceptron_update(x, y, weights, bias)[1]


@misconception(
    "perceptron_update", "The error is computed from the sum. Rosenblatt computes it from the answer, 0 or 1."
)
def error_of_the_sum(x, y, weights, bias, *, lr=1.0):
    error = y - (x @ weights + bias)
    return weights + lr * error * x, bias + lr * error


@misconception("perceptron_update", "The label 0 or 1 is compared with an answer of -1 or +1. Both are 0 or 1 here.")
def label_and_sign_mixed(x, y, weights, bias, *, lr=1.0):
    error = y - (2 * neuron.step(x @ weights + bias) - 1)
    return weights + lr * error * x, bias + lr * error


@misconception("perceptron_update", "A sum of exactly 0 counts as answer 0. It is answer 1: z >= 0 fires.")
def update_with_a_strict_step(x, y, weights, bias, *, lr=1.0):
    error = y - float(x @ weights + bias > 0)
    return weights + lr * error * x, bias + lr * error


@misconception(
    "perceptron_update",
    "The answer is computed again after each weight. Compute it once, before any weight changes.",
    source="https://stackoverflow.com/questions/15963858/perceptron-single-layered",
)
def answer_taken_anew_for_each_weight(x, y, weights, bias, *, lr=1.0):
    weights = weights.copy()
    for d in range(len(weights)):
        weights[d] += lr * (y - neuron.step(x @ weights + bias)) * x[d]
    return weights, bias + lr * (y - neuron.step(x @ weights + bias))


@misconception(
    "perceptron_update",
    "The weights that were passed in are changed in place. They belong to the caller: make new ones.",
    source="https://stackoverflow.com/questions/50121887",
)
def weights_changed_in_place(x, y, weights, bias, *, lr=1.0):
    error = y - neuron.step(x @ weights + bias)
    weights += lr * error * x
    return weights, bias + lr * error


def trained(x, y, lr, max_epochs, *, always=False, strict=False, bias_learns=True):
    """Train as the solution does, but update always, with a strict step, or without a bias."""
    weights, bias, mistakes = np.zeros(x.shape[1], x.dtype), 0.0, []
    for _ in range(max_epochs):
        mistakes.append(0)
        for example, label in zip(x, y, strict=True):
            score = example @ weights + bias
            error = label - float(score > 0 if strict else score >= 0)
            mistakes[-1] += int(error != 0)
            change = lr * (2 * label - 1) if always else lr * error
            weights, bias = weights + change * example, bias + change * bias_learns
        if mistakes[-1] == 0:
            break
    return weights, bias, np.array(mistakes)


@misconception("fit_perceptron", "The mistakes are added up over the epochs. Every epoch counts from 0.")
def mistakes_added_up(x, y, *, lr=1.0, max_epochs=100):
    weights, bias, mistakes = neuron.fit_perceptron(x, y, lr=lr, max_epochs=max_epochs)
    return weights, bias, np.cumsum(mistakes)


@misconception("fit_perceptron", "The mistakes are shares of the examples. Return how many there are in each epoch.")
def shares_of_mistakes(x, y, *, lr=1.0, max_epochs=100):
    weights, bias, mistakes = neuron.fit_perceptron(x, y, lr=lr, max_epochs=max_epochs)
    return weights, bias, mistakes / len(y)


@misconception(
    "fit_perceptron", "Training goes on after an epoch without mistakes. That epoch is the last: stop there."
)
def trains_on(x, y, *, lr=1.0, max_epochs=100):
    weights, bias, mistakes = neuron.fit_perceptron(x, y, lr=lr, max_epochs=max_epochs)
    return weights, bias, np.pad(mistakes, (0, max_epochs - len(mistakes)))


@misconception("fit_perceptron", "The last epoch, the one without mistakes, is not noted. Note its 0 before you stop.")
def last_epoch_not_noted(x, y, *, lr=1.0, max_epochs=100):
    weights, bias, mistakes = neuron.fit_perceptron(x, y, lr=lr, max_epochs=max_epochs)
    return weights, bias, mistakes[mistakes > 0]


@misconception(
    "fit_perceptron",
    "The whole epoch is answered before anything is learned. Update after each example, before the next one is "
    "answered.",
)
def learns_once_per_epoch(x, y, *, lr=1.0, max_epochs=100):
    weights, bias, mistakes = np.zeros(x.shape[1], x.dtype), 0.0, []
    for _ in range(max_epochs):
        error = y - neuron.predict(x, weights, bias)
        weights, bias = weights + lr * error @ x, bias + lr * error.sum()
        mistakes.append(int(np.abs(error).sum()))
        if mistakes[-1] == 0:
            break
    return weights, bias, np.array(mistakes)


@misconception("fit_perceptron", "Mistakes are counted after the update. Decide by the answer before it.")
def counts_after_the_update(x, y, *, lr=1.0, max_epochs=100):
    weights, bias, mistakes = np.zeros(x.shape[1], x.dtype), 0.0, []
    for _ in range(max_epochs):
        for example, label in zip(x, y, strict=True):
            weights, bias = neuron.perceptron_update(example, label, weights, bias, lr=lr)
        mistakes.append(int((neuron.predict(x, weights, bias) != y).sum()))
        if mistakes[-1] == 0:
            break
    return weights, bias, np.array(mistakes)


@misconception("fit_perceptron", "The bias is not trained. It learns with the weights, after every mistake.")
def trains_without_bias(x, y, *, lr=1.0, max_epochs=100):
    return trained(x, y, lr, max_epochs, bias_learns=False)


@misconception("fit_perceptron", "The learning rate is ignored in training. Pass lr on to the update.")
def trains_with_rate_one(x, y, *, lr=1.0, max_epochs=100):
    return trained(x, y, 1.0, max_epochs)


@misconception("fit_perceptron", "It updates after every example. Only a wrong answer changes the neuron.")
def trains_on_right_answers_too(x, y, *, lr=1.0, max_epochs=100):
    return trained(x, y, lr, max_epochs, always=True)


@misconception(
    "fit_perceptron",
    "A sum of exactly 0 counts as answer 0. It is answer 1; with weights of zero the very first sum is 0.",
)
def trains_with_a_strict_step(x, y, *, lr=1.0, max_epochs=100):
    return trained(x, y, lr, max_epochs, strict=True)


@misconception("fit_perceptron", "Labels other than 0 and 1 are accepted. Raise a ValueError for them.")
def takes_any_label(x, y, *, lr=1.0, max_epochs=100):
    return trained(x, y, lr, max_epochs)


# gates.py


@misconception(
    "and_gate", "This is OR: one input alone reaches the threshold. Move the bias, so that only both together reach it."
)
def and_is_or(a, b):
    return gates.or_gate(a, b)


@misconception("and_gate", "This is the product of the inputs. A neuron is the step of a weighted sum of them.")
def product_for_and(a, b):
    return a * b


@misconception("and_gate", "Each input is compared with 1 by itself. A neuron compares one weighted sum of both.")
def comparison_for_and(a, b):
    return ((a == 1) & (b == 1)).astype(a.dtype)


@misconception(
    "or_gate", "This is AND: only both inputs together reach the threshold. Move the bias, so that one is enough."
)
def or_is_and(a, b):
    return gates.and_gate(a, b)


@misconception("or_gate", "The threshold is 0, so the neuron fires at (0, 0) too: z = 0 fires. Move the bias below 0.")
def fires_without_input(a, b):
    return neuron.step(a + b)


@misconception("or_gate", "This is XOR: it answers 0 at (1, 1). OR means at least one: answer 1 there.")
def or_is_xor(a, b):
    return gates.xor_gate(a, b)


@misconception("or_gate", "This is the larger input. A neuron is the step of a weighted sum of both.")
def larger_for_or(a, b):
    return np.maximum(a, b)


@misconception("nand_gate", "This is AND. NAND is its opposite: 0 at (1, 1) and 1 at the other corners.")
def nand_is_and(a, b):
    return gates.and_gate(a, b)


@misconception("nand_gate", "This is NOR, the opposite of OR. NAND is the opposite of AND.")
def nand_is_nor(a, b):
    return neuron.step(0.5 - a - b)


@misconception(
    "nand_gate",
    "The weights have the opposite signs of AND's, the bias has not: the neuron never fires at the corners. "
    "Reverse all three.",
)
def bias_not_turned_round(a, b):
    return neuron.step(-a - b - 1.5)


@misconception("nand_gate", "This is 1 - a b. A neuron is the step of a weighted sum of the inputs.")
def product_for_nand(a, b):
    return 1 - a * b


@misconception("xor_gate", "This is OR: it answers 1 at (1, 1). The second layer takes NAND into account as well.")
def xor_is_or(a, b):
    return gates.or_gate(a, b)


@misconception(
    "xor_gate", "The second layer is OR, which is always satisfied here. It is AND: at least one, and not both."
)
def second_layer_is_or(a, b):
    return gates.or_gate(gates.or_gate(a, b), gates.nand_gate(a, b))


@misconception("xor_gate", "The first layer is OR and AND. The second question is NAND: not both.")
def and_in_the_first_layer(a, b):
    return gates.and_gate(gates.or_gate(a, b), gates.and_gate(a, b))


@misconception("xor_gate", "This is the difference of the inputs. XOR is to be made of your gates: AND of OR and NAND.")
def difference_for_xor(a, b):
    return np.abs(a - b)


# linear_models.py


@misconception(
    "fit_linear_regression", "There is no intercept: the line goes through the origin. Append a column of ones."
)
def no_intercept(x, y):
    return np.linalg.lstsq(x, y, rcond=None)[0].T, np.zeros(y.shape[1], y.dtype)


@misconception(
    "fit_linear_regression",
    "The bias is the mean of the targets. That is right for centred inputs only: give x a column of ones and "
    "read the bias off its weight.",
)
def bias_is_the_mean_target(x, y):
    return np.linalg.lstsq(x, y - y.mean(axis=0), rcond=None)[0].T, y.mean(axis=0)


@misconception(
    "fit_linear_regression",
    "A small number is added to A.T @ A so that it can be inverted. That changes the fit: use a least-squares "
    "solver, which inverts nothing.",
)
def ridge_for_safety(x, y):
    columns = np.column_stack([x, np.ones(len(x), x.dtype)])
    solution = np.linalg.solve(columns.T @ columns + 1e-6 * np.eye(columns.shape[1]), columns.T @ y)
    return solution[:-1].T, solution[-1]


@misconception(
    "fit_linear_regression",
    "A.T @ A cannot be inverted here. Use a least-squares solver, which also takes such problems.",
)
def normal_equations_inverted(x, y):
    columns = np.column_stack([x, np.ones(len(x), x.dtype)])
    solution = np.linalg.inv(columns.T @ columns) @ columns.T @ y
    return solution[:-1].T, solution[-1]


@misconception("linear_regression_loss", "The gradient is half of what it should be. The derivative of r^2 is 2 r.")
def gradient_without_two(x, y, weight, bias):
    loss, dweight, dbias = linear_models.linear_regression_loss(x, y, weight, bias)
    return loss, dweight / 2, dbias / 2


@misconception(
    "linear_regression_loss", "Loss and gradient are halved. Leave out the 1/2: torch's mean squared error has none."
)
def half_the_squared_error(x, y, weight, bias):
    return tuple(part / 2 for part in linear_models.linear_regression_loss(x, y, weight, bias))


@misconception(
    "linear_regression_loss",
    "Loss and gradient are sums over the entries. Divide both by the number of entries: the loss is a mean.",
)
def sum_of_squares(x, y, weight, bias):
    return tuple(part * y.size for part in linear_models.linear_regression_loss(x, y, weight, bias))


@misconception(
    "linear_regression_loss", "The sum is divided by the N examples only. The mean is over all N * C entries."
)
def mean_over_examples_only(x, y, weight, bias):
    return tuple(part * y.shape[1] for part in linear_models.linear_regression_loss(x, y, weight, bias))


@misconception("linear_regression_loss", "The gradient has the wrong sign: the residual is prediction minus target.")
def residual_turned_round(x, y, weight, bias):
    loss, dweight, dbias = linear_models.linear_regression_loss(x, y, weight, bias)
    return loss, -dweight, -dbias


@misconception(
    "linear_regression_loss",
    "The gradient is not divided by the number of entries. The loss is a mean: divide both by N * C.",
)
def gradient_of_the_sum(x, y, weight, bias):
    loss, dweight, dbias = linear_models.linear_regression_loss(x, y, weight, bias)
    return loss, dweight * y.size, dbias * y.size


@misconception(
    "logistic_regression_loss", "Loss and gradient are sums over the examples. Divide both by N: the loss is a mean."
)
def sum_of_cross_entropies(x, y, weight, bias):
    return tuple(part * len(y) for part in linear_models.logistic_regression_loss(x, y, weight, bias))


@misconception(
    "logistic_regression_loss",
    "Large scores give infinity or NaN. Rewrite the formula so that no exponent is large and positive, and no "
    "logarithm is taken of a rounded probability.",
)
def exponential_overflows(x, y, weight, bias):
    z = (x @ weight.T + bias)[:, 0]
    with np.errstate(over="ignore", invalid="ignore"):
        loss, probability = np.mean(np.log(1 + np.exp(z)) - y * z), np.exp(z) / (1 + np.exp(z))
    dz = (probability - y)[:, None] / len(y)
    return loss, dz.T @ x, dz.sum(axis=0)


@misconception(
    "logistic_regression_loss",
    "Probabilities are clipped away from 0 and 1. That changes the loss: compute it from the scores.",
)
def probabilities_clipped(x, y, weight, bias):
    _, dweight, dbias = linear_models.logistic_regression_loss(x, y, weight, bias)
    z = (x @ weight.T + bias)[:, 0]
    p = np.clip(np.exp(-np.logaddexp(0, -z)), 1e-7, 1 - 1e-7)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)), dweight, dbias


@misconception(
    "logistic_regression_loss",
    "The gradient has a factor p (1 - p), that of squared error. Leave it out: the slope of cross-entropy is p - y.",
)
def gradient_of_squared_error(x, y, weight, bias):
    loss, _, _ = linear_models.logistic_regression_loss(x, y, weight, bias)
    p = np.exp(-np.logaddexp(0, -(x @ weight.T + bias)[:, 0]))
    dz = ((p - y) * p * (1 - p))[:, None] / len(y)
    return loss, dz.T @ x, dz.sum(axis=0)


@misconception(
    "logistic_regression_loss",
    "The loss is a mean, but its gradient is not divided by the number of examples. Divide it by N.",
)
def slopes_added_up(x, y, weight, bias):
    loss, dweight, dbias = linear_models.logistic_regression_loss(x, y, weight, bias)
    return loss, dweight * len(y), dbias * len(y)


@misconception(
    "logistic_regression_loss",
    "log(1 + e^(-y z)) is for labels -1 and +1. Here they are 0 and 1: use log(1 + e^z) - y z.",
)
def loss_for_signs(x, y, weight, bias):
    _, dweight, dbias = linear_models.logistic_regression_loss(x, y, weight, bias)
    return np.mean(np.logaddexp(0, -y * (x @ weight.T + bias)[:, 0])), dweight, dbias


@misconception(
    "logistic_regression_loss",
    "Scores (N, 1) and labels (N,) make an (N, N) matrix. Bring both to one shape first.",
    source="https://stackoverflow.com/questions/46588190/python-numpy-logistic-regression",
)
def column_against_row(x, y, weight, bias):
    _, dweight, dbias = linear_models.logistic_regression_loss(x, y, weight, bias)
    z = x @ weight.T + bias
    return np.mean(np.logaddexp(0, z) - y * z), dweight, dbias


@misconception(
    "logistic_regression_loss",
    "The scores (N, 1) minus the labels (N,) are an (N, N) matrix, and the gradient its sum. Bring both to one shape.",
    source="https://stackoverflow.com/questions/46588190/python-numpy-logistic-regression",
)
def slopes_against_all_labels(x, y, weight, bias):
    loss, _, _ = linear_models.logistic_regression_loss(x, y, weight, bias)
    slopes = (np.exp(-np.logaddexp(0, -(x @ weight.T + bias))) - y) / len(y)  # (N, N)
    return loss, (slopes.sum(axis=1, keepdims=True).T @ x), slopes.sum(keepdims=True)[0]


@misconception(
    "logistic_regression_loss",
    "A matrix product multiplies every label with every logarithm, and all of them are added up. Multiply each label "
    "with its own.",
    source="https://datascience.stackexchange.com/questions/27146/why-does-my-cost-function-return-double-the-expected-value",
)
def all_pairs_of_labels_and_logarithms(x, y, weight, bias):
    _, dweight, dbias = linear_models.logistic_regression_loss(x, y, weight, bias)
    z = (x @ weight.T + bias)[:, 0]
    pairs = np.outer(y, np.logaddexp(0, -z)) + np.outer(1 - y, np.logaddexp(0, z))
    return pairs.sum() / len(y), dweight, dbias


@misconception(
    "softmax_regression_loss", "The gradient lacks the one-hot labels. Subtract 1 from the right class's probability."
)
def gradient_without_onehot(x, y, weight, bias):
    loss, dweight, dbias = linear_models.softmax_regression_loss(x, y, weight, bias)
    onehot = np.eye(len(weight), dtype=x.dtype)[y] / len(y)
    return loss, dweight + onehot.T @ x, dbias + onehot.sum(axis=0)


@misconception(
    "softmax_regression_loss", "Loss and gradient are sums over the examples. Divide both by N: the loss is a mean."
)
def sum_of_class_entropies(x, y, weight, bias):
    return tuple(part * len(y) for part in linear_models.softmax_regression_loss(x, y, weight, bias))


@misconception(
    "softmax_regression_loss", "The mean is taken over N * C entries. Each example has one loss: divide by N."
)
def mean_over_classes_too(x, y, weight, bias):
    return tuple(part / len(weight) for part in linear_models.softmax_regression_loss(x, y, weight, bias))


@misconception(
    "softmax_regression_loss",
    "Large scores give infinity or NaN. Subtract each example's largest score before the exponentials.",
)
def largest_not_subtracted(x, y, weight, bias):
    z = x @ weight.T + bias
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        dz = (p - np.eye(len(weight), dtype=x.dtype)[y]) / len(y)
        return -np.log(p[np.arange(len(y)), y]).mean(), dz.T @ x, dz.sum(axis=0)


@misconception(
    "softmax_regression_loss",
    "The softmax runs over the examples. Let it run over the classes: the probabilities of one example add up to 1.",
)
def softmax_over_the_batch(x, y, weight, bias):
    z = x @ weight.T + bias
    z = z - z.max(axis=0)
    log_p = z - np.log(np.exp(z).sum(axis=0))
    dz = (np.exp(log_p) - np.eye(len(weight), dtype=x.dtype)[y]) / len(y)
    return -log_p[np.arange(len(y)), y].mean(), dz.T @ x, dz.sum(axis=0)


@misconception(
    "softmax_regression_loss",
    "Probabilities are clipped before the logarithm. Compute log-probabilities from the scores.",
)
def class_probabilities_clipped(x, y, weight, bias):
    _, dweight, dbias = linear_models.softmax_regression_loss(x, y, weight, bias)
    z = x @ weight.T + bias
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p = p / p.sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(y)), y] + 1e-7).mean(), dweight, dbias


@misconception(
    "softmax_regression_loss",
    "The largest score of the whole batch is subtracted. Examples far below it are left with the logarithm of 0: "
    "subtract each example's own.",
    source="https://manongdao.com/q-672019.html",
)
def largest_of_the_batch_subtracted(x, y, weight, bias):
    z = x @ weight.T + bias
    e = np.exp(z - z.max())
    with np.errstate(invalid="ignore", divide="ignore"):
        p = e / e.sum(axis=1, keepdims=True)
        dz = (p - np.eye(len(weight), dtype=x.dtype)[y]) / len(y)
        return -np.log(p[np.arange(len(y)), y]).mean(), dz.T @ x, dz.sum(axis=0)


@misconception(
    "softmax_regression_loss",
    "The loss is a mean, but its gradient is not divided by the number of examples. Divide it by N.",
    source="https://stackoverflow.com/questions/65275522/why-is-softmax-classifier-gradient-divided-by-batch-size-cs231n",
)
def class_gradient_of_the_sum(x, y, weight, bias):
    loss, dweight, dbias = linear_models.softmax_regression_loss(x, y, weight, bias)
    return loss, dweight * len(y), dbias * len(y)


def hinge(x, y, weight, bias, l2, active, slope=None):
    """Return the right loss, with the gradient of the examples that are called active."""
    loss, _, _ = linear_models.linear_svm_loss(x, y, weight, bias, l2=l2)
    margin = y * (x @ weight.T + bias)[:, 0]
    dz = np.where(active(margin), -y if slope is None else slope, 0)[:, None].astype(x.dtype) / len(y)
    return loss, dz.T @ x + l2 * weight, dz.sum(axis=0)


@misconception("linear_svm_loss", "The bias is penalized, too. Only the weights belong to the penalty.")
def bias_penalized(x, y, weight, bias, *, l2=0.01):
    loss, dweight, dbias = linear_models.linear_svm_loss(x, y, weight, bias, l2=l2)
    return loss + l2 / 2 * np.sum(bias**2), dweight, dbias + l2 * bias


@misconception(
    "linear_svm_loss", "The hinge is at 0, as in the perceptron. An SVM wants a margin of 1: max(0, 1 - y z)."
)
def hinge_at_zero(x, y, weight, bias, *, l2=0.01):
    margin = y * (x @ weight.T + bias)[:, 0]
    dz = np.where(margin < 0, -y, 0)[:, None].astype(x.dtype) / len(y)
    loss = np.maximum(0, -margin).mean() + l2 / 2 * np.sum(weight**2)
    return loss, dz.T @ x + l2 * weight, dz.sum(axis=0)


@misconception("linear_svm_loss", "Examples with y z > 1 have a gradient here. Only those with y z < 1 should.")
def far_examples_pull(x, y, weight, bias, *, l2=0.01):
    return hinge(x, y, weight, bias, l2, lambda margin: margin > 1)


@misconception("linear_svm_loss", "An example exactly at the margin has a gradient. At y z = 1 it is taken to be 0.")
def pulls_at_the_kink(x, y, weight, bias, *, l2=0.01):
    return hinge(x, y, weight, bias, l2, lambda margin: margin <= 1)


@misconception("linear_svm_loss", "The label is missing in the gradient. An active example's slope is -y, not -1.")
def slope_without_label(x, y, weight, bias, *, l2=0.01):
    return hinge(x, y, weight, bias, l2, lambda margin: margin < 1, slope=-1.0)


@misconception(
    "linear_svm_loss",
    "The penalty is l2 times the squares, and its gradient 2 l2 w. Halve both: l2 / 2 times the squares, and l2 w.",
)
def penalty_without_half(x, y, weight, bias, *, l2=0.01):
    return linear_models.linear_svm_loss(x, y, weight, bias, l2=2 * l2)


@misconception("linear_svm_loss", "The gradient of the penalty is doubled. The derivative of l2 / 2 * w^2 is l2 * w.")
def penalty_gradient_doubled(x, y, weight, bias, *, l2=0.01):
    loss, dweight, dbias = linear_models.linear_svm_loss(x, y, weight, bias, l2=l2)
    return loss, dweight + l2 * weight, dbias


@misconception("linear_svm_loss", "The penalty is missing in the gradient. Add its derivative, l2 times the weights.")
def penalty_not_in_the_gradient(x, y, weight, bias, *, l2=0.01):
    loss, dweight, dbias = linear_models.linear_svm_loss(x, y, weight, bias, l2=l2)
    return loss, dweight - l2 * weight, dbias


@misconception(
    "linear_svm_loss", "The hinge losses are added up. Take their mean over the examples, then add the penalty."
)
def sum_of_hinges(x, y, weight, bias, *, l2=0.01):
    return tuple(part * len(y) for part in linear_models.linear_svm_loss(x, y, weight, bias, l2=l2 / len(y)))


@misconception(
    "linear_svm_loss",
    "The loss is a mean, but the slopes are not divided by the number of examples. Divide their sum by N, and then "
    "add the gradient of the penalty.",
)
def slopes_of_the_hinge_added_up(x, y, weight, bias, *, l2=0.01):
    loss, dweight, dbias = linear_models.linear_svm_loss(x, y, weight, bias, l2=l2)
    return loss, len(y) * (dweight - l2 * weight) + l2 * weight, len(y) * dbias


@misconception(
    "linear_svm_loss",
    "The penalty is divided by the number of examples, too. Take the mean of the hinge losses first, then add the "
    "whole penalty.",
)
def penalty_divided_by_examples(x, y, weight, bias, *, l2=0.01):
    return linear_models.linear_svm_loss(x, y, weight, bias, l2=l2 / len(y))


@misconception(
    "linear_svm_loss", "Labels other than -1 and +1 are accepted, and give a wrong loss. Raise a ValueError for them."
)
def takes_zero_for_minus_one(x, y, weight, bias, *, l2=0.01):
    if np.isin(y, (-1, 1)).all():
        return linear_models.linear_svm_loss(x, y, weight, bias, l2=l2)
    return (
        np.maximum(0, 1 - y * (x @ weight.T + bias)[:, 0]).mean(),
        -(y[:, None].T @ x) / len(y),
        -y[None, :].mean(axis=1),
    )


# polynomial features


def products_of(x, sets):
    """Return the products of the listed sets of columns."""
    return np.column_stack([np.prod([x[:, column] for column in chosen], axis=0) for chosen in sets])


def sets_of(x, degree, choose=combinations_with_replacement):
    """List the sets of columns, degree by degree, as `choose` gives them."""
    return [chosen for count in range(1, degree + 1) for chosen in choose(range(x.shape[1]), count)]


@misconception(
    "polynomial_features", "Only powers of single inputs are there. Products of different inputs belong to it."
)
def powers_only(x, *, degree):
    return np.column_stack([x**power for power in range(1, degree + 1)])


@misconception("polynomial_features", "Squares are missing: an input may stand several times in a product.")
def without_squares(x, *, degree):
    return products_of(x, sets_of(x, degree, combinations))


@misconception("polynomial_features", "A column of ones is among the features. The bias does that.")
def with_a_constant(x, *, degree):
    return np.column_stack([np.ones(len(x), x.dtype), linear_models.polynomial_features(x, degree=degree)])


@misconception("polynomial_features", "a b and b a are both there. Every product comes once.")
def both_orders(x, *, degree):
    return products_of(x, sets_of(x, degree, lambda columns, count: product(columns, repeat=count)))


@misconception(
    "polynomial_features", "Only products of exactly `degree` inputs are there. Those of fewer come before them."
)
def highest_degree_only(x, *, degree):
    return products_of(x, [chosen for chosen in sets_of(x, degree) if len(chosen) == degree])


@misconception("polynomial_features", "The highest degree comes first. Begin with the inputs themselves.")
def highest_degree_first(x, *, degree):
    return products_of(x, sorted(sets_of(x, degree), key=len, reverse=True))


@misconception("polynomial_features", "Inputs are added up. A feature is their product.")
def sums_of_inputs(x, *, degree):
    return np.column_stack([x[:, chosen].sum(axis=1) for chosen in sets_of(x, degree)])


# kernel.py


@misconception("polynomial_kernel", "The constant is missing. Add it to every product before the power.")
def constant_missing(a, b, *, degree=2, constant=1.0):
    return kernel.polynomial_kernel(a, b, degree=degree, constant=0)


@misconception(
    "polynomial_kernel", "The constant is added after the power. It belongs inside: (a · b + constant)^degree."
)
def constant_after_the_power(a, b, *, degree=2, constant=1.0):
    return (a @ b.T) ** degree + constant


@misconception("polynomial_kernel", "The power is taken of the inputs. It is taken of their product plus the constant.")
def power_of_the_inputs(a, b, *, degree=2, constant=1.0):
    return a**degree @ (b**degree).T + constant


@misconception("polynomial_kernel", "The degree is always 2. Use the one that is passed.")
def degree_always_two(a, b, *, degree=2, constant=1.0):
    return kernel.polynomial_kernel(a, b, constant=constant)


@misconception("rbf_kernel", "The distance is not squared. The Gaussian falls with the square of the distance.")
def distance_not_squared(a, b, *, gamma=1.0):
    return np.exp(-gamma * np.sqrt(((a[:, None] - b) ** 2).sum(axis=-1)))


@misconception("rbf_kernel", "gamma is used as the width sigma: exp(-d^2 / (2 sigma^2)). Here it multiplies d^2.")
def gamma_as_sigma(a, b, *, gamma=1.0):
    return kernel.rbf_kernel(a, b, gamma=1 / (2 * gamma**2))


@misconception("rbf_kernel", "The squares are averaged over the inputs. The squared distance is their sum.")
def squares_averaged(a, b, *, gamma=1.0):
    return kernel.rbf_kernel(a, b, gamma=gamma / a.shape[1])


@misconception("rbf_kernel", "gamma is always 1. Use the one that is passed: it multiplies the squared distance.")
def gamma_ignored(a, b, *, gamma=1.0):
    return kernel.rbf_kernel(a, b)


@misconception(
    "rbf_kernel",
    "Small distances are lost far from the origin, as by the expansion a·a + b·b - 2 a·b. Subtract first, then square.",
)
def square_expanded(a, b, *, gamma=1.0):
    squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T
    return np.exp(-gamma * np.maximum(squares, 0))


def kernel_trained(gram, y, max_epochs, *, labels=None, always=False, growth=None, strict=False):
    """Train as the solution does, with other labels in the score, another growth of alpha, or a strict step."""
    signs, alpha, mistakes = 2 * y - 1 if labels is None else labels, np.zeros(len(y), gram.dtype), []
    for _ in range(max_epochs):
        mistakes.append(0)
        for i, row in enumerate(gram):
            score = row @ (alpha * signs)
            wrong = (score > 0 if strict else score >= 0) != (y[i] == 1)
            mistakes[-1] += int(wrong)
            alpha[i] += (1 if growth is None else growth[i]) if wrong or always else 0
        if mistakes[-1] == 0:
            break
    return alpha, np.array(mistakes)


@misconception(
    "fit_kernel_perceptron", "alpha grows by the label's sign, which the score multiplies once more. It counts: by 1."
)
def sign_counted_twice(gram, y, *, max_epochs=100):
    return kernel_trained(gram, y, max_epochs, growth=2 * y - 1)


@misconception(
    "fit_kernel_perceptron", "alpha grows by the label 0 or 1, so mistakes on class 0 are lost. Every mistake counts 1."
)
def label_added_to_alpha(gram, y, *, max_epochs=100):
    return kernel_trained(gram, y, max_epochs, growth=y)


@misconception(
    "fit_kernel_perceptron",
    "The score uses the labels 0 and 1, so class 0 counts for nothing. Use the signs -1 and +1.",
)
def score_with_labels(gram, y, *, max_epochs=100):
    return kernel_trained(gram, y, max_epochs, labels=y)


@misconception("fit_kernel_perceptron", "alpha grows at every example. Add 1 only where the answer is wrong.")
def alpha_grows_always(gram, y, *, max_epochs=100):
    return kernel_trained(gram, y, max_epochs, always=True)


@misconception(
    "fit_kernel_perceptron",
    "A score of exactly 0 counts as answer 0. It is answer 1; with alpha all zero the very first score is 0.",
)
def kernel_with_a_strict_step(gram, y, *, max_epochs=100):
    return kernel_trained(gram, y, max_epochs, strict=True)


@misconception("fit_kernel_perceptron", "The mistakes are added up over the epochs. Every epoch counts from 0.")
def kernel_mistakes_added_up(gram, y, *, max_epochs=100):
    alpha, mistakes = kernel.fit_kernel_perceptron(gram, y, max_epochs=max_epochs)
    return alpha, np.cumsum(mistakes)


@misconception(
    "fit_kernel_perceptron", "Training goes on after an epoch without mistakes. That epoch is the last: stop there."
)
def kernel_trains_on(gram, y, *, max_epochs=100):
    alpha, mistakes = kernel.fit_kernel_perceptron(gram, y, max_epochs=max_epochs)
    return alpha, np.pad(mistakes, (0, max_epochs - len(mistakes)))


@misconception(
    "predict_kernel_perceptron",
    "The signs are missing: every example raises the score. Those of class 0 should lower it.",
)
def signs_missing(gram, alpha, y):
    return neuron.step(gram @ alpha)


@misconception(
    "predict_kernel_perceptron",
    "The score uses the labels 0 and 1, so class 0 counts for nothing. Use the signs -1 and +1.",
)
def labels_for_signs(gram, alpha, y):
    return neuron.step(gram @ (alpha * y))


@misconception(
    "predict_kernel_perceptron",
    "alpha is left out. Each example counts as often as it was answered wrongly: multiply by alpha.",
)
def alpha_left_out(gram, alpha, y):
    return neuron.step(gram @ (2 * y - 1))


@misconception("predict_kernel_perceptron", "The answers are -1 and +1. This neuron answers 0 and 1.")
def kernel_predicts_signs(gram, alpha, y):
    return 2 * kernel.predict_kernel_perceptron(gram, alpha, y) - 1


@misconception(
    "predict_kernel_perceptron", "A score of exactly 0 gets the answer 0. The neuron fires there: the answer is 1."
)
def zero_score_answers_zero(gram, alpha, y):
    return (gram @ (alpha * (2 * y - 1)) > 0).astype(gram.dtype)


@misconception("kernel_ridge", "The penalty is left out. `l2` is added to the diagonal.")
def ridge_without_penalty(gram, y, *, l2):
    return np.linalg.pinv(gram, rcond=1e-5) @ y


@misconception("kernel_ridge", "`l2` is added to every entry. It stands on the diagonal only.")
def penalty_everywhere(gram, y, *, l2):
    return np.linalg.lstsq(gram + gram.dtype.type(l2), y, rcond=1e-5)[0]


@misconception(
    "kernel_ridge", "The penalty is multiplied by the number of examples. The squared errors are a sum here."
)
def penalty_times_examples(gram, y, *, l2):
    return kernel.kernel_ridge(gram, y, l2=l2 * (len(gram) + (len(gram) == 1)))


@misconception("kernel_ridge", "These are the predictions for the training examples. Return the coefficients alpha.")
def predictions_for_coefficients(gram, y, *, l2):
    return gram @ kernel.kernel_ridge(gram, y, l2=l2)


@misconception("kernel_ridge", "Half of the penalty is added. The whole of `l2` stands on the diagonal.")
def half_the_penalty(gram, y, *, l2):
    return kernel.kernel_ridge(gram, y, l2=l2 / 2)


@misconception("kernel_ridge", "The Gram matrix is taken for the examples: its square stands in the system.")
def gram_squared(gram, y, *, l2):
    return kernel.kernel_ridge(gram @ gram, gram @ y, l2=l2)


@misconception(
    "kernel_ridge", "The result is float64 for float32. Give the identity matrix the dtype of the Gram matrix."
)
def ridge_lifted(gram, y, *, l2):
    return np.linalg.solve(gram + l2 * np.eye(len(gram)), y)


# fast.py


def descended(x, y, weight, bias, lr, steps, *, slope=None, bias_moves=True):
    """Go downhill with another slope of the scores, or without the bias."""
    losses = []
    for _ in range(steps):
        z = (x @ weight.T + bias)[:, 0]
        losses.append((torch.logaddexp(z, torch.zeros_like(z)) - y * z).mean())
        dz = (slope(z, y) if slope else torch.sigmoid(z) - y) / len(y)
        weight = weight - lr * dz[None] @ x
        bias = bias - lr * dz.sum() if bias_moves else bias
    return weight, bias, torch.stack(losses)


@misconception(
    "logistic_descent_fast",
    "Large scores give infinity or NaN. Rewrite the loss so that no exponent is large and positive.",
)
def descent_overflows(x, y, weight, bias, lr, steps):
    losses = []
    for _ in range(steps):
        z = (x @ weight.T + bias)[:, 0]
        losses.append((torch.log(1 + torch.exp(z)) - y * z).mean())
        weight, bias, _ = fast.logistic_descent_fast(x, y, weight, bias, lr, 1)
    return weight, bias, torch.stack(losses)


@misconception("logistic_descent_fast", "The gradient is summed over the examples. The loss is a mean: divide by N.")
def descent_by_sums(x, y, weight, bias, lr, steps):
    return fast.logistic_descent_fast(x, y, weight, bias, lr * len(y), steps)


@misconception("logistic_descent_fast", "The losses are added up over the examples. Return their means.")
def descent_with_summed_losses(x, y, weight, bias, lr, steps):
    weight, bias, losses = fast.logistic_descent_fast(x, y, weight, bias, lr, steps)
    return weight, bias, losses * len(y)


@misconception("logistic_descent_fast", "This goes uphill: the gradient is added. Subtract it.")
def descent_uphill(x, y, weight, bias, lr, steps):
    return fast.logistic_descent_fast(x, y, weight, bias, -lr, steps)


@misconception("logistic_descent_fast", "The bias stays where it was. It has a gradient too: the sum of the slopes.")
def descent_without_bias(x, y, weight, bias, lr, steps):
    return descended(x, y, weight, bias, lr, steps, bias_moves=False)


@misconception("logistic_descent_fast", "The losses are those after each step. Return those before each step.")
def descent_tells_losses_late(x, y, weight, bias, lr, steps):
    _, _, losses = fast.logistic_descent_fast(x, y, weight, bias, lr, steps + 1)
    weight, bias, _ = fast.logistic_descent_fast(x, y, weight, bias, lr, steps)
    return weight, bias, losses[1:]


@misconception(
    "logistic_descent_fast",
    "The slope has a factor p (1 - p), that of squared error. Leave it out: the slope of cross-entropy is p - y.",
)
def descent_on_squared_error(x, y, weight, bias, lr, steps):
    def slope(z, y):
        probability = torch.sigmoid(z)
        return (probability - y) * probability * (1 - probability)

    return descended(x, y, weight, bias, lr, steps, slope=slope)


@misconception(
    "logistic_descent_fast",
    "All gradients are taken at the first weights. Take each at the weights of the step before.",
)
def descent_with_old_gradients(x, y, weight, bias, lr, steps):
    _, _, losses = fast.logistic_descent_fast(x, y, weight, bias, lr, 1)
    weight, bias, _ = fast.logistic_descent_fast(x, y, weight, bias, lr * steps, 1)
    return weight, bias, losses.repeat(steps)


@misconception("logistic_descent_fast", "The first weights are overwritten. They belong to the caller: make new ones.")
def descent_overwrites_weights(x, y, weight, bias, lr, steps):
    new_weight, bias, losses = fast.logistic_descent_fast(x, y, weight, bias, lr, steps)
    return weight.copy_(new_weight), bias, losses


@misconception(
    "logistic_descent_fast",
    "The answer is float64 for float32 tensors, or was computed so. Use the dtype of x: half as many bytes.",
)
def descent_in_float64(x, y, weight, bias, lr, steps):
    return fast.logistic_descent_fast(x.double(), y.double(), weight.double(), bias.double(), lr, steps)
