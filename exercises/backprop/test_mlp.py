"""The multilayer perceptron: the handout's worked examples, random networks, and what else is promised.

Expected numbers: by hand, and torch with its autograd and its SGD.
"""

from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F

from grader.judge import check, task, to_torch

X = np.array([[1.0, 3.0], [4.0, 1.0], [2.0, 2.0]])
PARAMS = [(np.array([[1.0, -1.0]]), np.array([0.0])), (np.array([[2.0], [-1.0]]), np.array([1.0, 0.0]))]
ACTIVATIONS = {"relu": torch.relu, "sigmoid": torch.sigmoid}


def random_params(rng, *sizes, dtype=np.float64):
    """Draw weights and biases for layers of these sizes."""
    return [(rng.normal(size=(o, i)).astype(dtype), rng.normal(size=o).astype(dtype)) for i, o in pairwise(sizes)]


def leaves_of(params):
    """Return the parameters as tensors that want gradients."""
    return [to_torch(weight, bias, grad=True) for weight, bias in params]


def network(x, params, activation="relu"):
    """Return the scores of the network in torch."""
    for weight, bias in params[:-1]:
        x = ACTIVATIONS[activation](F.linear(x, weight, bias))
    return F.linear(x, *params[-1])


def trained(x, labels, params, orders, *, batch_size, lr, activation="relu"):
    """Train in torch, in the given orders; return the parameters and the mean loss of every epoch."""
    leaves, losses = leaves_of(params), []
    optimizer = torch.optim.SGD([one for pair in leaves for one in pair], lr=lr)
    for order in orders:
        steps = []
        for batch in torch.from_numpy(order).split(batch_size):
            optimizer.zero_grad()
            loss = F.cross_entropy(network(to_torch(x)[batch], leaves, activation), to_torch(labels)[batch])
            loss.backward()
            optimizer.step()
            steps.append(loss.item())
        losses.append(np.mean(steps))
    return leaves, np.array(losses)


@task("init_mlp", points=0.75)
def test_every_layer_has_its_shapes_and_its_bound(student, rng):
    params = student.init_mlp(rng, (4, 9, 2))
    check([weight.shape for weight, _ in params], "the weights' shapes").equals([(9, 4), (2, 9)])
    check([bias.shape for _, bias in params], "the biases' shapes").equals([(9,), (2,)])
    for (weight, bias), bound in zip(params, (1 / 2, 1 / 3), strict=True):
        largest = max(np.abs(weight).max(), np.abs(bias).max())
        check(params, "params").holds(
            0 < largest <= bound, f"the largest number is {largest:.3f}, the bound {bound:.3f}"
        )


@task("init_mlp", points=0.5)
def test_weights_and_biases_fill_the_whole_range_evenly(student, rng):
    for layer, (weight, bias) in enumerate(student.init_mlp(rng, (32, 320, 300))):  # beyond 0.4 once in 1e10 times
        for name, array in (("weight", weight), ("bias", bias)):
            scaled = np.sort((array * np.sqrt(weight.shape[1])).ravel())
            off = np.abs(scaled - np.linspace(-1, 1, len(scaled))).max()
            check(array, f"{name} {layer}").holds(
                off < 0.4, f"{off:.2f} / sqrt(D) off from numbers that are spread evenly"
            )


@task("init_mlp", points=0.25)
def test_all_numbers_differ_and_come_from_the_generator(student, rng):
    seed = int(rng.integers(2**32))
    first, again = (student.init_mlp(np.random.default_rng(seed), (3, 3, 3)) for _ in range(2))
    check(first, "params").equals(again, rtol=0, atol=0)
    count = len(np.unique(np.concatenate([array.ravel() for pair in first for array in pair])))
    check(first, "params").holds(count == 24, f"{count} different numbers in 24 places")


@task("mlp_forward", points=1)
def test_scores_match_the_worked_example_of_the_handout(student):
    scores, _ = student.mlp_forward(X, PARAMS)
    check(scores, "scores").equals(np.array([[1.0, 0.0], [7.0, -3.0], [1.0, 0.0]]))


@task("mlp_forward", points=0.5)
def test_scores_agree_with_torch_on_random_networks(student, rng):
    for sizes, activation in (((3, 4, 2), "sigmoid"), ((2, 5, 4, 3), "relu")):
        x, params = rng.normal(size=(6, sizes[0])), random_params(rng, *sizes)
        scores, _ = student.mlp_forward.keeping_arguments(x, params, activation=activation)
        check(scores, "scores").equals(network(to_torch(x), leaves_of(params), activation))


@task("mlp_forward", points=0.5)
def test_a_network_without_hidden_layers_has_scores_in_float32(student, rng):
    x, params = rng.normal(size=(5, 3)).astype(np.float32), random_params(rng, 3, 2, dtype=np.float32)
    check(student.mlp_forward(x, params)[0], "scores").equals(network(to_torch(x), leaves_of(params)))


@task("mlp_backward", points=1)
def test_gradients_match_the_worked_example_of_the_handout(student):
    _, cache = student.mlp_forward(X, PARAMS)
    dx, grads = student.mlp_backward(np.array([[1.0, 0.0], [1.0, 1.0], [3.0, -1.0]]), cache)
    check(dx, "dx").equals(np.array([[0.0, 0.0], [1.0, -1.0], [0.0, 0.0]]))
    first, last = (np.array([[4.0, 1.0]]), np.array([1.0])), (np.array([[3.0], [3.0]]), np.array([5.0, 0.0]))
    check(grads, "grads").equals([first, last])


@task("mlp_backward", points=0.5)
def test_gradients_agree_with_torch_on_random_networks(student, rng):
    for sizes, activation in (((3, 4, 2), "relu"), ((2, 5, 4, 3), "sigmoid")):
        x, params, dscores = rng.normal(size=(6, sizes[0])), random_params(rng, *sizes), rng.normal(size=(6, sizes[-1]))
        _, cache = student.mlp_forward(x, params, activation=activation)
        dx, grads = student.mlp_backward.keeping_arguments(dscores, cache)
        leaf, leaves = to_torch(x, grad=True), leaves_of(params)
        network(leaf, leaves, activation).backward(to_torch(dscores))
        check(dx, "dx").equals(leaf.grad)
        check(grads, "grads").equals([(weight.grad, bias.grad) for weight, bias in leaves])


@task("mlp_backward", points=0.5)
def test_gradients_stay_in_float32(student, rng):
    x, params, dscores = rng.normal(size=(4, 3)), random_params(rng, 3, 5, 2, dtype=np.float32), rng.normal(size=(4, 2))
    _, cache = student.mlp_forward(x.astype(np.float32), params)
    dx, grads = student.mlp_backward(dscores.astype(np.float32), cache)
    leaf, leaves = to_torch(x.astype(np.float32), grad=True), leaves_of(params)
    network(leaf, leaves).backward(to_torch(dscores.astype(np.float32)))
    check(dx, "dx").equals(leaf.grad)
    check(grads, "grads").equals([(weight.grad, bias.grad) for weight, bias in leaves])


@task("mlp_sgd_step", points=1)
def test_one_step_matches_the_worked_example_of_the_handout(student):
    x, start = np.array([[4.0, 0.0, 2.0], [0.0, 2.0, 2.0]]), [(np.zeros((2, 3)), np.zeros(2))]
    loss, params = student.mlp_sgd_step(x, np.array([0, 0]), start, lr=0.1)
    check(float(loss), "loss").equals(float(np.log(2)))
    check(params, "params").equals([(np.array([[0.1, 0.05, 0.1], [-0.1, -0.05, -0.1]]), np.array([0.05, -0.05]))])


@task("mlp_sgd_step", points=0.5)
def test_one_step_is_that_of_torch_and_leaves_the_parameters_alone(student, rng):
    x, labels, params = rng.normal(size=(6, 3)), rng.integers(0, 2, size=6), random_params(rng, 3, 4, 2)
    loss, after = student.mlp_sgd_step.keeping_arguments(x, labels, params, lr=0.3, activation="sigmoid")
    expected, losses = trained(x, labels, params, [np.arange(6)], batch_size=6, lr=0.3, activation="sigmoid")
    check(float(loss), "loss").equals(losses[0])
    check(after, "params").equals(expected)


@task("mlp_sgd_step", points=0.5)
def test_one_step_follows_its_criterion(student, rng):
    x, target, params = rng.normal(size=(5, 3)), rng.normal(size=(5, 2)), random_params(rng, 3, 2)
    leaves = leaves_of(params)[0]
    expected = (F.linear(to_torch(x), *leaves) - to_torch(target)).square().sum()
    dweight, dbias = torch.autograd.grad(expected, leaves)

    def squared_error(scores, target):
        return float(np.sum((scores - target) ** 2)), 2 * (scores - target)

    loss, ((weight, bias),) = student.mlp_sgd_step(x, target, params, lr=0.01, criterion=squared_error)
    check(float(loss), "loss").equals(expected.item())
    check(weight, "weight").equals(params[0][0] - 0.01 * dweight.numpy())
    check(bias, "bias").equals(params[0][1] - 0.01 * dbias.numpy())


@task("train_mlp", points=1)
def test_a_small_network_learns_xor(student, rng):
    corners, labels = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1, 0])
    first = [
        (rng.uniform(-0.7, 0.7, (16, 2)), rng.uniform(-0.7, 0.7, 16)),
        (rng.uniform(-0.25, 0.25, (2, 16)), np.zeros(2)),
    ]
    _, expected = trained(corners, labels, first, [np.arange(4)] * 3, batch_size=4, lr=0.5)
    for epochs in (3, 200):  # a wrong step shows at once
        params, losses = student.train_mlp(corners, labels, first, rng, epochs=epochs, batch_size=4, lr=0.5)
        check(len(losses), "the number of losses").equals(epochs)
        check(losses[:3], "the first losses").equals(expected)
    answers = network(to_torch(corners), leaves_of(params)).argmax(dim=1)
    check(answers.tolist(), "the answers for 00, 01, 10, 11").equals([0, 1, 1, 0])


@task("train_mlp", points=1)
def test_training_makes_the_same_steps_as_torch_in_the_order_that_the_generator_draws(student, rng):
    x, labels, params = rng.normal(size=(10, 3)), rng.integers(0, 2, size=10), random_params(rng, 3, 4, 2)
    seed = int(rng.integers(2**32))
    options = {"batch_size": 4, "lr": 0.2}  # two whole batches, and one of two examples
    after, losses = student.train_mlp.keeping_arguments(
        x, labels, params, np.random.default_rng(seed), epochs=3, **options
    )
    order = np.random.default_rng(seed)
    expected, means = trained(x, labels, params, [order.permutation(10) for _ in range(3)], **options)
    check(losses, "losses").equals(means)
    check(after, "params").equals(expected)


@task("train_mlp", points=1)
def test_training_keeps_parameters_in_float32(student, rng):
    x, labels = rng.normal(size=(8, 3)).astype(np.float32), rng.integers(0, 2, size=8)
    params = random_params(rng, 3, 4, 2, dtype=np.float32)
    after, _ = student.train_mlp(x, labels, params, np.random.default_rng(1), epochs=1, batch_size=8, lr=0.2)
    expected, _ = trained(x, labels, params, [np.arange(8)], batch_size=8, lr=0.2)
    check(after, "params").equals(expected)


@task("predict_mlp", points=0.5)
def test_answers_match_the_worked_example_of_the_handout(student):
    params = [(np.array([[1.0], [-1.0], [0.0]]), np.array([0.0, 0.0, 0.5]))]
    classes = student.predict_mlp(np.array([[2.0], [-1.0], [0.1], [3.0]]), params)
    check(classes.tolist(), "classes").equals([0, 1, 2, 0])


@task("predict_mlp", points=0.5)
def test_answers_agree_with_torch_on_random_networks(student, rng):
    for activation in ("relu", "sigmoid"):
        x, params = 3 * rng.normal(size=(30, 3)), random_params(rng, 3, 5, 4)
        scores = network(to_torch(x), leaves_of(params), activation)
        classes = student.predict_mlp.keeping_arguments(x, params, activation=activation)
        check(classes.tolist(), "classes").equals(scores.argmax(dim=1).tolist())
