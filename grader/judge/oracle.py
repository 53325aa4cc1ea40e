"""Oracle: references of lower tasks, called by a worker over the wire while a higher task is tested once more.

Only data goes to the worker: answers, and what has changed of the arguments. Its arguments are as little trusted as its
answers, its caches are numbers, and the time is charged to the test.
"""

import warnings
from collections.abc import Iterable, Mapping
from typing import Any

from grader.course import layout
from grader.course.registry import Course
from grader.judge.local import finder
from grader.judge.local_students import modules_in, signatures, task_files
from grader.judge.outcomes import CheckFailed
from grader.judge.remote_objects import Handle
from grader.judge.shapes import Signature, object_in
from grader.wire import HandleRef, WireError
from grader.worker.objects import Places, replace_at


class LentCache(Handle):
    """Handle of a reference's cache on its way back from a worker: a test cannot look into it."""

    __slots__ = ()

    def __init__(self, number: int) -> None:
        super().__init__(HandleRef(number, "cache"), _refuse)


def _refuse(*args: Any, **fields: Any) -> Any:
    raise CheckFailed("the result is a cache that another function made, not an answer")


class StandIn:
    """Reference that a worker calls in the place of the student's function.

    Parameters
    ----------
    oracle : Oracle
    name : str
    function : callable
    caches : Places
        Caches in its answer.
    """

    def __init__(self, oracle: "Oracle", name: str, function: Any, caches: Places) -> None:
        self.__name__ = name
        self._oracle, self._function, self.caches = oracle, function, caches

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return the reference's answer for arguments from a worker, with a number for each cache."""
        self._oracle.used[self.__name__] = None
        args, kwargs = self._oracle.resolved((args, kwargs))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            value = self._function(*args, **kwargs)
        return replace_at(value, self.caches, self._oracle.keep)


class Oracle:
    """References of some of a unit's tasks, with the caches that they have made in a test.

    Parameters
    ----------
    course : Course
    unit_name : str

    Attributes
    ----------
    names : tuple of str
        Tasks whose references are lent.
    used : dict of str to None
        Tasks that have been called in the test, in this order.
    """

    def __init__(self, course: Course, unit_name: str) -> None:
        unit = course.unit(unit_name)
        self._homes = task_files(unit)
        self._find = finder(modules_in(layout.solutions(course.root, unit_name), unit), self._homes)
        self._known = signatures(course, unit_name)
        self._stand_ins: dict[str, StandIn] = {}
        self._caches: dict[int, Any] = {}
        self._next = 0
        self.names: tuple[str, ...] = ()
        self.used: dict[str, None] = {}

    def lend(self, names: tuple[str, ...]) -> None:
        """Lend the references of some tasks from now on, and no others."""
        if names == self.names:
            return
        self.names = names
        self._stand_ins = {name: StandIn(self, name, self._find(name), _caches(self._known, name)) for name in names}

    def lends(self, function: Any) -> bool:
        """Return whether a function is one of the references that are lent now."""
        return isinstance(function, StandIn) and self._stand_ins.get(function.__name__) is function

    def start_test(self) -> None:
        """Drop the caches of the last test; their numbers are not used again."""
        self._caches.clear()
        self.used.clear()

    def stand_ins(self) -> dict[str, tuple[str, StandIn, Places]]:
        """Return the functions by name, each with the student's file that defines it, and its caches."""
        return {name: (self._homes[name], function, function.caches) for name, function in self._stand_ins.items()}

    def keep(self, cache: Any) -> int:
        """Keep a cache until the test ends, and return its number."""
        self._next += 1
        self._caches[self._next] = cache
        return self._next

    def lent(self, number: int) -> LentCache:
        """Return the handle of a cache that comes back.

        Raises
        ------
        WireError
            There is no such cache in this test.
        """
        if number not in self._caches:
            raise WireError("a worker has sent a cache that it was not lent")
        return LentCache(number)

    def resolved(self, value: Any) -> Any:
        """Return arguments with the caches themselves; a list or dict without any is the same one.

        Raises
        ------
        TypeError
            They hold an object of the student's.
        """
        if type(value) is LentCache:
            return self._caches[value._reference.number]
        if type(value) in (tuple, list):
            items = [self.resolved(item) for item in value]
            return value if _are_same(items, value) else type(value)(items)
        if type(value) is dict:
            items = [self.resolved(item) for item in value.values()]
            return value if _are_same(items, value.values()) else dict(zip(value, items, strict=True))
        if object_in(value) is not None:
            raise TypeError("only data can be passed to the reference")
        return value


def _are_same(items: Iterable[Any], others: Iterable[Any]) -> bool:
    return all(one is other for one, other in zip(items, others, strict=True))


def _caches(known: Mapping[str, Signature], name: str) -> Places:
    return known[name].caches if name in known else False
