"""Training recurrent networks, and letting them write.

A model is a recurrent cell and a linear layer that makes scores of every state:

    x  ->  cell  ->  states  ->  scores = states @ weight_out.T + bias_out

Its parameters are a dict with the cell's four arrays under torch's names, and ``weight_out`` (C, M), ``bias_out`` (C).
The loss is the mean cross-entropy over all steps that have a target. Over many steps gradients sometimes explode, and
one such step would ruin all that was learned: so their common length is limited before every step.

A character model is trained to say which character comes next. Fed with its own answers, it writes.

References
----------
Pascanu, Mikolov, Bengio (2013), On the difficulty of training recurrent neural networks, section 3.2, algorithm 1.
Jelinek, Mercer, Bahl, Baker (1977), Perplexity: a measure of the difficulty of speech recognition tasks.
Ackley, Hinton, Sejnowski (1985), A learning algorithm for Boltzmann machines (the temperature).
Karpathy (2015), The unreasonable effectiveness of recurrent neural networks ("hell" becomes "hello").
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

from typing import Any

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray as Array

from .gru import gru_backward, gru_forward
from .lstm import lstm_backward, lstm_forward
from .vanilla import rnn_backward, rnn_forward

Cache = Any
"""Whatever a backward function wants to find; nobody else reads it."""

Parameters = dict[str, Array]
State = tuple[Array, ...]
"""(h,) for a plain network and a GRU, (h, c) for an LSTM."""

CELLS = {"rnn": (rnn_forward, rnn_backward), "lstm": (lstm_forward, lstm_backward), "gru": (gru_forward, gru_backward)}
"""Forward and backward by the cell's name. Ready-made."""

BLOCKS = {"rnn": 1, "lstm": 4, "gru": 3}
"""How many blocks of M rows a cell's weights have. Ready-made."""

CELL_WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
NO_TARGET = -100
"""The target of a step that is not asked about, as torch's ``ignore_index``. Ready-made."""


def init_model(
    rng: np.random.Generator, inputs: int, hidden: int, classes: int, *, cell: str = "rnn", memory: float = 2.0
) -> Parameters:
    """Draw weights uniformly, between +-1 / sqrt(how many numbers a unit adds up); biases are 0. Ready-made.

    Inputs are one-hot, so of them a unit adds up one. An LSTM's gates start so that a cell is kept for about `memory`
    steps: the forget gate at memory / (1 + memory), the input gate at 1 / (1 + memory) (Tallec and Ollivier, 2018).
    """
    rows, bound = BLOCKS[cell] * hidden, 1 / np.sqrt(hidden)
    params = {
        "weight_ih": rng.uniform(-1, 1, (rows, inputs)),
        "weight_hh": rng.uniform(-bound, bound, (rows, hidden)),
        "bias_ih": np.zeros(rows),
        "bias_hh": np.zeros(rows),
        "weight_out": rng.uniform(-bound, bound, (classes, hidden)),
        "bias_out": np.zeros(classes),
    }
    if cell == "lstm":
        params["bias_ih"][: 2 * hidden] = np.repeat([-np.log(memory), np.log(memory)], hidden)
    return params


def zero_state(sequences: int, hidden: int, *, cell: str = "rnn") -> State:
    """Return the state before anything was read. Ready-made."""
    return (np.zeros((sequences, hidden)),) * (2 if cell == "lstm" else 1)


def one_hot(indices: Int[Array, "T N"], classes: int) -> Float[Array, "T N D"]:
    """Return vectors that are 1 at the index and 0 elsewhere. Ready-made."""
    return np.eye(classes)[indices]


def sequence_cross_entropy(
    scores: Float[Array, "T N C"], targets: Int[Array, "T N"]
) -> tuple[Float[Array, ""], Float[Array, "T N C"]]:
    """Return the mean cross-entropy of all steps that have a target, and its gradient.

        loss = mean of  log(sum over c of exp(scores[t, n, c])) - scores[t, n, targets[t, n]]

    Where the target is -100 nothing is asked: the step is not counted, and its gradient is zero.

    Parameters
    ----------
    scores : ndarray
        One number per class, for every step of every sequence. May be as large as 1e4.
    targets : ndarray of int
        The right class, or -100. At least one step has a class.

    Returns
    -------
    loss : float
        In nats.
    dscores : ndarray
        Gradient of the loss with respect to the scores.

    References
    ----------
    Goodfellow, Bengio, Courville (2016), Deep learning, section 10.2.

    Examples
    --------
    >>> scores = np.array([[[0.0, 0.0]], [[5.0, -3.0]]])
    >>> loss, dscores = sequence_cross_entropy(scores, np.array([[1], [-100]]))
    >>> round(float(loss), 6), dscores.tolist()
    (0.693147, [[[0.5, -0.5]], [[0.0, 0.0]]])
    """
    raise NotImplementedError("rnn.sequence_cross_entropy")


def perplexity(scores: Float[Array, "T N C"], targets: Int[Array, "T N"]) -> Float[Array, ""]:
    """Measure how undecided a model is: between how many equally likely classes, on average.

        perplexity = exp(mean cross-entropy in nats)

    Parameters
    ----------
    scores : ndarray
    targets : ndarray of int
        The right class, or -100.

    Returns
    -------
    perplexity : float
        1 for a model that is certain and right, C for one that guesses.

    References
    ----------
    Jelinek, Mercer, Bahl, Baker (1977).

    Examples
    --------
    >>> round(float(perplexity(np.zeros((3, 2, 5)), np.ones((3, 2), dtype=int))), 6)
    5.0
    """
    raise NotImplementedError("rnn.perplexity")


def clip_grad_norm(grads: list[Float[Array, "..."]], max_norm: float) -> tuple[list[Array], Float[Array, ""]]:
    """Shorten the gradients of all parameters together if they are longer than `max_norm`.

    All gradients count as one long vector. With its Euclidean length `total_norm`, every gradient is multiplied by

        min(1, max_norm / (total_norm + 1e-6))

    the same number for all: the direction stays.

    Parameters
    ----------
    grads : list of ndarray
        One per parameter, of any shapes.
    max_norm : float

    Returns
    -------
    clipped : list of ndarray
        The gradients, shortened where necessary; those passed in stay as they are.
    total_norm : float
        The length before.

    References
    ----------
    Pascanu, Mikolov, Bengio (2013), algorithm 1; with the 1e-6 of `torch.nn.utils.clip_grad_norm_`.

    Examples
    --------
    >>> clipped, total_norm = clip_grad_norm([np.array([3.0]), np.array([[0.0, 4.0]])], 10.0)
    >>> clipped, float(total_norm)
    ([array([3.]), array([[0., 4.]])], 5.0)
    """
    raise NotImplementedError("rnn.clip_grad_norm")


def recurrent_forward(
    x: Float[Array, "T N D"], state: State, params: Parameters, *, cell: str = "rnn"
) -> tuple[Float[Array, "T N C"], State, Cache]:
    """Compute scores for every step of a batch of sequences.

        scores = states @ weight_out.T + bias_out

    `CELLS` has the forward function of each cell. It takes the input, the parts of the state, and the four weights in
    the order of `CELL_WEIGHTS`.

    Parameters
    ----------
    x : ndarray
    state : tuple of ndarray
        (h,) or, for an LSTM, (h, c).
    params : dict of str to ndarray
    cell : str
        ``"rnn"``, ``"lstm"`` or ``"gru"``.

    Returns
    -------
    scores : ndarray
    state_n : tuple of ndarray
        The state after the last step, to go on with.
    cache : what `recurrent_backward` needs.

    Examples
    --------
    >>> params = init_model(np.random.default_rng(0), 3, 4, 5, cell="lstm")
    >>> scores, (h, c), _ = recurrent_forward(np.ones((6, 2, 3)), zero_state(2, 4, cell="lstm"), params, cell="lstm")
    >>> scores.shape, h.shape, c.shape
    ((6, 2, 5), (2, 4), (2, 4))
    """
    raise NotImplementedError("rnn.recurrent_forward")


def recurrent_backward(dscores: Float[Array, "T N C"], cache: Cache) -> Parameters:
    """Return the gradients of all parameters of a recurrent model.

    The last state gets no gradient of its own: the loss sees the scores only.

    Parameters
    ----------
    dscores : ndarray
        Gradient of the loss with respect to the scores.
    cache : from `recurrent_forward`

    Returns
    -------
    grads : dict of str to ndarray
        Under the names of the parameters.

    Examples
    --------
    >>> params = init_model(np.random.default_rng(0), 3, 4, 5, cell="gru")
    >>> *_, cache = recurrent_forward(np.ones((6, 2, 3)), zero_state(2, 4), params, cell="gru")
    >>> recurrent_backward(np.ones((6, 2, 5)), cache)["bias_out"]
    array([12., 12., 12., 12., 12.])
    """
    raise NotImplementedError("rnn.recurrent_backward")


def train_on_sequences(
    x: Float[Array, "T N D"],
    targets: Int[Array, "T N"],
    state: State,
    params: Parameters,
    *,
    cell: str = "rnn",
    lr: float = 1.0,
    max_norm: float = 1.0,
) -> tuple[Parameters, State, Float[Array, ""]]:
    """Take one step of gradient descent on a batch of sequences, with clipped gradients.

    Scores forward, loss, gradients backward, clipped all together, and then for every parameter

        p - lr * gradient of p

    A long text is read piece by piece: the state that comes back goes into the next call, while gradients end at the
    border of the piece. That is truncated backpropagation through time.

    Parameters
    ----------
    x : ndarray
    targets : ndarray of int
        The right class of every step, or -100.
    state : tuple of ndarray
        Before the first step.
    params : dict of str to ndarray
    cell : str
    lr : float
        The learning rate.
    max_norm : float
        For `clip_grad_norm`.

    Returns
    -------
    params : dict of str to ndarray
        The new parameters; those passed in stay as they are.
    state_n : tuple of ndarray
        The state after the last step.
    loss : float
        Before the step.

    References
    ----------
    Pascanu, Mikolov, Bengio (2013), section 3.2.

    Examples
    --------
    >>> params = init_model(np.random.default_rng(0), 2, 3, 2)
    >>> x, targets = one_hot(np.array([[0], [1], [0]]), 2), np.array([[1], [0], [1]])
    >>> for _ in range(30):
    ...     params, _, loss = train_on_sequences(x, targets, zero_state(1, 3), params)
    >>> bool(loss < 0.1)
    True
    """
    raise NotImplementedError("rnn.train_on_sequences")


def sample_characters(
    scores: Float[Array, "N V"], rng: np.random.Generator, *, temperature: float = 1.0
) -> Int[Array, "N"]:
    """Draw one character per row, with the probabilities softmax(scores / temperature).

    At a high temperature all characters become equally likely, at a low one the best wins nearly always. At 0 it wins
    always: no division, no random number.

    Parameters
    ----------
    scores : ndarray
        One number per character of the vocabulary. May be as large as 1e4.
    rng : numpy.random.Generator
    temperature : float

    Returns
    -------
    characters : ndarray of int
        Indices into the vocabulary, one per row; of no rows none, in an array of int as well.

    Raises
    ------
    ValueError
        The temperature is negative.

    References
    ----------
    Ackley, Hinton, Sejnowski (1985), section 2, for two states.

    Examples
    --------
    >>> sample_characters(np.array([[1.0, 3.0, 2.0], [9.0, 0.0, 0.0]]), np.random.default_rng(0), temperature=0)
    array([1, 0])
    """
    raise NotImplementedError("rnn.sample_characters")


def complete_text(
    text: str,
    length: int,
    params: Parameters,
    alphabet: str,
    rng: np.random.Generator,
    *,
    cell: str = "rnn",
    temperature: float = 0.0,
) -> str:
    """Let a character model write on.

    It reads the given text from the zero state. The scores behind the last character say what comes next; the character
    drawn from them is the next input, and the state goes on from where it was.

    Parameters
    ----------
    text : str
        At least one character.
    length : int
        How many characters to write.
    params : dict of str to ndarray
    alphabet : str
        The vocabulary: character number i is ``alphabet[i]``. Inputs are one-hot vectors.
    rng : numpy.random.Generator
    cell : str
    temperature : float
        For `sample_characters`.

    Returns
    -------
    completed : str
        The text and what was written.

    References
    ----------
    Karpathy (2015).

    Examples
    --------
    A model that has learned nothing but to love the letter b:

    >>> params = {name: 0 * p for name, p in init_model(np.random.default_rng(0), 2, 3, 2).items()}
    >>> params["bias_out"] = np.array([0.0, 1.0])
    >>> complete_text("a", 3, params, "ab", np.random.default_rng(0))
    'abbb'
    """
    raise NotImplementedError("rnn.complete_text")
