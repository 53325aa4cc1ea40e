"""The page of similar work: pairs of hand-ins with what they share side by side, as a hint to a person."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from grader.printable import safe
from grader.records.similar import HandedIn, Lines, Passage, Similarity, SimilarPair

MOST_PAIRS = 100
MOST_PASSAGES = 30  # of a pair
MOST_LINES = 80  # of a passage


class SideView(Struct, frozen=True):
    """One side of a passage: its file and numbered lines."""

    place: str
    lines: tuple[tuple[int, str], ...]
    more: int = 0


class PassageView(Struct, frozen=True):
    """Lines that two hand-ins share."""

    left: SideView
    right: SideView


class PairView(Struct, frozen=True):
    """Two hand-ins.

    Attributes
    ----------
    key : str
        Anchor of the pair.
    left, right, unit : str
    functions : str
        Names of the shared functions.
    lines : int
        Lines of the left one in shared passages.
    share : str
        Part of what is theirs in these functions.
    passages : tuple of PassageView
    more : int
        Passages that are not shown.
    """

    key: str
    left: str
    right: str
    unit: str
    functions: str
    lines: int
    share: str
    passages: tuple[PassageView, ...]
    more: int


class SimilarView(Struct, frozen=True):
    """The page.

    Attributes
    ----------
    course : str
    summary : tuple of str
    pairs : tuple of PairView
    more : int
        Pairs that are not shown.
    report : str
        The class report, if it lies beside the page.
    """

    course: str
    summary: tuple[str, ...]
    pairs: tuple[PairView, ...]
    more: int = 0
    report: str = ""


def similar_view(
    course: str, similarity: Similarity, names: Mapping[str, str] = {}, *, report: str = ""
) -> SimilarView:
    """Return the page of a comparison.

    Parameters
    ----------
    course : str
        Title of the course.
    similarity : Similarity
    names : mapping of str to str
        Name shown for each student's id; ids without one are shown themselves.
    report : str, optional
        Address of the class report.
    """
    shown = similarity.pairs[:MOST_PAIRS]
    pairs = tuple(_pair(f"pair-{number}", pair, names) for number, pair in enumerate(shown, start=1))
    return SimilarView(course, tuple(summary(similarity)), pairs, len(similarity.pairs) - len(shown), report)


def summary(similarity: Similarity) -> Iterator[str]:
    """Yield what was compared, and how many pairs share something.

    Parameters
    ----------
    similarity : Similarity

    Yields
    ------
    str
    """
    counts = ", ".join(f"{unit} {count}" for unit, count in similarity.people.items())
    earlier = f", and {similarity.earlier} of earlier classes" if similarity.earlier else ""
    yield f"compared by {similarity.engine}: hand-ins of {counts or 'nobody'}{earlier}"
    count = len(similarity.pairs)
    yield f"{count or 'no'} pair{'s' * (count != 1)} share{'s' * (count == 1)} code that few others have"


def name_of(work: HandedIn, names: Mapping[str, str]) -> str:
    """Return the name to show for a hand-in's writer, with the class if it is an earlier one.

    Parameters
    ----------
    work : HandedIn
    names : mapping of str to str
        By id; ids without one are shown themselves.
    """
    return safe(names.get(work.student, work.student)) + (f" ({safe(work.year)})" if work.year else "")


def shared_lines(pair: SimilarPair) -> int:
    """Return the number of lines of the left hand-in in shared passages."""
    return len({(one.left_file, line) for one in pair.passages for line in range(one.left[0], one.left[1] + 1)})


def _pair(key: str, pair: SimilarPair, names: Mapping[str, str]) -> PairView:
    shown = sorted(pair.passages, key=_length)[-MOST_PASSAGES:]
    return PairView(
        key=key,
        left=name_of(pair.left, names),
        right=name_of(pair.right, names),
        unit=pair.left.unit,
        functions=safe(", ".join(pair.shared)),
        lines=shared_lines(pair),
        share=f"{pair.share:.0%}",
        passages=tuple(_passage(pair, one) for one in sorted(shown)),
        more=len(pair.passages) - len(shown),
    )


def _length(passage: Passage) -> int:
    return passage.left[1] - passage.left[0]


def _passage(pair: SimilarPair, passage: Passage) -> PassageView:
    left = _side(pair.left.files, passage.left_file, passage.left)
    return PassageView(left, _side(pair.right.files, passage.right_file, passage.right))


def _side(files: Mapping[str, str], stem: str, lines: Lines) -> SideView:
    first, last = lines
    text: Sequence[str] = files[stem].split("\n")[first - 1 : last]
    numbered = tuple((first + number, safe(line.expandtabs(4))) for number, line in enumerate(text[:MOST_LINES]))
    return SideView(f"{stem}.py, lines {first} to {last}", numbered, len(text) - len(numbered))
