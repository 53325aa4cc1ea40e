"""objectives.py by slices and by shares, each within a bound that one right answer in a billion misses.

Requires: every pair of neighbours, nothing else; shares of chosen, hidden, random and unchanged tokens, all random
tokens equally often, targets where a token was chosen and nowhere else; shares of the best tokens by their softmax,
none of the others; the generator's numbers only, arguments unchanged, new answers.

Catches: targets shifted the wrong way, shares of 80, 10, 10 of all tokens, random tokens from a part of the words or
beyond them, targets everywhere or at hidden tokens only, temperatures that multiply, ranks for tokens, one draw.

Expected numbers: slices; binomial bounds; torch's topk and softmax.
"""

import numpy as np
import torch

from grader.judge import check, layouts, task, to_torch


def close(share, expected, count):
    return abs(share - expected) <= 6.5 * np.sqrt(expected * (1 - expected) / count) + 20 / count


@task("next_token_targets", points=1, about="other layouts in memory, new answers, short texts")
def test_all_neighbours_are_pairs(student, rng):
    ids = rng.integers(30, size=(4, 7))
    for given_ids in layouts(ids):
        inputs, targets = student.next_token_targets.returning_new_arrays(given_ids)
        check(inputs, "inputs").equals(ids[:, :6])
        check(targets, "targets").equals(ids[:, 1:])
    inputs, targets = student.next_token_targets(ids[:, :2])
    check(targets, "targets").equals(ids[:, 1:2])
    student.next_token_targets.refuses(ValueError, ids[:, :1])
    student.next_token_targets.refuses(ValueError, ids[:, :0])


def shares_of(student, rng, ids, **options):
    """Check what holds of every answer; return who is chosen, and what becomes of them."""
    inputs, targets = student.mask_tokens.keeping_arguments(ids, rng, **options)
    inputs, targets = np.asarray(inputs), np.asarray(targets)
    chosen = targets != -100
    check(np.where(chosen, targets, ids), "targets").equals(ids)
    check(np.where(chosen, ids, inputs), "inputs that are not chosen").equals(ids)
    return inputs, chosen


@task("mask_tokens", points=2, about="shares of chosen, hidden, random and unchanged tokens")
def test_shares_of_hidden_tokens(student, rng):
    ids = rng.integers(8, size=(200, 200))
    for p, options in ((0.15, {}), (0.5, {"p": 0.5})):
        inputs, chosen = shares_of(student, rng, ids, mask_id=11, vocab_size=8, **options)
        found, count = chosen.mean(), chosen.sum()
        check(chosen, "targets").holds(close(found, p, ids.size), f"{found:.3f} of the tokens are chosen")
        hidden, kept = (inputs == 11)[chosen].mean(), (inputs == ids)[chosen].mean()
        check(inputs, "inputs").holds(close(hidden, 0.8, count), f"{hidden:.3f} of the chosen ones are hidden")
        check(inputs, "inputs").holds(close(kept, 0.1125, count), f"{kept:.3f} of the chosen ones are as they were")


@task("mask_tokens", points=1, about="which tokens are random ones")
def test_random_tokens_are_any_word(student, rng):
    ids = np.full((200, 200), 5)
    inputs, chosen = shares_of(student, rng, ids, mask_id=7, vocab_size=4, p=1.0)
    check(chosen, "targets").holds(bool(chosen.all()), "not every token is chosen with p = 1")
    for token in range(4):
        share = (inputs == token).mean()
        check(inputs, "inputs").holds(close(share, 0.025, ids.size), f"{share:.4f} of the inputs are token {token}")
    other = ((inputs > 3) & (inputs != 5) & (inputs != 7)).sum()
    check(inputs, "inputs").holds(other == 0, f"{other} random tokens are no words")


@task("mask_tokens", points=0.5, about="the generator, other layouts in memory, new answers")
def test_hidden_tokens_follow_from_the_generator(student, rng):
    ids, seed = rng.integers(8, size=(12, 9)), int(rng.integers(1000))
    options = {"mask_id": 9, "vocab_size": 8, "p": 0.5}
    inputs, targets = student.mask_tokens(ids, np.random.default_rng(seed), **options)
    check(np.where(np.asarray(targets) == -100, inputs, targets), "tokens").equals(ids)
    for given_ids in layouts(ids):
        again = student.mask_tokens.returning_new_arrays(given_ids, np.random.default_rng(seed), **options)
        check(again[0], "inputs of the same generator").equals(inputs)
        check(again[1], "targets of the same generator").equals(targets)
    nothing, targets = student.mask_tokens.returning_new_arrays(ids, rng, mask_id=9, vocab_size=8, p=0.0)
    check(nothing, "inputs").equals(ids)
    check(targets, "targets").equals(np.full_like(ids, -100))


@task("top_k_sample", points=2, about="shares of the best, other temperatures, and none of the others")
def test_shares_of_the_best_tokens(student, rng):
    scores = 2 * rng.normal(size=7)
    for k, temperature, options in ((3, 1.0, {}), (7, 3.0, {"temperature": 3.0}), (4, 0.5, {"temperature": 0.5})):
        best = to_torch(scores).topk(k)
        shares = dict(zip(best.indices.tolist(), torch.softmax(best.values / temperature, 0).tolist(), strict=True))
        many = np.tile(scores, (20000, 1))
        tokens = np.asarray(student.top_k_sample.keeping_arguments(many, rng, k=k, **options))
        check(tokens, "tokens").has_shape(20000)
        for token in range(7):
            share = (tokens == token).mean()
            expected = shares.get(token, 0.0)
            check(tokens, "tokens").holds(
                close(share, expected, 20000), f"token {token} is drawn in {share:.3f} of all rows"
            )


@task("top_k_sample", points=1, about="rows of their own, very large scores, other layouts in memory, refusals")
def test_rows_are_drawn_by_themselves(student, rng):
    scores = 1e4 * rng.normal(size=(9, 6))
    for given_scores in layouts(scores):
        check(student.top_k_sample(given_scores, rng, k=3)).equals(scores.argmax(axis=1))
        check(student.top_k_sample(given_scores, rng, k=1)).equals(scores.argmax(axis=1))
    check(student.top_k_sample(scores.astype(np.float32), rng, k=6)).equals(scores.argmax(axis=1))
    for options in ({"k": 0}, {"k": 7}, {"k": 2, "temperature": 0.0}, {"k": 2, "temperature": -1.0}):
        student.top_k_sample.refuses(ValueError, scores, rng, **options)


@task("top_k_sample", points=0.5, about="the generator, new answers")
def test_draws_follow_from_the_generator(student, rng):
    scores, seed = rng.normal(size=(400, 5)), int(rng.integers(1000))
    first = np.array(student.top_k_sample.returning_new_arrays(scores, np.random.default_rng(seed), k=4))
    check(student.top_k_sample.returning_new_arrays(scores, np.random.default_rng(seed), k=4)).equals(first)
    worst = scores.argmin(axis=1)
    check(first, "tokens").holds(bool((first != worst).all()), "the worst token is drawn")
    other = np.array(student.top_k_sample(scores, np.random.default_rng(seed + 1), k=4))
    check(other, "tokens").holds(bool((first != other).any()), "another generator gives the same tokens")
