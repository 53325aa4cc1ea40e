"""`grade try`: a function of the student's, with an input of the student's own."""

from typing import TYPE_CHECKING

import click

from grader.cli.place import Place, pass_place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grader.cli.screen import Screen
    from grader.course.registry import Unit
    from grader.judge.trial import Tried


@click.command("try")
@click.argument("expression")
@pass_place
def try_input(place: Place, expression: str) -> int:
    """Call your functions with your own input.

    EXPRESSION is Python, in quotes. It may use what the unit's files define, NumPy as np, and torch. Your code runs as
    in `grade run`, with the same limits. If a visible test compares the function with torch, torch's answer to your
    input stands below yours.

    \b
    Examples:
      grade try "conv_output_size(5, 3)"
      grade try "x = np.ones((2, 3)); relu_forward(x)[0]"
    """
    from grader.cli.screen import Screen
    from grader.cli.student_files import own_texts
    from grader.judge.trial import names_in, parsed_expression, try_expression

    course, screen = place.course, Screen()
    tree = parsed_expression(expression)
    unit = _unit(place, names_in(tree))
    with screen.waiting("running"):
        tried = try_expression(course, unit, own_texts(course, unit), tree)
    _print_tried(screen, tried)
    return 1 if tried.problem else 0


def _unit(place: Place, names: set[str]) -> "Unit":
    """Return the unit with a task of these names, or else the one whose folder this is.

    Raises
    ------
    NotFoundError
        If there is neither.
    """
    from grader.course import layout
    from grader.errors import NotFoundError, did_you_mean

    units = place.course.units
    named = [unit for unit in units if names & {task.name for task in unit.tasks}]
    here = [unit for unit in units if place.start.resolve() == layout.exercises(place.course.root, unit.name)]
    if not (named or here):
        tasks = [task.name for unit in units for task in unit.tasks]
        suggestion = next((text for name in sorted(names) if (text := did_you_mean(name, tasks))), "")
        raise NotFoundError(f"the expression names no task{suggestion}", "grade list")
    return [*named, *here][0]


def _print_tried(screen: "Screen", tried: "Tried") -> None:
    from rich.text import Text

    from grader.printable import safe
    from grader.report.screens import LABEL, ROW_STYLES

    for label, text in _rows(tried):
        first, *rest = safe(text).split("\n")
        style = ROW_STYLES.get(label, "")
        screen.print(Text.assemble((f"{label:<{LABEL}}", "dim"), (first, style)))
        for line in rest:
            screen.print(Text.assemble(" " * LABEL, (line, style)))


def _rows(tried: "Tried") -> "Iterator[tuple[str, str]]":
    if tried.problem:
        problem = tried.problem
        if problem.message:
            yield "problem", problem.message
        yield from ((label, text) for label, text in (("got", problem.got), ("expected", problem.expected)) if text)
        if problem.differs:
            yield "differs", problem.differs
        for number, line in enumerate((*problem.where, *problem.near)):
            yield "where" if number == 0 else "", line
    else:
        yield "answer", tried.answer
        if tried.kind:
            yield "", tried.kind
    if tried.printed.strip():
        yield "printed", tried.printed.rstrip("\n")
    if tried.torch:
        yield "torch", "the same" if not tried.differs else tried.torch
    if tried.differs:
        yield "differs", tried.differs
