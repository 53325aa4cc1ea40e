"""The solution's ratio to torch by shape of a unit's races: `PYTHONPATH=. python tests/benchmarks/shapes.py UNIT`.

Both run in this process, on one thread, in turn, on fresh inputs, timed by the process's CPU clock. It only compares
shapes with each other: thresholds are measured by `grade calibrate`, which asks workers as races do.
"""

import argparse
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch

from grader.course.registry import load_course
from grader.judge.local_students import importing_from
from grader.timing.workload import Workload, workloads_text

ROOT = Path(__file__).parents[2]
PAIRS, WARM = 12, 2


def seconds(call: Callable[..., Any], arguments: tuple[Any, ...]) -> float:
    start = time.process_time()
    call(*arguments)
    return time.process_time() - start


def times(workload: Workload, solution: Callable[..., Any], shape: Any) -> np.ndarray:
    """Return the times of solution and torch, pair by pair."""
    pairs = []
    for number in range(PAIRS):
        sides = solution, workload.function("reference")
        order = (0, 1) if number % 2 else (1, 0)
        pair = {side: seconds(sides[side], workload.inputs_of(shape, number)) for side in order}
        pairs.append((pair[0], pair[1]))
    return np.array(pairs[WARM:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("unit")
    unit = load_course(ROOT).unit(parser.parse_args().unit)
    torch.set_num_threads(1)
    for task in unit.timed_tasks:
        workload = Workload(workloads_text(ROOT, unit.name), task.name, 1)
        with importing_from(ROOT):
            solution = getattr(import_module(f"solutions.{unit.name}.{task.file}"), task.name)
        print(task.name)
        for shape in workload.shapes():
            student, torch_times = times(workload, solution, shape).T
            low, middle, high = np.quantile(student / torch_times, (0.25, 0.5, 0.75))
            print(f"  {middle:5.2f} ({low:.2f} to {high:.2f})  torch {1e3 * np.median(torch_times):5.1f} ms  {shape}")


if __name__ == "__main__":
    main()
