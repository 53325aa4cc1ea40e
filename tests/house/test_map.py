"""The map of the house is true: picture and table are as the borders are, and every name in it exists."""

import ast
import re
from pathlib import Path

import pytest

from tests.house.draw_rooms import PAGE, ROOT, drawn, rooms, stated_door
from tests.house.measure import long_functions, modules_with_tall_functions

TEXT = PAGE.read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)(?:: ([\w.]+))?`", TEXT)))
DOORS = [(room, name) for room in rooms() for name in re.findall(r"`([\w.]+)`", stated_door(room))]


def names_in(body: list[ast.stmt]) -> dict[str, ast.stmt]:
    """Return what a module or class defines or imports, by name."""
    definitions: dict[str, ast.stmt] = {}
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            definitions[node.name] = node
        elif isinstance(node, ast.ImportFrom):
            definitions |= {alias.asname or alias.name: node for alias in node.names}
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            definitions |= {target.id: node for target in targets if isinstance(target, ast.Name)}
    return definitions


def defines(path: Path, name: str) -> bool:
    """Tell whether a file defines a dotted name: a function, a class, a method."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    for part in name.split("."):
        node = names_in(body).get(part)
        if node is None:
            return False
        body = getattr(node, "body", [])
    return True


def place_of(file: str) -> Path:
    """Return where a file is: paths are the repository's, or begin in `grader/`."""
    return ROOT / file if (ROOT / file).is_file() else ROOT / "grader" / file


def test_picture_and_table_are_not_stale() -> None:
    assert drawn(TEXT) == TEXT, "python -m tests.house.draw_rooms"


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_what_the_map_names_exists(file: str, name: str) -> None:
    assert place_of(file).is_file()
    assert not name or defines(place_of(file), name)


@pytest.mark.parametrize(("room", "name"), DOORS)
def test_what_a_room_calls_its_door_exists(room: str, name: str) -> None:
    module, _, inside = name.rpartition(".")
    assert defines(ROOT / "grader" / room / f"{module or '__init__'}.py", inside)


def test_every_room_is_named_with_its_door() -> None:
    assert {room for room in rooms() if (ROOT / "grader" / room).is_dir()} == {room for room, _ in DOORS}


def test_no_function_is_long() -> None:
    tall = modules_with_tall_functions(ROOT / "grader")
    assert tall, "none of them is looked at"
    assert long_functions(tall) == []
