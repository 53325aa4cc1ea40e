"""Readers of a unit's suite: its tests, misconceptions, variants and equivalent mutants.

Python files are parsed, not imported. Functions and classes of `tests/hidden/<unit>/variants.py` that are named
``<task>__<style>`` are variants; names that begin with an underscore or contain no double underscore are helpers. The
equivalent mutants are listed in `tests/hidden/<unit>/equivalents.toml`: they reveal details of the solutions, so
students do not get them.
"""

import ast
from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import prod
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from grader.course import layout
from grader.course.model import cannot_run
from grader.course.reading import parsed, read_text, read_tree
from grader.course.registry import Unit
from grader.course.toml_reading import as_record, line_of, read_tables, refuse_repeated
from grader.errors import CourseError


class TestCase(Struct, frozen=True):
    """A test function: its line, its task ("" without `@task`), its points (None if unreadable).

    `cases` is the number of tests that `@pytest.mark.parametrize` makes of it, as far as it can be read. `about` says
    what a hidden test looks at.
    """

    __test__ = False  # pytest: this is data, not a test class

    name: str
    line: int
    task: str
    points: float | None
    cases: int = 1
    about: str = ""


class Misconception(Struct, frozen=True):
    """A registered wrong answer: its function, its task, the text shown to students, and a page that describes it."""

    name: str
    line: int
    task: str
    text: str
    source: str = ""


def tests_of(root: Path, path: Path) -> tuple[TestCase, ...]:
    """Return the test functions of a test file in order; empty if the file is missing.

    Raises
    ------
    CourseError
        If the file is not valid Python.
    """
    if not path.is_file():
        return ()
    shown = layout.relative_name(path, root)
    return _tests_in(read_text(path, shown), shown)


@lru_cache(maxsize=256)
def _tests_in(source: str, shown: str) -> tuple[TestCase, ...]:
    nodes = ast.walk(parsed(source, shown))
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return tuple(_test(node) for node in functions if node.name.startswith("test"))


def marked_elsewhere(root: Path, unit: Unit) -> list[tuple[Path, str, int]]:
    """Return file, name and line of functions with `@task` that pytest does not collect as tests.

    Raises
    ------
    CourseError
        If a file is not valid Python.
    """
    stubs = {layout.stub_path(root, unit.name, stem) for stem in unit.files}
    places = []
    for folder in (layout.exercises(root, unit.name), layout.hidden(root, unit.name)):
        for path in sorted(set(folder.glob("*.py")) - stubs):
            for node in ast.walk(_tree(root, path)):
                name = getattr(node, "name", "")
                if _calls(node, "task") and not (path.name.startswith("test_") and name.startswith("test")):
                    places.append((path, name, getattr(node, "lineno", 0)))
    return places


def _tree(root: Path, path: Path) -> ast.Module:
    shown = layout.relative_name(path, root)
    return parsed(read_text(path, shown), shown)


def misconceptions_of(root: Path, unit: str) -> tuple[Misconception, ...]:
    """Return a unit's misconceptions in order; empty if the file is missing.

    Raises
    ------
    CourseError
        If the file is not valid Python, or a task or text is not a string literal.
    """
    path = layout.misconceptions(root, unit)
    if not path.is_file():
        return ()
    shown = layout.relative_name(path, root)
    return _misconceptions_in(read_text(path, shown), shown)


@lru_cache(maxsize=256)
def _misconceptions_in(source: str, shown: str) -> tuple[Misconception, ...]:
    misconceptions = []
    for node in ast.walk(parsed(source, shown)):
        for call in _calls(node, "misconception"):
            texts = [_text(value) for value in _arguments(call, ("task", "text"))]
            if len(texts) != 2 or None in texts:
                raise CourseError(
                    'expected @misconception("task", "one sentence for the student")',
                    "correct it, then: grade check",
                    f"{shown}, line {call.lineno}",
                )
            name, source = getattr(node, "name", ""), _keyword_text(call, "source")
            misconceptions.append(Misconception(name, call.lineno, str(texts[0]), str(texts[1]), source))
    return tuple(sorted(misconceptions, key=lambda misconception: misconception.line))


def _test(node: ast.FunctionDef | ast.AsyncFunctionDef) -> TestCase:
    for call in _calls(node, "task"):
        values = _arguments(call, ("name", "points"))
        name = _text(values[0]) if values else None
        points = _number(values[1]) if len(values) > 1 else None
        return TestCase(node.name, node.lineno, name or "", points, _cases(node), _keyword_text(call, "about"))
    return TestCase(node.name, node.lineno, "", None)


def _cases(node: ast.AST) -> int:
    lists = [_arguments(call, ("argnames", "argvalues"))[1:] for call in _calls(node, "parametrize")]
    return prod(len(values[0].elts) for values in lists if values and isinstance(values[0], ast.List | ast.Tuple))


def _calls(node: ast.AST, name: str) -> list[ast.Call]:
    """Return the decorators ``@name(...)`` and ``@anything.name(...)`` of a function or class."""
    decorators = [decorator for decorator in getattr(node, "decorator_list", []) if isinstance(decorator, ast.Call)]
    return [call for call in decorators if name in (getattr(call.func, "id", ""), getattr(call.func, "attr", ""))]


def without_decorator(node: ast.FunctionDef | ast.ClassDef, name: str) -> ast.FunctionDef | ast.ClassDef:
    """Return a copy of a definition without its decorators of this name."""
    copy = ast.parse(ast.unparse(node)).body[0]
    assert isinstance(copy, ast.FunctionDef | ast.ClassDef)
    calls = _calls(copy, name)
    copy.decorator_list = [decorator for decorator in copy.decorator_list if decorator not in calls]
    return copy


def _arguments(call: ast.Call, names: tuple[str, ...]) -> list[ast.expr]:
    """Return a call's arguments, positional or by keyword, in the order of `names`; stop at the first missing one."""
    values = list(call.args)
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    values += [keywords[name] for name in names[len(values) :] if name in keywords]
    return values


def _keyword_text(call: ast.Call, name: str) -> str:
    """Return the string literal passed under this keyword; empty if there is none."""
    values = [keyword.value for keyword in call.keywords if keyword.arg == name]
    return next((text for text in map(_text, values) if text), "")


def _text(node: ast.expr) -> str | None:
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, str) else None


def _number(node: ast.expr) -> float | None:
    value = node.value if isinstance(node, ast.Constant) else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def test_files(root: Path, unit: str) -> list[Path]:
    """Return a unit's test files, visible ones first."""
    folders = (layout.exercises(root, unit), layout.hidden(root, unit))
    return [path for folder in folders for path in sorted(folder.glob("test_*.py"))]


def hidden_properties(root: Path, unit: Unit) -> dict[str, tuple[str, ...]]:
    """Return what the hidden tests of each task look at, each property once: students see this.

    Tasks without hidden tests, and with tests that say nothing, are left out.

    Raises
    ------
    CourseError
        If a file is not valid Python.
    """
    properties: dict[str, dict[str, None]] = {}
    for _, test in _hidden_tests(root, unit.name):
        properties.setdefault(test.task, {}).update(dict.fromkeys(filter(None, test.about.split(", "))))
    return {task: tuple(properties[task]) for task in (task.name for task in unit.tasks) if properties.get(task)}


def about_hidden(root: Path, unit: str) -> dict[str, str]:
    """Return what each hidden test looks at, by its name as in records: ``conv.test_agrees_with_torch``.

    Raises
    ------
    CourseError
        If a file is not valid Python.
    """
    return {f"{stem}.{test.name}": test.about for stem, test in _hidden_tests(root, unit)}


def _hidden_tests(root: Path, unit: str) -> Iterator[tuple[str, TestCase]]:
    """Yield each hidden test with the stem of its file, without `test_`."""
    for path in sorted(layout.hidden(root, unit).glob("test_*.py")):
        for test in tests_of(root, path):
            yield path.stem.removeprefix("test_"), test


def unit_points(root: Path, unit: Unit, without: Sequence[str] = ()) -> float:
    """Return the points of a unit on this machine.

    Parameters
    ----------
    root : Path
        The course's folder.
    unit : Unit
    without : sequence of str
        Tests to leave out, as ``file.test``.

    Returns
    -------
    float
        Points of all tests except those that cannot run here.
    """
    left_out = set(cannot_run(unit))
    points: dict[str, float] = {}
    for path in test_files(root, unit.name):
        for test in tests_of(root, path):
            if test.task not in left_out and f"{path.stem.removeprefix('test_')}.{test.name}" not in without:
                points[test.task] = points.get(test.task, 0.0) + (test.points or 0.0) * test.cases
    return unit.worth(points)


Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Variant(Struct, frozen=True):
    """Another right answer: its name, line and task."""

    name: str
    line: int
    task: str


def variants_of(root: Path, unit: str) -> tuple[Variant, ...]:
    """Return a unit's variants in order; empty if the file is missing.

    Raises
    ------
    CourseError
        If the file is not valid Python.
    """
    return tuple(Variant(node.name, node.lineno, task_of(node.name)) for node in definitions(root, unit))


def definitions(root: Path, unit: str) -> list[Definition]:
    """Return the syntax trees of a unit's variants. Do not modify them.

    Raises
    ------
    CourseError
        If the file is not valid Python.
    """
    return [node for node in _body(root, unit) if isinstance(node, Definition) and names_a_variant(node.name)]


def assigned_names(root: Path, unit: str) -> list[tuple[str, int]]:
    """Return names and lines of assigned values that are named like a variant.

    Raises
    ------
    CourseError
        If the file is not valid Python.
    """
    assigned = [node for node in _body(root, unit) if isinstance(node, ast.Assign | ast.AnnAssign)]
    names = [name for node in assigned for name in ast.walk(node) if isinstance(name, ast.Name)]
    stored = [name for name in names if isinstance(name.ctx, ast.Store)]
    return [(name.id, name.lineno) for name in stored if names_a_variant(name.id)]


def names_a_variant(name: str) -> bool:
    """Return whether a name belongs to a variant, not a helper."""
    return not name.startswith("_") and "__" in name


def task_of(name: str) -> str:
    """Return the task in a variant's name."""
    return name.partition("__")[0]


def _body(root: Path, unit: str) -> list[ast.stmt]:
    path = layout.variants(root, unit)
    return read_tree(path, layout.relative_name(path, root)).body if path.is_file() else []


MutantId = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_.]*\.[a-z_]+\.[0-9a-f]{8}\Z")]


class _EquivalentEntry(Struct, frozen=True, forbid_unknown_fields=True):
    mutant: MutantId
    reason: Annotated[str, Meta(min_length=1)]


class _EquivalentsFile(Struct, frozen=True, forbid_unknown_fields=True):
    equivalent: tuple[_EquivalentEntry, ...] = ()


class Equivalent(Struct, frozen=True):
    """A mutant that no test can notice: its name, the reason, and the line of its entry in the list."""

    mutant: str
    reason: str
    line: int

    @property
    def function(self) -> str:
        """Qualified name of the changed function."""
        return self.mutant.rsplit(".", 2)[0]


def equivalents_of(root: Path, unit: str) -> tuple[Equivalent, ...]:
    """Return a unit's list in order; empty if there is no file.

    Raises
    ------
    CourseError
        If the file is broken or names a mutant twice; the message names file and line.
    """
    path = layout.equivalents(root, unit)
    if not path.is_file():
        return ()
    shown = layout.relative_name(path, root)
    text = read_text(path, shown)
    entries = as_record(read_tables(text, shown), _EquivalentsFile, text, shown).equivalent
    refuse_repeated((entry.mutant for entry in entries), "$.equivalent[{}].mutant", "mutant", text, shown)
    return tuple(
        Equivalent(entry.mutant, entry.reason, line_of(text, f"$.equivalent[{place}]"))
        for place, entry in enumerate(entries)
    )
