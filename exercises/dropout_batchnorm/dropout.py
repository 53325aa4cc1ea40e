"""Dropout: while a network learns, half of its units are struck out, other ones in every step.

A unit that cannot rely on any other one has to be useful by itself. Whoever trains with dropout trains, step by step,
another one of the many thinned networks that share their weights; whoever tests uses all units at once, which comes
close to asking all of these networks for their mean.

    training:  m_i = 1 with probability 1 - p, else 0          out_i = m_i * x_i / (1 - p)
    testing:   out_i = x_i

Srivastava and colleagues multiply the weights by 1 - p when they test. Dividing by 1 - p while training ("inverted
dropout", what torch does) keeps the mean as well, E[out_i] = x_i, and leaves nothing to be done at test time.

References
----------
Hinton, Srivastava, Krizhevsky, Sutskever, Salakhutdinov (2012), Improving neural networks by preventing co-adaptation
    of feature detectors.
Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov (2014), Dropout: a simple way to prevent neural networks from
    overfitting, sections 4 and 10.
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array

Cache = object


def dropout_forward(
    x: Float[Array, "..."], rng: np.random.Generator, *, p: float = 0.5, training: bool = True
) -> tuple[Float[Array, "..."], Cache]:
    """Strike out every number with probability `p`, and make up for it with the rest.

        out_i = m_i * x_i / (1 - p)          m_i = 1 with probability 1 - p, else 0

    Every number of every example is decided on by itself. When the network is tested, every number stays as it is.

    Parameters
    ----------
    x : ndarray
        Activations of any shape.
    rng : numpy.random.Generator
        Where the mask comes from.
    p : float
        The probability that a number is struck out, from 0 (none is) to 1 (all are).
    training : bool
        Whether the network is being trained.

    Returns
    -------
    out : ndarray
        In the shape and dtype of `x`.
    cache : object
        Whatever `dropout_backward` needs.

    Raises
    ------
    ValueError
        `p` is no probability, in testing as in training.

    Examples
    --------
    >>> x, rng = np.array([1.0, 2.0, 3.0]), np.random.default_rng(0)
    >>> dropout_forward(x, rng, p=0.0)[0]
    array([1., 2., 3.])
    >>> dropout_forward(x, rng, p=1.0)[0]
    array([0., 0., 0.])
    >>> dropout_forward(x, rng, p=0.9, training=False)[0]
    array([1., 2., 3.])
    """
    raise NotImplementedError("dropout_batchnorm.dropout_forward")


def dropout_backward(dout: Float[Array, "..."], cache: Cache) -> Float[Array, "..."]:
    """Send the gradient back through the numbers that were kept.

        dx_i = dout_i * m_i / (1 - p)

    The mask is that of the forward pass: what was struck out had no influence, and gets no gradient.

    Parameters
    ----------
    dout : ndarray
        The gradient of the loss with respect to `out`.
    cache : object
        From `dropout_forward`.

    Returns
    -------
    dx : ndarray
        The gradient with respect to `x`.

    Examples
    --------
    >>> _, cache = dropout_forward(np.ones(3), np.random.default_rng(0), p=0.0)
    >>> dropout_backward(np.array([1.0, 2.0, 3.0]), cache)
    array([1., 2., 3.])
    """
    raise NotImplementedError("dropout_batchnorm.dropout_backward")
