"""What a task may use: NumPy tasks see no torch, torch tasks see everything but the operator that they re-implement.

The policy tells honest students what is not meant, in the student's own process. The source of files that must do
without an operator is held to a list beside it (`grader/submissions/evasion.py`), so that nothing here can be looked
for.
"""

import contextlib
import importlib.abc
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from importlib.machinery import ModuleSpec
from pathlib import PurePath
from types import ModuleType
from typing import Any

PACKAGES = "DEEPGRADE_PACKAGES"
"""The variable of a worker's environment that names the packages that it may find."""

FOREIGN_LIBRARIES = frozenset(
    {"torch", "torchvision", "tensorflow", "keras", "jax", "sklearn", "cupy", "autograd", "triton"}
)

KERNELS = (
    "FuncTorchDynamicLayerFrontMode",  # stands before vmap and the other transforms of torch.func
    "AutogradCPU",  # and its like: before a composite operator comes apart
    "AutogradCUDA",
    "AutogradOther",
    "AutogradNestedTensor",
    "BackendSelect",  # before the kernels of all layouts, such as MKLDNN and nested
    "CPU",
    "CUDA",
)


class BlockedByPolicy(ImportError):
    """The student's code asked for something that the task forbids.

    Attributes
    ----------
    what : str
        The library or the operator.
    """

    def __init__(self, message: str, what: str = "") -> None:
        super().__init__(message)
        self.what = what


class ImportGuard(importlib.abc.MetaPathFinder):
    """Refuses to import libraries that would do a NumPy task's work.

    Parameters
    ----------
    names : frozenset of str
        Top-level modules that are refused.
    """

    def __init__(self, names: frozenset[str] = FOREIGN_LIBRARIES) -> None:
        self._names = names

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Refuse a module by name; leave all others to the finders that follow."""
        top = fullname.partition(".")[0]
        if top in self._names:
            raise BlockedByPolicy(f"this task is written in NumPy: {top} is not available here", top)
        return None


class SameRoom(importlib.abc.MetaPathFinder):
    """Finds no installed package but those that are there behind the walls.

    Parameters
    ----------
    names : frozenset of str
        Their top-level modules.
    finders : sequence of finders
        Those that would find more.
    """

    def __init__(self, names: frozenset[str], finders: Sequence[Any]) -> None:
        self._names = names
        self._finders = tuple(finders)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find what the finders find, if it may be found."""
        found = (finder.find_spec(fullname, path, target) for finder in self._finders)
        spec = next((spec for spec in found if spec is not None), None)
        hidden = spec is not None and fullname.partition(".")[0] not in self._names and _is_installed(spec)
        return None if hidden else spec

    def find_distributions(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        """Find what is installed; `importlib.metadata` asks for it."""
        for finder in self._finders:
            if hasattr(finder, "find_distributions"):
                yield from finder.find_distributions(*args, **kwargs)


def _is_installed(spec: ModuleSpec) -> bool:
    """Tell whether a module lies among installed packages; the standard library and the engine do not."""
    places = [spec.origin or "", *(spec.submodule_search_locations or ())]
    return any({"site-packages", "dist-packages"} & set(PurePath(place).parts) for place in places)


def close_room() -> None:
    """From now on this process finds the packages that its environment names, where it names any."""
    if names := os.environ.get(PACKAGES):
        sys.meta_path[:] = [SameRoom(frozenset(names.split(os.pathsep)), sys.meta_path)]


def guard_imports() -> None:
    """From now on this process imports none of the foreign libraries, not even those that are loaded already."""
    for name in [name for name in sys.modules if name.partition(".")[0] in FOREIGN_LIBRARIES]:
        del sys.modules[name]
    sys.meta_path.insert(0, ImportGuard())


def forbid_operators(names: Sequence[str]) -> contextlib.ExitStack:
    """Refuse torch operators of these names until the ban is lifted, as `ban_operators` does for good.

    Parameters
    ----------
    names : sequence of str
        As `ban_operators`.

    Returns
    -------
    ExitStack
        Holds the ban; closing it lifts the ban.
    """
    held = contextlib.ExitStack()
    for handle in _replace_kernels(names):
        held.callback(handle.reset)
    return held


def ban_operators(names: Sequence[str]) -> None:
    """Refuse torch operators of these names from now on, by whatever alias, in place or not, in every thread.

    Their kernels are replaced at torch's dispatcher, so no mode has to be on for it. The originals come back when the
    handles of the replacements are destroyed: these live on, and nothing that Python can reach leads to them.

    Parameters
    ----------
    names : sequence of str
        Names at the dispatcher, without overload: ``aten::convolution``. A ``*`` stands for anything, so that
        ``*softmax*`` is the whole family: backward passes, masked, sparse and quantized ones.
    """
    for handle in _replace_kernels(names):
        _leak(handle)


def _leak(value: object) -> None:
    """Keep an object for ever, without a reference that could be found."""
    import ctypes

    ctypes.pythonapi.Py_IncRef(ctypes.py_object(value))


def _hide(function: object) -> None:
    """Keep a function for ever, and from whoever searches the objects of the garbage collector."""
    import ctypes

    _leak(function)
    ctypes.pythonapi.PyObject_GC_UnTrack(ctypes.py_object(function))


def _replace_kernels(names: Sequence[str]) -> list[Any]:
    """Replace the kernels of operators; return what holds the replacements in place, one handle per namespace."""
    if not names:
        return []
    import torch

    handles: dict[str, Any] = {}
    for operator in torch._C._dispatch_get_all_op_names():
        name = operator.partition(".")[0]
        if any(fnmatchcase(name.removesuffix("_"), pattern) for pattern in names):
            namespace = name.partition("::")[0]
            if namespace not in handles:  # not a torch.library.Library: those can be searched for, and destroyed
                handles[namespace] = torch._C._dispatch_library("IMPL", namespace, "", __file__, 0)
            _replace(handles[namespace], operator.partition("::")[2], _refusing(name))
    return list(handles.values())


def _refusing(name: str) -> Callable[..., Any]:
    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise BlockedByPolicy(f"this task is written without {name}: calling it is not allowed", name)

    return refuse


def _replace(handle: Any, name: str, kernel: Callable[..., Any]) -> None:
    _hide(kernel)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # torch remarks that a kernel is replaced, which is what is wanted
        for key in KERNELS:
            handle.impl(name, key, kernel, False)
