"""`grade reset`, `restore` and `log`: the stub again, an earlier version again, and what was tried."""

import sys
from typing import TYPE_CHECKING

import click

from grader.cli.place import Place, pass_place, shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.text import Text

    from grader.cli.screen import Screen
    from grader.course.registry import Course, Unit
    from grader.home.attempts import TaskRun
    from grader.release.backups import Backup
    from grader.release.reset import Reset

WHOLE_FILE = click.option("--file", "whole_file", is_flag=True, help="The whole file, not just this function.")


@click.command()
@click.argument("task")
@WHOLE_FILE
@pass_place
def reset(place: Place, task: str, whole_file: bool) -> int:
    """Bring a task's original stub back.

    Only this one function changes, and the file as it was is kept: `grade restore` brings it back. Where the function
    alone cannot be replaced, the command says why, and asks before it replaces the whole file.

    \b
    Examples:
      grade reset step
      grade reset step --file
    """
    from grader.cli.screen import Screen
    from grader.release.reset import reset_task

    course, screen = place.course, Screen()
    unit, name = _task(course, task)
    done = _asking(
        f"grade reset {name}", whole_file, lambda whole: reset_task(course, f"{unit.name}.{name}", whole_file=whole)
    )
    if not done.changed:
        screen.print(f"{name} is as at the beginning already: {shown(done.path)}")
        return 0
    screen.print(f"as at the beginning: {name} in {shown(done.path)}")
    _print_kept(screen, done, f"grade restore {name}")
    return 0


def _task(course: "Course", name: str) -> "tuple[Unit, str]":
    """Return the unit and the name of a task.

    Raises
    ------
    NotFoundError
        If it is a unit, or nothing of the course.
    """
    from grader.cli.testing import find
    from grader.errors import NotFoundError

    unit, task = find(course, name)
    if task is None:
        raise NotFoundError(f"{name} is a unit: name one of its tasks", f"grade list {name}")
    return unit, task.name


def _asking(command: str, whole_file: bool, change: "Callable[[bool], Reset]") -> "Reset":
    """Change a function, or after a question the whole file.

    Raises
    ------
    WholeFileNeeded
        If nobody can be asked, or the answer is no.
    """
    from grader.release.reset import WholeFileNeeded

    try:
        return change(whole_file)
    except WholeFileNeeded as error:
        if _is_asked(error.message):
            return change(True)
        raise WholeFileNeeded(
            error.message, "; or the whole file: ".join(filter(None, (error.hint, f"{command} --file")))
        ) from None


def _is_asked(problem: str) -> bool:
    """Ask whether the whole file shall be replaced; False without a terminal."""
    if not at_a_terminal():
        return False
    click.echo(problem)
    return click.confirm("replace the whole file? Yours is kept as a backup", default=False)


def at_a_terminal() -> bool:
    """Return whether somebody can be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _print_kept(screen: "Screen", done: "Reset", undo: str) -> None:
    if done.note:
        screen.paragraph(f"besides: {done.note}", indent=2)
    if done.backup:
        screen.print(f"  your version: {shown(done.backup)}")
        screen.print(f"  to have it back: {undo}")


@click.command()
@click.argument("task", required=False)
@click.option(
    "--from", "number", type=click.IntRange(min=1), metavar="N", help="The backup with this number in the list."
)
@WHOLE_FILE
@pass_place
def restore(place: Place, task: str | None, number: int | None, whole_file: bool) -> int:
    """Bring a task back from a backup, or list the backups.

    Backups are made by `grade reset`, `restore`, `update` and `notebook --take`. By default the newest one with other
    code of this task comes back. What stands there now becomes a backup first, so nothing is lost.

    \b
    Examples:
      grade restore
      grade restore step
      grade restore step --from 2
    """
    from grader.cli.screen import Screen
    from grader.release.reset import restore_task

    course, screen = place.course, Screen()
    if task is None:
        _list_backups(course, screen)
        return 0
    unit, name = _task(course, task)
    chosen = []

    def change(whole: bool) -> "Reset":
        backup, result = restore_task(course, f"{unit.name}.{name}", number or 0, whole_file=whole)
        chosen.append(backup)
        return result

    options = f" --from {number}" if number else ""
    done = _asking(f"grade restore {name}{options}", whole_file, change)
    of = _when(chosen[-1])
    if not done.changed:
        screen.print(f"{name} is as in the backup of {of} already: {shown(done.path)}")
        return 0
    screen.print(f"as on {of}: {name} in {shown(done.path)}")
    _print_kept(screen, done, f"grade restore {name}")
    screen.print(f"\nnext: grade run {name}")
    return 0


def _when(backup: "Backup") -> str:
    return backup.time.strftime("%a %d %b, %H:%M:%S")


def _list_backups(course: "Course", screen: "Screen") -> None:
    from grader.release.backups import backups_of

    by_file = {
        (unit, stem): [backup for backup in backups_of(course, unit) if backup.file == stem]
        for unit in course.units
        for stem in unit.files
    }
    listed = {place: backups for place, backups in by_file.items() if backups}
    if not listed:
        screen.print("there are no backups: grade reset makes one before it changes anything")
        return
    for (unit, stem), backups in listed.items():
        _list_of_file(course, screen, unit, stem, backups)
    screen.print("to bring a task back: grade restore TASK --from NUMBER")


def _list_of_file(course: "Course", screen: "Screen", unit: "Unit", stem: str, backups: "list[Backup]") -> None:
    from grader.course import layout
    from grader.release.reset import differing_tasks

    screen.print(shown(layout.stub_path(course.root, unit.name, stem)), style="bold")
    for number, backup in enumerate(backups, 1):
        names = differing_tasks(course, unit, backup)
        other = f"other than now: {', '.join(names)}" if names else "no task is other than now"
        screen.paragraph(f"{number:>3}  {_when(backup)}  {other}")
    screen.print()


@click.command()
@click.argument("task")
@pass_place
def log(place: Place, task: str) -> int:
    """List your attempts at a task, with verdicts.

    \b
    Example:
      grade log step
    """
    from grader.cli.screen import Screen
    from grader.home.attempts import attempts_at
    from grader.report.screens import joined

    course, screen = place.course, Screen()
    unit, name = _task(course, task)
    attempts = attempts_at(course, f"{unit.name}.{name}")
    if not attempts:
        screen.print(f"no attempt at {name} yet: grade run {name}")
        return 0
    count = sum(attempt.times for attempt in attempts)
    screen.print(f"{unit.name}.{name}: {count} run{'s' * (count != 1)}", style="bold")
    for attempt in attempts:
        screen.print(joined(_attempt_lines(screen, attempt)))
    return 0


def _attempt_lines(screen: "Screen", attempt: "TaskRun") -> "list[Text]":
    from rich.text import Text

    from grader.printable import safe
    from grader.report.screens import WIDEST, hanging, points, style_of

    sign = (screen.marks.of(attempt.verdict), style_of(attempt.verdict))
    time = attempt.time.astimezone().strftime("%d %b %H:%M")
    score = f"{points(attempt.earned)}/{points(attempt.points)}"
    times = f" ({attempt.times} times)" if attempt.times > 1 else ""
    words = attempt.verdict.meaning.words or ("" if attempt.verdict == "passed" else "fails")
    remark = "; ".join(part for part in (words, attempt.likely or attempt.title) if part)
    first = Text.assemble("  ", sign, f" {time}  {score:>7}  ")
    return hanging(first, safe(f"{remark or 'all tests pass'}{times}"), min(screen.width, WIDEST))
