"""Attention: every position asks, every position answers, and each takes a mean of what fits its question.

A query is compared with all keys by a dot product. A softmax makes weights of the scores, and the answer is the mean of
the values with these weights. Several heads do so side by side, on slices of the features.

References
----------
Vaswani and others (2017), Attention is all you need, section 3.2.
Shazeer (2019), Fast transformer decoding: one write-head is all you need.
Ainslie and others (2023), GQA: training generalized multi-query transformer models from multi-head checkpoints.
"""

import math
from typing import Any

import numpy as np
from jaxtyping import Bool, Float
from numpy import ndarray as Array

Cache = Any


def causal_mask(length: int) -> Bool[Array, "T T"]:
    """Return which positions each position may look at: itself and those before it.

    Parameters
    ----------
    length : int

    Returns
    -------
    ndarray, shape (T, T)
        A row per query, a column per key; True where looking is allowed.

    Examples
    --------
    >>> causal_mask(3)
    array([[ True, False, False],
           [ True,  True, False],
           [ True,  True,  True]])
    """
    ### BEGIN SOLUTION
    return np.arange(length)[:, None] >= np.arange(length)
    ### END SOLUTION


def split_heads(x: Float[Array, "N T E"], heads: int) -> Float[Array, "N P T D"]:
    """Cut the features of each position into so many equal parts, one per head.

    Parameters
    ----------
    x : ndarray, shape (N, T, E)
    heads : int
        P, a divisor of E. Head 0 gets the first E / P features.

    Returns
    -------
    ndarray, shape (N, P, T, D)

    Raises
    ------
    ValueError
        E is not divisible by the number of heads.

    Examples
    --------
    >>> split_heads(np.array([[[1.0, 2, 3, 4], [5, 6, 7, 8]]]), 2)[0, 1]
    array([[3., 4.],
           [7., 8.]])
    """
    ### BEGIN SOLUTION
    n, t, e = x.shape
    if e % heads:
        raise ValueError(f"{e} features cannot be cut into {heads} equal parts")
    return np.array(x.reshape(n, t, heads, e // heads).transpose(0, 2, 1, 3))
    ### END SOLUTION


def merge_heads(x: Float[Array, "N P T D"]) -> Float[Array, "N T E"]:
    """Put the parts of all heads beside each other again: the inverse of `split_heads`.

    Parameters
    ----------
    x : ndarray, shape (N, P, T, D)

    Returns
    -------
    ndarray, shape (N, T, E)

    Examples
    --------
    >>> merge_heads(np.array([[[[1.0, 2]], [[3.0, 4]]]]))
    array([[[1., 2., 3., 4.]]])
    """
    ### BEGIN SOLUTION
    n, p, t, d = x.shape
    return np.array(x.transpose(0, 2, 1, 3)).reshape(n, t, p * d)
    ### END SOLUTION


def sdpa_forward(
    q: Float[Array, "N P Q D"],
    k: Float[Array, "N P T D"],
    v: Float[Array, "N P T E"],
    *,
    mask: Bool[Array, "..."] | None = None,
) -> tuple[Float[Array, "N P Q E"], Cache]:
    """Compute scaled dot-product attention.

        out = softmax(q k^T / sqrt(D)) v

    Parameters
    ----------
    q, k, v : ndarray
        Queries, keys and values.
    mask : ndarray of bool, broadcast to (N, P, Q, T)
        True where a query may look at a key. A query that may look at nothing gets zeros.

    Returns
    -------
    out : the mean of the values for each query
    cache : whatever `sdpa_backward` needs

    References
    ----------
    Vaswani and others (2017), equation 1.

    Examples
    --------
    >>> q, k = np.array([[[[2.0]]]]), np.array([[[[0.0], [np.log(3) / 2]]]])
    >>> sdpa_forward(q, k, np.array([[[[4.0], [8.0]]]]))[0]
    array([[[[7.]]]])
    """
    ### BEGIN SOLUTION
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    highest = scores.max(axis=-1, keepdims=True)
    exponentials = np.exp(scores - np.where(highest == -np.inf, 0, highest))
    totals = exponentials.sum(axis=-1, keepdims=True)
    weights = exponentials / np.where(totals == 0, 1, totals)
    return weights @ v, (q, k, v, weights)
    ### END SOLUTION


def sdpa_backward(
    dout: Float[Array, "N P Q E"], cache: Cache
) -> tuple[Float[Array, "N P Q D"], Float[Array, "N P T D"], Float[Array, "N P T E"]]:
    """Pass a gradient back through `sdpa_forward`.

    Parameters
    ----------
    dout : ndarray, shape (N, P, Q, E)
        The gradient of the loss with respect to `out`.
    cache : object

    Returns
    -------
    dq, dk, dv : the gradients with respect to queries, keys and values

    Examples
    --------
    >>> q, k = np.array([[[[2.0]]]]), np.array([[[[0.0], [np.log(3) / 2]]]])
    >>> _, cache = sdpa_forward(q, k, np.array([[[[4.0], [8.0]]]]))
    >>> dq, dk, dv = sdpa_backward(np.array([[[[1.0]]]]), cache)
    >>> dk.ravel(), dv.ravel()
    (array([-1.5,  1.5]), array([0.25, 0.75]))
    """
    ### BEGIN SOLUTION
    q, k, v, weights = cache
    dweights = dout @ v.swapaxes(-1, -2)
    dscores = weights * (dweights - (dweights * weights).sum(axis=-1, keepdims=True)) / math.sqrt(q.shape[-1])
    return dscores @ k, dscores.swapaxes(-1, -2) @ q, weights.swapaxes(-1, -2) @ dout
    ### END SOLUTION


def grouped_query_attention(
    q: Float[Array, "N P Q D"],
    k: Float[Array, "N G T D"],
    v: Float[Array, "N G T E"],
    *,
    mask: Bool[Array, "..."] | None = None,
) -> Float[Array, "N P Q E"]:
    """Compute attention in which several heads share their keys and values.

    The first P / G heads ask the first keys, the next P / G heads the second ones, and so on.

    Parameters
    ----------
    q, k, v : ndarray
        P heads of queries, G heads of keys and values.
    mask : ndarray of bool, broadcast to (N, P, Q, T)

    Returns
    -------
    ndarray, shape (N, P, Q, E)

    Raises
    ------
    ValueError
        P is not divisible by G.

    References
    ----------
    Ainslie and others (2023), section 2.2.

    Examples
    --------
    >>> q, k = np.ones((1, 2, 1, 1)), np.zeros((1, 1, 2, 1))
    >>> grouped_query_attention(q, k, np.array([[[[2.0], [4.0]]]])).ravel()
    array([3., 3.])
    """
    ### BEGIN SOLUTION
    shared, rest = divmod(q.shape[1], k.shape[1])
    if rest:
        raise ValueError(f"{q.shape[1]} heads cannot share {k.shape[1]} groups equally")
    out, _ = sdpa_forward(q, np.repeat(k, shared, axis=1), np.repeat(v, shared, axis=1), mask=mask)
    return out
    ### END SOLUTION


def cached_attention(
    q: Float[Array, "N P D"],
    k: Float[Array, "N P D"],
    v: Float[Array, "N P E"],
    past: dict[str, Float[Array, "..."]],
) -> tuple[Float[Array, "N P E"], dict[str, Float[Array, "..."]]]:
    """Let one new position look at all positions so far, whose keys and values are kept from step to step.

    Step by step this gives the rows of attention under the causal mask, without computing an old key again.

    Parameters
    ----------
    q, k, v : ndarray
        Query, key and value of the new position, which looks at itself, too.
    past : dict
        From the step before; empty at first.

    Returns
    -------
    out : the answer at the new position
    past : ``"keys"`` of shape (N, P, T, D) and ``"values"`` of shape (N, P, T, E), in the order of time

    Examples
    --------
    >>> zero, first = np.zeros((1, 1, 1)), np.array([[[2.0]]])
    >>> out, past = cached_attention(zero, zero, first, {})
    >>> out, past = cached_attention(zero, zero, np.array([[[6.0]]]), past)
    >>> out, past["values"].ravel()
    (array([[[4.]]]), array([2., 6.]))
    """
    ### BEGIN SOLUTION
    keys, values = k[:, :, None], v[:, :, None]
    if past:
        keys, values = (np.concatenate(pair, axis=2) for pair in ((past["keys"], keys), (past["values"], values)))
    out, _ = sdpa_forward(q[:, :, None], keys, values)
    return out[:, :, 0], {"keys": np.array(keys), "values": np.array(values)}
    ### END SOLUTION
