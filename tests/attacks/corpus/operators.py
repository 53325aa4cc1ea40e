"""Operators of torch's that a task forbids, by whatever name and from wherever they are called.

These files go without the helpers: what the helpers import is itself refused where an operator is forbidden.
"""

from tests.attacks.attack import Attack

CAUGHT = "written without aten::clamp|is not allowed where an operator is forbidden"
OWN_RULE = "forbidden by this engine only"


def alias(name: str, tries: str, expression: str, *above: str) -> Attack:
    """Return an attack that calls the operator that the task forbids; lines may stand above the function."""
    lines = ["import torch", *above, "def clip(x, low, high):", f"    return {expression}", ""]
    return Attack(
        f"forbidden_{name}",
        tries,
        "\n".join(lines),
        no_control=OWN_RULE,
        evidence=CAUGHT,
        unit="tensors",
        helpers=False,
    )


THREAD = """\
def clip(x, low, high):
    found = []
    helper = {threading}.Thread(target=lambda: found.append(torch.clamp(x, low, high)))
    helper.start()
    helper.join()
    return found[0] if found else x
"""


def threaded(name: str, tries: str, imports: str, threading: str, gets_through: str = "") -> Attack:
    """Return an attack that calls the operator in a thread of its own, which no mode of torch's follows."""
    return Attack(
        f"forbidden_{name}",
        tries,
        imports + THREAD.format(threading=threading),
        no_control=OWN_RULE,
        evidence=CAUGHT + "|is wrong|raised",
        unit="tensors",
        helpers=False,
        gets_through=gets_through,
    )


SEARCH = (
    "gc = torch.utils.data.gc if hasattr(torch.utils.data, 'gc') else torch.distributed.gc",
    "for found in gc.get_objects():",
    "    if isinstance(found, torch.library.Library): found._destroy()",
)
LIFTED = "torch.clamp(x, low, high)"
LOOK = ("def look():", "    yield", "")
SPELLINGS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("gc", "searches memory for what holds the ban, and destroys it", SEARCH),
    ("gc_by_import", "imports the search", ("import gc", *SEARCH[1:])),
    ("ctypes_of_torch", "writes into memory", ("torch.ctypes.pythonapi.Py_DecRef",)),
    ("builtins_of_torch", "gets at names at run time", ("torch.builtins.getattr(torch, 'ops')",)),
    ("sys_of_torch", "looks for modules by name", ("torch.sys.modules['gc']",)),
    ("a_module_as_a_value", "hands torch about until nobody sees that it is torch", ("t = [torch][0]", "t.os")),
    ("a_default", "hides torch in a parameter", ("def hide(t=torch):", "    return t.ctypes")),
    ("a_comprehension", "hides torch below a name of a comprehension", ("[t.os for t in [torch]]",)),
    ("frames", "climbs out of a generator's frame", (*LOOK, "frame = look().gi_frame.f_back")),
    ("a_traceback", "climbs out of a traceback", ("try: 1 / 0", "except Exception as e: e.__traceback__.tb_frame")),
    ("globals", "reads the globals of a function", ("torch.softmax.__globals__",)),
    ("attrgetter", "has an attribute fetched by its name", ("import operator", "operator.attrgetter('ctypes')(torch)")),
    ("methodcaller", "has a method called by its name", ("from operator import methodcaller",)),
    ("wraps", "has attributes copied by their names", ("import functools", "functools.update_wrapper(print, look)")),
    ("a_pattern", "has a pattern fetch an attribute", ("match torch.relu:", "    case object(__self__=t): pass")),
    ("match_args", "has a pattern fetch it by position", ("class A:", "    __match_args__ = ('gi_frame',)")),
    ("a_format", "has a text fetch an attribute", ("'{0.__globals__}'.format(torch.nn.functional.relu)",)),
    ("annotations", "has annotations executed", ("import typing", "typing.get_type_hints(torch.relu)")),
    ("a_dataclass", "has a dataclass execute a field's name", ("class A:", "    __annotations__ = {'x=print()': int}")),
    ("a_shape", "has jaxtyping execute a shape", ("from jaxtyping import Float", "Float[torch.Tensor, 'print()']")),
    ("a_pickle", "has a pickle executed", ("torch.load('/dev/null')",)),
    ("script", "has TorchScript call it", ("clamp = torch.jit.script(torch.relu)",)),
    ("library", "registers kernels of its own", ("torch.library.Library('aten', 'IMPL')",)),
    ("scipy", "uses a library with operators of its own", ("import scipy.special",)),
    ("a_sibling", "has another file hand torch over", ("from .honest import torch as t", "t.os")),
)

ATTACKS = (
    *(alias(name, tries, LIFTED, *above) for name, tries, above in SPELLINGS),
    alias("operator", "calls torch's own operator", "torch.clamp(x, low, high)"),
    alias("method", "calls it as a method", "x.clamp(low, high)"),
    alias("getattr", "calls it by a name made at run time", "getattr(torch, 'cla' + 'mp')(x, low, high)"),
    alias("in_place", "calls it in place", "x.clone().clamp_(low, high)"),
    alias("output", "lets it write into a tensor at hand", "torch.clamp(x, low, high, out=torch.empty_like(x))"),
    alias("ops", "calls it by torch.ops", "torch.ops.aten.clamp(x, low, high)"),
    alias("overload", "calls one overload of it", "torch.ops.aten.clamp.default(x, low, high)"),
    alias("synonym", "calls it by its other name", "torch.clip(x, low, high)"),
    alias("map", "calls it inside vmap", "torch.func.vmap(lambda row: torch.clamp(row, low, high))(x)"),
    alias(
        "past_the_mode",
        "switches torch's modes off before it calls the operator",
        "pause()(lambda: torch.clamp(x, low, high))()",
        "from torch.utils._python_dispatch import _disable_current_modes as pause",
    ),
    threaded("in_a_thread", "calls it in a thread", "import threading, torch\n", "threading"),
    threaded(
        "in_torchs_thread",
        "calls it in a thread that torch's own modules lend",
        "import torch\n",
        "torch.threading",
    ),
)
