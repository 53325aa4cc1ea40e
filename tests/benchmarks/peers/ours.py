"""Commands that grade with this engine, each in a process whose whole tree is measured from outside.

`python -m tests.benchmarks.peers.ours judge UNIT COUNT --files solution --tests five` starts a judge, grades so many
submissions, then as many again; with a count of 0 it only starts. `suite UNIT COUNT` does so with the unit's own suite
in one warm process, without any protection. The last line is the CPU time of the second half: the slope between N and
2 N. `rerun UNIT COUNT` grades a class once, then again and again with nothing changed, and prints what that takes.
"""

import argparse
import time
from collections.abc import Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from grader.autograde.run import autograde
from grader.course import layout
from grader.course.registry import Unit, load_course
from grader.judge.collection import run_session
from grader.judge.judges import RevivedJudge
from grader.judge.local_students import local_student
from grader.judge.protocol import Job
from grader.judge.service import folders, warm_up
from grader.judge.session import WarmSession
from grader.metering.processes import use_one_thread
from grader.records import Isolation, TestRecord
from grader.submissions.intake import Submission
from tests.benchmarks.peers.cpu import of_own_group

ROOT = Path(__file__).parents[3]
SECRET = "of the benchmark"
FIVE = (
    "conv.test_agrees_with_torch_for_every_stride_padding_and_dilation",
    "conv.test_keeps_groups_apart",
    "conv.test_computes_in_float32_and_leaves_its_arguments_alone",
    "conv.test_refuses_a_kernel_larger_than_the_padded_image",
    "conv.test_one_image_gives_an_output_and_an_empty_batch_an_empty_one",
)
RERUNS = 10
SETTLING_SECONDS = 0.3  # for the last processes to end
FOLDERS = {"solution": layout.solutions, "stub": layout.exercises}


def files_of(unit: Unit, kind: str) -> dict[str, str]:
    """Return the files of a right unit or of untouched stubs."""
    paths = {stem: FOLDERS[kind](ROOT, unit.name) / f"{stem}.py" for stem in unit.files}
    return {stem: path.read_text(encoding="utf-8") for stem, path in paths.items() if path.is_file()}


def judge(units: list[str], count: int, files: str, tests: tuple[str, ...], tier: Isolation) -> float:
    """Start a judge and grade twice so many submissions; return the CPU seconds of the second half."""
    course, halves = load_course(ROOT), [0.0, 0.0]
    unit = course.unit(units[0])
    submission, limits = Submission(unit.name, files_of(unit, files)), course.limits_of(unit.name)
    job = Job(submission, limits, SECRET, tests=tests, dry_run=True, second_chances=True)
    with closing(RevivedJudge(ROOT, units, SECRET, tier)) as warm:
        group = [of_own_group()]
        for half in range(2):
            halves[half] = sum(graded(warm, job, files) for _ in range(count))
            time.sleep(SETTLING_SECONDS)
            group.append(of_own_group())
    return halves[1] if None in group else group[2] - group[1]


def graded(warm: RevivedJudge, job: Job, files: str) -> float:
    """Grade a submission, and return the CPU seconds that the judge reports of itself and of the workers."""
    records: dict[str, TestRecord] = {}
    timing = warm.grade(job, lambda record: records.update({record.test: record}))
    require(records, files, job.tests)
    return timing.judge_cpu + timing.workers_cpu


def require(records: Mapping[str, TestRecord], files: str, tests: tuple[str, ...]) -> None:
    """Fail unless the tests were run, and the solution has passed them."""
    if tests and records.keys() != set(tests):
        raise SystemExit(f"these tests were run: {sorted(records)}")
    wrong = [
        f"{name}: {record.verdict}" for name, record in records.items() if not record.verdict.meaning.clears_solution
    ]
    if files == "solution" and wrong:
        raise SystemExit("\n".join(wrong))


def suite(unit_name: str, count: int) -> float:
    """Run a unit's suite on its solution twice so many times in this process; return the second half's CPU seconds."""
    times = []

    def serve(session: pytest.Session) -> None:
        use_one_thread()
        warm = WarmSession(session)
        warm_up(warm, ROOT, (unit_name,), SECRET)
        job = Job(Submission(unit_name), warm.course.limits_of(unit_name), SECRET, dry_run=True)
        student = partial(local_student, warm.course, unit_name, layout.solutions(ROOT, unit_name), wrap=False)
        for _ in range(2):
            start = time.process_time()
            for _ in range(count):
                warm.grade_here(job, student, lambda record: None)
            times.append(time.process_time() - start)

    run_session(ROOT, folders(ROOT, (unit_name,), hidden=True), serve)
    return times[1]


def rerun(unit_name: str, count: int, tier: Isolation) -> float:
    """Grade a class of untouched stubs, then again with nothing changed; return the CPU seconds of one such rerun."""
    course = load_course(ROOT)
    with TemporaryDirectory() as folder:
        for number in range(count):
            place = Path(folder, "class", f"s{number:05}", unit_name)
            place.mkdir(parents=True)
            for stem, text in files_of(course.unit(unit_name), "stub").items():
                (place / f"{stem}.py").write_text(text, encoding="utf-8")
        again = partial(autograde, course, Path(folder, "class"), out=Path(folder, "out"), tier=tier, dry_run=True)
        again()
        start = time.process_time()
        for _ in range(RERUNS):
            again()
        return (time.process_time() - start) / RERUNS


def main() -> None:
    """Run one command; the last line printed is a number of seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=("judge", "suite", "rerun"))
    parser.add_argument("units", help="separated by commas")
    parser.add_argument("count", type=int)
    parser.add_argument("--files", choices=[*FOLDERS], default="solution")
    parser.add_argument("--tests", choices=("all", "five"), default="all")
    parser.add_argument("--tier", type=Isolation, default=Isolation.SEALED)
    asked = parser.parse_args()
    units, seconds = asked.units.split(","), 0.0
    if asked.command == "judge":
        seconds = judge(units, asked.count, asked.files, FIVE if asked.tests == "five" else (), asked.tier)
    elif asked.command == "suite":
        seconds = suite(units[0], asked.count)
    else:
        seconds = rerun(units[0], asked.count, asked.tier)
    print(seconds)


if __name__ == "__main__":
    main()
