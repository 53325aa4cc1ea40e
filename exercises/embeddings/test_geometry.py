"""What you can check at home: geometry.py on the handout's worked example."""

import numpy as np

from grader.judge import check, task

# man, king, woman, queen, apple
WORDS = np.array([[1.0, 0.0, 0.0], [0.6, 0.0, 0.8], [0.0, 1.0, 0.0], [0.0, 0.6, 0.8], [0.0, 0.0, 1.0]])


@task("principal_components", points=1)
def test_components_match_the_worked_example_of_the_handout(student):
    x = np.array([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]])
    scores, components, variances = student.principal_components(x, num_components=1)
    check(scores, "scores").equals(np.array([[-5.0], [0.0], [5.0]]))
    check(components, "components").equals(np.array([[0.6, 0.8]]))
    check(variances, "variances").equals(np.array([25.0]))


@task("normalize_rows", points=1)
def test_rows_match_the_worked_example_of_the_handout(student):
    check(student.normalize_rows(np.array([[3.0, 4.0], [0.0, 0.0]]))).equals(np.array([[0.6, 0.8], [0.0, 0.0]]))


@task("cosine_similarities", points=1)
def test_cosines_match_the_worked_example_of_the_handout(student):
    got = student.cosine_similarities(np.array([[3.0, 4.0]]), np.array([[5.0, 0.0], [8.0, 6.0]]))
    check(got).equals(np.array([[0.6, 0.96]]))


@task("nearest_words", points=1)
def test_neighbours_match_the_worked_example_of_the_handout(student):
    check(student.nearest_words(WORDS[1:2], WORDS, k=2), "words").equals(np.array([[1, 4]]))
    found = student.nearest_words(WORDS[1:2], WORDS, k=2, exclude=np.array([[1]]))
    check(found, "words without the query").equals(np.array([[4, 3]]))


@task("solve_analogies", points=1)
def test_queen_is_found_as_in_the_worked_example_of_the_handout(student):
    questions = np.array([[0, 1, 2], [2, 3, 0], [1, 0, 3]])
    check(student.solve_analogies(questions, WORDS), "answers").equals(np.array([3, 1, 2]))
