"""Requires: variables, parameters and functions of the engine are named by nouns and verbs of the field.

Catches: `for each in ...`, `found = [...]`, `told = ...`, `own = ...`, docstrings that open with What, Which or Whose.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "grader").rglob("*.py"))

VAGUE = {"each", "found", "mine", "own", "say", "tell", "theirs", "there", "told"}
OPENINGS = {"What", "Which", "Who", "Whose", "How", "Why"}
ALLOWED = {"grader/sandbox/probe.py": ["told"]}  # a field of what `grade doctor --json` prints
DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef

OFFENCES = [
    "for each in tests: pass",
    "found = []",
    "def tell(text): pass",
    "def _told(text): pass",
    "def note(theirs): pass",
    "(own := 1)",
    "try: pass\nexcept Exception as told: pass",
    '"""What a test says."""',
    'def note(text):\n    """Which text is noted."""',
]
INNOCENT = ["for test in tests: pass", "print(feedback.told)", 'def note(text):\n    """Whether a text is noted."""']


def names_in(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and name of everything that a module names."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield node.lineno, name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.ExceptHandler(name=str(name)) | ast.alias(asname=str(name)):
                yield node.lineno, name


def docstrings_in(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and first word of every docstring."""
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and (text := ast.get_docstring(node)):
            yield node.body[0].lineno, text.split()[0]


def offences(text: str) -> list[tuple[int, str]]:
    """Return line and word of every vague name, and of every docstring that opens like a question."""
    tree = ast.parse(text)
    vague = [(line, name) for line, name in names_in(tree) if name.strip("_") in VAGUE]
    return vague + [(line, word) for line, word in docstrings_in(tree) if word in OPENINGS]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_names_are_nouns_and_docstrings_no_questions(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    assert [word for _, word in offences(path.read_text(encoding="utf-8"))] == ALLOWED.get(name, [])


@pytest.mark.parametrize("text", OFFENCES)
def test_an_offence_is_found(text: str) -> None:
    assert len(offences(text)) == 1


@pytest.mark.parametrize("text", INNOCENT)
def test_other_names_are_left_alone(text: str) -> None:
    assert offences(text) == []
