"""What you can check at home: network.py on the handout's worked example."""

import numpy as np

from grader.judge import check, task

X = np.array([[1.0, 2.0], [3.0, 0.0]])
LAYERS = [
    {"weight": np.array([[1.0, 1.0], [1.0, -1.0]]), "bias": np.array([0.0, -1.0])},
    {"weight": np.array([[2.0, 5.0]]), "bias": np.array([1.0])},
]


@task("network_forward", points=1)
def test_scores_match_the_worked_example_of_the_handout(student, rng):
    scores, layers, _ = student.network_forward(X, LAYERS, rng)
    check(scores, "scores").equals(np.array([[7.0], [17.0]]))
    check(list(layers), "layers").equals(LAYERS)


@task("network_backward", points=1)
def test_gradients_match_the_worked_example_of_the_handout(student, rng):
    *_, cache = student.network_forward(X, LAYERS, rng)
    first, last = student.network_backward(np.array([[1.0], [-1.0]]), cache)
    check(last, "the last layer's").equals({"weight": np.array([[0.0, -2.0]]), "bias": np.array([0.0])})
    expected = {"weight": np.array([[-4.0, 4.0], [-15.0, 0.0]]), "bias": np.array([0.0, -5.0])}
    check(first, "the first layer's").equals(expected)


@task("train_step", points=1)
def test_a_step_matches_the_worked_example_of_the_handout(student, rng):
    layer = {"weight": np.array([[3.0], [3.0]]), "bias": np.zeros(2)}
    (new,), loss = student.train_step(np.ones((1, 1)), np.array([0]), [layer], rng, lr=1.0, weight_decay=0.5)
    check(loss, "loss").equals(np.log(2) + 4.5)
    check(new, "the layer").equals({"weight": np.array([[2.0], [1.0]]), "bias": np.array([0.5, -0.5])})
