"""A student's file as a script: it finds the unit's other files, and tries the examples of its docstrings.

`python gates.py` runs the file's first lines, which call `try_examples`. That runs the file as `python -m` would, as a
member of its unit's package, so that `from .neuron import step` works, and ends the program.
"""

import doctest
import runpy
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from grader.printable import safe
from grader.worker.failures import unwritten

FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
PASSED, FAILED, OPEN = "ok", "wrong", "open"
_running: list[Path] = []


def try_examples() -> None:
    """Run the script's file as a member of its unit, print what its examples give, and end the program.

    Called again while it runs, this function does nothing.
    """
    if _running:
        return
    path = Path(str(sys.modules["__main__"].__file__)).resolve()
    _running.append(path)
    sys.exit(1 if _print_examples(_globals_of(path), path) else 0)


def _globals_of(path: Path) -> dict[str, Any]:
    """Run a file as `python -m UNIT.FILE` does, and return its globals."""
    unit = path.parent
    sys.path[:1] = [str(unit.parent), str(unit.parent.parent)]  # in the place of the file's own folder
    try:
        return runpy.run_module(f"{unit.name}.{path.stem}", run_name="__main__", alter_sys=True)
    except Exception as error:
        _print_without_ours(error, path)
        sys.exit(1)


def _print_without_ours(error: Exception, path: Path) -> None:
    """Print an exception's traceback from the student's first line on."""
    stack = error.__traceback__
    while stack is not None and stack.tb_frame.f_code.co_filename != str(path):
        stack = stack.tb_next
    traceback.print_exception(type(error), error, stack)


def _print_examples(names: dict[str, Any], path: Path) -> int:
    """Print each function's outcome, and return how many have a wrong example."""
    tests = [test for test in _tests(names) if test.examples]
    runners = [_ExampleRunner() for _ in tests]
    lines = [f"{path.name}: the examples of its docstrings" if tests else f"{path.name} has no examples", ""]
    width = max((len(test.name) for test in tests), default=0)
    for test, runner in zip(tests, runners, strict=True):
        runner.run(test, out=lambda text: None)
        lines.append(f"  {runner.outcome:<5}  {test.name:<{width}}  {runner.remark}".rstrip())
        lines += runner.lines
    sys.stdout.write("\n".join([*lines, "", f"next: grade run {path.parent.name}", ""]))
    return sum(runner.outcome == FAILED for runner in runners)


def _tests(names: dict[str, Any]) -> Iterator[doctest.DocTest]:
    """Yield the examples of the functions and classes that are defined in the file, in its order."""
    finder = doctest.DocTestFinder(recurse=False)
    for name, value in names.items():
        if getattr(value, "__module__", None) == "__main__" and callable(value):
            yield from finder.find(value, name, module=False, globs=names)


class _ExampleRunner(doctest.DocTestRunner):
    """Runner of one function's examples that keeps what is to be printed; it stops at the first one that is wrong."""

    def __init__(self) -> None:
        super().__init__(optionflags=FLAGS | doctest.FAIL_FAST)
        self.outcome, self.remark = PASSED, ""
        self.lines: list[str] = []

    def report_failure(self, out: object, test: doctest.DocTest, example: doctest.Example, got: str) -> None:
        """Keep the call, the expected and the actual answer."""
        self._is_wrong(test, example, got)

    def report_unexpected_exception(
        self,
        out: object,
        test: doctest.DocTest,
        example: doctest.Example,
        exc_info: tuple[type[BaseException], BaseException, TracebackType],
    ) -> None:
        """Keep the exception; that of a stub means that the function is not written yet."""
        error = exc_info[1]
        if isinstance(error, NotImplementedError):
            name = str(unwritten(str(error))["name"])
            self.outcome, self.remark = OPEN, "not written yet" if name == test.name else f"waits for {safe(name)}"
            return
        where = [entry for entry in traceback.extract_tb(error.__traceback__) if entry.filename.endswith(".py")]
        place = f"  ({Path(where[-1].filename).name}, line {where[-1].lineno})" if where else ""
        self._is_wrong(test, example, f"{type(error).__name__}: {error}{place}")

    def _is_wrong(self, test: doctest.DocTest, example: doctest.Example, got: str) -> None:
        self.outcome = FAILED
        self.remark = f"line {(test.lineno or 0) + example.lineno + 1}"
        rows = (("called", example.source), ("expected", example.want), ("got", got))
        for label, text in rows:
            first, *rest = safe(text.strip() or "nothing").split("\n")
            self.lines += [f"         {label:<9} {first}", *(f"{'':<19}{line}" for line in rest)]
