"""`grade nbgrader`: courses of nbgrader."""

import click

from grader.cli.nbgrader_course import init, source


@click.group()
def nbgrader() -> None:
    """Grade in an nbgrader course."""


nbgrader.add_command(init)
nbgrader.add_command(source)
