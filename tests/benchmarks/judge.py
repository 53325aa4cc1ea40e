"""Cost of grading one submission, and submissions per second of a machine: `python tests/benchmarks/judge.py`.

Solutions are graded, the dearest honest submissions: every test runs to its end. Medians; the machine may be busy.
"""

import argparse
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from grader.course import layout
from grader.course.registry import Course, load_course
from grader.judge.client import WarmJudge
from grader.judge.protocol import Job
from grader.metering.processes import usable_cores
from grader.records import Isolation, Timing
from grader.submissions.intake import Submission

ROOT = Path(__file__).parents[2]


def job_for(course: Course, unit_name: str) -> Job:
    """Return the job of grading a unit's solution."""
    unit = course.unit(unit_name)
    files = {stem: layout.solution_path(ROOT, unit.name, stem).read_text(encoding="utf-8") for stem in unit.files}
    return Job(Submission(unit.name, files), course.limits_of(unit.name), "benchmark")


def grade_many(judge: WarmJudge, job: Job, count: int, threads: int) -> tuple[float, list[Timing]]:
    """Grade a job many times; return the seconds for all, and each one's timing."""
    start = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        timings = list(pool.map(lambda _: judge.grade(job, lambda record: None), range(count)))
    return time.perf_counter() - start, timings


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=40, help="submissions per line")
    parser.add_argument("--tier", type=Isolation, default=Isolation.SEALED, help="the walls; sealed by default")
    options = parser.parse_args()
    count = options.count
    course = load_course(ROOT)
    units = [unit.name for unit in course.units]
    start = time.perf_counter()
    with WarmJudge(ROOT, units, "benchmark", options.tier) as judge:
        judge.wait_until_ready()
        took = time.perf_counter() - start
        print(f"tier {options.tier}, {usable_cores()} cores; judge ready with {len(units)} units after {took:.2f} s")
        print(
            f"{'unit':14} {'at once':>7} {'per second':>10} {'total':>8} {'worker':>8} {'references':>10} {'pytest':>8}"
        )
        for unit in units:
            job = job_for(course, unit)
            for threads in (1, 2):
                grade_many(judge, job, 2, threads)
                seconds, timings = grade_many(judge, job, count, threads)
                parts = [1e3 * statistics.median(getattr(t, part) for t in timings) for part in PARTS]
                figures = f"{parts[0]:6.1f}ms {parts[1]:6.1f}ms {parts[2]:8.1f}ms {parts[3]:6.1f}ms"
                print(f"{unit:14} {threads:7} {count / seconds:10.1f} {figures}")


PARTS = ("total", "worker", "references", "judge")

if __name__ == "__main__":
    main()
