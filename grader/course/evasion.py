"""Ways round the ban on an operator that can be seen in the source: access by name, threads, other libraries.

The kernels of a forbidden operator are replaced (`grader/worker/policy.py`), and what could put them back is seen here.
Other libraries have the same operators, and torch's dispatcher knows nothing of them: scikit-learn has softmax with
cross-entropy and its gradient in one call. A task that forbids an operator needs none of this, so its files may not use
it.
"""

import ast
from collections.abc import Iterator

MODULES = frozenset(
    ("threading", "_thread", "concurrent", "multiprocessing", "asyncio", "ctypes", "importlib", "gc", "inspect", "sys")
)
LIBRARIES = frozenset(("scipy", "sklearn", "torchvision", "tensorflow", "keras", "jax", "cupy"))
NAMES = frozenset(("getattr", "setattr", "eval", "exec", "compile", "__import__", "globals", "vars", "locals"))
ATTRIBUTES = frozenset(("_C", "_python_dispatch", "__dict__", "__getattribute__", "__globals__", "__subclasses__"))


def evasion(source: str) -> tuple[int, str] | None:
    """Return the first line that could hide a forbidden operator, and what stands there.

    Parameters
    ----------
    source : str
        A student's file.

    Returns
    -------
    tuple of int and str, or None
        None too for a file that does not compile: it does not run either.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return None
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.stmt | ast.expr))
    return min(((node.lineno, word) for node in nodes for word in _words(node)), default=None)


def _words(node: ast.stmt | ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from _imported(node)
    elif isinstance(node, ast.Name) and node.id in NAMES:
        yield node.id
    elif isinstance(node, ast.Attribute) and node.attr in ATTRIBUTES:
        yield node.attr


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    """Name what an import may not bring; a module is looked at with all the parts of its path."""
    names = [alias.name for alias in node.names]
    paths = [f"{node.module}.{name}" for name in names] if isinstance(node, ast.ImportFrom) and node.module else names
    for path in paths:
        if path.partition(".")[0] in MODULES | LIBRARIES or ATTRIBUTES & set(path.split(".")):
            yield path
