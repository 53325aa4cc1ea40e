"""The top-level command group: help by audience, suggestions for unknown names, progress without a command."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from grader import __version__
from grader.cli.author import build, check, new
from grader.cli.bench import bench, calibrate
from grader.cli.completion import completion
from grader.cli.doctor import doctor
from grader.cli.export import export
from grader.cli.failures import guarded
from grader.cli.feedback import feedback
from grader.cli.gradebook import adjust, backup, history, rubric
from grader.cli.instructor import autograde, demo, leaderboard, simulate
from grader.cli.intake import intake
from grader.cli.listing import list_tasks
from grader.cli.measurements import mutants
from grader.cli.nbgrader import nbgrader
from grader.cli.pages import page, read
from grader.cli.people import forget, requests, roster
from grader.cli.place import Place, shown
from grader.cli.release import release
from grader.cli.report import report
from grader.cli.run import replay, run
from grader.cli.serve import serve
from grader.cli.similar import similar
from grader.cli.solutions import solution, unlock
from grader.cli.student import hint, notebook, show
from grader.cli.submit import submit
from grader.cli.trial import try_input
from grader.cli.tutor import tutor
from grader.cli.unlock_file import unlock_file
from grader.cli.update import update
from grader.cli.versions import log, reset, restore
from grader.cli.watch import watch
from grader.cli.worker import worker
from grader.errors import DeepgradeError, NotFoundError, did_you_mean

if TYPE_CHECKING:
    from grader.cli.screen import Screen
    from grader.course.registry import Course


OTHER_NAMES = {"test": "run"}
"""Commands by the names that other tools have for them."""


class CourseGroup(click.Group):
    """A command group with sections in its help.

    Parameters
    ----------
    sections : mapping of str to sequence of Command
        Commands by audience, in the order of the help.
    **attributes
        Passed to `click.Group`.
    """

    def __init__(self, *, sections: Mapping[str, Sequence[click.Command]], **attributes: Any) -> None:
        super().__init__(**attributes)
        self._sections = sections
        for commands in sections.values():
            for command in commands:
                self.add_command(command)

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run, report errors in the user's terms, and exit."""
        extra["standalone_mode"] = False
        sys.exit(guarded(lambda: super(CourseGroup, self).main(*args, **extra)))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands in a section for each audience."""
        longest = max(map(len, self.commands))
        room = formatter.width - longest - 4
        for title, commands in self._listed(ctx).items():
            with formatter.section(title):
                formatter.write_dl([(f"{command.name:<{longest}}", _short(command, room)) for command in commands])

    def _listed(self, ctx: click.Context) -> Mapping[str, Sequence[click.Command]]:
        """Return the sections to list: in a student bundle the first one alone."""
        place = Place(ctx.params.get("folder") or Path.cwd())
        return dict([next(iter(self._sections.items()))]) if place.is_bundle else self._sections

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or raise an error that suggests the nearest one."""
        name = OTHER_NAMES.get(args[0], args[0])
        if name not in self.commands and not name.startswith("-"):
            raise self._unknown(ctx, name)
        return super().resolve_command(ctx, [name, *args[1:]])

    def _unknown(self, ctx: click.Context, name: str) -> NotFoundError:
        if _is_unit_or_task(ctx, name):
            return NotFoundError(f'"{name}" is not a command', f"grade run {name}")
        names = [command.name or "" for commands in self._listed(ctx).values() for command in commands]
        return NotFoundError(
            f'there is no command "{name}"{did_you_mean(name, names)}', f"commands: {', '.join(names)}"
        )


def _short(command: click.Command, room: int) -> str:
    return command.get_short_help_str(room).removesuffix(".")


def _is_unit_or_task(ctx: click.Context, name: str) -> bool:
    from grader.cli.testing import find

    try:
        find(Place(ctx.params.get("folder") or Path.cwd()).course, name)
    except DeepgradeError:  # no such name, or no course here
        return False
    return True


SECTIONS = {
    "Students": (
        run,
        watch,
        list_tasks,
        read,
        try_input,
        hint,
        replay,
        log,
        reset,
        restore,
        bench,
        show,
        page,
        notebook,
        submit,
        solution,
        unlock,
        update,
        tutor,
        completion,
    ),
    "Instructors": (
        intake,
        autograde,
        roster,
        adjust,
        rubric,
        history,
        export,
        feedback,
        nbgrader,
        report,
        similar,
        serve,
        requests,
        backup,
        forget,
        leaderboard,
        release,
        unlock_file,
        worker,
        simulate,
        demo,
        doctor,
    ),
    "Course authors": (check, mutants, build, calibrate, new),
}


@click.group(cls=CourseGroup, sections=SECTIONS, invoke_without_command=True)
@click.version_option(__version__, prog_name="deepgrade", message="%(prog)s %(version)s")
@click.option(
    "--course",
    "folder",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder of the course, instead of the one you are in.",
)
@click.pass_context
def grade(context: click.Context, folder: Path | None) -> int:
    """A deep-learning course that grades itself.

    Without a command, it shows your progress and what to do next. For help on a command: grade COMMAND --help.
    """
    context.obj = Place(folder or Path.cwd())
    return show_progress(context.obj) if context.invoked_subcommand is None else 0


def main() -> None:
    """Run the command line and exit with its code."""
    for stream in (sys.stdout, sys.stderr):
        if not (stream.encoding or "").lower().startswith("utf"):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # both are text files here
    grade.main(prog_name="grade")


def show_progress(place: Place) -> int:
    """Print the student's progress in the course; a new student reads where to begin."""
    from grader.cli.screen import Screen
    from grader.cli.unit_progress import unit_progress
    from grader.home.memory import progress_of
    from grader.report.student import course_progress

    course, screen = place.course, Screen()
    progress = progress_of(course)
    units = [unit_progress(course, unit, progress) for unit in course.units]
    hidden = sum(map(course.hidden_worth, course.units))
    screen.print(course_progress(course.title, units, screen.marks, screen.width, hidden_points=hidden))
    if not any(unit.begun for unit in units):
        _print_where_to_begin(course, screen)
    return 0


def _print_where_to_begin(course: "Course", screen: "Screen") -> None:
    from grader.course import layout

    unit = next((unit for unit in course.units if unit.tasks), None)
    if unit is None:
        screen.print("\nthe course has no tasks yet")
        return
    task = unit.tasks[0]
    rows = (
        ("read", shown(layout.handout(course.root, unit.name))),
        ("write", f"{task.name} in {shown(layout.stub_path(course.root, unit.name, task.file))}"),
        ("test", f"grade run {task.name}"),
        ("stuck?", f"grade hint {task.name}"),
    )
    screen.print(f"\nBegin here, it takes about {task.minutes} minutes:\n")
    for verb, what in rows:
        screen.print(f"  {verb:<7} {what}")
