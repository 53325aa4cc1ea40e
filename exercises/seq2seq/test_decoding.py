"""What you can check at home: decoding.py on the handout's worked example, and on small networks."""

from itertools import product

import numpy as np
import torch

from grader.judge import check, task

TABLE = np.log([[1e-9, 0.6, 0.4, 1e-9], [0.3, 0.3, 1e-9, 0.4], [0.05, 0.05, 1e-9, 0.9], [0.25, 0.25, 0.25, 0.25]])


def look_up(token, state):
    """Score next words by the last word alone."""
    return TABLE[int(token)], state


def count_on(token, state):
    """Score the next number best."""
    return np.eye(5)[(int(token) + 1) % 5], state


def network(rng, words=3, units=3):
    """Return a step with a memory, and the state that it begins with."""
    vectors, memory, scores = (rng.normal(size=shape) for shape in ((words, units), (units, units), (words, units)))

    def step(token, state):
        state = np.tanh(vectors[int(token) % words] + memory @ np.asarray(state, dtype=np.float64))
        return 2 * scores @ state, state

    return step, np.zeros(units)


def total(step, state, ids, start):
    """Return the sum of a sentence's log-probabilities."""
    value, token = 0.0, start
    for word in ids:
        scores, state = step(token, state)
        value, token = value + float(torch.log_softmax(torch.from_numpy(scores), 0)[word]), word
    return value


def best_sentence(step, state, *, start, stop, max_length, alpha):
    """Return the best of all sentences, and its value."""
    sentences = [
        ids
        for length in range(1, max_length + 1)
        for ids in product(range(3), repeat=length)
        if stop not in ids[:-1] and (length == max_length or ids[-1] == stop)
    ]
    value, ids = max((total(step, state, ids, start) / len(ids) ** alpha, ids) for ids in sentences)
    return [word for word in ids if word != stop], value


@task("greedy_decode", points=0.5)
def test_sentences_match_the_worked_example(student):
    for length, expected in ((9, [1, 2, 3]), (2, [1, 2]), (4, [1, 2, 3])):
        ids = student.greedy_decode(count_on, None, start=0, stop=4, max_length=length)
        check(list(ids), "ids").equals(expected)
    check(list(student.greedy_decode(count_on, None, start=2, stop=4, max_length=9)), "ids").equals([3])
    check(list(student.greedy_decode(count_on, None, start=3, stop=4, max_length=9)), "ids").equals([])


@task("greedy_decode", points=1)
def test_the_state_goes_from_word_to_word(student, rng):
    for stop in (0, 1, 2):
        step, state = network(rng)
        expected, token, current = [], 1, state
        while len(expected) < 7:
            scores, current = step(token, current)
            token = int(scores.argmax())
            if token == stop:
                break
            expected.append(token)
        ids = student.greedy_decode(step, state, start=1, stop=stop, max_length=7)
        check(list(ids), "ids").equals(expected)

    def twice(token, state):
        return np.array([0.0, 1.0, 0.0, 1.0]) if state < 2 else np.array([5.0, 0.0, 0.0, 0.0]), state + 1

    check(list(student.greedy_decode(twice, 0, start=0, stop=0, max_length=9)), "ids").equals([1, 1])


@task("beam_search", points=0.5)
def test_two_beginnings_find_what_one_misses(student):
    for width, expected, probability in ((1, [1], 0.6 * 0.4), (2, [2], 0.4 * 0.9)):
        ids, score = student.beam_search(look_up, None, start=0, stop=3, width=width, max_length=2)
        check(list(ids), "ids").equals(expected)
        check(float(score), "score").equals(float(np.log(probability)), atol=1e-6)


@task("beam_search", points=1)
def test_a_wide_beam_finds_the_best_of_all_sentences(student, rng):
    for alpha in (0.0, 0.5, 1.0):
        for length in (1, 2, 4):
            step, state = network(rng)
            options = {"start": 1, "stop": 2, "max_length": length, "alpha": alpha}
            ids, score = student.beam_search(step, state, width=81, **options)
            expected, value = best_sentence(step, state, **options)
            check(list(ids), "ids").equals(expected)
            check(float(score), "score").equals(value)


@task("beam_search", points=0.5)
def test_finished_sentences_compete(student):
    """By hand: [3] has 0.55 after one word; all that is longer stays below it, and takes none of its places."""
    table = np.log([[1e-9, 0.25, 0.2, 0.55], [1e-9, 0.5, 0.3, 0.2], [1e-9, 0.9, 0.05, 0.05]])
    calls = []

    def step(token, state):
        calls.append(int(token))
        return table[int(token)], state

    ids, score = student.beam_search(step, None, start=0, stop=3, width=2, max_length=3)
    check(list(ids), "ids").equals([])
    check(float(score), "score").equals(float(np.log(0.55)), atol=1e-6)
    check(calls, "the words that were continued").equals([0, 1, 1])
