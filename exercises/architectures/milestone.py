"""2012 to 2017: deeper, and a way round each layer.

Alex Krizhevsky's network of 2012 had eight layers and 61 million parameters, and made 16.4 % errors among a thousand
kinds of things where everybody else made 26. Karen Simonyan and Andrew Zisserman stacked 16 to 19 (2014), and then it
went no further: deeper networks got worse, on the images that they were trained with, too. Kaiming He and colleagues
led the input past each pair of layers (2015), and trained 152: 3.57 % errors, where a patient human made 5.1.

On the left plain networks and residual ones of the same width read digits, by their number of layers. In the middle
your count of four plans, by their year: ever deeper, and soon with fewer parameters. On the right a page with two
digits: a residual network that ends in a mean has been trained on single digits only, and is asked where one of them
is. Three times out of four and more its best box is nearer to the right one. That takes a network whose units see a
part of the page: with 34 layers each sees all of it, and the box says little.
"""

import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy import ndarray as Array

from datasets.digits import load_digits

from .classics import Plan, count_parameters
from .detection import class_activation_map, non_maximum_suppression
from .residual import conv2d_backward, conv2d_forward, preactivation_backward, preactivation_forward

BLUE, ORANGE, BLACK, GREY = "#0072B2", "#D55E00", "#000000", "#BBBBBB"
DEPTHS, WIDTH, EPOCHS, BATCH, RATE, MOMENTUM = (6, 16, 34), 8, 4, 32, 0.05, 0.9
FINDER, FINDER_EPOCHS, PAGES = 6, 10, 40
Network = list[dict[str, Array]]
"""The first convolution, the blocks, the last layer."""


def draw() -> Figure:
    """Draw accuracies by depth, parameters by year, and where digits are.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(7.2, 2.9), layout="constrained")
    depths, years, page = figure.subplots(1, 3)
    deepest = draw_depths(depths)
    draw_years(years)
    draw_page(page, train(FINDER, 0, residual=True, epochs=FINDER_EPOCHS), deepest)
    return figure


def first_network(layers: int, rng: np.random.Generator, *, residual: bool) -> Network:
    """Draw the weights of a network; the last weights of a residual block are 0."""

    def filters(channels: int) -> Array:
        return (rng.normal(size=(WIDTH, channels, 3, 3)) * np.sqrt(2 / (9 * channels))).astype(np.float32)

    zeros = np.zeros(WIDTH, np.float32)
    network = [{"weight": filters(1), "bias": zeros.copy()}]
    for _ in range((layers - 2) // 2):
        second = filters(WIDTH) * np.float32(not residual)
        network.append({"weight_1": filters(WIDTH), "bias_1": zeros, "weight_2": second, "bias_2": zeros})
    last = (rng.normal(size=(10, WIDTH)) / np.sqrt(WIDTH)).astype(np.float32)
    return [*network, {"weight": last, "bias": np.zeros(10, np.float32)}]


def maps_of(network: Network, x: Float[Array, "N 1 H W"], *, residual: bool) -> tuple[Float[Array, "N C HO WO"], list]:
    """Return the maps before the mean, and the caches. A plain network leaves out the input that a block adds."""
    h, cache = conv2d_forward(x, network[0]["weight"], network[0]["bias"], stride=2, padding=1)
    caches = [cache]
    for params in network[1:-1]:
        out, cache = preactivation_forward(h, params)
        h = out if residual else out - h
        caches.append(cache)
    return np.maximum(h, 0), caches


def scores_of(network: Network, maps: Float[Array, "N C HO WO"]) -> Float[Array, "N L"]:
    """Return the scores: the last layer on the mean over all places."""
    return maps.mean(axis=(2, 3)) @ network[-1]["weight"].T + network[-1]["bias"]


def gradients_of(network: Network, x: Float[Array, "N 1 H W"], labels: Int[Array, "N"], *, residual: bool) -> Network:
    """Return the gradients of the mean cross-entropy."""
    maps, caches = maps_of(network, x, residual=residual)
    scores = scores_of(network, maps)
    dscores = np.exp(scores - scores.max(axis=1, keepdims=True))
    dscores = (dscores / dscores.sum(axis=1, keepdims=True) - np.eye(10, dtype=np.float32)[labels]) / len(x)
    grads = [{"weight": dscores.T @ maps.mean(axis=(2, 3)), "bias": dscores.sum(axis=0)}]
    places = maps.shape[2] * maps.shape[3]
    dh = (dscores @ network[-1]["weight"])[:, :, None, None] * (maps > 0) / np.float32(places)
    for cache in caches[:0:-1]:
        dx, dparams = preactivation_backward(dh, cache)
        dh = dx if residual else dx - dh
        grads.append(dparams)
    _, dweight, dbias = conv2d_backward(dh, caches[0])
    return [*grads, {"weight": dweight, "bias": dbias}][::-1]


def train(layers: int, seed: int, *, residual: bool, epochs: int = EPOCHS) -> Network:
    """Train a network on digits with momentum; gradients longer than 1 are shortened to 1."""
    digits, rng = load_digits(), np.random.default_rng(seed)
    images = digits.train_images.astype(np.float32)
    network = first_network(layers, rng, residual=residual)
    buffers = [{name: np.zeros_like(value) for name, value in params.items()} for params in network]
    for _ in range(epochs):
        for chosen in np.array_split(rng.permutation(len(images)), len(images) // BATCH):
            grads = gradients_of(network, images[chosen], digits.train_labels[chosen], residual=residual)
            length = np.sqrt(sum(np.sum(grad**2) for params in grads for grad in params.values()))
            scale = np.float32(1 / max(1.0, float(length)))
            for params, buffer, step in zip(network, buffers, grads, strict=True):
                for name, grad in step.items():
                    buffer[name] = np.float32(MOMENTUM) * buffer[name] + scale * grad
                    params[name] = params[name] - np.float32(RATE) * buffer[name]
    return network


def accuracy(network: Network, *, residual: bool) -> float:
    """Return which share of the test digits is read."""
    digits = load_digits()
    maps, _ = maps_of(network, digits.test_images.astype(np.float32), residual=residual)
    return float((scores_of(network, maps).argmax(axis=1) == digits.test_labels).mean())


def draw_depths(panel: Axes) -> Network:
    """Draw accuracies by depth; return the deepest residual network."""
    for name, residual, colour, marker in (("residual", True, BLUE, "o"), ("plain", False, ORANGE, "s")):
        networks = [train(layers, 0, residual=residual) for layers in DEPTHS]
        shares = [100 * accuracy(network, residual=residual) for network in networks]
        panel.plot(DEPTHS, shares, color=colour, marker=marker, label=name)
        deepest = networks[-1] if residual else deepest
    panel.set_title("digits by depth", fontsize=10)
    panel.set(xlabel="layers", ylabel="read, %", ylim=(0, 100), xticks=DEPTHS)
    panel.legend(frameon=False, fontsize=8, loc="lower left")
    return deepest


def vgg16() -> Plan:
    """Return the plan of VGG's 16 layers."""
    stages = ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))
    convolutions = [("conv", filters, 3, 1) for count, filters in stages for _ in range(count)]
    return [*convolutions, ("flatten", 49), ("linear", 4096), ("linear", 4096), ("linear", 1000)]


def alexnet() -> Plan:
    """Return the plan of AlexNet, in its two groups."""
    shapes = ((96, 11, 1), (256, 5, 2), (384, 3, 1), (384, 3, 2), (256, 3, 2))
    convolutions = [("conv", *shape) for shape in shapes]
    return [*convolutions, ("flatten", 36), ("linear", 4096), ("linear", 4096), ("linear", 1000)]


def resnet50() -> Plan:
    """Return the plan of ResNet's 50 layers."""
    plan: list[tuple] = [("conv", 64, 7, 1), ("norm",)]
    for count, width in ((3, 64), (4, 128), (6, 256), (3, 512)):
        for block in range(count):
            branch = [("conv", width, 1, 1), ("norm",), ("conv", width, 3, 1), ("norm",)]
            branch += [("conv", 4 * width, 1, 1), ("norm",)]
            plan.append(("add", branch, [("conv", 4 * width, 1, 1), ("norm",)] if block == 0 else []))
    return [*plan, ("linear", 1000)]


def densenet121() -> Plan:
    """Return the plan of DenseNet's 121 layers."""
    plan: list[tuple] = [("conv", 64, 7, 1), ("norm",)]
    width = 64
    for count in (6, 12, 24, 16):
        layer = [("norm",), ("conv", 128, 1, 1), ("norm",), ("conv", 32, 3, 1)]
        plan += [("concatenate", [], layer)] * count
        width = (width + 32 * count) // 2
        plan += [("norm",)] if count == 16 else [("norm",), ("conv", width, 1, 1)]
    return [*plan, ("linear", 1000)]


PLANS = (
    ("AlexNet", 2012, alexnet),
    ("VGG-16", 2014, vgg16),
    ("ResNet-50", 2015, resnet50),
    ("DenseNet-121", 2017, densenet121),
)


def draw_years(panel: Axes) -> None:
    """Draw the parameters of four networks by their year."""
    for name, year, plan in PLANS:
        millions = count_parameters(plan(), 3) / 1e6
        panel.plot(year, millions, "o", color=BLACK)
        panel.annotate(
            f"{name}\n{millions:.1f}",
            (year, millions),
            xytext=(0, 6),
            textcoords="offset points",
            fontsize=7.5,
            ha="center",
        )
    panel.set_title("million parameters", fontsize=10)
    panel.set(xlim=(2010.5, 2018.5), ylim=(0, 170), xticks=(2012, 2014, 2016))
    panel.spines[["top", "right"]].set_visible(False)


def page_of_digits(seed: int) -> tuple[Float[Array, "1 1 24 24"], list[int]]:
    """Return a page with a test digit at the upper left and another one at the lower right, and their labels."""
    digits, page = load_digits(), np.zeros((1, 1, 24, 24), np.float32)
    chosen = np.random.default_rng(seed).integers(len(digits.test_labels), size=2)
    for start, index in zip((2, 14), chosen, strict=True):
        page[0, 0, start : start + 8, start : start + 8] = digits.test_images[index, 0]
    return page, [int(digits.test_labels[index]) for index in chosen]


def boxes_on(network: Network, page: Float[Array, "1 1 24 24"], label: int) -> tuple[Float[Array, "H W"], Array]:
    """Return the map of a class, and the boxes of 8 pixels that stay, the best first."""
    maps, _ = maps_of(network, page, residual=True)
    activation = class_activation_map(maps, network[-1]["weight"], np.array([label]))[0]
    rows, columns = np.mgrid[: activation.shape[0] - 3, : activation.shape[1] - 3]
    boxes = 2.0 * np.stack([columns.ravel(), rows.ravel(), columns.ravel() + 4, rows.ravel() + 4], axis=1)
    scores = np.lib.stride_tricks.sliding_window_view(activation, (4, 4)).mean(axis=(2, 3)).ravel()
    return activation, boxes[non_maximum_suppression(boxes, scores, iou_threshold=0.2)]


def share_found(network: Network) -> float:
    """Return how often the best box is nearer to the digit that is asked for than to the other one of its page."""
    found = []
    for seed in range(PAGES):
        page, labels = page_of_digits(seed)
        for which in (0, 1) if labels[0] != labels[1] else ():
            middle = boxes_on(network, page, labels[which])[1][0].mean()  # the digits lie on the diagonal
            found.append((middle < 12) == (which == 0))
    return float(np.mean(found))


def draw_page(panel: Axes, network: Network, deepest: Network) -> None:
    """Draw a page, a network's map of one of its digits, and its best box."""
    page, labels = page_of_digits(1)
    activation, boxes = boxes_on(network, page, labels[0])
    panel.imshow(page[0, 0], cmap="Greys", extent=(0, 24, 24, 0))
    panel.imshow(activation, cmap="Oranges", alpha=0.5, extent=(0, 24, 24, 0))
    x1, y1, x2, y2 = boxes[0]
    panel.plot([x1, x2, x2, x1, x1], [y1, y1, y2, y2, y1], color=BLUE, linewidth=2)
    panel.set_title(f"where is the {labels[0]}?", fontsize=10)
    shares = f"right: {100 * share_found(network):.0f} %; {DEPTHS[-1]} layers: {100 * share_found(deepest):.0f} %"
    panel.set_xlabel(shares, fontsize=9)
    panel.set(xticks=(), yticks=())
