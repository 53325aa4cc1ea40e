"""Modules and built-in functions that no task needs: code uses them to inspect its environment or to execute text.

Three modules use this list: `review` for its findings, `allowed_names` for attributes that are not allowed if an
operator is forbidden, and `grader.autograde.races` for words with which code can reach a file without naming it.
"""

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

ORDINARY_WORDS = frozenset({"signal", "socket"})
"""Names of modules that a student's class may well give a field."""

AS_ATTRIBUTES = (MODULES.keys() - ORDINARY_WORDS) | {"builtins", "pickle"}
"""Modules that are reached as an attribute of another one."""

REACHING_FILES = (MODULES.keys() - {"signal", "socket", "threading", "torch"} | CALLS.keys()) | {
    *("getattr", "globals", "linecache", "locals", "modules", "pathlib", "pickle", "runpy", "vars"),
}
"""Words by which code can come by a file that it does not name."""
