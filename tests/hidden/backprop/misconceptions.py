"""Wrong answers that students give in the backprop unit, most of them the right solution called wrongly."""

import math
from itertools import pairwise

import numpy as np
import torch

from grader.judge import misconception
from solutions.backprop import arrays, autograd, fast, gradient_check, layers, losses, mlp

# mse_loss


@misconception(
    "mse_loss", "Loss and gradient are sums over the entries. Divide both by the number of entries: the loss is a mean."
)
def squared_error_summed(prediction, target):
    loss, gradient = losses.mse_loss(prediction, target)
    return loss * prediction.size, gradient * prediction.size


@misconception("mse_loss", "The loss is a mean, but its gradient is not divided by the number of entries. Divide it.")
def squared_error_gradient_of_the_sum(prediction, target):
    loss, gradient = losses.mse_loss(prediction, target)
    return loss, gradient * prediction.size


@misconception("mse_loss", "Loss and gradient are halved. Leave out the 1/2: torch's mean squared error has none.")
def squared_error_halved(prediction, target):
    loss, gradient = losses.mse_loss(prediction, target)
    return loss / 2, gradient / 2


@misconception("mse_loss", "The gradient is half of what it should be. The derivative of r^2 is 2 r.")
def squared_error_without_the_two(prediction, target):
    loss, gradient = losses.mse_loss(prediction, target)
    return loss, gradient / 2


@misconception("mse_loss", "The gradient has the wrong sign: the residual is prediction minus target.")
def squared_error_towards_the_target(prediction, target):
    loss, gradient = losses.mse_loss(prediction, target)
    return loss, -gradient


@misconception("mse_loss", "The sum is divided by the number of rows. Divide it by the number of all entries.")
def squared_error_per_row(prediction, target):
    loss, gradient = losses.mse_loss(prediction, target)
    columns = prediction.size / len(prediction)
    return loss * columns, gradient * columns


@misconception(
    "mse_loss",
    "Shapes that differ are accepted, and a column minus a row becomes a matrix. Raise a ValueError for them.",
)
def squared_error_broadcast(prediction, target):
    residual = prediction - target
    return np.mean(residual**2), 2 * residual / residual.size


# binary_cross_entropy_with_logits


@misconception(
    "binary_cross_entropy_with_logits",
    "Loss and gradient are sums over the entries. Divide both by the number of entries: the loss is a mean.",
)
def yes_or_no_summed(logits, target):
    loss, gradient = losses.binary_cross_entropy_with_logits(logits, target)
    return loss * logits.size, gradient * logits.size


@misconception(
    "binary_cross_entropy_with_logits",
    "The loss is a mean, but its gradient is not divided by the number of entries. Divide it.",
)
def yes_or_no_gradient_of_the_sum(logits, target):
    loss, gradient = losses.binary_cross_entropy_with_logits(logits, target)
    return loss, gradient * logits.size


@misconception(
    "binary_cross_entropy_with_logits",
    "Large scores give infinity or NaN. Rewrite the formula so that no exponent is large and positive, and no "
    "logarithm is taken of a rounded probability.",
)
def yes_or_no_overflows(logits, target):
    gradient = 1 / (1 + np.exp(-logits)) - target
    return np.mean(np.log(1 + np.exp(logits)) - target * logits), gradient / logits.size


@misconception(
    "binary_cross_entropy_with_logits",
    "Probabilities are clipped away from 0 and 1. That changes the loss: compute it from the scores.",
)
def yes_or_no_clipped(logits, target):
    _, gradient = losses.binary_cross_entropy_with_logits(logits, target)
    p = np.clip(layers.sigmoid_forward(logits)[0], 1e-7, 1 - 1e-7)
    return -np.mean(target * np.log(p) + (1 - target) * np.log(1 - p)), gradient


@misconception(
    "binary_cross_entropy_with_logits",
    "The gradient has a factor s (1 - s), that of squared error. Leave it out: the slope of cross-entropy is s - y.",
)
def yes_or_no_with_the_slope_of_the_sigmoid(logits, target):
    loss, gradient = losses.binary_cross_entropy_with_logits(logits, target)
    s, _ = layers.sigmoid_forward(logits)
    return loss, gradient * s * (1 - s)


@misconception(
    "binary_cross_entropy_with_logits",
    "The gradient has the wrong sign. It is the probability minus the target.",
)
def yes_or_no_towards_larger_losses(logits, target):
    loss, dlogits = losses.binary_cross_entropy_with_logits(logits, target)
    return loss, -dlogits


@misconception(
    "binary_cross_entropy_with_logits",
    "The scores are used as probabilities. The gradient is the sigmoid of the score minus the target.",
)
def yes_or_no_without_sigmoid(logits, target):
    loss, _ = losses.binary_cross_entropy_with_logits(logits, target)
    return loss, (logits - target) / logits.size


@misconception(
    "binary_cross_entropy_with_logits",
    "Only the targets of 1 cost anything. Add what a target of 0 costs: -log(1 - sigmoid(z)).",
)
def yes_only(logits, target):
    _, gradient = losses.binary_cross_entropy_with_logits(logits, target)
    return np.mean(target * np.logaddexp(0, -logits)), gradient


@misconception(
    "binary_cross_entropy_with_logits",
    "A matrix product multiplies every target with every logarithm, and all of them are added up. Multiply each target "
    "with its own.",
    source="https://datascience.stackexchange.com/questions/27146/why-does-my-cost-function-return-double-the-expected-value",
)
def yes_or_no_in_all_pairs(logits, target):
    _, gradient = losses.binary_cross_entropy_with_logits(logits, target)
    pairs = np.outer(target, np.logaddexp(0, -logits)) + np.outer(1 - target, np.logaddexp(0, logits))
    return pairs.sum() / logits.size, gradient


# cross_entropy


@misconception("cross_entropy", "The gradient lacks the one-hot labels. Subtract 1 from the right class's probability.")
def classes_without_one_hot(logits, target):
    loss, gradient = losses.cross_entropy(logits, target)
    gradient[np.arange(len(target)), target] += 1 / len(target)
    return loss, gradient


@misconception(
    "cross_entropy",
    "The gradient has the wrong sign. It is the probabilities minus the one-hot labels.",
    source="https://github.com/Site1997/LeNet-python/issues/2",
)
def classes_towards_larger_losses(logits, target):
    loss, dlogits = losses.cross_entropy(logits, target)
    return loss, -dlogits


@misconception("cross_entropy", "Loss and gradient are sums over the examples. Divide both by N: the loss is a mean.")
def classes_summed(logits, target):
    loss, gradient = losses.cross_entropy(logits, target)
    return loss * len(target), gradient * len(target)


@misconception(
    "cross_entropy",
    "The loss is a mean, but its gradient is not divided by the number of examples. Divide it by N.",
    source="https://stackoverflow.com/questions/65275522/why-is-softmax-classifier-gradient-divided-by-batch-size-cs231n",
)
def classes_gradient_of_the_sum(logits, target):
    loss, gradient = losses.cross_entropy(logits, target)
    return loss, gradient * len(target)


@misconception("cross_entropy", "The mean is taken over N * C entries. Each example has one loss: divide by N.")
def classes_mean_over_all_entries(logits, target):
    loss, gradient = losses.cross_entropy(logits, target)
    return loss / logits.shape[1], gradient / logits.shape[1]


@misconception(
    "cross_entropy", "Large scores give infinity or NaN. Subtract each example's largest score before the exponentials."
)
def classes_overflow(logits, target):
    e = np.exp(logits)
    p = e / e.sum(axis=1, keepdims=True)
    return -np.mean(np.log(p[np.arange(len(target)), target])), (p - np.eye(logits.shape[1])[target]) / len(target)


@misconception(
    "cross_entropy",
    "The softmax runs over the examples. Let it run over the classes: the probabilities of one example add up to 1.",
)
def classes_over_the_wrong_axis(logits, target):
    e = np.exp(logits - logits.max(axis=0))
    p = e / e.sum(axis=0)
    return -np.mean(np.log(p[np.arange(len(target)), target])), (p - np.eye(logits.shape[1])[target]) / len(target)


@misconception(
    "cross_entropy", "A small number is added inside the logarithm. Compute log-probabilities from the scores."
)
def classes_with_an_epsilon(logits, target):
    _, gradient = losses.cross_entropy(logits, target)
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return -np.mean(np.log(p[np.arange(len(target)), target] + 1e-7)), gradient


@misconception(
    "cross_entropy",
    "The largest score is subtracted from the caller's own array, which changes it. Make a new array.",
    source="https://cs231n.github.io/linear-classify/",
)
def classes_shifted_in_place(logits, target):
    logits -= logits.max(axis=1, keepdims=True)
    return losses.cross_entropy(logits, target)


@misconception(
    "cross_entropy",
    "The largest score of the whole batch is subtracted. Examples far below it are left with the logarithm of 0: "
    "subtract each example's own.",
    source="https://manongdao.com/q-672019.html",
)
def classes_shifted_by_one_maximum(logits, target):
    e = np.exp(logits - logits.max())
    with np.errstate(invalid="ignore", divide="ignore"):
        p = e / e.sum(axis=1, keepdims=True)
        gradient = (p - np.eye(logits.shape[1], dtype=logits.dtype)[target]) / len(target)
        return -np.mean(np.log(p[np.arange(len(target)), target])), gradient


# linear_forward


@misconception("linear_forward", "The bias is missing. Add it to every example's outputs.")
def linear_without_bias(x, weight, bias):
    return layers.linear_forward(x, weight, 0 * bias)


@misconception("linear_forward", "The bias is subtracted. Add it.")
def linear_with_bias_subtracted(x, weight, bias):
    return x @ weight.T - bias, (x, weight)


# linear_backward


@misconception(
    "linear_backward",
    "The weights' gradient is divided by the batch size. Sum over the examples: dout already holds the 1 / N of "
    "the mean loss.",
)
def weight_gradient_averaged(dout, cache):
    dx, dweight, dbias = layers.linear_backward(dout, cache)
    return dx, dweight / max(len(dout), 1), dbias


@misconception(
    "linear_backward",
    "The bias's gradient is divided by the batch size. Sum over the examples: dout already holds the 1 / N of "
    "the mean loss.",
)
def bias_gradient_averaged(dout, cache):
    dx, dweight, dbias = layers.linear_backward(dout, cache)
    return dx, dweight, dbias / max(len(dout), 1)


@misconception(
    "linear_backward", "The bias's gradient has one row per example. Sum over the examples: one number per output."
)
def bias_gradient_not_summed(dout, cache):
    dx, dweight, _ = layers.linear_backward(dout, cache)
    return dx, dweight, dout


@misconception("linear_backward", "The weights' gradient is transposed. It has the shape of the weights, (out, in).")
def weight_gradient_transposed(dout, cache):
    dx, dweight, dbias = layers.linear_backward(dout, cache)
    return dx, dweight.T, dbias


@misconception("linear_backward", "The bias's gradient counts the examples. Sum dout over them instead.")
def bias_gradient_of_ones(dout, cache):
    dx, dweight, _ = layers.linear_backward(dout, cache)
    return dx, dweight, np.full(dout.shape[1], len(dout), dout.dtype)


@misconception(
    "linear_backward", "dx is multiplied by the transposed weights. Multiply dout, (N, M), by weight, (M, D), as it is."
)
def input_gradient_transposed(dout, cache):
    dx, dweight, dbias = layers.linear_backward(dout, cache)
    return dx.T, dweight, dbias


# relu_forward


@misconception("relu_forward", "This is the absolute value. Negative numbers become 0.")
def relu_absolute(x):
    return np.abs(x), x


@misconception("relu_forward", "The negative part is kept. Keep the positive one.")
def relu_negative_part(x):
    return np.minimum(x, 0), x


# relu_backward


@misconception(
    "relu_backward", "The gradient passes where the input was negative. Let it pass where the input was positive."
)
def relu_mask_turned_round(dout, cache):
    return dout * (cache <= 0)


@misconception("relu_backward", "The gradient passes where dout is positive. Let it pass where the input was positive.")
def relu_mask_of_dout(dout, cache):
    return dout * (dout > 0)


@misconception("relu_backward", "The upstream gradient is missing: the slope has to be multiplied by dout.")
def relu_slope_alone(dout, cache):
    return (cache > 0).astype(dout.dtype)


@misconception(
    "relu_backward",
    "The gradient passes where the input is exactly 0. It is stopped there.",
    source="http://runxinzhi.com/mtcnn-p-9422247.html",
)
def relu_open_at_zero(dout, cache):
    return dout * (cache >= 0)


@misconception(
    "relu_backward",
    "The gradient is multiplied by the output. Where the input is positive the slope is 1, however large it is.",
)
def relu_times_the_output(dout, cache):
    return dout * np.maximum(cache, 0)


@misconception(
    "relu_backward",
    "dout is overwritten where the input was negative. It belongs to the caller: make a new array.",
    source="https://stackoverflow.com/questions/50121887/relu-derivative-with-numpy",
)
def relu_in_place(dout, cache):
    dout[cache <= 0] = 0
    return dout


# sigmoid_forward


@misconception("sigmoid_forward", "This falls where it should grow. The exponent has a minus sign: 1 / (1 + e^-x).")
def sigmoid_turned_round(x):
    return layers.sigmoid_forward(-x)


@misconception("sigmoid_forward", "This is tanh, from -1 to 1. The sigmoid lies between 0 and 1.")
def sigmoid_as_tanh(x):
    return np.tanh(x), np.tanh(x)


@misconception(
    "sigmoid_forward",
    "The input is clipped far out, where the answer is no longer exactly 0 or 1. Rewrite the formula instead.",
)
def sigmoid_clipped(x):
    return layers.sigmoid_forward(np.clip(x, -30, 30))


@misconception(
    "sigmoid_forward",
    "Large numbers give NaN: infinity divided by infinity. Rewrite the formula so that no exponent is large and "
    "positive.",
)
def sigmoid_overflowing(x):
    return np.exp(x) / (1 + np.exp(x)), x


# sigmoid_backward


@misconception("sigmoid_backward", "The slope is z (1 - z), with the input z. It is s (1 - s), with the output s.")
def sigmoid_slope_of_the_input(dout, cache):
    z = np.log(cache) - np.log1p(-cache)
    return dout * z * (1 - z)


@misconception(
    "sigmoid_backward", "The sigmoid is applied to its own output. The cache holds the output already: use s (1 - s)."
)
def sigmoid_twice(dout, cache):
    s, _ = layers.sigmoid_forward(cache)
    return dout * s * (1 - s)


@misconception("sigmoid_backward", "The upstream gradient is missing: the slope has to be multiplied by dout.")
def sigmoid_slope_alone(dout, cache):
    return cache * (1 - cache)


@misconception("sigmoid_backward", "This is the slope of tanh, 1 - s^2. The sigmoid's is s (1 - s).")
def sigmoid_with_the_slope_of_tanh(dout, cache):
    return dout * (1 - cache**2)


# init_mlp


@misconception("init_mlp", "The biases are 0. Draw them as the weights are drawn, with the same bound.")
def biases_of_zero(rng, sizes):
    return [(weight, 0 * bias) for weight, bias in mlp.init_mlp(rng, sizes)]


@misconception(
    "init_mlp", "The bound depends on the number of outputs. It depends on the number of inputs, which a unit adds up."
)
def bound_of_fan_out(rng, sizes):
    return [
        (weight * np.sqrt(weight.shape[1] / len(weight)), bias * np.sqrt(weight.shape[1] / len(weight)))
        for weight, bias in mlp.init_mlp(rng, sizes)
    ]


@misconception("init_mlp", "The numbers lie between 0 and the bound. Draw them between minus the bound and the bound.")
def positive_weights(rng, sizes):
    return [(np.abs(weight), np.abs(bias)) for weight, bias in mlp.init_mlp(rng, sizes)]


@misconception(
    "init_mlp",
    "The weights are 0.01 times normal numbers, and the biases 0. Draw both evenly between plus and minus 1 / sqrt(D).",
    source="https://wiki.movedesign.de/doku.php?id=data_mining:neural_network:initialization",
)
def tiny_normal_weights(rng, sizes):
    return [(0.01 * rng.normal(size=(units, inputs)), np.zeros(units)) for inputs, units in pairwise(sizes)]


@misconception(
    "init_mlp",
    "The numbers are normal, with standard deviation 1 / sqrt(D). Draw them evenly between plus and minus that.",
)
def normal_weights_and_biases(rng, sizes):
    return [
        (rng.normal(size=(units, inputs)) / np.sqrt(inputs), rng.normal(size=units) / np.sqrt(inputs))
        for inputs, units in pairwise(sizes)
    ]


@misconception("init_mlp", "All units of a layer begin alike, so they stay alike. Draw every number by itself.")
def units_alike(rng, sizes):
    params = mlp.init_mlp(rng, sizes)
    return [(np.repeat(weight[:1], len(weight), 0), np.repeat(bias[:1], len(bias))) for weight, bias in params]


@misconception("init_mlp", "Layers of one shape share their weights. Draw an array for each of them.")
def layers_alike(rng, sizes):
    drawn = {}
    return [drawn.setdefault(weight.shape, (weight, bias)) for weight, bias in mlp.init_mlp(rng, sizes)]


@misconception("init_mlp", "The weights lie as (in, out). Torch's lie as (out, in).")
def weights_transposed(rng, sizes):
    return [(weight.T, bias) for weight, bias in mlp.init_mlp(rng, sizes)]


@misconception("init_mlp", "The bound is 1 / D. It is 1 / sqrt(D).")
def bound_without_the_root(rng, sizes):
    return [
        (weight / np.sqrt(weight.shape[1]), bias / np.sqrt(weight.shape[1]))
        for weight, bias in mlp.init_mlp(rng, sizes)
    ]


# mlp_forward


@misconception("mlp_forward", "There is an activation after the last layer. Return the scores as the layer gives them.")
def activation_on_the_scores(x, params, *, activation="relu"):
    scores, cache = mlp.mlp_forward(x, params, activation=activation)
    return mlp.ACTIVATIONS[activation][0](scores)[0], cache


@misconception(
    "mlp_forward",
    "The activation is applied to the inputs of the first layer. Apply it to what a hidden layer puts out.",
)
def activation_on_the_inputs(x, params, *, activation="relu"):
    activate, _ = mlp.ACTIVATIONS[activation]
    return mlp.mlp_forward(activate(x)[0], params, activation=activation)


@misconception(
    "mlp_forward",
    "There are no activations, and layers alone are one linear layer. Put one after each layer but the last.",
)
def no_activation_at_all(x, params, *, activation="relu"):
    _, cache = mlp.mlp_forward(x, params, activation=activation)
    for weight, bias in params:
        x = x @ weight.T + bias
    return x, cache


@misconception("mlp_forward", "The activation is always ReLU. Use the one that is passed.")
def always_relu(x, params, *, activation="relu"):
    return mlp.mlp_forward(x, params)


@misconception("mlp_forward", "The scores have gone through a softmax. Leave it out: it belongs to the loss.")
def softmax_in_the_network(x, params, *, activation="relu"):
    scores, cache = mlp.mlp_forward(x, params, activation=activation)
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True), cache


@misconception("mlp_forward", "The biases are missing. Each layer adds its own.")
def network_without_biases(x, params, *, activation="relu"):
    return mlp.mlp_forward(x, [(weight, 0 * bias) for weight, bias in params], activation=activation)


# mlp_backward


@misconception("mlp_backward", "The gradients are in the order of the way back. Return the first layer's first.")
def gradients_in_reverse(dscores, cache):
    dx, grads = mlp.mlp_backward(dscores, cache)
    return dx, grads[::-1]


@misconception("mlp_backward", "The activations are skipped on the way back. Use the backward function of each.")
def activations_skipped(dscores, cache):
    _, hidden, last = cache
    return _backward(dscores, hidden, last, lambda dx, nonlinear: dx)


@misconception("mlp_backward", "The activation is always treated as a sigmoid. Use the one of the forward pass.")
def always_sigmoid_backwards(dscores, cache):
    _, hidden, last = cache
    return _backward(dscores, hidden, last, layers.sigmoid_backward)


@misconception(
    "mlp_backward",
    "The gradients are divided by the batch size once more. Only sum: dscores already holds the 1 / N of the "
    "mean loss.",
)
def network_gradients_averaged_again(dscores, cache):
    dx, grads = mlp.mlp_backward(dscores, cache)
    return dx, [(dweight / len(dscores), dbias / len(dscores)) for dweight, dbias in grads]


def _backward(dscores, hidden, last, activate_backward):
    dx, *gradients = layers.linear_backward(dscores, last)
    grads = [tuple(gradients)]
    for linear, nonlinear in hidden[::-1]:
        dx, *gradients = layers.linear_backward(activate_backward(dx, nonlinear), linear)
        grads.insert(0, tuple(gradients))
    return dx, grads


# mlp_sgd_step


def _step(x, target, params, lr, options, weight_factor=1.0, bias_factor=1.0):
    loss, after = mlp.mlp_sgd_step(x, target, params, lr=lr, **options)
    return loss, [
        (weight + weight_factor * (new - weight), bias + bias_factor * (new_bias - bias))
        for (weight, bias), (new, new_bias) in zip(params, after, strict=True)
    ]


@misconception("mlp_sgd_step", "This goes uphill. The gradient points to larger losses: subtract it.")
def uphill(x, target, params, *, lr, **options):
    return _step(x, target, params, lr, options, -1.0, -1.0)


@misconception("mlp_sgd_step", "The biases stay as they are. Change them by their gradients, too.")
def weights_only(x, target, params, *, lr, **options):
    return _step(x, target, params, lr, options, 1.0, 0.0)


@misconception(
    "mlp_sgd_step", "The step is divided by the batch size once more. Leave that out: the loss is a mean already."
)
def divided_by_the_batch_again(x, target, params, *, lr, **options):
    return _step(x, target, params, lr, options, 1 / len(x), 1 / len(x))


@misconception("mlp_sgd_step", "The learning rate is missing: the step is the whole gradient. Multiply it by lr.")
def step_without_rate(x, target, params, *, lr, **options):
    return mlp.mlp_sgd_step(x, target, params, lr=1.0, **options)


@misconception("mlp_sgd_step", "The parameters are changed in place. They belong to the caller: return new arrays.")
def step_in_place(x, target, params, *, lr, **options):
    loss, after = mlp.mlp_sgd_step(x, target, params, lr=lr, **options)
    for (weight, bias), (new_weight, new_bias) in zip(params, after, strict=True):
        weight[:], bias[:] = new_weight, new_bias
    return loss, params


@misconception("mlp_sgd_step", "The loss is always cross-entropy. Use the criterion that is passed.")
def always_cross_entropy(x, target, params, *, lr, criterion=losses.cross_entropy, **options):
    return mlp.mlp_sgd_step(x, target.argmax(axis=1) if target.ndim > 1 else target, params, lr=lr, **options)


@misconception("mlp_sgd_step", "Only the last layer learns. Change the parameters of every layer.")
def last_layer_only(x, target, params, *, lr, **options):
    loss, after = mlp.mlp_sgd_step(x, target, params, lr=lr, **options)
    return loss, [*params[:-1], after[-1]]


# train_mlp


def _train(x, target, params, orders, batch_size, options, batches=None):
    epoch_losses = []
    for order, order_of_targets in orders:
        steps = []
        for start in range(0, len(x), batch_size)[:batches]:
            run = slice(start, start + batch_size)
            loss, params = mlp.mlp_sgd_step(x[order[run]], target[order_of_targets[run]], params, **options)
            steps.append(loss)
        epoch_losses.append(np.mean(steps))
    return params, np.array(epoch_losses)


@misconception("train_mlp", "The examples are shuffled, their targets are not. Put both into the same order.")
def targets_left_behind(x, target, params, rng, *, epochs, batch_size=32, lr=0.1, **options):
    orders = [(rng.permutation(len(x)), np.arange(len(x))) for _ in range(epochs)]
    return _train(x, target, params, orders, batch_size, {"lr": lr, **options})


@misconception("train_mlp", "One order is drawn for all epochs. Every epoch draws a new one.")
def one_order_for_all(x, target, params, rng, *, epochs, batch_size=32, lr=0.1, **options):
    orders = [(rng.permutation(len(x)),) * 2] * epochs
    return _train(x, target, params, orders, batch_size, {"lr": lr, **options})


@misconception("train_mlp", "The examples are never shuffled. Every epoch draws a new order.")
def never_shuffled(x, target, params, rng, *, epochs, batch_size=32, lr=0.1, **options):
    orders = [(np.arange(len(x)),) * 2] * epochs
    return _train(x, target, params, orders, batch_size, {"lr": lr, **options})


@misconception("train_mlp", "The batches are drawn with repetition. An epoch sees every example once.")
def drawn_with_repetition(x, target, params, rng, *, epochs, batch_size=32, lr=0.1, **options):
    orders = [(rng.integers(len(x), size=len(x)),) * 2 for _ in range(epochs)]
    return _train(x, target, params, orders, batch_size, {"lr": lr, **options})


@misconception("train_mlp", "The last batch is dropped where it is smaller. Make a step with it, too.")
def last_batch_dropped(x, target, params, rng, *, epochs, batch_size=32, lr=0.1, **options):
    orders = [(rng.permutation(len(x)),) * 2 for _ in range(epochs)]
    return _train(x, target, params, orders, batch_size, {"lr": lr, **options}, max(len(x) // batch_size, 1))


@misconception("train_mlp", "The whole training set is one batch. Make a step with every `batch_size` examples.")
def one_batch_for_all(x, target, params, rng, *, batch_size=32, **options):
    return mlp.train_mlp(x, target, params, rng, batch_size=len(x), **options)


@misconception("train_mlp", "Only the first batch of each epoch is used. An epoch goes through all examples.")
def first_batch_only(x, target, params, rng, *, epochs, batch_size=32, lr=0.1, **options):
    orders = [(rng.permutation(len(x)),) * 2 for _ in range(epochs)]
    return _train(x, target, params, orders, batch_size, {"lr": lr, **options}, 1)


@misconception("train_mlp", "Each epoch starts from the first parameters again. Go on with those of the last step.")
def every_epoch_from_the_start(x, target, params, rng, *, epochs, **options):
    runs = [mlp.train_mlp(x, target, params, rng, epochs=1, **options) for _ in range(epochs)]
    return runs[-1][0], np.concatenate([run[1] for run in runs])


# predict_mlp


@misconception("predict_mlp", "Scores are compared across the examples. Compare the scores of each example by itself.")
def answers_over_the_wrong_axis(x, params, *, activation="relu"):
    scores, _ = mlp.mlp_forward(x, params, activation=activation)
    return np.resize(scores.argmax(axis=0), len(x))


@misconception("predict_mlp", "This is the class with the smallest score. Return the one with the largest.")
def smallest_score(x, params, *, activation="relu"):
    return mlp.mlp_forward(x, params, activation=activation)[0].argmin(axis=1)


@misconception("predict_mlp", "The activation is always ReLU. Use the one that is passed.")
def answers_with_relu(x, params, *, activation="relu"):
    return mlp.predict_mlp(x, params)


# numerical_gradient


def _quotients(f, x, h, above, below, divisor):
    out = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[index] = h
        out[index] = (f(x + above * step) - f(x - below * step)) / divisor
    return out


@misconception("numerical_gradient", "The difference is one-sided. Step to both sides: the error falls with h^2 then.")
def one_sided(f, x, *, h=1e-5):
    return _quotients(f, x, h, 1, 0, h)


@misconception("numerical_gradient", "The difference is one-sided, backwards. Step to both sides.")
def one_sided_backwards(f, x, *, h=1e-5):
    return _quotients(f, x, h, 0, 1, h)


@misconception("numerical_gradient", "The difference is divided by h. The two places lie 2 h apart.")
def divided_by_one_step(f, x, *, h=1e-5):
    return _quotients(f, x, h, 1, 1, h)


@misconception(
    "numerical_gradient", "The difference is divided by h squared, as for second derivatives. Divide by 2 h."
)
def divided_by_the_square(f, x, *, h=1e-5):
    return _quotients(f, x, h, 1, 1, 2 * h**2)


@misconception("numerical_gradient", "The difference is not divided by the distance of the two places. Divide by 2 h.")
def not_divided(f, x, *, h=1e-5):
    return _quotients(f, x, h, 1, 1, 1)


@misconception("numerical_gradient", "All coordinates move at once. Move one, and leave all others where they are.")
def all_at_once(f, x, *, h=1e-5):
    return np.full_like(x, (f(x + h) - f(x - h)) / (2 * h))


@misconception(
    "numerical_gradient", "A coordinate is not put back before the next one moves. Begin each time with x as it was."
)
def not_put_back(f, x, *, h=1e-5):
    x, out = x.copy(), np.zeros_like(x)
    for index in np.ndindex(x.shape):
        x[index] += h
        above = f(x)
        x[index] -= 2 * h
        out[index] = (above - f(x)) / (2 * h)
    return out


@misconception("numerical_gradient", "The step is always 1e-5. Use the `h` that is passed.")
def fixed_step(f, x, *, h=1e-5):
    return gradient_check.numerical_gradient(f, x)


# relative_error


@misconception("relative_error", "The denominator has only one of the two numbers. Add the sizes of both.")
def measured_by_one(a, b, *, floor=1e-8):
    return np.abs(a - b) / np.maximum(np.abs(b), floor)


@misconception("relative_error", "The denominator is the larger of the two sizes. It is their sum.")
def measured_by_the_larger(a, b, *, floor=1e-8):
    return np.abs(a - b) / np.maximum(np.maximum(np.abs(a), np.abs(b)), floor)


@misconception("relative_error", "Signs cancel in the denominator. Take the size of each before you add.")
def signs_cancel(a, b, *, floor=1e-8):
    return np.abs(a - b) / np.maximum(np.abs(a + b), floor)


@misconception(
    "relative_error", "The floor is added to the denominator. It is only the least that the denominator may be."
)
def floor_added(a, b, *, floor=1e-8):
    return np.abs(a - b) / (np.abs(a) + np.abs(b) + floor)


@misconception(
    "relative_error", "Two zeros give 0 / 0, which is NaN. Let the denominator be no smaller than the floor."
)
def without_floor(a, b, *, floor=1e-8):
    return np.abs(a - b) / (np.abs(a) + np.abs(b))


@misconception("relative_error", "The difference keeps its sign. Take its absolute value.")
def signed_error(a, b, *, floor=1e-8):
    return (a - b) / np.maximum(np.abs(a) + np.abs(b), floor)


@misconception("relative_error", "This is the absolute error. Divide by the size of the two numbers.")
def absolute_error(a, b, *, floor=1e-8):
    return np.abs(a - b)


# check_gradient


def _worst(error, of):
    where = tuple(int(i) for i in np.unravel_index(of.argmax(), of.shape))
    return float(error[where]), where


@misconception(
    "check_gradient",
    "The coordinate with the largest absolute error is named. Compare the relative errors: small gradients can "
    "be wrong, too.",
)
def worst_absolute_error(f, x, gradient, *, h=1e-5):
    reference = gradient_check.numerical_gradient(f, x, h=h)
    return _worst(gradient_check.relative_error(gradient, reference), np.abs(gradient - reference))


@misconception("check_gradient", "The index counts through all axes as if there were one. Return one number per axis.")
def flat_index(f, x, gradient, *, h=1e-5):
    error = gradient_check.relative_error(gradient, gradient_check.numerical_gradient(f, x, h=h))
    return float(error.max()), (int(error.argmax()),)


@misconception(
    "check_gradient",
    "The mean error is returned. Return the largest: one wrong coordinate among thousands would not show.",
)
def mean_error(f, x, gradient, *, h=1e-5):
    error = gradient_check.relative_error(gradient, gradient_check.numerical_gradient(f, x, h=h))
    return float(error.mean()), gradient_check.check_gradient(f, x, gradient, h=h)[1]


@misconception(
    "check_gradient", "NaN is overlooked. A coordinate with NaN is the worst of all: name it, with the error nan."
)
def blind_for_nan(f, x, gradient, *, h=1e-5):
    error = gradient_check.relative_error(gradient, gradient_check.numerical_gradient(f, x, h=h))
    return _worst(error, np.nan_to_num(error))


@misconception("check_gradient", "The coordinate with the smallest error is named. Name the one with the largest.")
def best_coordinate(f, x, gradient, *, h=1e-5):
    error = gradient_check.relative_error(gradient, gradient_check.numerical_gradient(f, x, h=h))
    return _worst(error, -error)


@misconception("check_gradient", "The step is always 1e-5. Pass `h` on.")
def check_with_fixed_step(f, x, gradient, *, h=1e-5):
    return gradient_check.check_gradient(f, x, gradient)


# binary_operation


def _other_slopes(when, symbol, a, b, change):
    value, slopes = autograd.binary_operation(symbol, a, b)
    return (value, change(*slopes)) if symbol == when else (value, slopes)


@misconception(
    "binary_operation", "The slopes of the product are swapped. With respect to a it is b, with respect to b it is a."
)
def product_slopes_swapped(symbol, a, b):
    return _other_slopes("*", symbol, a, b, lambda da, db: (db, da))


@misconception("binary_operation", "The second slope of a - b has the wrong sign. With respect to b it is -1.")
def difference_without_sign(symbol, a, b):
    return _other_slopes("-", symbol, a, b, lambda da, db: (da, -db))


@misconception("binary_operation", "The slope of a / b with respect to b is -a / b^2: the sign is missing.")
def quotient_without_sign(symbol, a, b):
    return _other_slopes("/", symbol, a, b, lambda da, db: (da, -db))


@misconception("binary_operation", "The slope of a / b with respect to b is -a / b^2: the square is missing.")
def quotient_without_square(symbol, a, b):
    return _other_slopes("/", symbol, a, b, lambda da, db: (da, db * b))


@misconception("binary_operation", "The exponent's slope is 0. a^b is e^(b log a): with respect to b it is a^b log a.")
def power_without_exponent_slope(symbol, a, b):
    return _other_slopes("**", symbol, a, b, lambda da, db: (da, 0.0))


@misconception("binary_operation", "The exponent is not lowered: the slope of a^b with respect to a is b a^(b - 1).")
def power_not_lowered(symbol, a, b):
    return _other_slopes("**", symbol, a, b, lambda da, db: (b * a**b, db))


@misconception(
    "binary_operation", "x ** 0 at 0 divides by zero. Where the exponent is 0, the slope with respect to x is 0."
)
def power_of_zero_fails(symbol, a, b):
    return _other_slopes("**", symbol, a, b, lambda da, db: (b * a ** (b - 1), db))


@misconception(
    "binary_operation", "The logarithm of a negative base fails. Return 0 as the slope of the exponent there."
)
def negative_base_fails(symbol, a, b):
    return _other_slopes("**", symbol, a, b, lambda da, db: (da, a**b * math.log(a)))


@misconception("binary_operation", "An unknown operation gets an answer. Raise a ValueError for it.")
def unknown_operation_is_none(symbol, a, b):
    return autograd.binary_operation(symbol, a, b) if symbol in "+-*/**" else None


# unary_operation


def _other_slope(when, symbol, a, slope):
    value, slopes = autograd.unary_operation(symbol, a)
    return (value, (slope(value),)) if symbol == when else (value, slopes)


@misconception("unary_operation", "The slope of tanh is 1 - tanh^2: the square is missing.")
def tanh_without_square(symbol, a):
    return _other_slope("tanh", symbol, a, lambda value: 1 - value)


@misconception("unary_operation", "The slope of tanh takes the value of tanh, not its argument: 1 - tanh(a)^2.")
def tanh_slope_of_the_argument(symbol, a):
    return _other_slope("tanh", symbol, a, lambda value: 1 - a**2)


@misconception("unary_operation", "The slope of log is computed from its value. It is 1 / a, with the argument a.")
def log_slope_of_the_value(symbol, a):
    return _other_slope("log", symbol, a, lambda value: 1 / value)


@misconception("unary_operation", "This is the rule for powers. The slope of exp is its own value.")
def exp_as_a_power(symbol, a):
    return _other_slope("exp", symbol, a, lambda value: a * math.exp(a - 1))


@misconception("unary_operation", "The slope of relu is its value here. It is 1 or 0.")
def relu_slope_is_the_value(symbol, a):
    return _other_slope("relu", symbol, a, lambda value: value)


@misconception("unary_operation", "The slope of relu at 0 is 1 here. It is taken to be 0.")
def relu_slope_at_zero(symbol, a):
    return _other_slope("relu", symbol, a, lambda value: float(a >= 0))


# topological_order


@misconception("topological_order", "Every node comes before its parents. Write it down on the way back.")
def preorder(parents, output):
    order, stack, seen = [], [output], set()
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            order.append(node)
            stack.extend(parents[node])
    return order


@misconception(
    "topological_order",
    "The nodes are in the reverse of the order in which they were met. A parent met early may have children that "
    "are met late: write a node down after all its parents.",
)
def reversed_breadth_first(parents, output):
    order = [output]
    for node in order:
        order.extend(dict.fromkeys(parent for parent in parents[node] if parent not in order))
    return order[::-1]


@misconception(
    "topological_order",
    "A node counts as met as soon as it is put on the stack, so it can come before one of its parents. Count it as met "
    "when it is taken from the stack.",
)
def met_when_stacked(parents, output):
    order, stack, seen = [], [(output, False)], {output}
    while stack:
        node, back = stack.pop()
        if back:
            order.append(node)
        else:
            stack.append((node, True))
            fresh = [parent for parent in dict.fromkeys(parents[node]) if parent not in seen]
            seen.update(fresh)
            stack.extend((parent, False) for parent in fresh)
    return order


@misconception(
    "topological_order", "A node comes once for each path that leads to it. Keep a set of those that were met before."
)
def one_entry_per_path(parents, output):
    order, stack = [], [(output, False)]
    while stack:
        node, back = stack.pop()
        if back:
            order.append(node)
        else:
            stack.append((node, True))
            stack.extend((parent, False) for parent in parents[node])
    return order


@misconception(
    "topological_order",
    "The function calls itself for every parent and stops at Python's recursion limit. Use a stack of your own.",
)
def recursive_order(parents, output):
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for parent in parents[node]:
                visit(parent)
            order.append(node)

    visit(output)
    return order


@misconception(
    "topological_order", "The nodes are sorted by number. The numbers do not say who needs whom: follow the parents."
)
def sorted_by_number(parents, output):
    return sorted(autograd.topological_order(parents, output))


@misconception("topological_order", "All nodes are listed. List only those that the output depends on.")
def all_nodes(parents, output):
    order = autograd.topological_order(parents, output)
    return [node for node in range(len(parents)) if node not in order] + order


@misconception("topological_order", "The output itself is missing. Add it as the last one.")
def output_left_out(parents, output):
    return autograd.topological_order(parents, output)[:-1]


# backpropagate


def _last_path_wins(parents, slopes, output):
    grads = [0.0] * len(parents)
    grads[output] = 1.0
    for node in reversed(autograd.topological_order(parents, output)):
        for parent, slope in zip(parents[node], slopes[node], strict=True):
            grads[parent] = slope * grads[node]
    return grads


def _handed_on_at_once(parents, slopes, output):
    grads = [0.0] * len(parents)
    grads[output] = 1.0

    def visit(node):
        for parent, slope in zip(parents[node], slopes[node], strict=True):
            grads[parent] += slope * grads[node]
            visit(parent)

    visit(output)
    return grads


def _from_the_inputs(parents, slopes, output):
    grads = [0.0] * len(parents)
    grads[output] = 1.0
    for node in autograd.topological_order(parents, output):
        for parent, slope in zip(parents[node], slopes[node], strict=True):
            grads[parent] += slope * grads[node]
    return grads


def _slopes_alone(parents, slopes, output):
    grads = [0.0] * len(parents)
    grads[output] = 1.0
    for node in autograd.topological_order(parents, output):
        for parent, slope in zip(parents[node], slopes[node], strict=True):
            grads[parent] += slope
    return grads


@misconception(
    "backpropagate",
    "The last path wins. Where a node is used again, add its gradients up.",
    source="https://dev.to/shrsv/fixing-a-bug-in-micrograd-backprop-as-explained-by-karpathy-47j4",
)
def last_path_wins(parents, slopes, output):
    return _last_path_wins(parents, slopes, output)


@misconception(
    "backpropagate",
    "A gradient is handed on before it is complete, and again with each path. Go through the nodes in topological "
    "order.",
    source="https://github.com/karpathy/micrograd/pull/64",
)
def handed_on_at_once(parents, slopes, output):
    return _handed_on_at_once(parents, slopes, output)


@misconception(
    "backpropagate",
    "The nodes are visited from the inputs to the output. Gradients flow the other way: reverse the order.",
    source="https://github.com/karpathy/micrograd/issues/96",
)
def from_the_inputs(parents, slopes, output):
    return _from_the_inputs(parents, slopes, output)


@misconception(
    "backpropagate",
    "The gradient from above is missing. Multiply each slope by the gradient of the node that it belongs to.",
)
def slopes_alone(parents, slopes, output):
    return _slopes_alone(parents, slopes, output)


@misconception("backpropagate", "Everything is 0. Begin with the output: its derivative with respect to itself is 1.")
def without_a_seed(parents, slopes, output):
    return [0.0] * len(parents)


@misconception("backpropagate", "The output's own gradient is 0 in the answer. Return 1 for it.")
def seed_taken_away(parents, slopes, output):
    grads = autograd.backpropagate(parents, slopes, output)
    grads[output] = 0.0
    return grads


def _handed_on_in_preorder(parents, slopes, output):
    grads = [0.0] * len(parents)
    grads[output] = 1.0
    seen = set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for parent, slope in zip(parents[node], slopes[node], strict=True):
                grads[parent] += slope * grads[node]
            for parent in parents[node]:
                visit(parent)

    visit(output)
    return grads


@misconception(
    "backpropagate",
    "A node hands its gradient on as soon as it is reached, and not again when the other paths bring more. Wait for "
    "all of its children: topological order.",
    source="https://github.com/lucasdelimanogueira/PyNorch/issues/90",
)
def handed_on_in_preorder(parents, slopes, output):
    return _handed_on_in_preorder(parents, slopes, output)


@misconception(
    "backpropagate",
    "A node that is both operands of its child, as in x * x, gets its gradient once. Add a share for each operand.",
    source="https://dev.to/shrsv/fixing-a-bug-in-micrograd-backprop-as-explained-by-karpathy-47j4",
)
def operands_as_a_set(parents, slopes, output):
    pairs = [dict(zip(of_node, by, strict=True)) for of_node, by in zip(parents, slopes, strict=True)]
    return autograd.backpropagate([tuple(pair) for pair in pairs], [tuple(pair.values()) for pair in pairs], output)


# differentiate


def _engine(trace, inputs, backward):
    """Run a trace with plain lists and some way back; return what the names stand for, the values and the gradients."""
    values, parents, slopes, names = [], [], [], {}

    def add(value, of=(), by=()):
        values.append(value)
        parents.append(of)
        slopes.append(by)
        return len(values) - 1

    for name, number in inputs.items():
        names[name] = add(number)
    for name, symbol, *operands in trace:
        of = tuple(names[one] if isinstance(one, str) else add(one) for one in operands)
        compute = autograd.unary_operation if len(of) == 1 else autograd.binary_operation
        value, by = compute(symbol, *(values[one] for one in of))
        names[name] = add(value, of, by)
    return names, values, backward(parents, slopes, names[trace[-1][0]])


def _differentiated(trace, inputs, backward):
    names, values, grads = _engine(trace, inputs, backward)
    return values[names[trace[-1][0]]], dict(zip(inputs, grads[: len(inputs)], strict=True))


@misconception("differentiate", "The last path wins. Where a value is used again, add its gradients up.")
def formula_last_path_wins(trace, inputs):
    return _differentiated(trace, inputs, _last_path_wins)


@misconception(
    "differentiate",
    "A gradient is handed on before it is complete, and again with each path. Go through the nodes in topological "
    "order.",
)
def formula_handed_on_at_once(trace, inputs):
    return _differentiated(trace, inputs, _handed_on_at_once)


@misconception(
    "differentiate",
    "The values are visited from the inputs to the output. Gradients flow the other way: reverse the order.",
)
def formula_from_the_inputs(trace, inputs):
    return _differentiated(trace, inputs, _from_the_inputs)


@misconception(
    "differentiate",
    "The gradient from above is missing. Multiply each slope by the gradient of the value that it belongs to.",
)
def formula_slopes_alone(trace, inputs):
    return _differentiated(trace, inputs, _slopes_alone)


@misconception(
    "differentiate",
    "A later step reuses an input's name, and the gradient is taken at the later value. Keep the first Value of "
    "each input.",
)
def gradients_of_the_new_values(trace, inputs):
    names, values, grads = _engine(trace, inputs, autograd.backpropagate)
    return values[names[trace[-1][0]]], {name: grads[names[name]] for name in inputs}


@misconception(
    "differentiate", "Inputs that are not used are left out of the answer. Return the derivative 0 for them."
)
def unused_inputs_left_out(trace, inputs):
    value, grads = autograd.differentiate(trace, inputs)
    return value, {name: grad for name, grad in grads.items() if grad != 0}


@misconception(
    "differentiate",
    "A value hands its gradient on as soon as it is reached, and not again when the other paths bring more. Wait for "
    "all of its children: topological order.",
    source="https://github.com/lucasdelimanogueira/PyNorch/issues/90",
)
def formula_handed_on_in_preorder(trace, inputs):
    return _differentiated(trace, inputs, _handed_on_in_preorder)


# unbroadcast


def refusing(gradient, shape):
    """Refuse what the solution refuses."""
    arrays.unbroadcast(gradient, shape)


@misconception(
    "unbroadcast",
    "The gradient keeps the result's shape. Sum over the axes that were stretched.",
    source="https://github.com/deeplearning4j/nd4j/issues/2424",
)
def gradient_not_reduced(gradient, shape):
    refusing(gradient, shape)
    return gradient.copy()


@misconception("unbroadcast", "Only axes that were put in front are summed. Axes of size 1 were stretched, too.")
def only_axes_in_front(gradient, shape):
    refusing(gradient, shape)
    return gradient.sum(axis=tuple(range(gradient.ndim - len(shape))), keepdims=False)


@misconception("unbroadcast", "Only axes of size 1 are summed. Axes that were put in front have to go as well.")
def only_axes_of_size_one(gradient, shape):
    refusing(gradient, shape)
    added = gradient.ndim - len(shape)
    axes = tuple(added + axis for axis, size in enumerate(shape) if size == 1)
    return gradient.sum(axis=axes, keepdims=True)


@misconception(
    "unbroadcast", "Axes of size 1 get lost in the sum. Keep them: the gradient has the shape of the operand."
)
def axes_of_size_one_lost(gradient, shape):
    refusing(gradient, shape)
    added = gradient.ndim - len(shape)
    axes = tuple(axis for axis in range(gradient.ndim) if axis < added or shape[axis - added] == 1)
    return gradient.sum(axis=axes)


@misconception(
    "unbroadcast",
    "The mean is taken over the stretched axes. Take the sum: gradients of all uses add up.",
    source="https://github.com/jimfleming/differentiation/issues/1",
)
def mean_of_the_uses(gradient, shape):
    total = arrays.unbroadcast(gradient, shape)
    return total * gradient.dtype.type(total.size / gradient.size) if gradient.size else total


@misconception("unbroadcast", "The gradient of one use is taken. Add up those of all uses.")
def first_use_only(gradient, shape):
    total = arrays.unbroadcast(gradient, shape)
    added = gradient.ndim - len(shape)
    part = gradient[(0,) * added] if all(gradient.shape[:added]) else total
    return np.array(part[tuple(slice(0, size) for size in shape)]).reshape(shape) if total.size else total


@misconception(
    "unbroadcast", "The shapes are lined up on the left. NumPy lines them up on the right: new axes come in front."
)
def lined_up_on_the_left(gradient, shape):
    refusing(gradient, shape)
    kept = tuple(axis for axis, size in enumerate(shape) if size == gradient.shape[axis] and size != 1)
    total = gradient.sum(axis=tuple(axis for axis in range(gradient.ndim) if axis not in kept))
    return total.reshape(shape) if total.size == np.prod(shape) else total


@misconception("unbroadcast", "Everything is added up where the shapes differ. Sum over the stretched axes only.")
def everything_added_up(gradient, shape):
    refusing(gradient, shape)
    return gradient.copy() if gradient.shape == shape else np.broadcast_to(gradient.sum(), shape).copy()


@misconception(
    "unbroadcast",
    "The gradient itself comes back where nothing was stretched. Return a new array: others add to theirs.",
)
def gradient_itself(gradient, shape):
    return gradient if gradient.shape == tuple(shape) else arrays.unbroadcast(gradient, shape)


@misconception("unbroadcast", "A shape that does not fit gets an answer. Raise a ValueError.")
def unfit_shape_accepted(gradient, shape):
    try:
        return arrays.unbroadcast(gradient, shape)
    except ValueError:
        return np.zeros(shape)


# array_operation_backward


def other_rule(symbol, dout, a, b, when, rule):
    """Use another rule for one of the operations."""
    arrays.array_operation_backward(symbol, dout, a, b)
    if symbol != when:
        return arrays.array_operation_backward(symbol, dout, a, b)
    da, db = rule(dout, a, b)
    return arrays.unbroadcast(da, a.shape), arrays.unbroadcast(db, b.shape)


@misconception(
    "array_operation_backward",
    "The gradients keep the result's shape. Sum each over what was stretched in its operand.",
    source="https://github.com/tenstorrent/tt-metal/issues/40008",
)
def operands_not_reduced(symbol, dout, a, b):
    wide = np.broadcast_shapes(a.shape, b.shape) if symbol != "@" else None
    if wide is None:
        return arrays.array_operation_backward(symbol, dout, a, b)
    return arrays.array_operation_backward(
        symbol, dout, np.broadcast_to(a, wide).copy(), np.broadcast_to(b, wide).copy()
    )


@misconception(
    "array_operation_backward", "The factors of the product are swapped. da is dout times b, db is dout times a."
)
def array_factors_swapped(symbol, dout, a, b):
    return other_rule(symbol, dout, a, b, "*", lambda dout, a, b: (dout * (a + 0 * b), dout * (b + 0 * a)))


@misconception("array_operation_backward", "The second gradient of a - b has the wrong sign. It is -dout.")
def array_difference_without_sign(symbol, dout, a, b):
    return other_rule(symbol, dout, a, b, "-", lambda dout, a, b: (dout, dout))


@misconception("array_operation_backward", "The gradient of the divisor has the wrong sign. It is -dout times a / b^2.")
def array_quotient_without_sign(symbol, dout, a, b):
    return other_rule(symbol, dout, a, b, "/", lambda dout, a, b: (dout / b, dout * a / b**2))


@misconception("array_operation_backward", "The square is missing in the gradient of the divisor, -dout times a / b^2.")
def array_quotient_without_square(symbol, dout, a, b):
    return other_rule(symbol, dout, a, b, "/", lambda dout, a, b: (dout / b, -dout * a / b))


@misconception(
    "array_operation_backward",
    "A matrix is not transposed in the gradient of a product, which shows in square ones only by its numbers. "
    "da is dout @ b^T, db is a^T @ dout.",
)
def product_not_transposed(symbol, dout, a, b):
    square = symbol == "@" and a.shape[-2:] == b.shape[-2:] and a.shape[-1] == a.shape[-2]
    if not square:
        return arrays.array_operation_backward(symbol, dout, a, b)
    return other_rule(symbol, dout, a, b, "@", lambda dout, a, b: (dout @ b, a @ dout))


@misconception(
    "array_operation_backward",
    "The factors of the matrix product are in the wrong order. da is dout @ b^T, db is a^T @ dout.",
)
def product_in_wrong_order(symbol, dout, a, b):
    square = symbol == "@" and a.shape[-2:] == b.shape[-2:] and a.shape[-1] == a.shape[-2]
    if not square:
        return arrays.array_operation_backward(symbol, dout, a, b)

    def rule(dout, a, b):
        return np.swapaxes(b, -1, -2) @ dout, dout @ np.swapaxes(a, -1, -2)

    return other_rule(symbol, dout, a, b, "@", rule)


@misconception("array_operation_backward", "All axes of a stack of matrices are reversed. Swap the last two only.")
def all_axes_reversed(symbol, dout, a, b):
    if symbol == "@" and max(a.ndim, b.ndim) > 2:
        return dout @ b.T, a.T @ dout
    return arrays.array_operation_backward(symbol, dout, a, b)


@misconception(
    "array_operation_backward", "The gradients of a sum are dout itself. Return new arrays: others add to theirs."
)
def dout_handed_on(symbol, dout, a, b):
    da, db = arrays.array_operation_backward(symbol, dout, a, b)
    return (dout if symbol in "+-" and a.shape == dout.shape else da), db


@misconception("array_operation_backward", "An unknown operation gets an answer. Raise a ValueError for it.")
def unknown_array_operation(symbol, dout, a, b):
    return arrays.array_operation_backward(symbol, dout, a, b) if symbol in "+-*/@" else (dout.copy(), dout.copy())


# sum_backward


@misconception(
    "sum_backward", "The gradient is divided by how many numbers were added up. That is the rule for the mean."
)
def mean_instead_of_sum(dout, shape, *, axis=None):
    gradient = arrays.sum_backward(dout, shape, axis=axis)
    return gradient * dout.dtype.type(dout.size / gradient.size) if gradient.size else gradient


@misconception("sum_backward", "The gradient keeps the shape of the sum. Give every number that was added up its own.")
def sum_not_stretched(dout, shape, *, axis=None):
    return dout.copy()


@misconception(
    "sum_backward",
    "The missing axis is not put back where it was: in a square array the gradient runs along the wrong axis.",
)
def axis_not_put_back(dout, shape, *, axis=None):
    try:
        return np.broadcast_to(dout, shape).copy()
    except ValueError:
        return arrays.sum_backward(dout, shape, axis=axis)


@misconception(
    "sum_backward",
    "Several axes are put back one after the other in the order given. Put them back in ascending order.",
    source="https://github.com/harvard-edge/cs249r_book/pull/1867",
)
def axes_put_back_in_the_order_given(dout, shape, *, axis=None):
    if not isinstance(axis, tuple):
        return arrays.sum_backward(dout, shape, axis=axis)
    for place in axis:
        dout = np.expand_dims(dout, place)
    return np.broadcast_to(dout, shape).copy()


@misconception(
    "sum_backward", "Every number gets the total of all gradients. It gets that of the sum that it went into."
)
def total_for_everyone(dout, shape, *, axis=None):
    return np.broadcast_to(dout.sum(), shape).copy()


@misconception("sum_backward", "The answer shares its memory with the gradient of the sum. Return a new array.")
def view_of_the_gradient(dout, shape, *, axis=None):
    axes = tuple(range(len(shape))) if axis is None else axis
    return np.broadcast_to(np.expand_dims(dout, axes), shape)


@misconception("sum_backward", "The answer is float64 for a float32 gradient. Keep the dtype of the gradient.")
def sum_in_double_precision(dout, shape, *, axis=None):
    return arrays.sum_backward(dout, shape, axis=axis).astype(np.float64)


# fast.py


def fast_passes(x, params, dscores, *, mask, relu_at_the_end=False):
    """Run both passes with another way to decide what passes a ReLU backwards."""
    inputs = [x]
    for weight, bias in params:
        inputs.append(torch.relu(inputs[-1] @ weight.T + bias))
    scores = inputs[-1] if relu_at_the_end else inputs[-2] @ params[-1][0].T + params[-1][1]
    grads, dx = [], dscores * (scores > 0) if relu_at_the_end else dscores
    for layer in reversed(range(len(params))):
        grads.insert(0, (dx.T @ inputs[layer], dx.sum(dim=0)))
        dx = dx @ params[layer][0]
        dx = dx * mask(layer, inputs[layer], dx)
    return scores, dx, grads


@misconception("mlp_fast", "There is a ReLU after the last layer, too. Return the scores as the layer gives them.")
def fast_network_ends_with_a_relu(x, params, dscores):
    return fast_passes(x, params, dscores, mask=lambda layer, h, dx: h > 0 if layer else 1, relu_at_the_end=True)


@misconception("mlp_fast", "The ReLUs are forgotten on the way back. Where a unit was off, its gradient is 0.")
def fast_network_without_masks(x, params, dscores):
    return fast_passes(x, params, dscores, mask=lambda layer, h, dx: 1)


@misconception("mlp_fast", "The gradient passes where it is positive. Let it pass where the unit was on.")
def fast_network_masks_by_gradients(x, params, dscores):
    return fast_passes(x, params, dscores, mask=lambda layer, h, dx: dx > 0 if layer else 1)


@misconception(
    "mlp_fast", "dx is masked like a hidden layer. Return it as it is: there is no ReLU before the first layer."
)
def fast_network_masks_the_inputs(x, params, dscores):
    return fast_passes(x, params, dscores, mask=lambda layer, h, dx: h > 0)


@misconception("mlp_fast", "A unit that is exactly at 0 lets its gradient pass. Stop it there.")
def fast_network_passes_at_zero(x, params, dscores):
    def mask(layer, h, dx):
        return (inputs[layer - 1] @ params[layer - 1][0].T + params[layer - 1][1] >= 0) if layer else 1

    inputs = [x]
    for weight, bias in params:
        inputs.append(torch.relu(inputs[-1] @ weight.T + bias))
    return fast_passes(x, params, dscores, mask=mask)


@misconception("mlp_fast", "The gradients are in the order of the way back. Return the first layer's first.")
def fast_network_with_gradients_turned_round(x, params, dscores):
    scores, dx, grads = fast.mlp_fast(x, params, dscores)
    return scores, dx, grads[::-1]


@misconception("mlp_fast", "The weights' gradients are transposed. They have the weights' shape, (out, in).")
def fast_network_with_gradients_transposed(x, params, dscores):
    scores, dx, grads = fast.mlp_fast(x, params, dscores)
    return scores, dx, [(dweight.T, dbias) for dweight, dbias in grads]


@misconception(
    "mlp_fast", "The gradients are means over the batch. Only sum: dscores already holds the 1 / N of the mean loss."
)
def fast_network_with_means(x, params, dscores):
    scores, dx, grads = fast.mlp_fast(x, params, dscores)
    return scores, dx, [(dweight / len(x), dbias / len(x)) for dweight, dbias in grads]


@misconception(
    "mlp_fast", "dscores is overwritten. It belongs to the caller: make a new tensor for the first gradient."
)
def fast_network_overwrites_dscores(x, params, dscores):
    answer = fast.mlp_fast(x, params, dscores)
    dscores.mul_(answer[0] > 0)
    return answer


@misconception(
    "mlp_fast", "The answer is float64 for float32 tensors, or was computed so. Use the dtype of x: half as many bytes."
)
def fast_network_in_float64(x, params, dscores):
    return fast.mlp_fast(x.double(), [(weight.double(), bias.double()) for weight, bias in params], dscores.double())
