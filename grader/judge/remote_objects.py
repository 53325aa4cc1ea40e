"""Objects of the student's that stay behind the wall: `student.Value(2.0) * 3 + 1` works as if they were here.

The worker keeps them for the judge behind handles, as long as that worker lives.
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
    """Stands for one object of the student's.

    Attributes, calls, items and arithmetic are evaluated where the object lives; plain results come back as data.
    Comparisons and truth are not: a test that asked the student's own `__eq__` would believe whatever it says.

    Parameters
    ----------
    reference : HandleRef
    request : callable
        Sends one request to the worker and returns its answer.
    keeper : object
        Who keeps the object: a worker, until it ends or a new test begins.
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
    """The objects that the present worker keeps since the present test began.

    Parameters
    ----------
    request : callable
        Asks something of an object.
    """

    def __init__(self, request: Callable[..., Any]) -> None:
        self._request = request
        self.forget()

    def __bool__(self) -> bool:
        return self._any

    def forget(self) -> None:
        """Let all handles be invalid: a fresh worker uses their numbers for other objects."""
        self._any = False
        self._keeper = object()
        self._unused: list[int] = []

    def handle(self, reference: HandleRef) -> Handle:
        """Return what stands for an object."""
        self._any = True
        return Handle(reference, self._request, self._keeper)

    def sole_handle(self, value: Any) -> Any:
        """Let the object of a handle be dropped with it; it must be the only one of that object."""
        if type(value) is Handle:
            weakref.finalize(value, self._unused.append, value._reference.number).atexit = False
        return value

    def reference(self, handle: Handle, lost_with: str) -> HandleRef:
        """Return what the worker finds a handle's object by.

        Parameters
        ----------
        handle : Handle
        lost_with : str
            How the worker before this one has ended.

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
        """Return the numbers of objects whose handles nobody has any more; they are told once."""
        numbers = tuple(self._unused)
        self._unused.clear()
        return numbers
