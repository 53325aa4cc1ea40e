"""The network and a step of its training: the handout's worked example, random networks, and what else is promised.

Expected numbers: by hand, and torch with its autograd. Which units dropout has struck out is read off the scores of a
network whose last layer hands on its input.
"""

import numpy as np
import torch
import torch.nn.functional as F

from grader.judge import check, task, to_torch

X = np.array([[1.0, 2.0], [3.0, 0.0]])
LAYERS = [
    {"weight": np.array([[1.0, 1.0], [1.0, -1.0]]), "bias": np.array([0.0, -1.0])},
    {"weight": np.array([[2.0, 5.0]]), "bias": np.array([1.0])},
]
LEARNED = ("weight", "bias", "gamma", "beta")


def fresh(rng):
    """Return a generator for one call: how many numbers the call draws does not matter to the next one."""
    return np.random.default_rng(rng.integers(2**32))


def network(rng, dtype=np.float64):
    """Return a batch, labels, and layers with batch norm, without, and the last one."""
    shapes = ((4, 3), (6, 4), (5, 6))
    layers = [{"weight": rng.normal(size=shape), "bias": rng.normal(size=shape[0])} for shape in shapes]
    layers[0] |= {"gamma": rng.uniform(0.5, 2, 4), "beta": rng.normal(size=4)}
    layers[0] |= {"running_mean": rng.normal(size=4), "running_var": rng.uniform(0.5, 2, 4)}
    layers = [{name: array.astype(dtype) for name, array in layer.items()} for layer in layers]
    return rng.normal(size=(7, 3)).astype(dtype), rng.integers(0, 5, 7), layers


def handing_on(rng, units=40):
    """Return a network of one hidden layer, whose scores are what its hidden units say, 1 added."""
    first = {"weight": rng.normal(size=(units, 3)), "bias": rng.uniform(9, 12, units)}  # no unit's sum is negative
    return [first, {"weight": np.eye(units), "bias": np.ones(units)}]


def leaves_of(layers):
    """Return the layers as tensors; what learns wants gradients."""
    return [{name: to_torch(array, grad=name in LEARNED) for name, array in layer.items()} for layer in layers]


def scores_of(x, layers, training):
    """Return torch's scores without dropout; running statistics change in place."""
    out = to_torch(x)
    for layer in layers[:-1]:
        out = F.linear(out, layer["weight"], layer["bias"])
        if "gamma" in layer:
            norm = (layer[name] for name in ("running_mean", "running_var", "gamma", "beta"))
            out = F.batch_norm(out, *norm, training=training)
        out = torch.relu(out)
    return F.linear(out, layers[-1]["weight"], layers[-1]["bias"])


def gradients_of(value, layers, upstream=None):
    """Return torch's gradients of all that learns, by layer and name."""
    learned = [{name: leaf for name, leaf in layer.items() if leaf.requires_grad} for layer in layers]
    slopes = iter(torch.autograd.grad(value, [leaf for layer in learned for leaf in layer.values()], upstream))
    return [{name: next(slopes) for name in layer} for layer in learned]


def kept_units(scores):
    """Return which hidden units were kept, from the scores of a network that hands them on."""
    return np.abs(scores - 1) > 1e-6


def require_step(student, rng, x, labels, layers, **options):
    """Compare a step without dropout with torch's."""
    leaves, decay = leaves_of(layers), options.get("weight_decay", 0.0) / 2
    loss = F.cross_entropy(scores_of(x, leaves, True), to_torch(labels))
    loss = loss + decay * sum((layer["weight"] ** 2).sum() for layer in leaves)
    new, value = student.train_step.keeping_arguments(x, labels, layers, fresh(rng), **options)
    check(value, "loss").equals(loss)
    slopes, lr = gradients_of(loss, leaves), options.get("lr", 0.1)
    stepped = [{name: layer[name] - lr * slope for name, slope in slopes[i].items()} for i, layer in enumerate(leaves)]
    check(list(new), "layers").equals([leaves[i] | layer for i, layer in enumerate(stepped)])


@task("network_forward", points=0.25)
def test_scores_match_the_worked_example_of_the_handout(student, rng):
    scores, layers, _ = student.network_forward(X, LAYERS, fresh(rng))
    check(scores, "scores").equals(np.array([[7.0], [17.0]]))
    check(list(layers), "layers").equals(LAYERS)


@task("network_forward", points=0.25)
def test_scores_and_statistics_agree_with_torch_in_training_and_testing(student, rng):
    for training in (True, False):
        x, _, layers = network(rng)
        leaves = leaves_of(layers)
        scores, after, _ = student.network_forward.keeping_arguments(x, layers, fresh(rng), training=training)
        check(scores, "scores").equals(scores_of(x, leaves, training))
        check(list(after), "layers").equals(leaves)


@task("network_forward", points=0.25)
def test_a_network_in_float32_answers_in_float32(student, rng):
    x, _, layers = network(rng, np.float32)
    leaves = leaves_of(layers)
    scores, after, _ = student.network_forward(x, layers, fresh(rng), training=True)
    check(scores, "scores").equals(scores_of(x, leaves, True), rtol=1e-3, atol=1e-3)
    check(list(after), "layers").equals(leaves, rtol=1e-3, atol=1e-3)


@task("network_forward", points=0.25)
def test_hidden_units_are_struck_out_in_training_and_scores_are_not(student, rng):
    layers, x = handing_on(rng), rng.normal(size=(50, 3))
    whole = scores_of(x, leaves_of(layers), False).detach().numpy()
    check(student.network_forward(x, layers, fresh(rng), p=0.3)[0], "scores when tested").equals(whole)
    scores, *_ = student.network_forward(x, layers, fresh(rng), p=0.3, training=True)
    kept = kept_units(scores)
    check(scores, "scores").equals(np.where(kept, 1 + (whole - 1) / 0.7, 1.0))
    share = kept.mean()  # of 2,000 units; by chance it strays by 0.08 with a probability below 2e-11
    check(kept, "the hidden units").holds(abs(share - 0.7) < 0.08, f"{share:.0%} are kept for p = 0.3, not 70 %")
    other, *_ = student.network_forward(x, layers, fresh(rng), p=0.3, training=True)
    check(other, "scores").holds(np.any(other != scores), "another generator struck out the same units")


@task("network_backward", points=0.25)
def test_gradients_match_the_worked_example_of_the_handout(student, rng):
    *_, cache = student.network_forward(X, LAYERS, fresh(rng))
    first, last = student.network_backward(np.array([[1.0], [-1.0]]), cache)
    check(last, "the last layer's").equals({"weight": np.array([[0.0, -2.0]]), "bias": np.array([0.0])})
    expected = {"weight": np.array([[-4.0, 4.0], [-15.0, 0.0]]), "bias": np.array([0.0, -5.0])}
    check(first, "the first layer's").equals(expected)


@task("network_backward", points=0.5)
def test_gradients_agree_with_torch_after_training_and_testing(student, rng):
    for training in (True, False):
        x, _, layers = network(rng)
        dscores, leaves = rng.normal(size=(7, 5)), leaves_of(layers)
        *_, cache = student.network_forward(x, layers, fresh(rng), training=training)
        gradients = student.network_backward.keeping_arguments(dscores, cache)
        expected = gradients_of(scores_of(x, leaves, training), leaves, to_torch(dscores))
        check(list(gradients), "gradients").equals(expected)


@task("network_backward", points=0.25)
def test_dropped_units_get_no_gradient(student, rng):
    layers, x, dscores = handing_on(rng), rng.normal(size=(6, 3)), rng.normal(size=(6, 40))
    scores, _, cache = student.network_forward(x, layers, fresh(rng), p=0.4, training=True)
    leaves = leaves_of(layers)
    hidden = F.linear(to_torch(x), leaves[0]["weight"], leaves[0]["bias"]) * to_torch(kept_units(scores)) / 0.6
    expected = gradients_of(F.linear(hidden, leaves[1]["weight"], leaves[1]["bias"]), leaves, to_torch(dscores))
    check(list(student.network_backward(dscores, cache)), "gradients").equals(expected)


@task("train_step", points=0.25)
def test_a_step_matches_the_worked_example_of_the_handout(student, rng):
    layer = {"weight": np.array([[3.0], [3.0]]), "bias": np.zeros(2)}
    (new,), loss = student.train_step(np.ones((1, 1)), np.array([0]), [layer], fresh(rng), lr=1.0, weight_decay=0.5)
    check(loss, "loss").equals(np.log(2) + 4.5)
    check(new, "the layer").equals({"weight": np.array([[2.0], [1.0]]), "bias": np.array([0.5, -0.5])})


@task("train_step", points=0.5)
def test_a_step_agrees_with_torch_and_leaves_the_callers_layers(student, rng):
    for options in ({}, {"lr": 0.3, "weight_decay": 0.2}):
        require_step(student, rng, *network(rng), **options)


@task("train_step", points=0.25)
def test_dropped_units_learn_nothing(student, rng):
    """With one example, a unit that was struck out leaves its column of the last weights as it is."""
    (first, last), x = handing_on(rng), rng.normal(size=(1, 3))
    last["weight"] *= 0.1
    new, loss = student.train_step(x, np.array([7]), [first, last], fresh(rng), p=0.5)
    kept = np.abs(new[1]["weight"] - last["weight"]).max(axis=0) > 0
    check(new, "the hidden units").holds(0 < kept.sum() < 40, f"{kept.sum()} of 40 have learned for p = 0.5")
    hidden = F.linear(*to_torch(x, first["weight"], first["bias"])) * to_torch(kept) / 0.5
    scores = F.linear(hidden, *to_torch(last["weight"], last["bias"]))
    check(loss, "loss").equals(F.cross_entropy(scores, torch.tensor([7])))
    _, other = student.train_step(x, np.array([7]), [first, last], fresh(rng), p=0.5)
    check(other, "loss").holds(other != loss, "another generator struck out the same units")
