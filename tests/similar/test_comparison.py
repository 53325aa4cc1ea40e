"""Who copied from whom, by a small engine: disguises change nothing, what everybody may have counts nothing."""

import pytest

from grader.records.similar import HandedIn
from grader.similar.comparison import compare, prints_of
from tests.similar.disguises import DISGUISES, renamed
from tests.similar.windows import Windows

ORIGINAL = '''\
"""Waves."""

import numpy as np


def smooth(x, width):
    """Return moving means."""
    total, means = 0.0, []  # a running sum
    for place, value in enumerate(x):
        total += value
        if place >= width:
            total -= x[place - width]
        means.append(total / min(place + 1, width))
    return np.array(means)


def crests(x, least=0.5):
    """Return where the wave is highest."""
    places = []
    for place in range(1, len(x) - 1):
        before, here, after = x[place - 1], x[place], x[place + 1]
        if here > before and here >= after and here > least:
            places.append((place, here - max(before, after)))
    places.sort(key=lambda entry: -entry[1])
    return [place for place, _ in places]


def energy(x):
    """Return the mean square."""
    return float(np.mean(x * x))
'''
OTHER = """\
import numpy as np


def smooth(x, width):
    sums = np.cumsum(np.concatenate([[0.0], x]))
    ends = np.arange(1, len(x) + 1)
    begins = np.maximum(ends - width, 0)
    return (sums[ends] - sums[begins]) / (ends - begins)


def crests(x, least=0.5):
    rising = (x[1:-1] > x[:-2]) & (x[1:-1] >= x[2:]) & (x[1:-1] > least)
    where = 1 + np.flatnonzero(rising)
    heights = x[where] - np.maximum(x[where - 1], x[where + 1])
    order = np.argsort(-heights, kind="stable")
    return where[order].tolist()


def energy(x):
    return float(np.mean(x * x))
"""


def work(student, text, **fields):
    return HandedIn(student, "waves", {"sea": text}, **fields)


def pairs(*people, known=frozenset()):
    listed = compare(people, known, Windows()).pairs
    return [(pair.left.student, pair.right.student) for pair in listed]


@pytest.mark.parametrize("kind", DISGUISES)
def test_a_copy_in_disguise_is_the_only_pair(kind):
    copy = DISGUISES[kind](ORIGINAL)
    assert copy != ORIGINAL
    assert pairs(work("ada", ORIGINAL), work("ben", OTHER), work("cem", copy)) == [("ada", "cem")]


def test_a_pair_says_what_is_shared_and_where():
    copy = OTHER + "\n\n" + renamed(ORIGINAL[ORIGINAL.index("def crests") : ORIGINAL.index("def energy")])
    copy = copy.replace("def crests", "def first_try", 1)
    (pair,) = compare([work("ada", ORIGINAL), work("ben", copy)], frozenset(), Windows()).pairs
    assert pair.shared == ("crests",)
    assert pair.share > 0.9
    (passage,) = pair.passages
    left, right = (text.split("\n") for text in (ORIGINAL, copy))
    assert left[passage.left[0] - 1].startswith("def crests")
    assert left[passage.left[1] - 1] == "    return [place for place, _ in places]"
    assert right[passage.right[0] - 1].startswith("def crests")
    assert right[passage.right[1] - 1].startswith("    return [")


def test_right_answers_of_one_line_are_no_pair():
    body = "return (x {0} y) * {1} + x[{1}:] - y[:{1}] / (x + {1}) ** {1}"
    lines = [f"def task_{n}(x, y):\n    {body.format(sign, n)}\n" for n, sign in enumerate("+-*/@%")]
    text = "\n\n".join(lines)
    assert pairs(work("ada", text), work("ben", renamed(text))) == []


def test_what_is_known_or_everybodys_is_no_evidence():
    assert pairs(work("ada", ORIGINAL), work("ben", ORIGINAL)) == [("ada", "ben")]
    assert pairs(work("ada", ORIGINAL), work("ben", ORIGINAL), known=prints_of([ORIGINAL], Windows())) == []
    assert pairs(*(work(f"s{number}", ORIGINAL) for number in range(5))) == []


def test_an_earlier_class_is_compared_with_this_one_alone():
    others = [work("old", ORIGINAL, year="2026"), work("older", ORIGINAL, year="2025")]
    assert pairs(*others) == []
    assert pairs(*others, work("ada", ORIGINAL)) == [("ada", "old"), ("ada", "older")]


def test_own_work_and_that_of_a_group_are_no_pair():
    assert pairs(work("ada", ORIGINAL), work("ada", ORIGINAL, year="2026")) == []
    assert pairs(work("ada", ORIGINAL, group=("ben",)), work("ben", ORIGINAL)) == []


def test_a_file_that_python_cannot_parse_is_compared_line_by_line():
    broken = ORIGINAL + "\n\ndef unfinished(:\n"
    assert pairs(work("ada", broken), work("ben", broken)) == [("ada", "ben")]


def test_a_shared_beginning_is_no_shared_function():
    begin = ORIGINAL[ORIGINAL.index("def crests") : ORIGINAL.index("    places.sort")]
    row = "    {0} = [{0} * {0} for {0} in range({1}, {0}[{2}], -{1}) if {0} % {1} < {2}]\n"
    one = "".join(row.format("x", n, n + 7) for n in range(9))
    two = "".join(f"    x @= {n}\n    x[{n}] -= x(x, {n})[:{n}] // ~x\n" for n in range(20, 40))
    left, right = (work(name, begin + end) for name, end in (("ada", one), ("ben", two)))
    assert pairs(left, work("ben", begin)) == [("ada", "ben")]
    assert pairs(left, right) == []


def test_a_function_with_something_idle_in_it_is_one_passage():
    idle = "".join(f"        spare_{n} = {n}\n" for n in range(4))
    copy = ORIGINAL.replace("        means.append", idle + "        means.append")
    first, second = compare([work("ada", ORIGINAL), work("ben", copy)], frozenset(), Windows()).pairs[0].passages
    lines = ORIGINAL.split("\n")
    assert [lines[number - 1].strip() for number in first.left] == ["def smooth(x, width):", "return np.array(means)"]
    assert lines[second.left[0] - 1].startswith("def crests")
