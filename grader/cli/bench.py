"""`grade bench` and `grade calibrate`: time the timed tasks of a unit, set their thresholds."""

import contextlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.place import Place, pass_place, shown

if TYPE_CHECKING:
    from grader.cli.screen import Screen
    from grader.course.medals import Edges, Timed
    from grader.course.registry import Course, Task, Unit
    from grader.records.speeds import Measurement
    from grader.timing.bench import Announce, Bench, NotTimed
    from grader.timing.calibrate import Calibrated

CPU, GPU = "cpu", "gpu_float32"  # keys of their thresholds
DTYPES = ("float32", "bfloat16")


@click.command()
@click.argument("unit", metavar="[UNIT|TASK]", default="")
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Also draw the chart: UNIT-speed.png and .svg in DIR.",
)
@click.option("--gpu", is_flag=True, help="Use this machine's GPU instead of one CPU thread.")
@click.option("--solutions", is_flag=True, help="Authors: time the solutions.")
@pass_place
def bench(place: Place, unit: str, out: Path | None, *, gpu: bool, solutions: bool) -> int:
    """Time a unit's fast tasks.

    Shows your time next to that of torch, the naive version and the roofline, the lower bound on this machine. Answers
    are checked first: wrong ones are not timed. Without UNIT, it is the one that you are at. The exit code is 0 if
    every task was timed.

    \b
    Examples:
      grade bench activations --out pictures
      grade bench activations --gpu
    """
    from grader.cli.at_hand import unit_at_hand
    from grader.cli.screen import Screen
    from grader.cli.student_files import texts_in
    from grader.cli.testing import Subject, find
    from grader.course.registry import known_edges

    course, screen = place.course, Screen()
    chosen, only = find(course, unit) if unit else (unit_at_hand(place), None)
    subject = Subject(solutions=solutions)
    subject.require(course)
    written, unwritten = _tasks(course, chosen, only, gpu=gpu, everything=solutions)
    kind = GPU if gpu else CPU
    edges = {task: devices[kind] for task, devices in known_edges(course, chosen.name).items() if kind in devices}
    files = texts_in(subject.folder(course, chosen), chosen)
    with _bench(course, chosen, files, edges, gpu=gpu) as measuring, _progress(screen, len(written)) as announce:
        results = measuring.timed(written, announce)
    name = "solution" if solutions else "yours"
    timed = _report(screen, results, unwritten, name, on_the_wall=sys.platform != "linux" and not gpu)
    if not solutions:
        _remember(course, chosen, timed)
    if out is not None and timed:
        _draw(screen, chosen, timed, out.absolute(), name)
    return int(len(timed) < len(results))


def _tasks(
    course: "Course", unit: "Unit", only: "Task | None", *, gpu: bool, everything: bool
) -> "tuple[list[Task], list[Task]]":
    """Return the requested timed tasks, separated into written and unwritten ones.

    Raises
    ------
    NotFoundError
        If none of them is timed.
    UnavailableError
        If none of the timed ones is written.
    """
    from grader.cli.student_files import is_written
    from grader.errors import NotFoundError, UnavailableError

    wanted = [task for task in (unit.tasks_on_gpu if gpu else unit.timed_tasks) if only is None or task == only]
    if not wanted:
        units = [unit.name for unit in course.units if unit.is_timed]
        raise NotFoundError(
            f"{unit.name if only is None else only.name} is not timed", f"units with timed tasks: {', '.join(units)}"
        )
    written = [task for task in wanted if everything or is_written(course, unit, task)]
    if not written:
        names = ", ".join(task.name for task in wanted)
        files = ", ".join(dict.fromkeys(f"{task.file}.py" for task in wanted))
        raise UnavailableError(
            f"nothing to time yet: {names} in {files} is not written", f"grade hint {wanted[0].name}"
        )
    return written, [task for task in wanted if task not in written]


@contextlib.contextmanager
def _bench(
    course: "Course", unit: "Unit", files: Mapping[str, str], edges: "Mapping[str, Edges]", *, gpu: bool
) -> "Iterator[Bench]":
    from grader.metering.processes import use_one_thread
    from grader.records import Isolation
    from grader.sandbox.launcher import launcher_for
    from grader.timing.bench import Bench

    use_one_thread()
    with contextlib.closing(launcher_for(Isolation.SELF)) as launcher:
        if not gpu:
            yield Bench(course, unit, files, launcher, edges=edges, on_the_wall=sys.platform != "linux")
            return
        from grader.timing.bench import DeviceBench
        from grader.timing.gpu import device_here

        yield DeviceBench(course, unit, files, launcher, edges=edges, device=device_here())


@contextlib.contextmanager
def _progress(screen: "Screen", count: int) -> "Iterator[Announce]":
    """Show a progress bar that advances with every step of every task."""
    from grader.timing.bench import STEPS

    with screen.progress() as progress:
        bar = progress.add_task("starting", total=count * len(STEPS))
        begun = [-1]

        def announce(task: str, step: str) -> None:
            begun[0] += 1
            progress.update(bar, completed=begun[0], description=f"{task}: {step}")

        yield announce


def _report(
    screen: "Screen",
    results: "Sequence[Timed | NotTimed]",
    unwritten: "Sequence[Task]",
    name: str,
    *,
    on_the_wall: bool,
) -> "list[Timed]":
    """Print the results, wrong answers first; return the timed ones."""
    from grader.course.medals import Timed
    from grader.report.speed import speed_report
    from grader.timing.bench import NotTimed

    timed = [result for result in results if isinstance(result, Timed)]
    for result in results:
        if isinstance(result, NotTimed):
            _print_reason(screen, result)
    for result in timed:
        screen.print(speed_report(result, screen.marks, screen.width, name))
        screen.print()
    if on_the_wall and timed:
        screen.paragraph("by the clock on the wall: other programs count too; grading reads the CPU clock, on Linux")
    for task in unwritten:
        screen.paragraph(f"{task.name} is not written yet: grade hint {task.name}")
    return timed


def _remember(course: "Course", unit: "Unit", timed: "Sequence[Timed]") -> None:
    """Keep the speeds for the page of progress."""
    from grader.home.memory import remember_speeds

    words = {f"{unit.name}.{result.task}": f"{result.student.ratio:.2f} x torch's time here" for result in timed}
    if words:
        remember_speeds(course, words)


def _print_reason(screen: "Screen", wrong: "NotTimed") -> None:
    from grader.printable import safe

    feedback = wrong.feedback
    screen.print(f"{wrong.task}: not timed", style="bold")
    rows = {"": feedback.message, "got": feedback.got, "expected": feedback.expected, "differs": feedback.differs}
    for label, text in rows.items():
        if text:
            screen.paragraph(f"{label:<9} {safe(text)}" if label else safe(text), indent=2)
    for line in feedback.where:
        screen.paragraph(safe(line), indent=2)
    advice = "wait for a quiet moment, then the same command" if wrong.noisy else f"grade run {wrong.task}"
    screen.paragraph(advice if wrong.noisy else f"right comes before fast: {advice}", indent=2)
    screen.print()


def _draw(screen: "Screen", unit: "Unit", timed: "Sequence[Timed]", out: Path, name: str) -> None:
    from grader.report.speed import speed_figure, write_pictures

    for path in write_pictures(speed_figure(timed, name), out, f"{unit.name}-speed"):
        screen.print(f"written: {shown(path)}")


@click.command()
@click.argument("unit")
@click.argument("tasks", nargs=-1, metavar="[TASK]...")
@click.option(
    "--tier", type=click.Choice(("sealed", "weak", "self")), help="Isolation tier; by default the strongest here."
)
@click.option("--gpu", is_flag=True, help="Race on this machine's GPU instead of the CPU.")
@click.option(
    "--dtype", "dtypes", multiple=True, type=click.Choice(DTYPES), help="Data type on the GPU; by default float32."
)
@pass_place
def calibrate(
    place: Place, unit: str, tasks: tuple[str, ...], *, tier: str | None, gpu: bool, dtypes: tuple[str, ...]
) -> int:
    """Set the thresholds of a unit's timed tasks.

    Races the solution and the naive version against torch on this machine, in the same way as submissions, three times
    each, and writes the resulting thresholds. On a GPU, two rounds are enough, and the naive version is only timed, not
    raced. Nothing else should be running.

    \b
    Example:
      grade calibrate activations
      grade calibrate activations --gpu --dtype float32 --dtype bfloat16
    """
    from grader.cli.screen import Screen
    from grader.course import layout
    from grader.records import Isolation
    from grader.sandbox.probe import best_tier
    from grader.timing.calibrate import calibrate as measure
    from grader.timing.hardware import cpu_name

    course, screen = place.course, Screen()
    course.unit(unit)
    if dtypes and not gpu:
        raise click.UsageError("--dtype is for races on a GPU: add --gpu")
    chosen = Isolation(tier) if tier else best_tier()
    screen.print(f"{chosen} tier, " + ("this machine's GPU" if gpu else f"one thread of {cpu_name()}"))
    with screen.waiting("measuring") as update:
        calibrated = measure(course, unit, tasks, chosen, update, gpu=(dtypes or DTYPES[:1]) if gpu else ())
    for entry in calibrated:
        screen.print(f"\n{entry.task}, {entry.kind}", style="bold")
        for line in lines_of(entry):
            screen.paragraph(line, indent=2)
    screen.print(f"\nwritten: {shown(layout.tiers(course.root, unit))}")
    return 0


def lines_of(calibrated: "Calibrated") -> list[str]:
    """Return the lines that show a task's measurements and thresholds."""
    from grader.course.medals import ratio_text

    entry = calibrated.thresholds
    tiers = ", ".join(f"{name} {ratio_text(getattr(entry, name))}" for name in ("gold", "silver", "bronze"))
    call = 1000 * calibrated.solution[0].reference_seconds
    on_cpu = calibrated.kind == "cpu"
    return [
        f"torch: {call:.1f} ms of CPU time a call" if on_cpu else f"torch: {call:.3f} ms a call on {entry.device}",
        f"solution: {_rounds(calibrated.solution)}",
        f"naive: {_rounds(calibrated.naive)}",
        f"tiers: {tiers}",
    ]


def _rounds(rounds: "Sequence[Measurement]") -> str:
    from grader.course.medals import ratio_text

    ratios = (f"{ratio_text(race.ratio)} ({ratio_text(race.low)} to {ratio_text(race.high)})" for race in rounds)
    return ", ".join(ratios) + " x torch's time"
