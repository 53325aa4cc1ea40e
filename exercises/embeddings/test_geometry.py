"""What you can check at home: geometry.py on the handout's worked example."""

import numpy as np
import torch
import torch.nn.functional as F

from grader.judge import check, task, to_torch

# man, king, woman, queen, apple
WORDS = np.array([[1.0, 0.0, 0.0], [0.6, 0.0, 0.8], [0.0, 1.0, 0.0], [0.0, 0.6, 0.8], [0.0, 0.0, 1.0]])


@task("principal_components", points=0.5)
def test_components_match_the_worked_example_of_the_handout(student):
    x = np.array([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]])
    scores, components, variances = student.principal_components(x, num_components=1)
    check(scores, "scores").equals(np.array([[-5.0], [0.0], [5.0]]))
    check(components, "components").equals(np.array([[0.6, 0.8]]))
    check(variances, "variances").equals(np.array([25.0]))


@task("normalize_rows", points=0.5)
def test_rows_match_the_worked_example_of_the_handout(student):
    check(student.normalize_rows(np.array([[3.0, 4.0], [0.0, 0.0]]))).equals(np.array([[0.6, 0.8], [0.0, 0.0]]))


@task("cosine_similarities", points=0.5)
def test_cosines_match_the_worked_example_of_the_handout(student):
    got = student.cosine_similarities(np.array([[3.0, 4.0]]), np.array([[5.0, 0.0], [8.0, 6.0]]))
    check(got).equals(np.array([[0.6, 0.96]]))


@task("nearest_words", points=0.5)
def test_neighbours_match_the_worked_example_of_the_handout(student):
    check(student.nearest_words(WORDS[1:2], WORDS, k=2), "words").equals(np.array([[1, 4]]))
    found = student.nearest_words(WORDS[1:2], WORDS, k=2, exclude=np.array([[1]]))
    check(found, "words without the query").equals(np.array([[4, 3]]))


@task("solve_analogies", points=0.5)
def test_queen_is_found_as_in_the_worked_example_of_the_handout(student):
    questions = np.array([[0, 1, 2], [2, 3, 0], [1, 0, 3]])
    check(student.solve_analogies(questions, WORDS), "answers").equals(np.array([3, 1, 2]))


@task("principal_components", points=1)
def test_components_are_the_eigenvectors_of_the_covariance(student, rng):
    for _ in range(4):
        x = rng.normal(size=(9, 4)) * [5, 3, 1.5, 0.6] + 3
        points = to_torch(x)
        variances, vectors = torch.linalg.eigh(torch.cov(points.T))
        components = vectors.T.flip(0)[:2]
        components = components * components.gather(1, components.abs().argmax(dim=1, keepdim=True)).sign()
        expected = (points - points.mean(dim=0)) @ components.T, components, variances.flip(0)[:2]
        got = student.principal_components.keeping_arguments(x)
        for name, value, reference in zip(("scores", "components", "variances"), got, expected, strict=True):
            check(value, name).equals(reference, rtol=1e-7, atol=1e-8)


@task("principal_components", points=0.5)
def test_more_components_than_there_are_is_refused(student, rng):
    x = rng.normal(size=(4, 6))
    _, _, variances = student.principal_components(x, num_components=3)
    check(variances.sum(), "the sum of all variances").equals(float(x.var(axis=0, ddof=1).sum()))
    student.principal_components.refuses(ValueError, x, num_components=4)


@task("normalize_rows", points=0.5)
def test_rows_are_those_of_torch_in_float32_and_whatever_eps_is(student, rng):
    x = rng.normal(size=(4, 3)).astype(np.float32)
    for eps in (1e-12, 1.5):
        check(student.normalize_rows.keeping_arguments(x, eps=eps)).equals(F.normalize(to_torch(x), eps=eps))


def cosines(x, y):
    """Return the cosines of all pairs of rows, in torch."""
    return F.cosine_similarity(to_torch(x)[:, None], to_torch(y)[None], dim=2)


@task("cosine_similarities", points=0.5)
def test_cosines_are_those_of_torch_with_a_row_of_zeros(student, rng):
    x, y = rng.normal(size=(3, 4)), 5 * rng.normal(size=(6, 4))
    y[2] = 0
    check(student.cosine_similarities.keeping_arguments(x, y)).equals(cosines(x, y))


@task("nearest_words", points=0.5)
def test_neighbours_are_those_of_torch(student, rng):
    queries, vectors = rng.normal(size=(3, 4)), rng.normal(size=(9, 4)) * 10 ** rng.uniform(-1, 1, (9, 1))
    exclude = np.array([[1, 4], [0, 8], [4, 2]])
    expected = cosines(queries, vectors).scatter(1, to_torch(exclude), -torch.inf).topk(5, dim=1).indices
    check(student.nearest_words.keeping_arguments(queries, vectors, exclude=exclude), "words").equals(expected)


@task("nearest_words", points=0.5)
def test_too_few_words_are_refused(student, rng):
    queries, vectors, exclude = rng.normal(size=(2, 3)), rng.normal(size=(6, 3)), np.array([[1, 4], [0, 5]])
    expected = cosines(queries, vectors).scatter(1, to_torch(exclude), -torch.inf).topk(4, dim=1).indices
    check(student.nearest_words(queries, vectors, k=4, exclude=exclude), "words").equals(expected)
    student.nearest_words.refuses(ValueError, queries, vectors, k=5, exclude=exclude)


@task("solve_analogies", points=0.5)
def test_answers_are_those_of_torch(student, rng):
    vectors = rng.normal(size=(11, 3)) * 10 ** rng.uniform(-1, 1, (11, 1))
    questions = np.stack([rng.permutation(11)[:3] for _ in range(20)])
    a, b, c = F.normalize(to_torch(vectors))[to_torch(questions.T)]
    scores = F.cosine_similarity((b - a + c)[:, None], to_torch(vectors)[None], dim=2)
    expected = scores.scatter(1, to_torch(questions), -torch.inf).argmax(dim=1)
    check(student.solve_analogies.keeping_arguments(questions, vectors), "answers").equals(expected)
