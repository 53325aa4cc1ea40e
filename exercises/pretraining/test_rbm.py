"""What you can check at home: rbm.py against sums over all states of small machines."""

import itertools
import math

import numpy as np
import torch

from grader.judge import check, task, to_torch

NAMES = "dweight", "dbias_visible", "dbias_hidden"


def machine(rng, n=5, d=4, m=3):
    """Return examples, weights, visible and hidden biases."""
    return rng.uniform(size=(n, d)), rng.normal(size=(m, d)), rng.normal(size=d), rng.normal(size=m)


def states(size):
    """Return all states of so many units."""
    return torch.tensor(list(itertools.product((0.0, 1.0), repeat=size)), dtype=torch.float64)


def energies(v, weight, bias_visible, bias_hidden):
    """Return minus the logarithm of the sum over all hidden states."""
    h = states(len(bias_hidden))
    energy = -(v @ bias_visible)[:, None] - h @ bias_hidden - v @ weight.T @ h.T
    return -torch.logsumexp(-energy, dim=1)


@task("rbm_hidden", points=1)
def test_up_is_a_layer_of_sigmoids(student, rng):
    v, weight, _, bias = machine(rng)
    got = student.rbm_hidden.keeping_arguments(v, weight, bias)
    check(got).equals(torch.sigmoid(to_torch(v) @ to_torch(weight).T + to_torch(bias)))


@task("rbm_visible", points=1)
def test_down_is_a_layer_of_sigmoids(student, rng):
    _, weight, bias, _ = machine(rng)
    h = rng.uniform(size=(6, 3))
    got = student.rbm_visible.keeping_arguments(h, weight, bias)
    check(got).equals(torch.sigmoid(to_torch(h) @ to_torch(weight) + to_torch(bias)))


@task("free_energy", points=1)
def test_the_energy_sums_over_all_hidden_states(student, rng):
    v, weight, bias_visible, bias_hidden = machine(rng)
    for size in (1.0, 1e4):
        arguments = v, size * weight, bias_visible, bias_hidden
        check(student.free_energy.keeping_arguments(*arguments)).equals(energies(*map(to_torch, arguments)))


@task("contrastive_divergence", points=1)
def test_nothing_is_left_to_chance_where_the_biases_decide(student, rng):
    v, weight, _, bias = machine(rng)
    bias_visible = np.where(rng.permutation(4) < 2, -60.0, 60.0)
    after = np.tile((bias_visible > 0).astype(float), (5, 1))
    data, model = (torch.sigmoid(to_torch(x) @ to_torch(weight).T + to_torch(bias)).numpy() for x in (v, after))
    answer = student.contrastive_divergence.keeping_arguments(v, weight, bias_visible, bias, rng)
    expected = (model.T @ after - data.T @ v) / 5, (after - v).mean(axis=0), (model - data).mean(axis=0)
    for name, got, wanted in zip(NAMES, answer, expected, strict=True):
        check(got, name).equals(wanted)


@task("contrastive_divergence", points=0.5)
def test_draws_and_probabilities_stand_where_they_belong(student, rng):
    v, bias_visible, bias_hidden = rng.uniform(size=(40, 5)), rng.normal(size=5), rng.normal(size=3)
    answer = student.contrastive_divergence(v, np.zeros((3, 5)), bias_visible, bias_hidden, rng)
    counts = 40 * (np.asarray(answer[1]) + v.mean(axis=0))
    apart = np.abs(counts - counts.round()).max()
    check(answer[1], "dbias_visible").holds(apart < 1e-6, f"units that are {apart:.3g} away from 0 and 1")
    check(answer[2], "dbias_hidden").equals(np.zeros(3), atol=1e-12)
    p = 1 / (1 + np.exp(-bias_hidden))
    check(answer[0], "dweight").equals(np.outer(p, answer[1]), atol=1e-12)


@task("contrastive_divergence", points=0.5)
def test_after_many_steps_the_likelihood_has_this_gradient(student, rng):
    """Means of 2,000 draws: off by more than 0.075 with a probability below 1e-9."""
    v = np.tile(rng.integers(0, 2, size=(2, 4)).astype(float), (1000, 1))
    arrays = 1.2 * rng.normal(size=(3, 4)), rng.normal(size=4), rng.normal(size=3)
    leaves = [to_torch(array).requires_grad_() for array in arrays]
    answer = student.contrastive_divergence(v, *arrays, rng, k=30)
    (energies(to_torch(v), *leaves).mean() + torch.logsumexp(-energies(states(4), *leaves), dim=0)).backward()
    for name, got, leaf in zip(NAMES, answer, leaves, strict=True):
        far = float(np.abs(np.asarray(got) - leaf.grad.numpy()).max())
        check(got, name).holds(far < 0.075, f"{far:.3g} away from the gradient, where draws lead 0.075 at most")


@task("contrastive_divergence", points=0.5)
def test_hidden_units_are_drawn_from_the_generator(student, rng):
    """A hidden unit that is on in half of the cases switches all pixels: on or off together, not each for itself."""
    v = np.full((400, 2), 0.5)
    arguments = v, np.full((1, 2), 100.0), np.full(2, -50.0), np.full(1, -100.0)
    dweight, dvisible, _ = student.contrastive_divergence(*arguments, rng)
    on = float(np.asarray(dvisible)[0]) + 0.5
    check(dvisible, "dbias_visible").holds(0.3 < on < 0.7, f"pixels that are on in a share of {on:.3g}, not of 0.5")
    check(dweight, "dweight").equals(np.full((1, 2), on - 0.25), atol=1e-9)
    check(dvisible, "dbias_visible").equals(np.full(2, on - 0.5), atol=1e-9)
    again, other = (student.contrastive_divergence(*arguments, np.random.default_rng(seed))[1] for seed in (3, 4))
    check(other, "dbias_visible").holds(np.abs(again - other).max() > 1e-9, "another generator gives the same draws")


@task("train_rbm", points=0.5)
def test_first_weights_are_small_and_biases_zero(student, rng):
    weight, bias_visible, bias_hidden = student.train_rbm(rng.uniform(size=(7, 60)), 50, rng, epochs=0)
    spread = float(np.std(weight))
    check(weight, "weight").has_shape(50, 60)
    check(weight, "weight").holds(0.009 < spread < 0.011, f"a standard deviation of {spread:.3g}, not 0.01")
    check(bias_visible, "bias_visible").equals(np.zeros(60))
    check(bias_hidden, "bias_hidden").equals(np.zeros(50))


@task("train_rbm", points=1)
def test_biases_drift_as_rate_and_momentum_say(student, rng):
    """Of 20 seeds the ratio is between 0.98 and 1.02 in all; 0.92 to 1.08 is accepted."""
    pixels = rng.permutation(np.arange(60) % 2).astype(float)
    for momentum in (0.5, 0.0):
        _, bias, _ = student.train_rbm.keeping_arguments(
            np.tile(pixels, (150, 1)), 1, rng, epochs=2, lr=0.002, momentum=momentum
        )
        place, speed = 0.0, 0.0
        for _ in range(2 * math.ceil(150 / 32)):
            speed = momentum * speed + 0.002 / (1 + math.exp(place))
            place += speed
        ratio = float((np.asarray(bias) * (2 * pixels - 1)).mean()) / place
        check(bias, "bias_visible").holds(0.92 < ratio < 1.08, f"a drift of {ratio:.3g} times the right one")


@task("train_rbm", points=0.5)
def test_training_makes_patterns_likely(student, rng):
    """Of 20 seeds the gap is between 4.1 and 6.6 in all; 1 is asked for."""
    patterns = np.array([[1.0, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]])
    params = student.train_rbm(np.tile(patterns, (32, 1)), 4, rng, epochs=60, lr=0.2)
    strange = np.array([[1.0, 0, 1, 0, 1, 0], [0, 1, 0, 1, 0, 1], [1, 1, 0, 0, 1, 0]])
    likely, unlikely = (energies(to_torch(v), *map(to_torch, params)) for v in (patterns, strange))
    gap = float(unlikely.min() - likely.max())
    check(params[0], "weight").holds(gap > 1, f"a gap of {gap:.3g} between what was seen and what was not")
