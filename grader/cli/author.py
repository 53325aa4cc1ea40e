"""`grade build`, `grade check` and `grade new`: commands for course authors."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from grader.cli.place import Place, pass_place, shown

if TYPE_CHECKING:
    from rich.table import Table

    from grader.cli.screen import Screen
    from grader.course.registry import Course, Unit
    from grader.proof.check import Proof
    from grader.records.proof import Problem


@click.command()
@pass_place
def build(place: Place) -> int:
    """Generate the stubs from the solutions.

    Also updates the generated parts of handouts, their pictures, and the students' copies of milestones.

    \b
    Example:
      grade build
    """
    from grader.cli.screen import Screen
    from grader.course.cut import build_exercises

    screen = Screen()
    written = build_exercises(place.course.root, place.course)
    for path in written:
        screen.print(f"written: {shown(path)}")
    if not written:
        screen.print("everything in exercises/ is up to date")
    return 0


@click.command()
@click.argument("unit", required=False, default="")
@click.option(
    "--task",
    "tasks",
    multiple=True,
    metavar="NAME",
    help="Name of a task, or UNIT.NAME in an existing unit; may be given several times.",
)
@click.option("--file", default="", metavar="FILE", help="File for the tasks, without .py.")
@pass_place
def new(place: Place, unit: str, tasks: tuple[str, ...], file: str) -> int:
    """Create a new unit, or new tasks in a unit.

    A task gets an entry in unit.toml, a marked solution, a visible and a hidden test, a misconception, two variants and
    a place in the handout. All of it works at once, and grade check lists what is left to write. Existing content is
    kept.

    \b
    Examples:
      grade new attention --file attention --task scores --task attend
      grade new --task convolution.dilate --file conv
    """
    from grader.cli.screen import Screen
    from grader.course.scaffold import new_tasks, new_unit

    screen, course = Screen(), place.course
    name, names = unit or _unit_of(place, tasks), [task.rpartition(".")[2] for task in tasks]
    _refuse_other_units(name, tasks)
    known = name in [unit.name for unit in course.units]
    if tasks and (known or not unit):
        written = new_tasks(course, name, names, file)
    else:
        written = new_unit(course, name, names, file)
    for path in written:
        screen.print(f"written: {shown(path)}")
    screen.print(f"\nnext: grade check --unit {name}")
    return 0


def _unit_of(place: Place, tasks: Sequence[str]) -> str:
    """Return the unit named by the tasks, or else the unit of the current folder."""
    from grader.course import layout

    named = [task.partition(".")[0] for task in tasks if "." in task]
    if named:
        return named[0]
    root, start = place.course.root, place.start.resolve()
    for unit in place.course.units if tasks else ():
        folders = (layout.exercises(root, unit.name), layout.solutions(root, unit.name), layout.hidden(root, unit.name))
        if any(start.is_relative_to(folder) for folder in folders):
            return unit.name
    raise click.UsageError("which unit? grade new UNIT begins one, grade new --task UNIT.NAME a task of one")


def _refuse_other_units(unit: str, tasks: Sequence[str]) -> None:
    for task in tasks:
        if "." in task and task.partition(".")[0] != unit:
            raise click.UsageError(f"{task} is no task of {unit}: all tasks of one command belong to one unit")


@click.command()
@click.option("--unit", "units", multiple=True, metavar="UNIT", help="Only this unit; may be given several times.")
@click.option("--points", "by_task", is_flag=True, help="Print the points of every task, not only of units.")
@click.option("--visible", is_flag=True, help="Only count the misconceptions and mutants that the visible tests fail.")
@click.option(
    "--sample", metavar="N", type=click.IntRange(min=1), help="With --visible: at most N mutants of each unit."
)
@click.option("--collateral", is_flag=True, help="Only measure what each misconception costs in tasks that call it.")
@click.option(
    "--jobs", metavar="N", type=click.IntRange(min=1), help="Units at a time; by default one per core that may be used."
)
@click.option("--anew", is_flag=True, help="Prove units, too, that have not changed since they were proven.")
@click.option("--json", "as_json", is_flag=True, help="Print counts, problems and measurements as JSON, nothing else.")
@pass_place
def check(
    place: Place,
    units: tuple[str, ...],
    *,
    by_task: bool,
    visible: bool,
    sample: int | None,
    collateral: bool,
    jobs: int | None,
    anew: bool,
    as_json: bool,
) -> int:
    """Check that the files are consistent and the tests work.

    Runs the suites on the stubs, which must earn nothing; on the solutions, which must earn everything; on every
    misconception, which must fail and be named; and on every variant, another right answer, which must earn everything
    in half of its task's time limit. Trivial answers (zeros, ones, NaN, the call's own arguments) may earn only what
    trivial.toml lists with a reason. The exit code is 0 only if there are no problems.

    The proof of a unit without problems is kept in .deepgrade/proofs, and used again until a file of the unit, the
    course's secret, the engine or a library changes. --anew does without.

    With --visible, it only runs the visible tests alone, on every misconception and every mutant of the solutions, and
    lists those that pass. The exit code is 0 only if 85 % of the misconceptions and 70 % of the mutants fail. Some
    hundred mutants take minutes: --sample 100 draws as many, the same ones in every run.

    With --collateral, it only grades each misconception in an otherwise right submission, and prints the points that it
    costs in tasks other than its own. The exit code is 0 only if these are at most 2 % of the points there.

    \b
    Examples:
      grade check --unit perceptron
      grade check --anew
      grade check --visible --unit perceptron
      grade check --collateral --json
    """
    from grader.cli.measurements import check_collateral, check_visible
    from grader.cli.screen import Screen
    from grader.course.lint import counts
    from grader.metering.processes import usable_cores

    course, screen = place.course, Screen()
    chosen, jobs = [course.unit(unit).name for unit in units], jobs or usable_cores()
    if visible and collateral:
        raise click.UsageError("--visible and --collateral are two measurements: give one of them")
    if sample and not visible:
        raise click.UsageError("--sample says how many mutants --visible runs: give both")
    if visible:
        return check_visible(course, chosen, sample=sample, as_json=as_json)
    if collateral:
        return check_collateral(course, chosen, as_json=as_json)
    problems, proof = _proved(course, chosen, screen, jobs=jobs, anew=anew, quiet=as_json)
    figures = counts(course)
    if as_json:
        _print_json(figures, problems, proof)
    else:
        _print_problems(screen, problems)
        _print_proof(screen, course, proof, by_task=by_task)
        _print_summary(screen, figures, len(problems))
    return 1 if problems else 0


def _print_proof(screen: "Screen", course: "Course", proof: "Proof", *, by_task: bool) -> None:
    from grader.cli.measurements import visible_line

    for task, reason in proof.not_run.items():
        screen.paragraph(f"{task} was not run: {reason}", style="yellow")
    if proof.points:
        screen.draw(worth_table(course, proof, by_task=by_task))
        screen.print()
    for unit, misconceptions in proof.visible_misconceptions.items():
        screen.paragraph(visible_line(unit, misconceptions))
    _print_measured(screen, proof)


def _proved(
    course: "Course", units: Sequence[str], screen: "Screen", *, jobs: int, anew: bool, quiet: bool
) -> "tuple[list[Problem], Proof]":
    """Return the problems found by the lint and then by running the suites, and the proof itself."""
    from grader.course.lint import lint
    from grader.errors import CourseError
    from grader.proof.check import Proof, prove
    from grader.records.proof import Problem

    problems = [problem for problem in lint(course) if _is_about(course, problem, units)]
    try:
        if quiet:
            proof = prove(course, units, jobs=jobs, anew=anew)
        else:
            with screen.waiting("proving the suites") as update:
                proof = prove(course, units, update, jobs=jobs, anew=anew)
    except CourseError as error:
        if not problems:
            raise
        return [*problems, Problem("suites", f"were not run: {error.message}")], Proof((), {}, (), {})
    return [*problems, *proof.problems], proof


def _is_about(course: "Course", problem: "Problem", units: Sequence[str]) -> bool:
    """Return whether a problem is about one of these units, or about none in particular."""
    others = {unit.name for unit in course.units} - set(units) if units else set()
    parts = problem.where.replace(".", "/").replace(",", "/").split("/")
    return not others.intersection(parts)


def _print_json(figures: dict[str, int], problems: "Sequence[Problem]", proof: "Proof") -> None:
    from grader.cli.measurements import misconceptions_data, print_json

    names = ("units", "tasks", "hidden_tests", "misconceptions", "variants")
    data = {"problems": problems, "not_run": proof.not_run, "slowest": proof.slowest}
    data |= {"without_work": proof.trivial, "cpu_seconds": proof.cpu_seconds}
    data |= {"points": proof.points, "visible_points": proof.visible_points}
    data |= misconceptions_data(proof.visible_misconceptions)
    print_json({name: figures[name] for name in names} | data)


def _print_measured(screen: "Screen", proof: "Proof") -> None:
    """Print the slowest right answers and their limits, the points of trivial answers, and the time of each step."""
    width = max(map(len, proof.slowest), default=0)
    if proof.slowest:
        screen.print("CPU time of the slowest right answers, of their limits", style="bold")
    for unit, slowest in proof.slowest.items():
        call, test = slowest.call.call_seconds, slowest.test.test_seconds
        screen.print(
            f"  {unit:{width}}  call {call:4.1f} of {slowest.call_limit:g} s,  test {test:4.1f} of "
            f"{slowest.test_limit:g} s,  all {slowest.submission_seconds:4.1f} of {slowest.submission_limit:g} s"
        )
    listed = [answer for answers in proof.trivial.values() for answer in answers if answer.reason]
    points = sum(max(answer.points.values()) for answer in listed)
    if listed:
        screen.paragraph(
            f"answers without work earn {points:g} points, with a reason, in {_counted(len(listed), 'tests')}"
        )
    steps = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in proof.cpu_seconds.items() if seconds >= 1)
    if steps:
        screen.paragraph(f"CPU time of these proofs: {steps}")


def _print_problems(screen: "Screen", problems: "Sequence[Problem]") -> None:
    """Print the problems, grouped by file."""
    for where in dict.fromkeys(problem.where for problem in problems):
        screen.print(where, style="bold")
        for problem in problems:
            if problem.where == where:
                screen.paragraph(problem.what, indent=2)
        screen.print()


def _counted(count: int, plural: str) -> str:
    return f"{count} {plural if count != 1 else plural.removesuffix('s')}"


def _print_summary(screen: "Screen", figures: dict[str, int], problems: int) -> None:
    counted = ", ".join(_counted(figures[name], name.replace("_", " ")) for name in figures)
    verdict = _counted(problems, "problems") if problems else "no problems"
    screen.paragraph(f"{counted}: {verdict}", style="red" if problems else "green")


def worth_table(course: "Course", proof: "Proof", *, by_task: bool) -> "Table":
    """Return a table with a line per proved unit.

    Parameters
    ----------
    course : Course
    proof : Proof
    by_task : bool
        Whether to add a line per task.
    """
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("points", no_wrap=True)
    for name in ("minutes", "visible", "hidden", "together"):
        table.add_column(name, justify="right")
    for unit in course.units:
        known = [task for task in unit.tasks if f"{unit.name}.{task.name}" in proof.points]
        if not known:
            continue
        table.add_row(unit.name, *_figures(unit, proof, {task.name for task in known}), style="bold" if by_task else "")
        for task in known if by_task else ():
            table.add_row(f"  {task.name}", *_figures(unit, proof, {task.name}))
    return table


def _figures(unit: "Unit", proof: "Proof", names: set[str]) -> list[str]:
    """Return the columns: minutes, points of visible tests, of hidden tests, of both."""
    points = unit.worth({name: proof.points[f"{unit.name}.{name}"] for name in names})
    visible = unit.worth({name: proof.visible_points.get(f"{unit.name}.{name}", 0.0) for name in names})
    minutes = sum(task.minutes for task in unit.tasks if task.name in names)
    return [str(minutes), *(f"{value:g}" for value in (visible, points - visible, points))]
