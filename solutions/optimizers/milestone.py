"""1951 to 2019: one slope, six ways down it, and two without a slope.

In 1951 Herbert Robbins and Sutton Monro showed that small steps along a noisy slope arrive. For sixty years one rate
served all parameters, helped by momentum (Boris Polyak, 1964). In 2011 John Duchi and colleagues gave each parameter a
rate of its own, by its own past gradients; Matthew Zeiler's AdaDelta and Geoffrey Hinton's RMSProp let it forget
(2012), Diederik Kingma's and Jimmy Ba's Adam added momentum (2015), and Ilya Loshchilov and Frank Hutter took the decay
out of it (2019). In Berlin Ingo Rechenberg and Hans-Paul Schwefel had meanwhile shaped pipes and nozzles without any
slope: they let them mutate, and kept what was better (1965).

At the top your functions walk through a ravine that is a hundred times as steep across as along, from the same place in
as many steps. Below, on the left, they read digits whose pixels come in units of their own, from hundredths to
hundreds, as measurements do. The best of seven rates for all weights is right for few of them; a rate for each weight
reads as well as if the units were the same. On the right a network of *step* units learns XOR: its slope is 0 wherever
there is one, so that descent stays where it began; trial and selection solve it.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy import ndarray as Array

from datasets.digits import load_digits

from .evolution import evolution_strategy, one_plus_one
from .first_order import adadelta_update, adagrad_update, adam_update, adamw_update, rmsprop_update, sgd_update
from .schedules import backtracking, cosine_with_warmup

Update = Callable[..., tuple[list[Array], dict[str, Any]]]
BLUE, ORANGE, GREEN, PURPLE, BLACK, GREY = "#0072B2", "#D55E00", "#009E73", "#AA4499", "#000000", "#BBBBBB"
STEEPNESS, START, STEPS = np.array([1.0, 100.0]), np.array([-1.6, 0.09]), 40
PATHS: tuple[tuple[str, Update, dict[str, float], str, str], ...] = (
    ("SGD", sgd_update, {"lr": 0.0095}, BLACK, "o"),
    ("momentum", sgd_update, {"lr": 0.0095, "momentum": 0.8}, BLUE, "s"),
    ("AdaGrad", adagrad_update, {"lr": 0.2}, GREEN, "^"),
    ("Adam", adam_update, {"lr": 0.1, "betas": (0.8, 0.9)}, ORANGE, "D"),
)
RATES = tuple(10.0**-power for power in range(1, 8))
READERS: tuple[tuple[str, Update, tuple[dict[str, float], ...]], ...] = (
    ("SGD", sgd_update, tuple({"lr": rate} for rate in RATES)),
    ("momentum", sgd_update, tuple({"lr": rate, "momentum": 0.9} for rate in RATES)),
    ("AdaGrad", adagrad_update, ({"lr": 0.3},)),
    ("AdaDelta", adadelta_update, ({"lr": 3.0},)),
    ("RMSProp", rmsprop_update, ({"lr": 0.01},)),
    ("AdamW", adamw_update, ({"lr": 0.01},)),
)
EPOCHS, BATCH, SCALINGS = 4, 32, 5
STARTS, HIDDEN, TRIALS = 20, 4, 2000
CORNERS, SIGNS = np.array([[-1.0, -1], [-1, 1], [1, -1], [1, 1]]), np.array([-1.0, 1, 1, -1])


def draw() -> Figure:
    """Draw paths in a ravine, digits in units of their own, and XOR without a slope.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(7.2, 6.4), layout="constrained")
    top, bottom = figure.subfigures(2, 1, height_ratios=(1, 1.15))
    draw_ravine(top.subplots())
    readers, search = bottom.subplots(1, 2)
    draw_readers(readers)
    draw_search(search)
    return figure


def path_of(update: Update, options: dict[str, float]) -> Float[Array, "T 2"]:
    """Walk down the ravine a^2 / 2 + 100 b^2 / 2; return all places."""
    params, state, places = [START], {}, [START]
    for _ in range(STEPS):
        params, state = update(params, [STEEPNESS * params[0]], state, **options)
        places.append(params[0])
    return np.array(places)


def searched_path() -> Float[Array, "T 2"]:
    """Walk down the ravine with the rate that a search accepts in every step."""
    places = [START]
    for _ in range(STEPS):
        x, _ = backtracking(lambda place: float(STEEPNESS @ place**2 / 2), places[-1], STEEPNESS * places[-1])
        places.append(x)
    return np.array(places)


def draw_ravine(panel: Axes) -> None:
    """Draw contours of the ravine and the paths in it."""
    a, b = np.meshgrid(np.linspace(-1.9, 0.6, 200), np.linspace(-0.16, 0.16, 200))
    panel.contour(a, b, (STEEPNESS[0] * a**2 + STEEPNESS[1] * b**2) / 2, levels=12, colors=GREY, linewidths=0.6)
    for name, update, options, colour, marker in PATHS:
        places = path_of(update, options)
        panel.plot(*places.T, color=colour, marker=marker, markersize=2.5, linewidth=1, label=f"{name}: {left(places)}")
    places = searched_path()
    label = f"SGD, rate searched: {left(places)}"
    panel.plot(*places.T, color=PURPLE, marker="v", markersize=2.5, linewidth=1, label=label)
    panel.plot(0, 0, "*", color=BLACK, markersize=9)
    panel.set_title(f"{STEPS} steps in a ravine, and the share of the height that is left", fontsize=10)
    panel.set(xlabel="along", ylabel="across", xlim=(-1.9, 0.6), ylim=(-0.16, 0.16))
    panel.legend(frameon=True, framealpha=0.9, fontsize=7.5, loc="lower right", ncols=2)


def left(places: Float[Array, "T 2"]) -> str:
    """Say which share of the height is left at the end of a path."""
    first, last = (STEEPNESS @ place**2 for place in (places[0], places[-1]))
    return f"{last / first:.0e}"


def digits() -> tuple[Float[Array, "N D"], Array, Float[Array, "M D"], Array]:
    """Return the digits to learn from and to test on, all pixels with mean 0."""
    data = load_digits()
    learnt, tested = (images.reshape(len(images), -1) for images in (data.train_images, data.test_images))
    mean, std = learnt.mean(axis=0), learnt.std()
    return (learnt - mean) / std, data.train_labels, (tested - mean) / std, data.test_labels


def accuracy(update: Update, options: dict[str, float], units: Float[Array, "D"], seed: int) -> float:
    """Train a linear reader on pixels in the given units; return the share of test digits that it reads."""
    x, labels, tested, answers = digits()
    x, tested, rng = x * units, tested * units, np.random.default_rng(seed)
    params, state = [np.zeros((10, x.shape[1])), np.zeros(10)], {}
    batches = [b for _ in range(EPOCHS) for b in np.array_split(rng.permutation(len(x)), len(x) // BATCH)]
    for step, batch in enumerate(batches):
        rate = cosine_with_warmup(options["lr"], step, warmup_steps=5, total_steps=len(batches))
        slopes = slopes_of(x[batch], labels[batch], params)
        params, state = update(params, slopes, state, **{**options, "lr": rate})
    return float((np.argmax(tested @ params[0].T + params[1], axis=1) == answers).mean())


def slopes_of(x: Float[Array, "N D"], labels: Array, params: list[Array]) -> list[Array]:
    """Return the gradients of the softmax cross-entropy of a linear reader."""
    scores = x @ params[0].T + params[1]
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    wrong = (shares - np.eye(10)[labels]) / len(x)
    return [wrong.T @ x, wrong.sum(axis=0)]


def accuracies(seed: int = 0) -> dict[str, tuple[float, float]]:
    """Return, by optimizer, accuracies with pixels in one unit and in units of their own: of its rates the best one.

    The second is the mean over several drawings of the units; a rate has to serve all of them.
    """
    rng = np.random.default_rng(seed)
    drawn = [10 ** rng.uniform(-2, 2, size=64) for _ in range(SCALINGS)]
    results = {}
    for name, update, choices in READERS:
        same = max(accuracy(update, options, np.ones(64), seed) for options in choices)
        means = [np.mean([accuracy(update, options, units, seed) for units in drawn]) for options in choices]
        results[name] = same, float(max(means))
    return results


def draw_readers(panel: Axes) -> None:
    """Draw what each optimizer reads."""
    results, height = accuracies(), 0.38
    for index, (same, apart) in enumerate(results.values()):
        panel.barh(index - height / 2, 100 * same, height, color=GREY, label="one unit" if index == 0 else None)
        colour = ORANGE if index < 2 else BLUE
        label = {0: "units of their own, best rate for all", 2: "units of their own, a rate for each"}.get(index)
        panel.barh(index + height / 2, 100 * apart, height, color=colour, label=label)
        panel.text(100 * apart + 0.5, index + height / 2, f"{100 * apart:.0f}", fontsize=7.5, va="center")
    panel.set_title("Digits read, % of the test digits", fontsize=10)
    panel.set(xlim=(60, 100), yticks=range(len(results)), yticklabels=results, ylim=(7.4, -0.6))
    panel.legend(frameon=False, fontsize=7.5, loc="lower left")
    panel.spines[["top", "right"]].set_visible(False)


def outputs(theta: Float[Array, "M"]) -> Float[Array, "4"]:
    """Return what a network of step units with 1 or -1 says of the four corners."""
    weights, bias, out = theta[: 2 * HIDDEN].reshape(HIDDEN, 2), theta[2 * HIDDEN : 3 * HIDDEN], theta[3 * HIDDEN :]
    return np.where(CORNERS @ weights.T + bias >= 0, 1.0, -1.0) @ out[:-1] + out[-1]


def wrong_share(theta: Float[Array, "M"]) -> float:
    """Return the share of corners that the network has wrong."""
    return float((np.where(outputs(theta) >= 0, 1.0, -1.0) != SIGNS).mean())


def squared_error(theta: Float[Array, "M"]) -> float:
    """Return the mean squared error of the network's outputs."""
    return float(((outputs(theta) - SIGNS) ** 2).mean())


def first_solved(values: Iterable[float]) -> float:
    """Return the number of the first call of f that was 0, or infinity."""
    return next((float(number) for number, value in enumerate(values, start=1) if value == 0), np.inf)


def trials_needed(seed: int) -> tuple[float, float, float]:
    """Return how many trials XOR takes from one start: by selection, by estimated slopes, and down the true slope."""
    theta, rng = np.random.default_rng(seed).normal(size=4 * HIDDEN + 1), np.random.default_rng(seed + 1000)
    selected, estimated = [], []

    def noting(values: list[float], loss: Callable[[Array], float]) -> Callable[[Array], float]:
        def f(place: Array) -> float:
            values.append(wrong_share(place))
            return loss(place)

        return f

    one_plus_one(noting(selected, wrong_share), theta, rng, steps=TRIALS)
    evolution_strategy(noting(estimated, squared_error), theta, rng, steps=TRIALS // 20, lr=0.3, pairs=10, sigma=0.5)
    slope = np.zeros_like(theta)  # that of the share of wrong corners, wherever it has one
    (end,), _ = sgd_update([theta], [slope], {}, lr=1.0)
    return first_solved(selected), first_solved(estimated), first_solved([wrong_share(end)])


def draw_search(panel: Axes) -> None:
    """Draw how many of the starts have been solved after so many trials."""
    needed, trials = np.array([trials_needed(seed) for seed in range(STARTS)]), np.arange(1, TRIALS + 1)
    names = ("(1 + 1) strategy", "evolution strategy", "down the slope, which is 0")
    for name, counts, colour, line in zip(names, needed.T, (BLUE, GREEN, ORANGE), ("-", "--", ":"), strict=True):
        panel.plot(trials, [(counts <= trial).sum() for trial in trials], color=colour, linestyle=line, label=name)
    panel.set_title("XOR with step units", fontsize=10)
    panel.set(xlabel="trials", ylabel=f"solved, of {STARTS} starts", xscale="log", yticks=range(0, STARTS + 1, 5))
    panel.legend(frameon=False, fontsize=7.5, loc="center left")
    panel.spines[["top", "right"]].set_visible(False)
