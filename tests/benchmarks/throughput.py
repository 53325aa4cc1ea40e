"""What does grading cost? `python tests/benchmarks/throughput.py [--row NAME...] [--json]`.

Without a row, this engine and other autograders grade the same five tests of `conv2d_forward`, taking turns. The cost
is marginal: the slope between N and 2 N submissions. Ratios are medians of the rounds, with the smallest and the
largest. The peers are installed on demand into environments of their own (`--cache`). Further rows:

  right   a right unit, against its own suite in one warm, unprotected process
  wrong   wrong units against the right one (`tests/benchmarks/wrong_unit.py`)
  stub    an untouched stub
  start   start of one unit and of all, twice: with an empty cache folder, and with what the first start left in it
  rerun   a rerun with nothing changed
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from grader.course.registry import load_course
from tests.benchmarks.peers.environments import cache_folder
from tests.benchmarks.peers.programs import Nbgrader, Otter, Ours, Program, Pytest, Warm, clock, own_slope, own_start

ROOT = Path(__file__).parents[2]
COUNTS = {"ours": 60, "nbgrader": 3, "otter": 2, "pytest": 2, "warm": 200}
GOALS = {"nbgrader": 120.0, "otter": 200.0, "pytest": 130.0, "warm": 3.7}
RIGHT, STUB, START, RERUN = 1.4, 0.06, {"one": (4.0, 2.0), "all": (10.0, 4.0)}, 0.3
GRADED, RERUN_COUNT = 4, 20
SMALLER = 6

Ratios = dict[str, list[float]]


def programs(cache: Path, *, small: bool) -> list[Program]:
    """Return this engine, and what it is compared with."""
    kinds = {"ours": Ours, "nbgrader": Nbgrader, "otter": Otter, "pytest": Pytest, "warm": Warm}
    return [
        kind(name, max(1, COUNTS[name] // SMALLER) if small else COUNTS[name], cache) for name, kind in kinds.items()
    ]


def ratio(name: str, ours: float, other: float) -> float:
    """Return how many times dearer a peer is; for the bare tests, how many times dearer this engine is."""
    return ours / other if name == "warm" else other / ours


def compared(known: Sequence[Program], rounds: int) -> tuple[dict[str, list[float]], Ratios]:
    """Return the marginal costs of every round by program, and the ratios."""
    for program in known:
        program.prepare()
    costs: dict[str, list[float]] = {program.name: [] for program in known}
    for number in range(rounds):
        for program in (*known[number % len(known) :], *known[: number % len(known)]):
            costs[program.name].append(positive(program))
    pairs = {name: zip(costs["ours"], costs[name], strict=True) for name in costs if name != "ours"}
    return costs, {name: [ratio(name, ours, other) for ours, other in both] for name, both in pairs.items()}


def positive(program: Program) -> float:
    """Return the marginal cost of a program.

    Raises
    ------
    SystemExit
        More submissions have cost less: the machine is too busy to measure so few.
    """
    seconds = program.marginal()
    if seconds <= 0:
        sys.exit(
            f"{program.name}: {2 * program.count} submissions cost less than {program.count}: run it on a quiet machine"
        )
    return seconds


def table(costs: dict[str, list[float]], ratios: Ratios) -> list[str]:
    """Return the lines of the table of peers."""
    rows = [f"{'':10} {'CPU s':>8} {'ratio':>8} {'from':>8} {'to':>8} {'goal':>8}"]
    for name, seconds in costs.items():
        row = f"{name:10} {median(seconds):8.4f}"
        if name in ratios:
            spread = (median(ratios[name]), min(ratios[name]), max(ratios[name]))
            row += "".join(f" {number:8.1f}" for number in spread) + f" {GOALS[name]:8.1f}"
        rows.append(row)
    return rows


def json_line(ratios: Ratios) -> str:
    """Return the ratios as one line of JSON."""
    return json.dumps({name: round(median(numbers), 1) for name, numbers in ratios.items()})


def right(units: Sequence[str], rounds: int) -> None:
    """Print what a right unit costs, against its own suite."""
    for unit in units:
        pairs = [(own_slope("judge", unit, GRADED), own_slope("suite", unit, GRADED)) for _ in range(rounds)]
        costs = f"{median(ours for ours, _ in pairs):8.2f} {median(bare for _, bare in pairs):8.2f}"
        print(f"{unit:20} {costs} {_spread([ours / bare for ours, bare in pairs])}  at most {RIGHT}", flush=True)


def stub(units: Sequence[str], rounds: int) -> None:
    """Print what an untouched stub costs."""
    for unit in units:
        costs = [own_slope("judge", unit, GRADED, "--files", "stub") for _ in range(rounds)]
        print(f"{unit:20} {_spread(costs)}  at most {STUB}", flush=True)


def start(units: Sequence[str], rounds: int) -> None:
    """Print what the start of one unit and of all costs."""
    for name, chosen in (("one", units[:1]), ("all", units)):
        for _ in range(rounds):
            with TemporaryDirectory() as folder:
                settings = {"XDG_CACHE_HOME": folder}
                cold, warm = (own_start(",".join(chosen), settings) for _ in range(2))
            goals = START[name]
            print(f"{name:20} cold {cold:6.2f}, at most {goals[0]}; warm {warm:6.2f}, at most {goals[1]}", flush=True)


def rerun(units: Sequence[str], rounds: int) -> None:
    """Print what a rerun with nothing changed costs."""
    arguments = [sys.executable, "-m", "tests.benchmarks.peers.ours", "rerun", units[0]]

    def cost(count: int) -> float:
        done = subprocess.run([*arguments, str(count)], cwd=ROOT, capture_output=True, text=True, check=True)
        return float(done.stdout.splitlines()[-1])

    slopes = [1e3 * (cost(2 * RERUN_COUNT) - cost(RERUN_COUNT)) / RERUN_COUNT for _ in range(rounds)]
    print(f"{units[0]:20} {_spread(slopes)} ms  at most {RERUN} ms")


def wrong(units: Sequence[str], rounds: int) -> None:
    """Print what wrong units cost."""
    command = [sys.executable, "tests/benchmarks/wrong_unit.py", *units, "--versions", str(rounds)]
    subprocess.run(command, cwd=ROOT, check=False)


def _spread(numbers: Sequence[float]) -> str:
    return f"{median(numbers):8.3f} ({min(numbers):.3f} to {max(numbers):.3f})"


ROWS = {function.__name__: function for function in (right, wrong, stub, start, rerun)}


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--row", action="append", choices=("peers", *ROWS), help="the peers by default")
    parser.add_argument("--unit", action="append", help="units of the other rows; all by default")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--small", action="store_true", help="one round with the fewest submissions: only a trial")
    parser.add_argument("--cache", type=Path, default=cache_folder(), help="folder of the peers' environments")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON, the ratios of the peers")
    asked = parser.parse_args()
    rounds, rows = 1 if asked.small else asked.rounds, asked.row or ["peers"]
    print(clock())
    for name in [row for row in rows if row != "peers"]:
        print(f"\n{name}")
        ROWS[name](asked.unit or [unit.name for unit in load_course(ROOT).units], rounds)
    if "peers" in rows:
        costs, ratios = compared(programs(asked.cache, small=asked.small), rounds)
        print("", *table(costs, ratios), sep="\n")
        if asked.json:
            print(json_line(ratios))


if __name__ == "__main__":
    main()
