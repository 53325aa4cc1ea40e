"""`grade submit` and `grade reset`: hand a unit in, take a task back to its beginning."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.place import Place, pass_place, shown

if TYPE_CHECKING:
    from grader.cli.memory import Progress
    from grader.cli.screen import Screen
    from grader.course.registry import Course, Unit


@click.command()
@click.argument("unit")
@click.option(
    "--out",
    metavar="DIR",
    default=Path(),
    type=click.Path(path_type=Path, file_okay=False),
    help="Where to put it; by default here.",
)
@pass_place
def submit(place: Place, unit: str, out: Path) -> int:
    """Pack a unit for handing in.

    Writes UNIT.zip. Nothing is sent anywhere: hand the file in as your instructor says.

    \b
    Example:
      grade submit perceptron
    """
    from grader.cli.memory import progress_of
    from grader.cli.screen import Screen
    from grader.course.submission import pack

    course, screen = place.course, Screen()
    found = course.unit(unit)
    archive = pack(course, found.name, out.absolute() / f"{found.name}.zip")
    screen.say(f"packed {shown(archive)}")
    screen.tell(f"inside: {', '.join(f'{stem}.py' for stem in found.files)}", indent=2)
    _tell_state(course, screen, found, progress_of(course))
    return 0


def _tell_state(course: "Course", screen: "Screen", unit: "Unit", progress: "Progress") -> None:
    """Say what the archive is worth as far as that is known."""
    from grader.cli.standings import unit_standing
    from grader.report.feedback import points

    known = unit_standing(course, unit, progress)
    hidden = sum(worth for name, worth in course.hidden_points.items() if name.partition(".")[0] == unit.name)
    after = f", {points(hidden)} more are graded after submission" if hidden else ""
    screen.tell(f"last run: {points(known.earned)} of {points(known.points)} points{after}", indent=2)
    for sentence in broken_files(course, unit):
        screen.tell(f"{sentence}: its tasks earn nothing like this", "red", indent=2)
    not_written = unattempted(unit, progress)
    if not_written:
        screen.tell(f"not attempted in the last run: {', '.join(not_written)}", "yellow", indent=2)
    if known.changed:
        changed = f"{', '.join(known.changed)} changed since the last run: grade run {unit.name}"
        screen.tell(changed, "yellow", indent=2)


def unattempted(unit: "Unit", progress: "Progress") -> list[str]:
    """Return the tasks that were not attempted when they were last run, or never run."""
    from grader.report.student import is_not_attempted

    memories = {task.name: progress.tasks.get(f"{unit.name}.{task.name}") for task in unit.tasks}
    return [name for name, memory in memories.items() if memory is None or is_not_attempted(memory.tests)]


def broken_files(course: "Course", unit: "Unit") -> list[str]:
    """Return a sentence for each file that Python cannot read."""
    from grader.cli.work import own_texts
    from grader.course.parsing import nothing, read_files

    readings = read_files(nothing, own_texts(course, unit))
    return [reading.told(f"{stem}.py") for stem, reading in readings.items() if reading.problem]


@click.command()
@click.argument("task")
@pass_place
def reset(place: Place, task: str) -> int:
    """Take a task back to its beginning.

    Only this one function changes; the file as it was before is kept beside your other backups.

    \b
    Example:
      grade reset step
    """
    from grader.cli.screen import Screen
    from grader.course.reset import reset_task

    screen = Screen()
    done = reset_task(place.course, task)
    what = "the whole file is" if done.whole_file else f"{task} is"
    screen.say(f"{what} as at the beginning: {shown(done.path)}")
    if done.reason:
        screen.tell(f"why: {done.reason}", indent=2)
    if done.backup:
        screen.say(f"  your version: {shown(done.backup)}")
    return 0
