"""What you can check at home: propagation.py on the handout's worked example, and random networks against torch."""

import numpy as np
import torch
import torch.nn.functional as F

from grader.judge import check, task, to_torch

X = np.array([[1.0, 2.0, 0.0], [3.0, 0.0, -1.0]])
WEIGHTS = [
    np.array([[1.0, 1.0, 0.0], [1.0, -1.0, 2.0], [0.0, 1.0, -1.0], [2.0, 0.0, 1.0]]),
    np.array([[2.0, 5.0, -1.0, 1.0]]),
]
SIGNALS = [np.array([[3.0, -1.0, 2.0, 2.0], [3.0, 1.0, 1.0, 5.0]]), np.array([[6.0], [15.0]])]
DSIGNALS = [np.array([[2.0, 0.0, -1.0, 1.0], [-2.0, -5.0, 1.0, -1.0]]), np.array([[1.0], [-1.0]])]
DWEIGHTS = [
    np.array([[-4.0, 4.0, 2.0], [-15.0, 0.0, 5.0], [2.0, -2.0, -1.0], [-2.0, 2.0, 1.0]]),
    np.array([[0.0, -1.0, 1.0, -3.0]]),
]
ACTIVATIONS = {"relu": torch.relu, "tanh": torch.tanh, "linear": lambda z: z}


def network(rng, dtype=np.float64):
    """Return a batch of five, the weights of three layers, an upstream gradient and labels."""
    x, *weights = (rng.normal(size=shape).astype(dtype) for shape in ((5, 3), (6, 3), (4, 6), (2, 4)))
    return x, weights, rng.normal(size=(5, 2)).astype(dtype), rng.integers(0, 2, 5)


def signals_of(x, weights, activation):
    """Return what every layer computes, in torch."""
    signals = [x @ weights[0].T]
    for weight in weights[1:]:
        signals.append(ACTIVATIONS[activation](signals[-1]) @ weight.T)
    return signals


def passed_back(x, weights, dout, activation):
    """Return signals, their gradients and those of the weights by torch."""
    leaves = [to_torch(weight, grad=True) for weight in weights]
    signals = signals_of(to_torch(x), leaves, activation)
    gradients = [g.numpy() for g in torch.autograd.grad(signals[-1], [*signals, *leaves], to_torch(dout))]
    return [z.detach().numpy() for z in signals], gradients[: len(signals)], gradients[len(signals) :]


@task("init_weights", points=0.5)
def test_layers_of_a_constant_match_the_example(student, rng):
    weights = student.init_weights((2, 3, 1), rng, scheme="constant", val=0.5)
    check(list(weights), "weights").equals([np.full((3, 2), 0.5), np.full((1, 3), 0.5)])


@task("init_weights", points=0.5)
def test_layers_get_their_shapes_and_their_own_numbers(student, rng):
    weights = student.init_weights((5, 4, 4, 4, 2), rng)
    shapes = [tuple(weight.shape) for weight in weights]
    check(shapes, "the shapes").equals([(4, 5), (4, 4), (4, 4), (2, 4)])
    numbers = np.concatenate([weight.ravel() for weight in weights])
    distinct = len(np.unique(numbers[np.isfinite(numbers)]))
    check(weights, "weights").holds(distinct == 60, f"{distinct} different numbers among the 60 of four layers")


@task("init_weights", points=1)
def test_scheme_options_and_generator_are_passed_on(student, rng):
    for options in ({"scheme": "xavier_normal", "gain": 0.1}, {"mode": "fan_out"}, {"a": 1.5, "mode": "fan_out"}):
        seed, scheme = int(rng.integers(2**32)), options.get("scheme", "he_normal")
        alone = {name: value for name, value in options.items() if name != "scheme"}
        (weight,) = student.init_weights((4, 7), np.random.default_rng(seed), **options)
        expected = getattr(student, scheme)((7, 4), np.random.default_rng(seed), **alone)
        check(weight, f"the only layer for {options}").equals(expected)
    seed = int(rng.integers(2**32))
    first, other = (student.init_weights((3, 3, 3), np.random.default_rng(s)) for s in (seed, seed + 1))
    common = np.isin(first, other).sum()
    finite = np.isfinite(other).all()
    check(other, "weights").holds(finite and common == 0, f"{common} of 18 came from another generator as well")


@task("forward_signals", points=0.5)
def test_signals_match_the_worked_example_of_the_handout(student):
    check(list(student.forward_signals(X, WEIGHTS)), "signals").equals(SIGNALS)


@task("forward_signals", points=0.5)
def test_signals_agree_with_torch_for_every_activation(student, rng):
    for activation in ACTIVATIONS:
        x, weights, _, _ = network(rng)
        signals = student.forward_signals(x, weights, activation=activation)
        expected = signals_of(to_torch(x), [to_torch(weight) for weight in weights], activation)
        check(list(signals), f"signals for {activation}").equals(expected)


@task("forward_signals", points=0.5)
def test_signals_keep_float32_and_their_arguments(student, rng):
    x, weights, _, _ = network(rng, np.float32)
    signals = student.forward_signals.keeping_arguments(x, weights)
    check(list(signals), "signals").equals(signals_of(to_torch(x), [to_torch(weight) for weight in weights], "relu"))


@task("backward_signals", points=0.5)
def test_gradients_of_signals_match_the_worked_example_of_the_handout(student):
    got = student.backward_signals(DSIGNALS[1], SIGNALS, WEIGHTS)
    check(list(got), "dsignals").equals(DSIGNALS)


@task("backward_signals", points=1)
def test_gradients_of_signals_agree_with_autograd(student, rng):
    for activation in ACTIVATIONS:
        x, weights, dout, _ = network(rng)
        signals, dsignals, _ = passed_back(x, weights, dout, activation)
        got = student.backward_signals(dout, signals, weights, activation=activation)
        check(list(got), f"dsignals for {activation}").equals(dsignals)


@task("backward_signals", points=0.5)
def test_gradients_of_signals_keep_float32_and_their_arguments(student, rng):
    x, weights, dout, _ = network(rng, np.float32)
    signals, dsignals, _ = passed_back(x, weights, dout, "relu")
    check(list(student.backward_signals.keeping_arguments(dout, signals, weights)), "dsignals").equals(dsignals)


@task("weight_gradients", points=0.5)
def test_weight_gradients_match_the_worked_example_of_the_handout(student):
    check(list(student.weight_gradients(X, SIGNALS, DSIGNALS)), "dweights").equals(DWEIGHTS)


@task("weight_gradients", points=0.5)
def test_weight_gradients_agree_with_autograd(student, rng):
    for activation in ACTIVATIONS:
        x, weights, dout, _ = network(rng)
        signals, dsignals, dweights = passed_back(x, weights, dout, activation)
        got = student.weight_gradients(x, signals, dsignals, activation=activation)
        check(list(got), f"dweights for {activation}").equals(dweights)


@task("weight_gradients", points=0.5)
def test_weight_gradients_keep_float32_and_their_arguments(student, rng):
    x, weights, dout, _ = network(rng, np.float32)
    signals, dsignals, dweights = passed_back(x, weights, dout, "relu")
    check(list(student.weight_gradients.keeping_arguments(x, signals, dsignals)), "dweights").equals(dweights)


@task("layer_variances", points=0.5)
def test_variances_match_the_worked_example_of_the_handout(student):
    check(student.layer_variances(SIGNALS)).equals(np.array([2.75, 20.25]))


@task("layer_variances", points=1)
def test_variances_agree_with_torch_for_layers_of_different_widths(student, rng):
    signals = [rng.normal(mean, 2, size=(5, width)) for mean, width in ((3, 4), (-2, 1), (0, 7))]
    got = student.layer_variances.keeping_arguments(signals)
    check(got).equals(torch.stack([to_torch(z).var(correction=0) for z in signals]))


@task("distinct_units", points=0.5)
def test_units_are_counted_as_in_the_worked_example(student):
    check(student.distinct_units(np.array([[1.0, 2.0], [3.0, 4.0], [1.0, 2.0], [1.0, 2.1]]))).equals(3)


@task("distinct_units", points=0.5)
def test_copies_up_to_rounding_count_once_on_any_scale(student, rng):
    units = rng.normal(size=(3, 5))
    rows = rng.permutation([0, 1, 2, 0, 1, 0])
    for scale in (1e-8, 1.0, 1e8):
        weight = scale * units[rows] * (1 + 1e-9 * rng.uniform(-1, 1, size=(6, 5)))
        check(student.distinct_units.keeping_arguments(weight), f"the count on the scale {scale:g}").equals(3)


@task("distinct_units", points=0.5)
def test_tolerance_is_a_share_of_the_largest_weight(student, rng):
    weight = np.array([[20.0, 3.0], [-20.0, 3.0], [20.0, 4.2], [20.0, -5.0]])[rng.permutation(4)]
    for tol, count in ((0.01, 4), (0.1, 3)):
        check(student.distinct_units(weight, tol=tol), f"the count for tol={tol}").equals(count)


@task("descend", points=0.5)
def test_a_step_of_one_layer_is_that_of_torch(student, rng):
    x, labels, w = rng.normal(size=(6, 4)), rng.integers(0, 3, 6), rng.normal(size=(3, 4))
    (weight,), loss = student.descend(x, labels, [w], lr=0.2)
    leaf = to_torch(w, grad=True)
    expected = F.cross_entropy(to_torch(x) @ leaf.T, to_torch(labels))
    expected.backward()
    check(loss, "loss").equals(expected)
    check(weight, "weights[0]").equals(leaf.detach() - 0.2 * leaf.grad)


@task("descend", points=1)
def test_every_layer_steps_as_in_torch_and_arguments_are_kept(student, rng):
    for activation, options in (("tanh", {"lr": 0.3, "activation": "tanh"}), ("relu", {})):
        x, weights, _, labels = network(rng)
        got, loss = student.descend.keeping_arguments(x, labels, weights, **options)
        leaves = [to_torch(weight, grad=True) for weight in weights]
        expected = F.cross_entropy(signals_of(to_torch(x), leaves, activation)[-1], to_torch(labels))
        expected.backward()
        check(loss, "loss").equals(expected)
        check(list(got), "weights").equals([w.detach() - options.get("lr", 0.1) * w.grad for w in leaves])


@task("descend", points=0.5)
def test_a_step_stays_in_float32(student, rng):
    x, weights, _, labels = network(rng, np.float32)
    got, _ = student.descend(x, labels, weights, lr=0.5)
    leaves = [to_torch(weight, grad=True) for weight in weights]
    F.cross_entropy(signals_of(to_torch(x), leaves, "relu")[-1], to_torch(labels)).backward()
    check(list(got), "weights").equals([w.detach() - 0.5 * w.grad for w in leaves])


@task("lsuv", points=0.5)
def test_rescaled_weights_match_the_worked_example_of_the_handout(student):
    scaled = student.lsuv(X, WEIGHTS)
    check(list(scaled), "weights").equals([WEIGHTS[0] / np.sqrt(2.75), WEIGHTS[1] / np.sqrt(20.25 / 2.75)])


@task("lsuv", points=1)
def test_every_layer_gets_the_variance_one_and_arguments_are_kept(student, rng):
    for activation in ACTIVATIONS:
        x, weights, _, _ = network(rng)
        scaled = student.lsuv.keeping_arguments(x, weights, activation=activation)
        for index, (new, old) in enumerate(zip(scaled, weights, strict=True)):
            check(new / new[0, 0], f"weights[{index}] by its first number").equals(old / old[0, 0], rtol=1e-6)
        variances = [z.var(correction=0) for z in signals_of(to_torch(x), [to_torch(w) for w in scaled], activation)]
        check(variances, f"the layers' variances for {activation}").equals([1.0, 1.0, 1.0])


@task("lsuv", points=0.5)
def test_lsuv_stays_in_float32_and_refuses_a_dead_layer(student, rng):
    x, (weight, *_), _, _ = network(rng, np.float32)
    (scaled,) = student.lsuv(x, [weight])
    check(scaled, "weights[0]").equals(weight / (to_torch(x) @ to_torch(weight).T).std(correction=0).item())
    student.lsuv.refuses(ValueError, x, [weight, np.zeros((2, 6), np.float32)])
