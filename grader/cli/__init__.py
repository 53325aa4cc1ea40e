"""The command `grade`: it parses, prints and maps exceptions to exit codes. How anything is done, others know."""

from grader.cli.app import main

__all__ = ["main"]
