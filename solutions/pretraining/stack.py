"""Layer upon layer: a deep network, trained from below without labels, then given its labels.

A deep network of sigmoids from small random weights does not learn: its gradient is lost on the way down. In 2006 the
way round was found. Train a machine on the data; what its hidden units say becomes the data of the next machine; and so
on. Such a stack is a deep belief network. Its weights are a place from which backpropagation arrives.

References
----------
Hinton, Osindero, Teh (2006), A fast learning algorithm for deep belief nets.
Bengio, Lamblin, Popovici, Larochelle (2007), Greedy layer-wise training of deep networks.
"""

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array

from .rbm import rbm_hidden, train_rbm

Layers = list[tuple[Float[Array, "M D"], Float[Array, "M"]]]
"""Of each layer, from below: the weights, one row per unit, and the biases."""


def greedy_stack(
    x: Float[Array, "N D"], widths: list[int], rng: np.random.Generator, *, epochs: int, lr: float = 0.1
) -> Layers:
    """Train one restricted Boltzmann machine upon the other.

    The first one is trained by `train_rbm` on x, each further one on the hidden *probabilities* of the one below. All
    get the same `epochs` and `lr`, and each a generator of its own, so that one layer can be trained again without the
    others: its seed is drawn before the layer is trained, by ``rng.integers(2**32)``.

    Parameters
    ----------
    x : ndarray
    widths : list of int
        How many hidden units each layer has, from below.
    rng : numpy.random.Generator
    epochs : int
        Of each layer.
    lr : float

    Returns
    -------
    stack : list of (weight, bias)
        Of each layer the weights and the biases of its hidden units. Visible biases are not needed for going up.

    References
    ----------
    Hinton, Osindero, Teh (2006), section 4.

    Examples
    --------
    >>> stack = greedy_stack(np.eye(4), [3, 2], np.random.default_rng(0), epochs=1)
    >>> [(weight.shape, bias.shape) for weight, bias in stack]
    [((3, 4), (3,)), ((2, 3), (2,))]
    """
    ### BEGIN SOLUTION
    stack = []
    for width in widths:
        drawn = np.random.default_rng(rng.integers(2**32))
        weight, _, bias = train_rbm(x, width, drawn, epochs=epochs, lr=lr)
        stack.append((weight, bias))
        x = rbm_hidden(x, weight, bias)
    return stack
    ### END SOLUTION


def stack_to_classifier(stack: Layers, classes: int, rng: np.random.Generator) -> Layers:
    """Put a layer with one output per class upon a stack.

    Its weights are normal numbers with mean 0 and standard deviation 0.01, its biases 0, in the stack's dtype. The
    layers below are copies: what is trained later must not change the stack.

    Parameters
    ----------
    stack : list of (weight, bias)
        At least one layer.
    classes : int
    rng : numpy.random.Generator

    Returns
    -------
    params : list of (weight, bias)
        One layer more than `stack`.

    Examples
    --------
    >>> params = stack_to_classifier([(np.ones((3, 4)), np.ones(3))], 10, np.random.default_rng(0))
    >>> [(weight.shape, bias.shape) for weight, bias in params]
    [((3, 4), (3,)), ((10, 3), (10,))]
    """
    ### BEGIN SOLUTION
    top = stack[-1][0]
    weight = (0.01 * rng.normal(size=(classes, len(top)))).astype(top.dtype)
    return [(below.copy(), bias.copy()) for below, bias in stack] + [(weight, np.zeros(classes, top.dtype))]
    ### END SOLUTION
