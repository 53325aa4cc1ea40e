"""`grade completion`, and the names that the shell completes."""

import os
from pathlib import Path

import click
from click.shell_completion import CompletionItem, get_completion_class

SHELLS = {  # the file that a shell reads when it starts, and the line that goes there
    "bash": ("~/.bashrc", 'eval "$(grade completion bash)"'),
    "zsh": ("~/.zshrc", 'eval "$(grade completion zsh)"'),
    "fish": ("~/.config/fish/config.fish", "grade completion fish | source"),
}


@click.command()
@click.argument("shell", type=click.Choice([*SHELLS]), required=False)
@click.pass_context
def completion(ctx: click.Context, shell: str | None) -> None:
    """Complete commands and names by Tab.

    Without SHELL it says which line to put where; with it, it prints the script that this line runs.

    \b
    Example:
      grade completion zsh
    """
    if shell is None:
        click.echo(_lines_to_add(os.environ.get("SHELL", "")))
        return
    script_class = get_completion_class(shell)
    if script_class is None:
        raise click.UsageError(f"click has no completion for {shell}")
    click.echo(script_class(ctx.find_root().command, {}, "grade", "_GRADE_COMPLETE").source())


def _lines_to_add(login_shell: str) -> str:
    """Return which line to add to which file, the user's own shell first."""
    preferred = Path(login_shell).name
    return "\n".join(
        f"{shell}: add to {file} and open a new terminal\n  {line}"
        for shell, (file, line) in sorted(SHELLS.items(), key=lambda item: item[0] != preferred)
    )


def task_names(ctx: click.Context, _parameter: click.Parameter, start: str) -> list[CompletionItem]:
    """Return tasks and units of this folder's course that begin with a text; none where there is no course."""
    from grader.cli.place import Place
    from grader.errors import DeepgradeError

    try:
        course = Place(ctx.find_root().params.get("folder") or Path.cwd()).course
    except DeepgradeError:
        return []
    tasks = [CompletionItem(task.name, help=unit.title) for unit in course.units for task in unit.tasks]
    units = [CompletionItem(unit.name, help=unit.title) for unit in course.units]
    return [item for item in [*units, *tasks] if item.value.startswith(start.lower())]
