"""What `grade check --collateral` says: the points that one mistake costs in tasks other than its own."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from grader.cli.screen import Screen
from grader.cli.visible import print_json

if TYPE_CHECKING:
    from grader.course.registry import Course
    from grader.records.proof import Collateral


def check_collateral(course: "Course", units: Sequence[str], *, as_json: bool) -> int:
    """Grade every misconception, and print the points that it costs in tasks other than its own.

    Returns
    -------
    int
        0 if these are few enough in every unit, else 1.
    """
    from grader.proof.collateral import measure_collateral

    screen = Screen()
    with screen.waiting("grading every misconception") as show_step:
        measured = measure_collateral(course, units, show_step)
    if as_json:
        print_json({"collateral": {unit.unit: unit for unit in measured}})
    else:
        for unit in measured:
            _print_costly(screen, unit)
        for unit in measured:
            screen.paragraph(collateral_line(unit))
    return 0 if all(unit.is_low for unit in measured) else 1


def collateral_line(unit: "Collateral") -> str:
    """Return the points of one unit in one sentence."""
    from grader.records.proof import MOST_COLLATERAL

    pairs = f", {unit.pairs:g} more in backward passes of wrong forward passes" if unit.pairs else ""
    return (
        f"{unit.unit}: {unit.misconceptions} misconceptions cost {unit.lost:g} points in their own tasks, and "
        f"{unit.after:g} of {unit.points:g} in those that call them ({unit.percent:.1f} %, aim {MOST_COLLATERAL:g} %)"
        f"{pairs}; without second chances {unit.before:g}"
    )


def _print_costly(screen: Screen, unit: "Collateral") -> None:
    """Print the misconceptions that still cost points in other tasks, beside backward passes of their own."""
    costly = [cost for cost in unit.costs if cost.elsewhere]
    for cost in costly:
        screen.print(f"misconception {unit.unit}.{cost.name} of {cost.task}", style="bold")
        screen.paragraph(", ".join(f"{task} {points:g}" for task, points in cost.elsewhere.items()), indent=2)
    if costly:
        screen.print()
