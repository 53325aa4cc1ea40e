"""1989/1998: a network reads handwritten digits.

In 1989 Yann LeCun and colleagues at Bell Labs trained a network with shared weights on digits from envelopes, straight
from the pixels: nobody had told it what a stroke is. Its descendant LeNet-5 (1998) went on to read several million
cheques a day. Here your own LeNet learns from 1,437 digits of 8 x 8 pixels, by gradient descent on small batches.

What to see in the picture. At the top: how many of 360 other digits are read correctly after every pass, and some that
are misread to the end; would you have read them? Below: the six filters that the first layer has found, and where each
of them answers in one digit. With nine weights and some seconds of training a filter rarely looks like a stroke to us;
the maps show better than the weights which pixels it answers to. No line of your program mentions strokes.
"""

from collections.abc import Iterator

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from numpy import ndarray as Array

from datasets.digits import Digits, load_digits

from .conv import conv2d_forward
from .convnet import Parameters, init_lenet, lenet_backward, lenet_forward, relu_forward, softmax_cross_entropy

EPOCHS, BATCH, RATE, MOMENTUM = 12, 32, 0.05, 0.9
BLUE = "#0072B2"


def draw() -> Figure:
    """Train LeNet and draw what it has learned.

    Returns
    -------
    matplotlib.figure.Figure
    """
    digits, rng = load_digits(), np.random.default_rng(1998)
    params = {name: array.astype(np.float32) for name, array in init_lenet(rng).items()}
    errors = [count_misread(digits, params)] + [count_misread(digits, params) for _ in train(digits, params, rng)]

    figure = Figure(figsize=(7, 5.6), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=[1.1, 1], hspace=0.04)
    left, right = above.subfigures(1, 2, width_ratios=[1.25, 1], wspace=0.04)
    draw_learning(left.subplots(), errors, len(digits.test_labels))
    draw_misread(right, digits, params)
    draw_filters(below, params, digits.test_images[7])
    return figure


def train(digits: Digits, params: Parameters, rng: np.random.Generator) -> Iterator[int]:
    """Train by gradient descent with momentum and a rate that falls to zero, in place; yield after every epoch."""
    images, labels = digits.train_images.astype(np.float32), digits.train_labels
    velocity = {name: np.zeros_like(array) for name, array in params.items()}
    for epoch in range(EPOCHS):
        order, rate = rng.permutation(len(images)), RATE * (1 - epoch / EPOCHS)
        for batch in np.array_split(order, len(images) // BATCH):
            scores, cache = lenet_forward(images[batch], params)
            _, dscores = softmax_cross_entropy(scores, labels[batch])
            grads = lenet_backward(dscores, cache)
            for name in params:
                velocity[name] = MOMENTUM * velocity[name] - rate * grads[name]
                params[name] = params[name] + velocity[name]
        yield epoch


def read(images: Array, params: Parameters) -> Array:
    """Return the digit with the largest score for every image."""
    scores, _ = lenet_forward(images.astype(np.float32), params)
    return scores.argmax(axis=1)


def count_misread(digits: Digits, params: Parameters) -> int:
    """Count the test digits that are misread."""
    return int((read(digits.test_images, params) != digits.test_labels).sum())


def draw_learning(axes: Axes, errors: list[int], count: int) -> None:
    """Draw the share of test digits read correctly, epoch by epoch."""
    accuracy = [100 * (1 - wrong / count) for wrong in errors]
    axes.plot(range(len(accuracy)), accuracy, color=BLUE, marker="o", markersize=4)
    axes.set_xlabel("passes over the training digits")
    axes.set_ylabel("test digits read correctly (%)")
    axes.set_ylim(0, 103)
    axes.set_title(f"{accuracy[-1]:.1f} % of {count} digits, never seen before", fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)


def draw_misread(figure: SubFigure, digits: Digits, params: Parameters) -> None:
    """Draw up to six test digits that are misread."""
    answers = read(digits.test_images, params)
    wrong = np.flatnonzero(answers != digits.test_labels)
    figure.suptitle(f"Still misread: {len(wrong)}", fontsize=10)
    for place, axes in enumerate(figure.subplots(2, 3).flat):
        axes.axis("off")
        if place < len(wrong):
            index = wrong[place]
            axes.imshow(digits.test_images[index, 0], cmap="Greys", vmin=0, vmax=1)
            axes.set_title(f"{digits.test_labels[index]} read as {answers[index]}", fontsize=8)


def draw_filters(figure: SubFigure, params: Parameters, image: Array) -> None:
    """Draw a digit, the filters of the first layer, and what each of them sees in the digit."""
    maps, _ = conv2d_forward(image[None].astype(np.float32), params["conv1.w"], params["conv1.b"], padding=1)
    seen = relu_forward(maps)[0][0]
    filters = params["conv1.w"][:, 0]
    figure.suptitle("Six filters (orange: positive, purple: negative), and where each of them answers", fontsize=10)
    grid = figure.subplots(2, 1 + len(filters))
    grid[1, 0].imshow(image[0], cmap="Greys", vmin=0, vmax=1)
    grid[1, 0].set_title("the digit", fontsize=8)
    for column, (cells, answer) in enumerate(zip(filters, seen, strict=True), start=1):
        grid[0, column].imshow(cells, cmap="PuOr_r", vmin=-np.abs(cells).max(), vmax=np.abs(cells).max())
        grid[0, column].set_title(f"filter {column}", fontsize=8)
        grid[1, column].imshow(answer, cmap="Greys", vmin=0, vmax=answer.max())
        grid[1, column].set_title(f"map {column}", fontsize=8)
    for axes in grid.flat:
        axes.axis("off")
