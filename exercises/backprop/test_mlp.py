"""The multilayer perceptron, on the handout's worked example and on XOR.

Expected numbers: by hand, torch.autograd, and the truth table.
"""

from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F

from grader.judge import check, task, to_torch

X = np.array([[1.0, 3.0], [4.0, 1.0]])
PARAMS = [(np.array([[1.0, -1.0]]), np.array([0.0])), (np.array([[2.0]]), np.array([1.0]))]
CORNERS, XOR = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1, 0])


def random_params(rng, *sizes):
    """Draw weights and biases for layers of these sizes."""
    return [(rng.normal(size=(o, i)), rng.normal(size=o)) for i, o in pairwise(sizes)]


@task("init_mlp", points=1)
def test_every_layer_has_its_shapes_and_its_bound(student, rng):
    params = student.init_mlp(rng, (4, 9, 2))
    check([weight.shape for weight, _ in params], "the weights' shapes").equals([(9, 4), (2, 9)])
    check([bias.shape for _, bias in params], "the biases' shapes").equals([(9,), (2,)])
    for (weight, bias), bound in zip(params, (1 / 2, 1 / 3), strict=True):
        largest = max(np.abs(weight).max(), np.abs(bias).max())
        check(params, "params").holds(
            0 < largest <= bound, f"the largest number is {largest:.3f}, the bound {bound:.3f}"
        )


@task("mlp_forward", points=1)
def test_scores_match_the_worked_example_and_torch(student, rng):
    scores, _ = student.mlp_forward(X, PARAMS)
    check(scores, "scores").equals(np.array([[1.0], [7.0]]))
    x, params = rng.normal(size=(5, 3)), random_params(rng, 3, 4, 2)
    scores, _ = student.mlp_forward(x, params, activation="sigmoid")
    (w1, b1), (w2, b2) = (to_torch(*pair) for pair in params)
    check(scores, "scores").equals(F.linear(torch.sigmoid(F.linear(to_torch(x), w1, b1)), w2, b2))


@task("mlp_backward", points=1)
def test_gradients_match_the_worked_example_and_torch(student, rng):
    _, cache = student.mlp_forward(X, PARAMS)
    dx, grads = student.mlp_backward(np.ones((2, 1)), cache)
    check(dx, "dx").equals(np.array([[0.0, 0.0], [2.0, -2.0]]))
    check(grads, "grads").equals([(np.array([[8.0, 2.0]]), np.array([2.0])), (np.array([[3.0]]), np.array([2.0]))])
    x, params, dscores = rng.normal(size=(5, 3)), random_params(rng, 3, 4, 2), rng.normal(size=(5, 2))
    _, cache = student.mlp_forward(x, params)
    _, grads = student.mlp_backward(dscores, cache)
    first, second = (to_torch(*pair, grad=True) for pair in params)
    F.linear(torch.relu(F.linear(to_torch(x), *first)), *second).backward(to_torch(dscores))
    check(grads, "grads").equals([tuple(leaf.grad for leaf in pair) for pair in (first, second)])


@task("mlp_sgd_step", points=1)
def test_one_step_matches_the_worked_example_of_the_handout(student):
    loss, params = student.mlp_sgd_step(np.array([[4.0]]), np.array([0]), [(np.zeros((2, 1)), np.zeros(2))], lr=0.1)
    check(loss, "loss").equals(float(np.log(2)))
    check(params, "params").equals([(np.array([[0.2], [-0.2]]), np.array([0.05, -0.05]))])


@task("train_mlp", points=1)
def test_a_small_network_learns_xor(student, rng):
    first = [
        (rng.uniform(-0.7, 0.7, (16, 2)), rng.uniform(-0.7, 0.7, 16)),
        (rng.uniform(-0.25, 0.25, (2, 16)), np.zeros(2)),
    ]
    params, losses = student.train_mlp(CORNERS, XOR, first, rng, epochs=200, batch_size=4, lr=0.5)
    check(len(losses), "the number of losses").equals(200)
    (w1, b1), (w2, b2) = (to_torch(*pair) for pair in first)
    scores = F.linear(torch.relu(F.linear(to_torch(CORNERS), w1, b1)), w2, b2)
    check(losses[:1], "the first loss").equals(F.cross_entropy(scores, to_torch(XOR))[None])
    (w1, b1), (w2, b2) = params
    answers = (np.maximum(CORNERS @ w1.T + b1, 0) @ w2.T + b2).argmax(axis=1)
    check(answers.tolist(), "the answers for 00, 01, 10, 11").equals([0, 1, 1, 0])


@task("predict_mlp", points=1)
def test_answers_match_the_worked_example_of_the_handout(student):
    params = [(np.array([[1.0], [-1.0], [0.0]]), np.array([0.0, 0.0, 0.5]))]
    check(student.predict_mlp(np.array([[2.0], [-1.0], [0.1]]), params).tolist(), "classes").equals([0, 1, 2])
