"""Everything that only a machine with a GPU can tell, in one go: `PYTHONPATH=. python tests/benchmarks/gpu_check.py`.

In this order, each part whatever became of the others: the driver and what a sealed worker sees of it; CUDA started in
a sealed worker, and where it does not start, with which system calls it would; the sealed escape tests beside the
device; whether memory can be shared by CUDA IPC; the fast tasks' solutions against torch on the device, in float32 and
bfloat16; submissions of one task, graded by a judge that forks; the cheats against a card's clock; the calibration's
ratios, one round of each; the solution's ratio several times over. Thresholds are written by `grade calibrate UNIT
--gpu` alone. A record of all of it is put into `tests/benchmarks/records/`, with the device's name. Meant to fit into
ten minutes: `--minutes` ends it earlier. Without a GPU it says so, and its exit code is 0.

It needs no network and no installation: Python 3.11 or later (3.12 will do), the checkout, torch (2.6 or later; 2.11
will do) and numpy, and wheels of pytest, msgspec, click, rich, hypothesis, jaxtyping, packaging and what they need
(pluggy, iniconfig, pygments, sortedcontainers, attrs, markdown-it-py, mdurl, wadler-lindig) in a folder on PYTHONPATH,
unpacked. For the sealed tier also pyseccomp, bubblewrap and libseccomp. matplotlib and scikit-learn are not needed.
Where the sealed tier is not reached, the races run in the tier self, and the record says so.

"""

import argparse
import contextlib
import json
import secrets
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from grader.course.registry import Course, Task, Unit, load_course
from grader.errors import UnavailableError
from grader.judge.local_students import importing_from, modules_in
from grader.judge.outcomes import OutcomeException
from grader.records import Isolation
from grader.sandbox import filter as seccomp
from grader.sandbox.channel import ChannelError, WorkerLimits
from grader.sandbox.gpus import find_driver
from grader.sandbox.launcher import Launcher, launcher_for
from grader.sandbox.probe import probe
from grader.timing import gpu
from grader.timing.batches import alike, off_device
from grader.timing.calibrate import round_on, solution_of
from grader.timing.closeness import BY_DTYPE, USUAL, CloseTo
from grader.timing.on_device import DeviceRace
from grader.timing.runners import ReferenceWorkers
from grader.timing.workload import Workload, workloads_text
from grader.wire import WireError, decode, encode
from tests.benchmarks.gpu_graded import cheated, graded

ROOT = Path(__file__).parents[2]
RECORDS = Path(__file__).parent / "records"
DTYPES = ("float32", "bfloat16")
STABILITY = 5  # races of one solution
LIMITS = WorkerLimits(gpu_mib=2048)
ASK_CUDA = """
import torch

def card():
    assert torch.cuda.is_available(), "torch finds no card in here"
    x = torch.ones(64, 64, device="cuda")
    return torch.cuda.get_device_name(0), float((x @ x).sum()), torch.cuda.is_initialized()
"""
MAYBE_NEEDED = ("memfd_create", "socket", "bind", "listen", "socketpair", "connect")
"""Calls that drivers have been seen to make when they start; they start before the filter, and should not matter."""

Observed = dict[str, Any]


@dataclass
class Checks:
    """The parts that have been run, and what came of them.

    Attributes
    ----------
    record : dict
    until : float
        No part begins after that, by the monotonic clock.
    left_out : sequence of str
        Parts with one of these words in their name are not run.
    """

    record: Observed
    until: float
    left_out: Sequence[str] = ()

    def part(self, name: str, action: Callable[[], Any]) -> None:
        """Run one part; what goes wrong in it stands in the record and ends nothing else."""
        if any(word in name for word in self.left_out):
            return
        if time.monotonic() > self.until:
            self.record[name] = "not run: the time was up"
        else:
            start = time.monotonic()
            try:
                self.record[name] = action()
            except (Exception, OutcomeException) as error:
                problem = {"failed": f"{type(error).__name__}: {error}", "where": traceback.format_exc()[-1500:]}
                self.record[name] = problem
            self.record[f"{name}, seconds"] = round(time.monotonic() - start, 1)
        print(f"{name}: {json.dumps(self.record[name], indent=2, default=str)}", flush=True)


def driver() -> Observed:
    """Return what there is of a driver."""
    libraries = find_driver()
    return {
        "version": libraries.version,
        "sealed workers see": [str(path) for path in libraries[0] + libraries[1] + libraries[2]],
    }


@contextlib.contextmanager
def filter_without(names: tuple[str, ...]) -> Iterator[None]:
    """Let the filter be without some of its refusals: only to find out what a driver wants, with code of ours."""
    before = seccomp.REFUSED
    seccomp.REFUSED = tuple(name for name in before if name not in names)
    seccomp.compiled_filter.cache_clear()
    try:
        yield
    finally:
        seccomp.REFUSED = before
        seccomp.compiled_filter.cache_clear()


def start_in(tier: Isolation) -> str:
    """Start CUDA in a worker of a tier; return what it says."""
    with contextlib.closing(launcher_for(tier)) as launcher:
        channel = launcher.open("torch", LIMITS)
        try:
            decode(channel.ask(encode(("load", "check", {"card": ASK_CUDA}, "torch", 1, ())), 120.0))
            return str(decode(channel.ask(encode(("call", "card", "card", (), {}, False)), 120.0)))
        except (ChannelError, WireError) as error:
            return f"{type(error).__name__}: {channel.printed()[-1500:]}"
        finally:
            channel.close()


def starting() -> Observed:
    """Start CUDA in a sealed worker; where it does not start, say with which calls it would."""
    starts: Observed = {"self": start_in(Isolation.SELF)}
    if not probe(Isolation.SEALED).reached:
        return starts | {"sealed": "the tier is not reached here"}
    starts["sealed"] = start_in(Isolation.SEALED)
    if not starts["sealed"].startswith("('ok'"):
        with filter_without(MAYBE_NEEDED):
            starts[f"sealed, with {', '.join(MAYBE_NEEDED)}"] = start_in(Isolation.SEALED)
    return starts


def escape_tests() -> Observed:
    """Return what became of the attempts to get out beside the device."""
    report = probe(Isolation.SEALED, gpu=True)
    return {"reached": report.reached, "escape_tests": {one.name: [one.held, one.told] for one in report.escape_tests}}


def timed_tasks(course: Course) -> list[tuple[Unit, Task]]:
    """Return the fast tasks, and the kernels."""
    return [(unit, task) for unit in course.units for task in unit.tasks_on_gpu]


def is_right(course: Course, unit: Unit, task: Task, dtype: str) -> str:
    """Compare a solution with torch's operator on the device, in this process."""
    workload = Workload(workloads_text(course.root, unit.name), task.name, 1)
    arguments = workload.inputs(0, gpu.require_gpu().where, dtype)
    with importing_from(course.root):
        answer = getattr(modules_in(course.root / "solutions" / unit.name, unit)[task.file], task.name)(*arguments)
    expected = workload.ask("reference", *arguments)
    if dtype == "float32" and alike(answer, expected, CloseTo(USUAL)):
        return "right"
    CloseTo(BY_DTYPE.get(dtype, USUAL))(off_device(answer), off_device(expected))
    return "right by the tolerances of its dtype"


def ratios(course: Course, unit: Unit, task: Task, dtype: str, launcher: Launcher) -> Observed:
    """Return what solution and naive version need, as the calibration measures it; once."""
    if task.library == "triton":  # see KERNELS in grader.timing.gpu_race
        launcher = launcher_for(Isolation.SELF)
    solution, naive = round_on(gpu.require_gpu(), dtype, course, unit, task, launcher=launcher)
    return {"solution": solution._asdict(), "naive": naive._asdict()}


def stability(course: Course, unit: Unit, task: Task, launcher: Launcher) -> list[str]:
    """Race one solution several times, with fresh workers."""
    lines, device = [], gpu.require_gpu()
    for _ in range(STABILITY):
        workload = Workload(workloads_text(course.root, unit.name), task.name, secrets.randbits(62))
        workers = ReferenceWorkers(
            launcher, unit.name, course.limits_of(unit.name, task.name), solution_of(course, unit, task)
        )
        with contextlib.closing(workers):
            race = DeviceRace(device, workers, workload, "float32")
            result = race.measure(race.student, lambda answer, reference: None, edges=(), seconds=60.0)
        device.forget()
        lines.append(f"{result.ratio:.3f} ({result.low:.3f} to {result.high:.3f}), {result.pairs}, {result.device}")
    return lines


def sharing() -> Observed:
    """Say whether this process gives a handle of its memory, and whether workers open it, behind walls and without."""
    device = gpu.require_gpu()
    block = device.allocate(64 << 20)
    handle = device.share(block)
    handles: Observed = {"this process gives a handle": handle is not None}
    if handle is None:
        return handles
    layout = (1, ("tuple", []), ("tuple", []), (), ())
    for tier in (Isolation.SELF, Isolation.SEALED):
        with contextlib.suppress(UnavailableError), contextlib.closing(launcher_for(tier)) as launcher:
            channel = launcher.open("torch", LIMITS)
            decode(channel.ask(encode(("load", "check", {}, "torch", 1, ())), 120.0))
            request = encode(("device_allocate", device.where, layout, handle))
            handles[f"a worker of the tier {tier} opens it"] = str(decode(channel.ask(request, 60.0)))
            channel.close()
    return handles


def main() -> int:
    """Run all parts, and return the exit code: 1 if a part failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=9.0, help="no part is begun after so many")
    parser.add_argument("--skip", action="append", default=[], metavar="WORD", help="leave out parts with this word")
    options = parser.parse_args()
    until = time.monotonic() + 60 * options.minutes
    import torch

    if not torch.cuda.is_available():
        print("no GPU that torch can use: nothing to check here")
        return 0
    name = torch.cuda.get_device_name(0)
    versions = {"python": sys.version.split()[0], "torch": torch.__version__, "cuda": torch.version.cuda}
    record: Observed = {"device": name, "day": str(date.today()), "command": " ".join(sys.argv), **versions}
    run_parts(Checks(record, until, options.skip))
    RECORDS.mkdir(exist_ok=True)
    path = RECORDS / f"gpu_{'_'.join(name.lower().split())}_{date.today()}.json"
    path.write_text(json.dumps(record, indent=2, default=str) + "\n", encoding="utf-8")
    print(f"written: {path}")
    print("thresholds are written by: grade calibrate UNIT --gpu")
    return int(any(type(value) is dict and "failed" in value for value in record.values()))


def run_parts(checks: Checks) -> None:
    """Run all parts, the quick ones first."""
    course = load_course(ROOT)
    checks.part("driver", driver)
    checks.part("CUDA in a worker", starting)
    checks.part("escape_tests", escape_tests)
    checks.part("CUDA IPC", sharing)
    tasks = timed_tasks(course)
    for unit, task in tasks:
        for dtype in DTYPES:
            checks.part(f"right: {task.name}, {dtype}", lambda u=unit, t=task, d=dtype: is_right(course, u, t, d))
    tier = (
        Isolation.SEALED if "('ok'" in checks.record.get("CUDA in a worker", {}).get("sealed", "") else Isolation.SELF
    )
    checks.record["tier of the races"] = tier
    checks.part("graded", lambda: graded(course, tier))
    checks.part("cheats", lambda: cheated(tier))
    with contextlib.closing(launcher_for(tier)) as launcher:
        for unit, task in tasks:
            checks.part(f"ratios: {task.name}", lambda u=unit, t=task: ratios(course, u, t, "float32", launcher))
        for unit, task in tasks:
            checks.part(f"stability: {task.name}", lambda u=unit, t=task: stability(course, u, t, launcher))


if __name__ == "__main__":
    sys.exit(main())
