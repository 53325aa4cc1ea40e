"""Import and operator policy: NumPy tasks have no torch, torch tasks lack only the operator that they re-implement.

The policy tells honest students, in their own process, what is not allowed. Files that must not use an operator are
also checked as source text outside the worker (`grader/submissions/source_checks.py`), where student code cannot see
how.
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
"""Environment variable that names the packages that a worker may find."""

FOREIGN_LIBRARIES = frozenset(
    {"torch", "torchvision", "tensorflow", "keras", "jax", "sklearn", "cupy", "autograd", "triton"}
)

KERNELS = (
    "FuncTorchDynamicLayerFrontMode",  # comes before vmap and the other transforms of torch.func
    "AutogradCPU",  # this and the next three: before a composite operator is decomposed
    "AutogradCUDA",
    "AutogradOther",
    "AutogradNestedTensor",
    "BackendSelect",  # before the kernels of all layouts, such as MKLDNN and nested
    "CPU",
    "CUDA",
)


class BlockedByPolicy(ImportError):
    """The student's code uses something that the task forbids.

    Attributes
    ----------
    what : str
        The forbidden library or operator.
    """

    def __init__(self, message: str, what: str = "") -> None:
        super().__init__(message)
        self.what = what


class ImportGuard(importlib.abc.MetaPathFinder):
    """Import finder that refuses libraries that would do a NumPy task's work.

    Parameters
    ----------
    names : frozenset of str
        Top-level modules to refuse.
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


class SamePackages(importlib.abc.MetaPathFinder):
    """Import finder that hides packages a sandboxed worker does not have, so that imports behave the same everywhere.

    Parameters
    ----------
    names : frozenset of str
        Top-level modules of the available packages.
    finders : sequence of finders
        Finders to search.
    """

    def __init__(self, names: frozenset[str], finders: Sequence[Any]) -> None:
        self._names = names
        self._finders = tuple(finders)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec that the finders return, unless its package is hidden."""
        specs = (finder.find_spec(fullname, path, target) for finder in self._finders)
        spec = next((spec for spec in specs if spec is not None), None)
        hidden = spec is not None and fullname.partition(".")[0] not in self._names and _is_installed(spec)
        return None if hidden else spec

    def find_distributions(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        """Find installed distributions; `importlib.metadata` calls this."""
        for finder in self._finders:
            if hasattr(finder, "find_distributions"):
                yield from finder.find_distributions(*args, **kwargs)


def _is_installed(spec: ModuleSpec) -> bool:
    """Return whether a module is an installed package; the standard library and the engine are not."""
    places = [spec.origin or "", *(spec.submodule_search_locations or ())]
    return any({"site-packages", "dist-packages"} & set(PurePath(place).parts) for place in places)


def hide_other_packages() -> None:
    """Restrict this process to the packages that its environment variable names, if it is set."""
    if names := os.environ.get(PACKAGES):
        sys.meta_path[:] = [SamePackages(frozenset(names.split(os.pathsep)), sys.meta_path)]


def guard_imports() -> None:
    """Stop this process from importing the foreign libraries, even those already loaded."""
    for name in [name for name in sys.modules if name.partition(".")[0] in FOREIGN_LIBRARIES]:
        del sys.modules[name]
    sys.meta_path.insert(0, ImportGuard())


def forbid_operators(names: Sequence[str]) -> contextlib.ExitStack:
    """Refuse torch operators of these names until the ban is lifted; `ban_operators` does so permanently.

    Parameters
    ----------
    names : sequence of str
        As in `ban_operators`.

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
    """Refuse torch operators of these names permanently: under any alias, in place or not, in every thread.

    Their kernels are replaced at torch's dispatcher, so no mode has to be active. The originals come back when the
    handles of the replacements are destroyed, so the handles are kept alive where no Python code can reach them.

    Parameters
    ----------
    names : sequence of str
        Names at the dispatcher, without overload: ``aten::convolution``. A ``*`` matches anything, so that
        ``*softmax*`` is the whole family: backward passes, masked, sparse and quantized ones.
    """
    for handle in _replace_kernels(names):
        _leak(handle)


def _leak(value: object) -> None:
    """Keep an object alive permanently, without a reference that Python code could find."""
    import ctypes

    ctypes.pythonapi.Py_IncRef(ctypes.py_object(value))


def _hide(function: object) -> None:
    """Keep a function alive permanently, hidden from searches of the garbage collector's objects."""
    import ctypes

    _leak(function)
    ctypes.pythonapi.PyObject_GC_UnTrack(ctypes.py_object(function))


def _replace_kernels(names: Sequence[str]) -> list[Any]:
    """Replace the kernels of operators; return the handles that hold the replacements, one per namespace."""
    if not names:
        return []
    import torch

    handles: dict[str, Any] = {}
    for operator in torch._C._dispatch_get_all_op_names():
        name = operator.partition(".")[0]
        if any(fnmatchcase(name.removesuffix("_"), pattern) for pattern in names):
            namespace = name.partition("::")[0]
            if namespace not in handles:  # a torch.library.Library could be found and destroyed
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
        warnings.simplefilter("ignore", UserWarning)  # torch warns that a kernel is replaced, which is intended
        for key in KERNELS:
            handle.impl(name, key, kernel, False)
