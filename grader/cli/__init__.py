"""The command `grade`: parses arguments, prints, and turns exceptions into exit codes.

Each command has its own module, which imports its dependencies only when it runs, so that `grade --help` is fast.

Door: `main`.
"""

from grader.cli.app import main

__all__ = ["main"]
