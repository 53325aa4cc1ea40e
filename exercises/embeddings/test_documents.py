"""What you can check at home: documents.py on the handout's worked example, and random tables."""

import numpy as np
import torch
import torch.nn.functional as F

from grader.judge import check, task, to_torch

CARS = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])  # "car engine" and "automobile engine"


def drawn_counts(rng, documents, words):
    """Return counts of which about half are 0; each document holds its first word."""
    counts = rng.poisson(0.8, (documents, words)).astype(float)
    counts[:, 0] += 1
    return counts


def weighted(counts, *, smooth=True):
    """Return the weights by torch, from scikit-learn's formula."""
    x = to_torch(counts).double()
    idf = ((len(x) + smooth) / ((x > 0).sum(dim=0).double() + smooth)).log() + 1
    return F.normalize(torch.where(x > 0, x * idf, 0))


def require_parts(got, counts, num_components):
    """Compare coordinates with those of torch's decomposition; each pair of columns may have either sign."""
    u, singular, rows = (part.numpy() for part in torch.linalg.svd(to_torch(counts).double(), full_matrices=False))
    parts = u * singular, rows.T * singular, singular
    parts = [part[..., :num_components] for part in parts]
    for value, name, part in zip(got, ("documents", "words", "singular"), parts, strict=True):
        check(value, name).has_shape(*part.shape)
    signs = np.sign(np.sum(got[0] * parts[0], axis=0))
    check(got[0] * signs, "documents").equals(parts[0], rtol=1e-7, atol=1e-8)
    check(got[1] * signs, "words").equals(parts[1], rtol=1e-7, atol=1e-8)
    check(got[2], "singular").equals(parts[2], rtol=1e-7, atol=1e-8)


@task("tf_idf", points=0.5)
def test_weights_match_the_worked_example_of_the_handout(student):
    counts = np.array([[2.0, 1.0, 0.0], [1.0, 0.0, 1.0]])
    rare = 1 + np.log(3 / 2)
    rows = np.array([[2, rare, 0], [1, 0, rare]]) / np.sqrt([[4 + rare**2], [1 + rare**2]])
    check(student.tf_idf(counts)).equals(rows)


@task("tf_idf", points=1)
def test_weights_follow_scikit_learns_formula_smooth_or_not(student, rng):
    for documents, words in ((7, 4), (3, 6)):
        counts = drawn_counts(rng, documents, words)
        counts[0, 1:] += 1
        check(student.tf_idf.keeping_arguments(counts)).equals(weighted(counts))
        check(student.tf_idf(counts, smooth=False)).equals(weighted(counts, smooth=False))


@task("tf_idf", points=0.5)
def test_a_document_without_words_and_a_word_without_documents_stay_zero(student, rng):
    counts = drawn_counts(rng, 5, 4)
    counts[2], counts[:, 3] = 0, 0
    for smooth in (True, False):
        check(student.tf_idf(counts, smooth=smooth)).equals(weighted(counts, smooth=smooth))


@task("latent_semantic_analysis", points=0.5)
def test_car_and_automobile_meet_as_in_the_worked_example_of_the_handout(student):
    documents, words, singular = student.latent_semantic_analysis(CARS, num_components=1)
    half = np.sqrt(1 / 2)
    check(singular, "singular").equals(np.sqrt([3.0]))
    check(np.abs(documents), "documents without their signs").equals(np.sqrt([[3 / 2], [3 / 2]]))
    check(np.abs(words), "words without their signs").equals(np.array([[half], [half], [2 * half]]))


@task("latent_semantic_analysis", points=1)
def test_parts_agree_with_torch_up_to_their_signs(student, rng):
    for documents, words, wanted in ((7, 4, 3), (4, 6, 2), (5, 5, 5)):
        counts = drawn_counts(rng, documents, words) + rng.uniform(0, 0.1, (documents, words))
        got = student.latent_semantic_analysis.keeping_arguments(counts, num_components=wanted)
        require_parts(got, counts, wanted)


@task("latent_semantic_analysis", points=0.5)
def test_all_components_keep_all_products_and_more_are_refused(student, rng):
    counts = drawn_counts(rng, 3, 5)
    documents, words, _ = student.latent_semantic_analysis(counts, num_components=3)
    check(documents @ documents.T, "products of documents").equals(counts @ counts.T)
    check(words @ words.T, "products of words").equals(counts.T @ counts)
    student.latent_semantic_analysis.refuses(ValueError, counts, num_components=4)
