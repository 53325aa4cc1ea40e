"""Two networks that translate: one reads a sentence, the other writes it in another language.

The encoder reads word after word; its last state is all that a plain decoder gets. The decoder begins with this state
and predicts word after word, each from the words before it. In training these are the right ones, whatever it would
have written itself (teacher forcing). With attention it looks back at all states of the encoder for every word.

Sentences are arrays of word numbers, one sentence per column, filled up to the same length with padding. A GRU's step
is ready-made here, with torch's weight layout, the blocks in the order r, z, n.

References
----------
Sutskever, Vinyals, Le (2014), Sequence to sequence learning with neural networks.
Cho and others (2014), Learning phrase representations using RNN encoder-decoder for statistical machine translation.
Luong, Pham, Manning (2015), Effective approaches to attention-based neural machine translation.
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray as Array

from .attention import attend_backward, attend_forward

Cache = Any
"""Whatever a backward function wants to find; nobody else reads it."""

Params = dict[str, Any]
"""Arrays by name: embedding, weight_ih, weight_hh, bias_ih, bias_hh; a decoder has weight_out and bias_out as well."""

GRU = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
"""A GRU's arrays, in the order of its functions' arguments."""


# Ready-made: `gru_step_forward` and `gru_step_backward`, which you have written yourself in the unit rnn.
def sigmoid(z: Float[Array, "..."]) -> Float[Array, "..."]:
    """Return 1 / (1 + exp(-z)), written so that no exponential can overflow. Ready-made."""
    return 0.5 * (1 + np.tanh(0.5 * z))


def gru_step_forward(
    x: Float[Array, "N D"],
    h: Float[Array, "N M"],
    weight_ih: Float[Array, "3*M D"],
    weight_hh: Float[Array, "3*M M"],
    bias_ih: Float[Array, "3*M"],
    bias_hh: Float[Array, "3*M"],
) -> tuple[Float[Array, "N M"], Cache]:
    """Take one step of a GRU.

    Parameters
    ----------
    x : ndarray
        The input of this step, one example per row, be it one row or none.
    h : ndarray
        The state before it.
    weight_ih, weight_hh, bias_ih, bias_hh : ndarray
        Blocks of M rows for r, z and n, as in `torch.nn.GRUCell`.

    Returns
    -------
    h_next : ndarray
        The state after it.
    cache : what `gru_step_backward` needs.
    """
    of_x, of_h = (np.split(part, 3, axis=1) for part in (x @ weight_ih.T + bias_ih, h @ weight_hh.T + bias_hh))
    r, z = sigmoid(of_x[0] + of_h[0]), sigmoid(of_x[1] + of_h[1])
    n = np.tanh(of_x[2] + r * of_h[2])
    return (1 - z) * n + z * h, (x, h, weight_ih, weight_hh, r, z, n, of_h[2])


def gru_step_backward(
    dh_next: Float[Array, "N M"], cache: Cache
) -> tuple[
    Float[Array, "N D"],
    Float[Array, "N M"],
    Float[Array, "3*M D"],
    Float[Array, "3*M M"],
    Float[Array, "3*M"],
    Float[Array, "3*M"],
]:
    """Return the gradients of one step of a GRU.

    Parameters
    ----------
    dh_next : ndarray
        Gradient of the loss with respect to `h_next`.
    cache : from `gru_step_forward`

    Returns
    -------
    dx, dh, dweight_ih, dweight_hh, dbias_ih, dbias_hh : ndarray
    """
    x, h, weight_ih, weight_hh, r, z, n, product = cache
    dn = dh_next * (1 - z) * (1 - n**2)
    dr, dz = dn * product * r * (1 - r), dh_next * (h - n) * z * (1 - z)
    of_x, of_h = np.concatenate([dr, dz, dn], axis=1), np.concatenate([dr, dz, dn * r], axis=1)
    dh = of_h @ weight_hh + dh_next * z
    return of_x @ weight_ih, dh, of_x.T @ x, of_h.T @ h, of_x.sum(axis=0), of_h.sum(axis=0)


# Here ends what is ready-made.


def gru_step(x: Float[Array, "N D"], h: Float[Array, "N M"], params: Params) -> tuple[Float[Array, "N M"], Cache]:
    """Take one step of a GRU with arrays by name; return the new state and a cache. Ready-made."""
    return gru_step_forward(x, h, *(params[name] for name in GRU))


def gru_step_gradients(
    dh_next: Float[Array, "N M"], cache: Cache
) -> tuple[Float[Array, "N D"], Float[Array, "N M"], Params]:
    """Return the gradients of a step with respect to x, h, and its four arrays by name. Ready-made."""
    dx, dh, *grads = gru_step_backward(dh_next, cache)
    return dx, dh, dict(zip(GRU, grads, strict=True))


def pad_sequences(sequences: list[list[int]], *, padding: int = 0) -> tuple[Int[Array, "T N"], Int[Array, "N"]]:
    """Put sentences of different lengths into one array, one sentence per column.

    Parameters
    ----------
    sequences : list of lists of int
        At least one; any of them may be empty.
    padding : int
        What stands below a sentence, down to the length of the longest.

    Returns
    -------
    ids : ndarray of int64
        Word numbers; time comes first.
    lengths : ndarray of int64
        How many words each sentence has.

    References
    ----------
    `torch.nn.utils.rnn.pad_sequence`.

    Examples
    --------
    >>> ids, lengths = pad_sequences([[5, 6, 7], [8]])
    >>> ids
    array([[5, 8],
           [6, 0],
           [7, 0]])
    >>> lengths
    array([3, 1])
    """
    raise NotImplementedError("seq2seq.pad_sequences")


def encode_forward(
    ids: Int[Array, "T N"], lengths: Int[Array, "N"], params: Params
) -> tuple[Float[Array, "T N M"], Float[Array, "N M"], Cache]:
    """Read sentences with a GRU, from a state of zeros, each up to its own length.

    Parameters
    ----------
    ids : ndarray of int
        Word numbers: rows of ``params["embedding"]``.
    lengths : ndarray of int
        How many words each sentence has; below them is padding.
    params : dict
        ``embedding`` (V, E), ``weight_ih`` (3M, E), ``weight_hh`` (3M, M), ``bias_ih`` and ``bias_hh`` (3M).

    Returns
    -------
    states : ndarray
        The state after each word, and 0 at the padding.
    last : ndarray
        The state after the last word of each sentence; the padding leaves it as it is.
    cache : what `encode_backward` needs.

    References
    ----------
    Cho and others (2014), section 2.2; `torch.nn.GRU` on packed sequences.

    Examples
    --------
    Words are 0 or 1. A GRU whose gates are half open goes half of the way to its candidate, tanh of the word.

    >>> params = {"embedding": np.array([[0.0], [1.0]]), "weight_ih": np.array([[0.0], [0.0], [1.0]])}
    >>> params |= {"weight_hh": np.zeros((3, 1)), "bias_ih": np.zeros(3), "bias_hh": np.zeros(3)}
    >>> states, last, _ = encode_forward(np.array([[1, 1], [0, 0]]), np.array([2, 1]), params)
    >>> states[:, :, 0].round(2), last[:, 0].round(2)
    (array([[0.38, 0.38],
           [0.19, 0.  ]]), array([0.19, 0.38]))
    """
    raise NotImplementedError("seq2seq.encode_forward")


def encode_backward(dstates: Float[Array, "T N M"], dlast: Float[Array, "N M"], cache: Cache) -> Params:
    """Return the gradients of the encoder's arrays.

    Parameters
    ----------
    dstates : ndarray
        Gradient of the loss with respect to `states`.
    dlast : ndarray
        Gradient with respect to `last`.
    cache : from `encode_forward`

    Returns
    -------
    grads : dict
        One array for each of the params' five, by the same names. Padding adds nothing to any of them.

    References
    ----------
    Werbos (1990), Backpropagation through time: what it does and how to do it.

    Examples
    --------
    >>> params = {"embedding": np.array([[0.0], [1.0]]), "weight_ih": np.array([[0.0], [0.0], [1.0]])}
    >>> params |= {"weight_hh": np.zeros((3, 1)), "bias_ih": np.zeros(3), "bias_hh": np.zeros(3)}
    >>> *_, cache = encode_forward(np.array([[1, 1], [0, 0]]), np.array([2, 1]), params)
    >>> encode_backward(np.zeros((2, 2, 1)), np.array([[1.0], [0.0]]), cache)["embedding"].round(3)
    array([[0.5 ],
           [0.105]])
    """
    raise NotImplementedError("seq2seq.encode_backward")


def decode_forward(
    last: Float[Array, "N M"],
    states: Float[Array, "T N M"],
    mask: Bool[Array, "T N"],
    targets: Int[Array, "Q N"],
    params: Params,
    *,
    start: int = 1,
    attention: bool = True,
) -> tuple[Float[Array, "Q N V"], Float[Array, "N M"], Cache]:
    """Score every next word of the translations, each from the right words before it (teacher forcing).

    At step q a GRU reads the embedded word ``targets[q - 1]``, at the first step the word `start`. From its new state h

        scores = concat(h, context) @ weight_out.T + bias_out        context: what h finds among the encoder's states

    Without attention the scores are h @ weight_out.T + bias_out.

    Parameters
    ----------
    last : ndarray
        The state that the decoder begins with: the encoder's last one.
    states : ndarray
        The encoder's states, which attention looks at.
    mask : ndarray of bool
        True where a state belongs to a word.
    targets : ndarray of int
        The right words.
    params : dict
        As the encoder's, and ``weight_out`` (V, 2M), without attention (V, M), and ``bias_out`` (V).
    start : int
        The word that stands before the first one.
    attention : bool

    Returns
    -------
    scores : ndarray
        At step q those of the word that should be ``targets[q]``.
    h_n : ndarray
        The decoder's last state.
    cache : what `decode_backward` needs.

    References
    ----------
    Sutskever and others (2014); Luong and others (2015), section 3, without its layer in between.

    Examples
    --------
    The second step reads the first target. What the second target is plays no part.

    >>> params = {"embedding": np.array([[0.0], [1.0]]), "weight_ih": np.array([[0.0], [0.0], [1.0]])}
    >>> params |= {"weight_hh": np.zeros((3, 1)), "bias_ih": np.zeros(3), "bias_hh": np.zeros(3)}
    >>> params |= {"weight_out": np.array([[1.0, 0.0], [0.0, 1.0]]), "bias_out": np.zeros(2)}
    >>> states, mask = np.full((2, 1, 1), 3.0), np.ones((2, 1), dtype=bool)
    >>> scores, _, _ = decode_forward(np.array([[1.0]]), states, mask, np.array([[0], [1]]), params)
    >>> scores[:, 0].round(2)
    array([[0.88, 3.  ],
           [0.44, 3.  ]])
    """
    raise NotImplementedError("seq2seq.decode_forward")


def decode_backward(
    dscores: Float[Array, "Q N V"], cache: Cache
) -> tuple[Float[Array, "N M"], Float[Array, "T N M"], Params]:
    """Return the gradients of the decoder.

    Parameters
    ----------
    dscores : ndarray
        Gradient of the loss with respect to `scores`.
    cache : from `decode_forward`

    Returns
    -------
    dlast : ndarray
        With respect to the state that the decoder began with.
    dstates : ndarray
        With respect to the encoder's states; zeros without attention.
    grads : dict
        One array for each of the params' seven, by the same names.

    References
    ----------
    Luong and others (2015), section 3, differentiated.

    Examples
    --------
    >>> params = {"embedding": np.array([[0.0], [1.0]]), "weight_ih": np.array([[0.0], [0.0], [1.0]])}
    >>> params |= {"weight_hh": np.zeros((3, 1)), "bias_ih": np.zeros(3), "bias_hh": np.zeros(3)}
    >>> params |= {"weight_out": np.array([[1.0, 0.0], [0.0, 1.0]]), "bias_out": np.zeros(2)}
    >>> states, mask = np.full((2, 1, 1), 3.0), np.ones((2, 1), dtype=bool)
    >>> *_, cache = decode_forward(np.array([[1.0]]), states, mask, np.array([[0], [1]]), params)
    >>> dlast, dstates, grads = decode_backward(np.ones((2, 1, 2)), cache)
    >>> dlast, dstates.ravel().round(2), grads["bias_out"]
    (array([[0.75]]), array([1., 1.]), array([2., 2.]))
    """
    raise NotImplementedError("seq2seq.decode_backward")
