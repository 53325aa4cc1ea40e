"""Draws the rooms from their borders: `python -m tests.house.draw_rooms` writes picture and table of the architecture.

The picture follows the contracts in pyproject.toml, which `lint-imports` holds; the table says what each room imports,
and takes what it is and its door from the docstring of its `__init__`.
"""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grimp

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/architecture.md"


def contracts() -> dict[str, Any]:
    """Return the contracts by id."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return {contract["id"]: contract for contract in tomllib.loads(text)["tool"]["importlinter"]["contracts"]}


def rows() -> list[list[str]]:
    """Return the rooms from the top, those beside each other in one row."""
    return [row.split(" | ") for row in contracts()["layers"]["layers"]]


def rooms() -> list[str]:
    """Return the rooms from the top."""
    return [room for row in rows() for room in row]


def without(room: str) -> set[str]:
    """Return what contracts forbid a room: other rooms, and libraries."""
    banned = [
        name
        for contract in contracts().values()
        if contract["type"] == "forbidden" and f"grader.{room}" in contract["source_modules"]
        for name in contract["forbidden_modules"]
    ]
    below = set(rooms()[rooms().index(room) :])
    names = {name.removeprefix("grader.") for name in banned}
    return {name for name in names if name in below or name == "pytest"}


def door(room: str) -> list[str]:
    """Return the modules by which any room may enter this one; empty where all of it is open."""
    for contract in contracts().values():
        if contract["type"] == "protected" and f"grader.{room}.*" in contract["protected_modules"]:
            entries = [entry.split(" -> ") for entry in contract["ignore_imports"]]
            return [into.rpartition(".")[2] for by, into in entries if by == "grader.**"]
    return []


def label(room: str) -> str:
    """Return what stands in a room's box."""
    lines = [f"<b>{room}</b>"]
    if entries := door(room):
        lines.append("door: " + ", ".join(entries))
    if banned := without(room):
        below = set(rooms()[rooms().index(room) + 1 :]) - {name for row in rows() if room in row for name in row}
        known = [name for name in rooms() if name in below - banned]
        few = len(known) <= len(banned)
        lines.append("knows " + (", ".join(known) or "nothing") if few else "without " + ", ".join(sorted(banned)))
    return f'    {room}["{"<br>".join(lines)}"]'


def picture() -> str:
    """Return the picture as a mermaid block."""
    lines = ["```mermaid", "flowchart TB", *map(label, rooms())]
    lines += [
        f"    {' & '.join(upper)} --> {' & '.join(lower)}" for upper, lower in zip(rows(), rows()[1:], strict=False)
    ]
    return "\n".join([*lines, "```"])


def docstring(room: str) -> list[str]:
    """Return the paragraphs of a room's docstring, each on one line."""
    place = ROOT / "grader" / room
    path = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]


def stated_door(room: str) -> str:
    """Return what a room's docstring says of its door; empty where the room is a module."""
    stated = [paragraph for paragraph in docstring(room) if paragraph.startswith("Door: ")]
    return stated[0].removeprefix("Door: ").removesuffix(".") if stated else ""


def imported() -> dict[str, set[str]]:
    """Return which rooms each room imports."""
    graph, imported = grimp.build_graph("grader"), {room: set[str]() for room in rooms()}
    for module in graph.modules - {"grader"}:
        names = {name.split(".")[1] for name in graph.find_modules_directly_imported_by(module) if "." in name}
        imported[module.split(".")[1]] |= names
    return {room: names - {room} for room, names in imported.items()}


def table() -> str:
    """Return the table of rooms: what each is, what it knows, and its door."""
    known = imported()
    lines = ["| room | what it is | knows | door |", "|---|---|---|---|"]
    for room in rooms():
        names = ", ".join(name for name in rooms() if name in known[room]) or "nothing"
        lines.append(
            f"| `{room}` | {docstring(room)[0].removesuffix('.')} | {names} | {stated_door(room) or f'`{room}.py`'} |"
        )
    return "\n".join(lines)


def parts() -> Iterator[tuple[str, str]]:
    """Yield what the page has from here: a name and its text."""
    yield "picture", picture()
    yield "rooms", table()


def drawn(text: str) -> str:
    """Return the page with its generated parts as they must be."""
    for name, part in parts():
        before, begin, rest = text.partition(f"<!-- {name}: ")
        head, end, after = rest.partition(f"<!-- end of {name} -->")
        assert begin + end, f"{PAGE.name} has no place for: {name}"
        text = f"{before}{begin}{head.partition(chr(10))[0]}\n{part}\n{end}{after}"
    return text


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
