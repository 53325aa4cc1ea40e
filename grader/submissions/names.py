"""Names in student code: those allowed where a task forbids an operator, and those that no task needs.

The allowed names of torch and NumPy are read from the installed libraries, so the list matches their versions. The
names in `LEFT_OUT` execute text, read files, look up attributes by name, or reach kernels in another way. Code uses
those in `SUSPICIOUS_MODULES` and `SUSPICIOUS_CALLS` to inspect its environment or to execute text.
"""

import builtins
import contextlib
import importlib
import statistics
import types
from collections.abc import Iterator
from functools import cache
from typing import Any

SUSPICIOUS_MODULES = {
    "ctypes": "calls into the C library",
    "gc": "looks through the memory of its process",
    "inspect": "looks at its callers",
    "importlib": "imports by name",
    "multiprocessing": "starts processes",
    "os": "talks to the operating system",
    "signal": "handles signals",
    "socket": "opens connections",
    "subprocess": "starts programs",
    "sys": "looks into the interpreter",
    "threading": "starts threads",
    "torch": "uses torch in a NumPy task",
}
SUSPICIOUS_CALLS = {
    "__import__": "imports by name",
    "compile": "compiles text",
    "eval": "runs text",
    "exec": "runs text",
    "open": "opens a file",
}

ORDINARY_WORDS = frozenset({"signal", "socket"})
"""Names of modules that a student's class may well give a field."""

AS_ATTRIBUTES = (SUSPICIOUS_MODULES.keys() - ORDINARY_WORDS) | {"builtins", "pickle"}
"""Modules that are reached as an attribute of another one."""

REACHING_FILES = (SUSPICIOUS_MODULES.keys() - {"signal", "socket", "threading", "torch"} | SUSPICIOUS_CALLS.keys()) | {
    *("getattr", "globals", "linecache", "locals", "modules", "pathlib", "pickle", "runpy", "vars"),
}
"""Words by which code can come by a file that it does not name."""


TORCH_MODULES = frozenset(
    {
        "torch",
        "torch.autograd",
        "torch.cuda",
        "torch.distributions",
        "torch.fft",
        "torch.func",
        "torch.linalg",
        "torch.nn",
        "torch.nn.functional",
        "torch.nn.init",
        "torch.random",
        "torch.sparse",
        "torch.special",
        "torch.testing",
    }
)
NUMPY_MODULES = frozenset(
    {"numpy", "numpy.fft", "numpy.lib.stride_tricks", "numpy.linalg", "numpy.random", "numpy.typing"}
)
LISTED: dict[str, frozenset[str]] = {
    "__future__": frozenset({"annotations"}),
    "abc": frozenset({"ABC", "abstractmethod"}),
    "collections": frozenset({"ChainMap", "Counter", "OrderedDict", "defaultdict", "deque", "namedtuple"}),
    "contextlib": frozenset({"contextmanager", "nullcontext", "suppress"}),
    "dataclasses": frozenset({"asdict", "astuple", "dataclass", "field", "replace"}),
    "enum": frozenset({"Enum", "Flag", "IntEnum", "IntFlag", "StrEnum", "auto", "unique"}),
    "functools": frozenset(
        {"cache", "cached_property", "cmp_to_key", "lru_cache", "partial", "reduce", "total_ordering"}
    ),
    "operator": frozenset(
        {
            *("add", "and_", "concat", "contains", "eq", "floordiv", "ge", "getitem", "gt", "itemgetter", "le", "lt"),
            *("matmul", "mod", "mul", "ne", "neg", "not_", "or_", "pos", "pow", "setitem", "sub", "truediv", "xor"),
        }
    ),
    "torch.autograd.function": frozenset({"Function", "FunctionCtx", "once_differentiable"}),
    "time": frozenset({"perf_counter", "perf_counter_ns", "process_time", "time"}),
    "triton": frozenset({"Config", "autotune", "cdiv", "heuristics", "jit", "next_power_of_2"}),
    "warnings": frozenset({"catch_warnings", "filterwarnings", "simplefilter", "warn"}),
}
"""Modules with an explicit list of allowed names."""

OPEN = frozenset(
    {
        *("cmath", "collections.abc", "fractions", "itertools", "jaxtyping", "math", "numbers", "random", "statistics"),
        *("triton.language", "typing", "typing_extensions"),
    }
)
"""Modules whose public names are all allowed, except submodules and the names in `LEFT_OUT`."""

MODULES = TORCH_MODULES | NUMPY_MODULES | OPEN | frozenset(LISTED)

LEFT_OUT = frozenset(
    {
        *("typing.ForwardRef", "typing.get_type_hints", "typing.evaluate_forward_ref"),  # they execute annotations
        *("typing_extensions.ForwardRef", "typing_extensions.get_type_hints", "typing_extensions.evaluate_forward_ref"),
        *("jaxtyping.jaxtyped", "jaxtyping.install_import_hook", "jaxtyping.set_array_name_format"),
        *("numpy.DataSource", "numpy.fromfile", "numpy.fromregex", "numpy.genfromtxt", "numpy.load", "numpy.loadtxt"),
        *("numpy.memmap", "numpy.save", "numpy.savetxt", "numpy.savez", "numpy.savez_compressed", "numpy.test"),
        *("torch.compile", "torch.cond", "torch.from_file", "torch.load", "torch.save", "torch.while_loop"),
        *("torch.get_device_module", "torch.typename", "torch.thread_safe_generator", "torch.func.debug_unwrap"),
        *("torch.nn.functional.boolean_dispatch", "torch.nn.functional.handle_torch_function"),
    }
)
TORCH_BUILT_IN = frozenset(
    {
        *(
            "Generator",
            "OutOfMemoryError",
            "Size",
            "default_generator",
            "device",
            "dtype",
            "finfo",
            "get_default_dtype",
        ),
        *("get_num_threads", "iinfo", "is_grad_enabled", "is_inference_mode_enabled", "layout", "memory_format"),
        *("Stream", "Event", "has_mkl", "has_lapack", "set_grad_enabled", "set_default_dtype"),
    }
)
"""Allowed names from `torch._C` besides the operators; the rest belong to TorchScript and the dispatcher."""

BUILTINS = frozenset(
    {
        *("Ellipsis", "False", "None", "NotImplemented", "True", "abs", "all", "any", "ascii", "bin", "bool"),
        *("bytearray", "bytes", "callable", "chr", "classmethod", "complex", "dict", "divmod", "enumerate", "filter"),
        *("float", "format", "frozenset", "hasattr", "hash", "hex", "id", "int", "isinstance", "issubclass", "iter"),
        *("len", "list", "map", "max", "memoryview", "min", "next", "object", "oct", "ord", "pow", "print", "property"),
        *("range", "repr", "reversed", "round", "set", "slice", "sorted", "staticmethod", "str", "sum", "super"),
        *("tuple", "zip", "__debug__", "__name__"),
    }
    | {name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, BaseException)}
)
SPECIAL_ATTRIBUTES = frozenset({"__call__", "__init__", "__name__", "__new__", "__post_init__", "__version__"})
SETTABLE = frozenset({"data", "grad", "requires_grad", "training"})


def _attributes_of(*kinds: type) -> frozenset[str]:
    return frozenset(name for kind in kinds for name in dir(kind))


_ORDINARY = frozenset({"clear", "close", "send", "throw", "mro", "replace"})
FRAMES_AND_CODE = (
    frozenset(
        name
        for name in _attributes_of(
            types.FrameType,
            types.CodeType,
            types.TracebackType,
            types.GeneratorType,
            types.CoroutineType,
            types.AsyncGeneratorType,
            types.FunctionType,
            types.MethodType,
            types.CellType,
        )
        if not name.startswith("__")
    )
    - _ORDINARY
)
MODULES_AS_ATTRIBUTES = AS_ATTRIBUTES | {
    *("ctypeslib", "library", "ops", "overrides", "_C", "_dynamo", "_library", "_ops", "_python_dispatch"),
    *("attrgetter", "methodcaller", "get_submodule", "get_parameter", "get_buffer", "set_submodule", "modules_of"),
    *("f_globals", "get_type_hints", "update_wrapper", "compile"),
}
HIDDEN_ATTRIBUTES = FRAMES_AND_CODE | MODULES_AS_ATTRIBUTES | {"format_map", "dump", "dumps", "tofile"}
NEVER_DEFINED = FRAMES_AND_CODE | MODULES_AS_ATTRIBUTES
"""Names that a student's class may not define: a defined name becomes allowed as an attribute of any value."""


TRITON_MODULES = frozenset({"core", "extra", "semantic", "standard", "target_info"})


def is_public(module: str, name: str) -> bool:
    """Return whether a name of a listed module may be used."""
    if module == "triton.language":  # spares the judge the import
        return not name.startswith("_") and name not in TRITON_MODULES
    return name in public_names(module)


@cache
def public_names(module: str) -> frozenset[str]:
    """Return the allowed names of a listed module; empty if it is not installed."""
    if module in LISTED:
        return LISTED[module]
    try:
        loaded = importlib.import_module(module)
    except ImportError:
        return frozenset()
    names = _operators(loaded) if module == "torch" else _exported(loaded)
    return frozenset(name for name in names if f"{module}.{name}" not in LEFT_OUT)


def _exported(module: types.ModuleType) -> Iterator[str]:
    """Yield the public names that a module defines, without submodules and its own imports."""
    home = module.__name__.partition(".")[0]
    stated = getattr(module, "__all__", None)
    for name in stated or dir(module):
        value = getattr(module, name, None)
        if name.startswith("_") or isinstance(value, types.ModuleType):
            continue
        origin = str(getattr(value, "__module__", None) or home)
        if stated or home == "jaxtyping" or origin.partition(".")[0] == home:
            yield name


def _operators(torch: Any) -> Iterator[str]:
    operators = frozenset(dir(torch._C._VariableFunctions))
    for name in torch.__all__:
        value = getattr(torch, name, None)
        is_plain = isinstance(value, torch.dtype | torch.layout | torch.memory_format | float | type(None))
        is_operator = name in operators
        is_python = not hasattr(torch._C, name) and not isinstance(value, types.ModuleType)
        if not name.startswith("_") and (is_plain or is_operator or is_python or name in TORCH_BUILT_IN):
            yield name


@cache
def value_attributes() -> frozenset[str]:
    """Return the attributes allowed on any value: those of tensors, arrays, built-in types and the like."""
    plain = (str, bytes, list, dict, tuple, set, frozenset, int, float, complex, range, slice, BaseException, property)
    names = set(_attributes_of(*plain, types.GeneratorType, statistics.NormalDist))
    for kind in (*_numpy_kinds(), *_torch_kinds()):
        names |= set(dir(kind))
    names |= {"_asdict", "_fields", "_make", "_replace", "cache_clear", "cache_info", "maxlen", "name", "value"}
    names |= {"appendleft", "popleft", "rotate", "most_common", "total", "elements", "subtract", "default_factory"}
    return frozenset(name for name in names if _is_public(name)) | SPECIAL_ATTRIBUTES


def _is_public(name: str) -> bool:
    return (not name.startswith("_") or name in ("_asdict", "_fields", "_make", "_replace")) and not (
        name in HIDDEN_ATTRIBUTES or name in ("ctypes", "format")
    )


def _numpy_kinds() -> Iterator[object]:
    import numpy as np

    yield from (np.ndarray, np.generic, np.float64, np.dtype, np.random.Generator, np.ufunc)
    yield from (np.finfo(np.float64), np.iinfo(np.int64))


def _torch_kinds() -> Iterator[object]:
    with contextlib.suppress(ImportError):
        import torch

        yield from (torch.Tensor, torch.Size, torch.dtype, torch.device, torch.Generator)
        yield from (torch.finfo(torch.float32), torch.iinfo(torch.int64), torch.nn.Module, torch.autograd.Function)
        yield torch.autograd.function.FunctionCtx
        yield from (kind for kind in vars(torch.return_types).values() if isinstance(kind, type))
        yield from (torch.distributions.Normal, torch.distributions.Categorical, torch.distributions.Bernoulli)
