"""training.py: loss, clipping, models, a training step, sampling, and two things that have to be learned.

Expected numbers come from live torch (cross_entropy with its ignore_index, clip_grad_norm_, the recurrent operators,
autograd). Sampling is compared with softmax by the inequality of Hoeffding: each of six frequencies among 20,000 draws
lies more than 0.027 off with probability 2 exp(-2 * 20000 * 0.027**2) = 4.3e-13, each of two among 5000 more than 0.05
off with probability 2 exp(-2 * 5000 * 0.05**2) = 2.8e-11.

Catches: sums for means, skipped steps counted, bits for nats, clipping each parameter by itself, always, or by the sum
of the norms, temperature multiplied or ignored, sampling for argmax and the reverse, states lost or not returned,
gradients added instead of subtracted, unclipped or taken from elsewhere, a writer that forgets what it has read.
"""

from dataclasses import replace
from itertools import product

import numpy as np
import torch
import torch.nn.functional as F
from hypothesis import given

from datasets.delayed_echo import delayed_echo
from grader.judge import check, layouts, task, to_torch
from solutions.rnn.training import init_model, one_hot, zero_state
from tests.hidden.rnn import test_gru, test_lstm, test_vanilla
from tests.hidden.rnn.strategies import FEW, ModelCase, model_case, model_cases, scored_cases

WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
SIZES = (4, 2, 3, 5)


def read(cell, x, state, params):
    """Return the scores and the last state of a model, in torch."""
    weights = [params[name] for name in WEIGHTS]
    if cell == "rnn":
        out, h_n = test_vanilla.read(x, *state, *weights)
        last = (h_n[0],)
    else:
        out, *last = (test_lstm if cell == "lstm" else test_gru).read(x, *state, *weights)
    return F.linear(out, params["weight_out"], params["bias_out"]), tuple(last)


def tensors(params, grad=False):
    """Return parameters as tensors."""
    return {name: to_torch(value, grad=grad) for name, value in params.items()}


def state_of(case):
    """Return the case's state as tensors."""
    return tuple(to_torch(part) for part in case.state)


def loss_of(scores, targets):
    """Return the mean cross-entropy of torch, with its ignore_index."""
    return F.cross_entropy(scores.flatten(0, 1), targets.flatten())


def stepped(case, lr, max_norm):
    """Return the new parameters, the last state and the loss after one clipped step in torch."""
    leaves = tensors(case.params, grad=True)
    scores, state_n = read(case.cell, to_torch(case.x), state_of(case), leaves)
    loss = loss_of(scores, to_torch(case.targets))
    loss.backward()
    torch.nn.utils.clip_grad_norm_(leaves.values(), max_norm)
    moved = {name: (leaf - lr * leaf.grad).detach() for name, leaf in leaves.items()}
    return moved, tuple(part.detach() for part in state_n), loss.detach()


@task("sequence_cross_entropy", points=1, about="missing targets, no argument changed")
@given(case=scored_cases())
def test_loss_and_gradient_agree_with_torch_where_targets_are_missing(student, case):
    loss, dscores = student.sequence_cross_entropy.keeping_arguments(*case)
    scores, targets = to_torch(case[0], grad=True), to_torch(case[1])
    expected = loss_of(scores, targets)
    expected.backward()
    check(loss, "loss").equals(expected.detach())
    check(dscores, "dscores").equals(scores.grad)


@task("sequence_cross_entropy", points=0.5, about="float32, large scores, one step or one sequence")
def test_very_large_scores_give_finite_losses_in_float32(student, rng):
    for shape in ((3, 2), (1, 1), (1, 4), (5, 1)):
        values, targets = (1e4 * rng.normal(size=(*shape, 4))).astype(np.float32), rng.integers(0, 4, shape)
        loss, dscores = student.sequence_cross_entropy(values, targets)
        scores = to_torch(values, grad=True)
        expected = loss_of(scores, to_torch(targets))
        expected.backward()
        check(loss, "loss").equals(expected.detach())
        check(dscores, "dscores").equals(scores.grad)


@task("perplexity", points=0.5, about="missing targets, no argument changed")
@given(case=scored_cases())
def test_perplexity_is_the_exponential_of_the_mean_loss(student, case):
    got = student.perplexity.keeping_arguments(*case)
    check(got, "perplexity").equals(loss_of(*to_torch(*case)).exp())


@task("perplexity", points=0.5, about="certain models and guesses")
def test_perplexity_is_one_for_a_sure_model_and_the_number_of_classes_for_a_guessing_one(student, rng):
    for shape in ((3, 2), (1, 1)):
        targets = rng.integers(0, 7, shape)
        check(student.perplexity(1e4 * np.eye(7)[targets], targets), "perplexity").equals(1.0)
        check(student.perplexity(np.full((*shape, 7), 3.0), targets), "perplexity").equals(7.0)


@task("clip_grad_norm", points=1, about="several lengths, shapes and largest norms, no argument changed")
def test_clipping_agrees_with_torch(student, rng):
    grads = [rng.normal(size=shape) for shape in ((3, 4), (5,), (2, 1, 3), ())]
    for max_norm in (0.1, 1.5, 100.0):
        clipped, total_norm = student.clip_grad_norm.keeping_arguments(grads, max_norm)
        leaves = [to_torch(grad, grad=True) for grad in grads]
        for leaf, grad in zip(leaves, grads, strict=True):
            leaf.grad = to_torch(grad)
        check(total_norm, "total_norm").equals(torch.nn.utils.clip_grad_norm_(leaves, max_norm))
        check(clipped, "clipped").equals([leaf.grad for leaf in leaves])


@task("clip_grad_norm", points=0.5, about="float32, short gradients and zeros")
def test_short_and_zero_gradients_stay_as_they_are_in_float32(student, rng):
    for scale in (1.0, 0.0):
        grads = [(scale * rng.normal(size=shape)).astype(np.float32) for shape in ((3, 2), (4,))]
        clipped, total_norm = student.clip_grad_norm(grads, 50.0)
        check(clipped, "clipped").equals(grads, rtol=0.0, atol=0.0)
        check(total_norm, "total_norm").equals(torch.cat([to_torch(grad).flatten() for grad in grads]).norm())


@task("recurrent_forward", points=1, about="every cell, no argument changed")
@given(case=model_cases())
def test_scores_and_states_of_every_cell_agree_with_torch(student, case):
    scores, state_n, _ = student.recurrent_forward.keeping_arguments(case.x, case.state, case.params, cell=case.cell)
    expected, last = read(case.cell, to_torch(case.x), state_of(case), tensors(case.params))
    check(scores, "scores").equals(expected)
    check(state_n, "state_n").equals(last)


@task("recurrent_forward", points=0.5, about="the default cell, one step, one sequence and none")
def test_a_plain_cell_is_the_default_for_sequences_and_batches_of_any_size(student, rng):
    for case in (model_case(rng, "rnn", sizes) for sizes in (SIZES, *FEW)):
        scores, state_n, _ = student.recurrent_forward(case.x, case.state, case.params)
        expected, last = read("rnn", to_torch(case.x), state_of(case), tensors(case.params))
        check(scores, "scores").equals(expected)
        check(state_n, "state_n").equals(last)


def require_gradients(student, case):
    """Compare the gradients of all parameters with those of autograd."""
    *_, cache = student.recurrent_forward(case.x, case.state, case.params, cell=case.cell)
    grads = student.recurrent_backward.keeping_arguments(case.dscores, cache)
    leaves = tensors(case.params, grad=True)
    scores, _ = read(case.cell, to_torch(case.x), state_of(case), leaves)
    scores.backward(to_torch(case.dscores))
    check(grads, "grads").equals({name: leaf.grad for name, leaf in leaves.items()})


@task("recurrent_backward", points=0.5, about="every cell, other shapes")
@given(case=model_cases())
def test_gradients_of_all_parameters_agree_with_torch(student, case):
    require_gradients(student, case)


@task("recurrent_backward", points=0.5, about="one step, one sequence and none")
def test_gradients_agree_with_torch_for_sequences_and_batches_of_any_size(student, rng):
    for cell, sizes in product(("rnn", "lstm", "gru"), FEW):
        require_gradients(student, model_case(rng, cell, sizes))


@task("train_on_sequences", points=0.5, about="every cell, clipped and unclipped, no argument changed")
@given(case=model_cases())
def test_a_step_agrees_with_torch_clipped_and_unclipped(student, case):
    for max_norm in (0.05, 100.0):
        options = {"lr": 0.3, "max_norm": max_norm}
        got = student.train_on_sequences.keeping_arguments(
            case.x, case.targets, case.state, case.params, cell=case.cell, **options
        )
        for name, value, expected in zip(("params", "state_n", "loss"), got, stepped(case, **options), strict=True):
            check(value, name).equals(expected)


@task("train_on_sequences", points=1, about="default options, one step")
def test_rate_and_largest_norm_are_1_by_default(student, rng):
    for sizes in (SIZES, (1, 2, 3, 4)):
        case = model_case(rng, "rnn", sizes)
        got = student.train_on_sequences(case.x, case.targets, case.state, case.params)
        for name, value, expected in zip(("params", "state_n", "loss"), got, stepped(case, 1.0, 1.0), strict=True):
            check(value, name).equals(expected)


def step_as_torch_does(student, case, **options):
    """Train for one step, and require torch's parameters, state and loss; return the parameters."""
    got = student.train_on_sequences(case.x, case.targets, case.state, case.params, cell=case.cell, **options)
    for name, value, expected in zip(("params", "state_n", "loss"), got, stepped(case, **options), strict=True):
        check(value, name).equals(expected)
    return got[0]


def mean_loss(cell, x, targets, state, params):
    """Return torch's loss of a model on a batch."""
    scores, _ = read(cell, to_torch(x), tuple(to_torch(part) for part in state), tensors(params))
    return loss_of(scores, to_torch(targets)).item()


def echo_loss(student, rng, cell, lr, *, units, delay, steps):
    """Train on the delayed echo; return torch's mean loss on ten new batches, with the parameters that came out.

    The first two steps must be torch's; the first of them is clipped.
    """
    params = init_model(rng, 4, units, 2, cell=cell, memory=2 * delay)
    state = zero_state(8, units, cell=cell)
    for max_norm in (0.01, 1.0):
        x, targets = delayed_echo(rng, 8, delay)
        case = ModelCase(cell, x, state, params, targets, np.zeros(0))
        params = step_as_torch_does(student, case, lr=lr, max_norm=max_norm)
    for _ in range(steps - 2):
        x, targets = delayed_echo(rng, 8, delay)
        params, _, _ = student.train_on_sequences(x, targets, state, params, cell=cell, lr=lr)
    batches = (delayed_echo(rng, 8, delay) for _ in range(10))
    return np.mean([mean_loss(cell, x, targets, state, params) for x, targets in batches])


@task("train_on_sequences", points=2, about="a whole training run of an LSTM")
def test_an_lstm_learns_to_echo_after_12_steps(student, rng):
    """For 30 of 30 seeds (0 to 29) the solution ends at 0.014 or less.

    Every misconception of the training fails in 5 of 5: those that learn all the same do not make torch's first steps.
    """
    loss = echo_loss(student, rng, "lstm", 2.0, units=12, delay=12, steps=150)
    check(loss, "the loss").holds(loss < 0.3, f"{loss:.3f} after 150 steps, not below 0.3; guessing has 0.693")


@task("train_on_sequences", points=1, about="a whole training run of a plain network")
def test_a_plain_network_does_not_learn_to_echo_after_40_steps(student, rng):
    """For 40 of 40 seeds (0 to 39) the solution ends at 0.684 or more: no vanished gradient has taught it anything."""
    loss = echo_loss(student, rng, "rnn", 1.0, units=8, delay=40, steps=60)
    told = f"{loss:.3f} after 60 steps: that is better than a network without a memory cell can be; guessing has 0.693"
    check(loss, "the loss").holds(loss > 0.3, told)


@task("train_on_sequences", points=1, about="a whole training run, and what it writes")
def test_hell_is_continued_to_hello(student, rng):
    """For 40 of 40 seeds (0 to 39) the solution ends with a loss of 0.005 or less, and writes hello."""
    indices = np.array([["helo".index(character)] for character in "hello"])
    x, targets, params = one_hot(indices[:-1], 4), indices[1:], init_model(rng, 4, 8, 4)
    case = ModelCase("rnn", x, zero_state(1, 8), params, targets, np.zeros(0))
    params = step_as_torch_does(student, case, lr=0.5, max_norm=0.01)
    for _ in range(100):
        params, _, _ = student.train_on_sequences(x, targets, zero_state(1, 8), params)
    scores, _ = read("rnn", to_torch(x), (torch.zeros(1, 8, dtype=torch.float64),), tensors(params))
    read_on = "".join("helo"[index] for index in scores[:, 0].argmax(dim=1))
    check(read_on, "what follows h, he, hel and hell").equals("ello")
    loss = loss_of(scores, to_torch(targets)).item()
    check(params["weight_out"], "params").holds(loss < 0.05, f"the loss is {loss:.3f} after 100 steps, not below 0.05")


@task("sample_characters", points=2, about="frequencies at several temperatures")
def test_frequencies_agree_with_softmax_at_every_temperature(student, rng):
    scores = rng.permutation([0.0, 0.7, 1.9])
    for temperature in (0.5, 2.0):
        rows = np.repeat(scores[None], 20_000, axis=0)
        drawn = student.sample_characters.keeping_arguments(rows, rng, temperature=temperature)
        shares = np.bincount(drawn, minlength=3) / len(drawn)
        expected = torch.softmax(to_torch(scores) / temperature, dim=0).numpy()
        gap = np.abs(shares - expected).max()
        told = f"a character's share is {gap:.3f} off at temperature {temperature}; chance explains 0.027"
        check(drawn, "characters").holds(gap <= 0.027, told)


@task("sample_characters", points=1, about="the default temperature, rows with scores of their own")
def test_the_temperature_is_1_by_default_and_every_row_has_its_own_scores(student, rng):
    """One character is as likely as its hundred rivals together; at a temperature of 1.1 its share would be 0.397.

    The rows lie 9000 apart, so that what is subtracted from one row is wrong for the other.
    """
    rows, favourites = np.zeros((2, 101)), rng.choice(101, 2, replace=False)
    rows[1] = 9000.0
    rows[[0, 1], favourites] += np.log(100)
    drawn = student.sample_characters(np.repeat(rows, 5000, axis=0), rng)
    for half, favourite in zip((drawn[:5000], drawn[5000:]), favourites, strict=True):
        share = (half == favourite).mean()
        check(drawn, "characters").holds(
            abs(share - 0.5) <= 0.05, f"the share of character {favourite} is {share:.3f}, not 0.5"
        )


@task("sample_characters", points=1, about="temperature 0, large scores, one row and none, a refusal, new answers")
def test_the_best_character_wins_at_temperature_0_and_for_very_large_scores(student, rng):
    scores = 1e4 * rng.permuted(np.tile(np.arange(5.0), (40, 1)), axis=1)
    for temperature, rows in product((0, 0.01, 1.0), (scores, scores[:1], scores[:0])):
        drawn = student.sample_characters(rows, rng, temperature=temperature)
        check(drawn, "characters").holds(drawn.dtype.kind in "iu", f"numbers of {drawn.dtype}, not integers")
        check(drawn.tolist(), "characters").equals(rows.argmax(axis=1).tolist())
    for arranged in layouts(scores):
        drawn = student.sample_characters.returning_new_arrays(arranged, rng, temperature=0)
        check(drawn.tolist(), "characters").equals(scores.argmax(axis=1).tolist())
    student.sample_characters.refuses(ValueError, scores, rng, temperature=-0.5)


@task("sample_characters", points=0.5, about="the generator, new answers")
def test_randomness_comes_from_the_generator_alone(student, rng):
    seed, scores = int(rng.integers(2**32)), np.zeros((60, 9))
    first, again, other = (
        student.sample_characters.returning_new_arrays(scores, np.random.default_rng(s)) for s in (seed, seed, seed + 1)
    )
    check(again.tolist(), "the second answer to the same generator").equals(first.tolist())
    check(other.tolist(), "the answer to another generator").holds((other != first).any(), "the same characters")


def writer(rng, cell):
    """Return random parameters of a model that reads and writes six characters."""
    params = init_model(rng, 6, 5, 6, cell=cell)
    return {name: 2 * rng.normal(size=value.shape) for name, value in params.items()}


def written(text, length, cell, params):
    """Return what the best characters make of a text, in torch, which reads it from the beginning every time."""
    weights, state = tensors(params), tuple(to_torch(part) for part in zero_state(1, 5, cell=cell))
    for _ in range(length):
        x = to_torch(np.eye(6)[[["abcdef".index(character)] for character in text]])
        text += "abcdef"[read(cell, x, state, weights)[0][-1, 0].argmax()]
    return text


@task("complete_text", points=2, about="every cell, several texts and lengths")
def test_the_best_characters_are_those_of_torch(student, rng):
    """Every text has a writer of its own: many say after the first letter what they say after the last."""
    for cell in ("rnn", "lstm", "gru"):
        several = ["".join(letters) for letters in rng.choice(list("abcdef"), (8, 4))]
        for text, length in (("cafe", 9), ("d", 1), ("bad", 0), *((text, 2) for text in several)):
            params = writer(rng, cell)
            got = student.complete_text.keeping_arguments(text, length, params, "abcdef", rng, cell=cell)
            check(got, f"what the {cell} writes").equals(written(text, length, cell, params))


@task("complete_text", points=0.5, about="the default cell")
def test_a_plain_network_writes_by_default(student, rng):
    params = writer(rng, "rnn")
    check(student.complete_text("face", 6, params, "abcdef", rng)).equals(written("face", 6, "rnn", params))


@task("complete_text", points=1, about="temperature and generator, with every cell")
def test_what_is_written_follows_temperature_and_generator(student, rng):
    """Without weights all characters are drawn alike; 400 of them lie 0.2 off with probability 2 exp(-32)."""
    params = {name: 0 * value for name, value in init_model(rng, 2, 3, 2).items()}
    params["bias_out"], seed = np.array([0.0, 6.0]), int(rng.integers(2**32))
    first, again = (
        student.complete_text("a", 400, params, "ab", np.random.default_rng(seed), temperature=6.0) for _ in range(2)
    )
    check(again, "the second answer to the same generator").equals(first)
    share = first[1:].count("b") / 400
    check(first, "the text").holds(abs(share - 0.7311) <= 0.2, f"b has a share of {share:.3f}, not 0.731")
    for cell in ("lstm", "gru"):
        params = {name: 0 * value for name, value in init_model(rng, 2, 3, 2, cell=cell).items()}
        params["bias_out"] = np.array([0.0, 2.0])
        drawn, best = (
            student.complete_text("a", 80, params, "ab", rng, cell=cell, temperature=temperature)
            for temperature in (3.0, 0.0)
        )
        check(best, f"what the {cell} writes at temperature 0").equals("a" + 80 * "b")
        letters = set(drawn[1:])  # 80 equal ones have a probability of 4e-15
        check(drawn, f"what the {cell} writes at temperature 3").holds(letters == {"a", "b"}, "one letter alone")


def single(case):
    """Return a model in single precision."""
    params = {name: value.astype(np.float32) for name, value in case.params.items()}
    state = tuple(part.astype(np.float32) for part in case.state)
    return replace(
        case, x=case.x.astype(np.float32), state=state, params=params, dscores=case.dscores.astype(np.float32)
    )


@task("sequence_cross_entropy", points=0.5, about="arrays in another memory layout, new answers")
@given(case=scored_cases())
def test_loss_of_arrays_in_any_memory_layout(student, case):
    leaf = to_torch(case[0], grad=True)
    expected = loss_of(leaf, to_torch(case[1]))
    expected.backward()
    for scores, targets in layouts(*case):
        loss, dscores = student.sequence_cross_entropy.returning_new_arrays(scores, targets)
        check(loss, "loss").equals(expected.detach())
        check(dscores, "dscores").equals(leaf.grad)


@task("perplexity", points=0.5, about="arrays in another memory layout")
@given(case=scored_cases())
def test_perplexity_of_arrays_in_any_memory_layout(student, case):
    for scores, targets in layouts(*case):
        check(student.perplexity(scores, targets), "perplexity").equals(loss_of(*to_torch(*case)).exp())


@task("clip_grad_norm", points=0.5, about="arrays in another memory layout, new answers")
def test_clipped_gradients_are_new_arrays_from_any_memory_layout(student, rng):
    grads = [rng.normal(size=shape) for shape in ((3, 4), (5,), (2, 1, 3))]
    length = torch.cat([to_torch(grad).flatten() for grad in grads]).norm().item()
    for max_norm in (0.5, 90.0):
        factor = min(1.0, max_norm / (length + 1e-6))
        for arranged in layouts(*grads):
            clipped, _ = student.clip_grad_norm.returning_new_arrays(list(arranged), max_norm)
            check(clipped, "clipped").equals([factor * grad for grad in grads])


@task("recurrent_forward", points=0.5, about="float32, arrays in another memory layout, new answers")
def test_float32_runs_through_the_whole_model_in_any_memory_layout(student, rng):
    for cell in ("rnn", "lstm", "gru"):
        case = single(model_case(rng, cell, SIZES))
        expected, last = read(cell, to_torch(case.x), state_of(case), tensors(case.params))
        for x, *values in layouts(case.x, *case.params.values()):
            params = dict(zip(case.params, values, strict=True))
            scores, state_n, _ = student.recurrent_forward.returning_new_arrays(x, case.state, params, cell=cell)
            check(scores, "scores").equals(expected)
            check(state_n, "state_n").equals(last)


@task("recurrent_backward", points=0.5, about="two models run before one goes back, float32")
def test_every_cache_belongs_to_its_own_model(student, rng):
    cases = [single(model_case(rng, cell, SIZES)) for cell in ("rnn", "lstm", "gru") for _ in range(2)]
    caches = [student.recurrent_forward(case.x, case.state, case.params, cell=case.cell)[-1] for case in cases]
    for case, cache in zip(cases, caches, strict=True):
        leaves = tensors(case.params, grad=True)
        read(case.cell, to_torch(case.x), state_of(case), leaves)[0].backward(to_torch(case.dscores))
        for sign in (1, -1):
            grads = student.recurrent_backward(sign * case.dscores, cache)
            check(grads, "grads").equals({name: sign * leaf.grad for name, leaf in leaves.items()})


@task("train_on_sequences", points=0.5, about="float32 through a whole step, new parameters")
def test_parameters_stay_in_float32_and_are_new_arrays(student, rng):
    first = [single(model_case(rng, cell, SIZES)) for cell in ("rnn", "lstm", "gru", "rnn")]
    for case in (*first, replace(first[-1], x=-first[-1].x)):
        options = {"lr": 0.3, "max_norm": 0.5}
        got = student.train_on_sequences.returning_new_arrays(
            case.x, case.targets, case.state, case.params, cell=case.cell, **options
        )
        for name, value, expected in zip(("params", "state_n", "loss"), got, stepped(case, **options), strict=True):
            check(value, name).equals(expected)
