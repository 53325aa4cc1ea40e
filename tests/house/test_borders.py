"""Borders that import-linter has no contract for: imports inside functions, and of what Windows lacks."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from itertools import filterfalse
from pathlib import Path

from tests.house.extras import NEED_EXTRAS

ROOT = Path(__file__).parents[2]

HEAVY = {
    "torch": "a second and a half; NumPy tasks, `grade --help` and a student's plain test do without",
    "numpy": "the parser of student text starts without it",
    "pytest": "a course's module that asks for `task` may be imported where nothing is tested",
    "matplotlib": "only pictures need it",
    "jaxtyping": "only workers need it",
    "threadpoolctl": "only processes that compute need it",
    "mcp": "takes two seconds, and only the extra `tutor` has it",
}
PLATFORM = {
    "resource": "not on Windows",
    "fcntl": "not on Windows",
    "pyseccomp": "Linux, and only with the extra `sealed`",
    "pynvml": "only with the extra `gpu`",
    "nbgrader": "only with the extra `nbgrader`; two seconds",
    "copydetect": "only with the extra `similar`",
    "altair": "only with the extra `report`",
    "vl_convert": "only with the extra `report`",
    "starlette": "only with the extra `serve`",
    "uvicorn": "only with the extra `serve`",
    "cryptography": "only with the extra `cluster`",
    "dask_jobqueue": "only with the extra `cluster`; its import changes what Ctrl-C does",
    "ctypes": "looked up when it is needed: student files could have asked a module that holds it",
}
MODULES = {
    "doctest": "a first look tells a syntax error before anything else is imported",
    "grader.worker.failures": "the same",
    "grader.worker.loader": "the same; it imports NumPy",
    "grader.judge.cases": "imports hypothesis, half a second",
    "grader.judge.local_students": "the plugin is loaded before it is known that anything is graded",
    "grader.course.model": "the same",
    "grader.course.registry": "the same",
    "grader.timing.race": "the same",
    "grader.timing.runners": "the same",
    "grader.worker.kernel": "calls the C library: Linux only",
    "grader.worker.triton_warmth": "imports Triton, which is not installed everywhere",
    "grader.cluster.connection": "imports distributed, which only the extra `cluster` has",
    "grader.proof.mutation.search": "imports libcst, which only the extra `authors` has",
    "grader.nbgrader.gradebook": "imports nbgrader, which only the extra `nbgrader` has",
}


def modules_of(statement: ast.Import | ast.ImportFrom) -> list[str]:
    return (
        [statement.module or ""] if isinstance(statement, ast.ImportFrom) else [alias.name for alias in statement.names]
    )


def inside_functions(path: Path) -> Iterator[str]:
    for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for statement in ast.walk(function):
                if isinstance(statement, ast.Import | ast.ImportFrom):
                    yield from modules_of(statement)


def all_inside_functions() -> dict[str, set[str]]:
    """Return by module what functions import, in every room but the command line."""
    files = [path for path in (ROOT / "grader").rglob("*.py") if path.relative_to(ROOT).parts[1] != "cli"]
    return {path.relative_to(ROOT).as_posix(): set(inside_functions(path)) for path in files}


def allowed(module: str) -> bool:
    return module in MODULES or module.partition(".")[0] in HEAVY | PLATFORM


def test_functions_import_only_what_is_heavy_or_not_there_everywhere() -> None:
    others = {
        path: names for path, modules in all_inside_functions().items() if (names := {*filterfalse(allowed, modules)})
    }
    assert others == {}


def test_nothing_is_listed_that_no_function_imports() -> None:
    modules = set().union(*all_inside_functions().values())
    tops = {module.partition(".")[0] for module in modules}
    assert {*MODULES} <= modules
    assert {*HEAVY, *PLATFORM} <= tops


ELSEWHERE = """
import ctypes, importlib, pkgutil, sys, warnings
import grader
warnings.simplefilter("ignore")  # filelock says that there is no fcntl
sys.modules |= dict.fromkeys(("fcntl", "grp", "pwd", "resource", "termios"))
whole = ctypes.CDLL.__init__
def needing_a_name(self, name=None, *args, **kwargs):
    if name is None:
        raise TypeError("the C library has no such name on Windows")
    whole(self, name, *args, **kwargs)
ctypes.CDLL.__init__ = needing_a_name
for found in pkgutil.walk_packages(grader.__path__, "grader."):
    if not found.name.endswith("__main__"):
        try:
            importlib.import_module(found.name)
        except (ImportError, TypeError):
            print(found.name)
"""
LINUX_ONLY = {"grader.worker.kernel", "grader.worker.walls", "grader.worker.zygote"}


def test_only_what_runs_inside_the_walls_needs_linux() -> None:
    command = [sys.executable, "-c", ELSEWHERE]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert {*done.stdout.split()} - {*NEED_EXTRAS} == LINUX_ONLY
