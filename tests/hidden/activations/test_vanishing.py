"""vanishing.py against the same network in torch, and the factor against its definition.

Requires the named activation behind every layer, the last one included; all gradients in the order of the layers; their
norms, and the factor between neighbouring layers; inputs of ten thousand, one example, none; any layout in memory; two
forward passes before one backward pass; the dtype of the input; arguments unchanged.

Catches: an activation that is ignored or left out behind the last layer, gradients in backward order, means over the
batch, a backward pass that skips the slopes, squared norms and other norms, a factor upside down, a root of the wrong
degree, a mean of ratios.

Expected numbers: torch.autograd in float64, and once in float32. The bound of a quarter per layer is a theorem for
orthogonal weights, not a measurement. Norms for the factor are made from a known one.
"""

from dataclasses import replace
from itertools import product

import hypothesis.strategies as st
import numpy as np
import torch
import torch.nn.functional as F
from hypothesis import given

from grader.judge import check, layouts, task, to_torch
from tests.hidden.activations.strategies import deep_cases

REFERENCES = {"sigmoid": torch.sigmoid, "relu": torch.relu, "gelu": F.gelu}
OTHERS = ("step", "tanh", "gaussian", "leaky_relu", "elu", "silu", "sine")


def parts_of(case):
    """Return the case as it is, with inputs of about ten thousand, with one example, and with none."""
    few = [replace(case, x=case.x[:examples], dout=case.dout[:examples]) for examples in (1, 0)]
    return case, replace(case, x=1e4 * case.x), *few


def network(x, weights, activation):
    """Run torch's version of the network."""
    for weight in weights:
        x = REFERENCES[activation](F.linear(x, weight))
    return x


def gradients(case, activation):
    """Return torch's gradients with respect to the input and to each layer's weights."""
    x, *weights = to_torch(case.x, *case.weights, grad=True)
    return torch.autograd.grad(network(x, weights, activation), [x, *weights], to_torch(case.dout))


def check_gradients(student, case, activation, method="keeping_arguments"):
    """Check all gradients of a case against autograd."""
    _, cache = student.deep_forward(case.x, case.weights, activation=activation)
    dx, dweights = getattr(student.deep_backward, method)(case.dout, cache)
    expected = gradients(case, activation)
    check(dx, "dx").equals(expected[0])
    check(dweights, "dweights").equals(list(expected[1:]))


@task("deep_forward", points=0.5, about="very large inputs, one example, none, several activations", examples=3)
@given(case=deep_cases())
def test_deep_network_agrees_with_torch_for_several_activations(student, case):
    for name, part in product(REFERENCES, parts_of(case)):
        out, _ = student.deep_forward.keeping_arguments(part.x, part.weights, activation=name)
        check(out).equals(network(to_torch(part.x), to_torch(*part.weights), name))


@task("deep_forward", points=0.5, about="float32 through every activation of the table", examples=3)
@given(case=deep_cases())
def test_deep_network_keeps_float32_through_every_activation(student, case):
    x, *weights = (array.astype(np.float32) for array in (case.x, *case.weights))
    for name in REFERENCES:
        out, _ = student.deep_forward(x, weights, activation=name)
        check(out).equals(network(to_torch(x), to_torch(*weights), name))
    for name in OTHERS:
        check(student.deep_forward(x, weights, activation=name)[0], f"the result for {name}").has_dtype("float32")


@task("deep_forward", points=0.5, about="other layouts in memory, new answers", examples=3)
@given(case=deep_cases())
def test_deep_network_takes_any_layout_in_memory(student, case):
    for x, *weights in layouts(case.x, *case.weights):
        check(student.deep_forward.returning_new_arrays(x, weights)[0]).equals(
            network(to_torch(x), to_torch(*weights), "sigmoid")
        )


@task("deep_backward", points=0.5, about="very large inputs, one example, none, several activations", examples=3)
@given(case=deep_cases())
def test_gradients_of_all_layers_agree_with_torch_for_several_activations(student, case):
    for name, part in product(REFERENCES, parts_of(case)):
        check_gradients(student, part, name)


@task("deep_backward", points=0.5, about="other layouts in memory, new answers", examples=3)
@given(case=deep_cases())
def test_gradients_of_all_layers_take_any_layout_in_memory(student, case):
    for x, dout, *weights in layouts(case.x, case.dout, *case.weights):
        arranged = replace(case, x=x, dout=dout, weights=weights)
        check_gradients(student, arranged, "gelu", "returning_new_arrays")


@task(
    "deep_backward",
    points=0.5,
    about="two forward passes with different activations before the backward pass",
    examples=3,
)
@given(case=deep_cases())
def test_gradients_of_all_layers_belong_to_the_cache_they_were_given(student, case):
    _, cache = student.deep_forward(case.x, case.weights, activation="relu")
    student.deep_forward(2 * case.x, [weight + 1 for weight in case.weights], activation="sigmoid")
    dx, dweights = student.deep_backward(case.dout, cache)
    expected = gradients(case, "relu")
    check(dx, "dx").equals(expected[0])
    check(dweights, "dweights").equals(list(expected[1:]))


@task("gradient_norms", points=0.5, about="very large inputs, one example, none, several activations", examples=3)
@given(case=deep_cases())
def test_norms_agree_with_torch_for_several_activations(student, case):
    for name, part in product(REFERENCES, parts_of(case)):
        norms = student.gradient_norms.keeping_arguments(part.x, part.weights, part.dout, activation=name)
        check(norms, "norms").equals(torch.stack([gradient.norm() for gradient in gradients(part, name)[1:]]))


@task("gradient_norms", points=0.5, about="other layouts in memory, new answers", examples=3)
@given(case=deep_cases())
def test_norms_take_any_layout_in_memory(student, case):
    expected = torch.stack([gradient.norm() for gradient in gradients(case, "relu")[1:]])
    for x, dout, *weights in layouts(case.x, case.dout, *case.weights):
        check(student.gradient_norms.returning_new_arrays(x, weights, dout, activation="relu"), "norms").equals(
            expected
        )


@task("gradient_norms", points=0.5, about="nine layers of sigmoids")
def test_a_gradient_through_sigmoids_shrinks_to_a_quarter_or_less_in_every_layer(student, rng):
    weights = [np.linalg.qr(rng.normal(size=(6, 6)))[0] for _ in range(9)]  # orthogonal: they keep every length
    x, dout = rng.normal(size=(4, 6)), rng.normal(size=(4, 6))
    norms = student.gradient_norms(x, weights, dout)
    leaves = to_torch(*weights, grad=True)
    slopes = torch.autograd.grad(network(to_torch(x), leaves, "sigmoid"), leaves, to_torch(dout))
    bound = 0.25 ** len(weights) * np.linalg.norm(dout) * np.linalg.norm(x)
    assert 0 < slopes[0].norm() <= bound  # a theorem: of torch's own gradient
    check(norms, "norms").equals(torch.stack([slope.norm() for slope in slopes]), rtol=1e-6, atol=0.0)


@task("factor_per_layer", points=0.5, about="two layers to nine, factors above and below 1", examples=5)
@given(factor=st.floats(0.05, 3.0), layers=st.integers(2, 9), seed=st.integers(0, 2**32 - 1))
def test_factor_leads_from_the_last_layer_to_the_first(student, factor, layers, seed):
    rng = np.random.default_rng(seed)
    last, wiggle = rng.uniform(0.5, 4), np.array([1.0, *rng.uniform(0.5, 2, size=layers - 2), 1.0])
    norms = last * factor ** np.arange(layers - 1, -1, -1) * wiggle
    check(float(student.factor_per_layer.keeping_arguments(norms)), "factor").equals(factor)


@task("factor_per_layer", points=0.5, about="too few layers")
def test_factor_refuses_too_few_norms(student, rng):
    norms = rng.uniform(1, 2, size=2)
    check(float(student.factor_per_layer(norms)), "factor").equals(float(norms[0] / norms[1]))
    student.factor_per_layer.refuses(ValueError, norms[:0])
    student.factor_per_layer.refuses(ValueError, norms[:1])


@task("factor_per_layer", points=0.5, about="other layouts in memory, new answers")
def test_factor_takes_any_layout_in_memory(student, rng):
    norms = np.array([0.5 * 1.7**4, *rng.uniform(1, 2, size=3), 0.5])
    for given_norms in layouts(norms):
        check(float(student.factor_per_layer.returning_new_arrays(given_norms)), "factor").equals(1.7)
