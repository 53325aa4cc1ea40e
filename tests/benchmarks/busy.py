"""Does a class get the same points on a busy machine? `python tests/benchmarks/busy.py [--json FILE]`.

A class of right solutions is graded three times: quiet, with many submissions at a time, and beside processes that do
nothing but compute. The records must be equal apart from times, and apart from races that a busy machine cannot time
(`too_noisy`). The exit status is 1 if they are not.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from msgspec.structs import replace

from grader.autograde.run import autograde
from grader.course import layout
from grader.course.registry import Course, load_course
from grader.metering.processes import usable_cores
from grader.records import Feedback, Isolation, Result, TestRecord, Verdict

ROOT = Path(__file__).parents[2]
UNITS = ("perceptron", "embeddings", "rnn")
SHOWN = 20

Place = tuple[str, str, str]  # student, unit, test


@dataclass(frozen=True)
class Condition:
    """One way to grade the class.

    Attributes
    ----------
    name : str
    jobs : int
        Submissions at a time.
    busy : int
        Processes beside it that compute.
    """

    name: str
    jobs: int
    busy: int


@dataclass(frozen=True)
class Graded:
    """Result of a grading on a busy machine.

    Attributes
    ----------
    condition : Condition
    seconds, load : float
        How long it took, and the machine's load average at its end.
    earned, points : float
    verdicts : dict of str to int
    records : dict
        By student, unit and test.
    """

    condition: Condition
    seconds: float
    load: float
    earned: float
    points: float
    verdicts: dict[str, int]
    records: dict[Place, TestRecord]


@contextlib.contextmanager
def busy_processes(count: int) -> Iterator[None]:
    """Keep so many processes computing."""
    processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
        for process in processes:
            process.wait()


def hand_in_solutions(course: Course, units: Sequence[str], students: int, folder: Path) -> Path:
    """Make a class whose students have all handed in the solutions."""
    for number in range(1, students + 1):
        for unit in map(course.unit, units):
            hand_in = folder / f"s{number:03}" / unit.name
            hand_in.mkdir(parents=True)
            for stem in unit.files:
                solution = layout.solution_path(course.root, unit.name, stem)
                (hand_in / f"{stem}.py").write_text(solution.read_text(encoding="utf-8"), encoding="utf-8")
    return folder


def graded(
    course: Course,
    folder: Path,
    condition: Condition,
    *,
    tier: Isolation,
    units: Sequence[str] = (),
    dry_run: bool = False,
) -> Graded:
    """Grade a class under one condition, from the beginning."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as out, busy_processes(condition.busy):
        outcome = autograde(course, folder, out=Path(out), jobs=condition.jobs, tier=tier, units=units, dry_run=dry_run)
    tests = [test for result in outcome.results for test in result.tests]
    return Graded(
        condition,
        time.perf_counter() - start,
        os.getloadavg()[0],
        sum(result.earned for result in outcome.results),
        sum(result.measured for result in outcome.results),
        dict(Counter(test.verdict.value for test in tests)),
        dict(_records(outcome.results)),
    )


def _records(results: Sequence[Result]) -> Iterator[tuple[Place, TestRecord]]:
    for result in results:
        for test in result.tests:
            yield (result.student, result.unit, test.test), test


def differences(quiet: Graded, other: Graded) -> list[str]:
    """Return the records that differ between two gradings, in words; times do not count, nor what was too noisy."""
    if quiet.records.keys() != other.records.keys():
        return [f"{other.condition.name}: other tests were run"]
    return [
        f"{' '.join(place)}: {_in_words(record)} {quiet.condition.name}, {_in_words(other.records[place])} "
        f"{other.condition.name}"
        for place, record in quiet.records.items()
        if not _equal(record, other.records[place])
    ]


def _equal(one: TestRecord, other: TestRecord) -> bool:
    return Verdict.TOO_NOISY in (one.verdict, other.verdict) or _lasting(one) == _lasting(other)


def _lasting(record: TestRecord) -> TestRecord:
    """Return a record without what a clock has measured; of a race the medal stays."""
    if record.speed is None:
        return replace(record, seconds=0.0)
    return replace(record, seconds=0.0, feedback=Feedback(), speed=None)


def _in_words(record: TestRecord) -> str:
    return f"{record.verdict.value} with {record.earned:g} of {record.points:g}"


def table(all_graded: Sequence[Graded]) -> Iterator[str]:
    """Yield one line per condition."""
    heads = ("", "jobs", "busy", "load", "seconds", "points", "timed out", "not measured", "too noisy", "differ")
    yield "{:<8}{:>5}{:>5}{:>7}{:>9}{:>12}{:>10}{:>13}{:>10}{:>7}".format(*heads)
    for grading in all_graded:
        counts = [grading.verdicts.get(name, 0) for name in ("timed_out", "not_measured", "too_noisy")]
        yield (
            f"{grading.condition.name:<8}{grading.condition.jobs:5}{grading.condition.busy:5}{grading.load:7.1f}"
            f"{grading.seconds:9.0f}{f'{grading.earned:g}/{grading.points:g}':>12}{counts[0]:10}{counts[1]:13}{counts[2]:10}"
            f"{len(differences(all_graded[0], grading)):7}"
        )


def main() -> int:
    """Print the table, and what differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=12)
    parser.add_argument("--jobs", type=int, default=12, help="submissions at a time in the second grading")
    parser.add_argument("--busy", type=int, default=16, help="processes beside the third one")
    parser.add_argument("--unit", action="append", help=f"by default {', '.join(UNITS)}")
    parser.add_argument("--tier", type=Isolation, default=Isolation.SEALED, help="the walls; sealed by default")
    parser.add_argument("--dry-run", action="store_true", help="check the answers of races, and time none")
    parser.add_argument("--json", type=Path, help="write the figures into a file")
    options = parser.parse_args()
    os.environ.setdefault("DEEPGRADE_SECRET", "busy")
    course, units, at_once = load_course(ROOT), options.unit or UNITS, usable_cores()
    conditions = (
        Condition("quiet", at_once, 0),
        Condition("crowded", options.jobs, 0),
        Condition("busy", at_once, options.busy),
    )
    with tempfile.TemporaryDirectory() as name:
        folder = hand_in_solutions(course, units, options.students, Path(name))
        done = [
            graded(course, folder, condition, tier=options.tier, units=units, dry_run=options.dry_run)
            for condition in conditions
        ]
    different = [line for grading in done[1:] for line in differences(done[0], grading)]
    print("\n".join([*table(done), *different[:SHOWN]]))
    if options.json:
        options.json.write_text(json.dumps(_figures(done, different), indent=2) + "\n", encoding="utf-8")
    return int(bool(different))


def _figures(done: Sequence[Graded], different: Sequence[str]) -> dict[str, object]:
    gradings = [{name: value for name, value in asdict(grading).items() if name != "records"} for grading in done]
    return {"cores": usable_cores(), "gradings": gradings, "different": list(different)}


if __name__ == "__main__":
    sys.exit(main())
