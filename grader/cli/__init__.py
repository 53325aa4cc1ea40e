"""The command `grade`: parses arguments, prints, and turns exceptions into exit codes.

Each command has a module of its own, which imports what the command needs when it runs: `grade --help` stays quick.

Door: `main`.
"""

from grader.cli.app import main

__all__ = ["main"]
