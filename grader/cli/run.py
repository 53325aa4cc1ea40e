"""`grade run` and `grade replay`: test units and tasks, rerun the cases of a failure."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.completion import task_names
from grader.cli.failures import INTERRUPTED
from grader.cli.place import Place, pass_place

if TYPE_CHECKING:
    from grader.cli.screen import Screen
    from grader.cli.testing import Run
    from grader.course.registry import Course, Unit
    from grader.judge.protocol import Job

FILE = click.Path(path_type=Path, dir_okay=False)
FEW = 3  # with more tasks than this, only what is wrong is said before the verdicts
SEED = re.compile(r"[0-9a-f]{1,16}")


@click.command()
@click.argument("names", nargs=-1, metavar="[UNIT|TASK|FILE]...", shell_complete=task_names)
@click.option("--all", "everything", is_flag=True, help="Test every unit of the course.")
@click.option("--verbose", "-v", is_flag=True, help="List every test by name, even of tasks that pass.")
@click.option("--json", "as_json", is_flag=True, help="Print the records as JSON, nothing else.")
@click.option("--classroom50", metavar="FILE", type=FILE, help="Write the points as a result.json of Classroom 50.")
@click.option("--hidden", is_flag=True, help="Authors: run the hidden tests too.")
@click.option("--solutions", is_flag=True, help="Authors: run the solutions instead of the stubs.")
@pass_place
def run(  # noqa: PLR0917 (click hands over one argument for each option)
    place: Place,
    names: tuple[str, ...],
    everything: bool,
    verbose: bool,
    as_json: bool,
    classroom50: Path | None,
    hidden: bool,
    solutions: bool,
) -> int:
    """Test your work.

    UNIT is the name of a unit, TASK the name of a function in it, FILE a file of it. Without names, the unit whose
    folder you are in is tested, or else every unit that you have begun. Where `grade watch` runs, its judge is used.
    The exit code is 0 if all tests passed and 1 if not.

    \b
    Examples:
      grade run step
      grade run exercises/perceptron/neuron.py
    """
    from grader.cli.screen import Screen
    from grader.cli.testing import Subject, jobs_for

    screen = Screen()
    subject = Subject(hidden=hidden, solutions=solutions)
    runs: list[tuple[Unit, Run]] = []
    with _looking(place, screen, is_wanted=subject.is_own and not as_json) as look:
        course = place.course
        for job in jobs_for(course, names, subject, everything=everything, here=place.start):
            look(job)
            runs.append(one_unit(course, screen, job, subject.is_own, verbose=verbose, quiet=as_json))
            if runs[-1][1].interrupted:
                break
    if as_json:
        _print_json(runs)
    if classroom50:
        _write_classroom50(course, runs, classroom50)
    return _exit_code([outcome for _, outcome in runs])


@contextmanager
def _looking(place: Place, screen: "Screen", *, is_wanted: bool) -> "Iterator[Callable[[Job], None]]":
    """Start the process of a first look before the course is read; yields what hands it a job.

    There is none where a watcher's judge answers as quickly. Only the first job of several is looked at.
    """
    from grader.course.registry import find_course
    from grader.home.exchange import address_file
    from grader.home.first_look import FirstLook

    if not is_wanted or address_file(find_course(place.start)).exists():
        yield lambda job: None
        return
    look, looked = FirstLook(), list[str]()

    def hand_over(job: "Job") -> None:
        unit = place.course.unit(job.unit)
        files = {task.name: task.file for task in unit.tasks if not job.tasks or task.name in job.tasks}
        if not looked:
            looked.append(unit.name)
            look.look(job.submission.files, files, partial(_print_early, screen, only_wrong=len(files) > FEW))

    try:
        yield hand_over
    finally:
        look.close()


def _print_early(screen: "Screen", sentence: str, is_wrong: bool, *, only_wrong: bool) -> None:
    if is_wrong or not only_wrong:
        from grader.printable import safe

        screen.paragraph(safe(sentence), "yellow" if is_wrong else "dim")


def one_unit(
    course: "Course", screen: "Screen", job: "Job", is_own: bool = True, *, verbose: bool = False, quiet: bool = False
) -> "tuple[Unit, Run]":
    """Run one unit; print the report unless `quiet`, and save the results of the student's own work."""
    from grader.cli.testing import watched

    unit = course.unit(job.unit)
    outcome = watched(screen, course, job, quiet=quiet)
    problem = _remembered(course, unit, job, outcome) if is_own else ""
    if not quiet:
        print_outcome(course, screen, job, outcome, is_own=is_own, verbose=verbose)
        if problem:
            screen.paragraph(f"these results are not remembered: {problem}\n", "yellow")
    return unit, outcome


def _remembered(course: "Course", unit: "Unit", job: "Job", outcome: "Run") -> str:
    """Save results, and return why they cannot be saved; empty if they are."""
    from grader.errors import DeepgradeError
    from grader.home.memory import remember

    try:
        remember(course, unit, job.submission.files, outcome.tests)
    except DeepgradeError as error:
        return f"{error.message}; {error.hint}"
    return ""


def print_outcome(
    course: "Course", screen: "Screen", job: "Job", outcome: "Run", *, is_own: bool = True, verbose: bool = False
) -> None:
    """Print the report of a run, and what to do next."""
    unit = course.unit(job.unit)
    _print_refused(screen, unit, job)
    _print_left_over(course, screen, job, outcome, is_own=is_own)
    _print_report(course, screen, unit, outcome, is_own=is_own, verbose=verbose)


def _print_left_over(course: "Course", screen: "Screen", job: "Job", outcome: "Run", *, is_own: bool) -> None:
    """Report tasks that were written around the stub's last line."""
    from grader.cli.student_files import left_over
    from grader.records import Verdict

    stubs = {test.task for test in outcome.tests if test.verdict is Verdict.NOT_ATTEMPTED}
    sentences = left_over(course, course.unit(job.unit), job.submission.files, stubs) if is_own else []
    for sentence in sentences:
        screen.paragraph(sentence, "yellow")
    if sentences:
        screen.print()


def _print_report(
    course: "Course", screen: "Screen", unit: "Unit", outcome: "Run", *, is_own: bool, verbose: bool
) -> None:
    from grader.report.student import unit_report

    tasks = {test.task for test in outcome.tests}
    more = course.hidden_worth(unit, tasks)
    if outcome.tests:
        report = partial(unit_report, hidden_points=more, hidden_properties=_hidden_properties(course, unit))
        screen.print(report(unit, outcome.tests, screen.marks, screen.width, every_test=verbose))
    else:
        screen.print(f"{unit.name}: no test has ended" if outcome.interrupted else f"{unit.name}: no tests for this")
    if outcome.interrupted:
        screen.print("\ninterrupted: the tests after these did not run", style="yellow")
    elif is_own and outcome.tests:
        _print_pictures(screen, outcome)
        _print_next(course, screen, unit, tasks)
    screen.print()


def _hidden_properties(course: "Course", unit: "Unit") -> dict[str, tuple[str, ...]]:
    """Return what the hidden tests look at, by task of the unit, as far as a bundle knows it."""
    return {task.name: course.hidden_properties.get(f"{unit.name}.{task.name}", ()) for task in unit.tasks}


def _print_refused(screen: "Screen", unit: "Unit", job: "Job") -> None:
    """Report imports that will not be available in grading; tasks that use them earn nothing."""
    from grader.cli.student_files import print_refused, refused_in

    if refused := refused_in(unit, job.submission.files):
        print_refused(screen, unit, refused)
        screen.print()


def _print_pictures(screen: "Screen", outcome: "Run") -> None:
    """Name the command that draws a wrong array beside the right one."""
    task = next((test.task for test in outcome.tests if test.feedback.slices), "")
    if task:
        screen.print(f"\nwhat differs, as a picture: grade show {task}", style="dim")


def _print_next(course: "Course", screen: "Screen", unit: "Unit", ran: set[str]) -> None:
    from grader.cli.next_step import next_step

    screen.paragraph(f"\nnext: {next_step(course, unit, ran)}")


def _print_json(runs: "Sequence[tuple[Unit, Run]]") -> None:
    import msgspec

    from grader.records.choices import counting
    from grader.report.screens import measured

    units = [
        {
            "unit": unit.name,
            "earned": sum(test.earned for test in counting(outcome.tests, unit.choices)),
            "points": measured(counting(outcome.tests, unit.choices)),
            "interrupted": outcome.interrupted,
            "tests": outcome.tests,
        }
        for unit, outcome in runs
    ]
    passed = _exit_code([outcome for _, outcome in runs]) == 0
    click.echo(msgspec.json.format(msgspec.json.encode({"passed": passed, "units": units}), indent=2))


def _write_classroom50(course: "Course", runs: "Sequence[tuple[Unit, Run]]", path: Path) -> None:
    """Write result.json; all visible tests count in it, those of unwritten stubs with no points."""
    import os
    from datetime import UTC, datetime

    from grader.atomic import write_atomically
    from grader.records.choices import counting
    from grader.report.exports.by_test import Submission50, classroom50_json

    tests = [test for unit, outcome in runs for test in counting(outcome.tests, unit.choices)]
    units = "-".join(unit.name for unit, _ in runs)
    place = Submission50.from_environment(os.environ, course.name, units, units)
    write_atomically(path, classroom50_json(tests, place, datetime.now(UTC)).encode())


def _exit_code(runs: "Sequence[Run]") -> int:
    from grader.report.student import is_done

    if any(outcome.interrupted for outcome in runs):
        return INTERRUPTED
    return 0 if runs and all(is_done(outcome.tests) for outcome in runs) else 1


@click.command()
@click.argument("task")
@click.option("--seed", required=True, metavar="HEX", help="The digits in the failure's line 'again'.")
@pass_place
def replay(place: Place, task: str, seed: str) -> int:
    """Rerun the cases of a failure.

    Runs the task's visible tests on the cases of the seed, and shows failures in full: arrays of up to 1000 numbers,
    all printed lines, and the lines of your function that return. The output of each failed test, visible or hidden,
    ends with this command.

    \b
    Example:
      grade replay perceptron.step --seed 7f3a
    """
    import msgspec

    from grader.cli.screen import Screen
    from grader.cli.student_files import with_own_lines
    from grader.cli.testing import Subject, jobs_for, watched
    from grader.report.student import is_done, is_not_attempted, unit_report

    if not SEED.fullmatch(seed.lower()):
        raise click.BadParameter("a seed has hexadecimal digits, like 7f3a", param_hint="--seed")
    course, screen = place.course, Screen()
    unit, chosen = course.task(task)
    (job,) = jobs_for(course, [f"{unit.name}.{chosen.name}"], Subject())
    outcome = watched(screen, course, msgspec.structs.replace(job, token=seed.lower(), in_full=True))
    if outcome.tests:
        tests = with_own_lines(outcome.tests, job.submission.files, chosen.file)
        screen.print(unit_report(unit, tests, screen.marks, screen.width, full=True))
    if outcome.interrupted:
        return INTERRUPTED
    if not outcome.tests:
        screen.print(f"{chosen.name} has no visible tests")
        return 1
    if is_not_attempted(outcome.tests):
        screen.print("\nThis task is still to be written, or one that it calls.")
    if is_done(outcome.tests):
        screen.paragraph(
            f"\nEvery visible test passes with the seed {seed.lower()}. If a hidden test gave it to you, it examines "
            "something that the visible ones do not: read the task's docstring again."
        )
        return 0
    return 1
