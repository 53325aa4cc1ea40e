"""What milestones claim and what can be measured without a training: the naive way fails, the other one does not.

Each figure is that of the picture that a student draws with right functions; a threshold leaves room for other
machines' rounding. What takes a training is in tests/doors/test_milestones.py.

Catches: a milestone whose text no longer fits its picture, after a change of its seed, its sizes or its functions.
"""

import numpy as np
import pytest
from matplotlib.figure import Figure

from datasets.broken_runs import record_run
from datasets.gates import truth_table
from datasets.tales import FAMILIES, load_tales
from solutions.activations import milestone as activations
from solutions.activations.vanishing import factor_per_layer
from solutions.architectures import milestone as architectures
from solutions.architectures.classics import count_parameters
from solutions.dropout_batchnorm import milestone as dropout_batchnorm
from solutions.embeddings import milestone as embeddings
from solutions.initialization import milestone as initialization
from solutions.optimizers import milestone as optimizers
from solutions.perceptron import milestone as perceptron
from solutions.perceptron.gates import xor_gate
from solutions.pretraining import milestone as pretraining
from solutions.rnn import milestone as rnn
from solutions.seq2seq import milestone as seq2seq
from solutions.transformers import milestone as transformers

X, XOR = truth_table("xor")


def drawn(draw, seed=0):
    """Return an empty panel after something has been drawn in it."""
    panel = Figure().subplots()
    draw(panel, np.random.default_rng(seed))
    return panel


@pytest.mark.parametrize("gate", ["and", "or"])
def test_one_neuron_learns_the_gates_that_a_line_separates(gate):
    answers, mistakes = perceptron.trained_neuron(gate)
    assert (answers(X) == truth_table(gate)[1]).all()
    assert mistakes[-1] == 0


def test_one_neuron_goes_round_in_circles_on_xor():
    answers, mistakes = perceptron.trained_neuron("xor")
    assert (answers(X) != XOR).any()
    assert (mistakes[2:] == 4).all()


def test_two_layers_and_a_kernel_do_xor():
    answers, mistakes = perceptron.trained_kernel("xor")
    assert (answers(X) == XOR).all()
    assert mistakes[-1] == 0
    assert (xor_gate(X[:, 0], X[:, 1]) == XOR).all()


def test_least_squares_ends_on_the_wrong_side_and_the_svm_keeps_the_widest_gap():
    panel = drawn(perceptron.draw_lines, 1959)
    texts = dict(line.get_label().split(": ") for line in panel.lines if ": " in line.get_label())
    assert texts.pop("least squares") == "wrong"
    gaps = {name: float(text.removeprefix("gap ")) for name, text in texts.items()}
    assert gaps["SVM"] > gaps["logistic"] > 0
    assert gaps["SVM"] > 2 * gaps["perceptron"] > 0


def test_a_polynomial_of_degree_nine_goes_wild_between_the_points_and_the_kernel_does_not():
    curves = {line.get_label(): line.get_ydata() for line in drawn(perceptron.draw_curves, 1959).lines}
    errors = {
        name: np.abs(np.ravel(curve) - np.ravel(curves["wave"])).max()
        for name, curve in curves.items()
        if len(curve) == 201
    }
    assert errors["kernel ridge"] < 0.2
    assert errors["line"] > 0.5
    assert errors["degree 9"] > 1


def test_thirty_sigmoids_leave_nothing_of_the_gradient_and_relus_most():
    sigmoid, relu = (activations.measured(name, activations.DEPTH, 1991) for name in ("sigmoid", "relu"))
    assert sigmoid[0] / sigmoid[-1] < 1e-15
    assert 0.1 < relu[0] / relu[-1] < 10


def test_larger_weights_do_not_save_the_sigmoid_and_let_tanh_explode():
    factors = {
        name: [factor_per_layer(activations.measured(name, 15, 2011, size)) for size in activations.TRIED_SIZES]
        for name in ("sigmoid", "tanh", "relu")
    }
    assert max(factors["sigmoid"]) < 0.8
    assert max(factors["tanh"]) > 1.1
    assert np.ptp(factors["relu"]) < 1e-9


def test_the_picture_of_activations_is_drawn_with_those_that_are_written(monkeypatch):
    def unwritten(*_):
        raise NotImplementedError

    for name in ("sine", "silu"):
        monkeypatch.setitem(activations.ACTIVATIONS, name, (unwritten, unwritten))
    monkeypatch.setattr(activations, "STEPS", 1)
    factors, images = Figure().subplots(1, 2)
    activations.draw_factors(factors)
    activations.draw_images(images)
    names = {label.get_text() for label in factors.get_yticklabels()}
    assert "gelu" in names
    assert not {"sine", "silu"} & names
    assert images.texts[2].get_text() == "sine:\nnot written"


def test_he_and_lsuv_keep_signal_and_gradient_through_fifty_layers_and_the_others_lose_both():
    x, labels = initialization.digits()
    weights = initialization.first_weights(x)
    shares = {
        name: [series[-1] / series[0] for series in initialization.variances(x[:256], labels[:256], drawn)]
        for name, drawn in weights.items()
    }
    for name in ("normal, std 0.1", "Xavier (2010)"):
        forward, _ = shares[name]
        assert forward < 1e-10, name
    for name in ("He (2015)", "orthogonal + LSUV (2016)"):
        forward, backward = shares[name]
        assert 1e-2 < forward < 1e2, name
        assert 1e-2 < backward < 1e2, name


def test_the_gradient_of_forty_steps_dies_in_a_plain_network_and_stays_where_gates_begin_open():
    left = {cell: rnn.remaining_gradient(np.random.default_rng(1997), cell)[-1] for cell in ("rnn", "lstm", "gru")}
    half_open = rnn.remaining_gradient(np.random.default_rng(1997), "gru", memory=1.0)[-1]
    assert left["rnn"] < 1e-4
    assert left["lstm"] > 0.1
    assert left["gru"] > 0.1
    assert 1e-10 < half_open < left["lstm"] / 100


def test_a_gru_learns_the_echo_with_three_quarters_of_the_weights_of_an_lstm():
    losses, weights = rnn.learn_echo(np.random.default_rng(1997), "gru")
    lstm = rnn.first_model(np.random.default_rng(1997), "lstm")
    assert np.mean(losses[-10:]) < 0.05
    assert weights < 0.8 * sum(array.size for array in lstm.values())


@pytest.mark.parametrize(
    ("fault", "tinted"),
    [
        ("healthy", [False] * 4),
        ("scores too large", [True, False, False, False]),
        ("labels shuffled alone", [False, True, False, False]),
        ("rate too small", [False, True, True, False]),
    ],
)
def test_the_table_tints_what_is_wrong_with_a_recorded_training(fault, tinted):
    _, signs = dropout_batchnorm.looked_at(record_run(np.random.default_rng(2019), fault))
    assert signs == tinted


def test_a_batch_is_learned_by_heart_but_not_with_shuffled_labels():
    training, *_ = dropout_batchnorm.digits()
    assert dropout_batchnorm.one_batch(training, mixed=False)[-1] < 0.1
    assert dropout_batchnorm.one_batch(training, mixed=True)[-1] > 1


def test_truncation_sends_nothing_over_a_border():
    assert len(rnn.remaining_in_pieces(np.random.default_rng(1997))) == rnn.PIECE


def test_latent_semantic_analysis_solves_half_of_the_analogies():
    tales = load_tales()
    words = embeddings.analysed(tales)
    solved = [embeddings.share_solved(tales, words, family) for family in FAMILIES]
    assert 0.35 < np.mean(solved) < 0.7


def test_in_a_ravine_what_remembers_arrives_and_plain_descent_does_not():
    left = {name: float(optimizers.left(optimizers.path_of(update, o))) for name, update, o, *_ in optimizers.PATHS}
    searched = float(optimizers.left(optimizers.searched_path()))
    assert min(left["SGD"], searched) > 0.05
    assert max(left["momentum"], left["AdaGrad"], left["Adam"]) < 0.02


def test_step_units_have_no_slope_to_go_down_and_are_solved_by_trials():
    """All of 20 starts, by either method; down the slope none."""
    needed = np.array([optimizers.trials_needed(seed) for seed in range(6)])
    assert np.isfinite(needed[:, :2]).sum(axis=0).min() >= 5
    assert not np.isfinite(needed[:, 2]).any()


def test_who_reads_the_answer_has_a_smaller_loss_from_the_first_epochs_on(monkeypatch):
    monkeypatch.setattr(seq2seq, "EPOCHS", 2)
    monkeypatch.setattr(seq2seq, "TEST", 20)
    losses, shares = {}, {}
    for name in ("attention", "sees its answer"):
        _, losses[name], shares[name] = seq2seq.train(np.random.default_rng(2014), **seq2seq.KINDS[name])
    assert losses["sees its answer"][-1] < losses["attention"][-1] / 2
    assert shares["sees its answer"] == 0


def test_four_layers_learn_from_a_stack_and_not_from_random_weights():
    """Thresholds: tests/doors/test_milestones.py."""
    assert pretraining.accuracy(4, pretrained=False) <= 0.2
    assert pretraining.accuracy(4, pretrained=True) >= 0.9


def test_thirty_centres_with_one_label_each_read_digits():
    assert pretraining.clusters()[2] >= 0.85


def test_a_model_that_sees_its_answer_learns_to_copy_and_writes_no_tales():
    """After 200 of 400 steps. Of 6 seeds, the causal model's share was 0.49 to 0.94 (this one's 0.9), the other's 0."""
    corpus = transformers.corpus_of(load_tales())
    trained = {kind: transformers.train(corpus, kind, steps=200) for kind in ("causal", "unmasked")}
    losses = {kind: np.mean(values[-20:]) for kind, (_, values) in trained.items()}
    written = {kind: transformers.share_of_tales(params, corpus) for kind, (params, _) in trained.items()}
    assert losses["unmasked"] < 0.3
    assert losses["causal"] > 0.6
    assert written["causal"] > 0.7
    assert written["unmasked"] < 0.1


def test_plans_hold_as_many_parameters_as_their_papers_say():
    counts = {name: count_parameters(plan(), 3) for name, _, plan in architectures.PLANS}
    assert counts["AlexNet"] == 60_965_224
    assert counts["VGG-16"] == 138_357_544
    assert counts["ResNet-50"] == 25_557_032
