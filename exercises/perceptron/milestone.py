"""1958 and 1969: what one neuron can learn, and what it cannot.

In 1958 the psychologist Frank Rosenblatt described the perceptron, a machine that learns from its mistakes, and the
New York Times reported that it was expected to walk, talk, see, write and be conscious of its existence. In 1969 Marvin
Minsky and Seymour Papert proved how little a single layer of such neurons can represent. The smallest example is XOR:
no straight line separates its zeros from its ones.

The picture is drawn by your functions. Tinted is where the answer is 1; a cross marks a wrong answer. The first row is
one neuron, trained by Rosenblatt's rule. Its boundary is a straight line, and on XOR it goes round in circles: from the
third epoch on all four answers of every epoch are wrong. The second row has the two ways out, a second layer and a
kernel, and the mistakes of all trainings.
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
from .kernel import fit_kernel_perceptron, polynomial_kernel, predict_kernel_perceptron
from .neuron import fit_perceptron, predict

BLUE, ORANGE, GREEN, BLACK = "#0072B2", "#D55E00", "#009E73", "#000000"  # Okabe and Ito's colours
TINT = ListedColormap(["#FFFFFF", "#F9DFCB"])
EPOCHS = 12

Answers = Callable[[Float[Array, "N 2"]], Float[Array, "N"]]


def draw() -> Figure:
    """Train and draw: AND, OR and XOR with one neuron, XOR with two layers and with a kernel, mistakes by epoch."""
    figure = Figure(figsize=(7.2, 5.2), layout="constrained")
    panels = figure.subplots(2, 3).ravel()
    mistakes = {}
    for panel, gate in zip(panels, ("and", "or", "xor"), strict=False):
        answers, mistakes[f"{gate.upper()}, one neuron"] = trained_neuron(gate)
        draw_answers(panel, gate, answers, f"{gate.upper()}: one neuron")
    draw_answers(panels[3], "xor", lambda x: xor_gate(x[:, 0], x[:, 1]), "XOR: two layers")
    answers, mistakes["XOR, kernel"] = trained_kernel("xor")
    draw_answers(panels[4], "xor", answers, "XOR: kernel, degree 2")
    draw_mistakes(panels[5], mistakes)
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
