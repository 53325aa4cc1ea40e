"""What does a rerun with nothing changed cost? `python -m tests.benchmarks.rerun 15 60 [--unit UNIT...]`.

For each number of students a class of right solutions is made whose results are in the journal already: one student is
graded for real, the others get that student's results under their own names and keys. Then `grade autograde` runs again
in a process of its own: CPU time per submission, start included, and peak memory. With two numbers, the slopes between
them are what a further submission costs.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec.structs import replace

from grader.autograde.journal import NAME, Journal
from grader.autograde.plan import make_plan
from grader.autograde.run import autograde
from grader.autograde.secret import course_secret
from grader.course import layout
from grader.course.registry import load_course
from grader.records import Isolation, Result

ROOT = Path(__file__).parents[2]
TIER = Isolation.SEALED


def hand_in(folder: Path, student: str, units: list[str]) -> None:
    """Write the solutions of units as what somebody has handed in."""
    for unit in units:
        place = folder / student / unit
        place.mkdir(parents=True)
        for stem in load_course(ROOT).unit(unit).files:
            text = layout.solution_path(ROOT, unit, stem).read_text(encoding="utf-8")
            (place / f"{stem}.py").write_text(f"{text}# {student}\n", encoding="utf-8")


def graded(folder: Path, units: list[str]) -> dict[str, Result]:
    """Grade one student, and return the results by unit."""
    hand_in(folder / "one", "s00000", units)
    outcome = autograde(load_course(ROOT), folder / "one", out=folder / "of one", tier=TIER, units=units, dry_run=True)
    return {result.unit: result for result in outcome.results}


def make_class(folder: Path, count: int, results: dict[str, Result]) -> None:
    """Write hand-ins of so many students, and the journal of a run that has graded them all."""
    for number in range(count):
        hand_in(folder / "class", f"s{number:05}", list(results))
    course = load_course(ROOT)
    plan = make_plan(
        course, folder / "class", secret=course_secret(course), tier=TIER, units=list(results), dry_run=True
    )
    with Journal(folder / "out" / NAME) as journal:
        for work in plan.work:
            result = replace(results[work.unit], student=work.student, key=work.key)
            journal.put(result, work.parts)


def rerun(folder: Path, units: list[str]) -> None:
    """Grade a class again, and print its submissions, CPU seconds and peak memory."""
    start = time.process_time()
    outcome = autograde(load_course(ROOT), folder / "class", out=folder / "out", tier=TIER, units=units, dry_run=True)
    seconds, kib = time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"run": outcome.ran, "reused": outcome.reused, "seconds": seconds, "mib": kib / 1024}))


def measured(folder: Path, count: int, results: dict[str, Result]) -> dict[str, float]:
    """Return what a rerun of so many students costs, in a process of its own."""
    make_class(folder, count, results)
    command = [sys.executable, "-m", "tests.benchmarks.rerun", "--folder", str(folder)]
    command += [word for unit in results for word in ("--unit", unit)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    assert figures["run"] == 0, figures
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("students", type=int, nargs="*")
    parser.add_argument("--unit", action="append", dest="units")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    units = arguments.units or [unit.name for unit in load_course(ROOT).units]
    if arguments.folder:
        rerun(arguments.folder, units)
        return
    with TemporaryDirectory(prefix="deepgrade-rerun-") as place:
        results, rows = graded(Path(place), units), []
        for count in arguments.students or [15]:
            rows.append(measured(Path(place) / str(count), count, results))
            submissions, seconds, mib = (rows[-1][name] for name in ("reused", "seconds", "mib"))
            print(f"{submissions:7.0f} submissions  {1e3 * seconds / submissions:6.2f} ms each  {mib:7.0f} MiB at most")
        if len(rows) > 1:
            more = rows[-1]["reused"] - rows[0]["reused"]
            each = [(rows[-1][name] - rows[0][name]) / more for name in ("seconds", "mib")]
            print(f"a further one: {1e3 * each[0]:.2f} ms, {each[1]:.3f} MiB")


if __name__ == "__main__":
    main()
