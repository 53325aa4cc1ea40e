"""Time from a save to its verdict under `grade watch`, beside a cold `grade run` and a cold `pytest`.

    python tests/benchmarks/watch.py [--unit UNIT] [--rounds N] [--json]

The unit's NumPy tasks are written one after another, as a student would: wrong at first, then right. Each save is
timed until the report has been printed. With `--json`, the last line has `median` and `p95` in seconds.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec

from grader.course import layout
from grader.course.model import Task, Unit
from grader.course.registry import Release, load_course
from grader.submissions.source_spans import spans

ROOT = Path(__file__).parents[2]
COLD_RUNS = 3
PAUSE = 0.5  # seconds between a verdict and the next save
GRADE = "from grader.cli import main; main()"


def bundle_of(unit: str, folder: Path) -> None:
    """Write a unit as a student has it."""
    shutil.copy(layout.registry(ROOT), folder)
    shutil.copytree(layout.datasets(ROOT), layout.datasets(folder))
    skipped = shutil.ignore_patterns("__pycache__")
    shutil.copytree(layout.exercises(ROOT), layout.exercises(folder), ignore=skipped)
    shutil.copytree(layout.exercises(ROOT, unit), layout.pristine_stub(folder, unit, "any").parent, ignore=skipped)
    layout.release(folder).write_bytes(msgspec.json.encode(Release({}, "1")))


def saved(path: Path, text: str) -> float:
    """Save a file as careful editors do, by renaming, and return when."""
    draft = path.with_name(f".{path.name}.draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
    return time.perf_counter()


def versions_of(unit: Unit, task: Task, folder: Path) -> Iterator[str]:
    """Yield the file with a task written wrong, then right; tasks before it are right, those after it stubs."""
    path = layout.stub_path(folder, unit.name, task.file)
    text = path.read_text(encoding="utf-8")
    solution = layout.solution_path(ROOT, unit.name, task.file).read_text(encoding="utf-8")
    lines = [line for line in solution.split("\n") if "### " not in line]
    begin, end = spans("\n".join(lines), task.name)[-1]
    right = lines[begin:end]
    stub_begin, stub_end = spans(text, task.name)[-1]
    stub = text.split("\n")
    raising = f'raise NotImplementedError("{unit.name}.{task.name}")'
    yield text.replace(raising, "return None")
    yield "\n".join([*stub[:stub_begin], *right, *stub[stub_end:]])


def functions_of(unit: Unit) -> list[Task]:
    """Return the unit's NumPy tasks that are one function each and need no helper of their file's."""
    return [task for task in unit.tasks if task.library == "numpy" and task.file not in ("fast", "kernel")]


@contextmanager
def watching(folder: Path, unit: str) -> Iterator[IO[str]]:
    """Run `grade watch` where nobody types; yield what it prints."""
    environment = dict(os.environ) | {"COLUMNS": "80", "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-c", GRADE, "watch", unit],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        cwd=folder,
        env=environment,
        text=True,
        encoding="utf-8",
    )
    assert process.stdout is not None
    try:
        yield process.stdout
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def await_verdict(lines: IO[str]) -> str:
    """Read up to the end of a report."""
    printed = []
    for line in lines:
        printed.append(line)
        if line.startswith("next:"):
            return "".join(printed)
    raise SystemExit(f"the watcher ended:\n{''.join(printed)}")


def watched(folder: Path, unit: Unit, rounds: int) -> list[float]:
    """Return the seconds from each save to its verdict."""
    seconds = []
    with watching(folder, unit.name) as lines:
        await_verdict(lines)
        for task in (functions_of(unit) * rounds)[:rounds]:
            path = layout.stub_path(folder, unit.name, task.file)
            for text in versions_of(unit, task, folder):
                time.sleep(PAUSE)
                start = saved(path, text)
                printed = await_verdict(lines)
                seconds.append(time.perf_counter() - start)
                assert task.name in printed, printed
    return seconds


def cold(folder: Path, *command: str) -> list[float]:
    """Return the seconds of some runs of a command, each by itself."""
    seconds = []
    for _ in range(COLD_RUNS):
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, *command],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            env=dict(os.environ) | {"PYTHONPATH": str(ROOT), "COLUMNS": "80"},
        )
        seconds.append(time.perf_counter() - start)
        assert done.returncode in (0, 1), done.stdout + done.stderr
    return seconds


def p95(seconds: list[float]) -> float:
    """Return the 95th percentile."""
    return statistics.quantiles(seconds, n=20, method="inclusive")[-1]


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--unit", default="perceptron")
    parser.add_argument("--rounds", type=int, default=10, help="tasks that are written; each is saved twice")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON in the last line")
    options = parser.parse_args()
    unit = load_course(ROOT).unit(options.unit)
    with tempfile.TemporaryDirectory(prefix="watch-") as name:
        folder = Path(name)
        bundle_of(unit.name, folder)
        warm = watched(folder, unit, options.rounds)
        task = functions_of(unit)[0]
        tests = str(layout.visible_test(folder, unit.name, task.file).relative_to(folder))
        rows = {
            "grade watch, save to verdict": warm,
            "grade run TASK, cold": cold(folder, "-c", GRADE, "run", task.name),
            "pytest, cold": cold(folder, "-m", "pytest", "-q", tests, "-k", task.name),
        }
    print(f"{unit.name}, {len(warm)} saves; load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    for title, seconds in rows.items():
        print(f"{title:<32}median {statistics.median(seconds):6.3f} s   p95 {p95(seconds):6.3f} s")
    if options.json:
        names = dict(zip(rows, ("watch", "run", "pytest"), strict=True))
        others = {names[title]: round(statistics.median(seconds), 4) for title, seconds in rows.items()}
        figures = {"median": round(statistics.median(warm), 4), "p95": round(p95(warm), 4)}
        print(json.dumps(figures | {"saves": len(warm), **others}))


if __name__ == "__main__":
    main()
