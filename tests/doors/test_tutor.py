"""`grade tutor` as an assistant meets it: a process that speaks the Model Context Protocol."""

import asyncio
import sys
from pathlib import Path
from typing import Any

from mcp import Client, StdioServerParameters

ROOT = Path(__file__).parents[2]
GRADE = ["-c", "from grader.cli import main; main()", "--course", str(ROOT), "tutor"]


def test_an_assistant_gets_the_tools_and_no_file() -> None:
    async def ask() -> tuple[str | None, list[str], list[Any]]:
        async with Client(StdioServerParameters(command=sys.executable, args=GRADE)) as client:
            names = [tool.name for tool in (await client.list_tools()).tools]
            wanted = ("step", "../solutions/perceptron/neuron")
            return client.instructions, names, [await client.call_tool("read_my_code", {"task": t}) for t in wanted]

    instructions, names, (code, refused) = asyncio.run(ask())
    assert names == ["list_tasks", "read_handout", "read_my_code", "last_failures", "next_hint"]
    assert instructions is not None
    assert "Never write" in instructions
    assert 'raise NotImplementedError("perceptron.step")' in code.content[0].text
    assert refused.is_error
