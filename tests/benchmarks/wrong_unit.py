"""What does it cost to grade a wrong unit? `python tests/benchmarks/wrong_unit.py [UNIT...] [--versions N]`.

Every task of a wrong unit has a registered misconception, another one in every version. It is graded with second
chances and names for the mistakes, and compared with the right unit, graded before and after each version. CPU time
of the judge and of the workers counts, their start included; races are only checked. Each row has shares of the right
unit's cost: the judge's for the tests, for second chances and for names, and the workers', with their number. The exit
status is 1 if a unit costs more than it may.
"""

import argparse
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.course.registry import Course, Unit, load_course
from grader.course.suite import Misconception, misconceptions_of
from grader.judge.client import WarmJudge
from grader.judge.protocol import Job
from grader.proof.local_suites import MisconceptionResult
from grader.proof.wrong_code import RIGHT, Answer, WrongCode, student_files
from grader.records import Isolation, TestRecord
from grader.submissions.intake import Submission

ROOT = Path(__file__).parents[2]
SECRET = "of the benchmark"
ALLOWED = 1.3  # times the right unit
VERSIONS = 3


@dataclass(frozen=True)
class Cost:
    """CPU seconds of one grading, and what it brought.

    Attributes
    ----------
    judge, worker : float
    second_chances, naming : float
        Of the judge's.
    workers : int
        Processes started for it.
    failed, named : int
        Tests that did not pass, and those of them that have a name for the mistake.
    """

    judge: float
    worker: float
    second_chances: float
    naming: float
    workers: int
    failed: int
    named: int

    @property
    def seconds(self) -> float:
        """CPU time of all processes."""
        return self.judge + self.worker


def versions(course: Course, unit: Unit, count: int) -> Iterator[dict[str, str]]:
    """Yield the files of some wrong units."""
    wrong, known = WrongCode(course.root, unit.name), misconceptions_of(course.root, unit.name)
    by_task = {
        task.name: [one for one in known if one.task == task.name and wrong.portable(one.name)] for task in unit.tasks
    }
    for number in range(count):
        answers = {task: _answer(unit, choice, number) for task, choice in by_task.items()}
        yield student_files(course.root, unit, answers, wrong)


def _answer(unit: Unit, choice: Sequence[Misconception], number: int) -> Answer:
    if not choice:
        return RIGHT
    chosen = choice[number % len(choice)]
    return MisconceptionResult(unit.name, chosen.task, chosen.name, chosen.text, {}, named=True)


def right_files(course: Course, unit: Unit) -> dict[str, str]:
    """Return the files of a right unit."""
    answers = dict.fromkeys((task.name for task in unit.tasks), RIGHT)
    return student_files(course.root, unit, answers, WrongCode(course.root, unit.name))


def graded(judge: WarmJudge, course: Course, unit: Unit, files: dict[str, str]) -> Cost:
    """Grade a submission as a class run does, but for races."""
    records: dict[tuple[str, bool], TestRecord] = {}

    def take(record: TestRecord) -> None:
        records[record.test, record.hidden] = record

    limits = course.limits_of(unit.name)
    timing = judge.grade(Job(Submission(unit.name, files), limits, SECRET, dry_run=True, second_chances=True), take)
    failed = [record for record in records.values() if record.verdict.meaning.blames_code]
    phases = timing.second_chances, timing.naming, timing.workers
    named = sum(bool(test.feedback.likely) for test in failed)
    return Cost(timing.judge_cpu, timing.workers_cpu, *phases, len(failed), named)


def measured(judge: WarmJudge, course: Course, unit: Unit, count: int) -> tuple[Cost, list[Cost]]:
    """Return the cost of the right unit, the median one, and that of each wrong version."""
    right = right_files(course, unit)
    rights, wrongs = [graded(judge, course, unit, right)], []
    for files in versions(course, unit, count):
        wrongs.append(graded(judge, course, unit, files))
        rights.append(graded(judge, course, unit, right))
    return sorted(rights, key=lambda cost: cost.seconds)[len(rights) // 2], wrongs


def line(name: str, cost: Cost, right: Cost) -> str:
    """Return one row of the table."""
    parts = (cost.seconds, cost.judge, cost.second_chances, cost.naming, cost.worker)
    ratio, judge, again, naming, worker = (part / right.seconds for part in parts)
    return (
        f"{name:20} {cost.seconds:8.2f} {ratio:6.2f} {judge - again - naming:6.2f} {again:6.2f} {naming:6.2f} "
        f"{worker:7.2f} {cost.workers:4} {cost.failed:7} {cost.named:6}"
    )


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("units", nargs="*", help="all by default")
    parser.add_argument("--versions", type=int, default=VERSIONS, help="wrong units per unit")
    options = parser.parse_args()
    course = load_course(ROOT)
    units = [course.unit(name) for name in options.units or [unit.name for unit in course.units]]
    dear = []
    phases = f"{'tests':>6} {'again':>6} {'names':>6} {'workers':>7} {'':>4}"
    print(f"{'':20} {'CPU s':>8} {'ratio':>6} {phases} {'failed':>7} {'named':>6}")
    with WarmJudge(ROOT, [unit.name for unit in units], SECRET, Isolation.SELF) as judge:
        judge.wait_until_ready()
        for unit in units:
            right, wrongs = measured(judge, course, unit, options.versions)
            print(line(f"{unit.name}, right", right, right))
            for number, cost in enumerate(wrongs, start=1):
                print(line(f"  wrong {number}", cost, right), flush=True)
            ratio = statistics.mean(cost.seconds for cost in wrongs) / right.seconds
            print(f"  mean {ratio:.2f}, at most {ALLOWED}")
            dear += [unit.name] * (ratio > ALLOWED)
    return bool(dear)


if __name__ == "__main__":
    sys.exit(main())
