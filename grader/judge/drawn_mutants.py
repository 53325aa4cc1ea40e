"""Mutants of one function that were drawn by its author: small mistakes that a student's tests are tried on.

They stand in `tests/hidden/<unit>/mutants.toml`, as ``grade mutants --task TASK --draw N`` has written them: nobody who
grades needs the library that makes mutants, and everybody's tests are tried on the same ones.
"""

import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

from msgspec import Struct, convert

from grader.course import layout
from grader.judge.test_workers import Called


class DrawnMutant(Struct, frozen=True, forbid_unknown_fields=True):
    """A mutant as it is written down.

    Attributes
    ----------
    id : str
        As in `Mutant`.
    change : str
        Code before and after the change.
    source : str
        The function's whole text.
    """

    id: str
    change: str
    source: str

    @property
    def task(self) -> str:
        """The function."""
        return self.id.partition(".")[0]


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    mutant: tuple[DrawnMutant, ...] = ()


def read_mutants(path: Path) -> tuple[DrawnMutant, ...]:
    """Read a file of drawn mutants.

    Parameters
    ----------
    path : Path

    Returns
    -------
    tuple of DrawnMutant
        None if there is no such file.
    """
    return convert(tomllib.loads(path.read_text(encoding="utf-8")), _File).mutant if path.is_file() else ()


def drawn_mutants(suite: str, module: ModuleType, task: str) -> tuple[Called, ...]:
    """Return the drawn mutants of a function, to be called.

    Parameters
    ----------
    suite : str
        ``__file__`` of the hidden test that uses them.
    module : module
        The solution, whose other names the mutants use.
    task : str

    Returns
    -------
    tuple of callable
    """
    known = read_mutants(Path(suite).parent / layout.DRAWN_MUTANTS)
    return tuple(_function(mutant, module) for mutant in known if mutant.task == task)


def _function(mutant: DrawnMutant, module: ModuleType) -> Any:
    names = dict(vars(module))
    exec(compile(mutant.source, mutant.id, "exec", dont_inherit=True), names)  # the author's own text
    return names[mutant.task]
