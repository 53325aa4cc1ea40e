"""1991 to 2011: why deep networks did not learn, and what changed.

In 1991 Sepp Hochreiter, a student in Munich, wrote down in his diploma thesis why deep and recurrent networks would not
train: on its way back through the layers the gradient is multiplied again and again by weights and slopes, and it
shrinks exponentially. Yoshua Bengio and colleagues found the same in 1994. For many years deep networks needed tricks:
gates, or layers trained one by one. In 2011 Xavier Glorot, Antoine Bordes and Bengio showed that networks of rectified
linear units learn without any of them.

Your functions measure it. Top left: the slopes by which the gradient is multiplied. The sigmoid's is 1/4 at most,
ReLU's is exactly 1 on one side. Top right: the gradient of every layer in a network of 30; a straight line on this
scale is an exponential. Bottom left: what arrives at the first layer, by the depth of the network; seven networks with
random weights each, and the median as a thick line. Bottom right: would larger weights make up for small slopes? The
dotted line is where all layers learn alike. Large weights drive sigmoids into saturation, and the factor stays below 1;
with tanh it may rise above 1, and the gradient explodes. With ReLU it does not depend on the size at all: as much as
the gradient loses on its way back, the layers' inputs have lost on their way forward.

The last row has the other functions of this unit. Left: the factor per layer of each of them, all with the weights that
suit ReLU. Its smooth relatives stay close to it, and so do sine and tanh, whose slope at 0 is 1; a step lets nothing
through. Right: an image as a network that is asked for the brightness at a place (Sitzmann and colleagues, 2020), with
two hidden layers of ReLUs or of sines. Both saw the same 64 pixels, and are asked for 1,600. After as many steps ReLUs
have bent a few planes; sines of a high frequency have hit the pixels, with waves in between.
"""

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy import ndarray as Array

from datasets.digits import load_digits

from .vanishing import ACTIVATIONS, factor_per_layer, gradient_norms

COLOURS = {"sigmoid": "#D55E00", "tanh": "#009E73", "relu": "#0072B2"}  # Okabe and Ito's
LINES = {"sigmoid": "-", "tanh": "--", "relu": "-."}
LABELS = {"sigmoid": "sigmoid", "tanh": "tanh", "relu": "ReLU"}
SIZES = {"sigmoid": 1.0, "tanh": 1.0, "relu": 2.0**0.5}  # the usual choices, which the next unit explains
WIDTH, BATCH, DEPTH = 48, 32, 30
DEPTHS, NETWORKS = (2, 5, 10, 15, 20, 25, 30), 7
HIDDEN, STEPS, FREQUENCY, RATE, PIXELS = 32, 2000, 6.0, 0.02, 40  # of the networks that draw an image
TRIED_SIZES = (0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0)


def draw() -> Figure:
    """Measure and draw: slopes, gradients by layer, by depth and by the weights' size, all functions, and an image."""
    figure = Figure(figsize=(7.2, 9.2), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=(2.1, 1))
    (slopes, layers), (depths, sizes) = above.subplots(2, 2)
    others, images = below.subfigures(1, 2, width_ratios=(1, 1.25))
    draw_slopes(slopes)
    draw_layers(layers)
    draw_depths(depths)
    draw_sizes(sizes)
    factors = others.subplots()
    draw_factors(factors)
    draw_images(images.subplots())
    for panel in (slopes, layers, depths, sizes, factors):
        panel.spines[["top", "right"]].set_visible(False)
    return figure


def measured(activation: str, depth: int, seed: int, size: float | None = None) -> Float[Array, "L"]:
    """Return the gradient norm of every layer of a network whose weights have the deviation size / sqrt(WIDTH)."""
    rng = np.random.default_rng(seed)
    scale = (SIZES.get(activation, 1.0) if size is None else size) / WIDTH**0.5
    weights = [rng.normal(scale=scale, size=(WIDTH, WIDTH)) for _ in range(depth)]
    x, dout = rng.normal(size=(2, BATCH, WIDTH))
    return gradient_norms(x, weights, dout, activation=activation)


def draw_slopes(panel: Axes) -> None:
    """Draw the slope of each activation: the gradient that it makes of an upstream gradient of 1."""
    x = np.linspace(-6, 6, 601)
    for name, colour in COLOURS.items():
        forward, backward = ACTIVATIONS[name]
        _, cache = forward(x)
        panel.plot(x, backward(np.ones_like(x), cache), LINES[name], color=colour, label=LABELS[name])
    panel.set_title("The slope of each activation", fontsize=10)
    panel.set(xlabel="input of the activation", ylabel="slope", ylim=(-0.03, 1.08), yticks=(0, 0.25, 0.5, 0.75, 1))
    panel.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(0, 0.62))


def draw_layers(panel: Axes) -> None:
    """Draw the gradient of every layer of one deep network for each activation."""
    for name, colour in COLOURS.items():
        norms = measured(name, DEPTH, seed=1991)
        label = f"{LABELS[name]}: × {factor_per_layer(norms):.2f} per layer"
        panel.semilogy(range(1, DEPTH + 1), norms / norms[-1], LINES[name], color=colour, label=label)
    panel.set_title(f"The gradient in a network of {DEPTH} layers", fontsize=10)
    panel.set(xlabel="layer (1 is the first)", ylabel="norm, last layer = 1", xticks=(1, 10, 20, 30))
    panel.legend(frameon=False, fontsize=8, loc="lower right")


def draw_depths(panel: Axes) -> None:
    """Draw what arrives at the first layer of several networks, by their depth."""
    for name in ("sigmoid", "relu"):
        norms = [[measured(name, depth, seed) for depth in DEPTHS] for seed in range(NETWORKS)]
        arrived = np.array([[layers[0] / layers[-1] for layers in network] for network in norms])
        median = np.median(arrived, axis=0)
        panel.semilogy(DEPTHS, arrived.T, color=COLOURS[name], linewidth=0.7, alpha=0.45)
        panel.semilogy(DEPTHS, median, LINES[name], color=COLOURS[name], linewidth=2, marker="o", markersize=4)
        panel.annotate(LABELS[name], (20, median[4]), (4, 8), textcoords="offset points", color=COLOURS[name])
    panel.set_title("What is left at the first layer", fontsize=10)
    panel.set(xlabel="layers in the network", ylabel="first layer's norm, last layer = 1", xticks=DEPTHS)
    panel.set_ylim(top=1e3)


def draw_sizes(panel: Axes) -> None:
    """Draw the factor per layer for weights of several sizes."""
    panel.axhline(1, color="black", linestyle=":", linewidth=1)
    for name, colour in COLOURS.items():
        factors = [factor_per_layer(measured(name, 15, 2011, size)) for size in TRIED_SIZES]
        panel.plot(TRIED_SIZES, factors, LINES[name], color=colour, marker="o", markersize=3.5)
        panel.annotate(LABELS[name], (TRIED_SIZES[-1], factors[-1]), (6, -10), textcoords="offset points", color=colour)
    panel.set_title("Would larger weights help?", fontsize=10)
    panel.set(xlabel="deviation of the weights × √width", ylabel="factor per layer", xlim=(0.3, 5.2), ylim=(0, None))


def is_written(activation: str) -> bool:
    """Return whether both functions of an activation are written: of some activations, two are enough."""
    forward, backward = ACTIVATIONS[activation]
    try:
        backward(np.ones(1), forward(np.ones(1))[1])
    except NotImplementedError:
        return False
    return True


def draw_factors(panel: Axes) -> None:
    """Draw the factor per layer of every activation that is written, all with the weights that suit ReLU."""
    factors = {}
    for name in filter(is_written, ACTIVATIONS):
        norms = measured(name, 15, 2011, SIZES["relu"])
        factors[name] = factor_per_layer(norms) if norms.all() else 0.0
    names = sorted(factors, key=factors.__getitem__)
    bars = panel.barh(names, [factors[name] for name in names], color=[COLOURS.get(name, "#999999") for name in names])
    panel.axvline(1, color="black", linestyle=":", linewidth=1)
    panel.bar_label(bars, fmt="%.2f", fontsize=8, padding=3, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})
    panel.set_title("All functions, ReLU's weights", fontsize=10)
    panel.set(xlabel="factor per layer")
    panel.tick_params(axis="y", labelsize=8)
    panel.margins(x=0.18)


def draw_images(panel: Axes) -> None:
    """Draw 64 pixels, and what networks of ReLUs and of sines make of the places between them."""
    image = load_digits().train_images[8, 0]
    show_image(panel, 0, image, "64 pixels")
    for place, (activation, name) in enumerate({"relu": "ReLU", "sine": "sine"}.items(), start=1):
        if is_written(activation):
            shown, error = learned_image(image, activation)
            show_image(panel, place, shown, f"{name}:\noff by {error:.2f}")
        else:
            show_image(panel, place, np.zeros((1, 1)), f"{name}:\nnot written")
    panel.set(xlim=(-0.02, 3.32), ylim=(-0.2, 1.5))
    panel.set_title("A network as an image", fontsize=10)
    panel.axis("off")


def show_image(panel: Axes, place: int, image: Float[Array, "H W"], title: str) -> None:
    """Draw an image and its title in one of three places side by side."""
    left = 1.15 * place
    panel.imshow(image, cmap="Greys", vmin=0, vmax=1, extent=(left, left + 1, 0, 1))
    panel.plot((left, left + 1, left + 1, left, left), (0, 0, 1, 1, 0), color="#999999", linewidth=0.6)
    panel.text(left + 0.5, 1.04, title, fontsize=9, ha="center", va="bottom")


def places(side: int) -> Float[Array, "N 2"]:
    """Return the places of a square's pixels, from -1 to 1."""
    steps = (np.arange(side) + 0.5) / side * 2 - 1
    return np.stack(np.meshgrid(steps, steps, indexing="ij"), axis=-1).reshape(-1, 2)


def learned_image(image: Float[Array, "8 8"], activation: str) -> tuple[Float[Array, "H W"], float]:
    """Train a network to give pixels' brightness; return what it gives between them, and its error at the pixels."""
    rng = np.random.default_rng(2020)
    first = FREQUENCY if activation == "sine" else 1.0
    sizes = ((HIDDEN, 2, first), (HIDDEN, HIDDEN, 2.0**0.5), (1, HIDDEN, 1.0))
    weights = [rng.normal(0, size / inputs**0.5, (units, inputs)) for units, inputs, size in sizes]
    biases = [rng.normal(0, 1, units) for units, _, _ in sizes]
    x, target = places(len(image)), image.reshape(-1, 1)
    for _ in range(STEPS):
        out, caches, inputs = brightness(x, weights, biases, activation)
        dout = 2 * (out - target) / len(target)
        for layer in (2, 1, 0):
            if layer < 2:
                dout = ACTIVATIONS[activation][1](dout, caches[layer])
            dweight, dbias = dout.T @ inputs[layer], dout.sum(axis=0)
            dout = dout @ weights[layer]
            weights[layer], biases[layer] = weights[layer] - RATE * dweight, biases[layer] - RATE * dbias
    shown = brightness(places(PIXELS), weights, biases, activation)[0].reshape(PIXELS, PIXELS)
    return shown, float(np.sqrt(((brightness(x, weights, biases, activation)[0] - target) ** 2).mean()))


def brightness(
    x: Float[Array, "N 2"], weights: list[Array], biases: list[Array], activation: str
) -> tuple[Float[Array, "N 1"], list[Array], list[Array]]:
    """Send places through two hidden layers; return what comes out, the activations' caches, and each layer's input."""
    caches, inputs = [], [x]
    for weight, bias in zip(weights[:2], biases[:2], strict=True):
        out, cache = ACTIVATIONS[activation][0](inputs[-1] @ weight.T + bias)
        caches.append(cache)
        inputs.append(out)
    return inputs[-1] @ weights[2].T + biases[2], caches, inputs
