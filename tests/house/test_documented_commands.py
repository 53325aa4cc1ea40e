"""Every `grade …` line in a block of the documents is a command that exists, with options that it takes."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from grader.cli.app import grade
from grader.errors import NotFoundError

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted((*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("exercises/*.md")))
SHELLS = ("", "sh", "bash")
TARGETS = set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def shell_lines(text: str) -> Iterator[str]:
    """Yield the lines of a document's blocks that a terminal could be given."""
    language = None
    for line in text.replace("\\\n", " ").splitlines():
        if line.lstrip().startswith("```"):
            language = line.strip("` ") if language is None else None
        elif language in SHELLS:
            yield line.strip()


def commands(program: str) -> list[tuple[str, str]]:
    """Return document and line of each command of a program."""
    return [
        (path.relative_to(ROOT).as_posix(), line)
        for path in DOCUMENTS
        for line in shell_lines(path.read_text(encoding="utf-8"))
        if line.split()[:1] == [program]
    ]


def parsed(line: str) -> None:
    """Parse a command as the program does, without running it."""
    name, *arguments = shlex.split(line, comments=True)
    command: click.Command = grade
    context = click.Context(command, info_name=name)
    while isinstance(command, click.Group) and arguments:
        name, found, arguments = command.resolve_command(context, arguments)
        assert found is not None, name
        command = found
        context = click.Context(command, info_name=name, parent=context)
    known = {option for parameter in command.params for option in parameter.opts + parameter.secondary_opts}
    unknown = [word for word in arguments if word.startswith("-") and word.split("=")[0] not in {*known, "--help"}]
    assert unknown == [], f"{command.name} has no {', '.join(unknown)}"


@pytest.mark.parametrize(("path", "line"), commands("grade"))
def test_a_documented_command_exists_with_its_options(path, line):
    parsed(line)


@pytest.mark.parametrize(("path", "line"), commands("make"))
def test_a_documented_target_exists(path, line):
    assert line.split()[1] in TARGETS


def test_there_are_many_and_a_wrong_one_is_seen():
    assert len(commands("grade")) > 50
    with pytest.raises(AssertionError, match="--colour"):
        parsed("grade run --colour")
    with pytest.raises(NotFoundError):
        parsed("grade paint rnn")
