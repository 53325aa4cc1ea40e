"""Oracle: references of lower tasks, called by a worker over the wire while a higher task is tested once more.

Only data goes to the worker: answers, and what has changed of the arguments. Its arguments are as little trusted as its
answers, its caches are numbers, and the time is charged to the test.
"""

import warnings
from collections.abc import Collection, Iterable, Mapping
from sys import getsizeof
from typing import Any

from grader.course import layout
from grader.course.registry import Course
from grader.judge.local import finder
from grader.judge.local_students import modules_in, signatures, task_files
from grader.judge.outcomes import CheckFailed
from grader.judge.remote_objects import Handle
from grader.judge.shapes import Signature, object_in
from grader.wire import HandleRef, WireError
from grader.worker.aliasing import copied
from grader.worker.objects import Places, replace_at
from grader.worker.shared_objects import is_array

CACHE_BYTES = 256 << 20  # of all caches that a worker has at a time
OBJECT_BYTES = 200  # of an object, about


class LentCache(Handle):
    """Handle of a reference's cache on its way back from a worker: a test cannot look into it."""

    __slots__ = ()

    def __init__(self, number: int) -> None:
        super().__init__(HandleRef(number, "cache"), _refuse)


class PassedFunction(Handle):
    """Function that a worker passes to a reference, which alone may call it.

    Parameters
    ----------
    function : callable or None
        None for one that the task under test does not require.
    """

    __slots__ = ("function",)

    def __init__(self, function: Any) -> None:
        super().__init__(HandleRef(0, "function"), _refuse)
        object.__setattr__(self, "function", function)


def _refuse(*args: Any, **fields: Any) -> Any:
    raise CheckFailed("the result is a cache or a function of the grader's, not an answer")


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
        self._oracle, self.reference, self.caches = oracle, function, caches

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return the reference's answer for arguments from a worker, with a number for each cache."""
        self._oracle.used[self.__name__] = None
        args, kwargs = self._oracle.resolved((args, kwargs))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            value = self.reference(*args, **kwargs)
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
        self._made: dict[str, StandIn] = {}
        self._below: frozenset[str] = frozenset()
        self._passes_test = False
        self._caches: dict[int, Any] = {}
        self._sizes: dict[int, int] = {}  # of the caches, in bytes
        self._size = self._next = 0
        self.names: tuple[str, ...] = ()
        self.used: dict[str, None] = {}

    def lend(self, names: tuple[str, ...], below: Collection[str] = ()) -> None:
        """Lend the references of some tasks from now on, and no others.

        Parameters
        ----------
        names : tuple of str
        below : collection of str
            Tasks that the one under test requires. Where the student's function is passed to a reference, the
            reference calls its own in that one's place.
        """
        self.names, self._below = names, frozenset(below)
        for name in names:
            if name not in self._made:
                self._made[name] = StandIn(self, name, self._find(name), _caches(self._known, name))
        self._stand_ins = {name: self._made[name] for name in names}

    def lends(self, function: Any) -> bool:
        """Return whether a function is one of the references that are lent now."""
        return isinstance(function, StandIn) and self._stand_ins.get(function.__name__) is function

    def forgets(self, function: Any) -> bool:
        """Return whether a function keeps nothing of its arguments but what its caches hold.

        It is one that is lent now; but if a test's own function was passed to one, that may keep what it gets.
        """
        return self.lends(function) and not self._passes_test

    def start_test(self) -> None:
        """Drop the caches of the last test; their numbers are not used again."""
        self._caches.clear()
        self._sizes.clear()
        self._size, self._passes_test = 0, False
        self.used.clear()

    def stand_ins(self) -> dict[str, tuple[str, StandIn, Places]]:
        """Return the functions by name, each with the student's file that defines it, and its caches."""
        return {name: (self._homes[name], function, function.caches) for name, function in self._stand_ins.items()}

    def homes(self) -> dict[str, str]:
        """Return the student's file of each task, by name."""
        return dict(self._homes)

    def keep(self, cache: Any) -> int:
        """Keep a cache until the worker has dropped it or the test ends, and return its number.

        Raises
        ------
        MemoryError
            The caches that are kept now take more memory than they may.
        """
        cache = _without_frames(cache)
        size = _bytes_of(cache)
        if self._size + size > CACHE_BYTES:
            raise MemoryError("the caches of this test take too much memory")
        self._next += 1
        self._caches[self._next], self._sizes[self._next] = cache, size
        self._size += size
        return self._next

    def release(self, numbers: tuple[Any, ...]) -> None:
        """Drop caches that the worker no longer has, as it claims; what is no number of a cache is ignored."""
        for number in numbers:
            if type(number) is int and number in self._caches:
                del self._caches[number]
                self._size -= self._sizes.pop(number)

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

    def passed(self, function: Any) -> PassedFunction:
        """Return the handle of a function of the judge's that a worker passes on: the test's, or one that is lent."""
        self._passes_test |= not isinstance(function, StandIn)
        return PassedFunction(function)

    def named(self, task: str) -> PassedFunction:
        """Return the handle of the student's function of a task, for which its reference is called."""
        return PassedFunction(self._find(task) if task in self._below else None)

    def resolved(self, value: Any) -> Any:
        """Return arguments with caches and functions themselves; a list or dict without any is the same one.

        Raises
        ------
        TypeError
            They hold an object of the student's, or a cache that the worker has dropped.
        """
        if type(value) is LentCache and value._reference.number in self._caches:
            return self._caches[value._reference.number]
        if type(value) is PassedFunction and value.function is not None:
            return self._called(value.function)
        if type(value) in (tuple, list):
            items = [self.resolved(item) for item in value]
            return value if _are_same(items, value) else type(value)(items)
        if type(value) is dict:
            items = [self.resolved(item) for item in value.values()]
            return value if _are_same(items, value.values()) else dict(zip(value, items, strict=True))
        if object_in(value) is not None:
            raise TypeError("only data, and functions of required tasks, can be passed to the reference")
        return value

    def _called(self, function: Any) -> Any:
        """Return what a reference calls: of a function that is lent the reference itself, which keeps its caches."""
        if not isinstance(function, StandIn):
            return function
        self.used[function.__name__] = None
        return function.reference


def _are_same(items: Iterable[Any], others: Iterable[Any]) -> bool:
    return all(one is other for one, other in zip(items, others, strict=True))


def _without_frames(cache: Any) -> Any:
    """Return a cache with copies of the arrays that lie in other memory, which would stay alive with them."""
    if type(cache) in (tuple, list):
        return type(cache)(map(_without_frames, cache))
    if type(cache) is dict:
        return {key: _without_frames(value) for key, value in cache.items()}
    lies_elsewhere = is_array(cache) and not getattr(cache, "requires_grad", False)
    return copied(cache) if lies_elsewhere and getattr(cache, "base", cache) is not None else cache


def _bytes_of(cache: Any) -> int:
    """Return about how much memory a cache takes."""
    if isinstance(cache, tuple | list | dict):
        items = cache.values() if isinstance(cache, dict) else cache
        return OBJECT_BYTES + sum(map(_bytes_of, items))
    return OBJECT_BYTES + (cache.nbytes if is_array(cache) else getsizeof(cache))


def _caches(known: Mapping[str, Signature], name: str) -> Places:
    return known[name].caches if name in known else False
