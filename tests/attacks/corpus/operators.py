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


ATTACKS = (
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
