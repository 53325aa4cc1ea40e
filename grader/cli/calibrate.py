"""`grade calibrate`: set the thresholds of timed tasks."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from grader.cli.place import Place, pass_place, shown

DTYPES = ("float32", "bfloat16")

if TYPE_CHECKING:
    from grader.records.speeds import Measurement
    from grader.timing.calibrate import Calibrated


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
    screen.say(f"{chosen} tier, " + ("this machine's GPU" if gpu else f"one thread of {cpu_name()}"))
    with screen.waiting("measuring") as tell:
        found = measure(course, unit, tasks, chosen, tell, gpu=(dtypes or DTYPES[:1]) if gpu else ())
    for each in found:
        screen.say(f"\n{each.task}, {each.kind}", style="bold")
        for line in lines_of(each):
            screen.tell(line, indent=2)
    screen.say(f"\nwritten: {shown(layout.tiers(course.root, unit))}")
    return 0


def lines_of(each: "Calibrated") -> list[str]:
    """Return the lines that show a task's measurements and thresholds."""
    from grader.course.medals import ratio_text

    entry = each.thresholds
    tiers = ", ".join(f"{name} {ratio_text(getattr(entry, name))}" for name in ("gold", "silver", "bronze"))
    call = 1000 * each.solution[0].reference_seconds
    on_cpu = each.kind == "cpu"
    return [
        f"torch: {call:.1f} ms of CPU time a call" if on_cpu else f"torch: {call:.3f} ms a call on {entry.device}",
        f"solution: {_rounds(each.solution)}",
        f"naive: {_rounds(each.naive)}",
        f"tiers: {tiers}",
    ]


def _rounds(rounds: "Sequence[Measurement]") -> str:
    from grader.course.medals import ratio_text

    told = (f"{ratio_text(each.ratio)} ({ratio_text(each.low)} to {ratio_text(each.high)})" for each in rounds)
    return ", ".join(told) + " x torch's time"
