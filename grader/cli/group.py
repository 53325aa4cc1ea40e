"""The group of all commands: help by audience, and an answer to names that do not exist."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from grader.cli.failures import guarded
from grader.cli.place import Place
from grader.errors import DeepgradeError, NotFoundError


class CourseGroup(click.Group):
    """Commands in sections.

    Parameters
    ----------
    sections : mapping of str to sequence of Command
        By audience, in the order of the help.
    **attributes
        As `click.Group`.
    """

    def __init__(self, *, sections: Mapping[str, Sequence[click.Command]], **attributes: Any) -> None:
        super().__init__(**attributes)
        self._sections = sections
        for commands in sections.values():
            for command in commands:
                self.add_command(command)

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run, tell what went wrong in the user's terms, and exit."""
        extra["standalone_mode"] = False
        sys.exit(guarded(lambda: super(CourseGroup, self).main(*args, **extra)))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, a section for each audience."""
        longest = max(map(len, self.commands))
        room = formatter.width - longest - 4
        for title, commands in self._sections.items():
            with formatter.section(title):
                formatter.write_dl([(f"{command.name:<{longest}}", _short(command, room)) for command in commands])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one was probably meant."""
        name = args[0]
        if name not in self.commands and not name.startswith("-"):
            raise self._unknown(ctx, name)
        return super().resolve_command(ctx, args)

    def _unknown(self, ctx: click.Context, name: str) -> NotFoundError:
        from grader.course.model import nearest

        if _is_unit_or_task(ctx, name):
            return NotFoundError(f'"{name}" is not a command', f"grade run {name}")
        names = [command.name or "" for commands in self._sections.values() for command in commands]
        return NotFoundError(f'there is no command "{name}"{nearest(name, names)}', f"commands: {', '.join(names)}")


def _short(command: click.Command, room: int) -> str:
    return command.get_short_help_str(room).removesuffix(".")


def _is_unit_or_task(ctx: click.Context, name: str) -> bool:
    from grader.cli.names import find

    try:
        find(Place(ctx.params.get("folder") or Path.cwd()).course, name)
    except DeepgradeError:  # no such name, or no course here: either way it is not one
        return False
    return True
