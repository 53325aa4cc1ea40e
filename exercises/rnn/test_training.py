"""What you can check at home: training.py on the handout's worked example, and on small models."""

import numpy as np
import torch
import torch.nn.functional as F

from grader.judge import check, task, to_torch

GRADS = [np.array([3.0]), np.array([[0.0, 4.0]])]
PARAMS = {  # two inputs, one unit, two classes
    "weight_ih": np.array([[1.0, -1.0]]),
    "weight_hh": np.array([[0.5]]),
    "bias_ih": np.array([0.0]),
    "bias_hh": np.array([0.0]),
    "weight_out": np.array([[2.0], [-2.0]]),
    "bias_out": np.array([0.0, 0.1]),
}
A, B = np.tanh(1.0), np.tanh(0.5 * np.tanh(1.0) - 1)  # its states after reading "a" and then "b"


def mean_loss(x, targets, params):
    """Return torch's loss of the small model on one sequence, from a state of zeros."""
    weights = to_torch(*(params[name] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")))
    state = torch.zeros(1, 1, 1).double()
    out, _ = torch._VF.rnn_tanh(to_torch(x), state, weights, True, 1, 0, False, False, False)
    scores = F.linear(out[:, 0], *to_torch(params["weight_out"], params["bias_out"]))
    return F.cross_entropy(scores, to_torch(targets[:, 0]))


@task("sequence_cross_entropy", points=1)
def test_loss_matches_the_worked_example_of_the_handout(student):
    scores = np.array([[[0.0, np.log(3)]], [[5.0, -3.0]]])
    loss, dscores = student.sequence_cross_entropy(scores, np.array([[1], [-100]]))
    check(loss, "loss").equals(np.log(4 / 3))
    check(dscores, "dscores").equals(np.array([[[0.25, -0.25]], [[0.0, 0.0]]]))


@task("perplexity", points=1)
def test_perplexity_matches_the_worked_example_of_the_handout(student):
    scores = np.array([[[0.0, np.log(3)]], [[5.0, -3.0]]])
    check(student.perplexity(scores, np.array([[1], [-100]])), "perplexity").equals(4 / 3)


@task("clip_grad_norm", points=1)
def test_clipping_matches_the_worked_example_of_the_handout(student):
    clipped, total_norm = student.clip_grad_norm(GRADS, 1.0)
    check(total_norm, "total_norm").equals(5.0)
    check(clipped, "clipped").equals([np.array([0.6]), np.array([[0.0, 0.8]])], rtol=1e-6)


@task("recurrent_forward", points=1)
def test_scores_of_a_small_model(student):
    x = np.array([[[1.0, 0.0]], [[0.0, 1.0]]])
    scores, (h_n,), _ = student.recurrent_forward(x, (np.zeros((1, 1)),), PARAMS)
    check(scores, "scores").equals(np.array([[[2 * A, 0.1 - 2 * A]], [[2 * B, 0.1 - 2 * B]]]))
    check(h_n, "h_n").equals(np.array([[B]]))


@task("recurrent_backward", points=1)
def test_gradients_of_a_small_model(student):
    *_, cache = student.recurrent_forward(np.array([[[1.0, 0.0]]]), (np.zeros((1, 1)),), PARAMS)
    grads = student.recurrent_backward(np.array([[[1.0, 0.5]]]), cache)
    check(grads["weight_out"], "weight_out").equals(np.array([[A], [0.5 * A]]))
    check(grads["bias_out"], "bias_out").equals(np.array([1.0, 0.5]))
    check(grads["weight_ih"], "weight_ih").equals(np.array([[1 - A**2, 0.0]]))


@task("train_on_sequences", points=1)
def test_repeated_steps_lower_the_loss(student, rng):
    x, targets, params = np.eye(2)[[[0], [1], [0], [1]]], np.array([[1], [0], [1], [0]]), PARAMS
    for step in range(21):
        expected = mean_loss(x, targets, params)
        params, _, loss = student.train_on_sequences(x, targets, (np.zeros((1, 1)),), params, lr=0.5)
        check(loss, f"the loss of step {step}").equals(expected)
    check(loss, "the loss").holds(expected < 0.3, f"{expected:.3f} after 20 steps, not below 0.3")


@task("sample_characters", points=1)
def test_the_best_characters_win_at_temperature_0(student, rng):
    scores = np.array([[1.0, 3.0, 2.0], [9.0, 0.0, 0.0], [0.0, 0.1, 0.2]])
    check(student.sample_characters(scores, rng, temperature=0).tolist(), "characters").equals([1, 0, 2])


@task("complete_text", points=1)
def test_a_small_model_alternates(student, rng):
    params = PARAMS | {"weight_out": np.array([[-2.0], [2.0]]), "bias_out": np.array([0.0, 0.0])}
    check(student.complete_text("a", 4, params, "ab", rng)).equals("ababa")
