"""Measurements of suites: `grade mutants`, and `grade check` with `--visible` or `--collateral`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from grader.cli.place import Place, pass_place

if TYPE_CHECKING:
    from grader.cli.screen import Screen
    from grader.course.registry import Course
    from grader.records.proof import Collateral, UnitTrial, VisibleMisconceptions


@click.command()
@click.argument("units", metavar="[UNIT]...", nargs=-1)
@click.option("--task", default="", metavar="TASK", help="Only mutants of this task's solution.")
@click.option("--only", multiple=True, metavar="MUTANT", help="Only this mutant; may be given several times.")
@click.option("--operator", "operators", multiple=True, metavar="NAME", help="Only this kind of mistake; repeatable.")
@click.option(
    "--draw", metavar="N", type=click.IntRange(min=1), help="Write N of --task's mutants down for students' tests."
)
@click.option("--limit", default=20, show_default=True, metavar="N", help="Survivors shown per unit; 0 shows all.")
@click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    help="Mutants at a time; by default one per core that may be used.",
)
@click.option("--json", "as_json", is_flag=True, help="Print figures and survivors as JSON, nothing else.")
@pass_place
def mutants(  # noqa: PLR0917 (click hands over one argument for each option)
    place: Place,
    units: tuple[str, ...],
    task: str,
    only: tuple[str, ...],
    operators: tuple[str, ...],
    draw: int | None,
    limit: int,
    jobs: int | None,
    as_json: bool,
) -> int:
    """Run the suites on mutants of the solutions.

    A mutant is a solution with one small mistake: another operator, constant, axis or sign, or a missing term. A hidden
    test should notice it. The exit code is 0 only if every suite notices 98 % of them. Mutants that no test can notice
    are listed in tests/hidden/UNIT/equivalents.toml, each with a reason.

    An operator is the middle part of a mutant's name.

    \b
    Examples:
      grade mutants perceptron
      grade mutants perceptron --operator cache --operator buffer
      grade mutants --task predict --draw 5
    """
    from grader.cli.screen import Screen
    from grader.report.mutants import figures, is_enough

    screen = Screen()
    if draw is not None:
        return _draw(place.course, screen, task, draw)
    trials = _tried(place.course, screen, units, jobs=jobs, task=task, only=only, operators=operators)
    if as_json:
        print_json({"units": [figures(place.course, trial) for trial in trials]})
    else:
        for trial in trials:
            _print_survivors(place.course, screen, trial, limit)
        _print_figures(screen, trials)
    return 0 if all(map(is_enough, trials)) else 1


def _draw(course: "Course", screen: "Screen", task: str, count: int) -> int:
    """Write mutants of a task down, on which students' own tests are tried."""
    from grader.proof.mutants_for_tests import draw_mutants

    if not task:
        raise click.UsageError("--draw writes mutants of one task: give --task as well")
    with screen.progress() as progress:
        bar = progress.add_task("mutants", total=None)
        path = draw_mutants(course, task, count, lambda done, total: progress.update(bar, completed=done, total=total))
    screen.print(f"written: {path.relative_to(course.root)}")
    return 0


def _tried(
    course: "Course", screen: "Screen", units: Sequence[str], *, jobs: int | None, **chosen: Any
) -> "list[UnitTrial]":
    from grader.proof.mutants import try_mutants

    with screen.progress() as progress:
        bar = progress.add_task("starting", total=None)

        def show(done: int, total: int) -> None:
            progress.update(bar, completed=done, total=total, description="mutants" if done else "trying the solutions")

        return try_mutants(course, units, jobs=jobs, on_run=show, **chosen)


def _print_survivors(course: "Course", screen: "Screen", trial: "UnitTrial", limit: int) -> None:
    from grader.report.mutants import survivor_lines, unnoticed

    survivors = unnoticed(trial)
    shown = survivors[: limit or None]
    for survivor in shown:
        for line in survivor_lines(course, survivor, screen.width):
            screen.print(line)
    if len(shown) < len(survivors):
        screen.paragraph(f"and {len(survivors) - len(shown)} more: grade mutants {trial.unit} --limit 0")
    for problem in trial.problems:
        screen.paragraph(problem, style="red")
    if survivors or trial.problems:
        screen.print()


def _print_figures(screen: "Screen", trials: "Sequence[UnitTrial]") -> None:
    from grader.report.mutants import figures_table, is_enough, unnoticed

    screen.draw(figures_table(trials))
    screen.print()
    left = next((survivor for trial in trials for survivor in unnoticed(trial)), None)
    if left is not None:
        screen.print(f"next: write a test for it, then: grade mutants {left.mutant.unit} --only {left.mutant.id}")
    elif all(map(is_enough, trials)):
        screen.paragraph("every mutant that can be noticed is", style="green")
    else:
        screen.print("next: correct the list of equivalent mutants, then: grade mutants")


def check_visible(course: "Course", units: Sequence[str], *, sample: int | None, as_json: bool) -> int:
    """Run the visible tests on misconceptions and mutants, and print what they fail.

    Returns
    -------
    int
        0 if they fail enough in every unit, else 1.
    """
    from grader.cli.screen import Screen
    from grader.proof.visible import visible_misconceptions, visible_mutants

    screen = Screen()
    with screen.waiting("running the visible tests") as show_step:
        misconceptions = visible_misconceptions(course, units, show_step)
        trials = visible_mutants(course, units, show_step, sample=sample)
    if as_json:
        print_json(misconceptions_data(misconceptions) | _mutants_data(course, trials))
    else:
        for trial in trials:
            _print_missed(course, screen, misconceptions[trial.unit], trial)
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


def _print_missed(
    course: "Course", screen: "Screen", misconceptions: "VisibleMisconceptions", trial: "UnitTrial"
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
    from grader.cli.screen import Screen
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


def _print_costly(screen: "Screen", unit: "Collateral") -> None:
    """Print the misconceptions that still cost points in other tasks, beside backward passes of their own."""
    costly = [cost for cost in unit.costs if cost.elsewhere]
    for cost in costly:
        screen.print(f"misconception {unit.unit}.{cost.name} of {cost.task}", style="bold")
        screen.paragraph(", ".join(f"{task} {points:g}" for task, points in cost.elsewhere.items()), indent=2)
    if costly:
        screen.print()
