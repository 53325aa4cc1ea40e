"""Handles of student objects that stay in the worker: `student.Value(2.0) * 3 + 1` works as if they were local.

The worker keeps the objects as long as it lives.
"""

import weakref
from collections.abc import Callable, Iterator
from typing import Any

from grader.judge.outcomes import WorkerDied
from grader.wire import HandleRef

Request = Callable[..., Any]

BINARY = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul")
UNARY = ("neg", "pos", "abs")


class Handle:
    """Handle of one student object.

    Attributes, calls, items and arithmetic are evaluated in the worker; plain results come back as data. Comparisons
    and truth are not, because a test that called the student's own `__eq__` would have to trust it.

    Parameters
    ----------
    reference : HandleRef
    request : callable
        Function that sends one request to the worker and returns its answer.
    keeper : object
        Owner of the object: a worker, until it ends or a new test begins.
    """

    __slots__ = ("__weakref__", "_keeper", "_reference", "_request")

    def __init__(self, reference: HandleRef, request: Request, keeper: object = None) -> None:
        object.__setattr__(self, "_reference", reference)
        object.__setattr__(self, "_request", request)
        object.__setattr__(self, "_keeper", keeper)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._request("attribute", object=self, name=name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._request("assign", object=self, name=name, value=value)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the object."""
        return self._request("invoke", object=self, args=args, kwargs=kwargs)

    def __repr__(self) -> str:
        return f"<the student's {self._reference.kind}>"

    def __getitem__(self, index: Any) -> Any:
        return self._operate("getitem", self, index)

    def __setitem__(self, index: Any, value: Any) -> None:
        self._operate("setitem", self, index, value)

    def __len__(self) -> int:
        return int(self._operate("len", self))

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self._operate("iter", self)))

    def __bool__(self) -> bool:
        raise TypeError(f"{self!r} is neither true nor false to a test")

    def __float__(self) -> float:
        return float(self._operate("float", self))

    def _operate(self, operator: str, *operands: Any) -> Any:
        return self._request("operate", operator=operator, args=operands)


def kind_of(handle: Handle) -> str:
    """Return the name of the object's class, as the worker tells it."""
    reference: HandleRef = object.__getattribute__(handle, "_reference")
    return reference.kind


def _forward(name: str) -> Callable[[Handle, Any], Any]:
    def operate(self: Handle, other: Any) -> Any:
        return self._operate(name, self, other)

    return operate


def _reflected(name: str) -> Callable[[Handle, Any], Any]:
    def operate(self: Handle, other: Any) -> Any:
        return self._operate(name, other, self)

    return operate


def _unary(name: str) -> Callable[[Handle], Any]:
    def operate(self: Handle) -> Any:
        return self._operate(name, self)

    return operate


for _name in BINARY:
    setattr(Handle, f"__{_name}__", _forward(_name))
for _name in BINARY:
    setattr(Handle, f"__r{_name}__", _reflected(_name))
for _name in UNARY:
    setattr(Handle, f"__{_name}__", _unary(_name))


class KeptObjects:
    """Objects that the current worker keeps for the current test.

    Parameters
    ----------
    request : callable
        Function that sends a request about an object.
    """

    def __init__(self, request: Callable[..., Any]) -> None:
        self._request = request
        self.forget()

    def __bool__(self) -> bool:
        return self._any

    def forget(self) -> None:
        """Invalidate all handles: a fresh worker uses their numbers for other objects."""
        self._any = False
        self._keeper = object()
        self._unused: list[int] = []

    def handle(self, reference: HandleRef) -> Handle:
        """Return the handle of an object."""
        self._any = True
        return Handle(reference, self._request, self._keeper)

    def sole_handle(self, value: Any) -> Any:
        """Release an object together with its handle, which must be the only one of that object."""
        if type(value) is Handle:
            weakref.finalize(value, self._unused.append, value._reference.number).atexit = False
        return value

    def reference(self, handle: Handle, lost_with: str) -> HandleRef:
        """Return the reference by which the worker finds a handle's object.

        Parameters
        ----------
        handle : Handle
        lost_with : str
            How the previous worker ended.

        Raises
        ------
        WorkerDied
            The object is no longer there.
        """
        if handle._keeper is not self._keeper:
            why = f": {lost_with}" if lost_with else ""
            raise WorkerDied(
                f"the {handle._reference.kind} that an earlier call returned is gone with its process{why}"
            )
        reference: HandleRef = handle._reference
        return reference

    def unused(self) -> tuple[int, ...]:
        """Return the numbers of objects whose handles no longer exist; each is returned once."""
        numbers = tuple(self._unused)
        self._unused.clear()
        return numbers
