"""Stand-ins: functions of the judge in the place of the student's own, wherever the student's files use them.

A task that fails beside a wrong lower one is tested once more with the reference in the lower one's place. The code of
the reference stays with the judge: in this process its name only asks there.
"""

import builtins
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np

from grader.worker.objects import KeptByJudge, Places, replace_at
from grader.worker.placeholder import Placeholder

Ask: TypeAlias = Callable[..., tuple[str, Any, Any]]
"""Function of the judge. It returns ``("value", answer, arguments afterwards)`` or ``("raised", name, text)``."""


class StandIns:
    """Functions that replace the student's in modules as they are loaded.

    Parameters
    ----------
    functions : mapping of str to tuple
        By name: the stem of the file where students define it, the judge's function, and the caches in its answer,
        which stay with the judge.
    """

    def __init__(self, functions: Mapping[str, tuple[str, Ask, Places]] = {}) -> None:
        self._homes = {name: home for name, (home, _, _) in functions.items()}
        self._functions = {name: _asking(name, ask, caches) for name, (_, ask, caches) in functions.items()}

    def install(self, stem: str, module: ModuleType) -> None:
        """Replace the functions in a module that has just run; modules that import them from it get the new ones."""
        names = module.__dict__
        for name, function in self._functions.items():
            is_home = self._homes[name] == stem
            original = names.get(name) if is_home else None
            for alias, value in list(names.items()):
                is_placeholder = alias == name and issubclass(type(value), Placeholder)
                if is_placeholder or (original is not None and value is original):
                    names[alias] = function
            if is_home:
                names[name] = function


def _asking(name: str, ask: Ask, caches: Places) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        ending, value, left = ask(*args, **kwargs)
        if ending == "raised":
            raise getattr(builtins, value)(left)
        if left is not None:
            update((args, kwargs), left)
        return replace_at(value, caches, KeptByJudge)

    call.__name__ = call.__qualname__ = name
    return call


def update(given: Any, left: Any) -> None:
    """Change arguments in place to what the judge's function left of its copies: arrays, containers and generators."""
    if isinstance(given, np.ndarray):
        given[...] = left
    elif isinstance(given, np.random.Generator):
        given.bit_generator.state = left.bit_generator.state
    elif isinstance(given, tuple):
        for item, other in zip(given, left, strict=False):
            update(item, other)
    elif isinstance(given, list):
        given[:] = [_updated(item, other) for item, other in zip(given, left, strict=False)] + left[len(given) :]
    elif isinstance(given, dict):
        items = {key: _updated(given[key], other) if key in given else other for key, other in left.items()}
        given.clear()
        given.update(items)


def _updated(item: Any, other: Any) -> Any:
    """Return an item of a container, changed in place if its kind and form allow it."""
    is_same_array = isinstance(item, np.ndarray) and isinstance(other, np.ndarray) and item.shape == other.shape
    if is_same_array or (isinstance(item, np.random.Generator | tuple | list | dict) and type(item) is type(other)):
        update(item, other)
        return item
    return item if isinstance(item, KeptByJudge) else other
