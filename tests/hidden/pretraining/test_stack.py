"""Stacks of machines, replayed by the student's own machine.

Requires: every layer trained by `train_rbm` on the probabilities of the layer below, with a generator from a drawn seed
each, the same epochs and rate; a layer of small weights upon copies of the stack.

Catches: layers that are trained on the inputs again, or on draws, a generator that begins again, visible biases in the
place of hidden ones, rates that are lost, tops that are zero or large, layers that are shared.

Expected numbers: the student's `train_rbm` (the reference where it is wrong), one layer after the other.
"""

from itertools import pairwise

import numpy as np
import torch

from grader.judge import check, layouts, task, to_torch


def replayed(student, x, widths, rng, **options):
    """Return what one machine after the other makes of x."""
    layers = []
    for width in widths:
        weight, _, bias = student.train_rbm(x, width, np.random.default_rng(rng.integers(2**32)), **options)
        layers.append((weight, bias))
        x = torch.sigmoid(to_torch(x) @ to_torch(weight).T + to_torch(bias)).numpy()
    return layers


def check_drawn(weight):
    """Check that a weight is a drawn and trained one: machines that return nothing agree with their stack, too."""
    spread = float(np.std(weight))
    check(weight, "the weights").holds(1e-3 < spread < 10, f"a spread of {spread:.3g}")


def compare(stack, expected):
    check(stack, "the stack").holds(len(stack) == len(expected), f"{len(stack)} layers, not {len(expected)}")
    for number, (layer, wanted) in enumerate(zip(stack, expected, strict=True), start=1):
        check(layer[0], f"the weight of layer {number}").equals(wanted[0], atol=1e-9)
        check(layer[1], f"the bias of layer {number}").equals(wanted[1], atol=1e-9)
        check_drawn(layer[0])


@task("greedy_stack", points=2, about="every layer, other rates, nothing changed in place")
def test_every_layer_is_trained_on_the_probabilities_of_the_one_below(student, rng):
    for widths, options in (
        ([6], {"epochs": 2}),
        ([5, 4], {"epochs": 3}),
        ([6, 6, 3], {"epochs": 2, "lr": 0.7}),
    ):
        x, seed = rng.uniform(size=(40, 6)), int(rng.integers(2**32))
        stack = student.greedy_stack.keeping_arguments(x, widths, np.random.default_rng(seed), **options)
        compare(stack, replayed(student, x, widths, np.random.default_rng(seed), **options))


@task("greedy_stack", points=0.5, about="float32, arrays in another memory layout")
def test_memory_and_dtype_of_a_stack(student, rng):
    x, seed = rng.uniform(size=(12, 4)).astype(np.float32), int(rng.integers(2**32))
    expected = replayed(student, x, [3, 2], np.random.default_rng(seed), epochs=1)
    for array in layouts(x):
        stack = student.greedy_stack(array, [3, 2], np.random.default_rng(seed), epochs=1)
        for number, (layer, wanted) in enumerate(zip(stack, expected, strict=True), start=1):
            check(layer[0], f"the weight of layer {number}").equals(wanted[0], atol=1e-5)
            check(layer[1], f"the bias of layer {number}").equals(wanted[1], atol=1e-5)
            check_drawn(layer[0])


def drawn(rng, sizes, dtype=np.float64):
    return [
        (rng.normal(size=(out, count)).astype(dtype), rng.normal(size=out).astype(dtype))
        for count, out in pairwise(sizes)
    ]


@task("stack_to_classifier", points=1, about="layers below and above, float32")
def test_a_layer_of_small_weights_is_put_upon_the_stack(student, rng):
    for sizes, dtype in (((7, 5, 40), np.float64), ((6, 80), np.float32)):
        stack = drawn(rng, sizes, dtype)
        params = student.stack_to_classifier(stack, 30, rng)
        compare(params[:-1], stack)
        weight, bias = params[-1]
        check(weight, "the last weight").has_shape(30, sizes[-1])
        check(weight, "the last weight").has_dtype(np.dtype(dtype).name)
        check(bias, "the last bias").equals(np.zeros(30, dtype))
        mean, spread = float(weight.mean()), float(weight.std())
        check(weight, "the last weight").holds(abs(mean) < 0.0025, f"a mean of {mean:.3g}, not 0")
        check(weight, "the last weight").holds(0.0085 < spread < 0.0115, f"a deviation of {spread:.3g}, not 0.01")
        fourth = float((weight.astype(float) ** 4).mean() / (weight.astype(float) ** 2).mean() ** 2)
        check(weight, "the last weight").holds(
            2.1 < fourth < 4.6, f"a fourth moment of {fourth:.3g}, not 3: not normal"
        )


@task("stack_to_classifier", points=1, about="copies, the generator, nothing changed in place")
def test_layers_are_copies_and_the_top_comes_from_the_generator(student, rng):
    stack, seed = drawn(rng, (4, 3, 5)), int(rng.integers(2**32))
    first, again, other = (
        student.stack_to_classifier.returning_new_arrays(stack, 6, np.random.default_rng(s))
        for s in (seed, seed, seed + 1)
    )
    compare(first[:-1], stack)
    check(again[-1][0], "the last weight of the same generator").equals(first[-1][0], rtol=0.0, atol=0.0)
    apart = np.abs(first[-1][0] - other[-1][0]).max()
    check(other[-1][0], "the last weight").holds(apart > 1e-9, "another generator gives the same weights")
    compare(student.stack_to_classifier.keeping_arguments(stack, 6, np.random.default_rng(seed))[:-1], stack)
