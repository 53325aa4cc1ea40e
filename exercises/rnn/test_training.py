"""What you can check at home: training.py on the handout's worked example, and on small models."""

import numpy as np
import torch
import torch.nn.functional as F

from grader.judge import check, task, to_torch

BLOCKS = {"rnn": 1, "lstm": 4, "gru": 3}
GRADS = [np.array([2.0]), np.array([[3.0, 6.0]])]
PARAMS = {  # two inputs, one unit, two classes
    "weight_ih": np.array([[1.0, -1.0]]),
    "weight_hh": np.array([[0.5]]),
    "bias_ih": np.array([0.0]),
    "bias_hh": np.array([0.0]),
    "weight_out": np.array([[2.0], [-2.0]]),
    "bias_out": np.array([0.0, 0.1]),
}
A, B = np.tanh(1.0), np.tanh(0.5 * np.tanh(1.0) - 1)  # its states after reading "a" and then "b"

ORDER = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def mean_loss(x, targets, params):
    """Return torch's loss of the small model on one sequence, from a state of zeros."""
    weights = to_torch(*(params[name] for name in ORDER))
    state = torch.zeros(1, 1, 1).double()
    out, _ = torch._VF.rnn_tanh(to_torch(x), state, weights, True, 1, 0, False, False, False)
    scores = F.linear(out[:, 0], *to_torch(params["weight_out"], params["bias_out"]))
    return F.cross_entropy(scores, to_torch(targets[:, 0]))


@task("sequence_cross_entropy", points=0.5)
def test_loss_matches_the_worked_example_of_the_handout(student):
    scores = np.array([[[0.0, np.log(3)]], [[5.0, -3.0]]])
    loss, dscores = student.sequence_cross_entropy(scores, np.array([[1], [-100]]))
    check(loss, "loss").equals(np.log(4 / 3))
    check(dscores, "dscores").equals(np.array([[[0.25, -0.25]], [[0.0, 0.0]]]))


@task("perplexity", points=0.5)
def test_perplexity_matches_the_worked_example_of_the_handout(student):
    scores = np.array([[[0.0, np.log(3)]], [[5.0, -3.0]]])
    check(student.perplexity(scores, np.array([[1], [-100]])), "perplexity").equals(4 / 3)


@task("clip_grad_norm", points=0.5)
def test_clipping_matches_the_worked_example_of_the_handout(student):
    clipped, total_norm = student.clip_grad_norm(GRADS, 3.5)
    check(total_norm, "total_norm").equals(7.0)
    check(clipped, "clipped").equals([np.array([1.0]), np.array([[1.5, 3.0]])], rtol=1e-6)


@task("recurrent_forward", points=0.5)
def test_scores_of_a_small_model(student):
    x = np.array([[[1.0, 0.0]], [[0.0, 1.0]]])
    scores, (h_n,), _ = student.recurrent_forward(x, (np.zeros((1, 1)),), PARAMS)
    check(scores, "scores").equals(np.array([[[2 * A, 0.1 - 2 * A]], [[2 * B, 0.1 - 2 * B]]]))
    check(h_n, "h_n").equals(np.array([[B]]))


@task("recurrent_backward", points=0.5)
def test_gradients_of_a_small_model(student):
    *_, cache = student.recurrent_forward(np.array([[[1.0, 0.0]]]), (np.zeros((1, 1)),), PARAMS)
    grads = student.recurrent_backward(np.array([[[1.0, 0.5]]]), cache)
    check(grads["weight_out"], "weight_out").equals(np.array([[A], [0.5 * A]]))
    check(grads["bias_out"], "bias_out").equals(np.array([1.0, 0.5]))
    check(grads["weight_ih"], "weight_ih").equals(np.array([[1 - A**2, 0.0]]))


@task("train_on_sequences", points=0.5)
def test_repeated_steps_lower_the_loss(student, rng):
    x, targets, params = np.eye(2)[[[0], [1], [0], [1]]], np.array([[1], [0], [1], [0]]), PARAMS
    for step in range(21):
        expected = mean_loss(x, targets, params)
        params, _, loss = student.train_on_sequences(x, targets, (np.zeros((1, 1)),), params, lr=0.5)
        check(loss, f"the loss of step {step}").equals(expected)
    check(loss, "the loss").holds(expected < 0.3, f"{expected:.3f} after 20 steps, not below 0.3")


@task("sample_characters", points=0.5)
def test_the_best_characters_win_at_temperature_0(student, rng):
    scores = np.array([[1.0, 3.0, 2.0], [9.0, 0.0, 0.0], [0.0, 0.1, 0.2]])
    check(student.sample_characters(scores, rng, temperature=0).tolist(), "characters").equals([1, 0, 2])


@task("complete_text", points=0.5)
def test_a_small_model_alternates(student, rng):
    params = PARAMS | {"weight_out": np.array([[-2.0], [2.0]]), "bias_out": np.array([0.0, 0.0])}
    check(student.complete_text("a", 4, params, "ab", rng)).equals("ababa")


def drawn_model(rng, cell, dtype=np.float64):
    """Return a sequence of 4 steps, a state, parameters, targets and a gradient of the scores."""
    rows, shapes = 4 * BLOCKS[cell], {"weight_hh": 4, "weight_ih": 3}
    params = {name: rng.normal(size=(rows, size)) for name, size in shapes.items()}
    params |= {name: rng.normal(size=rows) for name in ("bias_ih", "bias_hh")}
    params |= {"weight_out": rng.normal(size=(5, 4)), "bias_out": rng.normal(size=5)}
    params = {name: value.astype(dtype) for name, value in params.items()}
    state = tuple(rng.normal(size=(2, 4)).astype(dtype) for _ in range(2 if cell == "lstm" else 1))
    x, dscores = rng.normal(size=(4, 2, 3)).astype(dtype), rng.normal(size=(4, 2, 5)).astype(dtype)
    targets = rng.integers(0, 5, (4, 2))
    targets[1, 0] = -100
    return x, state, params, targets, dscores


def read(cell, x, state, params):
    """Return the scores and the last state of a model, in torch."""
    weights = [params[name] for name in ORDER]
    options = True, 1, 0.0, False, False, False
    start = tuple(part[None] for part in state)
    function = getattr(torch._VF, "rnn_tanh" if cell == "rnn" else cell)
    out, *last = function(x, start if cell == "lstm" else start[0], weights, *options)
    return F.linear(out, params["weight_out"], params["bias_out"]), tuple(part[0] for part in last)


def tensors(params):
    """Return parameters as leaves of torch."""
    return {name: to_torch(value, grad=True) for name, value in params.items()}


def require_loss(student, scores, targets):
    """Compare loss and gradient with those of torch."""
    loss, dscores = student.sequence_cross_entropy.keeping_arguments(scores, targets)
    leaf = to_torch(scores, grad=True)
    expected = F.cross_entropy(leaf.flatten(0, 1), to_torch(targets).flatten())
    expected.backward()
    check(loss, "loss").equals(expected.detach())
    check(dscores, "dscores").equals(leaf.grad)


@task("sequence_cross_entropy", points=1)
def test_loss_and_gradient_are_those_of_torch(student, rng):
    scores, targets = rng.normal(size=(4, 3, 5)), rng.integers(0, 5, (4, 3))
    targets[rng.integers(4), 1] = -100
    require_loss(student, scores, targets)


@task("sequence_cross_entropy", points=0.5)
def test_scores_of_1e4_stay_in_float32_and_no_argument_changes(student, rng):
    require_loss(student, (1e4 * rng.normal(size=(2, 3, 4))).astype(np.float32), rng.integers(0, 4, (2, 3)))


@task("perplexity", points=0.5)
def test_perplexity_is_the_exponential_of_the_loss_of_torch(student, rng):
    scores, targets = rng.normal(size=(4, 3, 5)), rng.integers(0, 5, (4, 3))
    targets[rng.integers(4), 1] = -100
    expected = F.cross_entropy(to_torch(scores).flatten(0, 1), to_torch(targets).flatten()).exp()
    check(student.perplexity.keeping_arguments(scores, targets), "perplexity").equals(expected)


@task("perplexity", points=0.5)
def test_who_guesses_has_as_many_as_there_are_classes(student, rng):
    targets = rng.integers(0, 6, (3, 2))
    check(student.perplexity(np.full((3, 2, 6), 1e4), targets), "perplexity").equals(6.0)


@task("clip_grad_norm", points=1)
def test_clipping_is_that_of_torch(student, rng):
    grads = [rng.normal(size=shape) for shape in ((3, 4), (5,), (2, 1, 3))]
    for max_norm in (0.3, 50.0):
        clipped, total_norm = student.clip_grad_norm(grads, max_norm)
        leaves = [to_torch(grad, grad=True) for grad in grads]
        for leaf, grad in zip(leaves, grads, strict=True):
            leaf.grad = to_torch(grad)
        check(total_norm, "total_norm").equals(torch.nn.utils.clip_grad_norm_(leaves, max_norm))
        check(clipped, "clipped").equals([leaf.grad for leaf in leaves])


@task("clip_grad_norm", points=0.5)
def test_gradients_that_were_passed_in_stay_and_float32_too(student, rng):
    grads = [rng.normal(size=shape).astype(np.float32) for shape in ((3, 2), (4,))]
    clipped, _ = student.clip_grad_norm.keeping_arguments(grads, 0.25)
    length = torch.cat([to_torch(grad).flatten() for grad in grads]).norm()
    check(clipped, "clipped").equals([to_torch(grad) * (0.25 / (length + 1e-6)) for grad in grads])


@task("recurrent_forward", points=1)
def test_scores_and_states_of_every_cell_are_those_of_torch(student, rng):
    for cell in BLOCKS:
        x, state, params, _, _ = drawn_model(rng, cell)
        scores, state_n, _ = student.recurrent_forward.keeping_arguments(x, state, params, cell=cell)
        expected, last = read(cell, to_torch(x), [to_torch(part) for part in state], tensors(params))
        check(scores, "scores").equals(expected.detach())
        check(state_n, "state_n").equals(tuple(part.detach() for part in last))


@task("recurrent_forward", points=0.5)
def test_scores_of_every_cell_stay_in_float32(student, rng):
    for cell in BLOCKS:
        x, state, params, _, _ = drawn_model(rng, cell, np.float32)
        scores, _, _ = student.recurrent_forward(x, state, params, cell=cell)
        expected, _ = read(cell, to_torch(x), [to_torch(part) for part in state], tensors(params))
        check(scores, "scores").equals(expected.detach())


def require_gradients(student, rng, dtype):
    """Compare the gradients of all parameters with those of torch.autograd, for every cell."""
    for cell in BLOCKS:
        x, state, params, _, dscores = drawn_model(rng, cell, dtype)
        *_, cache = student.recurrent_forward(x, state, params, cell=cell)
        leaves = tensors(params)
        read(cell, to_torch(x), [to_torch(part) for part in state], leaves)[0].backward(to_torch(dscores))
        grads = student.recurrent_backward.keeping_arguments(dscores, cache)
        check(grads, "grads").equals({name: leaf.grad for name, leaf in leaves.items()})


@task("recurrent_backward", points=0.5)
def test_gradients_of_every_cell_are_those_of_torch(student, rng):
    require_gradients(student, rng, np.float64)


@task("recurrent_backward", points=0.5)
def test_gradients_of_every_cell_stay_in_float32(student, rng):
    require_gradients(student, rng, np.float32)


@task("train_on_sequences", points=1)
def test_a_step_of_every_cell_is_that_of_torch(student, rng):
    for cell, max_norm in (("rnn", 0.1), ("lstm", 0.2), ("gru", 100.0)):
        x, state, params, targets, _ = drawn_model(rng, cell)
        moved, state_n, loss = student.train_on_sequences(
            x, targets, state, params, cell=cell, lr=0.3, max_norm=max_norm
        )
        leaves = tensors(params)
        scores, last = read(cell, to_torch(x), [to_torch(part) for part in state], leaves)
        expected = F.cross_entropy(scores.flatten(0, 1), to_torch(targets).flatten())
        expected.backward()
        torch.nn.utils.clip_grad_norm_(leaves.values(), max_norm)
        check(loss, "loss").equals(expected.detach())
        check(state_n, "state_n").equals(tuple(part.detach() for part in last))
        check(moved, "params").equals({name: (leaf - 0.3 * leaf.grad).detach() for name, leaf in leaves.items()})


@task("train_on_sequences", points=0.5)
def test_parameters_and_state_that_were_passed_in_stay_as_they_are(student, rng):
    x, state, params, targets, _ = drawn_model(rng, "rnn")
    _, _, loss = student.train_on_sequences.keeping_arguments(x, targets, state, params)
    scores, _ = read("rnn", to_torch(x), [to_torch(part) for part in state], tensors(params))
    check(loss, "loss").equals(F.cross_entropy(scores.flatten(0, 1), to_torch(targets).flatten()).detach())


@task("sample_characters", points=0.5)
def test_frequencies_follow_the_softmax_at_a_temperature(student, rng):
    """A share of 20,000 draws lies more than 0.027 off with probability 4.3e-13, by Hoeffding's inequality."""
    scores, temperature = rng.permutation([0.0, 0.8, 1.7]), rng.uniform(1.8, 2.4)
    drawn = student.sample_characters(np.repeat(scores[None], 20_000, axis=0), rng, temperature=temperature)
    expected = torch.softmax(to_torch(scores) / temperature, dim=0).numpy()
    gap = np.abs(np.bincount(drawn, minlength=3) / len(drawn) - expected).max()
    check(drawn, "characters").holds(gap <= 0.027, f"a character's share is {gap:.3f} off; chance explains 0.027")


@task("sample_characters", points=0.5)
def test_the_generator_decides_and_negative_temperatures_are_refused(student, rng):
    seed, scores = int(rng.integers(2**32)), np.zeros((60, 9))
    first, again, other = (student.sample_characters(scores, np.random.default_rng(s)) for s in (seed, seed, seed + 1))
    check(again.tolist(), "the second answer to the same generator").equals(first.tolist())
    check(other.tolist(), "the answer to another generator").holds((other != first).any(), "the same characters")
    student.sample_characters.refuses(ValueError, scores, rng, temperature=-1.0)


@task("complete_text", points=0.5)
def test_every_cell_writes_what_torch_writes(student, rng):
    for cell in BLOCKS:
        _, _, params, _, _ = drawn_model(rng, cell)
        params = {name: 2 * value for name, value in params.items()} | {"weight_out": rng.normal(size=(3, 4))}
        params["bias_out"] = rng.normal(size=3)
        text = "".join(rng.choice(list("abc"), 4))
        expected, state = text, [torch.zeros(1, 4).double()] * (2 if cell == "lstm" else 1)
        for _ in range(6):
            x = to_torch(np.eye(3)[[["abc".index(letter)] for letter in expected]])
            expected += "abc"[read(cell, x, state, tensors(params))[0][-1, 0].argmax()]
        check(student.complete_text(text, 6, params, "abc", rng, cell=cell), f"what the {cell} writes").equals(expected)


@task("complete_text", points=0.5)
def test_the_generator_decides_what_is_written_at_a_temperature(student, rng):
    params = {name: 0 * value for name, value in PARAMS.items()}
    seed = int(rng.integers(2**32))
    first, again, other = (
        student.complete_text("ab", 60, params, "ab", np.random.default_rng(s), temperature=1.0)
        for s in (seed, seed, seed + 1)
    )
    check(again, "the second text of the same generator").equals(first)
    check(other, "the text of another generator").holds(other != first, "the same text")
    check(first, "the text").holds(first.startswith("ab") and len(first) == 62, "it is not the two letters and 60 more")
