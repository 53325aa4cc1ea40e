"""Functions of a test that student code calls in this process: the same frames as to a worker, without the worker."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from grader.judge.callbacks import Callbacks
from grader.judge.remote_objects import Handle
from grader.wire import WireError, class_name, decode, encode
from grader.wire.arrays import name_of_class
from grader.worker.objects import ObjectTable


def has_functions(value: Any) -> bool:
    """Return whether there are functions in a value, or in its lists, tuples and dicts.

    Examples
    --------
    >>> has_functions(([len], 2.0)), has_functions({"dtype": float})
    (True, False)
    """
    if type(value) in (list, tuple):
        return any(map(has_functions, value))
    if type(value) is dict:
        return any(map(has_functions, value.values()))
    return _is_function(value)


def _is_function(value: Any) -> bool:
    is_data = isinstance(value, type) and name_of_class(value) is not None
    return callable(value) and not isinstance(value, Handle) and not is_data


class LocalCallbacks:
    """Functions of a test during one call of student code, and the two halves that pass arguments and answers on.

    Parameters
    ----------
    handle : callable
        Makes a handle of an object of the student's.
    object_of : callable
        Returns the object of a handle.
    """

    def __init__(self, handle: Callable[[Any], Handle], object_of: Callable[[Handle], Any]) -> None:
        self._handle, self._object_of = handle, object_of
        self._callbacks = Callbacks()
        self._objects = ObjectTable(self._send, self._receive)
        self._message: Any = None
        self._ending: BaseException | None = None

    def lent(self, value: Any) -> Any:
        """Return a value with functions for student code in the place of the test's."""
        if not has_functions(value):
            return value
        if type(value) in (list, tuple):
            return type(value)(map(self.lent, value))
        if type(value) is dict:
            return {key: self.lent(item) for key, item in value.items()}
        return self._objects.incoming(self._callbacks.reference(value))

    @contextlib.contextmanager
    def ending_first(self) -> Iterator[None]:
        """Raise what ended the test inside of one of its functions, whatever student code makes of it."""
        try:
            yield
        finally:
            if self._ending is not None:
                raise self._ending

    def _send(self, message: Any) -> None:
        self._message = decode(b"".join(encode(message, hook=self._objects.outgoing)), hook=self._arriving)

    def _arriving(self, reference: Any) -> Handle:
        return self._handle(self._objects.incoming(reference))

    def _receive(self) -> Any:
        _, *call, _ = self._message
        try:
            reply = self._callbacks.reply(*call)
        except BaseException as ending:
            self._ending = ending
            raise
        try:
            frame = encode(reply, hook=self._outgoing, layouts=True)
        except WireError as error:
            frame = encode(self._callbacks.refusal(str(error)))
        return decode(b"".join(frame), hook=self._objects.incoming, layouts=True)

    def _outgoing(self, value: Any) -> Any:
        if isinstance(value, Handle):
            return self._objects.reference(self._object_of(value))
        if callable(value):
            return self._callbacks.reference(value)
        raise WireError(f"a {class_name(value)} cannot travel")
