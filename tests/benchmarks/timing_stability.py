"""Does a timed test give the same tier every time? `python tests/benchmarks/timing_stability.py --count 200`.

One submission for each tier of one task is graded again and again, behind the walls, by turns: the solution (gold), the
solution done several times over (silver, bronze), the naive version (none). Torch's own operator is raced against
itself between them. `--load SEED` keeps all cores busy meanwhile, in bursts that follow from the seed.

What is printed, and written to `tests/benchmarks/records/`: how often a tier was another than it should be, how often
the machine was called too noisy, and the ratios. The load average is noted with every round: only a machine that does
nothing else can show what a quiet one does. Aim: no other tier in 200 quiet gradings, at most one in 200 loaded ones,
torch against itself within 0.95 to 1.05. Those two are edges of its race, as tiers' thresholds are of a submission's:
six rounds of workers, and up to twelve where one of them is inside the interval.

`--identical 20 --jobs 12` counts another thing: the medals of one solution that twenty hand in, through `grade
autograde`. There must be one; otherwise the exit code is 1.
"""

import argparse
import contextlib
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from grader.course import layout
from grader.course.medals import Thresholds, medals_of, read_tiers, speed_of
from grader.course.registry import Course, load_course
from grader.judge.client import WarmJudge
from grader.judge.outcomes import TooNoisy
from grader.judge.protocol import Job
from grader.metering.processes import usable_cores, use_one_thread
from grader.records import Isolation, Speed, TestRecord, Verdict
from grader.sandbox.launcher import Launcher, launcher_for
from grader.submissions.intake import Submission
from grader.timing.hardware import cpu_name
from grader.timing.measuring import MOST_SECONDS, Ours, measure
from grader.timing.rounds import USUAL
from grader.timing.runners import ReferenceWorkers
from grader.timing.workload import Workload, workloads_text

ROOT = Path(__file__).parents[2]
RECORDS = Path(__file__).with_name("records")
NONE, REFERENCE = "none", "torch against itself"
AIM = (0.95, 1.05)


@dataclass(frozen=True)
class Subject:
    """A submission, the tier that it should reach, and the ratio that it is made for."""

    tier: str
    files: dict[str, str]
    meant: float


@dataclass
class Seen:
    """Results of the gradings of one subject.

    Attributes
    ----------
    tier : str
        That it should be.
    ratios : list of float
        Of those that were measured.
    others : list of str
        Every tier that was another one, and every other end, in words.
    too_noisy : int
    """

    tier: str
    ratios: list[float] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    too_noisy: int = 0

    def take(self, verdict: Verdict, speed: Speed | None, reason: str) -> None:
        """Note how one grading ended."""
        if verdict is Verdict.TOO_NOISY:
            self.too_noisy += 1
        elif speed is None:
            self.others.append(f"{verdict}: {reason}")
        else:
            self.ratios.append(speed.ratio)
            reached = speed.tier or NONE
            if self.tier not in (reached, REFERENCE):
                self.others.append(f"{reached} at {speed.ratio:.3f}")

    def summary(self) -> dict[str, object]:
        """Return the figures."""
        spread = np.quantile(self.ratios, (0, 0.05, 0.5, 0.95, 1)) if self.ratios else []
        names = ("least", "5 %", "median", "95 %", "most")
        return {
            "measured": len(self.ratios),
            "another tier": len(self.others),
            "too noisy": self.too_noisy,
            "ratio": {name: round(float(value), 4) for name, value in zip(names, spread, strict=False)},
            "others": self.others,
            "ratios": [round(ratio, 4) for ratio in self.ratios],
        }


def repeated(text: str, task: str, times: int) -> str:
    """Return a file whose task does its work several times over."""
    return f"""{text}

_once = {task}


def {task}(*args):
    for _ in range({times}):
        answer = _once(*args)
    return answer
"""


def times_for(tier: str, thresholds: Thresholds) -> int:
    """Return how many solutions in a row stand in the middle of a tier.

    Raises
    ------
    SystemExit
        No whole number of them is within it, with a tenth to spare on both sides.
    """
    edges = {medal.name: medal.edge for medal in medals_of(thresholds)}
    below = {"silver": "gold", "bronze": "silver"}[tier]
    times = round((edges[below] * edges[tier]) ** 0.5 / thresholds.solution)
    if not 1.1 * edges[below] <= times * thresholds.solution <= 0.9 * edges[tier]:
        raise SystemExit(f"no number of solutions is well within {tier}: {thresholds.solution} each, edges {edges}")
    return times


def subjects(course: Course, unit_name: str, task: str) -> dict[str, Subject]:
    """Return one submission for each tier."""
    unit = course.unit(unit_name)
    entry = read_tiers(layout.tiers(course.root, unit.name))[task]["cpu"]
    files = {
        stem: layout.solution_path(course.root, unit.name, stem).read_text(encoding="utf-8") for stem in unit.files
    }
    made = {"gold": Subject("gold", files, entry.solution)}
    for tier in ("silver", "bronze"):
        times = times_for(tier, entry)
        made[tier] = Subject(tier, files | {"fast": repeated(files["fast"], task, times)}, times * entry.solution)
    naive = f"{workloads_text(course.root, unit.name)}\n\n{task} = {task}__naive\n"
    return made | {NONE: Subject(NONE, files | {"fast": naive}, entry.naive)}


@contextlib.contextmanager
def load(seed: int | None) -> Iterator[None]:
    """Keep every core busy, in bursts that follow from the seed; nothing without one."""
    count = 0 if seed is None else usable_cores()
    environment = dict(os.environ) | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    burners = [
        subprocess.Popen([sys.executable, __file__, "--burn", f"{seed} {number}"], env=environment)
        for number in range(count)
    ]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


def burn(seed: str) -> None:
    """Work and rest by turns until killed: products of matrices, copies of large arrays, sleep."""
    rng = np.random.default_rng([int(part) for part in seed.split()])
    block, matrix = np.ones(8_000_000), np.ones((256, 256))
    while True:
        until = time.monotonic() + rng.uniform(0.05, 0.6)
        large = rng.random() < 0.5
        while time.monotonic() < until:
            block.copy() if large else matrix @ matrix
        time.sleep(rng.uniform(0.0, 0.4))


class Gradings:
    """Grades subjects of one task by turns.

    Parameters
    ----------
    course : Course
    unit, task : str
    judge : WarmJudge
    launcher : Launcher
        Of the same tier, for torch against itself.
    """

    def __init__(self, course: Course, unit: str, task: str, judge: WarmJudge, launcher: Launcher) -> None:
        self._course, self._unit, self._task = course, unit, task
        self._judge, self._launcher = judge, launcher
        self._limits = course.limits_of(unit, task)

    def grade(self, subject: Subject, seen: Seen) -> None:
        """Grade a submission, every time with other hidden seeds."""
        job = Job(Submission(self._unit, subject.files), self._limits, secrets.token_hex(8), tasks=(self._task,))
        records: list[TestRecord] = []
        self._judge.grade(job, records.append)
        wrong = [record for record in records if record.verdict in (Verdict.GRADER_ERROR, Verdict.BLOCKED)]
        for record in wrong or [record for record in records if "one_cpu_thread" in record.test]:
            seen.take(record.verdict, record.speed, record.feedback.message)

    def race_reference(self, seen: Seen) -> None:
        """Race torch against itself, in fresh workers; it is to be told from the ends of what is aimed at."""
        workload = Workload(workloads_text(self._course.root, self._unit), self._task, secrets.randbits(62))
        with contextlib.closing(ReferenceWorkers(self._launcher, self._unit, self._limits)) as workers:
            runner = workers.runner("student", workload.text, workload.name("reference"))
            ours = Ours(workers, workload)
            try:
                result = measure(runner, ours, workload, _believe, edges=AIM, seconds=MOST_SECONDS, least=USUAL)
            except TooNoisy as noisy:
                seen.take(Verdict.TOO_NOISY, None, noisy.message)
                return
        seen.take(Verdict.PASSED, speed_of(result, None), "")


def _believe(answer: object, expected: object) -> None:
    """Compare nothing: both sides are the reference."""


def table(seen: dict[str, Seen]) -> list[str]:
    """Return the figures as lines."""
    lines = [f"{'tier':22} {'measured':>8} {'another':>8} {'too noisy':>9}   ratio: least, 5 %, median, 95 %, most"]
    for name, times in seen.items():
        figures = times.summary()
        ratios = ", ".join(f"{value:.3f}" for value in figures["ratio"].values())  # type: ignore[attr-defined]
        lines.append(f"{name:22} {figures['measured']:8} {len(times.others):8} {times.too_noisy:9}   {ratios}")
    reference = np.array(seen[REFERENCE].ratios)
    within = int(((reference >= AIM[0]) & (reference <= AIM[1])).sum())
    lines.append(f"torch against itself within {AIM[0]} to {AIM[1]}: {within} of {len(reference)}")
    return lines + [f"  {name}: {other}" for name, times in seen.items() for other in times.others]


def record_of(
    options: argparse.Namespace, seen: dict[str, Seen], loads: list[float], seconds: float
) -> dict[str, object]:
    """Return what is written: where and when, by which command, under which load, and the figures."""
    return {
        "command": "python tests/benchmarks/timing_stability.py " + " ".join(sys.argv[1:]),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "device": f"one thread of {cpu_name()}",
        "cores": usable_cores(),
        "task": f"{options.unit}.{options.task}",
        "walls": options.tier,
        "rounds": len(loads),
        "load": "none of its own" if options.load is None else f"all cores in bursts, seed {options.load}",
        "load average by round": loads,
        "seconds": round(seconds),
        "tiers": {name: times.summary() for name, times in seen.items()},
    }


def write(path: Path, record: dict[str, object]) -> None:
    """Write the record as JSON; a run that is cut off leaves what it has seen so far."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Grade, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200, help="gradings of each submission")
    parser.add_argument("--load", type=int, metavar="SEED", help="keep all cores busy meanwhile")
    parser.add_argument("--unit", default="activations")
    parser.add_argument("--task", default="softmax_cross_entropy_fast")
    parser.add_argument("--tier", type=Isolation, default=Isolation.SEALED, help="the walls; sealed by default")
    parser.add_argument("--out", type=Path, help="the record; by default a file in tests/benchmarks/records")
    parser.add_argument("--burn", help=argparse.SUPPRESS)
    parser.add_argument("--identical", type=int, metavar="N", help="grade N times the same code: has it one medal?")
    parser.add_argument("--jobs", type=int, default=12, help="how many of those are graded at a time")
    options = parser.parse_args()
    if options.burn:
        burn(options.burn)
    if options.identical:
        sys.exit(not have_one_medal(options))
    kind = "as-it-is" if options.load is None else "loaded"
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    out = options.out or RECORDS / f"timing-stability-{options.task}-{kind}-{day}.json"
    use_one_thread()
    seen = run(options, out)
    print(*table(seen), f"written: {out}", sep="\n")


def have_one_medal(options: argparse.Namespace) -> bool:
    """Grade the same code many times, beside the load."""
    sys.path.insert(0, str(ROOT))
    from tests.benchmarks.identical import count

    with load(options.load):
        course = load_course(ROOT)
        return count(course, options.unit, options.identical, jobs=options.jobs, tier=options.tier)


def run(options: argparse.Namespace, out: Path) -> dict[str, Seen]:
    """Grade every subject by turns; write the record after each round."""
    course = load_course(ROOT)
    graded = subjects(course, options.unit, options.task)
    seen = {name: Seen(name) for name in (*graded, REFERENCE)}
    loads: list[float] = []
    with contextlib.ExitStack() as stack:
        judge = stack.enter_context(WarmJudge(ROOT, [options.unit], tier=options.tier))
        judge.wait_until_ready()
        launcher = stack.enter_context(contextlib.closing(launcher_for(options.tier)))
        gradings = Gradings(course, options.unit, options.task, judge, launcher)
        stack.enter_context(load(options.load))
        start = time.monotonic()
        for _ in range(options.count):
            for name, subject in graded.items():
                gradings.grade(subject, seen[name])
            gradings.race_reference(seen[REFERENCE])
            loads.append(round(os.getloadavg()[0], 2))
            write(out, record_of(options, seen, loads, time.monotonic() - start))
    return seen


if __name__ == "__main__":
    main()
