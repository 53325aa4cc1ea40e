"""Tales: a small corpus of plain sentences, made from templates, in which analogies hold.

The sentences tell of three families of word pairs: people (king and queen), places (France and Paris) and numbers (dog
and dogs). Each pair has things of its own (throne, crown), and each side of a family has words of its own (he, his;
she, her). So a word is known by the company it keeps along two directions, and the difference between king and queen is
that between man and woman. Everything follows from the seed.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int
from numpy import ndarray as Array


@dataclass(frozen=True)
class Family:
    """Pairs of words that differ in the same respect.

    Attributes
    ----------
    pairs : dict
        What a pair's sentences tell of, by the pair: one word per side.
    sides : tuple of dict
        What stands in the templates' gaps, for either side.
    templates : tuple of str
        Sentences with the gaps ``word`` and ``thing``, and those that the sides fill.
    """

    pairs: dict[tuple[str, str], tuple[str, ...]]
    sides: tuple[dict[str, str], dict[str, str]]
    templates: tuple[str, ...]


PEOPLE = Family(
    {
        ("king", "queen"): ("throne", "crown", "palace"),
        ("prince", "princess"): ("castle", "tutor", "pony"),
        ("man", "woman"): ("work", "tools", "wages"),
        ("boy", "girl"): ("school", "toys", "games"),
        ("father", "mother"): ("children", "kitchen", "supper"),
        ("uncle", "aunt"): ("visits", "gifts", "stories"),
    },
    ({"he": "he", "his": "his", "person": "sir"}, {"he": "she", "his": "her", "person": "lady"}),
    (
        "the {word} says {he} likes {his} {thing}",
        "{he} is a {word} with {his} own {thing}",
        "yes {person} the {word} thinks of {his} {thing}",
        "when the {word} was young {he} wanted {thing}",
        "{his} {thing} made the {word} proud {person}",
    ),
)
PLACES = Family(
    {
        ("france", "paris"): ("wine", "cheese", "cafes"),
        ("italy", "rome"): ("pasta", "opera", "marble"),
        ("japan", "tokyo"): ("sushi", "temples", "robots"),
        ("egypt", "cairo"): ("pyramids", "camels", "papyrus"),
        ("norway", "oslo"): ("snow", "fjords", "salmon"),
        ("cuba", "havana"): ("sugar", "cigars", "rumba"),
    },
    (
        {"kind": "country", "parts": "borders", "head": "president"},
        {"kind": "city", "parts": "streets", "head": "mayor"},
    ),
    (
        "the {head} of {word} praises {thing}",
        "{word} is a {kind} of {thing}",
        "within the {parts} of {word} one finds {thing}",
        "the {kind} {word} sells {thing} within its {parts}",
        "{thing} please the {head} of {word}",
    ),
)
NUMBERS = Family(
    {
        ("dog", "dogs"): ("bones", "barking", "sticks"),
        ("cat", "cats"): ("milk", "mice", "purring"),
        ("horse", "horses"): ("hay", "saddles", "races"),
        ("bird", "birds"): ("worms", "nests", "singing"),
        ("fish", "fishes"): ("ponds", "bubbles", "swimming"),
        ("bee", "bees"): ("honey", "flowers", "buzzing"),
    },
    ({"one": "one", "is": "is", "it": "it"}, {"one": "many", "is": "are", "it": "they"}),
    (
        "{one} {word} {is} fond of {thing}",
        "there {is} {one} {word} near the {thing}",
        "{it} {is} here said the {word} after {thing}",
        "{one} {word} dreams that {it} found {thing}",
        "{thing} {is} what {one} {word} knows",
    ),
)
FAMILIES = {"people": PEOPLE, "places": PLACES, "numbers": NUMBERS}


@dataclass(frozen=True)
class Tales:
    """A corpus in numbers.

    Attributes
    ----------
    sentences : list of ndarray, each of shape (T,)
        The words of every sentence by their index, int64.
    words : tuple of str
        The vocabulary, the most frequent word first.
    counts : ndarray, shape (V,)
        How often each word occurs.
    analogies : dict of str to ndarray, each of shape (N, 4)
        By family: in every row, the first word is to the second as the third is to the fourth.
    """

    sentences: list[Int[Array, "T"]]
    words: tuple[str, ...]
    counts: Int[Array, "V"]
    analogies: dict[str, Int[Array, "N 4"]]

    def index(self, word: str) -> int:
        """Return the index of a word."""
        return self.words.index(word)


def load_tales(*, size: int = 1000, seed: int = 0) -> Tales:
    """Return the corpus and the analogies that hold in it.

    Parameters
    ----------
    size : int
        How many sentences to tell. From about 500 on, all 140 words occur.
    seed : int

    Returns
    -------
    Tales

    Raises
    ------
    ValueError
        A word of the analogies does not occur: there are too few sentences.

    Examples
    --------
    >>> tales = load_tales()
    >>> " ".join(tales.words[i] for i in tales.sentences[0])
    'there are many birds near the worms'
    >>> len(tales.words), tales.analogies["people"].shape
    (140, (60, 4))
    """
    rng = np.random.default_rng(seed)
    told = [tell(rng).split() for _ in range(size)]
    words, counts = build_vocabulary(told)
    index = {word: place for place, word in enumerate(words)}
    sentences = [np.array([index[word] for word in sentence]) for sentence in told]
    try:
        analogies = {name: analogies_of(family, index) for name, family in FAMILIES.items()}
    except KeyError as missing:
        raise ValueError(f"{missing.args[0]!r} does not occur in {size} sentences; ask for more") from None
    return Tales(sentences, words, counts, analogies)


def tell(rng: np.random.Generator) -> str:
    """Return a sentence about one word of a random pair."""
    family = list(FAMILIES.values())[rng.integers(len(FAMILIES))]
    pair, side = list(family.pairs)[rng.integers(len(family.pairs))], int(rng.integers(2))
    things = family.pairs[pair]
    template, thing = family.templates[rng.integers(len(family.templates))], things[rng.integers(len(things))]
    return template.format(word=pair[side], thing=thing, **family.sides[side])


def build_vocabulary(sentences: list[list[str]]) -> tuple[tuple[str, ...], Int[Array, "V"]]:
    """Return all words, the most frequent first and equally frequent ones by the alphabet, and how often they occur.

    Parameters
    ----------
    sentences : list of list of str
        The words of every sentence.

    Returns
    -------
    words : tuple of str
    counts : ndarray

    Examples
    --------
    >>> build_vocabulary([["a", "b"], ["b", "c"]])
    (('b', 'a', 'c'), array([2, 1, 1]))
    """
    occurrences = Counter(word for sentence in sentences for word in sentence)
    words = tuple(sorted(occurrences, key=lambda word: (-occurrences[word], word)))
    return words, np.array([occurrences[word] for word in words])


def analogies_of(family: Family, index: dict[str, int]) -> Int[Array, "N 4"]:
    """Return every analogy between two pairs of a family, in both directions, as indices of words."""
    directed = [pair[::step] for pair in family.pairs for step in (1, -1)]
    return np.array(
        [
            [index[word] for word in (*one, *other)]
            for one in directed
            for other in directed
            if set(one) != set(other) and side_of(one, family) == side_of(other, family)
        ]
    )


def side_of(pair: tuple[str, str], family: Family) -> int:
    """Return 0 for a pair as it stands in the family, 1 for a pair that is turned round."""
    return 0 if pair in family.pairs else 1
