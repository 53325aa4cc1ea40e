"""What a task may use: NumPy tasks see no torch, torch tasks see everything but the operator that they re-implement.

The policy tells honest students what is not meant. It does not hold against somebody who means to get round it: a
thread of the student's own escapes the dispatch mode, and an import guard can be taken out.
"""

import contextlib
import importlib.abc
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

FOREIGN_LIBRARIES = frozenset({"torch", "torchvision", "tensorflow", "keras", "jax", "sklearn", "cupy", "autograd"})


class BlockedByPolicy(ImportError):
    """The student's code asked for something that the task forbids."""


class ImportGuard(importlib.abc.MetaPathFinder):
    """Refuses to import libraries that would do a NumPy task's work.

    Parameters
    ----------
    names : frozenset of str
        Top-level modules that are refused.
    """

    def __init__(self, names: frozenset[str] = FOREIGN_LIBRARIES) -> None:
        self._names = names

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Refuse a module by name; leave all others to the finders that follow."""
        top = fullname.partition(".")[0]
        if top in self._names:
            raise BlockedByPolicy(f"this task is written in NumPy: {top} is not available here")
        return None


def guard_imports() -> None:
    """From now on this process imports none of the foreign libraries, not even those that are loaded already."""
    for name in [name for name in sys.modules if name.partition(".")[0] in FOREIGN_LIBRARIES]:
        del sys.modules[name]
    sys.meta_path.insert(0, ImportGuard())


def forbid_operators(names: Sequence[str]) -> contextlib.AbstractContextManager[Any]:
    """Return a context in which torch operators of these names are refused, by whatever alias they are called.

    Parameters
    ----------
    names : sequence of str
        Names at torch's dispatcher, without overload: ``aten::convolution``.
    """
    if not names:
        return contextlib.nullcontext()
    from torch.utils._python_dispatch import TorchDispatchMode

    forbidden = frozenset(names)

    class Forbid(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch has no annotations there
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            operator = func.name().partition(".")[0]
            if operator.removesuffix("_") in forbidden:  # in place it is the same operator
                raise BlockedByPolicy(f"this task re-implements {operator}: calling it is not allowed")
            return func(*args, **(kwargs or {}))

    return Forbid()  # type: ignore[no-untyped-call]  # the same
