"""Looking at word vectors: maps, neighbours, analogies.

A map needs two coordinates per word. Principal component analysis finds the directions in which the vectors differ
most: with the mean taken off, the singular value decomposition

    X - mean = U S V^T

has them in the rows of V^T, the largest first. Neighbours are found by the angle between vectors, not by their lengths,

    cos(x, y) = x . y / (|x| |y|)

and an analogy, "man is to king as woman is to ...", by walking: from king, minus man, plus woman.

References
----------
Pearson (1901), On lines and planes of closest fit to systems of points in space.
Jolliffe (2002), Principal component analysis, section 3.5.
Mikolov, Yih, Zweig (2013), Linguistic regularities in continuous space word representations, section 4.
Levy, Goldberg (2014), Linguistic regularities in sparse and explicit word representations, section 3.
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray as Array


def principal_components(
    x: Float[Array, "N D"], *, num_components: int = 2
) -> tuple[Float[Array, "N P"], Float[Array, "P D"], Float[Array, "P"]]:
    """Find the directions in which points differ most, and the points' coordinates along them.

    A direction and its opposite are equally good. So that everybody gets the same map, each component is turned until
    its largest entry, by absolute value, is positive.

    Parameters
    ----------
    x : ndarray
        One point per row.
    num_components : int
        P, how many directions are wanted.

    Returns
    -------
    scores : ndarray
        The coordinates of every point, seen from the mean of all.
    components : ndarray
        The directions: rows of length 1 at right angles, the one with the largest variance first.
    variances : ndarray
        The variance of the points along each of them, with the divisor N - 1.

    Raises
    ------
    ValueError
        N points of D features do not differ in so many directions: there are N - 1 at most, and D at most.

    References
    ----------
    Jolliffe (2002), section 3.5.

    Examples
    --------
    Three points on a line, 5 apart:

    >>> scores, components, variances = principal_components(np.array([[0, 0], [3, 4], [6, 8.0]]), num_components=1)
    >>> scores.round(6).ravel(), components.round(6), variances.round(6)
    (array([-5.,  0.,  5.]), array([[0.6, 0.8]]), array([25.]))
    """
    raise NotImplementedError("embeddings.principal_components")


def normalize_rows(x: Float[Array, "N D"], *, eps: float = 1e-12) -> Float[Array, "N D"]:
    """Give every row the length 1, as `torch.nn.functional.normalize` does.

        x / max(|x|, eps)

    Parameters
    ----------
    x : ndarray
    eps : float
        Divides rows that are shorter: a row of zeros stays one.

    Returns
    -------
    rows : ndarray
        In the dtype of `x`.

    Examples
    --------
    >>> normalize_rows(np.array([[3.0, 4.0], [0.0, 0.0]]))
    array([[0.6, 0.8],
           [0. , 0. ]])
    """
    raise NotImplementedError("embeddings.normalize_rows")


def cosine_similarities(x: Float[Array, "N D"], y: Float[Array, "M D"]) -> Float[Array, "N M"]:
    """Compute the cosine of the angle between every row of x and every row of y.

        cos(x, y) = x . y / (|x| |y|)

    Parameters
    ----------
    x, y : ndarray
        One vector per row.

    Returns
    -------
    similarities : ndarray
        Between -1 and 1; with a row of zeros, 0.

    Examples
    --------
    >>> cosine_similarities(np.array([[3.0, 4.0]]), np.array([[5.0, 0.0], [8.0, 6.0]])).round(6)
    array([[0.6 , 0.96]])
    """
    raise NotImplementedError("embeddings.cosine_similarities")


def nearest_words(
    queries: Float[Array, "N D"],
    vectors: Float[Array, "V D"],
    *,
    k: int = 5,
    exclude: Int[Array, "N Q"] | None = None,
) -> Int[Array, "N K"]:
    """Find the words whose vectors point most nearly in the directions of the queries.

    Parameters
    ----------
    queries : ndarray
        One vector per row.
    vectors : ndarray
        The vectors of all words.
    k : int
        How many words are wanted.
    exclude : ndarray of int, optional
        Q words per query that must not be found: who asks for the neighbours of a word does not mean the word itself.

    Returns
    -------
    words : ndarray of int
        Their indices, the most similar first; of no queries an empty array of shape (0, k).

    Raises
    ------
    ValueError
        Fewer than k words are left.

    Examples
    --------
    >>> vectors = np.array([[1.0, 0.0], [9.0, 1.0], [0.0, 3.0], [-1.0, 0.0]])
    >>> nearest_words(vectors[:1], vectors, k=2), nearest_words(vectors[:1], vectors, k=2, exclude=np.array([[0]]))
    (array([[0, 1]]), array([[1, 2]]))
    """
    raise NotImplementedError("embeddings.nearest_words")


def solve_analogies(questions: Int[Array, "N 3"], vectors: Float[Array, "V D"]) -> Int[Array, "N"]:
    """Answer questions like "man is to king as woman is to ...".

    With all vectors brought to length 1 first, the answer to (a, b, c) is the word d with the largest

        cos(v_d, v_b - v_a + v_c)

    The three words of the question are no answers: without that rule, b or c itself would often win.

    Parameters
    ----------
    questions : ndarray of int
        The words a, b, c in every row.
    vectors : ndarray
        The vectors of all words, of any length.

    Returns
    -------
    answers : ndarray of int
        One word per question; to no questions none, in an array of int as well.

    References
    ----------
    Mikolov, Yih, Zweig (2013), section 4; Levy and Goldberg (2014) call it 3CosAdd.

    Examples
    --------
    Man, king, woman, queen and apple; man is to king as woman is to word 3:

    >>> vectors = np.array([[1, 0, 0], [0.6, 0, 0.8], [0, 1, 0], [0, 0.6, 0.8], [0, 0, 1]])
    >>> solve_analogies(np.array([[0, 1, 2]]), vectors)
    array([3])
    """
    raise NotImplementedError("embeddings.solve_analogies")
