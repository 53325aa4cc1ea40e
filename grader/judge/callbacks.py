"""Functions of a test that student code calls, in a worker or here: with copies, and yet as if arguments were shared.

What a function changes in its arguments changes in the student's own, too; what it returns of its arguments are the
student's own; and an array that it keeps, and changes in a later call, changes there. The reverse does not hold: what
student code does with an answer never changes anything of the test's.
"""

import builtins
import weakref
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from grader.wire import CallbackRef, SharedRef
from grader.worker.shared_objects import UNCHANGING, content, is_array, is_changed, mutable_parts, snapshot

Function = Callable[..., Any]

Reply = tuple[Any, ...]
"""``("answer", value, changes, kept)``, or ``("refuse", (class, text), changes, kept)`` for an exception."""

MOST_FOLLOWED = 256  # arrays that a test's functions keep: each is compared after every call
FOLLOWED_BYTES = 16 << 20


class Callbacks:
    """Functions that student code may call, by number.

    Parameters
    ----------
    is_lasting : callable
        Returns whether a function outlives the test. Such a one keeps no argument to change it later.
    """

    def __init__(self, is_lasting: Callable[[Function], bool] = lambda function: False) -> None:
        self._functions: dict[int, Function] = {}
        self._next = 0
        self._is_lasting = is_lasting
        self._lent = LentObjects()

    def __bool__(self) -> bool:
        return bool(self._functions)

    def start_test(self) -> None:
        """Forget the functions of the last test."""
        lasting = {number: function for number, function in self._functions.items() if self._is_lasting(function)}
        self._functions = lasting

    def start_request(self) -> None:
        """Forget what the functions have shared with student code so far."""
        self._lent = LentObjects()

    def function(self, number: Any) -> Function:
        """Return the function with a number; for another number, one that raises."""
        return self._functions.get(number, _absent) if type(number) is int else _absent

    def reference(self, function: Function) -> CallbackRef:
        """Return the reference with which student code calls a function."""
        number, self._next = self._next, self._next + 1
        self._functions[number] = function
        return CallbackRef(number, getattr(function, "__name__", "function"))

    def reply(self, number: Any, args: Any, kwargs: Any) -> Reply:
        """Call a function for student code, and return the reply to send."""
        if type(args) is not tuple or type(kwargs) is not dict:
            return ("refuse", ("TypeError", "a function is called with a tuple and a dict"), (), ())
        arrived = self._lent.arrived((args, kwargs))
        function = self.function(number)
        follows = not self._is_lasting(function)
        try:
            return self._lent.reply("answer", function(*args, **kwargs), follows=follows)
        except Exception as error:  # the student's code called the test's function wrongly
            return self._lent.reply("refuse", (builtin_name(error), str(error)[:500]))
        finally:
            self._lent.ended(arrived, follows=follows)

    def refusal(self, reason: str) -> Reply:
        """Return the reply to send in the place of one that cannot be sent, for a reason."""
        return self._lent.refusal(f"what the function returns for this cannot be sent: {reason}")


def _absent(*args: Any, **kwargs: Any) -> None:
    raise RuntimeError("no such function")


def builtin_name(error: Exception) -> str:
    """Return the name of the nearest built-in class of an exception that takes a text."""
    plain = (base.__name__ for base in type(error).__mro__ if getattr(builtins, base.__name__, None) is base)
    return next((name for name in plain if not name.startswith("Unicode")), "RuntimeError")


@dataclass
class _Lent:
    """Object that both sides have.

    Attributes
    ----------
    object : callable
        Returns it, or None if it is no longer there.
    before : object
        Snapshot of what the other side has.
    is_answer : bool
        Whether it comes from the test. Student code may then have changed its copy without a word.
    """

    object: Callable[[], Any]
    before: Any
    is_answer: bool = False


class LentObjects:
    """Objects that functions and student code share during one request: the half of the judge."""

    def __init__(self) -> None:
        self._passed: dict[int, _Lent] = {}  # arguments of calls that have not ended
        self._followed: dict[int, _Lent] = {}  # arrays that a test may keep, and change later
        self._next = 0
        self._before_answer = 0

    def arrived(self, arguments: Any) -> list[int]:
        """Number the arguments of a call, and keep them until it has ended; return their numbers."""
        first = self._next
        for part in mutable_parts(arguments):
            self._passed[self._next] = _Lent(lambda part=part: part, snapshot(part))  # type: ignore[misc]
            self._next += 1
        return list(range(first, self._next))

    def ended(self, numbers: Iterable[int], *, follows: bool) -> None:
        """Keep the arguments of a call no longer, but follow the arrays that the test keeps."""
        arguments = [(number, self._passed.pop(number)) for number in numbers]
        if follows:
            self._follow((number, lent.object(), lent.before) for number, lent in arguments)

    def _follow(self, parts: Iterable[tuple[int, Any, Any]], *, is_answer: bool = False) -> None:
        """Follow the arrays among some objects, as long as there is room: number, object, snapshot if there is one."""
        sizes = [part.nbytes for part in map(_object_of, self._followed.values()) if part is not None]
        count, size = len(sizes), sum(sizes)
        for number, part, before in parts:
            if is_array(part) and count < MOST_FOLLOWED and size + part.nbytes <= FOLLOWED_BYTES:
                count, size = count + 1, size + part.nbytes
                sent = snapshot(part) if before is None else before
                self._followed[number] = _Lent(weakref.ref(part), sent, is_answer)

    def reply(self, verdict: str, value: Any, *, follows: bool = True) -> Reply:
        """Return what to send for an answer or exception: with what has changed, and without what is there already."""
        lent = self._followed | self._passed
        present = {
            number: part for number, part in zip(lent, map(_object_of, lent.values()), strict=True) if part is not None
        }
        numbers = {id(part): number for number, part in present.items()}
        changed = _changed(present, lent, value)
        for number in changed:
            lent[number].before = snapshot(present[number])
        changes = tuple((number, _content(present[number], numbers)) for number in changed)
        reply = (verdict, _referring(value, numbers), changes, tuple(present))
        self._followed = {number: followed for number, followed in self._followed.items() if number in present}
        self._number_new(reply[1], changes, follows=follows)
        return reply

    def _number_new(self, value: Any, changes: Iterable[tuple[int, Any]], *, follows: bool) -> None:
        self._before_answer = self._next
        parts = list(mutable_parts((value, [new for _, new in changes if type(new) is tuple])))
        self._next += len(parts)
        if follows:
            self._follow(((self._before_answer + i, part, None) for i, part in enumerate(parts)), is_answer=True)

    def refusal(self, text: str) -> Reply:
        """Return what to send in the place of a reply that cannot be sent."""
        self._followed = {number: lent for number, lent in self._followed.items() if number < self._before_answer}
        self._next = self._before_answer
        return ("refuse", ("RuntimeError", text), (), tuple(self._followed))


def _object_of(lent: _Lent) -> Any:
    return lent.object()


def _changed(present: Mapping[int, Any], lent: Mapping[int, _Lent], answer: Any) -> list[int]:
    """Return the numbers of objects that the other side does not have as they are."""
    in_answer = set(map(id, mutable_parts(answer)))
    return [
        number
        for number, part in present.items()
        if (lent[number].is_answer and id(part) in in_answer) or is_changed(part, lent[number].before)
    ]


def _content(part: Any, numbers: Mapping[int, int]) -> Any:
    """Return an object's content: of a container, with references to objects that the other side has."""
    new = content(part)
    return _referring(new, numbers) if type(new) is tuple else new


def _referring(value: Any, numbers: Mapping[int, int]) -> Any:
    """Return a value with references to objects that the other side has."""
    kind = type(value)
    if kind in UNCHANGING:
        return value
    if id(value) in numbers:
        return SharedRef(numbers[id(value)])
    if kind is list or kind is tuple:
        return kind([_referring(item, numbers) for item in value])
    return {key: _referring(item, numbers) for key, item in value.items()} if kind is dict else value
