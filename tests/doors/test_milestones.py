"""What milestones claim of their trainings: the naive way fails, the other one does not.

What can be measured without a training is in tests/course/test_milestones.py. Each training here is the one of the
picture, with its seed; thresholds leave room for other machines' rounding.

Catches: a milestone whose text no longer fits its picture, after a change of its seed, its sizes or its functions.
"""

from itertools import pairwise

import numpy as np
from matplotlib.figure import Figure

from datasets.digits import load_digits
from datasets.tales import FAMILIES, load_tales
from solutions.activations import milestone as activations
from solutions.architectures import milestone as architectures
from solutions.backprop import milestone as backprop
from solutions.backprop.mlp import init_mlp
from solutions.convolution import milestone as convolution
from solutions.dropout_batchnorm import milestone as overfitting
from solutions.embeddings import milestone as embeddings
from solutions.initialization import milestone as initialization
from solutions.optimizers import milestone as optimizers
from solutions.pretraining import milestone as pretraining
from solutions.rnn import milestone as rnn
from solutions.seq2seq import milestone as seq2seq
from solutions.transformers import milestone as transformers


def test_a_network_of_sines_hits_the_pixels_that_relus_miss():
    image = load_digits().train_images[8, 0]
    errors = {name: activations.learned_image(image, name)[1] for name in ("relu", "sine")}
    assert errors["sine"] < 0.05
    assert errors["relu"] > 0.15


def test_some_starts_learn_xor_and_some_are_stuck():
    ends = [backprop.learn_xor(np.random.default_rng(seed))[1][-1] for seed in range(backprop.XOR_STARTS)]
    assert min(ends) < 0.02
    assert max(ends) > 0.3


def test_hidden_layers_read_nineteen_digits_of_twenty():
    _, accuracy = backprop.learn_digits(load_digits())
    assert accuracy[0] < 20
    assert accuracy[-1] > 95


def test_the_chain_rule_agrees_with_differences_and_a_forgotten_factor_never_does():
    panel = Figure().subplots()
    backprop.draw_check(panel, init_mlp(np.random.default_rng(1974), (2, 2, 1)))
    errors = {line.get_label(): np.array(line.get_ydata()) for line in panel.lines}
    assert errors["chain rule"].min() < 1e-9
    assert errors["chain rule"][[0, -1]].min() > 1e-4
    assert errors["factor forgotten"].min() > 0.3
    assert max(errors["automatic: numbers or arrays as nodes"]) < 1e-13


def test_only_weights_that_keep_the_gradient_learn_through_fifty_layers():
    x, labels = initialization.digits()
    ends = {
        name: np.mean(list(initialization.losses(x, labels, weights))[-20:])
        for name, weights in initialization.first_weights(x).items()
    }
    for name in ("normal, std 0.1", "Xavier (2010)"):
        assert abs(ends[name] - np.log(10)) < 0.02, name
    assert ends["He (2015)"] < 1.9
    assert ends["orthogonal + LSUV (2016)"] < 1.6


def test_units_that_began_alike_stay_alike():
    panel = Figure().subplots()
    initialization.draw_units(panel, *initialization.digits())
    counts = {line.get_label(): set(line.get_ydata()) for line in panel.lines}
    assert counts == {"constant 0.1": {1}, "He (2015)": {7}}


def test_dropout_keeps_a_network_from_false_labels_and_batch_norm_learns_them_faster():
    training, _, testing = overfitting.digits()
    learned, wrong = {}, {}
    for name, options, _ in overfitting.KINDS:
        networks = list(overfitting.trained(training, **options))
        learned[name] = np.array([overfitting.wrong(training, network) for network in networks])
        wrong[name] = np.mean([overfitting.wrong(testing, network) for network in networks[-10:]])
    assert learned["plain"][-1] < 2
    assert learned["dropout (2012)"][-1] > 10
    half = {name: np.argmax(curve < 5) for name, curve in learned.items()}
    assert 0 < half["batch norm (2015)"] < 0.8 * half["plain"]
    assert wrong["dropout (2012)"] < wrong["plain"] - 5
    assert wrong["batch norm (2015)"] > wrong["dropout (2012)"] + 5


def test_each_of_the_older_remedies_helps_and_only_thresholds_make_zeros():
    training, validation, testing = overfitting.digits()
    networks = overfitting.older_networks(training)
    wrong = {name: overfitting.wrong(testing, network) for name, network in networks.items()}
    wrong["early stopping"] = overfitting.wrong(testing, overfitting.stopped_early(training, validation))
    none = wrong.pop("none")
    assert none > 14
    assert max(wrong.values()) < none - 2
    zeros = {name: np.mean(networks[name][0]["weight"] == 0) for name in ("L1, steps", "L1, thresholds")}
    assert zeros["L1, steps"] < 0.01
    assert zeros["L1, thresholds"] > 0.5


def test_a_shift_of_one_pixel_costs_a_connected_network_most_and_means_of_maps_next_to_nothing():
    digits = convolution.framed(load_digits())
    middle, aside = {}, {}
    for network in convolution.first_networks(np.random.default_rng(1998)):
        for _ in convolution.train(digits, network, np.random.default_rng(1998)):
            pass
        read = [
            100 * (convolution.read(np.roll(digits.test_images, step, (2, 3)), network) == digits.test_labels).mean()
            for step in ((0, 0), *convolution.SHIFTS.values())
        ]
        middle[network.name], aside[network.name] = read[0], np.mean(read[1:])
    assert min(middle["fully connected"], middle["LeNet"]) > 95
    assert middle["residual, with a mean"] > 80
    assert aside["fully connected"] < 55
    assert aside["residual, with a mean"] > middle["residual, with a mean"] - 5
    assert all(worse + 10 < better for worse, better in pairwise(aside.values()))


def test_hell_becomes_hello():
    _, perplexities, texts = rnn.learn_hello(np.random.default_rng(1991))
    assert perplexities[-1] < 1.1
    assert texts[-1] == "hello"
    assert texts[0] != "hello"


def test_gated_cells_learn_an_echo_after_forty_steps_and_a_plain_network_guesses():
    ends, weights = {}, {}
    for cell in ("rnn", "lstm", "gru"):
        losses, weights[cell] = rnn.learn_echo(np.random.default_rng(1997), cell)
        ends[cell] = np.mean(losses[-20:])
    assert ends["rnn"] > 0.6
    assert ends["lstm"] < 0.05
    assert ends["gru"] < 0.05
    assert weights["rnn"] < weights["gru"] < weights["lstm"]


def test_word2vec_solves_all_analogies_and_glove_few_until_no_count_is_zero():
    tales = load_tales()
    vectors = embeddings.methods(tales, embeddings.learned(tales))
    solved = {
        name.replace("\n", " "): np.mean([embeddings.share_solved(tales, rows, family) for family in FAMILIES])
        for name, rows in vectors.items()
    }
    assert min(solved["skip-gram (2013)"], solved["CBOW (2013)"]) > 0.95
    assert solved["GloVe (2014)"] < 0.3
    assert solved["GloVe with all counts + 0.01"] > 0.8
    assert 0.35 < solved["LSA (1990)"] < 0.7


def test_a_rate_for_each_weight_reads_digits_in_units_of_their_own():
    """Of four seeds, SGD at the best of seven rates read at most 0.89, and every adaptive optimizer at least 0.92."""
    accuracies = optimizers.accuracies()
    apart = {name: units for name, (_, units) in accuracies.items()}
    assert max(apart.pop("SGD"), apart.pop("momentum")) < 0.905
    assert min(apart.values()) > 0.91
    assert min(same for same, _ in accuracies.values()) > 0.92


def test_a_network_that_may_look_back_says_numbers_in_korean_and_the_others_do_not():
    """Of 14 seeds, attention had at least 0.91 right, plain networks at most 0.58; of this one 0.99 and 0.29."""
    trained = {name: seq2seq.train(np.random.default_rng(2014), **kind) for name, kind in seq2seq.KINDS.items()}
    right = {name: share for name, (_, _, share) in trained.items()}
    losses = {name: curve[-1] for name, (_, curve, _) in trained.items()}
    assert right["attention"] > 0.93
    assert max(right["plain"], right["read backwards"]) < 0.5
    assert right["sees its answer"] < 0.02
    assert losses["sees its answer"] < losses["attention"]


def test_one_unit_of_a_sparse_machine_knows_a_digit_better_than_any_pixel():
    scores, _ = pretraining.unit_scores()
    assert scores["a sparse machine's unit"] >= 0.89
    assert scores["a sparse machine's unit"] >= scores["a pixel"] + 0.04


def test_two_hundred_labels_are_enough_for_four_layers_that_were_trained_without():
    assert pretraining.accuracy(4, pretrained=True, labelled=200) >= 0.8


def test_to_a_machine_digits_are_more_likely_than_their_pixels_in_another_order():
    energies = pretraining.energies()
    assert energies["digits"] < energies["shuffled pixels"] - 20
    assert abs(energies["digits"] - energies["their dreams"]) < 8


def test_who_sees_the_word_to_guess_has_nearly_no_loss_and_writes_no_tale():
    """Of 8 seeds, 0.99 of what the causal model wrote were tales at least, and nothing of the other one's."""
    corpus = transformers.corpus_of(load_tales())
    trained = {kind: transformers.train(corpus, kind) for kind in ("causal", "unmasked")}
    losses = {kind: np.mean(values[-20:]) for kind, (_, values) in trained.items()}
    written = {kind: transformers.share_of_tales(params, corpus) for kind, (params, _) in trained.items()}
    assert losses["unmasked"] < 0.05
    assert 0.6 < losses["causal"] < 0.8
    assert written["causal"] > 0.95
    assert written["unmasked"] < 0.05


def test_words_are_guessed_better_from_both_sides_than_from_the_left():
    """Of 8 seeds, 0.74 to 0.81 of the words were guessed from both sides, and 0.65 to 0.68 from those before them."""
    corpus = transformers.corpus_of(load_tales())
    (left, _), (both, _) = (transformers.train(corpus, kind) for kind in ("causal", "hidden words"))
    before = transformers.share_guessed(left, corpus, causal=True)
    assert transformers.share_guessed(both, corpus, causal=False) > before + 0.05


def test_thirty_four_plain_layers_learn_nothing_and_residual_ones_do():
    """Of 7 seeds, plain ones read at most 0.17, residual ones at least 0.58; these two 0.17 and 0.81."""
    networks = {residual: architectures.train(34, 0, residual=residual) for residual in (False, True)}
    read = {residual: architectures.accuracy(network, residual=residual) for residual, network in networks.items()}
    assert read[False] < 0.3
    assert read[True] > 0.5
    assert architectures.share_found(networks[True]) < 0.7  # each unit sees the whole page


def test_a_network_that_sees_a_part_of_the_page_finds_the_digit_that_is_asked_for():
    """The best box was nearer to the right digit in 0.75 to 0.81 of 348 cases for 4 seeds; here in 0.83 of 70."""
    epochs = architectures.FINDER_EPOCHS
    network = architectures.train(architectures.FINDER, 0, residual=True, epochs=epochs)
    assert architectures.accuracy(network, residual=True) > 0.8
    assert architectures.share_found(network) > 0.7
