"""`grade nbgrader`: courses of nbgrader."""

import click

from grader.cli.nbgrader_course import init, source
from grader.cli.nbgrader_push import push


@click.group()
def nbgrader() -> None:
    """Grade in an nbgrader course.

    \b
    Examples:
      grade nbgrader init course/
      grade nbgrader push results --db sqlite:///gradebook.db
    """


nbgrader.add_command(init)
nbgrader.add_command(source)
nbgrader.add_command(push)
