"""Reports of `grade check`: mistakes that visible tests miss (`--visible`), points lost elsewhere (`--collateral`).

The measurements are those of `grader.proof.visible` and `grader.proof.collateral`.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from grader.cli.screen import Screen

if TYPE_CHECKING:
    from grader.course.registry import Course
    from grader.records.proof import Collateral, UnitTrial, VisibleMisconceptions


def check_visible(course: "Course", units: Sequence[str], *, sample: int | None, as_json: bool) -> int:
    """Run the visible tests on misconceptions and mutants, and print what they fail.

    Returns
    -------
    int
        0 if they fail enough in every unit, else 1.
    """
    from grader.proof.visible import visible_misconceptions, visible_mutants

    screen = Screen()
    with screen.waiting("running the visible tests") as show_step:
        misconceptions = visible_misconceptions(course, units, show_step)
        trials = visible_mutants(course, units, show_step, sample=sample)
    if as_json:
        print_json(misconceptions_data(misconceptions) | _mutants_data(course, trials))
    else:
        for trial in trials:
            _print_survivors(course, screen, misconceptions[trial.unit], trial)
        for trial in trials:
            screen.paragraph(visible_line(trial.unit, misconceptions[trial.unit], trial))
    return 0 if all(count.is_enough for count in misconceptions.values()) and all(map(_is_enough, trials)) else 1


def misconceptions_data(counts: "dict[str, VisibleMisconceptions]") -> dict[str, Any]:
    """Return the counts of misconceptions by unit for JSON."""
    return {"visible_misconceptions": counts}


def visible_line(unit: str, misconceptions: "VisibleMisconceptions", trial: "UnitTrial | None" = None) -> str:
    """Return the counts of one unit in one sentence."""
    from grader.records.proof import ENOUGH_VISIBLE_MISCONCEPTIONS, ENOUGH_VISIBLE_MUTANTS, MutantStatus

    counts = [f"{misconceptions.failed} of {misconceptions.of} misconceptions"]
    aims = [f"{ENOUGH_VISIBLE_MISCONCEPTIONS:g} %"]
    if trial is not None:
        able = len(trial.results) - trial.count(MutantStatus.EQUIVALENT)
        counts.append(f"{trial.count(MutantStatus.KILLED)} of {able} mutants")
        aims.append(f"{ENOUGH_VISIBLE_MUTANTS:g} %")
    return f"{unit}: visible tests alone fail {', '.join(counts)} (aim {' / '.join(aims)})"


def print_json(fields: dict[str, Any]) -> None:
    """Print these fields as one JSON document."""
    import click
    import msgspec

    click.echo(msgspec.json.encode(fields).decode())


def _mutants_data(course: "Course", trials: "Sequence[UnitTrial]") -> dict[str, Any]:
    from grader.report.mutants import figures

    by_unit = {trial.unit: figures(course, trial) for trial in trials}
    counts = {
        unit: {"failed": row.killed, "of": row.mutants - row.equivalent, "survivors": row.survivors}
        for unit, row in by_unit.items()
    }
    return {"visible_mutants": counts}


def _is_enough(trial: "UnitTrial") -> bool:
    from grader.records.proof import ENOUGH_VISIBLE_MUTANTS

    return trial.percent >= ENOUGH_VISIBLE_MUTANTS


def _print_survivors(
    course: "Course", screen: Screen, misconceptions: "VisibleMisconceptions", trial: "UnitTrial"
) -> None:
    from grader.report.mutants import survivor_lines, unnoticed

    for survivor in unnoticed(trial):
        for line in survivor_lines(course, survivor, screen.width):
            screen.print(line)
    for name in misconceptions.survivors:
        screen.print(f"misconception {name}", style="bold")
    if misconceptions.survivors or unnoticed(trial):
        screen.print()


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
