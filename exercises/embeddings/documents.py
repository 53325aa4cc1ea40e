"""A table of documents and words: weights for its counts, and the few directions that explain most of it.

Search engines keep a table of counts: one row per document, one column per word. Two things are wrong with it. "The"
stands in every document and says nothing; and a question about cars does not find what is written on automobiles.
**tf-idf** weights the counts (the term's frequency times the inverse document frequency). **Latent semantic analysis**
keeps the largest parts of the singular value decomposition

    X = U S V^T

in which document i has the coordinates (U S)[i], word j the coordinates (V S)[j]. Then words that share no document,
but stand beside the same other words, are neighbours.

References
----------
Spärck Jones (1972), A statistical interpretation of term specificity and its application in retrieval.
Deerwester, Dumais, Furnas, Landauer, Harshman (1990), Indexing by latent semantic analysis.
Landauer, Dumais (1997), A solution to Plato's problem (the analysis as a theory of how children learn words).
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array

from .geometry import normalize_rows


def tf_idf(counts: Float[Array, "N V"], *, smooth: bool = True) -> Float[Array, "N V"]:
    """Weight the words of every document by how few documents hold them, as scikit-learn does.

    With N documents, n_j of which hold word j,

        idf_j = log((1 + N) / (1 + n_j)) + 1          or, where `smooth` is False,     log(N / n_j) + 1

    A count is multiplied by the idf of its word, and every row then gets the length 1.

    Parameters
    ----------
    counts : ndarray
        How often each word stands in each document. Whole numbers may come as integers.
    smooth : bool
        Count as if one more document held every word once.

    Returns
    -------
    weights : ndarray
        In the dtype of `counts`, float64 for integers. A document without words keeps its row of zeros, and a word
        that no document holds its column of zeros.

    References
    ----------
    Spärck Jones (1972); scikit-learn, `TfidfTransformer`. Textbooks leave out the last 1.

    Examples
    --------
    "The king, the" and "the crown": the words the, king, crown.

    >>> tf_idf(np.array([[2.0, 1.0, 0.0], [1.0, 0.0, 1.0]])).round(3)
    array([[0.818, 0.575, 0.   ],
           [0.58 , 0.   , 0.815]])
    """
    raise NotImplementedError("embeddings.tf_idf")


def latent_semantic_analysis(
    counts: Float[Array, "N V"], *, num_components: int = 2
) -> tuple[Float[Array, "N P"], Float[Array, "V P"], Float[Array, "P"]]:
    """Give documents and words a few coordinates each, so that their inner products are kept as well as possible.

        X = U S V^T          documents = U S          words = V S          (the P largest singular values)

    Nothing is subtracted: unlike principal components, the directions start at the origin, not at the mean.

    Parameters
    ----------
    counts : ndarray
        X: counts, or what `tf_idf` makes of them.
    num_components : int
        P, how many coordinates are wanted.

    Returns
    -------
    documents : ndarray
        One row per document.
    words : ndarray
        One row per word. Of a column, the sign is free, but the same as that of the documents' column.
    singular : ndarray
        The singular values, the largest first.

    Raises
    ------
    ValueError
        More components are wanted than there are: N at most, and V at most.

    References
    ----------
    Deerwester et al. (1990), section 4.

    Examples
    --------
    "Car engine" and "automobile engine": no document holds both car and automobile, but one direction holds them both.

    >>> counts = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])
    >>> documents, words, singular = latent_semantic_analysis(counts, num_components=1)
    >>> np.abs(words).round(3).ravel(), singular.round(3)
    (array([0.707, 0.707, 1.414]), array([1.732]))
    """
    raise NotImplementedError("embeddings.latent_semantic_analysis")
