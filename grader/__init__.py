"""deepgrade's engine: everything between a student's file and a grade."""

import importlib
from typing import Any

__version__ = "0.2.0"


def load_ipython_extension(shell: Any) -> None:
    """Add `%grade` to a notebook: what `%load_ext grader` calls.

    Parameters
    ----------
    shell : IPython's InteractiveShell
    """
    # by name: IPython asks the package itself, below which the command line is the uppermost room
    importlib.import_module("grader.cli.notebook_magic").register(shell)
