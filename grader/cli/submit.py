"""`grade submit` and `grade reset`: pack a unit for submission, restore a task's stub."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.place import Place, pass_place, shown
from grader.errors import DeepgradeError, RejectedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grader.cli.screen import Screen
    from grader.course.registry import Course, Unit
    from grader.records import TestRecord
    from grader.submissions.archives import Findings


@click.command()
@click.argument("unit")
@click.option(
    "--out",
    metavar="DIR",
    default=Path(),
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the archive; by default the current one.",
)
@click.option("--anyway", is_flag=True, help="Pack even files that will not load in grading.")
@click.option("--untested", is_flag=True, help="Only pack: do not run the visible tests.")
@pass_place
def submit(place: Place, unit: str, out: Path, anyway: bool, untested: bool) -> int:
    """Pack a unit for handing in, and test it as it will be graded.

    Writes UNIT.zip. Nothing is sent anywhere: hand the file in as your instructor says. Failing tests do not prevent
    packing. Files that would not load in grading are refused.

    \b
    Example:
      grade submit perceptron
    """
    from grader.cli.screen import Screen
    from grader.submissions.hand_ins import pack

    course, screen = place.course, Screen()
    found = course.unit(unit)
    _require_loadable(course, screen, found, anyway=anyway)
    archive = pack(course, found.name, out.absolute() / f"{found.name}.zip")
    screen.say(f"packed {shown(archive)}")
    screen.tell(f"inside: {', '.join(f'{stem}.py' for stem in found.files)}", indent=2)
    if not untested:
        _test(course, screen, found, archive)
    return 0


def _require_loadable(course: "Course", screen: "Screen", unit: "Unit", *, anyway: bool) -> None:
    """Report files that will not load and imports that will be missing when the unit is graded.

    Raises
    ------
    RejectedError
        If there are any and `anyway` is false.
    """
    from grader.cli.student_files import own_texts, refused_in, tell_refused

    broken = broken_files(course, unit)
    for sentence in broken:
        screen.tell(f"{sentence}: its tasks earn nothing like this", "red")
    refused = refused_in(unit, own_texts(course, unit))
    if refused:
        tell_refused(screen, unit, refused)
    if (broken or refused) and not anyway:
        raise RejectedError(
            f"{unit.name} is not packed: the lines above are refused when it is graded",
            f"grade submit {unit.name}, when they are put right; or as it is: grade submit {unit.name} --anyway",
        )


def _test(course: "Course", screen: "Screen", unit: "Unit", archive: Path) -> None:
    """Run the visible tests on the packed files, print the results, and write them into the archive."""
    from grader.cli.memory import remember
    from grader.cli.testing import Subject, jobs_for, watched
    from grader.submissions.hand_ins import pack

    (job,) = jobs_for(course, [unit.name], Subject())
    try:
        outcome = watched(screen, course, job)
    except DeepgradeError as error:
        screen.tell(f"not tested: {error.message}", "yellow", indent=2)
        return
    if outcome.interrupted:
        screen.tell("the tests were interrupted; the archive is whole", "yellow", indent=2)
        return
    remember(course, unit, job.submission.files, outcome.tests)
    found = _findings(unit, outcome.tests)
    pack(course, unit.name, archive, found)
    _tell_findings(course, screen, unit, found)


def _findings(unit: "Unit", tests: "Sequence[TestRecord]") -> "Findings":
    """Return the results of the visible tests, task by task."""
    from grader.report.feedback import measured
    from grader.report.student import is_done, is_not_attempted
    from grader.submissions.archives import Findings

    by_task = {task.name: [test for test in tests if test.task == task.name] for task in unit.tasks}
    ran = {name: own for name, own in by_task.items() if own}
    open_tasks = tuple(name for name, own in ran.items() if is_not_attempted(own))
    failed = tuple(name for name, own in ran.items() if not is_done(own) and name not in open_tasks)
    return Findings(sum(test.earned for test in tests), measured(tests), failed, open_tasks)


def _tell_findings(course: "Course", screen: "Screen", unit: "Unit", found: "Findings") -> None:
    from grader.report.feedback import points

    hidden = sum(worth for name, worth in course.hidden_points.items() if name.partition(".")[0] == unit.name)
    after = f", {points(hidden)} more are graded after submission" if hidden else ""
    screen.tell(
        f"tested as it will be graded: {points(found.earned)} of {points(found.points)} points{after}", indent=2
    )
    if found.failed:
        tasks = "1 task fails" if len(found.failed) == 1 else f"{len(found.failed)} tasks fail"
        screen.tell(f"{tasks}: {', '.join(found.failed)}; why: grade run {unit.name}", "yellow", indent=2)
    if found.not_attempted:
        screen.tell(f"not attempted: {', '.join(found.not_attempted)}", "yellow", indent=2)
    if found.failed or found.not_attempted:
        screen.tell(f"the archive can be handed in as it is; after another change: grade submit {unit.name}", indent=2)


def broken_files(course: "Course", unit: "Unit") -> list[str]:
    """Return a message for each file that Python cannot parse."""
    from grader.cli.student_files import own_texts
    from grader.submissions.parsing import nothing, read_files

    readings = read_files(nothing, own_texts(course, unit))
    return [reading.message(f"{stem}.py") for stem, reading in readings.items() if reading.problem]


@click.command()
@click.argument("task")
@pass_place
def reset(place: Place, task: str) -> int:
    """Restore a task's original stub.

    Only this one function changes; the previous file is kept with your other backups.

    \b
    Example:
      grade reset step
    """
    from grader.cli.screen import Screen
    from grader.release.reset import reset_task

    screen = Screen()
    done = reset_task(place.course, task)
    what = "the whole file is" if done.whole_file else f"{task} is"
    screen.say(f"{what} as at the beginning: {shown(done.path)}")
    if done.reason:
        screen.tell(f"why: {done.reason}", indent=2)
    if done.backup:
        screen.say(f"  your version: {shown(done.backup)}")
    return 0
