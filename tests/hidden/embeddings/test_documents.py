"""Weights of words in documents, and latent semantic analysis.

Requires: the number of documents that hold a word, scikit-learn's idf with and without smoothing, rows of length 1;
zeros where a document or a column is empty; coordinates U S of documents and V S of words, the largest singular value
first, nothing subtracted; refusals; the dtype kept, integers lifted to float64; any memory layout, new arrays.

Catches: occurrences for documents, a missing 1, other logarithms, smoothing of one side only or always, columns or
nothing brought to length 1; documents and words exchanged or unscaled, scaled by roots or squares, rows of V^T for
columns, centred counts, the smallest components, signs that differ between documents and words.

Expected numbers: the formula in torch, which is held against scikit-learn's `TfidfTransformer` by
tests/course/test_references.py; torch.linalg.svd. A column's sign is free: before they are compared, documents and
words are both multiplied by the sign with which the documents' column agrees with torch's.
"""

import numpy as np
import torch
import torch.nn.functional as F
from hypothesis import given

from grader.judge import check, layouts, task, to_torch
from tests.hidden.embeddings.strategies import table_cases


def weights_of(counts, *, smooth=True):
    """Return scikit-learn's weights by torch, in float64."""
    x = to_torch(counts).double()
    idf = ((len(x) + smooth) / ((x > 0).sum(dim=0).double() + smooth)).log() + 1
    return F.normalize(torch.where(x > 0, x * idf, 0))


def parts_of(counts, num_components):
    """Return the coordinates of documents and words and the singular values, by torch."""
    u, singular, rows = (part.numpy() for part in torch.linalg.svd(to_torch(counts).double(), full_matrices=False))
    return [part[..., :num_components] for part in (u * singular, rows.T * singular, singular)]


def require_parts(got, expected, **tolerance):
    """Compare coordinates and singular values, up to the sign that documents and words share in a column."""
    for value, name, part in zip(got, ("documents", "words", "singular"), expected, strict=True):
        check(value, name).has_shape(*part.shape)
    signs = np.sign(np.sum(got[0] * expected[0], axis=0)).astype(got[0].dtype)
    turned = got[0] * signs, got[1] * signs, got[2]
    for value, name, part in zip(turned, ("documents", "words", "singular"), expected, strict=True):
        check(value, name).equals(part, **tolerance)


@task("tf_idf", points=1, about="tables of several sizes, smooth or not", examples=8)
@given(case=table_cases())
def test_weights_agree_with_scikit_learns_formula(student, case):
    for options in ({}, {"smooth": True}, {"smooth": False}):
        check(student.tf_idf.keeping_arguments(case.counts, **options)).equals(weights_of(case.counts, **options))


@task("tf_idf", points=0.5, about="empty documents, words of no document, one document and none")
def test_what_is_empty_stays_zero(student, rng):
    counts = 1.0 + rng.poisson(1.0, (6, 5))
    counts[rng.permutation(6)[:2]], counts[:, rng.integers(5)] = 0, 0
    for some in (counts, counts[:1], counts[:0]):
        for smooth in (True, False):
            check(student.tf_idf(some, smooth=smooth)).equals(weights_of(some, smooth=smooth))


@task("tf_idf", points=0.5, about="float32, whole numbers")
def test_float32_stays_float32_and_integers_become_float64(student, rng):
    counts = rng.poisson(1.0, (7, 4)) + np.eye(7, 4, dtype=np.int64)
    check(student.tf_idf(counts.astype(np.float32))).equals(weights_of(counts).float())
    check(student.tf_idf(counts)).equals(weights_of(counts))


@task("tf_idf", points=0.5, about="a table in another memory layout, new answers")
@given(case=table_cases())
def test_weights_of_tables_in_any_memory_layout_are_new(student, case):
    for counts in layouts(case.counts):
        check(student.tf_idf.returning_new_arrays(counts)).equals(weights_of(case.counts))


@task("latent_semantic_analysis", points=1, about="tables of several sizes", examples=8)
@given(case=table_cases())
def test_coordinates_agree_with_torch_up_to_their_signs(student, case):
    got = student.latent_semantic_analysis.keeping_arguments(case.counts, num_components=case.num_components)
    require_parts(got, parts_of(case.counts, case.num_components), rtol=1e-7, atol=1e-8)


@task("latent_semantic_analysis", points=0.5, about="the default number, float32, whole numbers")
def test_two_components_are_the_default_and_the_dtype_is_kept(student, rng):
    counts = rng.poisson(3.0, (8, 5)) * np.array([9, 5, 3, 2, 1])
    require_parts(student.latent_semantic_analysis(counts), parts_of(counts, 2), rtol=1e-7, atol=1e-8)
    single = [part.astype(np.float32) for part in parts_of(counts, 2)]
    require_parts(student.latent_semantic_analysis(counts.astype(np.float32)), single, rtol=1e-3, atol=1e-3)


@task("latent_semantic_analysis", points=1, about="refusals")
def test_refuses_more_components_than_the_table_has_rows_or_columns(student, rng):
    for shape in ((3, 6), (6, 4), (5, 5)):
        counts, most = rng.uniform(size=shape), min(shape)
        got = student.latent_semantic_analysis(counts, num_components=most)
        require_parts(got, parts_of(counts, most), rtol=1e-7, atol=1e-8)
        student.latent_semantic_analysis.refuses(ValueError, counts, num_components=most + 1)


@task("latent_semantic_analysis", points=0.5, about="a table in another memory layout, new answers")
@given(case=table_cases())
def test_coordinates_of_tables_in_any_memory_layout_are_new(student, case):
    expected = parts_of(case.counts, case.num_components)
    for counts in layouts(case.counts):
        got = student.latent_semantic_analysis.returning_new_arrays(counts, num_components=case.num_components)
        require_parts(got, expected, rtol=1e-7, atol=1e-8)
