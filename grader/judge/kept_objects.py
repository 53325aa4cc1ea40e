"""What a worker keeps of the student's objects for the judge: handles of them, as long as that worker has them."""

import weakref
from collections.abc import Callable
from typing import Any

from grader.judge.ended import WorkerDied
from grader.judge.handles import Handle
from grader.wire import HandleRef


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
