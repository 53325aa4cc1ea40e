"""What you can check at home: encoder_decoder.py on the handout's worked example, and against torch's modules."""

import numpy as np
import torch

from grader.judge import check, task, to_torch

HALF = {  # a GRU whose gates are half open, with the words 0 and 1
    "embedding": np.array([[0.0], [1.0]]),
    "weight_ih": np.array([[0.0], [0.0], [1.0]]),
    "weight_hh": np.zeros((3, 1)),
    "bias_ih": np.zeros(3),
    "bias_hh": np.zeros(3),
}
WRITER = HALF | {"weight_out": np.array([[1.0, 0.0], [0.0, 1.0]]), "bias_out": np.zeros(2)}
ENCODER, DECODER = tuple(HALF), tuple(WRITER)
HALF_WAY = float(np.tanh(1.0)) / 2


def arrays(rng, *, words=7, width=2, units=3, dtype=np.float64, out=None):
    """Return an encoder's arrays, or a decoder's with so many inputs to its last product."""
    shapes = (words, width), (3 * units, width), (3 * units, units), (3 * units,), (3 * units,)
    shapes += ((words, out), (words,)) if out else ()
    return {name: rng.normal(size=shape).astype(dtype) for name, shape in zip(DECODER, shapes, strict=False)}


def gru_of(params):
    """Return a torch GRU and its arrays as leaves, by our names."""
    leaves = {name: torch.from_numpy(np.array(array)).requires_grad_() for name, array in params.items()}
    rows, width = params["weight_ih"].shape
    gru = torch.nn.GRU(width, rows // 3, dtype=leaves["weight_ih"].dtype)
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    weights = dict(zip(names, (leaves[name] for name in ENCODER[1:]), strict=True))
    return lambda *inputs: torch.func.functional_call(gru, weights, inputs), leaves


def read_by_torch(ids, lengths, params, dstates, dlast):
    """Return states, last states, and the gradients by name."""
    gru, leaves = gru_of(params)
    vectors = leaves["embedding"][torch.from_numpy(ids)]
    packed = torch.nn.utils.rnn.pack_padded_sequence(vectors, torch.from_numpy(lengths), enforce_sorted=False)
    out, last = gru(packed)
    states, _ = torch.nn.utils.rnn.pad_packed_sequence(out, total_length=len(ids))
    loss = (states * to_torch(dstates)).sum() + (last[0] * to_torch(dlast)).sum()
    gradients = torch.autograd.grad(loss, list(leaves.values()))
    return states.detach(), last[0].detach(), dict(zip(leaves, gradients, strict=True))


def write_by_torch(given, params, dscores, *, start, attention):
    """Return scores, last states, and the gradients of last, states and the arrays by name."""
    last, states, mask, targets = given
    gru, leaves = gru_of(params)
    last, states = (torch.from_numpy(array).requires_grad_() for array in (last, states))
    targets = torch.from_numpy(targets)
    words = torch.cat((torch.full_like(targets[:1], start), targets[:-1]))
    hidden, h_n = gru(torch.nn.functional.embedding(words, leaves["embedding"]), last[None])
    shown = hidden
    if attention:
        q, k = hidden.transpose(0, 1), states.transpose(0, 1)
        seen = torch.from_numpy(mask).T[:, None]
        context = torch.nn.functional.scaled_dot_product_attention(q, k, k, seen, scale=1.0)
        shown = torch.cat((hidden, context.transpose(0, 1)), dim=2)
    scores = torch.nn.functional.linear(shown, leaves["weight_out"], leaves["bias_out"])
    loss = (scores * to_torch(dscores)).sum() + 0 * states.sum()
    dlast, dstates, *gradients = torch.autograd.grad(loss, (last, states, *leaves.values()))
    return scores.detach(), h_n[0].detach(), dlast, dstates, dict(zip(leaves, gradients, strict=True))


def sentences(rng):
    """Return word numbers and lengths, one of them full, with words under the padding; and gradients."""
    lengths = np.array([5, *rng.integers(1, 5, size=3)])
    return rng.integers(7, size=(5, 4)), lengths, rng.normal(size=(5, 4, 3)), rng.normal(size=(4, 3))


def translations(rng):
    """Return last, states, mask and targets: Q = 4, T = 5, N = 3, M = 6; and a gradient of the scores."""
    mask = np.arange(5)[:, None] < rng.integers(1, 6, size=3)
    given = rng.normal(size=(3, 6)), rng.normal(size=(5, 3, 6)), mask, rng.integers(7, size=(4, 3))
    return given, rng.normal(size=(4, 3, 7))


@task("pad_sequences", points=0.5)
def test_padded_sentences_match_the_worked_example(student):
    ids, lengths = student.pad_sequences([[5, 6, 7], [8]])
    check(ids, "ids").equals(np.array([[5, 8], [6, 0], [7, 0]]))
    check(lengths, "lengths").equals(np.array([3, 1]))


@task("pad_sequences", points=0.5)
def test_padded_sentences_are_torch_s(student, rng):
    rows = [rng.integers(1, 90, size=size).tolist() for size in (2, 0, 4, 1)]
    ids, lengths = student.pad_sequences.keeping_arguments(rows, padding=-1)
    tensors = [torch.tensor(row, dtype=torch.int64) for row in rows]
    check(ids, "ids").equals(torch.nn.utils.rnn.pad_sequence(tensors, padding_value=-1))
    check(lengths, "lengths").equals(np.array([2, 0, 4, 1]))
    check(ids, "ids").has_dtype("int64")


@task("encode_forward", points=0.5)
def test_states_match_the_worked_example(student):
    states, last, _ = student.encode_forward(np.array([[1, 1], [0, 0]]), np.array([2, 1]), HALF)
    check(states, "states").equals(np.array([[[HALF_WAY], [HALF_WAY]], [[HALF_WAY / 2], [0.0]]]))
    check(last, "last").equals(np.array([[HALF_WAY / 2], [HALF_WAY]]))


@task("encode_forward", points=1)
def test_states_are_those_of_torch_on_packed_sentences(student, rng):
    ids, lengths, dstates, dlast = sentences(rng)
    for dtype in (np.float32, np.float64):
        params = arrays(rng, dtype=dtype)
        states, last, _ = student.encode_forward.keeping_arguments(ids, lengths, params)
        expected = read_by_torch(ids, lengths, params, dstates.astype(dtype), dlast.astype(dtype))
        check(states, "states").equals(expected[0])
        check(last, "last").equals(expected[1])


@task("encode_backward", points=0.5)
def test_gradients_of_words_match_the_worked_example(student):
    *_, cache = student.encode_forward(np.array([[1, 1], [0, 0]]), np.array([2, 1]), HALF)
    grads = student.encode_backward(np.zeros((2, 2, 1)), np.array([[1.0], [0.0]]), cache)
    check(grads["embedding"], "grads['embedding']").equals(np.array([[0.5], [0.25 * (1 - np.tanh(1.0) ** 2)]]))


@task("encode_backward", points=1)
def test_gradients_of_the_encoder_are_torch_s(student, rng):
    ids, lengths, dstates, dlast = sentences(rng)
    params = arrays(rng)
    for states, last in ((1, 0), (0, 1), (1, 1)):
        given = states * dstates, last * dlast
        *_, cache = student.encode_forward(ids, lengths, params)
        grads, expected = student.encode_backward(*given, cache), read_by_torch(ids, lengths, params, *given)[2]
        for name in ENCODER:
            check(grads[name], f"grads[{name!r}]").equals(expected[name])


@task("decode_forward", points=0.5)
def test_scores_match_the_worked_example(student):
    states, mask, first = np.full((2, 1, 1), 3.0), np.ones((2, 1), dtype=bool), 0.5 + HALF_WAY
    scores, h_n, _ = student.decode_forward(np.array([[1.0]]), states, mask, np.array([[0], [1]]), WRITER)
    check(scores, "scores").equals(np.array([[[first, 3.0]], [[first / 2, 3.0]]]))
    check(h_n, "h_n").equals(np.array([[first / 2]]))


@task("decode_forward", points=1)
def test_scores_are_those_of_torch_s_modules(student, rng):
    for options in ({"start": 1, "attention": True}, {"start": 4, "attention": False}, {"start": 2, "attention": True}):
        given, dscores = translations(rng)
        params = arrays(rng, units=6, out=12 if options["attention"] else 6)
        scores, h_n, _ = student.decode_forward.keeping_arguments(*given, params, **options)
        expected = write_by_torch(given, params, dscores, **options)
        check(scores, "scores").equals(expected[0])
        check(h_n, "h_n").equals(expected[1])


@task("decode_backward", points=1.5)
def test_gradients_of_the_decoder_are_torch_s(student, rng):
    for options in ({"start": 1, "attention": True}, {"start": 4, "attention": False}):
        given, dscores = translations(rng)
        params = arrays(rng, words=7, units=6, out=12 if options["attention"] else 6)
        *_, cache = student.decode_forward(*given, params, **options)
        dlast, dstates, grads = student.decode_backward(dscores, cache)
        expected = write_by_torch(given, params, dscores, **options)
        check(dlast, "dlast").equals(expected[2])
        check(dstates, "dstates").equals(expected[3])
        for name in DECODER:
            check(grads[name], f"grads[{name!r}]").equals(expected[4][name])
