"""Workload of a timed task: its inputs, torch's operator, the naive version, and the unavoidable work.

`solutions/<unit>/workloads.py` holds them as plain functions, named after the task: `<task>__shapes`,
`<task>__inputs`, `<task>__reference`, `<task>__naive`, `<task>__work`. Students have a copy. The shape of each call is
drawn at random, so that code cannot prepare for it, and code that is right for some shapes only fails.
"""

import hashlib
import random
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from grader.course import layout
from grader.judge.outcomes import GraderFault
from grader.worker.loader import Package

STEM = "workloads"
MOST_SEED = 1 << 63


def workloads_text(root: Path, unit: str) -> str:
    """Return the source text of a unit's workloads: the author's, or the students' copy if there is none."""
    for path in (layout.workloads_source(root, unit), layout.workloads(root, unit)):
        if path.is_file():
            return path.read_text(encoding="utf-8")
    raise GraderFault(f"there is no {STEM}.py in the unit {unit}")


@cache
def _module(text: str) -> ModuleType:
    package = Package(f"timed_{hashlib.sha256(text.encode()).hexdigest()[:12]}", {STEM: text})
    package.install()
    return package.module(STEM)


class Workload:
    """The workload of one task, in this process.

    Parameters
    ----------
    text : str
        Source text of the unit's workloads.
    task : str
    seed : int
        Secret seed of all inputs.
    one_shape : bool
        Whether all calls have the shape of the first one, as calls of a batch must.
    """

    def __init__(self, text: str, task: str, seed: int, *, one_shape: bool = False) -> None:
        self.text, self.task, self._seed, self._one_shape = text, task, seed, one_shape

    def of_one_shape(self) -> "Workload":
        """Return the same workload with the first call's shape for all calls."""
        return Workload(self.text, self.task, self._seed, one_shape=True)

    def name(self, part: str) -> str:
        """Return the name of a part's function."""
        return f"{self.task}__{part}"

    def function(self, part: str) -> Any:
        """Return the function of a part: ``shapes``, ``inputs``, ``reference``, ``naive`` or ``work``."""
        function = getattr(_module(self.text), self.name(part), None)
        if function is None:
            raise GraderFault(f"{STEM}.py has no {self.name(part)}")
        return function

    def ask(self, part: str, *arguments: Any) -> Any:
        """Call the function of a part; its failures are the grader's own fault."""
        function = self.function(part)
        try:
            return function(*arguments)
        except Exception as error:
            raise GraderFault(f"{self.name(part)} raised {type(error).__name__}: {error}"[:500]) from None

    def inputs(self, number: int, where: str = "cpu", dtype: str = "float32") -> tuple[Any, ...]:
        """Return the arguments of a call by its number; the same number gives the same arguments.

        Parameters
        ----------
        number : int
        where, dtype : str
            Names of device and dtype in torch.
        """
        return self.inputs_of(self.shape_of(number, where), number, where, dtype)

    def shapes(self, where: str = "cpu") -> tuple[Any, ...]:
        """Return the possible shapes of a call; empty if the workload has only one and does not name it."""
        if not hasattr(_module(self.text), self.name("shapes")):
            return ()
        return tuple(self.ask("shapes", where))

    def shape_of(self, number: int, where: str = "cpu") -> Any:
        """Return the shape drawn for a call by its number; None if there is nothing to draw."""
        shapes = self.shapes(where)
        drawn = random.Random(self._seed + (0 if self._one_shape else number))
        return shapes[drawn.randrange(len(shapes))] if shapes else None

    def work_of(self, shape: Any, where: str = "cpu", dtype: str = "float32") -> tuple[float, float]:
        """Return the least operations and bytes moved of a call of some shape."""
        operations, moved = self.ask("work", *self.inputs_of(shape, 0, where, dtype))
        return operations, moved

    def least_work(self, where: str = "cpu", dtype: str = "float32") -> tuple[float, float]:
        """Return the least operations and bytes moved of a call of any shape."""
        works = [self.work_of(shape, where, dtype) for shape in self.shapes(where) or (None,)]
        return min(operations for operations, _ in works), min(moved for _, moved in works)

    def inputs_of(self, shape: Any, number: int, where: str = "cpu", dtype: str = "float32") -> tuple[Any, ...]:
        """Return the arguments of a call of some shape by its number; the same number gives the same arguments."""
        import torch

        generator = torch.Generator(where).manual_seed((self._seed + number) % MOST_SEED)
        given = () if shape is None else (shape,)
        arguments: tuple[Any, ...] = self.ask("inputs", generator, where, getattr(torch, dtype), *given)
        return arguments
