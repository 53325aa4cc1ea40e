"""What a language model is trained on, and how it writes: the next token, hidden tokens, drawing from the best.

A text is its own answer sheet. Nobody has to label it: hide a part, and let the model guess.

References
----------
Devlin, Chang, Lee, Toutanova (2019), BERT: pre-training of deep bidirectional transformers.
Fan, Lewis, Dauphin (2018), Hierarchical neural story generation.
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray as Array


def next_token_targets(ids: Int[Array, "N T"]) -> tuple[Int[Array, "N S"], Int[Array, "N S"]]:
    """Return what a causal model reads, and what it has to guess at each place: the token that follows.

    Parameters
    ----------
    ids : ndarray of int, shape (N, T)

    Returns
    -------
    inputs : all tokens but the last, shape (N, T - 1)
    targets : the token after each of them

    Raises
    ------
    ValueError
        There are fewer than two tokens.

    Examples
    --------
    >>> next_token_targets(np.array([[5, 2, 7]]))
    (array([[5, 2]]), array([[2, 7]]))
    """
    raise NotImplementedError("transformers.next_token_targets")


def mask_tokens(
    ids: Int[Array, "N T"], rng: np.random.Generator, *, mask_id: int, vocab_size: int, p: float = 0.15
) -> tuple[Int[Array, "N T"], Int[Array, "N T"]]:
    """Choose each token with probability p as one to guess, and spoil most of those that are chosen.

    Of the chosen tokens, 80 % become `mask_id`, 10 % a random token, and 10 % stay as they are.

    Parameters
    ----------
    ids : ndarray of int, shape (N, T)
    rng : numpy.random.Generator
    mask_id : int
        A token of its own, `vocab_size` or larger.
    vocab_size : int
        V. Random tokens are 0 to V - 1, equally probable.
    p : float

    Returns
    -------
    inputs : the spoiled tokens
    targets : the true token where it was chosen, and -100 elsewhere

    References
    ----------
    Devlin and others (2019), section 3.1.

    Examples
    --------
    >>> mask_tokens(np.array([[3, 1, 2]]), np.random.default_rng(0), mask_id=9, vocab_size=9, p=0.0)
    (array([[3, 1, 2]]), array([[-100, -100, -100]]))
    """
    raise NotImplementedError("transformers.mask_tokens")


def top_k_sample(
    scores: Float[Array, "N V"], rng: np.random.Generator, *, k: int, temperature: float = 1.0
) -> Int[Array, "N"]:
    """Draw a token from the k best of each row, by the softmax of their scores divided by the temperature.

    Parameters
    ----------
    scores : ndarray, shape (N, V)
    rng : numpy.random.Generator
    k : int
    temperature : float

    Returns
    -------
    ndarray of int, shape (N,)

    Raises
    ------
    ValueError
        k is not between 1 and V, or the temperature is not positive.

    References
    ----------
    Fan, Lewis, Dauphin (2018), section 5.4.

    Examples
    --------
    >>> top_k_sample(np.array([[0.0, 3.0, 1.0], [9.0, 3.0, 1.0]]), np.random.default_rng(0), k=1)
    array([1, 0])
    """
    raise NotImplementedError("transformers.top_k_sample")
