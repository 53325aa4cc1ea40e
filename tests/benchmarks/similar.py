"""Who copied, and who only had the same task? `python -m tests.benchmarks.similar [--engine E] [--modules DIR]`.

In every unit three people have right answers that were written independently: the solutions, and the registered
variants in two styles. Each of them is copied in several disguises. A class of four has the original, its copy and the
two others; nothing of this unit is known code but the stubs. A class of two has the original and its copy; everything
else of the course is known. In a third kind of class somebody copies a single function, renamed. Every pair that is
listed and is no copy is a mistake, and so is every copy that is not listed.
"""

import argparse
import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from grader.course import layout
from grader.course.registry import Course, load_course
from grader.records import Isolation
from grader.records.similar import HandedIn
from grader.similar.comparison import compare, prints_of
from grader.similar.engines import Engine, Prints, engine_for
from tests.similar.disguises import DISGUISES, Disguise, renamed
from tests.similar.people import independent

ROOT = Path(__file__).parents[2]
COPY = "copy"
ONE_FUNCTION = "one function, renamed"


class Remembering:
    """An engine that is asked for each text once."""

    def __init__(self, engine: Engine) -> None:
        self.name, self._engine = engine.name, engine
        self._known: dict[str, Prints] = {}

    def prints(self, texts: Sequence[str]) -> list[Prints]:
        """Return the fingerprints of each text."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known.update(zip(new, self._engine.prints(new), strict=True))
        return [self._known[text] for text in texts]


@dataclass(frozen=True)
class Case:
    """A class in which one person copied, and what is known code there."""

    kind: str
    original: str
    people: tuple[HandedIn, ...]
    known: frozenset[str]


@dataclass
class Tally:
    """Copies that were listed, copies that were not, and listed pairs that are none."""

    listed: int = 0
    missed: int = 0
    wrong: int = 0

    @property
    def recall(self) -> float:
        """Part of the copies that is listed."""
        return self.listed / (self.listed + self.missed)

    @property
    def precision(self) -> float:
        """Part of the listed pairs that are copies."""
        return self.listed / (self.listed + self.wrong) if self.listed + self.wrong else 1.0


def cases(course: Course, engine: Engine) -> Iterator[Case]:
    """Yield every class."""
    rights = {unit.name: independent(course, unit) for unit in course.units}
    stubs = tuple(
        layout.stub_path(course.root, unit.name, stem).read_text() for unit in course.units for stem in unit.files
    )
    stubs = prints_of(stubs, engine)
    everybody = [one for group in rights.values() for one in group]
    prints = {(one.unit, one.student): prints_of(list(one.files.values()), engine) for one in everybody}
    for unit, people in rights.items():
        elsewhere = stubs.union(*(values for (name, _), values in prints.items() if name != unit))
        for original in people:
            others = [one for one in people if one is not original]
            everything = elsewhere.union(*(prints[unit, one.student] for one in others))
            for kind, disguise in DISGUISES.items():
                copy = _copy(original, disguise)
                yield Case(kind, original.student, (original, copy, *others), elsewhere)
                yield Case(kind, original.student, (original, copy), everything)
            yield Case(ONE_FUNCTION, original.student, (original, _with_one(others[0], original), others[1]), elsewhere)


def _copy(original: HandedIn, disguise: Disguise) -> HandedIn:
    return replace(original, student=COPY, files={stem: disguise(text) for stem, text in original.files.items()})


def _with_one(writer: HandedIn, original: HandedIn) -> HandedIn:
    """Return a person's own work but for the original's longest function, under other names."""
    parts = [(stem, node, text) for stem, text in original.files.items() for node in ast.parse(text).body]
    functions = [
        (stem, node, ast.get_source_segment(text, node) or "")
        for stem, node, text in parts
        if isinstance(node, ast.FunctionDef)
    ]
    stem, node, code = max(functions, key=lambda entry: len(ast.unparse(entry[1])))
    own = {file: _without(text, node.name) for file, text in writer.files.items()}
    return HandedIn(COPY, writer.unit, {**own, stem: f"{own.get(stem, '')}\n\n\n{renamed(code)}"})


def _without(text: str, name: str) -> str:
    tree = ast.parse(text)
    tree.body = [node for node in tree.body if getattr(node, "name", "") != name]
    return ast.unparse(tree)


def measure(course: Course, engine: Engine) -> dict[str, Tally]:
    """Return a tally for each kind of copy."""
    remembering, tallies = Remembering(engine), {}
    classes = list(cases(course, remembering))
    prints_of([text for case in classes for one in case.people for text in one.files.values()], remembering)
    for case in classes:
        tally = tallies.setdefault(case.kind, Tally())
        pairs = [
            {pair.left.student, pair.right.student} for pair in compare(case.people, case.known, remembering).pairs
        ]
        has_copy = {case.original, COPY} in pairs
        tally.listed, tally.missed = tally.listed + has_copy, tally.missed + (not has_copy)
        allowed = [{case.original, COPY}]
        for pair in pairs:
            if pair not in allowed:
                tally.wrong += 1
                print(f"  no copy: {case.people[0].unit}, {case.kind}: {sorted(pair)}")
        if not has_copy:
            print(f"  missed: {case.people[0].unit}, {case.kind} of {case.original}")
    return tallies


def print_table(name: str, tallies: dict[str, Tally]) -> None:
    """Print a line for each kind of copy."""
    print(f"{name}\n{'':28}{'copies':>8}{'listed':>8}{'no copy':>9}{'precision':>11}{'recall':>8}")
    for kind, one in tallies.items():
        print(f"{kind:28}{one.listed + one.missed:8}{one.listed:8}{one.wrong:9}{one.precision:11.3f}{one.recall:8.3f}")


def main() -> int:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", default="", choices=("", "dolos", "copydetect"))
    parser.add_argument("--modules", type=Path, default=ROOT, help="folder with the node_modules")
    options = parser.parse_args()
    engine = engine_for(options.engine, Isolation.SEALED, [options.modules])
    tallies = measure(load_course(ROOT), engine)
    parts = ("listed", "missed", "wrong")
    tallies["all"] = Tally(*(sum(getattr(one, part) for one in tallies.values()) for part in parts))
    print_table(engine.name, tallies)
    return 0 if tallies["all"].precision >= 0.95 and tallies["all"].recall >= 0.9 else 1


if __name__ == "__main__":
    raise SystemExit(main())
