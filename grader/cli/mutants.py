"""`grade mutants`: mutation testing of the hidden suites."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from grader.cli.place import Place, pass_place

if TYPE_CHECKING:
    from grader.cli.screen import Screen
    from grader.course.registry import Course
    from grader.records.proof import UnitTrial


@click.command()
@click.argument("units", metavar="[UNIT]...", nargs=-1)
@click.option("--task", default="", metavar="TASK", help="Only mutants of this task's solution.")
@click.option("--only", multiple=True, metavar="MUTANT", help="Only this mutant; may be given several times.")
@click.option("--operator", "operators", multiple=True, metavar="NAME", help="Only this kind of mistake; repeatable.")
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
    """
    from grader.cli.screen import Screen
    from grader.report.mutants import figures, is_enough

    screen = Screen()
    trials = _tried(place.course, screen, units, jobs=jobs, task=task, only=only, operators=operators)
    if as_json:
        _print_json([figures(place.course, trial) for trial in trials])
    else:
        for trial in trials:
            _print_survivors(place.course, screen, trial, limit)
        _print_figures(screen, trials)
    return 0 if all(map(is_enough, trials)) else 1


def _tried(
    course: "Course", screen: "Screen", units: Sequence[str], *, jobs: int | None, **chosen: Any
) -> "list[UnitTrial]":
    from grader.proof.mutants import try_mutants

    with screen.progress() as progress:
        bar = progress.add_task("starting", total=None)

        def show(done: int, total: int) -> None:
            progress.update(bar, completed=done, total=total, description="mutants" if done else "trying the solutions")

        return try_mutants(course, units, jobs=jobs, on_run=show, **chosen)


def _print_json(units: Sequence[object]) -> None:
    import msgspec

    click.echo(msgspec.json.encode({"units": units}).decode())


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
