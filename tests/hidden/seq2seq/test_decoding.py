"""Greedy decoding and beam search, on small networks whose sentences can all be listed.

Requires: the largest score each time, one call per word, the end at the stop or at the given length; a beam of one that
is greedy, a beam as wide as all sentences that finds the best of all, beams in between by definition, for several
alphas; log-probabilities of scores of any size.

Catches: states that are not handed on, or handed to the wrong beginning, a start that is ignored, sentences that go on
after the stop or hold it, scores that are added without the softmax, finished sentences that are dropped or never
compete, a stop that does not count, lengths that are not normalized.

Expected numbers: all sentences are listed and valued by torch's log-softmax in float64; narrow beams by a second search
written from the definition.
"""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from grader.judge import check, task
from tests.hidden.seq2seq.strategies import SEEDS, all_sentences, logs_of_words, speaker

NETWORKS = st.builds(speaker, SEEDS, words=st.sampled_from((3, 4, 6)))


def greedy(network, *, start, stop, max_length):
    """Return the sentence of the largest scores."""
    ids, token, state = [], start, network.state
    while len(ids) < max_length:
        logs, state = logs_of_words(network, token, state)
        token = max(range(len(logs)), key=logs.__getitem__)
        if token == stop:
            return ids
        ids.append(token)
    return ids


def narrow(network, *, start, stop, width, max_length, alpha):
    """Return sentence and value of a beam, with each beginning read anew from its first word."""

    def value(ids):
        total, token, state = 0.0, start, network.state
        for word in ids:
            logs, state = logs_of_words(network, token, state)
            total, token = total + logs[word], word
        return total / len(ids) ** alpha

    beam = [()]
    for _ in range(max_length):
        going = [ids for ids in beam if stop not in ids]
        candidates = [ids for ids in beam if stop in ids]
        candidates += [(*ids, word) for ids in going for word in range(len(network.words))]
        beam = sorted(candidates, key=value)[: -width - 1 : -1]
    return [word for word in beam[0] if word != stop], value(beam[0])


def search(student, network, **options):
    """Let the student's beam search."""
    return student.beam_search(network.step, network.state, **options)


@task("greedy_decode", points=2, about="networks with a memory, other starts and stops, long sentences and short ones")
@given(network=NETWORKS, start=st.sampled_from((0, 1, 2)), stop=st.sampled_from((0, 1, 2)), length=st.integers(1, 9))
def test_the_best_word_is_taken_each_time(student, network, start, stop, length):
    options = {"start": start, "stop": stop, "max_length": length}
    expected = greedy(network, **options)
    network.calls.clear()
    check(list(student.greedy_decode(network.step, network.state, **options)), "ids").equals(expected)
    wanted = min(len(expected) + 1, length)
    calls = len(network.calls)
    check(calls, "the calls of step").holds(calls == wanted, f"{calls} calls, where {wanted} are enough")


@task("greedy_decode", points=1, about="equal scores, a stop at once, no words at all")
def test_of_equal_words_the_first_is_taken(student, rng):
    scores = np.zeros(6)
    first, second = np.sort(rng.permutation(5)[:2])
    scores[[first, second]] = 1.0

    def step(token, state):
        return (scores, state + 1) if state < 3 else (np.eye(6)[5], state)

    ids = student.greedy_decode(step, 0, start=0, stop=5, max_length=20)
    check(list(ids), "ids").equals([int(first)] * 3)
    check(list(student.greedy_decode(step, 3, start=0, stop=5, max_length=20)), "ids").equals([])
    check(list(student.greedy_decode(step, 0, start=0, stop=5, max_length=0)), "ids").equals([])


@task("beam_search", points=2, about="a beam as wide as all sentences, several alphas")
@given(seed=SEEDS, stop=st.sampled_from((0, 2)), length=st.integers(1, 4), alpha=st.sampled_from((0.0, 0.6, 1.0)))
def test_the_widest_beam_finds_the_best_of_all_sentences(student, seed, stop, length, alpha):
    network = speaker(seed, words=3)
    sentences = all_sentences(network, start=1, stop=stop, max_length=length)
    best, ids = max((total / len(ids) ** alpha, ids) for total, ids in sentences)
    got, score = search(student, network, start=1, stop=stop, width=3**length, max_length=length, alpha=alpha)
    check(list(got), "ids").equals([word for word in ids if word != stop])
    check(float(score), "score").equals(best)


@task("beam_search", points=2, about="narrow beams, other starts, several alphas")
@given(
    network=NETWORKS,
    start=st.sampled_from((0, 2)),
    width=st.sampled_from((2, 3, 5)),
    length=st.integers(2, 5),
    alpha=st.sampled_from((0.0, 0.7, 1.5)),
)
def test_narrow_beams_keep_the_best_beginnings(student, network, start, width, length, alpha):
    options = {"start": start, "stop": 1, "width": width, "max_length": length, "alpha": alpha}
    expected, value = narrow(network, **options)
    got, score = search(student, network, **options)
    check(list(got), "ids").equals(expected)
    check(float(score), "score").equals(value)


@task("beam_search", points=1, about="a sentence that has stopped in a beam of two")
def test_finished_sentences_keep_their_places(student, rng):
    """By hand: stopping at once has 0.5; the better sentence begins where only a third place would be left."""
    stop, first, second = (int(word) for word in rng.permutation(3))
    start, close = first, float(rng.uniform(0.44, 0.455))
    rows = {first: {stop: 0.05, first: 0.95 - close, second: close}, second: {stop: 0.98, first: 0.01, second: 0.01}}
    table = np.log([[rows.get(row, rows[first])[word] for word in range(3)] for row in range(3)])

    def step(token, state):
        at_first = {stop: 0.5, first: 0.45, second: 0.05}
        return (table[int(token)], 1) if state else (np.log([at_first[word] for word in range(3)]), 1)

    options = {"start": start, "stop": stop, "max_length": 3, "alpha": 1.0}
    ids, score = student.beam_search(step, 0, width=2, **options)
    check(list(ids), "ids").equals([])
    check(float(score), "score").equals(float(np.log(0.5)))
    ids, score = student.beam_search(step, 0, width=27, **options)
    check(list(ids), "ids").equals([first, second])
    check(float(score), "score").equals(float(np.log(0.45 * close * 0.98) / 3))


@task("beam_search", points=1, about="a beam of one, alpha by default")
@given(network=NETWORKS, length=st.integers(1, 6))
def test_a_beam_of_one_takes_the_best_word_each_time(student, network, length):
    options = {"start": 0, "stop": 2, "max_length": length}
    expected = narrow(network, width=1, alpha=0.0, **options)
    got, score = search(student, network, width=1, **options)
    check(list(got), "ids").equals(greedy(network, **options))
    check(float(score), "score").equals(expected[1])


@task("beam_search", points=1, about="very large scores, calls that nobody needs")
def test_large_scores_and_finished_sentences(student, rng):
    network = speaker(int(rng.integers(2**32)), sharp=2.0)

    def step(token, state):
        scores, after = network.step(token, state)
        return scores + 5000.0, after

    options = {"start": 0, "stop": 1, "width": 3, "max_length": 4, "alpha": 0.5}
    expected, value = narrow(network, **options)
    got, score = student.beam_search(step, network.state, **options)
    check(list(got), "ids").equals(expected)
    check(float(score), "score").equals(value)

    calls = []

    def stops(token, state):
        calls.append(token)
        return np.array([0.0, 9.0, 0.0, 1.0]) if len(calls) == 1 else np.array([0.0, 30.0, 0.0, 0.0]), state

    ids, _ = student.beam_search(stops, 0, start=0, stop=1, width=1, max_length=50)
    check(list(ids), "ids").equals([])
    check(len(calls), "the calls of step").holds(len(calls) == 1, f"{len(calls)} calls after all have stopped")
