"""Transport to modules in this process: for plain `pytest` with breakpoints and prints, and for trusted code."""

import copy
import traceback
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from grader.judge.local_callbacks import LocalCallbacks
from grader.judge.outcomes import NotAttempted, StudentRaised
from grader.judge.remote_objects import Handle
from grader.judge.student import CallRequest, CallResult
from grader.records import Cause, CauseKind
from grader.wire import HandleRef, class_name
from grader.wire.layouts import arranged, layout_of
from grader.worker.aliasing import NewAnswers, arrays_in
from grader.worker.failures import collapsed, unwritten
from grader.worker.objects import OPERATIONS, replace_at, without_caches
from grader.worker.placeholder import touch

Finder = Callable[[str], Any]


class KeptHere(Handle):
    """Handle of an object in this process.

    Parameters
    ----------
    value : object
    """

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        super().__init__(HandleRef(0, class_name(value)), _operated)
        object.__setattr__(self, "_value", value)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        """Return the object itself, so that copied arguments pass it to the student's code, as in a worker."""
        return self._value


def _object_of(handle: Any) -> Any:
    return handle._value


def _operated(operation: str, **fields: Any) -> Any:
    callbacks = LocalCallbacks(KeptHere, _object_of)
    with callbacks.ending_first():
        return OPERATIONS[operation](*copy.deepcopy(callbacks.lent(fields)).values())


class LocalTransport:
    """Transport that calls functions of modules in this process.

    Parameters
    ----------
    find : callable
        Function that returns a student function or value by name.
    wrap : bool
        Turn exceptions into `StudentRaised`, as from an isolated worker, and give tests a `Handle` instead of a cache.
        Without it exceptions stay unchanged, and a debugger stops in the student's frame.
    """

    def __init__(self, find: Finder, *, wrap: bool) -> None:
        self._find = find
        self._wrap = wrap
        self._new_answers = NewAnswers()

    def call(self, request: CallRequest) -> CallResult:
        """Call a function with copies of the arguments, so that references get the same arguments as the student."""
        callbacks = LocalCallbacks(KeptHere, _object_of)
        function, caches = request.function, request.caches
        args, kwargs = copied(callbacks.lent((request.args, request.kwargs)))
        try:
            with callbacks.ending_first(), warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)  # as in a worker: the answer may still be right
                value = self._find(function)(*args, **kwargs)
        except NotImplementedError as stub:
            raise NotAttempted(f"{stub} is not written yet", cause=unwritten_task(stub)) from None
        except Exception as error:
            if not self._wrap:
                raise
            kinds = tuple(base.__name__ for base in type(error).__mro__)
            raise StudentRaised(kinds, str(error), function=function, where=_own_lines(error)) from error
        answer = without_caches(value, caches)
        size = sum(array.nbytes for array in arrays_in(answer))  # what a worker would send, but for its scalars
        aliases = self._new_answers.aliases(answer, args, kwargs) if request.is_new else ()
        if self._wrap:
            value = replace_at(value, caches, KeptHere)
        if request.keep:
            return CallResult(value, args, kwargs, size=size)
        return CallResult(value, size=size, aliases=aliases)

    def attribute(self, name: str) -> Any:
        """Return a module-level value."""
        return self._find(name)


def copied(value: Any) -> Any:
    """Return a deep copy in which arrays keep their memory layout, as they do on their way to a worker."""
    arrays = (array for array in arrays_in(value) if type(array) is np.ndarray)  # deepcopy keeps a tensor's strides
    layouts = ((array, layout_of(array)) for array in arrays)
    return copy.deepcopy(value, {id(array): arranged(array, layout) for array, layout in layouts if layout})


def unwritten_task(stub: NotImplementedError) -> Cause | None:
    """Return the cause that names the task whose stub raised."""
    name = str(unwritten(str(stub))["name"])
    return Cause(CauseKind.UNWRITTEN, name=name) if name.isidentifier() else None


def _own_lines(error: Exception) -> tuple[str, ...]:
    frames = traceback.extract_tb(error.__traceback__)[1:]
    return collapsed([f"{Path(frame.filename).name}, line {frame.lineno}: {frame.line}" for frame in frames])


def finder(
    modules: Mapping[str, Any], task_files: Mapping[str, str], replaced: Mapping[str, Any] | None = None
) -> Finder:
    """Return a function that finds names in a unit's modules.

    Parameters
    ----------
    modules : mapping of str to module
        Modules by file stem.
    task_files : mapping of str to str
        File of each task.
    replaced : mapping of str to object, optional
        Functions that replace those of the modules: misconceptions.
    """
    replaced = replaced or {}

    def find(name: str) -> Any:
        if name in replaced:
            return replaced[name]
        home = task_files.get(name)
        places = [modules[home]] if home else list(modules.values())
        for module in places:
            if hasattr(module, name):
                return touch(getattr(module, name))
        raise NotAttempted(
            f"there is no {name} in {', '.join(f'{place}.py' for place in ([home] if home else modules))}"
        )

    return find
