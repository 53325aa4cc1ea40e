"""Source text of simulated students: misconceptions extracted from their file, some tasks left as stubs."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from grader.course import layout
from grader.course.cut import cut
from grader.course.reading import find_regions, read_text, read_tree
from grader.course.registry import Unit
from grader.course.suite import without_decorator
from grader.proof.dependencies import Place, attributes, bound_names, closure, loaded_names
from grader.proof.local_suites import MisconceptionResult

BEFORE = "_before"
NOT_STUDENTS = ("grader", "tests", "datasets")


def prepared(source: str) -> str:
    """Return code that saves a file's definitions under a class, using only syntax that an operator ban allows."""
    body = [node for node in ast.parse(source).body if not isinstance(node, ast.Import | ast.ImportFrom)]
    names = dict.fromkeys(name for node in body for name in bound_names(node))
    kept = "\n".join(f"    {name} = {name}" for name in names)
    return f"class {BEFORE}:\n{kept or '    pass'}"


class WrongCode:
    """The misconceptions or variants of one unit as source text.

    Parameters
    ----------
    root : Path
        The course.
    unit : str
    path : Path, optional
        Their file; that of the misconceptions by default.
    """

    def __init__(self, root: Path, unit: str, path: Path | None = None) -> None:
        path = path or layout.misconceptions(root, unit)
        self._unit = unit
        self._body = read_tree(path, layout.relative_name(path, root)).body
        self._uses: dict[str, set[str]] = {}
        for node in self._body:
            for name in bound_names(node):
                self._uses.setdefault(name, set()).update(loaded_names(_undecorated(node)))

    def borrows(self, name: str) -> set[Place]:
        """Return the solutions' names that a wrong answer uses."""
        modules = {alias: stem for alias, stem, name in self._from_solutions() if not name}
        single = {alias: (stem, name) for alias, stem, name in self._from_solutions() if name}
        used = closure([name], self._uses)
        parts = [node for node in self._body if used.intersection(bound_names(node))]
        through = {(modules[base], attr) for node in parts for base, attr in attributes(node) if base in modules}
        return through | {single[name_used] for name_used in used if name_used in single}

    def portable(self, name: str) -> bool:
        """Return whether a wrong answer uses only what students have."""
        used = closure([name], self._uses)
        strangers = {alias for alias, module in self._aliases() if module.split(".")[0] in NOT_STUDENTS}
        return used.isdisjoint(strangers | {"solutions"})

    def override(self, name: str, task: str, stem: str) -> str:
        """Return code that replaces a task by a wrong answer when appended to the file `stem`."""
        used = closure([name], self._uses)
        imports = ast.parse("\n".join(self._import_lines(used, stem))).body
        parts = [_undecorated(node) for node in self._body if used.intersection(bound_names(node))]
        lifted = ast.parse(f"def _wrong_{task}():\n    return {name}")
        function = lifted.body[0]
        assert isinstance(function, ast.FunctionDef)
        function.body = [*imports, *parts, *function.body]
        return f"{ast.unparse(lifted)}\n\n\n{task} = _wrong_{task}()"

    def _import_lines(self, used: set[str], stem: str) -> Iterator[str]:
        for alias, home, name in self._from_solutions():
            if alias not in used:
                continue
            if home == stem:
                yield f"{alias} = {BEFORE}" + (f".{name}" if name else "")
            else:
                yield f"from .{home} import {name} as {alias}" if name else f"from . import {home} as {alias}"
        for node in self._body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                for imported in node.names:
                    if _alias(imported) in used and not _of_course(node, imported):
                        yield ast.unparse(_single(node, imported))

    def _from_solutions(self) -> Iterator[tuple[str, str, str]]:
        """Yield alias, file stem and name ("" for a whole file) of each import from the solutions."""
        package = f"solutions.{self._unit}"
        for alias, module in self._aliases():
            stem, _, name = module.removeprefix(f"{package}.").partition(".")
            if module.startswith(f"{package}."):
                yield alias, stem, name

    def _aliases(self) -> Iterator[tuple[str, str]]:
        """Yield alias and full dotted name of each import."""
        for node in self._body:
            if isinstance(node, ast.Import):
                yield from ((_alias(name), name.name) for name in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from ((_alias(name), f"{node.module}.{name.name}") for name in node.names)


def _alias(alias: ast.alias) -> str:
    return alias.asname or alias.name.split(".")[0]


def _of_course(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> bool:
    module = alias.name if isinstance(node, ast.Import) else node.module or ""
    return module.split(".")[0] in ("solutions", *NOT_STUDENTS)


def _single(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> ast.stmt:
    return ast.Import([alias]) if isinstance(node, ast.Import) else ast.ImportFrom(node.module, [alias], node.level)


def _undecorated(node: ast.stmt) -> ast.stmt:
    """Return a definition without its `@misconception`."""
    return without_decorator(node, "misconception") if isinstance(node, ast.FunctionDef | ast.ClassDef) else node


def with_answer(files: Mapping[str, str], stem: str, task: str, name: str, code: WrongCode) -> dict[str, str]:
    """Return a submission's files with another answer in a task's place.

    Parameters
    ----------
    files : mapping of str to str
        Text of each file.
    stem, task : str
        File and name of the task.
    name : str
        The answer.
    code : WrongCode
        The text in which it stands.
    """
    return {**files, stem: "\n\n\n".join((files[stem], prepared(files[stem]), code.override(name, task, stem))) + "\n"}


RIGHT, UNTOUCHED, ENDLESS = "right", "untouched", "endless"
Answer = str | MisconceptionResult  # one of the three above, or a misconception
Answers = Mapping[str, Answer]  # by task


def student_files(root: Path, unit: Unit, answers: Answers, wrong: WrongCode) -> dict[str, str]:
    """Return the text of each of a unit's files.

    Parameters
    ----------
    root : Path
        The course.
    unit : Unit
    answers : mapping of str to Answer
        Answer to each task.
    wrong : WrongCode
        The unit's misconceptions.
    """
    return {stem: _file(root, unit, stem, answers, wrong) for stem in unit.files}


def _file(root: Path, unit: Unit, stem: str, answers: Answers, wrong: WrongCode) -> str:
    path = layout.solution_path(root, unit.name, stem)
    shown = layout.relative_name(path, root)
    unit_answers = {task.name: answers[task.name] for task in unit.tasks if task.file == stem}
    written = {name for name, answer in unit_answers.items() if answer not in (UNTOUCHED, ENDLESS)}
    text = cut(_without_markers(read_text(path, shown), shown, written), unit.name, shown)
    for name in (name for name, answer in unit_answers.items() if answer == ENDLESS):
        text = text.replace(f'raise NotImplementedError("{unit.name}.{name}")', "while True: pass")
    overrides = [
        wrong.override(answer.name, name, stem)
        for name, answer in unit_answers.items()
        if isinstance(answer, MisconceptionResult)
    ]
    return "\n\n\n".join([text.rstrip(), *([prepared(text)] if overrides else []), *overrides]) + "\n"


def _without_markers(source: str, shown: str, written: set[str]) -> str:
    """Return the solution without the markers of the regions that the student has written, or of any helper."""
    regions = find_regions(source, shown)
    opened = [region for region in regions if not region.owner or region.owner.split(".")[0] in written]
    markers = {line for region in opened for line in (region.begin, region.end)}
    lines = source.split("\n")
    return "\n".join(line for number, line in enumerate(lines, start=1) if number not in markers)
