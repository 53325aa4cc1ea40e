"""GloVe: word vectors from counts of who stands near whom.

Skip-gram walks through the text again and again. GloVe (global vectors) walks through it once, and counts: X[i, j] says
how often word j stands near word i, a neighbour at distance d counting 1/d. Then it fits vectors and biases to the
logarithms of the counts, by weighted least squares:

    J = sum over i, j of  f(X[i, j]) (w_i . u_j + b_i + c_j - log X[i, j])^2

    f(x) = (x / x_max)^alpha where x < x_max, and 1 elsewhere

Here w_i is a row of `w`, u_j a row of `w_context` (the paper's w with a tilde), b and c the two biases. Pairs that
never occur have f(0) = 0: they are left out, and so is the logarithm of 0.

References
----------
Pennington, Socher, Manning (2014), GloVe: global vectors for word representation, equations 8 and 9.
Duchi, Hazan, Singer (2011), Adaptive subgradient methods for online learning and stochastic optimization.
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray as Array


def cooccurrence_counts(sentences: list[Int[Array, "T"]], vocab_size: int, *, window: int = 10) -> Float[Array, "V V"]:
    """Count how often words stand near each other, the nearer the more.

        X[i, j] = sum over all pairs of places p, q of one sentence with |p - q| <= window,
                  word i at p and word j at q,  of  1 / |p - q|

    Parameters
    ----------
    sentences : list of ndarray of int
        The words of every sentence, by their index.
    vocab_size : int
        V, the number of words.
    window : int
        How far words may be apart.

    Returns
    -------
    counts : ndarray of float64
        Symmetric, for each pair of places is looked at from both sides.

    References
    ----------
    Pennington, Socher, Manning (2014), section 4.2.

    Examples
    --------
    >>> cooccurrence_counts([np.array([0, 1, 2])], 3)
    array([[0. , 1. , 0.5],
           [1. , 0. , 1. ],
           [0.5, 1. , 0. ]])
    """
    raise NotImplementedError("embeddings.cooccurrence_counts")


def glove_weighting(counts: Float[Array, "..."], *, x_max: float = 100.0, alpha: float = 0.75) -> Float[Array, "..."]:
    """Weight a pair by its count: rare pairs are unreliable, and frequent ones should not rule.

        f(x) = (x / x_max)^alpha where x < x_max, and 1 elsewhere

    Parameters
    ----------
    counts : ndarray
    x_max : float
        From this count on, more does not weigh more.
    alpha : float
        Positive, so that f(0) = 0.

    Returns
    -------
    weights : ndarray
        Between 0 and 1, in the dtype of `counts`.

    References
    ----------
    Pennington, Socher, Manning (2014), equation 9.

    Examples
    --------
    >>> glove_weighting(np.array([0.0, 6.25, 100.0, 300.0]))
    array([0.   , 0.125, 1.   , 1.   ])
    """
    raise NotImplementedError("embeddings.glove_weighting")


def glove_loss(
    counts: Float[Array, "V V"],
    w: Float[Array, "V E"],
    w_context: Float[Array, "V E"],
    b: Float[Array, "V"],
    b_context: Float[Array, "V"],
    *,
    x_max: float = 100.0,
    alpha: float = 0.75,
) -> tuple[Float[Array, ""], Float[Array, "V E"], Float[Array, "V E"], Float[Array, "V"], Float[Array, "V"]]:
    """Compute GloVe's loss and its gradients.

    With the errors e[i, j] = w_i . u_j + b_i + c_j - log X[i, j] and g[i, j] = 2 f(X[i, j]) e[i, j],

        J = sum over i, j of  f(X[i, j]) e[i, j]^2
        dw_i = sum over j of  g[i, j] u_j          du_j = sum over i of  g[i, j] w_i
        db_i = sum over j of  g[i, j]              dc_j = sum over i of  g[i, j]

    Parameters
    ----------
    counts : ndarray
        X, from `cooccurrence_counts`; it may hold zeros.
    w, w_context : ndarray
        The vectors w and u of all words.
    b, b_context : ndarray
        The biases b and c of all words.
    x_max, alpha : float
        As in `glove_weighting`.

    Returns
    -------
    loss : float
        J as in the paper: a sum, without the factor 1/2 that some programs have.
    dw, dw_context, db, db_context : ndarray
        In the shapes of the four arguments.

    References
    ----------
    Pennington, Socher, Manning (2014), equation 8.

    Examples
    --------
    The pair (0, 0) never occurs; the errors of the others are 1, 6 and 1.

    >>> counts, w, w_context = np.array([[0.0, 1.0], [1.0, 1.0]]), np.array([[1.0], [2.0]]), np.array([[3.0], [1.0]])
    >>> b, b_context = np.array([1.0, 0.0]), np.array([0.0, -1.0])
    >>> loss, *_, db, db_context = glove_loss(counts, w, w_context, b, b_context, x_max=1)
    >>> float(loss), db, db_context
    (38.0, array([ 2., 14.]), array([12.,  4.]))
    """
    raise NotImplementedError("embeddings.glove_loss")


def adagrad_step(
    params: list[Array], gradients: list[Array], squares: list[Array], *, lr: float
) -> tuple[list[Array], list[Array]]:
    """Take a step of AdaGrad: each number has its own learning rate, which falls as gradients add up. Ready-made.

        squares + gradient^2          param - lr * gradient / sqrt(squares)

    The squares begin at 1, as in GloVe's program. (Duchi, Hazan, Singer, 2011.)
    """
    squares = [square + gradient**2 for square, gradient in zip(squares, gradients, strict=True)]
    moved = [p - lr * g / np.sqrt(s) for p, g, s in zip(params, gradients, squares, strict=True)]
    return moved, squares


def train_glove(
    counts: Float[Array, "V V"],
    size: int,
    rng: np.random.Generator,
    *,
    steps: int = 300,
    lr: float = 0.2,
    x_max: float = 100.0,
) -> Float[Array, "V E"]:
    """Fit vectors of `size` numbers to counts by AdaGrad; return w + u, as the paper does. Ready-made.

    All pairs take part in each step: V words have V^2 of them, which is few where V is small. The paper draws single
    pairs instead, with a learning rate of 0.05.
    """
    words, width = len(counts), 0.5 / size
    params = [*rng.uniform(-width, width, (2, words, size)), np.zeros(words), np.zeros(words)]
    squares = [np.ones_like(param) for param in params]
    for _ in range(steps):
        _, *gradients = glove_loss(counts, *params, x_max=x_max)
        params, squares = adagrad_step(params, gradients, squares, lr=lr)
    return params[0] + params[1]
