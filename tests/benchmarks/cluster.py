"""Cost of a class on many machines, for a plan on paper: `python -m tests.benchmarks.cluster --unit perceptron`.

The machines' part is measured with the units' solutions, the dearest honest submissions. The instructor's part is a
whole run whose scheduler answers at once: reading, the review list, sheets, checks and the journal. The scheduler's
part is sheets of that size, by TLS, to two workers that refuse them. Timed tests get a dry run.
"""

import argparse
import os
import tempfile
import time
from concurrent.futures import Future
from pathlib import Path

from grader.autograde.journal import NAME
from grader.autograde.run import autograde
from grader.cluster.cluster_judge import ClusterJudge
from grader.cluster.sheets import GradedSheet, Rehearsed, Sheet, read_sheet, sealed_job, written
from grader.course.registry import Course, load_course
from grader.judge.judges import open_judge, solution_files
from grader.judge.protocol import Job
from grader.records import Isolation, TestRecord
from grader.submissions.intake import Submission

ROOT = Path(__file__).parents[2]
MILLION = 1_000_000
CORES = 1_000
TURNS = 5
SHEETS = 1_000
JOBS = 4


class AnsweringLine:
    """Answers each sheet at once with its unit's records."""

    def __init__(self, answers: dict[str, bytes]) -> None:
        self._answers = answers

    def send(self, text: bytes, key: str, *, timed: bool) -> "Future[bytes]":
        job, future = read_sheet(text).job, Future[bytes]()
        future.set_result(written(Rehearsed()) if job is None else self._answers[job.unit])
        return future

    def generation(self) -> int:
        return 0


def machine_part(course: Course, unit_name: str, secret: str) -> tuple[float, bytes, bytes]:
    """Return the CPU seconds of a right submission on a machine, its sheet and its answer."""
    unit = course.unit(unit_name)
    submission = Submission(unit.name, solution_files(ROOT, unit))
    job = Job(submission, course.limits_of(unit.name), secret, dry_run=True, second_chances=True)
    judge = open_judge(ROOT, [unit.name], secret, Isolation.SEALED)
    costs = []
    try:
        for _ in range(TURNS):
            records: list[TestRecord] = []
            timing = judge.grade(job, records.append)
            costs.append(timing.judge_cpu + timing.workers_cpu)
    finally:
        judge.close()
    answer = written(GradedSheet(tuple(records), timing))
    return sorted(costs)[TURNS // 2], written(Sheet((unit.name,), Isolation.SEALED, sealed_job(job))), answer


def cpu_seconds() -> float:
    """Return the CPU time of this process and its ended children."""
    return sum(os.times()[:4])


def instructors_part(course: Course, answers: dict[str, bytes], students: int) -> tuple[float, float]:
    """Return the CPU seconds and the journal's bytes of a submission on the instructor's machine."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(students):
            for unit in answers:
                place = folder / "class" / f"s{number:05}" / unit
                place.mkdir(parents=True)
                for stem, text in solution_files(ROOT, course.unit(unit)).items():
                    (place / f"{stem}.py").write_text(f"{text}\n# {number}\n", encoding="utf-8")
        start = cpu_seconds()
        autograde(
            course,
            folder / "class",
            out=folder / "out",
            jobs=JOBS,
            tier=Isolation.SEALED,
            units=[*answers],
            dry_run=True,
            opener=lambda root, units, secret, tier: ClusterJudge(course, AnsweringLine(answers), units, tier),
            machine=(),
        )
        count = students * len(answers)
        size = sum(path.stat().st_size for path in (folder / "out").glob(f"{NAME}*"))
        return (cpu_seconds() - start) / count, size / count


def scheduler_part(sheet: bytes) -> float:
    """Return the CPU seconds of a scheduler, and of a connection to it, for a sheet and its answer."""
    from distributed import LocalCluster

    from grader.cluster.certificates import make_certificates
    from grader.cluster.connection import Connection, security_of

    with tempfile.TemporaryDirectory() as name:
        security = security_of(make_certificates(Path(name) / "new"))
        options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
        with LocalCluster(protocol="tls://", security=security, **options) as cluster:
            way = Connection(cluster.scheduler_address, security, print)
            start = time.process_time()
            for future in [way.send(sheet, f"sheet-{number}", {}) for number in range(SHEETS)]:
                future.result()
            seconds = time.process_time() - start
            way.close()
    return seconds / SHEETS


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--unit", action="append", metavar="UNIT", help="repeatable; by default perceptron")
    parser.add_argument("--students", type=int, default=200)
    options = parser.parse_args()
    course, secret = load_course(ROOT), "benchmark"
    os.environ["DEEPGRADE_SECRET"] = secret
    parts = {unit: machine_part(course, unit, secret) for unit in options.unit or ["perceptron"]}
    print(f"{'unit':18} {'CPU s':>7} {'out, kB':>8} {'back, kB':>9}")
    for unit, (seconds, sheet, answer) in parts.items():
        print(f"{unit:18} {seconds:7.2f} {len(sheet) / 1e3:8.1f} {len(answer) / 1e3:9.1f}")
    here, kept = instructors_part(course, {unit: answer for unit, (_, _, answer) in parts.items()}, options.students)
    print(f"instructor's machine: {1e3 * here:.1f} ms of CPU and {kept / 1e3:.1f} kB of journal for a submission")
    between = scheduler_part(next(sheet for _, sheet, _ in parts.values()))
    print(f"scheduler: {1e3 * between:.1f} ms of CPU for a sheet and its answer")
    mean = sum(seconds for seconds, _, _ in parts.values()) / len(parts)
    out = sum(len(sheet) for _, sheet, _ in parts.values()) / len(parts)
    back = sum(len(answer) for _, _, answer in parts.values()) / len(parts)
    hours = MILLION * mean / 3600
    print(f"a million of them: {hours:.0f} core hours, {hours / CORES:.2f} h on {CORES} cores")
    print(f"  the instructor's machine: {MILLION * here / 3600:.1f} h of CPU, {MILLION * kept / 1e9:.1f} GB of journal")
    print(f"  the scheduler: {MILLION * between / 3600:.1f} h of CPU")
    print(f"  the network: {MILLION * out / 1e9:.1f} GB out, {MILLION * back / 1e9:.1f} GB back")


if __name__ == "__main__":
    main()
