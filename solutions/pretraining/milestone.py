"""2006 to 2012: a deep network learns, because its layers were trained before it had a teacher.

In 2006 hardly anybody trained networks of more than two hidden layers: from small random weights, sigmoid layers do
not learn, since the gradient is lost on its way down (Sepp Hochreiter, 1991). Geoffrey Hinton, Simon Osindero and Yee-
Whye Teh trained one restricted Boltzmann machine upon the other, without labels, and went on from there: deep networks
came back. In 2012 Quoc Le and colleagues at Google and Stanford let a network of autoencoders watch ten million frames
of videos without labels, and found a single unit that answered to cats' faces.

At the top left your stacks read digits: from random weights and from a stack of machines, by depth, with all labels
and with 200 of them. Below random weights end at what one guess for all would read, and the stack does not. At the top
right no label is used for training: a label only tells, afterwards, which single unit knows one digit from all others
best. Below you see these units, and what k-means makes of the same digits: of thirty centres each, once it has a
label, reads its whole group."""

from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from numpy import ndarray as Array

from datasets.digits import load_digits

from .autoencoder import autoencoder_backward, autoencoder_forward, sparsity_penalty
from .kmeans import kmeans, kmeans_assign
from .rbm import contrastive_divergence, free_energy, rbm_hidden, rbm_visible, train_rbm
from .stack import Layers, greedy_stack, stack_to_classifier

BLUE, ORANGE, GREEN, BLACK, GREY = "#0072B2", "#D55E00", "#009E73", "#000000", "#BBBBBB"
DEPTHS, WIDTH, PRETRAINING, STEPS, FEW = (1, 2, 3, 4, 5), 100, 30, 540, 200
UNITS, SPARSE, RATE, CENTERS = 100, 0.1, 0.3, 30


def draw() -> Figure:
    """Draw accuracy by depth, single units that know a digit, and centres of k-means.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(7.2, 6.2), layout="constrained")
    top, middle, bottom = figure.subfigures(3, 1, height_ratios=(2.6, 0.9, 1.5))
    depths, units = top.subplots(1, 2)
    draw_depths(depths)
    weight = draw_units(units)
    levels = ", ".join(f"{name} {energy:.0f}" for name, energy in energies().items())
    draw_images(middle, weight, f"The sparse machine's best units; free energies: {levels}")
    draw_centers(bottom)
    return figure


def digits_in_rows() -> tuple[Float[Array, "N D"], Int[Array, "N"], Float[Array, "T D"], Int[Array, "T"]]:
    """Return digits as rows of 64 pixels with their labels, for training and for testing."""
    digits = load_digits()
    train, test = digits.train_images.reshape(-1, 64), digits.test_images.reshape(-1, 64)
    return train, digits.train_labels, test, digits.test_labels


def random_stack(x: Float[Array, "N D"], widths: list[int], rng: np.random.Generator) -> Layers:
    """Return a stack of small random weights, as they were drawn before 2006."""
    sizes = [x.shape[1], *widths]
    return [(0.1 * rng.normal(size=(out, count)), np.zeros(out)) for count, out in pairwise(sizes)]


def activities(x: Float[Array, "N D"], params: Layers) -> list[Float[Array, "N M"]]:
    """Return the inputs and what every layer below the last says."""
    layers = [x]
    for weight, bias in params[:-1]:
        layers.append(rbm_hidden(layers[-1], weight, bias))
    return layers


def step_down(params: Layers, x: Float[Array, "N D"], labels: Int[Array, "N"], lr: float) -> Layers:
    """Return the parameters after a step of backpropagation through all layers."""
    layers, new = activities(x, params), []
    scores = layers[-1] @ params[-1][0].T + params[-1][1]
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    dz = (shares / shares.sum(axis=1, keepdims=True) - np.eye(10)[labels]) / len(x)
    for (weight, bias), below in zip(params[::-1], layers[::-1], strict=True):
        new.append((weight - lr * dz.T @ below, bias - lr * dz.sum(axis=0)))
        dz = dz @ weight * below * (1 - below)
    return new[::-1]


def fine_tune(params: Layers, x: Array, labels: Array, rng: np.random.Generator, *, steps: int) -> Layers:
    """Return the parameters after so many steps with momentum 0.9, on batches of 32."""
    speeds = [(np.zeros_like(weight), np.zeros_like(bias)) for weight, bias in params]
    for _ in range(steps):
        batch = rng.choice(len(x), size=32, replace=False)
        stepped = step_down(params, x[batch], labels[batch], lr=0.5)
        speeds = [
            tuple(0.9 * speed + new - old for speed, new, old in zip(*layers, strict=True))
            for layers in zip(speeds, stepped, params, strict=True)
        ]
        params = [(weight + dw, bias + db) for (weight, bias), (dw, db) in zip(params, speeds, strict=True)]
    return params


def accuracy(depth: int, *, pretrained: bool, labelled: int | None = None, seed: int = 0) -> float:
    """Return the share of test digits that a network reads; its stack has seen all images, it so many labels."""
    rng, (x, labels, tested, answers) = np.random.default_rng(seed), digits_in_rows()
    widths = [WIDTH] * depth
    stack = greedy_stack(x, widths, rng, epochs=PRETRAINING, lr=0.2) if pretrained else random_stack(x, widths, rng)
    x, labels = x[:labelled], labels[:labelled]
    params = fine_tune(stack_to_classifier(stack, 10, rng), x, labels, rng, steps=STEPS)
    scores = activities(tested, params)[-1] @ params[-1][0].T + params[-1][1]
    return float((scores.argmax(axis=1) == answers).mean())


def draw_depths(panel: Axes) -> None:
    """Draw what is read by depth."""
    curves = (
        ("stack, all labels", True, None, BLUE, "o-"),
        (f"stack, {FEW} labels", True, FEW, GREEN, "s--"),
        ("random, all labels", False, None, ORANGE, "^-"),
    )
    for name, pretrained, labelled, colour, style in curves:
        values = [100 * accuracy(depth, pretrained=pretrained, labelled=labelled) for depth in DEPTHS]
        panel.plot(DEPTHS, values, style, color=colour, label=name, markersize=4)
    panel.set_title("Digits read, % of the test digits", fontsize=10)
    panel.set(xlabel="hidden layers", ylim=(0, 100), xticks=DEPTHS)
    panel.legend(frameon=False, fontsize=7.5, loc="center right", bbox_to_anchor=(1, 0.6))
    panel.spines[["top", "right"]].set_visible(False)


def sparse_rbm(x: Float[Array, "N D"], rng: np.random.Generator, *, epochs: int = 40) -> tuple[Array, Array, Array]:
    """Train a machine whose units are mostly silent: a few are active for each digit."""
    weight, bias_visible, bias_hidden = train_rbm(x, UNITS, rng, epochs=0)
    for _ in range(epochs * len(x) // 32):
        v = x[rng.choice(len(x), size=32, replace=False)]
        dweight, dvisible, dhidden = contrastive_divergence(v, weight, bias_visible, bias_hidden, rng)
        hidden = rbm_hidden(v, weight, bias_hidden)
        slope = sparsity_penalty(hidden, target=SPARSE, strength=0.3)[1] * hidden * (1 - hidden)
        weight, bias_visible = weight - RATE * (dweight + slope.T @ v), bias_visible - RATE * dvisible
        bias_hidden = bias_hidden - RATE * (dhidden + slope.sum(axis=0))
    return weight, bias_visible, bias_hidden


def trained_autoencoder(x: Float[Array, "N D"], rng: np.random.Generator, *, epochs: int = 40) -> list[Array]:
    """Train an autoencoder by descent on the squared error; return weights, biases and those of the outputs."""
    params = [0.1 * rng.normal(size=(UNITS, x.shape[1])), np.zeros(UNITS), np.zeros(x.shape[1])]
    for _ in range(epochs * len(x) // 32):
        batch = x[rng.choice(len(x), size=32, replace=False)]
        out, cache = autoencoder_forward(batch, *params)
        _, *grads = autoencoder_backward((out - batch) / 32, cache)
        params = [param - grad for param, grad in zip(params, grads, strict=True)]
    return params


def balanced_accuracies(units: Float[Array, "N M"], labels: Int[Array, "N"]) -> Float[Array, "C M"]:
    """Return how well each unit, with the best threshold either way, tells each digit from all others.

    The mean of two shares: of the digit that is found, and of all others that are left alone.
    """
    order = np.argsort(units, axis=0)
    best = np.empty((10, units.shape[1]))
    for digit in range(10):
        ranked = (labels == digit)[order]
        hits = ranked.cumsum(axis=0) / ranked.sum(axis=0)
        others = (~ranked).cumsum(axis=0) / (~ranked).sum(axis=0)
        best[digit] = 0.5 + np.abs(hits - others).max(axis=0) / 2
    return best


def unit_scores(seed: int = 0) -> tuple[dict[str, float], Float[Array, "C D"]]:
    """Return how well the best single unit knows a digit, on average over ten, and the sparse machine's best units."""
    rng, (x, labels, _, _) = np.random.default_rng(seed), digits_in_rows()
    weight, _, bias = sparse_rbm(x, rng)
    plain, _, plain_bias = train_rbm(x, UNITS, rng, epochs=40)
    code, code_bias, _ = trained_autoencoder(x, rng)
    layers = {
        "a pixel": x,
        "a random sum of pixels": x @ rng.normal(size=(64, UNITS)),
        "an autoencoder's unit": rbm_hidden(x, code, code_bias),
        "a machine's unit": rbm_hidden(x, plain, plain_bias),
        "a sparse machine's unit": rbm_hidden(x, weight, bias),
    }
    accuracies = {name: balanced_accuracies(units, labels) for name, units in layers.items()}
    scores = {name: float(digits.max(axis=1).mean()) for name, digits in accuracies.items()}
    return scores, weight[accuracies["a sparse machine's unit"].argmax(axis=1)]


def draw_units(panel: Axes) -> Float[Array, "C D"]:
    """Draw how well single units know a digit; return the weights of the best ones."""
    scores, weight = unit_scores()
    for index, (name, score) in enumerate(scores.items()):
        panel.barh(index, 100 * score, color=GREY if index < 2 else BLUE)
        panel.text(100 * score + 0.3, index, f"{100 * score:.0f}", fontsize=7.5, va="center")
        panel.text(75.4, index, name, fontsize=7.5, va="center", color=BLACK if index < 2 else "white")
    panel.set_title("The best single unit for a digit,\nfound without labels: balanced accuracy, %", fontsize=10)
    panel.set(xlim=(75, 100), yticks=(), ylim=(4.6, -0.6))
    panel.spines[["top", "right", "left"]].set_visible(False)
    return weight


def draw_images(part: SubFigure, images: Float[Array, "C D"], title: str) -> None:
    """Draw ten rows of 64 numbers as images."""
    for panel, image in zip(part.subplots(1, len(images)), images, strict=True):
        panel.imshow(image.reshape(8, 8), cmap="gray_r")
        panel.set(xticks=(), yticks=())
    part.suptitle(title, fontsize=9.5)


def clusters(seed: int = 0) -> tuple[Float[Array, "K D"], Int[Array, "K"], float]:
    """Return centres of k-means, the label that most of each centre's examples have, and how well these labels read."""
    x, labels, tested, answers = digits_in_rows()
    centers, members, _ = kmeans(x, CENTERS, np.random.default_rng(seed))
    names = np.array([np.bincount(labels[members == center], minlength=10).argmax() for center in range(CENTERS)])
    return centers, names, float((names[kmeans_assign(tested, centers)] == answers).mean())


def draw_centers(part: SubFigure) -> None:
    """Draw the centres, with their labels, and what they read."""
    centers, names, share = clusters()
    order = np.argsort(names, kind="stable")
    for panel, center in zip(part.subplots(2, CENTERS // 2).flat, order, strict=True):
        panel.imshow(centers[center].reshape(8, 8), cmap="gray_r")
        panel.set_title(str(names[center]), fontsize=7.5, pad=2)
        panel.set(xticks=(), yticks=())
    title = f"{CENTERS} centres of k-means: one label for each reads {100 * share:.0f} % of the test digits"
    part.suptitle(title, fontsize=9.5)


def dream(params: tuple[Array, Array, Array], v: Float[Array, "N D"], rng: np.random.Generator) -> Float[Array, "N D"]:
    """Return what a machine makes of images in one step there and back."""
    weight, bias_visible, bias_hidden = params
    chances = rbm_hidden(v, weight, bias_hidden)
    return rbm_visible((rng.random(chances.shape) < chances).astype(v.dtype), weight, bias_visible)


def energies(seed: int = 0) -> dict[str, float]:
    """Return the mean free energy, to a trained machine, of test digits, of their dreams, and of shuffled pixels."""
    rng, (x, _, tested, _) = np.random.default_rng(seed), digits_in_rows()
    params = train_rbm(x, UNITS, rng, epochs=40)
    kinds = {
        "digits": tested,
        "their dreams": dream(params, tested, rng),
        "shuffled pixels": rng.permuted(tested, axis=1),
    }
    return {name: float(free_energy(images, *params).mean()) for name, images in kinds.items()}
