"""`grade replay`: rerun the cases of a failure."""

import re

import click

from grader.cli.failures import INTERRUPTED
from grader.cli.place import Place, pass_place

SEED = re.compile(r"[0-9a-f]{1,16}")


@click.command()
@click.argument("task")
@click.option("--seed", required=True, metavar="HEX", help="The digits in the failure's line 'again'.")
@pass_place
def replay(place: Place, task: str, seed: str) -> int:
    """Rerun the cases of a failure.

    Runs the task's visible tests on the cases of the seed, and shows failures in full. The output of each failed test,
    visible or hidden, ends with this command.

    \b
    Example:
      grade replay perceptron.step --seed 7f3a
    """
    import msgspec

    from grader.cli.screen import Screen
    from grader.cli.testing import Subject, jobs_for
    from grader.cli.watching import watched
    from grader.report.student import is_done, is_not_attempted, unit_report

    if not SEED.fullmatch(seed.lower()):
        raise click.BadParameter("a seed has hexadecimal digits, like 7f3a", param_hint="--seed")
    course, screen = place.course, Screen()
    unit, found = course.task(task)
    (job,) = jobs_for(course, [f"{unit.name}.{found.name}"], Subject())
    outcome = watched(screen, course, msgspec.structs.replace(job, token=seed.lower()))
    if outcome.tests:
        screen.say(unit_report(unit, outcome.tests, screen.marks, screen.width, full=True))
    if outcome.interrupted:
        return INTERRUPTED
    if not outcome.tests:
        screen.say(f"{found.name} has no visible tests")
        return 1
    if is_not_attempted(outcome.tests):
        screen.say("\nThis task is still to be written, or one that it calls.")
    if is_done(outcome.tests):
        screen.tell(
            f"\nEvery visible test passes with the seed {seed.lower()}. If a hidden test gave it to you, it examines "
            "something that the visible ones do not: read the task's docstring again."
        )
        return 0
    return 1
