"""`student`: the student's module as a test sees it, called as `student.conv2d_forward(x, w, b)`.

A transport runs the code: in this process (`local`), or in an isolated worker (`remote`). The calls of a test are
recorded, so that a failure can be described and compared with the answers of misconceptions.
"""

import copy
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from grader.judge.comparison import check
from grader.judge.describe import describe, describe_call
from grader.judge.outcomes import CheckFailed, StudentRaised
from grader.judge.shapes import Signature, object_in, require_result
from grader.judge.side_by_side import arguments_written_out
from grader.judge.summaries import Summary, compared, summary
from grader.worker.aliasing import CHANGED, EARLIER, Alias
from grader.worker.objects import Places, without_caches

MISSING = object()
FORGOTTEN = object()

HEAD, TAIL = 8, 4  # calls of a function in a test whose answers are kept for a diagnosis: the first and the last ones
REMEMBERED_BYTES = 1 << 16  # of an answer; of a larger one a summary is kept


@dataclass(frozen=True)
class CallRequest:
    """Request to call a student function.

    Attributes
    ----------
    function : str
    args, kwargs
        The arguments.
    keep : bool
        Also return the arguments as they are afterwards.
    caches : Places
        Parts of the answer that stay with the student's code and are returned as handles.
    is_new : bool
        Also return what the answer shares memory with.
    """

    function: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    keep: bool = False
    caches: Places = False
    is_new: bool = False


@dataclass(frozen=True)
class CallResult:
    """Result of one call.

    Attributes
    ----------
    value : object
        The answer.
    args, kwargs
        The arguments as the student's code left them; only if requested.
    size : int
        Bytes of the answer: those received from a worker, or without one those of its arrays.
    aliases : tuple of Alias
        What the answer shares memory with, or has changed; only if requested.
    """

    value: Any
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    size: int = 0
    aliases: tuple[Alias, ...] = ()


class Transport(Protocol):
    """Protocol of the connection to the student's code."""

    def call(self, request: CallRequest) -> CallResult:
        """Call a student function.

        Parameters
        ----------
        request : CallRequest

        Returns
        -------
        CallResult
        """

    def attribute(self, name: str) -> Any:
        """Return a module-level value of the student's code, for example a constant."""


@dataclass
class Call:
    """Call of a student function, with its answer or exception."""

    function: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    names: tuple[str, ...] = ()
    answer: Any = MISSING
    raised: tuple[str, ...] = ()

    def described(self) -> str:
        """Return the call with its arguments' types and shapes."""
        return describe_call(self.function, self.names, self.args, self.kwargs)

    def input_numbers(self) -> str:
        """Return the small arrays among the arguments, number by number."""
        return arguments_written_out(self.names, self.args, self.kwargs)


class Student:
    """Student's module that is called through a transport.

    Parameters
    ----------
    transport : Transport
    signatures : mapping of str to Signature
        Signatures of the stubs; results are checked against them before a test sees them.
    """

    def __init__(self, transport: Transport, signatures: Mapping[str, Signature]) -> None:
        self._transport = transport
        self._signatures = signatures
        self._calls: list[Call] = []
        self._calls_of: defaultdict[str, list[Call]] = defaultdict(list)

    def __getattr__(self, name: str) -> "Function":
        if name.startswith("_"):
            raise AttributeError(name)
        return Function(self, name)

    def _ask(
        self,
        function: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        *,
        keep: bool = False,
        is_new: bool = False,
    ) -> CallResult:
        signature = self._signatures.get(function)
        call = Call(function, args, kwargs, signature.parameters if signature else ())
        self._calls.append(call)
        self._calls_of[function].append(call)
        self._forget_earlier(self._calls_of[function])
        try:
            caches = signature.caches if signature else False
            result = self._transport.call(CallRequest(function, args, kwargs, keep, caches, is_new))
        except StudentRaised as raised:
            call.raised = raised.kinds
            raise
        call.answer = _to_remember(result, signature)
        if signature:
            require_result(function, signature, args, kwargs, result.value)
        return result

    def _forget_earlier(self, calls: Sequence[Call]) -> None:
        """Drop what is not needed of a function's calls: only the last one is ever described, and some are compared."""
        if len(calls) > 1:
            calls[-2].args, calls[-2].kwargs = (), {}
        if len(calls) > HEAD + TAIL and calls[-1 - TAIL].answer is not MISSING:
            calls[-1 - TAIL].answer = FORGOTTEN

    def _takes_cache(self, function: str, parameter: str) -> bool:
        signature = self._signatures.get(function)
        return signature is not None and signature.takes_cache(parameter)


class Function:
    """Student function that a test can call."""

    def __init__(self, student: Student, name: str) -> None:
        self._student = student
        self._name = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function, and return its answer."""
        return self._student._ask(self._name, args, kwargs).value

    def keeping_arguments(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function, and fail the test if it changed an argument in place.

        A cache stays with the student's code and cannot be read. If one is passed, the function is called twice and
        must give the same answer.

        Returns
        -------
        object
            The answer.
        """
        result = self._student._ask(self._name, args, kwargs, keep=True)
        names = self._student._calls[-1].names
        names += tuple(f"number {index + 1}" for index in range(len(names), len(args)))
        left = {**dict(zip(names, result.args, strict=False)), **result.kwargs}
        given = {**dict(zip(names, args, strict=False)), **kwargs}
        caches = [name for name in given if self._student._takes_cache(self._name, name)]
        for name, before in given.items():
            if name not in caches:
                self._require_unchanged(name, before, left[name])
        return self._same_again(caches[0], args, kwargs, result.value) if caches else result.value

    def returning_new_arrays(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function, and fail the test if its answer shares memory with an argument or an earlier answer.

        Earlier answers are those of this method, in the same test: call it twice, with arguments of one shape, to find
        a buffer that is used again. A test also fails if a later call changes what an earlier one returned. A cache
        may hold arguments.

        Returns
        -------
        object
            The answer.
        """
        result = self._student._ask(self._name, args, kwargs, is_new=True)
        for kind, place in result.aliases:
            if (kind, place) == CHANGED:
                raise CheckFailed(f"a second call of {self._name} changes what the first one returned")
            if (kind, place) == EARLIER:
                raise CheckFailed(
                    f"{self._name} returns the same memory in two calls",
                    got="an array that an earlier call returned, too",
                    expected="a new array in every call",
                )
            name = self._argument(place)
            raise CheckFailed(
                f"{self._name} returns memory of its argument {name}",
                got=f"{name} itself or a view of it: to change the one is to change the other",
                expected="a new array, or a copy",
            )
        return result.value

    def _argument(self, place: str) -> str:
        """Return the name of an argument that was passed by name or at a position."""
        names = self._student._calls[-1].names
        if not place.isdigit():
            return place
        return names[int(place)] if int(place) < len(names) else f"number {int(place) + 1}"

    def _same_again(self, cache: str, args: tuple[Any, ...], kwargs: dict[str, Any], answer: Any) -> Any:
        """Return the answer if a second call with the same cache gives it again."""
        answer = copy.deepcopy(answer)  # in this process it may be a part of the cache
        try:
            check(self._student._ask(self._name, args, kwargs).value).equals(answer)
        except (CheckFailed, StudentRaised) as changed:
            raise CheckFailed(
                f"{self._name} changes its argument {cache} in place",
                differs=f"called again with it: {changed.message}",
            ) from None
        return answer

    def _require_unchanged(self, name: str, before: Any, after: Any) -> None:
        if callable(before) or isinstance(before, np.random.Generator) or object_in(before) is not None:
            return  # a generator is meant to advance; the state of an object or a function cannot be compared from here
        if type(before) is type(after) is np.ndarray and before.dtype == after.dtype and _same_bytes(before, after):
            return
        try:
            check(after, f"argument {name}").equals(before, rtol=0.0, atol=0.0)
        except CheckFailed as changed:
            raise CheckFailed(
                f"{self._name} changes its argument {name} in place", differs=changed.told.differs
            ) from None

    def refuses(self, kind: type[Exception], *args: Any, **kwargs: Any) -> None:
        """Fail the test unless the call raises an exception of this kind or a subclass of it.

        A test should make a valid call first: otherwise a function that always raises would pass it.

        Parameters
        ----------
        kind : type
            A built-in exception, ``ValueError`` for instance.
        *args, **kwargs
            The arguments that the function should refuse.
        """
        try:
            answer = self._student._ask(self._name, args, kwargs).value
        except kind:  # unchanged, if the code runs in this process
            pass
        except StudentRaised as raised:
            if kind.__name__ not in raised.kinds:
                raise
        else:
            raise CheckFailed(
                f"{self._name} should raise {kind.__name__} here", got=describe(answer), expected=kind.__name__
            )

    def constant(self) -> Any:
        """Return the module-level value of this name, instead of calling it."""
        return self._student._transport.attribute(self._name)


def _to_remember(result: CallResult, signature: Signature | None) -> Any:
    """Return the answer for a diagnosis to compare, without caches; of a large one the summary."""
    value = without_caches(result.value, signature.caches if signature else False)
    return value if result.size <= REMEMBERED_BYTES else Summary(summary(compared(value, signature)))


def _same_bytes(before: np.ndarray, after: np.ndarray) -> bool:
    return before.shape == after.shape and before.tobytes() == after.tobytes()
