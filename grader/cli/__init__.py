"""The command `grade`: argument parsing, output and exit codes. The work is done by the other packages."""

from grader.cli.app import main

__all__ = ["main"]
