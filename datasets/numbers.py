"""Numbers in words, in English and in Korean: a translation with few words, and not word by word.

4321 is "four thousand three hundred and twenty one" and "sa cheon sam baek i sip il". Korean counts as the digits
stand: twenty is two ten (i sip), eleven is ten one (sip il), and nobody says one before ten, hundred or thousand: 1100
is "cheon baek". Korean is written in the revised romanization, since not every computer has a font for Hangul.
"""

import numpy as np

PADDING, START, STOP = 0, 1, 2
SIGNS = ("<padding>", "<start>", "<stop>")
TEENS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
ENGLISH = (*SIGNS, *TEENS, *TENS, "hundred", "thousand", "and")
DIGITS = ("yeong", "il", "i", "sam", "sa", "o", "yuk", "chil", "pal", "gu")
POWERS = ("", "sip", "baek", "cheon")
KOREAN = (*SIGNS, *DIGITS, *POWERS[1:])
END = 10_000


def in_english(number: int) -> list[str]:
    """Return the words of a number below ten thousand.

    Examples
    --------
    >>> " ".join(in_english(4321))
    'four thousand three hundred and twenty one'
    >>> " ".join(in_english(1005))
    'one thousand and five'
    """
    thousands, hundreds, rest = number // 1000, number // 100 % 10, number % 100
    words = [TEENS[thousands], "thousand"] if thousands else []
    words += [TEENS[hundreds], "hundred"] if hundreds else []
    if words and rest:
        words.append("and")
    if rest >= 20:
        words.append(TENS[rest // 10 - 2])
        rest %= 10
    return [*words, TEENS[rest]] if rest or not words else words


def in_korean(number: int) -> list[str]:
    """Return the words of a number below ten thousand.

    Examples
    --------
    >>> " ".join(in_korean(4321))
    'sa cheon sam baek i sip il'
    >>> " ".join(in_korean(1100)), in_korean(0)
    ('cheon baek', ['yeong'])
    """
    words = []
    for power in (3, 2, 1, 0):
        digit = number // 10**power % 10
        if digit > 1 or (digit == 1 and power == 0):
            words.append(DIGITS[digit])
        if digit and power:
            words.append(POWERS[power])
    return words or [DIGITS[0]]


def number_pairs(rng: np.random.Generator, count: int) -> list[tuple[list[int], list[int]]]:
    """Draw different numbers; return the word numbers of both languages, the Korean ones with a stop at the end.

    Parameters
    ----------
    rng : numpy.random.Generator
    count : int
        How many different numbers below ten thousand.

    Returns
    -------
    pairs : list of (english, korean)
        Indices into `ENGLISH` and `KOREAN`.

    Examples
    --------
    >>> pairs = number_pairs(np.random.default_rng(0), 3)
    >>> [" ".join(KOREAN[word] for word in korean) for _, korean in pairs][0]
    'sa cheon o baek i sip gu <stop>'
    """
    return [
        (
            [ENGLISH.index(word) for word in in_english(int(number))],
            [*(KOREAN.index(word) for word in in_korean(int(number))), STOP],
        )
        for number in rng.permutation(END)[:count]
    ]
