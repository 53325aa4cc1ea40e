"""Error output of the command line: two lines and an exit code, never a traceback."""

import os
import shutil
import sys
import tempfile
import textwrap
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click

from grader.errors import DeepgradeError, is_no_room, no_room

INTERRUPTED = 130
USAGE = 2
OUR_MISTAKE = 70  # EX_SOFTWARE


def guarded(command: Callable[[], object]) -> int:
    """Run a command and return its exit code; print any error to standard error.

    Parameters
    ----------
    command : callable
        May return its exit code.
    """
    try:
        result = command()
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except BrokenPipeError as error:
        return _hang_up() if _reader_is_gone() else _apologize(error)
    except (DeepgradeError, click.ClickException, PermissionError) as error:
        return _print_error(*_known(error))
    except OSError as error:
        return (
            _print_error(*_known(no_room(error.filename or "what was to be written")))
            if is_no_room(error)
            else _apologize(error)
        )
    except Exception as error:  # a bug in the engine: reported and saved, with its own exit code
        return _apologize(error)
    return result if type(result) is int else 0


def _reader_is_gone() -> bool:
    """Return whether nobody reads our output; else the broken pipe leads to a process of ours."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        return True
    return False


def _known(error: DeepgradeError | click.ClickException | PermissionError) -> tuple[str, str, int]:
    """Return message, hint and exit code."""
    if isinstance(error, DeepgradeError):
        return error.message, error.hint, error.exit_code
    if isinstance(error, PermissionError):
        return f"no permission: {error.filename or error}", "", USAGE
    return _sentence(error), _help_of(error), USAGE


def _print_error(message: str, hint: str, code: int) -> int:
    from grader.printable import safe

    width = min(shutil.get_terminal_size().columns, 100)
    for label, text in (("error: ", message), ("try: ", hint)):
        if text:
            click.echo(_hanging(label, safe(text), width), err=True)
    return code


def _hanging(label: str, text: str, width: int) -> str:
    """Wrap text with a hanging indent; indented lines, which are the student's code, are not wrapped."""
    indent = " " * len(label)
    wrap = partial(textwrap.fill, width=width, break_long_words=False, break_on_hyphens=False)
    first, *rest = text.split("\n")
    head = wrap(first, initial_indent=label, subsequent_indent=indent)
    whole = [line.startswith(" ") for line in rest]
    tail = [
        indent + line if code else wrap(line, initial_indent=indent, subsequent_indent=f"{indent}  ")
        for line, code in zip(rest, whole, strict=True)
    ]
    return "\n".join([head, *tail])


def _sentence(error: click.ClickException) -> str:
    """Return click's message in the style of our own: lower-case first letter, no full stop."""
    message = error.format_message().rstrip(".")
    return message[:1].lower() + message[1:]


def _help_of(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return f"{context.command_path} --help" if context else "grade --help"


def _hang_up() -> int:
    """Exit quietly after the reader of our output has closed the pipe."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def _apologize(error: Exception) -> int:
    details = "".join(traceback.format_exception(error))
    click.echo(f"\nsorry, this is a mistake of the course's own software: {type(error).__name__}: {error}", err=True)
    click.echo(f"the details are in {_write_down(details)}; please send that file to your instructor", err=True)
    return OUR_MISTAKE


def _write_down(details: str) -> Path:
    from grader.course import layout
    from grader.course.registry import find_course

    try:
        folder = layout.state_folder(find_course(Path.cwd()))
        folder.mkdir(exist_ok=True)
        path = folder / "last-error.txt"
        path.write_text(details, encoding="utf-8")
    except (DeepgradeError, OSError):  # no course here, or no permission to write
        path = Path(tempfile.gettempdir()) / "deepgrade-last-error.txt"
        path.write_text(details, encoding="utf-8")
    return path
