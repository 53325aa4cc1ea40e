"""What a reviewer should look at in a submission: things that a task never needs, with their lines.

Nothing here is a verdict. The walls prevent what can be prevented; this lists what they cannot judge: code that looks
into its surroundings, runs text, or reaches for an operator under another name.
"""

import ast
import threading
from collections.abc import Iterator

MODULES = {
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
CALLS = {
    "__import__": "imports by name",
    "compile": "compiles text",
    "eval": "runs text",
    "exec": "runs text",
    "open": "opens a file",
}
# CPython 3.11 counts the parser's depth for all threads together: two at once end in a SystemError.
_PARSING = threading.Lock()
TORCH_TASK_NEEDS = frozenset({"torch"})
WITH_TORCH = ("torch", "triton")


def to_review(source: str, *, library: str = "numpy") -> list[tuple[int, str]]:
    """List what a reviewer should look at.

    Parameters
    ----------
    source : str
        A student's file.
    library : str
        What its tasks are written in: ``torch`` is no finding in a torch or a Triton task.

    Returns
    -------
    list of (int, str)
        Line and reason, in the order of the lines; empty for a file that does not compile.
    """
    try:
        with _PARSING:
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):  # null bytes, or nested too deep: it does not load either
        return []
    allowed = TORCH_TASK_NEEDS if library in WITH_TORCH else frozenset()
    places = (node for node in ast.walk(tree) if isinstance(node, ast.stmt | ast.expr))
    return sorted({(node.lineno, reason) for node in places for reason in _reasons(node, allowed)})


def _reasons(node: ast.stmt | ast.expr, allowed: frozenset[str]) -> Iterator[str]:
    names = {alias.name for alias in node.names} if isinstance(node, ast.Import) else set()
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        names.add(node.module)
    for top in sorted({name.partition(".")[0] for name in names} - allowed):
        if top in MODULES:
            yield f"imports {top}: {MODULES[top]}"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
        yield f"calls {node.func.id}: {CALLS[node.func.id]}"
    if isinstance(node, ast.Attribute) and node.attr.startswith("__") and node.attr not in ("__init__", "__name__"):
        yield f"reaches for {node.attr}"
