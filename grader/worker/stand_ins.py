"""Stand-ins: functions of the judge in the place of the student's own, wherever the student's files use them.

A task that fails beside a wrong lower one is tested once more with the reference in the lower one's place. The code of
the reference stays with the judge: in this process its name only asks there.
"""

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, TypeAlias

from grader.worker.objects import KeptByJudge, Places, replace_at
from grader.worker.placeholder import Placeholder

Ask: TypeAlias = Callable[..., Any]
"""Function of the judge. It returns an answer with a number for each cache."""


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
        return replace_at(ask(*args, **kwargs), caches, KeptByJudge)

    call.__name__ = call.__qualname__ = name
    return call
