"""Word vectors from the company that words keep: skip-gram with negative sampling.

A window slides over every sentence. The word in its middle is the centre, the words around it are its context. Each
word has two vectors, a row v of `w_in` for its time in the centre and a row u of `w_out` for its time in the context.
For a centre c, a word o of its context, and K words n_1 ... n_K drawn at random (the negatives), the loss is

    loss = -log sigma(u_o . v_c) - sum over k of  log sigma(-u_(n_k) . v_c)          sigma(z) = 1 / (1 + exp(-z))

It is a logistic regression that tells words seen near c from words that were drawn. The vectors of words that keep the
same company become alike; that is all, and it turns out to be a lot.

References
----------
Mikolov, Chen, Corrado, Dean (2013), Efficient estimation of word representations in vector space, section 3.
Mikolov, Sutskever, Chen, Corrado, Dean (2013), Distributed representations of words and phrases and their
compositionality, section 2.2, equation 4.
Irsoy, Benton, Stratos (2021), Corrected CBOW performs as well as skip-gram.
Goldberg, Levy (2014), word2vec explained: deriving Mikolov et al.'s negative-sampling word-embedding method.
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray as Array

from .lookup import Cache, embedding_backward, embedding_forward


def draw_negatives(rng: np.random.Generator, noise: Float[Array, "V"], shape: tuple[int, int]) -> Int[Array, "N K"]:
    """Draw words from the noise distribution, with replacement. Ready-made.

    A word of the context may be among them. Where the vocabulary is large that is rare, and it does no harm.
    """
    return rng.choice(len(noise), size=shape, p=noise)


def skipgram_pairs(sentences: list[Int[Array, "T"]], *, window: int = 2) -> Int[Array, "N 2"]:
    """List all pairs of a centre and a word of its context.

    The context of a word are the words at most `window` places away from it in the same sentence, to either side; not
    the place itself. A sentence's end is an end: no window reaches into the next sentence.

    Parameters
    ----------
    sentences : list of ndarray of int
        The words of every sentence, by their index.
    window : int
        How far the context reaches to either side.

    Returns
    -------
    pairs : ndarray of int
        One row (centre, context) for every pair of places, in any order. There may be none: the shape is (0, 2) then.

    References
    ----------
    Mikolov, Chen, Corrado, Dean (2013), section 3.2; with a window that is the same for all centres.

    Examples
    --------
    >>> skipgram_pairs([np.array([5, 3, 8])], window=1).tolist()
    [[5, 3], [3, 5], [3, 8], [8, 3]]
    """
    raise NotImplementedError("embeddings.skipgram_pairs")


def cbow_contexts(
    sentences: list[Int[Array, "T"]], *, window: int = 2, padding_idx: int = 0
) -> tuple[Int[Array, "N _"], Int[Array, "N"]]:
    """List every word with all of its context, as the continuous bag of words wants it.

    Skip-gram guesses each word of the context from the centre; CBOW guesses the centre from the whole context at once.
    Near the ends of a sentence the context has fewer words. Rows of one array are equally long, so the gaps are filled
    with `padding_idx`, a word that stands for none (`embedding_backward` lets it learn nothing).

    Parameters
    ----------
    sentences : list of ndarray of int
        At least one sentence, of at least one word each.
    window : int
        How far the context reaches to either side.
    padding_idx : int
        Fills the places that lie beyond a sentence's ends.

    Returns
    -------
    contexts : ndarray of int
        One row of 2 * window words per centre, from left to right without the centre itself.
    centers : ndarray of int
        All words in the order of the text.

    References
    ----------
    Mikolov, Chen, Corrado, Dean (2013), section 3.1.

    Examples
    --------
    >>> contexts, centers = cbow_contexts([np.array([5, 3, 8])], window=1)
    >>> contexts.tolist(), centers.tolist()
    ([[0, 3], [5, 8], [3, 0]], [5, 3, 8])
    """
    raise NotImplementedError("embeddings.cbow_contexts")


def noise_distribution(counts: Int[Array, "V"], *, power: float = 0.75) -> Float[Array, "V"]:
    """Return the probabilities that negatives are drawn with.

        P(w) = count(w)^power / sum over all words of  count^power

    With the power 1 the words "the" and "is" would be drawn nearly always, with 0 each word equally often. Mikolov and
    his colleagues found 3/4 to work better than either.

    Parameters
    ----------
    counts : ndarray of int
        How often each word occurs in the corpus.
    power : float

    Returns
    -------
    noise : ndarray of float64
        They add up to 1.

    References
    ----------
    Mikolov, Sutskever, Chen, Corrado, Dean (2013), end of section 2.2.

    Examples
    --------
    >>> noise_distribution(np.array([16, 81, 1])) * 36
    array([ 8., 27.,  1.])
    """
    raise NotImplementedError("embeddings.noise_distribution")


def log_sigmoid(z: Float[Array, "..."]) -> Float[Array, "..."]:
    """Compute log sigma(z) for any z, however large.

        log sigma(z) = -log(1 + exp(-z))

    As it stands there, the exponential overflows for z below -710, and the answer should be near z. Compute it so that
    neither end does harm.

    Parameters
    ----------
    z : ndarray

    Returns
    -------
    logs : ndarray
        In the dtype of `z`.

    Examples
    --------
    >>> log_sigmoid(np.array([-1e4, 0.0])).tolist()
    [-10000.0, -0.6931471805599453]
    """
    raise NotImplementedError("embeddings.log_sigmoid")


def negative_sampling_forward(
    center: Float[Array, "N E"], context: Float[Array, "N E"], negatives: Float[Array, "N K E"]
) -> tuple[Float[Array, "N"], Cache]:
    """Compute the negative-sampling loss of every pair.

        loss[n] = -log sigma(u_o . v_c) - sum over k of  log sigma(-u_k . v_c)

    Parameters
    ----------
    center : ndarray
        v_c, the vector of every pair's centre.
    context : ndarray
        u_o, that of the word of its context.
    negatives : ndarray
        u_1 to u_K, those of the words that were drawn.

    Returns
    -------
    loss : ndarray
        One number per pair: the sum over the negatives, not their mean.
    cache : object
        Whatever `negative_sampling_backward` needs.

    References
    ----------
    Mikolov, Sutskever, Chen, Corrado, Dean (2013), equation 4, with the opposite sign.

    Examples
    --------
    All scores are 0, so every term is log 2 = 0.693147:

    >>> loss, _ = negative_sampling_forward(np.array([[1.0, 0.0]]), np.array([[0.0, 2.0]]), np.array([[[0.0, 1.0]]]))
    >>> loss.round(6)
    array([1.386294])
    """
    raise NotImplementedError("embeddings.negative_sampling_forward")


def negative_sampling_backward(
    dout: Float[Array, "N"], cache: Cache
) -> tuple[Float[Array, "N E"], Float[Array, "N E"], Float[Array, "N K E"]]:
    """Compute the gradients of the negative-sampling loss.

    The derivative of -log sigma(z) is sigma(z) - 1 = -sigma(-z), that of -log sigma(-z) is sigma(z). Hence, times
    dout[n],

        dv_c = -sigma(-u_o . v_c) u_o + sum over k of  sigma(u_k . v_c) u_k
        du_o = -sigma(-u_o . v_c) v_c          du_k = sigma(u_k . v_c) v_c

    Parameters
    ----------
    dout : ndarray
        The upstream gradient: one number per pair.
    cache : object
        From `negative_sampling_forward`.

    Returns
    -------
    dcenter, dcontext, dnegatives : ndarray
        In the shapes of the three arguments.

    References
    ----------
    Goldberg, Levy (2014), section 1.

    Examples
    --------
    All scores are 0, so all sigma are 1/2:

    >>> _, cache = negative_sampling_forward(np.array([[2.0, 1]]), np.array([[1.0, -2]]), np.array([[[-1.0, 2]]]))
    >>> negative_sampling_backward(np.ones(1), cache)
    (array([[-1.,  2.]]), array([[-1. , -0.5]]), array([[[1. , 0.5]]]))
    """
    raise NotImplementedError("embeddings.negative_sampling_backward")


def skipgram_step(
    centers: Int[Array, "N"],
    contexts: Int[Array, "N"],
    negatives: Int[Array, "N K"],
    w_in: Float[Array, "V E"],
    w_out: Float[Array, "V E"],
    *,
    lr: float = 0.1,
) -> tuple[Float[Array, "V E"], Float[Array, "V E"], Float[Array, ""]]:
    """Take one step of gradient descent on a batch of pairs.

        w_in - lr * dw_in          w_out - lr * dw_out

    The loss of a batch is the sum of its pairs' losses, so that each pair moves its vectors as far as if it came alone.
    All gradients are taken at the old vectors. Context and negatives are rows of the same matrix `w_out`, and a word
    may be both: its gradients add up.

    Parameters
    ----------
    centers, contexts : ndarray of int
        The two words of every pair.
    negatives : ndarray of int
        K words per pair that were drawn.
    w_in, w_out : ndarray
        The vectors of all words as centre, and as context.
    lr : float
        The learning rate.

    Returns
    -------
    w_in, w_out : ndarray
        The new vectors; those passed in stay as they are.
    loss : float
        The sum over the batch, before the step.

    Examples
    --------
    >>> w_in, w_out = np.array([[1.0, 0.0], [0.0, 0.0]]), np.array([[0.0, 2.0], [0.0, 1.0]])
    >>> skipgram_step(np.array([0]), np.array([0]), np.array([[1]]), w_in, w_out, lr=1.0)[:2]
    (array([[1. , 0.5],
           [0. , 0. ]]), array([[ 0.5,  2. ],
           [-0.5,  1. ]]))
    """
    raise NotImplementedError("embeddings.skipgram_step")


def train_skipgram(
    pairs: Int[Array, "N 2"],
    counts: Int[Array, "V"],
    w_in: Float[Array, "V E"],
    w_out: Float[Array, "V E"],
    rng: np.random.Generator,
    *,
    epochs: int = 5,
    batch_size: int = 64,
    lr: float = 0.2,
    num_negatives: int = 5,
) -> tuple[Float[Array, "V E"], Float[Array, "V E"], Float[Array, "EPOCHS"]]:
    """Train word vectors on all pairs of a corpus, several times over.

    Each epoch goes through the pairs once, in the order ``rng.permutation(N)``, by batches. For every batch
    `draw_negatives` is called once, with the noise distribution of the counts, and one step is taken. The learning rate
    falls with every step, in a straight line towards 0:

        lr * (1 - seen / (epochs * N))          seen: the pairs of all steps before, in all epochs

    Parameters
    ----------
    pairs : ndarray of int
        From `skipgram_pairs`.
    counts : ndarray of int
        How often each word occurs.
    w_in, w_out : ndarray
        The first vectors of all words; they stay as they are.
    rng : numpy.random.Generator
    epochs, batch_size : int
        The last batch of an epoch may be smaller.
    lr : float
        The learning rate of the first step.
    num_negatives : int
        K, the words drawn per pair.

    Returns
    -------
    w_in, w_out : ndarray
        The vectors after the last step.
    losses : ndarray
        One number per epoch: the mean loss of a pair, each taken before its step.

    References
    ----------
    Mikolov, Chen, Corrado, Dean (2013), section 4.2, for the learning rate.

    Examples
    --------
    Words 0 and 1 stand together, and so do 2 and 3. With vectors of zeros every term of the loss is log 2, and nothing
    pulls the vectors anywhere: first vectors must be random.

    >>> pairs, zeros = np.array([[0, 1], [1, 0], [2, 3], [3, 2]]), np.zeros((4, 2))
    >>> w_in, w_out, losses = train_skipgram(pairs, np.ones(4), zeros, zeros, np.random.default_rng(0), epochs=2)
    >>> bool(w_in.any()), losses / np.log(2)
    (False, array([6., 6.]))
    """
    raise NotImplementedError("embeddings.train_skipgram")


def cbow_step(
    contexts: Int[Array, "N _"],
    centers: Int[Array, "N"],
    negatives: Int[Array, "N K"],
    w_in: Float[Array, "V E"],
    w_out: Float[Array, "V E"],
    *,
    lr: float = 0.1,
    padding_idx: int = 0,
) -> tuple[Float[Array, "V E"], Float[Array, "V E"], Float[Array, ""]]:
    """Take one step of gradient descent with the continuous bag of words.

    The mean of the context's vectors, rows of `w_in`, has to guess the centre, a row of `w_out`, among the negatives:

        h[n]    = mean of  w_in[w]  over the words w of contexts[n] that are not padding
        loss[n] = -log sigma(u_c . h[n]) - sum over k of  log sigma(-u_k . h[n])

    Of a mean of L vectors each gets 1/L of the gradient. As in `skipgram_step`, the loss of a batch is a sum, and all
    gradients are taken at the old vectors.

    Parameters
    ----------
    contexts, centers : ndarray of int
        From `cbow_contexts`: the words around every centre, and the centres.
    negatives : ndarray of int
        K words per centre that were drawn.
    w_in, w_out : ndarray
        The vectors of all words as context, and as centre.
    lr : float
        The learning rate.
    padding_idx : int
        A word that only fills gaps in `contexts`: it is part of no mean. The mean of nothing but padding is 0.

    Returns
    -------
    w_in, w_out : ndarray
        The new vectors; those passed in stay as they are.
    loss : float
        The sum over the batch, before the step.

    References
    ----------
    Mikolov, Chen, Corrado, Dean (2013), section 3.1.
    Irsoy, Benton, Stratos (2021), Corrected CBOW performs as well as skip-gram, section 3, for the factor 1/L.

    Examples
    --------
    >>> w_in, w_out = np.array([[2.0, 0.0], [0.0, 0.0], [9.0, 9.0]]), np.array([[0.0, 2.0], [0.0, 1.0], [0.0, 0.0]])
    >>> batch = np.array([[0, 1, 2, 2]]), np.array([0]), np.array([[1]])
    >>> cbow_step(*batch, w_in, w_out, lr=1.0, padding_idx=2)[0]
    array([[2.  , 0.25],
           [0.  , 0.25],
           [9.  , 9.  ]])
    """
    raise NotImplementedError("embeddings.cbow_step")
