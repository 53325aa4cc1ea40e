"""`grade solution` and `unlock`: the reference beside one's own code, when a unit is closed."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.place import Place, pass_place

if TYPE_CHECKING:
    from grader.cli.screen import Screen
    from grader.course.registry import Course, Task, Unit

GAP = 3  # columns between two columns of code
DOCSTRING = re.compile(r'(:[ \t]*\n)\s+r?""".*?"""[ \t]*\n', re.DOTALL)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@pass_place
def unlock(place: Place, file: Path) -> int:
    """Take up the solutions of a closed unit.

    FILE is what your instructor sent. It is checked: it has to be of this course, and whole. None of your own files
    changes.

    \b
    Example:
      grade unlock perceptron.unlock
    """
    from grader.cli.screen import Screen
    from grader.release.unlock import take_up

    course, screen = place.course, Screen()
    course_of_a_student(course)
    unit = course.unit(take_up(course, file.absolute()).unit)
    screen.print(f"unlocked: the solutions of {unit.name}")
    screen.print(f"\nnext: grade solution {unit.tasks[0].name}")
    return 0


def course_of_a_student(course: "Course") -> None:
    """Raise if this is an author's checkout, which holds the solutions anyway.

    Raises
    ------
    CourseError
    """
    from grader.errors import CourseError

    if not course.is_bundle:
        raise CourseError(
            "this is no student bundle but an author's checkout", "grade solution TASK works here as it is"
        )


@click.command()
@click.argument("task")
@pass_place
def solution(place: Place, task: str) -> int:
    """Show a task's reference and other right answers beside yours.

    It needs the file that your instructor sends when the unit is closed: `grade unlock FILE`.

    \b
    Example:
      grade solution step
    """
    from grader.cli.screen import Screen
    from grader.release.unlock import known_solutions, with_helpers

    course, screen = place.course, Screen()
    unit, chosen = course.task(task)
    known = known_solutions(course, unit)
    others = {other.name for other in unit.tasks}
    reference = with_helpers(known.files.get(chosen.file, ""), chosen.name, others)
    screen.print(f"{unit.name}.{chosen.name}", style="bold")
    _print_pair(screen, _own_code(course, unit, chosen), reference)
    for number, code in enumerate(known.variants.get(chosen.name, ()), 1):
        _print_code(screen, f"another right answer, {number} of {len(known.variants[chosen.name])}", code)
    return 0


def _own_code(course: "Course", unit: "Unit", task: "Task") -> str:
    from grader.cli.student_files import own_texts
    from grader.release.definitions import definition

    text = own_texts(course, unit).get(task.file, "").replace("\r\n", "\n")
    return DOCSTRING.sub(r"\1", "\n".join(definition(text, task.name)), count=1)


def _print_pair(screen: "Screen", code: str, reference: str) -> None:
    """Print two pieces of code beside each other where both fit, else below each other."""
    from itertools import zip_longest

    from grader.printable import safe

    pair = [safe(text.expandtabs(4)).split("\n") for text in (code, reference)]
    widths = [max(map(len, lines)) for lines in pair]
    if not code or sum(widths) + GAP > screen.width:
        _print_code(screen, "yours", code or "there is none in your file")
        _print_code(screen, "the reference", reference)
        return
    screen.print(f"\n{'yours':<{widths[0] + GAP}}the reference", style="bold")
    for left, right in zip_longest(*pair, fillvalue=""):
        screen.print(f"{left:<{widths[0] + GAP}}{right}".rstrip())


def _print_code(screen: "Screen", title: str, code: str) -> None:
    from grader.printable import safe

    screen.print(f"\n{title}", style="bold")
    screen.print(safe(code))
