"""Puts the commands together."""

import sys
from pathlib import Path

import click

from grader import __version__
from grader.cli.author import build, check, new
from grader.cli.bench import bench
from grader.cli.calibrate import calibrate
from grader.cli.doctor import doctor
from grader.cli.group import CourseGroup
from grader.cli.hint import hint
from grader.cli.instructor import autograde, demo, release, simulate
from grader.cli.leaderboard import leaderboard
from grader.cli.mutants import mutants
from grader.cli.place import Place
from grader.cli.replay import replay
from grader.cli.run import run
from grader.cli.show import show
from grader.cli.status import show_standing
from grader.cli.submit import reset, submit

SECTIONS = {
    "Students": (run, hint, replay, reset, bench, show, submit),
    "Instructors": (autograde, leaderboard, release, simulate, demo, doctor),
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

    Without a command: where you stand, and what comes next. Every command explains itself: grade COMMAND --help.
    """
    context.obj = Place(folder or Path.cwd())
    return show_standing(context.obj) if context.invoked_subcommand is None else 0


def main() -> None:
    """Run the command that was typed, and exit with its code."""
    for stream in (sys.stdout, sys.stderr):
        if not (stream.encoding or "").lower().startswith("utf"):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # both are text files here
    grade.main(prog_name="grade")
