"""Older ways to keep a network from learning its examples by heart.

    penalties            large weights cost something: the loss gets a term that grows with them
    max-norm             a unit's weights may not be longer than a bound
    noise, augmentation  no example is ever seen twice: it comes noisy, shifted or flipped
    early stopping       the network that was best on other examples is kept, not the last one

Biases are left alone: they do not make a function wiggle. What has one axis (biases, and the weights of a batch norm)
counts as a bias here; matrices and kernels have two or more.

References
----------
Krogh, Hertz (1992), A simple weight decay can improve generalization (the penalty and its gradient).
Bishop (1995), Training with noise is equivalent to Tikhonov regularization.
Prechelt (1998), Early stopping - but when?, section 2.
Srebro, Shraibman (2005), Rank, trace-norm and max-norm.
Simard, Steinkraus, Platt (2003), Best practices for convolutional neural networks, section 2.
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray as Array

Epoch = Callable[[list[Array]], tuple[list[Array], float]]


def l1_penalty(
    params: list[Float[Array, "..."]], *, strength: float
) -> tuple[Float[Array, ""], list[Float[Array, "..."]]]:
    """Charge every weight for its size: strength * sum |w|.

    Its gradient, strength * sign(w), pulls at small weights as hard as at large ones, so that many end close to zero.
    Steps along it jump over 0 and back; only a weight that is exactly 0 stays there: sign(0) = 0.

    Parameters
    ----------
    params : list of ndarray
        All parameters of a network. Those with one axis are biases and cost nothing.
    strength : float
        The penalty's share in the loss.

    Returns
    -------
    penalty : float
        What is added to the loss.
    gradients : list of ndarray
        What is added to the gradients: one array per parameter, of its shape and dtype.

    Examples
    --------
    >>> penalty, gradients = l1_penalty([np.array([[3.0, -4.0]]), np.array([6.0])], strength=0.25)
    >>> float(penalty), gradients
    (1.75, [array([[ 0.25, -0.25]]), array([0.])])
    """
    raise NotImplementedError("dropout_batchnorm.l1_penalty")


def l2_penalty(
    params: list[Float[Array, "..."]], *, strength: float
) -> tuple[Float[Array, ""], list[Float[Array, "..."]]]:
    """Charge every weight for its square: strength / 2 * sum w^2.

    Its gradient, strength * w, takes the same share of every weight in each step: weight decay.

    Parameters
    ----------
    params : list of ndarray
        All parameters of a network. Those with one axis are biases and cost nothing.
    strength : float
        The penalty's share in the loss.

    Returns
    -------
    penalty : float
        What is added to the loss.
    gradients : list of ndarray
        What is added to the gradients: one array per parameter, of its shape and dtype.

    Examples
    --------
    >>> penalty, gradients = l2_penalty([np.array([[3.0, -4.0]]), np.array([6.0])], strength=0.25)
    >>> float(penalty), gradients
    (3.125, [array([[ 0.75, -1.  ]]), array([0.])])
    """
    raise NotImplementedError("dropout_batchnorm.l2_penalty")


def soft_threshold(weight: Float[Array, "..."], *, amount: float) -> Float[Array, "..."]:
    """Bring every weight closer to 0 by an amount, and exactly to 0 where that is all of it.

    This is how L1 is trained where zeros are wanted: a step along the gradient of the loss alone, then this with
    `amount` the learning rate times the strength (iterative shrinkage). The result is the minimum over v of
    (v - weight)^2 / 2 + amount * |v|. As ``torch.nn.functional.softshrink``.

    Parameters
    ----------
    weight : ndarray
        Any shape.
    amount : float
        0 or more.

    Returns
    -------
    weight : ndarray
        A new array of the same shape and dtype.

    Raises
    ------
    ValueError
        If the amount is negative.

    References
    ----------
    Tibshirani (1996), Regression shrinkage and selection via the lasso, section 2.2.
    Daubechies, Defrise, De Mol (2004), An iterative thresholding algorithm for linear inverse problems with a sparsity
    constraint, section 1.

    Examples
    --------
    >>> soft_threshold(np.array([[3.0, -4.0, 0.25], [-0.5, 0.0, 1.0]]), amount=0.5)
    array([[ 2.5, -3.5,  0. ],
           [-0. ,  0. ,  0.5]])
    """
    raise NotImplementedError("dropout_batchnorm.soft_threshold")


def max_norm(weight: Float[Array, "..."], *, bound: float) -> Float[Array, "..."]:
    """Shorten the weights of every unit that are longer than a bound, as ``torch.renorm`` does along axis 0.

    A unit is one entry of axis 0: a row of a matrix (out, in), a filter of a convolution (F, C, KH, KW). Its length is
    the root of the sum of squares of all its weights. A longer one keeps its direction and gets the length `bound`;
    a shorter one stays as it is.

    Parameters
    ----------
    weight : ndarray
        Two axes or more.
    bound : float
        The largest length.

    Returns
    -------
    weight : ndarray
        A new array.

    Examples
    --------
    >>> max_norm(np.array([[3.0, 4.0], [0.6, 0.8], [0.0, 0.0]]), bound=2.5)
    array([[1.5, 2. ],
           [0.6, 0.8],
           [0. , 0. ]])
    """
    raise NotImplementedError("dropout_batchnorm.max_norm")


def gaussian_noise(
    x: Float[Array, "..."], rng: np.random.Generator, *, std: float = 0.1, training: bool = True
) -> Float[Array, "..."]:
    """Add normally distributed noise to the inputs while the network is being trained.

    Parameters
    ----------
    x : ndarray
        Inputs of any shape.
    rng : numpy.random.Generator
        Every number gets noise of its own from it.
    std : float
        The standard deviation of the noise, not negative.
    training : bool
        Whether the network is being trained. When it is tested, inputs stay as they are.

    Returns
    -------
    noisy : ndarray
        In the shape and dtype of `x`.

    Raises
    ------
    ValueError
        `std` is negative.

    Examples
    --------
    >>> gaussian_noise(np.array([1.0, 2.0]), np.random.default_rng(0), training=False)
    array([1., 2.])
    """
    raise NotImplementedError("dropout_batchnorm.gaussian_noise")


def shift_images(
    images: Float[Array, "N C H W"], rows: Int[Array, "N"], columns: Int[Array, "N"]
) -> Float[Array, "N C H W"]:
    """Move every image by its own whole number of pixels.

        out[n, c, i, j] = images[n, c, i - rows[n], j - columns[n]],   0 where that lies outside

    What leaves on one side is lost, and does not come in again on the other.

    Parameters
    ----------
    images : ndarray
    rows : ndarray
        How far down; up where negative.
    columns : ndarray
        How far to the right; to the left where negative.

    Returns
    -------
    shifted : ndarray
        A new array, in the dtype of `images`; of no images it is as empty as they are.

    Examples
    --------
    >>> images = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
    >>> shift_images(images, np.array([1]), np.array([0]))[0, 0]
    array([[0., 0.],
           [1., 2.]])
    >>> shift_images(images, np.array([0]), np.array([-1]))[0, 0]
    array([[2., 0.],
           [4., 0.]])
    """
    raise NotImplementedError("dropout_batchnorm.shift_images")


def flip_images(images: Float[Array, "N C H W"], chosen: Bool[Array, "N"]) -> Float[Array, "N C H W"]:
    """Mirror the chosen images: what was left is right.

    Parameters
    ----------
    images : ndarray
    chosen : ndarray
        Which of them.

    Returns
    -------
    flipped : ndarray
        A new array with all images, be it none; those not chosen are as they were.

    Examples
    --------
    >>> images = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
    >>> flip_images(images, np.array([True]))[0, 0]
    array([[2., 1.],
           [4., 3.]])
    """
    raise NotImplementedError("dropout_batchnorm.flip_images")


def augment(
    images: Float[Array, "N C H W"], rng: np.random.Generator, *, reach: int = 1, p: float = 0.5
) -> Float[Array, "N C H W"]:
    """Shift every image by a random number of pixels, and mirror some.

    Rows and columns of the shift are whole numbers from -`reach` to `reach`, both included, all equally likely. An
    image is mirrored with probability `p`. All choices are independent, for every image anew.

    Mirroring makes sense where the mirrored image means the same: for a cat, but not for a 7.

    Parameters
    ----------
    images : ndarray
    rng : numpy.random.Generator
    reach : int
        The largest shift, in pixels.
    p : float
        The probability of mirroring.

    Returns
    -------
    augmented : ndarray
        A new array of the same shape and dtype, also where there are no images.

    Examples
    --------
    >>> images = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
    >>> augment(images, np.random.default_rng(0), reach=0, p=1.0)[0, 0]
    array([[2., 1.],
           [4., 3.]])
    """
    raise NotImplementedError("dropout_batchnorm.augment")


def early_stopping(
    epoch: Epoch, params: list[Float[Array, "..."]], *, patience: int = 5, max_epochs: int = 100
) -> tuple[list[Float[Array, "..."]], int, list[float]]:
    """Train until the loss on other examples has not fallen for a while, and return to the best parameters.

    An epoch is better only if its validation loss is smaller than the smallest so far; not a number is never better.
    Training ends after `patience` epochs in succession that were not better, or after `max_epochs`.

    Parameters
    ----------
    epoch : callable
        Takes parameters, trains them for one epoch, and returns the new ones and their validation loss. It may change
        the arrays that it is given in place, and return the same ones: what is to be kept must be copied.
    params : list of ndarray
        Where training starts. They stay as they are.
    patience : int
        How many epochs without progress are endured; at least 1.
    max_epochs : int
        How many epochs there are at most.

    Returns
    -------
    params : list of ndarray
        Those after the best epoch.
    best : int
        The number of that epoch, counted from 1; 0 where none was better than infinity.
    losses : list of float
        The validation losses of all epochs that were run.

    Raises
    ------
    ValueError
        `patience` is less than 1.

    Examples
    --------
    >>> given = iter([0.9, 0.5, 0.7, 0.6, 0.1])
    >>> params, best, losses = early_stopping(lambda p: ([p[0] + 1], next(given)), [np.array([0.0])], patience=2)
    >>> params, best, losses
    ([array([2.])], 2, [0.9, 0.5, 0.7, 0.6])
    """
    raise NotImplementedError("dropout_batchnorm.early_stopping")
