"""Source of tasks that forbid an operator is held to a list of allowed names; a reviewer sees the rest."""

import pytest

from grader.submissions.source_checks import blocked_files, to_review

T = "import torch\n"
HIDDEN = {
    "a thread": "import threading\nthreading.Thread()",
    "a pool": "from concurrent.futures import ThreadPoolExecutor as P\nP()",
    "torch's modes": "from torch.utils._python_dispatch import _disable_current_modes as p\np()",
    "torch's library in C": "from torch import _C\n_C._nn",
    "an attribute of it": f"{T}torch._C._nn.gelu",
    "getattr": f"{T}getattr(torch, 'con' + 'v2d')",
    "vars": f"{T}vars(torch)['conv2d']",
    "exec": "exec('import threading')",
    "eval": "eval('1')",
    "scikit-learn": "from sklearn._loss.loss import HalfMultinomialLoss as loss\nx = loss(3)",
    "SciPy": "import scipy.special\nx = scipy.special.softmax",
    "ctypes of torch": f"{T}torch.ctypes",
    "built-ins of torch": f"{T}torch.builtins.getattr",
    "a module of torch": f"{T}torch.os.getpid()",
    "sys of torch's functional": "import torch.nn.functional as F\nF.importlib.import_module('gc')",
    "gc": "import gc\ngc.get_objects()",
    "ops": f"{T}torch.ops.aten.clamp",
    "TorchScript": f"{T}torch.jit.script",
    "a pickle": f"{T}torch.load('f')",
    "a compiler": f"{T}torch.compile(print)",
    "its library": f"{T}torch.library.Library('aten', 'IMPL')",
    "its library, imported": "from torch.library import Library\nLibrary",
    "an alias": f"{T}t = torch\nt.ctypes",
    "an alias in a function": f"{T}def f():\n    t = torch\n    return t.os",
    "an alias of a module in it": f"{T}F = torch.nn.functional\nF.importlib",
    "a module in a list": f"{T}[torch][0].ctypes",
    "a module as an argument": f"{T}print(torch)",
    "a module as a default": f"{T}def f(t=torch): return t.os",
    "a module in a walrus": f"{T}(t := torch).os",
    "a module as an answer": f"{T}def f(): return torch",
    "a module in an f-string": f"{T}f'{{torch.os}}'",
    "a module in a pattern": f"{T}match torch:\n    case t: pass",
    "a module under a comprehension's name": f"{T}def f():\n    [0 for torch in ()]\n    return torch",
    "a module under a lambda's name": f"{T}def f():\n    (lambda: (torch := 0))\n    return torch",
    "a module of a class": "class A:\n    import torch",
    "a name made global": "def f():\n    global t\n    import torch as t",
    "two imports with one name": "import math as t\nimport torch as t",
    "a star": "from torch import *",
    "NumPy's ctypes": "import numpy\nnumpy.ctypeslib.ctypes",
    "an array's ctypes": "def f(x): return x.ctypes",
    "math's loader": "import math\nmath.__loader__",
    "a frame": "def f():\n    yield\nf().gi_frame.f_back",
    "a coroutine's frame": "async def f(): pass\nf().cr_frame",
    "a traceback's": "try: pass\nexcept Exception as e: e.__traceback__.tb_frame",
    "a traceback handed over": "class A:\n    def __exit__(self, kind, value, tb): tb.tb_frame",
    "globals of a function": "def f(): pass\nf.__globals__",
    "a function's code": "def f(): pass\nf.__code__",
    "self of a built-in": "print.__self__",
    "subclasses": "().__class__.__mro__[1].__subclasses__()",
    "built-ins by name": "__builtins__",
    "a class made at run time": "type('A', (), {})",
    "type under another name": "t = type",
    "a metaclass": "class A(metaclass=B): pass",
    "a metaclass in a dictionary": "class A(**k): pass",
    "a hook for attributes": "class A:\n    def __getattr__(self, name): pass",
    "a hook for assignment": "class A:\n    def __setattr__(self, name, value): pass",
    "a hook of torch's": "class A:\n    def __torch_function__(self, *a): pass",
    "an attribute by name": "import operator\noperator.attrgetter('gi_frame')",
    "an attribute by name, imported": "from operator import attrgetter\nattrgetter",
    "a method by name": "from operator import methodcaller\nmethodcaller",
    "attributes copied by name": "import functools\nfunctools.update_wrapper(f, g, assigned=['gi_frame'])",
    "a pattern with an attribute": "match x:\n    case A(gi_frame=f): pass",
    "a pattern's positions": "class A:\n    __match_args__ = ('gi_frame',)",
    "a field that makes an attribute allowed": "class A:\n    gi_frame = 0",
    "a field set for it": "class A:\n    def f(self): self.f_back = 0",
    "a named tuple's field for it": "from collections import namedtuple\nnamedtuple('A', 'gi_frame')",
    "annotations that a dataclass executes": "class A:\n    __annotations__ = {'x=1': int}",
    "annotations that typing executes": "import typing\ntyping.get_type_hints(f)",
    "a shape that jaxtyping executes": "from jaxtyping import Float\nisinstance(x, Float[A, 'print()'])",
    "a shape made at run time": "from jaxtyping import Float\nFloat[A, shape]",
    "a shape by another name": "from jaxtyping import Float\nG = Float\nG[A, 'print()']",
    "a format that looks inside": "'{0.__class__}'.format(x)",
    "a format in a format": "'{:{0.__class__}}'.format(x)",
    "a format by another name": "str.format('{0.__class__}', x)",
    "a format of a variable": "def f(text): return text.format(1)",
    "a format of a dictionary": "'{x.__class__}'.format_map(y)",
    "an operator replaced": f"{T}torch.relu = print",
    "an operator deleted": f"{T}del torch.relu",
    "a method replaced": f"{T}torch.Tensor.relu = print",
    "torch as a loop's variable": f"{T}for torch.relu in (): pass",
    "a part of a module by its name": f"{T}torch.nn.Module().get_submodule('a')",
    "an open file": "open('f')",
    "a stranger": "import matplotlib.pyplot\nmatplotlib.pyplot.show()",
    "a timer that executes text": "import timeit\ntimeit.timeit('1')",
}


@pytest.mark.parametrize(
    "line", ["import matplotlib.pyplot as plt", "from tqdm import tqdm", "import helpers", "import os, sys"]
)
def test_an_import_that_is_never_used_costs_nothing(line: str) -> None:
    assert blocked_files({"fast": f"{line}\nimport torch\n"}) == {}


@pytest.mark.parametrize("name", HIDDEN)
def test_a_way_round_is_not_on_the_list(name: str) -> None:
    message = blocked_files({"fast": HIDDEN[name] + "\n"})["fast"]
    assert "is not allowed where an operator is forbidden; " in message


def test_the_first_place_is_named_with_what_to_do_instead() -> None:
    assert blocked_files({"fast": "import torch\n\n\ndef f(x):\n    return x.grad_fn, torch.ctypes, torch.os\n"}) == {
        "fast": "fast.py, line 5: torch.ctypes is not allowed where an operator is forbidden; "
        "use the public functions of torch and numpy as their documentation has them"
    }


@pytest.mark.parametrize(
    "source",
    [
        "from .conv import torch\ntorch.ctypes",
        "from .conv import gc\ngc.get_objects()",
        "from . import conv\nx = conv.gc",
        "from .conv import nn\n",
        "from . import conv\nconv.torch",
        "from . import conv\nprint(conv)",
        "import conv\nconv.nn.functional",
        "from . import conv\nconv.f = 1",
    ],
)
def test_a_sibling_lends_no_module(source: str) -> None:
    files = {"conv": "import gc\nimport torch\nfrom torch import nn\ndef f(): pass\n", "fast": source}
    assert blocked_files(files).keys() == {"fast"}


HONEST = '''
"""Honest code of many kinds."""

from __future__ import annotations

import functools
import itertools
import math
import time
from collections import defaultdict, namedtuple
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float
from numpy.lib.stride_tricks import sliding_window_view
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from . import conv
from .conv import im2col as columns_of

Pair = namedtuple("Pair", "first, second")
Float32 = torch.float32
LINALG = torch.linalg


class Cache(NamedTuple):
    columns: Tensor
    shape: tuple[int, ...] = ()


@dataclass(frozen=True)
class Options:
    stride: int = 1
    names: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if type(self.stride) is not int or not isinstance(self.names, list):
            raise TypeError(f"stride is {self.stride!r}, a {type(self.stride).__name__}")

    @property
    def twice(self) -> int:
        return self.stride * 2


class Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Tensor) -> Tensor:
        ctx.save_for_backward(x, w)
        ctx.scale = 2.0
        return x @ w.T

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor, Tensor]:
        x, w = ctx.saved_tensors
        return slope @ w * ctx.needs_input_grad[0], slope.T @ x


class Layer(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(width, width))

    def forward(self, x: Tensor) -> Tensor:
        return F.pad(x @ self.weight, (0, 1)).contiguous()


@functools.lru_cache(maxsize=None)
def window(size: int) -> Tensor:
    return torch.hann_window(size, dtype=Float32)


def fast(x: Float[Tensor, "N C *more"], w: Float[Tensor, "F C 2*k+1 ..."], *, out: Tensor | None = None) -> Cache:
    """Shadow a module by the paper's letter, F filters."""
    N, C, *_ = x.shape
    F, C2, *rest = w.shape
    assert C == C2, "{} channels, not {:d}".format(C2, C)
    with torch.no_grad():
        columns = columns_of(x) if hasattr(x, "unfold") else conv.im2col(x)
    parts = [each.sum(dim=-1) for each in columns.unbind() if each.numel()]
    values, indices = torch.topk(x.flatten(), 3)
    best = torch.max(x, dim=1).values
    order = sorted(zip(parts, range(F)), key=lambda pair: float(pair[0].sum()))
    counts: dict[int, int] = defaultdict(int)
    for i, (j, k) in enumerate(itertools.product(range(2), repeat=2)):
        counts[i] += j * k
    try:
        total = functools.reduce(torch.add, parts)
    except (RuntimeError, ValueError) as error:
        raise ValueError(f"cannot add: {error.args}") from error
    if (size := x.size(0)) > 2 and not torch.isfinite(x).all():
        x = torch.where(x > 0, x, torch.full_like(x, -math.inf))
    eps = torch.finfo(x.dtype).eps
    patches = sliding_window_view(np.asarray(x.detach()), 2, axis=0)
    match rest:
        case [int() as height, width]:
            x = x.reshape(N, height * width)
        case _:
            x = x.view(N, -1)
    x.grad = None
    pair = Pair(total, best)
    solved = LINALG.solve(torch.eye(2, device=x.device), torch.ones(2, 1)) + pair.first.mean() + pair.second.amax()
    print(f"{solved.norm():.3f} {size} {eps} {order} {values} {indices} {patches.dtype}")
    return Cache(columns, tuple(x.shape))._replace(shape=())


def _count(values):
    """Count in a generator."""
    total = 0

    def add(value):
        nonlocal total
        total += value
        return total

    yield from map(add, values)


if __name__ == "__main__":
    import timeit

    import matplotlib.pyplot as plt

    plt.plot([time.perf_counter(), timeit.default_timer()])
'''


def test_ordinary_code_is_free() -> None:
    files = {"fast": HONEST, "conv": "import numpy as np\n\ndef im2col(x):\n    return np.pad(x, 1).T.copy()\n"}
    assert blocked_files(files) == {}


@pytest.mark.parametrize("source", ["def f(:", "x = '\0'", f"x = {'-' * 17_000}1"])
def test_what_does_not_run_is_not_told_twice(source: str) -> None:
    assert blocked_files({"fast": source}) == {}


@pytest.mark.parametrize(
    "source", ["import triton\nimport triton.language as tl\n@triton.jit\ndef k(x, N: tl.constexpr):\n    tl.load(x)\n"]
)
def test_a_kernel_is_free(source: str) -> None:
    assert blocked_files({"softmax_triton": source}) == {}


@pytest.mark.parametrize(
    ("source", "findings"),
    [
        ("import ctypes", [(1, "imports ctypes: calls into the C library")]),
        ("x = 1\nfrom os import path", [(2, "imports os: talks to the operating system")]),
        ("import numpy as np, gc", [(1, "imports gc: looks through the memory of its process")]),
        ("eval('1')", [(1, "calls eval: runs text")]),
        ("().__class__.__bases__", [(1, "reaches for __bases__"), (1, "reaches for __class__")]),
        ("import torch.nn.functional as F", [(1, "imports torch: uses torch in a NumPy task")]),
        ("import numpy as np\nfrom .conv import im2col\n\ndef f(x):\n    return np.exp(x)", []),
        ("class A:\n    def __init__(self):\n        super().__init__()", []),
        ("def f(:", []),
        ("x = '\0'", []),
    ],
)
def test_what_is_worth_a_look_is_listed(source: str, findings: list[tuple[int, str]]) -> None:
    assert to_review({"f": source}, {}) == [f"f.py, line {line}: {reason}" for line, reason in findings]


def test_torch_is_no_finding_in_a_torch_task() -> None:
    libraries = {"f": {"torch"}, "g": {"numpy", "triton"}, "h": {"numpy"}}
    files = {"h": "import torch", "f": "import torch", "g": "import torch"}
    assert to_review(files, libraries) == ["h.py, line 1: imports torch: uses torch in a NumPy task"]
    assert to_review({"f": "import ctypes"}, libraries) != []


def test_a_file_that_cannot_be_read_is_listed() -> None:
    assert to_review({"g": "x = 1", "f": f"x = {'-' * 17_000}1\n"}, {}) == [
        "f.py cannot be read by Python's parser: nested too deep, line 1"
    ]
