"""`grade tutor`: tools for a coding assistant that tutors by hints, over MCP."""

import json

import click

from grader.cli.place import Place, pass_place


@click.command()
@click.option("--config", is_flag=True, help="Print the entry for an assistant's settings, and do not start.")
@pass_place
def tutor(place: Place, config: bool) -> None:
    """Serve a coding assistant that tutors.

    It speaks the Model Context Protocol on standard input and output; your assistant starts it. It offers the handout,
    the state of tasks, your code, your last failures, and hints in order: no solution, no hidden test.

    \b
    Example:
      grade tutor --config
    """
    course = place.course
    if config:
        entry = {"command": "grade", "args": ["--course", str(course.root), "tutor"]}
        click.echo(json.dumps({"mcpServers": {"deepgrade": entry}}, indent=2))
        return
    _serve(place)


def _serve(place: Place) -> None:
    from grader.errors import UnavailableError
    from grader.home.tutor import server

    try:
        server(place.course).run()
    except ImportError:
        raise UnavailableError(
            "grade tutor needs the package mcp, not installed here", "python -m pip install mcp"
        ) from None
