"""1989/1998: a network reads handwritten digits.

In 1989 Yann LeCun and colleagues at Bell Labs trained a network with shared weights on digits from envelopes, straight
from the pixels: nobody had told it what a stroke is. Its descendant LeNet-5 (1998) went on to read several million
cheques a day. Here your own LeNet learns from 1,437 digits of 8 x 8 pixels in a frame of two, by gradient descent on
small batches.

What to see in the picture. At the top: how many of 360 other digits are read correctly after every pass, and some that
are misread to the end; would you have read them? Below: the six filters that the first layer has found, and where each
of them answers in one digit. With nine weights and some seconds of training a filter rarely looks like a stroke to us;
the maps show better than the weights which pixels it answers to. No line of your program mentions strokes.

At the bottom: three networks that learned the same digits in the middle of the frame read them there, and one pixel to
the right, left, down and up. The fully connected one has weights for each pixel, and fails. LeNet pools its maps, but
reads them with weights for each place, and is only less sensitive, in one direction not even that. The third one, a
convolution and a residual block that end in the mean of each map, loses next to nothing: it does not know where it
found what it found. It has a third of LeNet's weights, and takes twice the learning rate, since a mean shares its
gradient among all pixels. In the middle it reads less than the others: where a stroke is, is worth knowing as well.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from numpy import ndarray as Array

from datasets.digits import Digits, load_digits

from .conv import Cache, conv2d_backward, conv2d_forward
from .convnet import (
    Parameters,
    affine_backward,
    affine_forward,
    gap_head_backward,
    gap_head_forward,
    init_lenet,
    lenet_backward,
    lenet_forward,
    relu_backward,
    relu_forward,
    residual_backward,
    residual_forward,
    softmax_cross_entropy,
)

EPOCHS, BATCH, MOMENTUM = 12, 32, 0.9
FRAME, SIZE, MAPS, HIDDEN = 2, 12, 16, 64
BLUE, ORANGE, GREEN = "#0072B2", "#D55E00", "#009E73"
SHIFTS = {"right": (0, 1), "left": (0, -1), "down": (1, 0), "up": (-1, 0)}


@dataclass
class Network:
    """Parameters, and the two functions that use them.

    Attributes
    ----------
    name : str
        What the picture calls it.
    rate : float
        The first learning rate.
    params : dict of str to ndarray
    forward : callable
        From images and parameters to scores and a cache.
    backward : callable
        From the scores' gradient and the cache to the parameters' gradients.
    """

    name: str
    rate: float
    params: Parameters
    forward: Callable[[Array, Parameters], tuple[Array, Cache]]
    backward: Callable[[Array, Cache], Parameters]


def draw() -> Figure:
    """Train LeNet and draw what it has learned; train two other networks and draw what a shift does to each.

    Returns
    -------
    matplotlib.figure.Figure
    """
    digits = framed(load_digits())
    networks = first_networks(np.random.default_rng(1998))
    lenet = networks[1]
    errors = [count_misread(digits, lenet)]
    for network in networks:
        wrong = [count_misread(digits, network) for _ in train(digits, network, np.random.default_rng(1998))]
        errors += wrong if network is lenet else []

    figure = Figure(figsize=(7, 8), layout="constrained")
    above, middle, below = figure.subfigures(3, 1, height_ratios=[1.1, 1, 0.9], hspace=0.04)
    left, right = above.subfigures(1, 2, width_ratios=[1.25, 1], wspace=0.04)
    draw_learning(left.subplots(), errors, len(digits.test_labels))
    draw_misread(right, digits, lenet)
    draw_filters(middle, lenet.params, digits.test_images[7])
    draw_shifts(below, digits, networks)
    return figure


def framed(digits: Digits) -> Digits:
    """Return the digits in a frame of white pixels, so that a shift moves them without cutting them."""
    train_images, test_images = (
        np.pad(images, ((0, 0), (0, 0), (FRAME, FRAME), (FRAME, FRAME))).astype(np.float32)
        for images in (digits.train_images, digits.test_images)
    )
    return replace(digits, train_images=train_images, test_images=test_images)


def first_networks(rng: np.random.Generator) -> list[Network]:
    """Draw the first weights of a fully connected network, of LeNet, and of a residual one with a mean at the end."""
    connected = drawn(rng, {"fc1": (HIDDEN, SIZE * SIZE), "fc2": (10, HIDDEN)})
    averaged = drawn(
        rng, {"conv": (MAPS, 1, 3, 3), "one": (MAPS, MAPS, 3, 3), "two": (MAPS, MAPS, 3, 3), "head": (10, MAPS)}
    )
    lenet = {name: array.astype(np.float32) for name, array in init_lenet(rng, image_size=SIZE).items()}
    return [
        Network("fully connected", 0.05, connected, connected_forward, connected_backward),
        Network("LeNet", 0.05, lenet, lenet_forward, lenet_backward),
        Network("residual, with a mean", 0.1, averaged, averaged_forward, averaged_backward),
    ]


def drawn(rng: np.random.Generator, shapes: dict[str, tuple[int, ...]]) -> Parameters:
    """Draw weights with the variance 2 / fan_in, and biases of zero."""
    params = {}
    for layer, shape in shapes.items():
        params[f"{layer}.w"] = rng.normal(0, np.sqrt(2 / np.prod(shape[1:])), shape).astype(np.float32)
        params[f"{layer}.b"] = np.zeros(shape[0], np.float32)
    return params


def connected_forward(images: Array, params: Parameters) -> tuple[Array, Cache]:
    """Score images with one hidden layer that sees all pixels."""
    hidden, fc1 = affine_forward(images.reshape(len(images), SIZE * SIZE), params["fc1.w"], params["fc1.b"])
    hidden, relu = relu_forward(hidden)
    scores, fc2 = affine_forward(hidden, params["fc2.w"], params["fc2.b"])
    return scores, (fc1, relu, fc2)


def connected_backward(dscores: Array, cache: Cache) -> Parameters:
    """Return the gradients of the fully connected network."""
    fc1, relu, fc2 = cache
    dhidden, dw2, db2 = affine_backward(dscores, fc2)
    _, dw1, db1 = affine_backward(relu_backward(dhidden, relu), fc1)
    return {"fc1.w": dw1, "fc1.b": db1, "fc2.w": dw2, "fc2.b": db2}


def averaged_forward(images: Array, params: Parameters) -> tuple[Array, Cache]:
    """Score images with a convolution, a residual block, and the head that forgets places."""
    maps, conv = conv2d_forward(images, params["conv.w"], params["conv.b"], padding=1)
    maps, relu = relu_forward(maps)
    maps, block = residual_forward(maps, params["one.w"], params["one.b"], params["two.w"], params["two.b"])
    scores, head = gap_head_forward(maps, params["head.w"], params["head.b"])
    return scores, (conv, relu, block, head)


def averaged_backward(dscores: Array, cache: Cache) -> Parameters:
    """Return the gradients of the residual network."""
    conv, relu, block, head = cache
    grads: Parameters = {}
    dmaps, grads["head.w"], grads["head.b"] = gap_head_backward(dscores, head)
    dmaps, grads["one.w"], grads["one.b"], grads["two.w"], grads["two.b"] = residual_backward(dmaps, block)
    _, grads["conv.w"], grads["conv.b"] = conv2d_backward(relu_backward(dmaps, relu), conv)
    return grads


def train(digits: Digits, network: Network, rng: np.random.Generator) -> Iterator[int]:
    """Train by gradient descent with momentum and a rate that falls to zero, in place; yield after every epoch."""
    images, labels, params = digits.train_images, digits.train_labels, network.params
    velocity = {name: np.zeros_like(array) for name, array in params.items()}
    for epoch in range(EPOCHS):
        order, rate = rng.permutation(len(images)), network.rate * (1 - epoch / EPOCHS)
        for batch in np.array_split(order, len(images) // BATCH):
            scores, cache = network.forward(images[batch], params)
            _, dscores = softmax_cross_entropy(scores, labels[batch])
            grads = network.backward(dscores, cache)
            for name in params:
                velocity[name] = MOMENTUM * velocity[name] - rate * grads[name]
                params[name] = params[name] + velocity[name]
        yield epoch


def read(images: Array, network: Network) -> Array:
    """Return the digit with the largest score for every image."""
    return network.forward(images, network.params)[0].argmax(axis=1)


def count_misread(digits: Digits, network: Network) -> int:
    """Count the test digits that are misread."""
    return int((read(digits.test_images, network) != digits.test_labels).sum())


def draw_learning(axes: Axes, errors: list[int], count: int) -> None:
    """Draw the share of test digits read correctly, epoch by epoch."""
    accuracy = [100 * (1 - wrong / count) for wrong in errors]
    axes.plot(range(len(accuracy)), accuracy, color=BLUE, marker="o", markersize=4)
    axes.set_xlabel("passes over the training digits")
    axes.set_ylabel("test digits read correctly (%)")
    axes.set_ylim(0, 103)
    axes.set_title(f"{accuracy[-1]:.1f} % of {count} digits, never seen before", fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)


def draw_misread(figure: SubFigure, digits: Digits, network: Network) -> None:
    """Draw up to six test digits that are misread."""
    answers = read(digits.test_images, network)
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
    maps, _ = conv2d_forward(image[None], params["conv1.w"], params["conv1.b"], padding=1)
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
        grid[1, column].set_title(f"map {column}" if answer.any() else f"map {column}: silent", fontsize=8)
    for axes in grid.flat:
        axes.axis("off")


def draw_shifts(figure: SubFigure, digits: Digits, networks: list[Network]) -> None:
    """Draw a digit in five places, and which share of the test digits each network reads in each of them."""
    moved = {"middle": digits.test_images}
    moved |= {name: np.roll(digits.test_images, step, axis=(2, 3)) for name, step in SHIFTS.items()}
    examples, bars = figure.subfigures(1, 2, width_ratios=[1, 3.2])
    grid = examples.subplots(3, 2)
    for axes in grid.flat:
        axes.axis("off")
    for axes, (name, images) in zip(grid.flat, moved.items(), strict=False):
        axes.imshow(images[7, 0], cmap="Greys", vmin=0, vmax=1)
        axes.set_title(name, fontsize=8)
    panel = bars.subplots()
    for number, (network, colour) in enumerate(zip(networks, (ORANGE, BLUE, GREEN), strict=True)):
        shares = [100 * (read(images, network) == digits.test_labels).mean() for images in moved.values()]
        heights = panel.bar(np.arange(len(moved)) + 0.27 * (number - 1), shares, 0.26, color=colour, label=network.name)
        panel.bar_label(heights, fmt="%.0f", fontsize=8)
    panel.set_xticks(range(len(moved)), list(moved))
    panel.set(ylim=(0, 130), yticks=range(0, 101, 25), ylabel="read correctly (%)")
    panel.set_title("The same digits, one pixel aside", fontsize=10)
    panel.legend(frameon=False, fontsize=8, ncols=3, loc="upper center")
    panel.spines[["top", "right"]].set_visible(False)
