"""Parallel runs of units, each in a process of its own: their suites are independent."""

import multiprocessing
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from typing import TypeVar

from grader.course import layout
from grader.course.registry import Course, load_course
from grader.errors import DeepgradeError

OnProgress = Callable[[str], None]
T = TypeVar("T")
UnitRun = Callable[[Course, str, OnProgress], T]

_steps: "SimpleQueue[str | None] | None" = None  # of this process, if it runs units for another one


def run_by_unit(course: Course, units: Sequence[str], run: "UnitRun[T]", jobs: int, on_progress: OnProgress) -> list[T]:
    """Run a function for each unit, in several processes if that is allowed and worth while.

    Parameters
    ----------
    course : Course
    units : sequence of str
    run : callable
        Called with the course, a unit's name and a callback for its steps. With several processes it must be a function
        of a module (or a `functools.partial` of one), and its result and the errors that it raises go through pickle.
    jobs : int
        Processes at most. With 1, or for a single unit, everything runs in this process.
    on_progress : callable
        Called with the description of each step, from another thread if there are several processes.

    Returns
    -------
    list
        Results in the order of the units.

    Raises
    ------
    DeepgradeError
        If a process was killed.
    """
    return run_side_by_side(course, [(unit, run) for unit in units], jobs, on_progress)


def run_side_by_side(
    course: Course, runs: "Sequence[tuple[str, UnitRun[T]]]", jobs: int, on_progress: OnProgress
) -> list[T]:
    """Run functions on units, several of them on the same one if that is asked for; as `run_by_unit` otherwise."""
    if min(jobs, len(runs)) <= 1:
        return [run(course, unit, on_progress) for unit, run in runs]
    context = multiprocessing.get_context("spawn")  # a fork would copy the locks of this process's threads
    steps: SimpleQueue[str | None] = context.SimpleQueue()
    reader = threading.Thread(target=_pass_on, args=(steps, on_progress), daemon=True)
    reader.start()
    try:
        with ProcessPoolExecutor(min(jobs, len(runs)), context, _remember_steps, (steps,)) as pool:
            largest_first = sorted(range(len(runs)), key=lambda number: _size(course, runs[number][0]), reverse=True)
            running: dict[int, Future[T]] = {}
            for number in largest_first:
                unit, run = runs[number]
                running[number] = pool.submit(_run_here, course.root, unit, run)
            return [running[number].result() for number in range(len(runs))]
    except BrokenProcessPool:
        units = ", ".join(dict.fromkeys(unit for unit, _ in runs))
        raise DeepgradeError(f"a process that ran {units} was killed", "with less at a time: --jobs 1") from None
    finally:
        steps.put(None)
        reader.join()


def _size(course: Course, unit: str) -> int:
    """Return the size of a unit's hidden tests in bytes: the larger they are, the longer they run."""
    return sum(path.stat().st_size for path in layout.hidden(course.root, unit).glob("*.py"))


def _pass_on(steps: "SimpleQueue[str | None]", on_progress: OnProgress) -> None:
    while (step := steps.get()) is not None:
        on_progress(step)


def _remember_steps(steps: "SimpleQueue[str | None]") -> None:
    global _steps  # noqa: PLW0603 (an initializer of a pool has no other way)
    _steps = steps


def _run_here(root: Path, unit: str, run: "UnitRun[T]") -> T:
    assert _steps is not None
    return run(load_course(root), unit, _steps.put)
