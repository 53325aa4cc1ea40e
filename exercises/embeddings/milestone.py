"""2013: king minus man plus woman is queen.

In 2013 Tomas Mikolov and colleagues at Google published word2vec, a program so simple that it read billions of words in
a day: guess the words around a word, and keep the vectors that help. Nobody had told the vectors what a gender or a
capital is. But the step from man to woman turned out to be nearly the step from king to queen, and the one from France
to Paris nearly that from Italy to Rome. A year later GloVe reached the same by counting.

Here your own skip-gram reads a thousand short sentences, told from templates for this course. What to see in the
picture: in the first map, three families of words lie apart, though the program was told of no families. In the next
two, every arrow leads from one word of a pair to the other, and they go the same way. The bars are the words nearest to
king - man + woman, and to two more such sums: the right answer leads each time, by a margin. Bear in mind that these
sentences are made so that analogies hold; in real text they hold for some words, and not for others.

Below, all 180 analogies are put to five sets of vectors. Skip-gram and the continuous bag of words solve (nearly) all.
Latent semantic analysis, older by a quarter of a century, takes every sentence for a document and solves about half:
words of one sentence are alike to it, whether they stand side by side or far apart.
GloVe as it was published solves few here, and that is worth a thought: it leaves out the pairs that never occur, and in
a thousand sentences what never occurs says the most (no king is "she"). Word2vec hears of it from the negatives. Give
each pair of words 1/100 of a meeting, and GloVe catches up; in a corpus of billions of words, few pairs never meet.
"""

from itertools import pairwise

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy import ndarray as Array

from datasets.tales import FAMILIES, Tales, load_tales

from .documents import latent_semantic_analysis, tf_idf
from .geometry import cosine_similarities, nearest_words, normalize_rows, principal_components, solve_analogies
from .glove import cooccurrence_counts, train_glove
from .word2vec import (
    cbow_contexts,
    cbow_step,
    draw_negatives,
    noise_distribution,
    skipgram_pairs,
    train_skipgram,
)

WIDTH, WINDOW, EPOCHS = 24, 5, 8
CBOW_EPOCHS, CBOW_RATE, BATCH, NEGATIVES = 15, 0.5, 64, 5
COLOURS = {"people": "#0072B2", "places": "#D55E00", "numbers": "#009E73"}  # Okabe and Ito's colours
TITLES = {"people": "People: from he to she", "places": "Places: from country to capital"}
MARKS = {"people": "o", "places": "s", "numbers": "^"}
QUESTIONS = (("man", "king", "woman"), ("france", "paris", "japan"), ("dog", "dogs", "bee"))


def draw() -> Figure:
    """Train word vectors; draw a map of all pairs, two families of arrows, three analogies, and four methods' shares.

    Returns
    -------
    matplotlib.figure.Figure
    """
    tales = load_tales()
    vectors = learned(tales)
    figure = Figure(figsize=(7.2, 9.4), layout="constrained")
    panels = figure.subplot_mosaic(
        [["all", "people"], ["places", "answers"], ["methods", "methods"]], height_ratios=(1, 1, 0.62)
    )
    draw_map(panels["all"], tales, vectors)
    draw_arrows(panels["people"], tales, vectors, "people")
    draw_arrows(panels["places"], tales, vectors, "places")
    draw_answers(panels["answers"], tales, vectors)
    draw_methods(panels["methods"], tales, methods(tales, vectors))
    return figure


def learned(tales: Tales) -> Float[Array, "V E"]:
    """Train on all pairs of the tales; return the words' vectors with length 1."""
    rng, size = np.random.default_rng(2013), len(tales.words)
    first = rng.uniform(-0.5 / WIDTH, 0.5 / WIDTH, (size, WIDTH))
    pairs = skipgram_pairs(tales.sentences, window=WINDOW)
    vectors, _, _ = train_skipgram(pairs, tales.counts, first, np.zeros((size, WIDTH)), rng, epochs=EPOCHS)
    return normalize_rows(vectors)


def learned_by_cbow(tales: Tales) -> Float[Array, "V E"]:
    """Train CBOW on the tales; a word more, which stands for none, fills the gaps."""
    rng, gap = np.random.default_rng(2013), len(tales.words)
    contexts, centers = cbow_contexts(tales.sentences, window=WINDOW, padding_idx=gap)
    noise = noise_distribution(np.append(tales.counts, 0))
    w_in, w_out = rng.uniform(-0.5 / WIDTH, 0.5 / WIDTH, (gap + 1, WIDTH)), np.zeros((gap + 1, WIDTH))
    for epoch in range(CBOW_EPOCHS):
        order = rng.permutation(len(centers))
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            negatives = draw_negatives(rng, noise, (len(batch), NEGATIVES))
            lr = CBOW_RATE * (1 - (epoch + start / len(order)) / CBOW_EPOCHS)
            w_in, w_out, _ = cbow_step(contexts[batch], centers[batch], negatives, w_in, w_out, lr=lr, padding_idx=gap)
    return normalize_rows(w_in[:gap])


def methods(tales: Tales, vectors: Float[Array, "V E"]) -> dict[str, Float[Array, "V E"]]:
    """Return the vectors of five methods: skip-gram's, and those of the others, which are trained."""
    counts = cooccurrence_counts(tales.sentences, len(tales.words), window=WINDOW)
    return {
        "LSA\n(1990)": analysed(tales),
        "skip-gram\n(2013)": vectors,
        "CBOW\n(2013)": learned_by_cbow(tales),
        "GloVe\n(2014)": train_glove(counts, WIDTH, np.random.default_rng(2014), x_max=1.0),
        "GloVe with all\ncounts + 0.01": train_glove(counts + 0.01, WIDTH, np.random.default_rng(2014), x_max=1.0),
    }


def analysed(tales: Tales) -> Float[Array, "V E"]:
    """Take each sentence for a document; return the words' coordinates by latent semantic analysis."""
    counts = np.stack([np.bincount(sentence, minlength=len(tales.words)) for sentence in tales.sentences])
    _, words, _ = latent_semantic_analysis(tf_idf(counts), num_components=WIDTH)
    return words


def share_solved(tales: Tales, vectors: Float[Array, "V E"], family: str) -> float:
    """Return the share of a family's analogies that vectors solve."""
    analogies = tales.analogies[family]
    return float((solve_analogies(analogies[:, :3], normalize_rows(vectors)) == analogies[:, 3]).mean())


def draw_methods(panel: Axes, tales: Tales, vectors: dict[str, Float[Array, "V E"]]) -> None:
    """Draw which share of each family's analogies each method solves."""
    for number, (family, colour) in enumerate(COLOURS.items()):
        shares = [100 * share_solved(tales, rows, family) for rows in vectors.values()]
        bars = panel.bar(np.arange(len(vectors)) + 0.27 * (number - 1), shares, 0.25, color=colour, label=family)
        panel.bar_label(bars, fmt="%.0f", fontsize=9)
    panel.set_xticks(range(len(vectors)), list(vectors))
    panel.set(ylabel="analogies solved, %", ylim=(0, 112))
    panel.set_title("180 analogies: pairs that never meet say the most", fontsize=10)
    panel.spines[["top", "right"]].set_visible(False)


def draw_map(panel: Axes, tales: Tales, vectors: Float[Array, "V E"]) -> None:
    """Draw all words of all pairs along the two directions in which they differ most."""
    words = {name: [word for pair in family.pairs for word in pair] for name, family in FAMILIES.items()}
    indices = [tales.index(word) for group in words.values() for word in group]
    scores, _, variances = principal_components(vectors[indices])
    for name, points in zip(words, np.split(scores, len(words)), strict=True):
        panel.scatter(*points.T, s=26, color=COLOURS[name], marker=MARKS[name], label=name)
    panel.legend(frameon=False, fontsize=9)
    total = vectors[indices].var(axis=0, ddof=1).sum()
    finish_map(panel, "Thirty-six words, three families", variances / total)


def draw_arrows(panel: Axes, tales: Tales, vectors: Float[Array, "V E"], family: str) -> None:
    """Draw one family's words, with an arrow from the first word of every pair to the second."""
    pairs = list(FAMILIES[family].pairs)
    words = vectors[[tales.index(word) for pair in pairs for word in pair]]
    scores, _, variances = principal_components(words)
    panel.scatter(*scores.T, s=12, color=COLOURS[family])
    firsts, seconds = scores[::2], scores[1::2]
    for first, second in zip(firsts, seconds, strict=True):
        panel.annotate("", second, first, arrowprops={"arrowstyle": "->", "color": COLOURS[family], "linewidth": 1.3})
    outward = 1 if firsts[:, 0].mean() < seconds[:, 0].mean() else -1
    label(panel, firsts, [first for first, _ in pairs], -outward)
    label(panel, seconds, [second for _, second in pairs], outward)
    finish_map(panel, TITLES[family], variances / words.var(axis=0, ddof=1).sum())


def label(panel: Axes, points: Float[Array, "N 2"], names: list[str], side: int) -> None:
    """Write names beside points, on the left (-1) or on the right (1), moved up or down where they would overlap."""
    heights = apart(points[:, 1], np.ptp(points[:, 1]) / 9)
    for (x, y), height, name in zip(points, heights, names, strict=True):
        away = x + side * 0.06
        panel.plot([x, away], [y, height], color="#999999", linewidth=0.6)
        panel.text(away + side * 0.01, height, name, fontsize=9, va="center", ha="left" if side > 0 else "right")


def apart(heights: Float[Array, "N"], gap: float) -> Float[Array, "N"]:
    """Move numbers upwards, in their order, until no two are nearer than a gap; then back by the mean move."""
    order, moved = np.argsort(heights), heights.copy()
    for lower, upper in pairwise(order):
        moved[upper] = max(moved[upper], moved[lower] + gap)
    return moved - (moved - heights).mean()


def finish_map(panel: Axes, title: str, shares: Float[Array, "2"]) -> None:
    """Give a map its title, its labels and some room."""
    panel.set_title(title, fontsize=10)
    first, second = (f"component {n} ({share:.0%} of the variance)" for n, share in enumerate(shares, start=1))
    panel.set(xlabel=first, ylabel=second)
    panel.margins(0.3, 0.12)
    panel.spines[["top", "right"]].set_visible(False)


def draw_answers(panel: Axes, tales: Tales, vectors: Float[Array, "V E"]) -> None:
    """Draw the three words nearest to each of three sums, with their cosines."""
    labels = []
    for number, question in enumerate(QUESTIONS):
        asked = np.array([[tales.index(word) for word in question]])
        a, b, c = vectors[asked[0]]
        nearest = nearest_words((b - a + c)[None], vectors, k=3, exclude=asked)[0]
        heights = cosine_similarities((b - a + c)[None], vectors[nearest])[0]
        places = 5 * number + 1 + np.arange(3)
        panel.barh(places, heights, color=[list(COLOURS.values())[number], "#BBBBBB", "#BBBBBB"])
        panel.text(0, 5 * number, f"{question[1]} - {question[0]} + {question[2]}", va="center", fontsize=9.5)
        labels += zip(places, (tales.words[word] for word in nearest), strict=True)
    panel.set_yticks(*zip(*labels, strict=True), fontsize=9)
    panel.set_ylim(14, -0.8)
    panel.set_title("Three sums and their nearest words", fontsize=10)
    panel.set(xlabel="cosine")
    panel.spines[["top", "right"]].set_visible(False)
