"""`grade submit`: pack a unit for submission."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.place import Place, pass_place, shown
from grader.errors import DeepgradeError, RejectedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from grader.cli.screen import Screen
    from grader.course.registry import Course, Unit
    from grader.records import TestRecord
    from grader.submissions.packing import Findings


@click.command()
@click.argument("unit", default="")
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
    packing. Files that would not load in grading are refused. Without UNIT, it is the one that you are at.

    \b
    Examples:
      grade submit
      grade submit perceptron
    """
    from grader.cli.at_hand import named_unit
    from grader.cli.screen import Screen
    from grader.submissions.hand_ins import pack

    course, screen = place.course, Screen()
    chosen = named_unit(place, unit)
    _require_loadable(course, screen, chosen, anyway=anyway)
    archive = pack(course, chosen.name, out.absolute() / f"{chosen.name}.zip", at=_now())
    screen.print(f"packed {shown(archive)}")
    screen.paragraph(f"inside: {', '.join(f'{stem}.py' for stem in chosen.files)}", indent=2)
    if not untested:
        _test(course, screen, chosen, archive)
    return 0


def _require_loadable(course: "Course", screen: "Screen", unit: "Unit", *, anyway: bool) -> None:
    """Report files that will not load and imports that will be missing when the unit is graded.

    Raises
    ------
    RejectedError
        If there are any and `anyway` is false.
    """
    from grader.cli.student_files import own_texts, print_refused, refused_in

    broken = broken_files(course, unit)
    for sentence in broken:
        screen.paragraph(f"{sentence}: its tasks earn nothing like this", "red")
    refused = refused_in(unit, own_texts(course, unit))
    if refused:
        print_refused(screen, unit, refused)
    if (broken or refused) and not anyway:
        raise RejectedError(
            f"{unit.name} is not packed: the lines above are refused when it is graded",
            f"grade submit {unit.name}, when they are put right; or as it is: grade submit {unit.name} --anyway",
        )


def _test(course: "Course", screen: "Screen", unit: "Unit", archive: Path) -> None:
    """Run the visible tests on the packed files, print the results, and write them into the archive."""
    from grader.cli.testing import Subject, jobs_for, watched
    from grader.home.memory import remember
    from grader.submissions.hand_ins import pack

    (job,) = jobs_for(course, [unit.name], Subject())
    try:
        outcome = watched(screen, course, job)
    except DeepgradeError as error:
        screen.paragraph(f"not tested: {error.message}", "yellow", indent=2)
        return
    if outcome.interrupted:
        screen.paragraph("the tests were interrupted; the archive is whole", "yellow", indent=2)
        return
    remember(course, unit, job.submission.files, outcome.tests)
    findings = _findings(unit, outcome.tests)
    pack(course, unit.name, archive, findings, at=_now())
    _print_findings(course, screen, unit, findings)


def _now() -> "datetime":
    from datetime import UTC, datetime

    return datetime.now(UTC).astimezone()


def _findings(unit: "Unit", tests: "Sequence[TestRecord]") -> "Findings":
    """Return the results of the visible tests, task by task."""
    from grader.records.choices import counting
    from grader.report.screens import measured
    from grader.report.student import is_done, is_not_attempted
    from grader.submissions.packing import Findings

    counted = counting(tests, unit.choices)
    by_task = {task.name: [test for test in counted if test.task == task.name] for task in unit.tasks}
    ran = {name: results for name, results in by_task.items() if results}
    open_tasks = tuple(name for name, results in ran.items() if is_not_attempted(results))
    failed = tuple(name for name, results in ran.items() if not is_done(results) and name not in open_tasks)
    return Findings(sum(test.earned for test in counted), measured(counted), failed, open_tasks)


def _print_findings(course: "Course", screen: "Screen", unit: "Unit", findings: "Findings") -> None:
    from grader.report.screens import points

    hidden = course.hidden_worth(unit)
    after = f", {points(hidden)} more are graded after submission" if hidden else ""
    screen.paragraph(
        f"tested as it will be graded: {points(findings.earned)} of {points(findings.points)} points{after}", indent=2
    )
    if findings.failed:
        tasks = "1 task fails" if len(findings.failed) == 1 else f"{len(findings.failed)} tasks fail"
        screen.paragraph(f"{tasks}: {', '.join(findings.failed)}; why: grade run {unit.name}", "yellow", indent=2)
    if findings.not_attempted:
        screen.paragraph(f"not attempted: {', '.join(findings.not_attempted)}", "yellow", indent=2)
    if findings.failed or findings.not_attempted:
        screen.paragraph(
            f"the archive can be handed in as it is; after another change: grade submit {unit.name}", indent=2
        )


def broken_files(course: "Course", unit: "Unit") -> list[str]:
    """Return a message for each file that Python cannot parse."""
    from grader.cli.student_files import own_texts
    from grader.submissions.parsing import nothing, read_files

    readings = read_files(nothing, own_texts(course, unit))
    return [reading.message(f"{stem}.py") for stem, reading in readings.items() if reading.problem]
