"""Comparison of hand-ins by the fingerprints of their functions.

Of each function, what is left counts: fingerprints that are not in known code, and that few people have. A function is
shared with somebody who has most of what is left of it, in whatever order and in whatever functions. Both thresholds
were chosen on right answers that were written independently (`python -m tests.benchmarks.similar`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import combinations

from msgspec import Struct

from grader.records.similar import HandedIn, Passage, Similarity, SimilarPair
from grader.similar.engines import Engine, Prints
from grader.submissions.definitions import Definition, Span, definitions

SHARE = 0.65  # of what is left of a function
LEAST_LEFT = 25  # fingerprints of a function; fewer are a line or two
LEAST_LINES = 4  # of a function, in canonical form: what is shorter has few right answers
LEAST_WEIGHT = 40  # fingerprints of a pair
EVERYBODYS = 0.25  # part of the people who may have a fingerprint; what more of them have is everybody's
OPEN = 8  # passages that the next one may continue
GAP = 4  # lines between two passages that are shown as one
FEW_PEOPLE = 4  # in a small class, this many may have it


class _Function(Struct, frozen=True):
    """A function with the fingerprints that are left of it, each with its lines in the file."""

    file: str
    name: str
    prints: Mapping[str, Span]


class _OwnWork:
    """A hand-in with what is left of its functions."""

    def __init__(self, work: HandedIn, functions: Sequence[_Function]) -> None:
        self.work, self.functions = work, functions

    @cached_property
    def places(self) -> dict[str, tuple[str, Span]]:
        """Where each fingerprint is: file and lines."""
        return {value: (one.file, span) for one in reversed(self.functions) for value, span in one.prints.items()}

    def without(self, common: frozenset[str]) -> "_OwnWork":
        """Return the hand-in without some fingerprints."""
        left = [
            _Function(one.file, one.name, {value: span for value, span in one.prints.items() if value not in common})
            for one in self.functions
        ]
        return _OwnWork(self.work, left)


def compare(handed_in: Sequence[HandedIn], known: frozenset[str], engine: Engine) -> Similarity:
    """Compare everybody with everybody in each unit, and this class with earlier ones.

    Parameters
    ----------
    handed_in : sequence of HandedIn
    known : frozenset of str
        Fingerprints that prove nothing.
    engine : Engine

    Returns
    -------
    Similarity
    """
    people = [person.without(known) for person in _people(handed_in, engine)]
    by_unit: dict[str, list[_OwnWork]] = defaultdict(list)
    for person in people:
        by_unit[person.work.unit].append(person)
    pairs = [pair for group in by_unit.values() for pair in _pairs(group)]
    sizes = Counter(person.work.unit for person in people if not person.work.year)
    earlier = sum(bool(person.work.year) for person in people)
    return Similarity(engine.name, dict(sizes), earlier, tuple(sorted(pairs, key=lambda pair: -pair.weight)))


def prints_of(files: Sequence[str], engine: Engine) -> frozenset[str]:
    """Return every fingerprint in some files, such as those that the course hands out.

    Parameters
    ----------
    files : sequence of str
    engine : Engine

    Returns
    -------
    frozenset of str
    """
    texts = [part.text for parts in definitions(files) for part in parts]
    return frozenset(one.value for prints in engine.prints(texts) for one in prints)


def _people(handed_in: Sequence[HandedIn], engine: Engine) -> list[_OwnWork]:
    files = [(number, stem, text) for number, work in enumerate(handed_in) for stem, text in work.files.items()]
    parts = definitions([text for _, _, text in files])
    rows = [(number, stem, part) for (number, stem, _), written in zip(files, parts, strict=True) for part in written]
    functions: dict[int, list[_Function]] = defaultdict(list)
    for (number, stem, part), prints in zip(rows, engine.prints([part.text for _, _, part in rows]), strict=True):
        functions[number].append(_Function(stem, part.name, _placed(part, prints)))
    return [_OwnWork(work, functions[number]) for number, work in enumerate(handed_in)]


def _placed(part: Definition, prints: Prints) -> dict[str, Span]:
    """Return each fingerprint with its lines in the file; none of a function that is too short to tell anything."""
    if len(part.spans) < LEAST_LINES:
        return {}
    last = len(part.spans) - 1
    return {one.value: (part.spans[min(one.first, last)][0], part.spans[min(one.last, last)][1]) for one in prints}


def _pairs(group: Sequence[_OwnWork]) -> Iterator[SimilarPair]:
    holders = Counter(value for person in group for value in person.places)
    most = max(FEW_PEOPLE, EVERYBODYS * len(group))
    everybodys = frozenset(value for value, count in holders.items() if count > most)
    ordered = sorted(group, key=lambda person: (bool(person.work.year), person.work.student))
    for left, right in combinations([person.without(everybodys) for person in ordered], 2):
        pair = None if left.work.year or left.work.is_of(right.work) else _pair(left, right)
        if pair is not None and pair.weight >= LEAST_WEIGHT:
            yield pair


def _pair(left: _OwnWork, right: _OwnWork) -> SimilarPair:
    """Return what two people share, seen from the one whose functions tell more."""
    seen = [(_shared(one, other), other) for one, other in ((left, right), (right, left))]
    functions, other = max(seen, key=lambda entry: _weight(*entry))
    weight, left_over = _weight(functions, other), sum(len(one.prints) for one in functions)
    passages = [passage for one in functions for passage in _merged(_meetings(one, other))]
    return SimilarPair(
        left.work,
        right.work,
        tuple(dict.fromkeys(one.name for one in functions if one.name)),
        weight,
        weight / left_over if left_over else 0.0,
        tuple(sorted(passages if other is right else map(_turned, passages))),
    )


def _shared(owner: _OwnWork, other: _OwnWork) -> list[_Function]:
    """Return the functions of which another one has most of what is left."""
    return [
        one
        for one in owner.functions
        if len(one.prints) >= LEAST_LEFT and _in_common(one, other) >= SHARE * len(one.prints)
    ]


def _in_common(one: _Function, other: _OwnWork) -> int:
    return sum(value in other.places for value in one.prints)


def _weight(functions: Sequence[_Function], other: _OwnWork) -> int:
    return sum(value in other.places for value in {value for one in functions for value in one.prints})


def _meetings(one: _Function, other: _OwnWork) -> Iterator[Passage]:
    """Yield the places of each shared fingerprint, on the other side in the function that has most of them."""
    nearest = max(other.functions, key=lambda function: len(one.prints.keys() & function.prints.keys()))
    for value, span in one.prints.items():
        if value in nearest.prints:
            yield Passage(one.file, span, nearest.file, nearest.prints[value])
        elif value in other.places:
            yield Passage(one.file, span, *other.places[value])


def _turned(passage: Passage) -> Passage:
    return Passage(passage.right_file, passage.right, passage.left_file, passage.left)


def _merged(passages: Iterable[Passage]) -> list[Passage]:
    """Return a function's passages in order, those that nearly touch on both sides as one."""
    merged: list[Passage] = []
    for passage in sorted(passages):
        before = next((one for one in reversed(merged[-OPEN:]) if _touch(one, passage)), None)
        if before is None:
            merged.append(passage)
        else:
            merged[merged.index(before)] = _joined(before, passage)
    return merged


def _touch(before: Passage, after: Passage) -> bool:
    same_files = (before.left_file, before.right_file) == (after.left_file, after.right_file)
    return same_files and after.left[0] <= before.left[1] + 1 + GAP and _near(before.right, after.right)


def _near(one: Span, other: Span) -> bool:
    return one[0] <= other[1] + 1 + GAP and other[0] <= one[1] + 1 + GAP


def _joined(before: Passage, after: Passage) -> Passage:
    left = min(before.left[0], after.left[0]), max(before.left[1], after.left[1])
    right = min(before.right[0], after.right[0]), max(before.right[1], after.right[1])
    return Passage(before.left_file, left, before.right_file, right)
