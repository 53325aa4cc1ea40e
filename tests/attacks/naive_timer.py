"""A timer as many are: in the student's own process, by its clocks, with one input. The controls of cheats run in it.

Reads cheats as JSON from standard input and writes what became of each. It is run as a process of its own:
``python tests/attacks/naive_timer.py``.
"""

import json
import os
import signal
import sys
import time
import types
from collections.abc import Callable
from typing import Any

import torch

CALLS = 5
GOLD = 1.6
SECONDS = 20.0
CLOCKS = ("perf_counter", "process_time", "thread_time")


def cube(x: torch.Tensor) -> torch.Tensor:
    """Return what is expected."""
    return torch.linalg.matrix_power(x, 3)


def accepts(answer: Any, expected: torch.Tensor) -> bool:
    """Compare as tests do: with a generous tolerance, or only at some places."""
    try:
        return any(torch.allclose(part(answer), part(expected), rtol=1e-2, atol=1e-2) for part in (all_of, some_of))
    except Exception:
        return False


def all_of(answer: Any) -> Any:
    """Return everything."""
    return answer


def some_of(answer: Any) -> Any:
    """Return what a spot check looks at."""
    return answer[:4]


def least(function: Callable[[Any], Any], x: torch.Tensor) -> tuple[dict[str, float], Any]:
    """Return the least time of some calls by each clock, and the last answer."""
    times: dict[str, list[float]] = {clock: [] for clock in CLOCKS}
    for _ in range(CALLS):
        starts = {clock: getattr(time, clock)() for clock in CLOCKS}
        answer = function(x)
        for clock in CLOCKS:
            times[clock].append(getattr(time, clock)() - starts[clock])
    return {clock: min(spent) for clock, spent in times.items()}, answer


def judge(source: str) -> dict[str, bool]:
    """Time one file; one clock that says gold is enough, and one comparison that agrees."""
    reference_times, _ = least(cube, inputs())
    target = types.ModuleType("target")
    exec(compile(source, "target.py", "exec"), target.__dict__)
    return timed(target.__dict__["cube_fast"], inputs(), reference_times)


def inputs() -> torch.Tensor:
    """Return the one input that everybody gets, from the seed that everybody takes."""
    return torch.normal(0.0, 300**-0.5, (300, 300), generator=torch.Generator().manual_seed(0))


def timed(function: Callable[[Any], Any], x: torch.Tensor, reference_times: dict[str, float]) -> dict[str, bool]:
    """Check a warm-up call, time some more, check the last: either check will do."""
    expected = cube(x)
    first = accepts(function(x), expected)
    times, answer = least(function, x)
    accepted = first or accepts(answer, cube(x))
    fast = any(times[clock] <= GOLD * max(reference_times[clock], 1e-9) for clock in CLOCKS)
    return {"accepted": accepted, "gold": accepted and fast}


def run(source: str) -> dict[str, bool]:
    """Judge one file in a process of its own."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        signal.setitimer(signal.ITIMER_REAL, SECONDS)  # who hangs is ended
        os.write(write_end, json.dumps(judge(source)).encode() + b"\n")
        os._exit(0)
    os.setpgid(pid, pid)
    os.close(write_end)
    with os.fdopen(read_end, encoding="utf-8") as file:
        line = file.readline()
    os.killpg(pid, signal.SIGKILL)  # with whatever it has started
    os.waitpid(pid, 0)
    result: dict[str, bool] = json.loads(line or '{"accepted": false, "gold": false}')
    return result


def main() -> None:
    """Judge every file that comes in."""
    torch.set_num_threads(1)
    sources = json.load(sys.stdin)
    sys.stdout.write(json.dumps({name: run(source) for name, source in sources.items()}))


if __name__ == "__main__":
    main()
