"""1986: hidden layers learn by themselves.

Since 1969 it had been known that one neuron cannot do XOR and that two layers can. What nobody knew was how the hidden
layer should learn: no teacher says what a hidden neuron ought to answer. In 1986 David Rumelhart, Geoffrey Hinton and
Ronald Williams showed in four pages of Nature that the chain rule tells it. They were not the first to find it (Seppo
Linnainmaa had published the algorithm in 1970, Paul Werbos had proposed it for networks in 1974), but after them
everybody used it.

What to see in the picture. At the top your network learns XOR with two hidden sigmoids. The two dashed lines, where
they answer 1/2, are found by nobody but the gradient, and between them the answer is 1. Each curve is one start with
other first weights: long plateaus, a sudden descent, and some starts that never arrive. Those are stuck where two of
the four answers are right and the other two stay undecided. Below, the same functions with ReLU learn to read 1,437
handwritten digits: how many of 360 others they read after every pass, and some that stay misread. At the dotted line
the learning rate is divided by ten.

At the bottom, what had to be right before any of this could work. The chain rule's gradient of a small network is
compared with central differences of many step sizes h: large steps bend, tiny ones drown in rounding, and in between
the two agree to ten digits. A gradient with a wrong factor (here one half is missing) never agrees. Your automatic
differentiation, which knows of no layers but only of +, *, / and exp, gives the same numbers as the layers do: with a
node for every number, and with a handful of nodes that hold arrays.
"""

import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from numpy import ndarray as Array

from datasets.digits import Digits, load_digits
from datasets.gates import truth_table

from .arrays import ArrayValue
from .autograd import differentiate
from .gradient_check import check_gradient, relative_error
from .layers import sigmoid_forward
from .losses import binary_cross_entropy_with_logits, mse_loss
from .mlp import Parameters, init_mlp, mlp_backward, mlp_forward, predict_mlp, train_mlp

BLUE, ORANGE, BLACK = "#0072B2", "#D55E00", "#000000"  # Okabe and Ito's colours
XOR_STARTS, XOR_STEPS = 6, 1500
PLAN = ((8, 0.5), (4, 0.05))  # epochs, learning rate


def draw() -> Figure:
    """Learn XOR and the digits, and draw both."""
    figure = Figure(figsize=(7, 8.4), layout="constrained")
    above, below, bottom = figure.subfigures(3, 1, height_ratios=[1.1, 1, 0.9], hspace=0.04)
    plane, curve = above.subplots(1, 2, width_ratios=[1, 1.35])
    starts = [learn_xor(np.random.default_rng(seed)) for seed in range(XOR_STARTS)]
    params, _ = min(starts, key=lambda start: start[1][-1])
    draw_xor(plane, params)
    draw_losses(curve, [losses for _, losses in starts])
    digits = load_digits()
    params, accuracy = learn_digits(digits)
    left, right = below.subfigures(1, 2, width_ratios=[1.25, 1], wspace=0.04)
    draw_accuracy(left.subplots(), accuracy, len(digits.test_labels))
    draw_misread(right, digits, params)
    draw_check(bottom.subplots(), init_mlp(np.random.default_rng(1974), (2, 2, 1)))
    return figure


def learn_xor(rng: np.random.Generator) -> tuple[Parameters, Float[Array, "EPOCHS"]]:
    """Train two hidden sigmoids and one output, all four examples in every step."""
    x, y = truth_table("xor")
    return train_mlp(
        x,
        y[:, None],
        init_mlp(rng, (2, 2, 1)),
        rng,
        epochs=XOR_STEPS,
        batch_size=4,
        lr=2.0,
        activation="sigmoid",
        criterion=binary_cross_entropy_with_logits,
    )


def probability(x: Float[Array, "N 2"], params: Parameters) -> Float[Array, "N"]:
    """Return the network's probability of a 1."""
    scores, _ = mlp_forward(x, params, activation="sigmoid")
    return sigmoid_forward(scores[:, 0])[0]


def draw_xor(axes: Axes, params: Parameters) -> None:
    """Tint the plane by the probability of a 1, and draw where each hidden neuron is undecided."""
    side = np.linspace(-0.5, 1.5, 101)
    plane = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    shown = probability(plane, params).reshape(101, 101)
    image = axes.imshow(shown, cmap="Oranges", vmin=0, vmax=2.5, origin="lower", extent=(-0.5, 1.5) * 2)
    weight, bias = params[0]
    for row, offset in zip(weight, bias, strict=True):
        sums = (plane @ row + offset).reshape(101, 101)
        axes.contour(side, side, sums, levels=[0], colors=BLACK, linestyles="--", linewidths=1)
    x, y = truth_table("xor")
    for (a, b), label in zip(x, y, strict=True):
        colour, shape = (ORANGE, "o") if label else (BLUE, "s")
        axes.plot(a, b, shape, color=colour, markerfacecolor=colour if label else "white", markersize=9, mew=2)
        axes.annotate(f"{label:.0f}", (a, b), (8, 7), textcoords="offset points", fontsize=9)
    axes.set_title("XOR: two hidden neurons", fontsize=10)
    axes.set(xlabel="input a", ylabel="input b", xticks=(0, 1), yticks=(0, 1))
    bar = axes.figure.colorbar(image, ax=axes, shrink=0.8, boundaries=np.linspace(0, 1, 101), ticks=(0, 0.5, 1))
    bar.set_label("probability of a 1", fontsize=8)


def draw_losses(axes: Axes, losses: list[Float[Array, "EPOCHS"]]) -> None:
    """Draw the loss of every start against the steps, and the loss of knowing nothing."""
    arrived = [curve[-1] < 0.1 for curve in losses]
    for curve, learned in zip(losses, arrived, strict=True):
        axes.plot(
            range(1, len(curve) + 1), curve, "-" if learned else "--", color=BLUE if learned else ORANGE, linewidth=1.2
        )
    axes.axhline(np.log(2), color=BLACK, linewidth=0.8, linestyle=":")
    axes.annotate(
        "log 2: knows nothing", (XOR_STEPS, np.log(2)), (0, 4), textcoords="offset points", ha="right", fontsize=8
    )
    axes.set(xlabel="steps of gradient descent", ylabel="cross-entropy of XOR (nats)", ylim=(0, 0.85))
    axes.set_title(f"{sum(arrived)} of {len(losses)} starts arrive (solid lines)", fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)


def learn_digits(digits: Digits) -> tuple[Parameters, list[float]]:
    """Train 64 hidden ReLUs on the digits; return the parameters and the percentage read after every epoch."""
    rng = np.random.default_rng(1986)
    x = digits.train_images.reshape(len(digits.train_images), -1)
    params = init_mlp(rng, (x.shape[1], 64, 10))
    accuracy = [percentage(digits, params)]
    for epochs, lr in PLAN:
        for _ in range(epochs):
            params, _ = train_mlp(x, digits.train_labels, params, rng, epochs=1, lr=lr, activation="relu")
            accuracy.append(percentage(digits, params))
    return params, accuracy


def read(digits: Digits, params: Parameters) -> Int[Array, "T"]:
    """Return the answers for the test digits."""
    return predict_mlp(digits.test_images.reshape(len(digits.test_images), -1), params)


def percentage(digits: Digits, params: Parameters) -> float:
    """Return how many of the test digits are read correctly."""
    return 100 * float((read(digits, params) == digits.test_labels).mean())


def draw_accuracy(axes: Axes, accuracy: list[float], count: int) -> None:
    """Draw the percentage of test digits read correctly, epoch by epoch."""
    axes.plot(range(len(accuracy)), accuracy, color=BLUE, marker="o", markersize=4)
    axes.axvline(PLAN[0][0], color=BLACK, linewidth=0.8, linestyle=":")
    axes.text(PLAN[0][0] - 0.2, 8, "learning rate / 10", fontsize=8, ha="right")
    axes.set(xlabel="passes over the training digits", ylabel="test digits read correctly (%)", ylim=(0, 103))
    axes.set_title(f"{accuracy[-1]:.1f} % of {count} digits, never seen before", fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)


def draw_misread(figure: SubFigure, digits: Digits, params: Parameters) -> None:
    """Draw up to six test digits that are misread."""
    answers = read(digits, params)
    wrong = np.flatnonzero(answers != digits.test_labels)
    figure.suptitle(f"Still misread: {len(wrong)}", fontsize=10)
    for place, axes in enumerate(figure.subplots(2, 3).flat):
        axes.axis("off")
        if place < len(wrong):
            index = wrong[place]
            axes.imshow(digits.test_images[index, 0], cmap="Greys", vmin=0, vmax=1)
            axes.set_title(f"{digits.test_labels[index]} read as {answers[index]}", fontsize=8)


def xor_error(params: Parameters) -> tuple[float, Parameters]:
    """Return the mean squared error of a network's four scores, and the chain rule's gradients."""
    x, y = truth_table("xor")
    scores, cache = mlp_forward(x, params, activation="sigmoid")
    loss, dscores = mse_loss(scores, y[:, None])
    return float(loss), mlp_backward(dscores, cache)[1]


def automatic_gradient(params: Parameters) -> Float[Array, "2 2"]:
    """Differentiate the same error number by number: a list of additions, products, quotients and exponentials."""
    (weight, bias), (weight_out, bias_out) = params
    names = {f"w{m}{d}": weight[m, d] for m in range(2) for d in range(2)}
    trace: list[tuple[str | float, ...]] = [("sum", "*", "w00", 0.0)]
    for (a, b), target in zip(*truth_table("xor"), strict=True):
        trace.append(("score", "+", float(bias_out[0]), 0.0))
        for m in range(2):
            trace += [("z", "*", f"w{m}0", float(a)), ("p", "*", f"w{m}1", float(b)), ("z", "+", "z", "p")]
            trace += [("z", "+", "z", float(bias[m])), ("z", "*", "z", -1.0), ("z", "exp", "z"), ("z", "+", "z", 1.0)]
            trace += [("h", "/", float(weight_out[0, m]), "z"), ("score", "+", "score", "h")]
        trace += [("e", "-", "score", float(target)), ("e", "*", "e", "e"), ("sum", "+", "sum", "e")]
    trace.append(("mean", "/", "sum", 4.0))
    _, grads = differentiate(trace, {name: float(number) for name, number in names.items()})
    return np.array([[grads[f"w{m}{d}"] for d in range(2)] for m in range(2)])


def gradient_of_arrays(params: Parameters) -> Float[Array, "2 2"]:
    """Differentiate the same error with arrays as nodes: a handful of operations, in which the biases are stretched."""
    (weight, bias), (weight_out, bias_out) = params
    x, y = truth_table("xor")
    columns = ArrayValue(weight.T)
    hidden = 1.0 / (1.0 + (-1.0 * (x @ columns + bias)).exp())
    gap = hidden @ weight_out.T + bias_out - y[:, None]
    ((gap * gap).sum() / len(x)).backward()
    return columns.grad.T


def draw_check(axes: Axes, params: Parameters) -> None:
    """Draw how far the chain rule's gradient is from central differences, by their step, and from automatic ones."""
    weight, bias = params[0]
    _, ((dweight, _), *_) = xor_error(params)
    steps = np.logspace(-12, 0, 25)
    claims = {"chain rule": (dweight, BLUE, "-"), "factor forgotten": (dweight / 2, ORANGE, "--")}
    for name, (gradient, colour, line) in claims.items():
        errors = [
            check_gradient(lambda w: xor_error([(w, bias), *params[1:]])[0], weight, gradient, h=h)[0] for h in steps
        ]
        axes.loglog(steps, errors, line, color=colour, marker="o", markersize=3, label=name)
    engines = automatic_gradient(params), gradient_of_arrays(params)
    exact = max(*(relative_error(gradient, dweight).max() for gradient in engines), 1e-17)
    axes.axhline(exact, color=BLACK, linewidth=1, linestyle=":", label="automatic: numbers or arrays as nodes")
    axes.set(xlabel="step h of the central differences", ylabel="largest relative error", ylim=(1e-18, 30))
    axes.set_title("Is the gradient right?", fontsize=10)
    axes.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(0, 0.32))
    axes.spines[["top", "right"]].set_visible(False)
