"""What you can check at home: objectives.py on the handout's worked example, and by shares."""

import numpy as np
import torch

from grader.judge import check, task, to_torch


def close(share, expected, count):
    """Return whether a share is as near to its expectation as it is in all but one of a billion draws."""
    return abs(share - expected) <= 6.2 * np.sqrt(expected * (1 - expected) / count) + 20 / count


@task("next_token_targets", points=0.5)
def test_each_token_is_followed_by_its_target(student, rng):
    ids = rng.integers(20, size=(3, 6))
    inputs, targets = student.next_token_targets.returning_new_arrays(ids)
    check(inputs, "inputs").equals(ids[:, :-1])
    check(targets, "targets").equals(ids[:, 1:])
    student.next_token_targets.refuses(ValueError, ids[:, :1])


@task("mask_tokens", points=1.5)
def test_chosen_tokens_are_hidden_random_or_themselves(student, rng):
    ids = rng.integers(20, size=(200, 150))
    inputs, targets = student.mask_tokens.keeping_arguments(ids, rng, mask_id=20, vocab_size=20, p=0.3)
    chosen = np.asarray(targets) != -100
    check(np.where(chosen, targets, ids), "targets").equals(ids)
    check(np.where(chosen, ids, inputs), "inputs that are not chosen").equals(ids)
    count = chosen.sum()
    hidden, kept = (np.asarray(inputs)[chosen] == 20).mean(), (np.asarray(inputs) == ids)[chosen].mean()
    check(targets, "targets").holds(
        close(chosen.mean(), 0.3, ids.size), f"{chosen.mean():.3f} of all tokens are chosen"
    )
    check(inputs, "inputs").holds(close(hidden, 0.8, count), f"{hidden:.3f} of the chosen tokens are hidden")
    check(inputs, "inputs").holds(close(kept, 0.105, count), f"{kept:.3f} of the chosen tokens are as they were")


@task("top_k_sample", points=1.5)
def test_the_best_are_drawn_by_their_shares(student, rng):
    scores = 3 * rng.normal(size=6)
    shares = torch.softmax(to_torch(scores).topk(3).values / 2, dim=0).numpy()
    many = np.tile(scores, (20000, 1))
    tokens = np.asarray(student.top_k_sample.keeping_arguments(many, rng, k=3, temperature=2.0))
    check(tokens, "tokens").has_shape(20000)
    for token, share in zip(np.argsort(-scores), (*shares, 0, 0, 0), strict=True):
        got = (tokens == token).mean()
        check(tokens, "tokens").holds(close(got, share, 20000), f"token {token} is drawn in {got:.3f} of all rows")


@task("top_k_sample", points=0.5)
def test_each_row_has_its_own_best_token(student, rng):
    scores = rng.normal(size=(7, 5)) + 1000
    check(student.top_k_sample(scores, rng, k=1)).equals(scores.argmax(axis=1))
    for options in ({"k": 0}, {"k": 6}, {"k": 2, "temperature": 0.0}):
        student.top_k_sample.refuses(ValueError, scores, rng, **options)
