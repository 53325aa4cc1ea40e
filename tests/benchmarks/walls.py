"""Cost of a worker's walls: `python tests/benchmarks/walls.py`.

A worker is forked, gets a student's file, answers one call and is killed, in each tier that this machine has and for
NumPy and torch tasks. The tiers take turns, so a busy moment falls on all of them. Medians in milliseconds of wall
time; what a tier adds is the median of the differences to `self` of the same turn. The goal is a quiet machine's.
"""

import argparse
import os
import sys
from statistics import median
from time import perf_counter

from grader.metering.processes import usable_cores
from grader.records import Isolation
from grader.sandbox.channel import WorkerLimits
from grader.sandbox.launcher import Launcher, launcher_for
from grader.sandbox.probe import probe
from grader.wire import decode, encode

GOAL_MS = 15.0
LIMITS = WorkerLimits()
SOURCES = {
    "numpy": "import numpy as np\n\ndef f(n):\n    return float((np.ones((n, n)) @ np.ones((n, n))).sum())\n",
    "torch": "import torch\n\ndef f(n):\n    return float((torch.ones(n, n) @ torch.ones(n, n)).sum())\n",
}


def one_worker(launcher: Launcher, library: str) -> float:
    """Return the milliseconds from the wish for a worker to its end."""
    start = perf_counter()
    channel = launcher.open(library, LIMITS)
    decode(channel.ask(encode(("load", "unit", {"m": SOURCES[library]}, library, 1, ())), 20.0))
    verdict, value = decode(channel.ask(encode(("call", "m", "f", (8,), {}, False)), 20.0))
    channel.close()
    spent = 1e3 * (perf_counter() - start)
    assert verdict == "ok", value
    return spent


def measure(launchers: dict[Isolation, Launcher], library: str, turns: int) -> dict[Isolation, list[float]]:
    """Return each tier's times; the first worker of each is not counted."""
    for launcher in launchers.values():
        one_worker(launcher, library)
    spent: dict[Isolation, list[float]] = {tier: [] for tier in launchers}
    for turn in range(turns):
        order = list(launchers) if turn % 2 else list(launchers)[::-1]
        for tier in order:
            spent[tier].append(one_worker(launchers[tier], library))
    return spent


def show(library: str, spent: dict[Isolation, list[float]]) -> bool:
    """Print one library's lines; tell whether the goal is met."""
    met = True
    for tier, times in spent.items():
        added = median(here - plain for here, plain in zip(times, spent[Isolation.SELF], strict=True))
        line = f"  {library:6} {tier:7} {median(times):7.1f} ms"
        if tier is not Isolation.SELF:
            met = met and added <= GOAL_MS
            verdict = "met" if added <= GOAL_MS else "MISSED"
            line += f"   walls add {added:5.1f} ms (goal: at most {GOAL_MS:.0f}, {verdict})"
        print(line)
    return met


def main() -> int:
    """Measure every tier, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=60, help="workers of each tier and library")
    turns = parser.parse_args().turns
    reports = {tier: probe(tier) for tier in (Isolation.SELF, Isolation.WEAK, Isolation.SEALED)}
    print(f"load {os.getloadavg()[0]:.1f} on {usable_cores()} cores; fork, load, one call, close; {turns} turns")
    for tier, report in reports.items():
        if not report.reached:
            print(f"  {tier}: not measured, {report.missing[0].what}")
    launchers = {tier: launcher_for(tier) for tier, report in reports.items() if report.reached}
    met = [show(library, measure(launchers, library, turns)) for library in SOURCES]
    for launcher in launchers.values():
        launcher.close()
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
