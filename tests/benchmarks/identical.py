"""Has identical code one medal? A class that hands in one solution, by other hands, is graded as an instructor would.

`python tests/benchmarks/timing_stability.py --identical 20 --jobs 12 --load 1` runs it beside busy cores: once for the
class, once more when somebody has come late. Submissions differ in comments, docstrings and formatting, and in a file
that the timed one does not reach.
"""

import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from grader.autograde.saved_results import past_results
from grader.course import layout
from grader.course.registry import Course
from grader.records import Result, TestRecord

GRADE = "import sys; from grader.cli import main; sys.exit(main())"
LATE = 2  # who hand in after the class has been graded

Medal = tuple[str, str, float]
"""The verdict, what was measured as it is shown, and the points."""


def by_another_hand(text: str, number: int) -> str:
    """Return a file that does the same and looks a little different."""
    changed = f"# handed in by number {number}\n{text}" if number % 2 else text.replace("\n\n\n", "\n\n\n\n")
    return f"{changed}\n\n# {'thank you ' * (number % 5)}\n"


def hand_in(course: Course, unit_name: str, folder: Path, numbers: Sequence[int]) -> None:
    """Write the unit's solutions as the submissions of students with these numbers."""
    unit = course.unit(unit_name)
    for number in numbers:
        place = folder / f"s{number:02}" / unit_name
        place.mkdir(parents=True)
        for stem in unit.files:
            path = layout.solution_path(course.root, unit_name, stem)
            if path.is_file():
                text = by_another_hand(path.read_text(encoding="utf-8"), number)
                (place / f"{stem}.py").write_text(text, encoding="utf-8")


def medal_of(test: TestRecord) -> Medal:
    """Return what a timed test brought."""
    return str(test.verdict), test.feedback.timed or test.feedback.message, test.earned


def medals(results: Sequence[Result]) -> dict[str, Counter[Medal]]:
    """Count the medals of each test that was timed for anybody, by task and test."""
    timed = {(test.task, test.test) for result in results for test in result.tests if test.speed is not None}
    counts: dict[str, Counter[Medal]] = {f"{task}, {test}": Counter() for task, test in sorted(timed)}
    for result in results:
        for test in result.tests:
            if (test.task, test.test) in timed:
                counts[f"{test.task}, {test.test}"][medal_of(test)] += 1
    return counts


def table(counts: dict[str, Counter[Medal]], students: int) -> list[str]:
    """Return the count in lines."""
    lines = [f"{students} identical submissions"]
    for name, counted in counts.items():
        lines.append(f"{name}: {len(counted)} medal{'s' * (len(counted) != 1)}")
        lines += [
            f"  {times} x {shown} ({verdict}, {earned:g} points)" for (verdict, shown, earned), times in counted.items()
        ]
    return lines if counts else [*lines, "nothing was timed"]


def is_one_medal(counts: dict[str, Counter[Medal]], students: int) -> bool:
    """Tell whether something was timed, and all have the same in each test of it."""
    return bool(counts) and all(len(counted) == 1 and counted.total() == students for counted in counts.values())


def grade(course: Course, unit: str, folder: Path, out: Path, *, jobs: int, tier: str) -> tuple[Result, ...]:
    """Grade a folder by the command, and return the results."""
    options = ["--unit", unit, "--out", str(out), "--jobs", str(jobs), "--tier", tier]
    subprocess.run([sys.executable, "-c", GRADE, "autograde", str(folder), *options], cwd=course.root, check=True)
    return past_results(out)


def count(course: Course, unit: str, students: int, *, jobs: int, tier: str) -> bool:
    """Grade the class and who comes late, print what each has, and tell whether it is one medal."""
    with tempfile.TemporaryDirectory() as name:
        folder, out = Path(name) / "submissions", Path(name) / "results"
        for numbers in (range(students), range(students, students + LATE)):
            hand_in(course, unit, folder, numbers)
            results = grade(course, unit, folder, out, jobs=jobs, tier=tier)
            counts = medals(results)
            print(*table(counts, len(results)), sep="\n", flush=True)
            if not is_one_medal(counts, len(results)):
                return False
    return True
