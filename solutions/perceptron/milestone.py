"""1958 and 1969: what one neuron can learn, and what it cannot.

In 1958 the psychologist Frank Rosenblatt described the perceptron, a machine that learns from its mistakes, and the
New York Times reported that it was expected to walk, talk, see, write and be conscious of its existence. In 1969 Marvin
Minsky and Seymour Papert proved how little a single layer of such neurons can represent. The smallest example is XOR:
no straight line separates its zeros from its ones.

The picture is drawn by your functions. Tinted is where the answer is 1; a cross marks a wrong answer. The first row is
one neuron, trained by Rosenblatt's rule. Its boundary is a straight line, and on XOR it goes round in circles: from the
third epoch on all four answers of every epoch are wrong. The second row has the two ways out, a second layer and a
kernel, and the mistakes of all trainings.

The third row is what else a layer without a hidden one can do. Left: four lines between the same two groups of points.
Least squares is drawn towards points that are far away and on the right side of any sensible line, so that others end
on the wrong side; logistic regression hardly minds them; the perceptron stops at the first line that makes no mistake;
the support vector machine goes on to the one with the widest gap. Middle: softmax regression divides the plane among
three classes. Right: ten noisy points of a wave. A straight line says too little, a polynomial of degree 9 goes through
all the points and wild in between; a kernel with a penalty follows the wave.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from numpy import ndarray as Array

from datasets.gates import truth_table

from .gates import xor_gate
from .kernel import (
    fit_kernel_perceptron,
    kernel_ridge,
    polynomial_kernel,
    predict_kernel_perceptron,
    rbf_kernel,
)
from .linear_models import (
    fit_linear_regression,
    linear_regression_loss,
    linear_svm_loss,
    logistic_regression_loss,
    polynomial_features,
    softmax_regression_loss,
)
from .neuron import fit_perceptron, predict

BLUE, ORANGE, GREEN, BLACK = "#0072B2", "#D55E00", "#009E73", "#000000"  # Okabe and Ito's colours
TINT = ListedColormap(["#FFFFFF", "#F9DFCB"])
EPOCHS = 12

DEGREE, NARROW, PENALTY = 9, 4.0, 0.1  # of the polynomial; gamma and l2 of the kernel

Answers = Callable[[Float[Array, "N 2"]], Float[Array, "N"]]
Loss = Callable[..., tuple[Array, Array, Array]]
Line = tuple[Float[Array, "C D"], Float[Array, "C"]]


def draw() -> Figure:
    """Train and draw: gates with one neuron, XOR with two layers and a kernel, mistakes, lines, classes and curves."""
    figure = Figure(figsize=(7.2, 7.8), layout="constrained")
    panels = figure.subplots(3, 3).ravel()
    mistakes = {}
    for panel, gate in zip(panels, ("and", "or", "xor"), strict=False):
        answers, mistakes[f"{gate.upper()}, one neuron"] = trained_neuron(gate)
        draw_answers(panel, gate, answers, f"{gate.upper()}: one neuron")
    draw_answers(panels[3], "xor", lambda x: xor_gate(x[:, 0], x[:, 1]), "XOR: two layers")
    answers, mistakes["XOR, kernel"] = trained_kernel("xor")
    draw_answers(panels[4], "xor", answers, "XOR: kernel, degree 2")
    draw_mistakes(panels[5], mistakes)
    rng = np.random.default_rng(1959)
    draw_lines(panels[6], rng)
    draw_classes(panels[7], rng)
    draw_curves(panels[8], rng)
    return figure


def trained_neuron(gate: str) -> tuple[Answers, Int[Array, "EPOCHS"]]:
    """Train one neuron on a gate; return how it answers, and its mistakes."""
    weights, bias, mistakes = fit_perceptron(*truth_table(gate), max_epochs=EPOCHS)
    return lambda x: predict(x, weights, bias), mistakes


def trained_kernel(gate: str) -> tuple[Answers, Int[Array, "EPOCHS"]]:
    """Train a kernel perceptron on a gate; return how it answers, and its mistakes."""
    x, y = truth_table(gate)
    alpha, mistakes = fit_kernel_perceptron(polynomial_kernel(x, x, degree=2), y, max_epochs=EPOCHS)
    return lambda new: predict_kernel_perceptron(polynomial_kernel(new, x, degree=2), alpha, y), mistakes


def draw_answers(panel: Axes, gate: str, answers: Answers, title: str) -> None:
    """Tint where the answer is 1, and mark the four inputs with their right answers."""
    side = np.linspace(-0.5, 1.5, 161)
    plane = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    panel.imshow(answers(plane).reshape(161, 161), cmap=TINT, vmin=0, vmax=1, origin="lower", extent=(-0.5, 1.5) * 2)
    x, y = truth_table(gate)
    wrong = answers(x) != y
    for (a, b), label, mistaken in zip(x, y, wrong, strict=True):
        colour, shape = (ORANGE, "o") if label else (BLUE, "s")
        panel.plot(a, b, shape, color=colour, markerfacecolor=colour if label else "white", markersize=9, mew=2)
        panel.annotate(f"{label:.0f}", (a, b), (8, 7), textcoords="offset points", color=colour, fontsize=9)
        if mistaken:
            panel.plot(a, b, "x", color=BLACK, markersize=15, mew=1.5)
    panel.set_title(f"{title}\n{wrong.sum()} of 4 wrong", fontsize=10)
    panel.set(xlabel="input a", ylabel="input b", xticks=(0, 1), yticks=(0, 1))


def draw_mistakes(panel: Axes, mistakes: dict[str, Int[Array, "EPOCHS"]]) -> None:
    """Draw the mistakes of every training against its epochs, each curve with its name."""
    styles = zip((BLUE, GREEN, ORANGE, BLACK), ("-", "--", "-", ":"), ("s", "^", "o", "D"), strict=True)
    for (name, counts), (colour, line, marker) in zip(mistakes.items(), styles, strict=True):
        epochs = range(1, len(counts) + 1)
        panel.plot(epochs, counts, line, color=colour, marker=marker, markersize=3.5, linewidth=1.3, label=name)
    panel.set_title(f"Mistakes in training\n(at most {EPOCHS} epochs)", fontsize=10)
    panel.set(xlabel="epoch", ylabel="mistakes in the epoch", xticks=(1, 4, 8, 12), yticks=range(5), ylim=(-0.2, 6.4))
    panel.set_box_aspect(1)
    panel.spines[["top", "right"]].set_visible(False)
    panel.legend(frameon=False, fontsize=7, loc="upper left", borderaxespad=0.1, labelspacing=0.25)


def descended(loss: Loss, x: Array, y: Array, *, outputs: int = 1, steps: int = 2000, lr: float = 0.2) -> Line:
    """Go downhill along a linear model's gradient, from zero."""
    weight, bias = np.zeros((outputs, x.shape[1])), np.zeros(outputs)
    for _ in range(steps):
        _, dweight, dbias = loss(x, y, weight, bias)
        weight, bias = weight - lr * dweight, bias - lr * dbias
    return weight, bias


def draw_lines(panel: Axes, rng: np.random.Generator) -> None:
    """Draw two groups of points and the line of each of four models between them."""
    near = rng.normal((0.0, 0.0), 0.45, (14, 2)), rng.normal((1.6, 1.2), 0.45, (14, 2))
    x, y = np.concatenate([*near, rng.normal((6.0, 4.5), 0.35, (14, 2))]), np.repeat([0.0, 1.0], (14, 28))
    weights, bias, _ = fit_perceptron(x, y)
    lines = {
        "least squares": fit_linear_regression(x, 2 * y[:, None] - 1),
        "logistic": descended(logistic_regression_loss, x, y),
        "perceptron": (weights[None], np.array([bias])),
        "SVM": descended(linear_svm_loss, x, 2 * y - 1, steps=4000, lr=0.05),
    }
    draw_points(panel, x, y.astype(int))
    heights, styles = np.linspace(-2.0, 4.0, 2), zip((BLACK, GREEN, BLUE, ORANGE), (":", "--", "-.", "-"), strict=True)
    for (name, (weight, offset)), (colour, style) in zip(lines.items(), styles, strict=True):
        across, along = weight[0]
        gap = ((2 * y - 1) * (x @ weight[0] + offset)).min() / np.hypot(across, along)
        label = f"{name}: gap {gap:.2f}" if gap > 0 else f"{name}: wrong"
        panel.plot(-(offset + along * heights) / across, heights, style, color=colour, label=label)
    panel.set(xlim=(-1.5, 7.2), ylim=(-1.5, 9.8))
    panel.legend(frameon=False, fontsize=7, loc="upper left", labelspacing=0.25)
    finish_plane(panel, "Four lines, and the gap\nthat each keeps")


def draw_classes(panel: Axes, rng: np.random.Generator) -> None:
    """Draw three groups of points, and which class softmax regression sees where."""
    x = np.concatenate([rng.normal(place, 0.5, (14, 2)) for place in ((0, 0), (2.4, 0.3), (1.0, 2.2))])
    y = np.repeat(np.arange(3), 14)
    weight, bias = descended(softmax_regression_loss, x, y, outputs=3)
    side = np.linspace(-1.5, 4, 161)
    plane = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    seen = (plane @ weight.T + bias).argmax(axis=1).reshape(161, 161)
    tints = ListedColormap(["#D6E8F5", "#F9DFCB", "#D5EDE4"])
    panel.imshow(seen, cmap=tints, vmin=0, vmax=2, origin="lower", extent=(-1.5, 4) * 2)
    draw_points(panel, x, y)
    wrong = int(((x @ weight.T + bias).argmax(axis=1) != y).sum())
    finish_plane(panel, f"Softmax regression\n{wrong} of {len(y)} wrong")


def draw_points(panel: Axes, x: Float[Array, "N 2"], y: Int[Array, "N"]) -> None:
    """Draw points, each class with its colour and mark."""
    for label, (colour, mark) in enumerate(zip((BLUE, ORANGE, GREEN), "so^", strict=True)):
        panel.scatter(*x[y == label].T, s=11, color=colour, marker=mark, zorder=3)


def finish_plane(panel: Axes, title: str) -> None:
    """Give a plane of two inputs its title."""
    panel.set_title(title, fontsize=10)
    panel.set(xlabel="input a", ylabel="input b")
    panel.set_box_aspect(1)


def draw_curves(panel: Axes, rng: np.random.Generator) -> None:
    """Draw a line, a polynomial and a kernel's curve through ten points of a wave."""
    x, fine = np.linspace(-1, 1, 10)[:, None], np.linspace(-1, 1, 201)[:, None]
    y = np.sin(3 * x) + 0.25 * rng.normal(size=x.shape)
    straight = descended(linear_regression_loss, x, y)
    curved = fit_linear_regression(polynomial_features(x, degree=DEGREE), y)
    alpha = kernel_ridge(rbf_kernel(x, x, gamma=NARROW), y, l2=PENALTY)
    curves = {
        "line": fine @ straight[0].T + straight[1],
        f"degree {DEGREE}": polynomial_features(fine, degree=DEGREE) @ curved[0].T + curved[1],
        "kernel ridge": rbf_kernel(fine, x, gamma=NARROW) @ alpha,
    }
    panel.plot(fine, np.sin(3 * fine), color="#BBBBBB", linewidth=3, label="wave")
    for (name, heights), colour, style in zip(curves.items(), (BLACK, BLUE, ORANGE), (":", "--", "-"), strict=True):
        panel.plot(fine, heights, style, color=colour, label=name)
    panel.plot(x, y, "o", color=BLACK, markersize=4)
    panel.set(xlabel="input", ylabel="target", ylim=(-2.2, 3.9))
    panel.set_title("Ten noisy points", fontsize=10)
    panel.set_box_aspect(1)
    panel.spines[["top", "right"]].set_visible(False)
    panel.legend(frameon=False, fontsize=7, loc="upper left", labelspacing=0.25, ncols=2)
