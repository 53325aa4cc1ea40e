"""Objects of the student's that stay behind the wall: `student.Value(2.0) * 3 + 1` works as if they were here."""

from collections.abc import Callable, Iterator
from typing import Any

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
