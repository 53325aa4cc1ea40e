"""Principal components, cosines, neighbours and analogies.

Requires: directions by falling variance with their signs fixed, the points' coordinates from their mean, variances with
the divisor N - 1; rows of length 1; all cosines; neighbours in order, without the excluded words; analogies by 3CosAdd
on vectors of length 1, without the words of the question; one query or question, and none.

Catches: data that is not centred, columns for rows, signs left to LAPACK or turned without the scores, singular values
for variances, divisor N; columns normalized for rows, eps added; inner products for cosines; least similar first, the
query among its own neighbours, excluded words of one query for all; walks in the wrong direction, unnormalized vectors,
answers that stand in the question.

Expected numbers: the eigenvectors of torch.cov by torch.linalg.eigh, which is another way than the singular value
decomposition; torch.nn.functional.normalize and cosine_similarity; torch.topk.
"""

import numpy as np
import torch
import torch.nn.functional as F
from hypothesis import given

from grader.judge import check, layouts, task, to_torch
from tests.hidden.embeddings.strategies import cloud_cases, words_cases


def components_of(x, count):
    """Return scores, components and variances from the covariance matrix, with the signs of the convention."""
    variances, vectors = torch.linalg.eigh(torch.cov(x.T).reshape(x.shape[1], -1))
    components = vectors.T.flip(0)[:count]
    largest = components.abs().argmax(dim=1, keepdim=True)
    components = components * components.gather(1, largest).sign()
    return (x - x.mean(dim=0)) @ components.T, components, variances.flip(0)[:count]


def cosines(x, y):
    """Return the cosines of all pairs of rows, by torch."""
    return F.cosine_similarity(to_torch(x)[:, None], to_torch(y)[None], dim=2)


def nearest(queries, vectors, k, exclude=None):
    """Return the words with the largest cosines, by torch."""
    scores = cosines(queries, vectors)
    if exclude is not None:
        scores = scores.scatter(1, to_torch(exclude), -torch.inf)
    return scores.topk(k, dim=1).indices


@task("principal_components", points=1, about="clouds of several sizes", examples=8)
@given(case=cloud_cases())
def test_components_agree_with_the_eigenvectors_of_the_covariance(student, case):
    got = student.principal_components.keeping_arguments(case.x, num_components=case.num_components)
    expected = components_of(to_torch(case.x), case.num_components)
    for name, mine, theirs in zip(("scores", "components", "variances"), got, expected, strict=True):
        check(mine, name).equals(theirs, rtol=1e-7, atol=1e-8)


@task("principal_components", points=0.5, about="the default number, float32")
def test_two_components_are_the_default_and_float32_stays_float32(student, rng):
    x = (rng.normal(size=(9, 4)) * [4, 2, 1, 0.5] + 3).astype(np.float32)
    got, expected = student.principal_components(x), components_of(to_torch(x).double(), 2)
    for name, mine, theirs in zip(("scores", "components", "variances"), got, expected, strict=True):
        check(mine, name).equals(theirs.float(), rtol=1e-3, atol=1e-4)


@task("principal_components", points=1, about="refusals")
def test_refuses_more_components_than_there_are(student, rng):
    for shape, most in (((4, 6), 3), ((6, 4), 4), ((5, 5), 4)):
        x = rng.normal(size=shape)
        scores, _, _ = student.principal_components(x, num_components=most)
        check(scores, "scores").has_shape(shape[0], most)
        student.principal_components.refuses(ValueError, x, num_components=most + 1)


@task("normalize_rows", points=1, about="several shapes, float32, no rows")
def test_rows_get_the_length_one_as_in_torch(student, rng):
    for shape, dtype in (((5, 3), np.float64), ((2, 7), np.float32), ((1, 4), np.float64), ((0, 3), np.float64)):
        x = (10 ** rng.uniform(-3, 3, (shape[0], 1)) * rng.normal(size=shape)).astype(dtype)
        check(student.normalize_rows.keeping_arguments(x)).equals(F.normalize(to_torch(x)))


@task("normalize_rows", points=0.5, about="short rows, zeros")
def test_rows_shorter_than_eps_are_divided_by_eps(student, rng):
    x = np.array([[3.0], [0.0], [4e-13], [0.2]]) * rng.uniform(0.2, 1, size=(4, 2)) * [1, -1]
    check(student.normalize_rows(x)).equals(F.normalize(to_torch(x)))
    check(student.normalize_rows(x, eps=0.5)).equals(F.normalize(to_torch(x), eps=0.5))


@task("cosine_similarities", points=1, about="vectors of any length", examples=6)
@given(case=words_cases())
def test_cosines_of_all_pairs_agree_with_torch(student, case):
    got = student.cosine_similarities.keeping_arguments(case.queries, case.vectors)
    check(got).equals(cosines(case.queries, case.vectors))


@task("cosine_similarities", points=0.5, about="zeros, float32, one row and none")
def test_similarities_to_a_row_of_zeros_are_zero_and_keep_float32(student, rng):
    x, y = rng.normal(size=(4, 3)).astype(np.float32), rng.normal(size=(6, 3)).astype(np.float32)
    x[1] = y[4] = 0
    for some in (x, x[:1], x[:0]):
        check(student.cosine_similarities(some, y)).equals(cosines(some, y))


@task("nearest_words", points=0.5, about="with exclusions and without", examples=8)
@given(case=words_cases())
def test_neighbours_agree_with_torch_with_exclusions_and_without(student, case):
    for options in ({}, {"exclude": case.exclude}):
        words = student.nearest_words.keeping_arguments(case.queries, case.vectors, k=case.k, **options)
        check(words, "words").equals(nearest(case.queries, case.vectors, case.k, **options))


@task("nearest_words", points=0.5, about="the default number, one query and none, refusals")
def test_five_neighbours_are_the_default_and_too_few_words_are_refused(student, rng):
    queries, vectors = rng.normal(size=(3, 4)), rng.normal(size=(8, 4))
    for some in (queries, queries[:1], queries[:0]):
        check(student.nearest_words(some, vectors), "words").equals(nearest(some, vectors, 5))
    exclude = np.array([[0, 1, 2], [3, 5, 3], [5, 1, 7]])  # one query has a word more to choose from
    words = student.nearest_words(queries, vectors, k=5, exclude=exclude)
    check(words, "words").equals(nearest(queries, vectors, 5, exclude))
    student.nearest_words.refuses(ValueError, queries, vectors, k=6, exclude=exclude)
    check(student.nearest_words(queries, vectors, k=8), "words").equals(nearest(queries, vectors, 8))
    student.nearest_words.refuses(ValueError, queries, vectors, k=9)


def questions_of(rng, count, size):
    """Return questions of three different words each."""
    return np.stack([rng.permutation(size)[:3] for _ in range(count)])


@task("solve_analogies", points=1, about="vocabularies of several sizes")
def test_answers_agree_with_torch(student, rng):
    for words, width in ((11, 2), (11, 3), (11, 5), (4, 3)):  # of four words, one is left to be the answer
        vectors = rng.normal(size=(words, width)) * 10 ** rng.uniform(-1, 1, size=(words, 1))
        questions = questions_of(rng, 40, words)
        a, b, c = F.normalize(to_torch(vectors)).numpy()[questions.T]
        got = student.solve_analogies.keeping_arguments(questions, vectors)
        check(got, "answers").equals(nearest(b - a + c, vectors, 1, questions)[:, 0])


@task("solve_analogies", points=0.5, about="exact analogies, one question and none")
def test_parallelograms_are_completed(student, rng):
    """Six pairs of vectors of length 1 that differ by one and the same step, among thirty strangers."""
    roots = rng.normal(size=(6, 8))
    roots[:, 0] = 0
    roots /= np.linalg.norm(roots, axis=1, keepdims=True)
    step = np.eye(8)[0]
    pairs = np.stack([0.8 * roots - 0.6 * step, 0.8 * roots + 0.6 * step], axis=1).reshape(12, 8)
    vectors = np.concatenate([pairs, rng.normal(size=(30, 8))])
    questions = np.array([[2 * i, 2 * i + 1, 2 * j] for i in range(6) for j in range(6) if i != j])
    for some in (questions, questions[:1], questions[:0]):
        check(student.solve_analogies(some, vectors), "answers").equals(some[:, 2] + 1)


@task("principal_components", points=0.5, about="arrays in another memory layout, new answers")
@given(case=cloud_cases())
def test_components_of_points_in_any_memory_layout_are_new(student, case):
    expected = components_of(to_torch(case.x), case.num_components)
    for x in layouts(case.x):
        got = student.principal_components.returning_new_arrays(x, num_components=case.num_components)
        for name, mine, theirs in zip(("scores", "components", "variances"), got, expected, strict=True):
            check(mine, name).equals(theirs, rtol=1e-7, atol=1e-8)


@task("normalize_rows", points=0.5, about="arrays in another memory layout, new answers")
def test_rows_in_any_memory_layout_become_new_ones(student, rng):
    x = rng.normal(size=(5, 3))
    for arranged in layouts(x):
        check(student.normalize_rows.returning_new_arrays(arranged)).equals(F.normalize(to_torch(x)))


@task("cosine_similarities", points=0.5, about="arrays in another memory layout, new answers")
def test_cosines_of_rows_in_any_memory_layout(student, rng):
    x, y = rng.normal(size=(4, 3)), rng.normal(size=(6, 3))
    for arranged in layouts(x, y):
        check(student.cosine_similarities.returning_new_arrays(*arranged)).equals(cosines(x, y))


@task("nearest_words", points=0.5, about="arrays in another memory layout, new answers")
@given(case=words_cases())
def test_neighbours_in_any_memory_layout(student, case):
    for queries, vectors, exclude in layouts(case.queries, case.vectors, case.exclude):
        words = student.nearest_words.returning_new_arrays(queries, vectors, k=case.k, exclude=exclude)
        check(words, "words").equals(nearest(case.queries, case.vectors, case.k, case.exclude))


@task("solve_analogies", points=0.5, about="arrays in another memory layout, new answers")
def test_analogies_in_any_memory_layout(student, rng):
    words = rng.normal(size=(9, 4))
    asked = questions_of(rng, 12, 9)
    a, b, c = F.normalize(to_torch(words)).numpy()[asked.T]
    for questions, vectors in layouts(asked, words):
        got = student.solve_analogies.returning_new_arrays(questions, vectors)
        check(got, "answers").equals(nearest(b - a + c, words, 1, asked)[:, 0])
