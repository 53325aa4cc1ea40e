"""Padding, encoder and decoder against torch's own modules with the same weights.

Requires: torch's padded arrays; states, last states and gradients of a torch GRU that reads packed sequences; scores
and gradients of a decoder made of torch's embedding, GRU, attention and linear layer, with attention and without, for
any start; empty sentences; float32 stays; any layout in memory, arguments unchanged.

Catches: padding that is read, last states from the last row, states that are shown at the padding, words whose
gradients overwrite each other, a decoder that sees its answer, or begins with zeros, a context of the wrong step,
attention that adds nothing to the encoder's gradient or to the decoder's, carried gradients that are dropped.

Expected numbers: live torch in float64, gradients by autograd.
"""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from grader.judge import check, in_layout, layouts, task, to_torch
from tests.hidden.seq2seq.strategies import DECODER, ENCODER, reading, reading_cases, writing, writing_cases


def gru_of(params):
    """Return a torch GRU and its arrays as leaves, by our names."""
    leaves = {name: torch.from_numpy(np.array(array)).requires_grad_() for name, array in params.items()}
    rows, width = params["weight_ih"].shape
    gru = torch.nn.GRU(width, rows // 3, dtype=leaves["weight_ih"].dtype)
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    arrays = dict(zip(names, (leaves[name] for name in ENCODER[1:]), strict=True))
    return lambda *inputs: torch.func.functional_call(gru, arrays, inputs), leaves


def read_by_torch(case):
    """Return states, last states, and the gradients by name."""
    gru, leaves = gru_of(case.params)
    lengths = torch.from_numpy(np.array(case.lengths))
    vectors = leaves["embedding"][torch.from_numpy(np.array(case.ids))]
    packed = torch.nn.utils.rnn.pack_padded_sequence(vectors, lengths, enforce_sorted=False)
    out, last = gru(packed)
    states, _ = torch.nn.utils.rnn.pad_packed_sequence(out, total_length=len(case.ids))
    loss = (states * to_torch(case.dstates)).sum() + (last[0] * to_torch(case.dlast)).sum()
    gradients = torch.autograd.grad(loss, list(leaves.values()))
    return states.detach(), last[0].detach(), dict(zip(leaves, gradients, strict=True))


def write_by_torch(case):
    """Return scores, last states, the gradients of last and states, and those of the arrays by name."""
    gru, leaves = gru_of(case.params)
    last, states = (torch.from_numpy(np.array(array)).requires_grad_() for array in (case.last, case.states))
    targets = torch.from_numpy(np.array(case.targets))
    words = torch.cat((torch.full_like(targets[:1], case.start), targets[:-1]))
    hidden, h_n = gru(torch.nn.functional.embedding(words, leaves["embedding"]), last[None])
    shown = hidden
    if case.attention:
        q, k = hidden.transpose(0, 1), states.transpose(0, 1)
        mask = torch.from_numpy(np.array(case.mask)).T[:, None]
        context = torch.nn.functional.scaled_dot_product_attention(q, k, k, mask, scale=1.0)
        shown = torch.cat((hidden, context.transpose(0, 1)), dim=2)
    scores = torch.nn.functional.linear(shown, leaves["weight_out"], leaves["bias_out"])
    loss = (scores * to_torch(case.dscores)).sum() + 0 * states.sum()
    dlast, dstates, *gradients = torch.autograd.grad(loss, (last, states, *leaves.values()))
    return scores.detach(), h_n[0].detach(), dlast, dstates, dict(zip(leaves, gradients, strict=True))


def options_of(case):
    """Return the decoder's options."""
    return {"start": case.start, "attention": case.attention}


def encoded(student, case):
    """Return the arguments of `encode_backward`: gradients, and the student's own cache."""
    *_, cache = student.encode_forward(case.ids, case.lengths, case.params)
    return case.dstates, case.dlast, cache


def decoded(student, case):
    """Return the student's cache of the decoder."""
    *_, cache = student.decode_forward(case.last, case.states, case.mask, case.targets, case.params, **options_of(case))
    return cache


def check_named(got, expected, names):
    """Check a dictionary of gradients."""
    for name in names:
        check(got[name], f"grads[{name!r}]").equals(expected[name])


# pad_sequences


@task("pad_sequences", points=1.5, about="other paddings, one sentence, equal lengths, empty sentences")
@given(
    sequences=st.lists(st.lists(st.integers(1, 90), max_size=5), min_size=1, max_size=5).filter(any),
    padding=st.sampled_from((0, -1, 7)),
)
def test_padded_arrays_are_torch_s(student, sequences, padding):
    tensors = [torch.tensor(sequence, dtype=torch.int64) for sequence in sequences]
    ids, lengths = student.pad_sequences.keeping_arguments(sequences, padding=padding)
    check(ids, "ids").equals(torch.nn.utils.rnn.pad_sequence(tensors, padding_value=padding))
    check(lengths, "lengths").equals(torch.tensor([len(sequence) for sequence in sequences]))


@task("pad_sequences", points=0.5, about="whole numbers of 64 bits, padding by default, new answers")
def test_padded_arrays_have_whole_numbers(student, rng):
    for _ in range(2):
        sequences = [rng.integers(1, 9, size=size).tolist() for size in rng.permutation(4)]
        ids, lengths = student.pad_sequences.returning_new_arrays(sequences)
        expected = torch.nn.utils.rnn.pad_sequence([torch.tensor(row, dtype=torch.int64) for row in sequences])
        check(ids, "ids").equals(expected)
        check(lengths, "lengths").equals(np.array([len(row) for row in sequences]))
        check(ids, "ids").has_dtype("int64")
        check(lengths, "lengths").has_dtype("int64")


# encode_forward, encode_backward


@task("encode_forward", points=3, about="sentences of different lengths, several sizes")
@given(case=reading_cases)
def test_states_agree_with_torch_on_packed_sentences(student, case):
    states, last, _ = student.encode_forward.keeping_arguments(case.ids, case.lengths, case.params)
    expected = read_by_torch(case)
    check(states, "states").equals(expected[0])
    check(last, "last").equals(expected[1])


@task("encode_forward", points=1, about="what stands at the padding, an empty sentence")
def test_padding_is_not_read(student, rng):
    case = reading(int(rng.integers(2**32)), sizes=(4, 5, 6, 2, 3))
    expected = read_by_torch(case)
    other = np.where(np.arange(4)[:, None] < case.lengths, case.ids, rng.integers(6, size=case.ids.shape))
    states, last, _ = student.encode_forward(other, case.lengths, case.params)
    check(states, "states").equals(expected[0])
    check(last, "last").equals(expected[1])
    lengths = np.concatenate((case.lengths, [0]))
    states, last, _ = student.encode_forward(np.concatenate((other, other[:, :1]), axis=1), lengths, case.params)
    check(states, "states").equals(np.concatenate((expected[0], np.zeros((4, 1, 3))), axis=1))
    check(last, "last").equals(np.concatenate((expected[1], np.zeros((1, 3)))))


@task("encode_forward", points=1, about="other layouts in memory, new answers, float32")
def test_memory_of_sentences(student, rng):
    for dtype in (np.float32, np.float64):
        case = reading(int(rng.integers(2**32)), dtype=dtype)
        expected = read_by_torch(case)
        for ids, lengths in layouts(case.ids, case.lengths):
            params = {name: in_layout(array, "strided") for name, array in case.params.items()}
            states, last, _ = student.encode_forward.returning_new_arrays(ids, lengths, params)
            check(states, "states").equals(expected[0])
            check(last, "last").equals(expected[1])
        check(states, "states").has_dtype(np.dtype(dtype).name)
        check(last, "last").has_dtype(np.dtype(dtype).name)


@task("encode_backward", points=3, about="all gradients, sentences of different lengths, several sizes")
@given(case=reading_cases)
def test_gradients_of_the_encoder_agree_with_autograd(student, case):
    grads = student.encode_backward(*encoded(student, case))
    check_named(grads, read_by_torch(case)[2], ENCODER)


@task("encode_backward", points=1, about="words that occur more than once, only one of the two gradients")
def test_gradients_of_repeated_words_add_up(student, rng):
    case = reading(int(rng.integers(2**32)), sizes=(6, 5, 3, 2, 4))
    for states, last in ((0, 1), (1, 0)):
        part = type(case)(case.ids, case.lengths, case.params, states * case.dstates, last * case.dlast)
        grads = student.encode_backward(*encoded(student, part))
        check_named(grads, read_by_torch(part)[2], ENCODER)


@task("encode_backward", points=1, about="other layouts in memory, new answers, float32")
def test_memory_of_the_encoder_s_gradients(student, rng):
    for dtype in (np.float32, np.float64):
        case = reading(int(rng.integers(2**32)), dtype=dtype)
        expected = read_by_torch(case)[2]
        for dstates, dlast in layouts(case.dstates, case.dlast):
            *_, cache = encoded(student, case)
            grads = student.encode_backward.returning_new_arrays(dstates, dlast, cache)
            check_named(grads, expected, ENCODER)
        for name in ENCODER:
            check(grads[name], f"grads[{name!r}]").has_dtype(np.dtype(dtype).name)


# decode_forward, decode_backward


@task("decode_forward", points=3, about="with attention and without, other starts, one step")
@given(case=writing_cases)
def test_scores_agree_with_a_decoder_of_torch_s_modules(student, case):
    scores, h_n, _ = student.decode_forward.keeping_arguments(
        case.last, case.states, case.mask, case.targets, case.params, **options_of(case)
    )
    expected = write_by_torch(case)
    check(scores, "scores").equals(expected[0])
    check(h_n, "h_n").equals(expected[1])


@task("decode_forward", points=1, about="start and attention by default, what a step may not see")
def test_no_step_sees_its_own_answer(student, rng):
    case = writing(int(rng.integers(2**32)))
    arguments = case.last, case.states, case.mask
    scores, _, _ = student.decode_forward(*arguments, case.targets, case.params)
    check(scores, "scores").equals(write_by_torch(case)[0])
    for step in range(len(case.targets)):
        later = np.where(np.arange(len(case.targets))[:, None] < step, case.targets, rng.integers(7, size=3))
        again, _, _ = student.decode_forward(*arguments, later, case.params)
        check(again[: step + 1], "scores up to a step whose answer is another").equals(scores[: step + 1])


@task("decode_forward", points=1, about="other layouts in memory, new answers, float32")
def test_memory_of_the_decoder_s_arguments(student, rng):
    for dtype in (np.float32, np.float64):
        case = writing(int(rng.integers(2**32)), looks=dtype is np.float64, dtype=dtype)
        expected = write_by_torch(case)
        for arguments in layouts(case.last, case.states, case.mask, case.targets):
            scores, h_n, _ = student.decode_forward.returning_new_arrays(*arguments, case.params, **options_of(case))
            check(scores, "scores").equals(expected[0])
            check(h_n, "h_n").equals(expected[1])
        check(scores, "scores").has_dtype(np.dtype(dtype).name)
        check(h_n, "h_n").has_dtype(np.dtype(dtype).name)


@task("decode_backward", points=3, about="all gradients, with attention and without, other starts, one step")
@given(case=writing_cases)
def test_gradients_of_the_decoder_agree_with_autograd(student, case):
    dlast, dstates, grads = student.decode_backward(case.dscores, decoded(student, case))
    expected = write_by_torch(case)
    check(dlast, "dlast").equals(expected[2])
    check(dstates, "dstates").equals(expected[3])
    check_named(grads, expected[4], DECODER)


@task("decode_backward", points=1, about="words that occur more than once")
def test_gradients_of_words_that_are_written_twice_add_up(student, rng):
    case = writing(int(rng.integers(2**32)), sizes=(6, 3, 4, 2, 3, 5))
    _, _, grads = student.decode_backward(case.dscores, decoded(student, case))
    check_named(grads, write_by_torch(case)[4], DECODER)


@task("decode_backward", points=1, about="other layouts in memory, new answers, float32")
def test_memory_of_the_decoder_s_gradients(student, rng):
    for dtype in (np.float32, np.float64):
        case = writing(int(rng.integers(2**32)), looks=dtype is np.float32, dtype=dtype)
        expected = write_by_torch(case)
        for dscores in layouts(case.dscores):
            dlast, dstates, grads = student.decode_backward.returning_new_arrays(dscores, decoded(student, case))
            check(dlast, "dlast").equals(expected[2])
            check(dstates, "dstates").equals(expected[3])
            check_named(grads, expected[4], DECODER)
        for name, array in (("dlast", dlast), ("dstates", dstates), *grads.items()):
            check(array, name).has_dtype(np.dtype(dtype).name)
