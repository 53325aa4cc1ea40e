"""What you can check at home: glove.py on the handout's worked example."""

import numpy as np

from grader.judge import check, task

SENTENCE = np.array([0, 1, 2, 0, 3])


@task("cooccurrence_counts", points=1)
def test_counts_match_the_worked_example_of_the_handout(student):
    expected = np.array([[0, 1.5, 1.5, 1], [1.5, 0, 1, 0], [1.5, 1, 0, 0.5], [1, 0, 0.5, 0]])
    check(student.cooccurrence_counts([SENTENCE], 4, window=2), "counts").equals(expected)


@task("glove_weighting", points=1)
def test_weights_match_the_worked_example_of_the_handout(student):
    counts = np.array([0.0, 6.25, 100.0, 300.0])
    check(student.glove_weighting(counts), "weights").equals(np.array([0.0, 0.125, 1.0, 1.0]))


@task("glove_loss", points=1)
def test_loss_and_gradients_match_the_worked_example_of_the_handout(student):
    counts, w, w_context = np.array([[0.0, 1.0], [1.0, 1.0]]), np.array([[1.0], [2.0]]), np.array([[3.0], [1.0]])
    got = student.glove_loss(counts, w, w_context, np.array([1.0, 0.0]), np.array([0.0, -1.0]), x_max=1.0)
    loss, dw, dw_context, db, db_context = got
    check(loss, "loss").equals(38.0)
    check(dw, "dw").equals(np.array([[2.0], [38.0]]))
    check(dw_context, "dw_context").equals(np.array([[24.0], [6.0]]))
    check(db, "db").equals(np.array([2.0, 14.0]))
    check(db_context, "db_context").equals(np.array([12.0, 4.0]))
