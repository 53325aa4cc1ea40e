"""`grade run`: test units and tasks."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from grader.cli.failures import INTERRUPTED
from grader.cli.place import Place, pass_place

if TYPE_CHECKING:
    from grader.cli.screen import Screen
    from grader.cli.watching import Run
    from grader.course.registry import Course, Unit
    from grader.judge.protocol import Job


@click.command()
@click.argument("names", nargs=-1, metavar="[UNIT|TASK]...")
@click.option("--all", "everything", is_flag=True, help="Test every unit of the course.")
@click.option("--verbose", "-v", is_flag=True, help="List every test by name, even of tasks that pass.")
@click.option("--json", "as_json", is_flag=True, help="Print the records as JSON, nothing else.")
@click.option("--hidden", is_flag=True, help="Authors: run the hidden tests too.")
@click.option("--solutions", is_flag=True, help="Authors: run the solutions instead of the stubs.")
@pass_place
def run(  # noqa: PLR0917 (click hands over one argument for each option)
    place: Place, names: tuple[str, ...], everything: bool, verbose: bool, as_json: bool, hidden: bool, solutions: bool
) -> int:
    """Test your work.

    UNIT is the name of a unit, TASK the name of a function in it. Without names, every unit that you have begun is
    tested. The exit code is 0 if all tests passed and 1 if not.

    \b
    Example:
      grade run step
    """
    from grader.cli.screen import Screen
    from grader.cli.testing import Subject, jobs_for

    course, screen = place.course, Screen()
    subject = Subject(hidden=hidden, solutions=solutions)
    runs: list[tuple[Unit, Run]] = []
    for job in jobs_for(course, names, subject, everything=everything):
        runs.append(_one_unit(course, screen, job, subject.is_own, verbose=verbose, quiet=as_json))
        if runs[-1][1].interrupted:
            break
    if as_json:
        _print_json(runs)
    return _exit_code([each for _, each in runs])


def _one_unit(
    course: "Course", screen: "Screen", job: "Job", is_own: bool, *, verbose: bool, quiet: bool
) -> "tuple[Unit, Run]":
    """Run one unit; print the report unless `quiet`, and save the results of the student's own work."""
    from grader.cli.memory import remember
    from grader.cli.watching import watched

    unit = course.unit(job.unit)
    outcome = watched(screen, course, job, quiet=quiet)
    if is_own:
        remember(course, unit, job.submission.files, outcome.tests)
    if not quiet:
        _print_refused(screen, unit, job)
        _print_report(course, screen, unit, outcome, is_own=is_own, verbose=verbose)
    return unit, outcome


def _print_report(
    course: "Course", screen: "Screen", unit: "Unit", outcome: "Run", *, is_own: bool, verbose: bool
) -> None:
    from grader.report.student import unit_report

    tasks = {test.task for test in outcome.tests}
    more = sum(course.hidden_points.get(f"{unit.name}.{task}", 0) for task in tasks)
    if outcome.tests:
        screen.say(unit_report(unit, outcome.tests, screen.marks, screen.width, hidden_points=more, every_test=verbose))
    else:
        screen.say(f"{unit.name}: no test has ended" if outcome.interrupted else f"{unit.name}: no tests for this")
    if outcome.interrupted:
        screen.say("\ninterrupted: the tests after these did not run", style="yellow")
    elif is_own and outcome.tests:
        _print_next(course, screen, unit, tasks)
    screen.say()


def _print_refused(screen: "Screen", unit: "Unit", job: "Job") -> None:
    """Report imports that will not be available in grading; tasks that use them earn nothing."""
    from grader.cli.student_files import refused_in, tell_refused

    if found := refused_in(unit, job.submission.files):
        tell_refused(screen, unit, found)
        screen.say()


def _print_next(course: "Course", screen: "Screen", unit: "Unit", ran: set[str]) -> None:
    from grader.cli.advice import next_step
    from grader.cli.memory import progress_of

    tasks = progress_of(course).tasks
    known = [memory.tests for task in unit.tasks if (memory := tasks.get(f"{unit.name}.{task.name}"))]
    screen.tell(f"\nnext: {next_step(course, unit, [test for tests in known for test in tests], ran)}")


def _print_json(runs: "Sequence[tuple[Unit, Run]]") -> None:
    import msgspec

    from grader.report.feedback import measured

    units = [
        {
            "unit": unit.name,
            "earned": sum(test.earned for test in outcome.tests),
            "points": measured(outcome.tests),
            "interrupted": outcome.interrupted,
            "tests": outcome.tests,
        }
        for unit, outcome in runs
    ]
    passed = _exit_code([outcome for _, outcome in runs]) == 0
    click.echo(msgspec.json.format(msgspec.json.encode({"passed": passed, "units": units}), indent=2))


def _exit_code(runs: "Sequence[Run]") -> int:
    from grader.report.student import is_done

    if any(each.interrupted for each in runs):
        return INTERRUPTED
    return 0 if runs and all(is_done(each.tests) for each in runs) else 1
