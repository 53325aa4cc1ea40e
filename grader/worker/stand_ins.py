"""Stand-ins: functions of the judge in the place of the student's own, wherever the student's files use them.

A task that fails beside a wrong lower one is tested once more with the reference in the lower one's place. The code of
the reference stays with the judge: in this process its name only asks there.

Where a reference takes a function, the judge calls no code of the student's: it is told which function of its own is
passed on, or which task of the student's, for which it has a reference.
"""

from collections.abc import Callable, Mapping
from types import FunctionType, ModuleType
from typing import Any, TypeAlias

from grader.wire import CallbackRef
from grader.worker.objects import REFERENCE, KeptByJudge, Places, replace_at
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
    homes : mapping of str to str
        The stem of each task's file, by name.
    """

    def __init__(self, functions: Mapping[str, tuple[str, Ask, Places]] = {}, homes: Mapping[str, str] = {}) -> None:
        self._homes = {**homes, **{name: home for name, (home, _, _) in functions.items()}}
        self._functions = {name: self._asking(name, ask, caches) for name, (_, ask, caches) in functions.items()}
        self._tasks: dict[int, tuple[Any, CallbackRef]] = {}  # the student's functions by id, kept alive

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
        for name in self._homes.keys() - self._functions.keys():
            if self._homes[name] == stem and isinstance(names.get(name), FunctionType):
                self._tasks[id(names[name])] = names[name], CallbackRef(0, f"task {name}")

    def _asking(self, name: str, ask: Ask, caches: Places) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            args = tuple(map(self._passed, args))
            kwargs = {key: self._passed(value) for key, value in kwargs.items()}
            return replace_at(ask(*args, **kwargs), caches, KeptByJudge)

        call.__name__ = call.__qualname__ = name
        vars(call)[REFERENCE] = getattr(ask, REFERENCE, None)
        return call

    def _passed(self, value: Any) -> Any:
        """Return a reference to a function that the judge has, too; any other value is the same."""
        if not isinstance(value, FunctionType):
            return value
        if type(vars(value).get(REFERENCE)) is CallbackRef:
            return CallbackRef(vars(value)[REFERENCE].number, "function")
        return self._tasks.get(id(value), (value, value))[1]
