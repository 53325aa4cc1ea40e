"""`grade read` and `grade page`: handouts and a student's progress as pages, with the reader's own state."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.completion import task_names
from grader.cli.place import Place, pass_place, shown

if TYPE_CHECKING:
    from grader.course.registry import Course, Unit
    from grader.records import TestRecord
    from grader.report.pages.handout import ReaderState
    from grader.report.pages.progress import UnitPart


@click.command()
@click.argument("unit", required=False, shell_complete=task_names)
@click.option("--open/--no-open", "opens", default=None, help="Open it in a browser; by default in a terminal only.")
@pass_place
def read(place: Place, unit: str | None, opens: bool | None) -> None:
    """Read a unit's handout as a page.

    Formulas are rendered, your own state stands in the table of tasks, and common mistakes are folded until a task has
    failed. The page needs no network. Without UNIT it is the one that you are at.

    \b
    Example:
      grade read convolution
    """
    from grader.cli.at_hand import unit_at_hand

    course = place.course
    chosen = course.unit(unit) if unit else unit_at_hand(place)
    pages = write_pages(course, with_states=True)
    _present(pages / f"{chosen.name}.html", opens)


@click.command()
@click.option("--open/--no-open", "opens", default=None, help="Open it in a browser; by default in a terminal only.")
@pass_place
def page(place: Place, opens: bool | None) -> None:
    """Write your progress as a page.

    A map of the course with what needs what, every task with its state, points and minutes, the milestones that you
    have drawn with `grade show`, and the speeds that `grade bench` measured. The page needs no network.

    \b
    Example:
      grade page
    """
    from grader.atomic import write_atomically
    from grader.course import layout
    from grader.report.pages.progress import progress_html

    course = place.course
    text = progress_html(course.title, [_part(course, unit) for unit in course.units], f"next: {_next(place)}")
    _present(write_atomically(layout.state_folder(course.root) / "progress.html", text.encode()), opens)


def _present(path: Path, opens: bool | None) -> None:
    """Say where a page is, and open it where somebody sits in front."""
    from grader.cli.screen import Screen

    Screen().print(f"written: {shown(path)}")
    if opens or (opens is None and sys.stdout.isatty()):
        click.launch(path.as_uri())


def _next(place: Place) -> str:
    from grader.cli.at_hand import unit_at_hand
    from grader.cli.next_step import next_step

    return next_step(place.course, unit_at_hand(place))


def _part(course: "Course", unit: "Unit") -> "UnitPart":
    """Return a unit's part of the page of progress."""
    from grader.cli.unit_progress import unit_progress
    from grader.home.memory import picture_of, progress_of, speeds_of
    from grader.report.pages.progress import TaskLine, UnitPart

    states, speeds = _states(course, unit), speeds_of(course)
    progress = unit_progress(course, unit, progress_of(course))
    lines = [
        TaskLine(
            task.name,
            task.title,
            states[task.name].word,
            states[task.name].points,
            task.minutes,
            speeds.get(f"{unit.name}.{task.name}", ""),
        )
        for task in unit.tasks
    ]
    return UnitPart(
        name=unit.name,
        title=unit.title,
        milestone=unit.milestone,
        requires=unit.requires,
        earned=progress.earned,
        points=progress.points,
        minutes=sum(line.minutes for line in lines if line.state != "done"),
        tasks=tuple(lines),
        picture=picture_of(course, unit.name),
    )


def write_pages(course: "Course", *, with_states: bool) -> Path:
    """Write the pages of all handouts into the student's own folder, and return theirs."""
    from grader.atomic import write_atomically
    from grader.course import layout

    folder = layout.state_folder(course.root) / "handouts"
    folder.mkdir(parents=True, exist_ok=True)
    for unit in course.units:
        if layout.handout(course.root, unit.name).is_file():
            write_atomically(folder / f"{unit.name}.html", page_of(course, unit, with_states=with_states).encode())
    return folder


def page_of(course: "Course", unit: "Unit", *, with_states: bool) -> str:
    """Return the page of a unit's handout, with the student's state or, for a bundle, without."""
    from grader.course import layout
    from grader.report.pages.handout import KINDS, Neighbour, handout_html

    path = layout.handout(course.root, unit.name)
    pictures = {file.name: file.read_bytes() for file in sorted(path.parent.iterdir()) if file.suffix in KINDS}
    return handout_html(
        path.read_text(encoding="utf-8", errors="replace"),
        title=unit.title,
        states=_states(course, unit) if with_states else {},
        pictures=pictures,
        units=[Neighbour(other.name, other.title, other is unit) for other in course.units],
    )


def _states(course: "Course", unit: "Unit") -> dict[str, "ReaderState"]:
    from grader.cli.at_hand import results_of

    return {name: _state(tests) for name, tests in results_of(course, unit).items()}


def _state(tests: "tuple[TestRecord, ...]") -> "ReaderState":
    from grader.report.pages.handout import ReaderState
    from grader.report.screens import measured
    from grader.report.student import is_done, is_not_attempted

    if not tests or is_not_attempted(tests):
        return ReaderState("open")
    points = f"{sum(test.earned for test in tests):g} of {measured(tests):g}"
    return ReaderState("done" if is_done(tests) else "failing", points)
