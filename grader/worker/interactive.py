"""Calls that need a person or end the program: `input`, `breakpoint` and `exit` raise, and say what to do instead."""

import builtins
import sys
from typing import Any, NoReturn

INPUT = (
    "input() waits for somebody to type, and nobody is there when code is tested: take the value as an argument instead"
)
BREAKPOINT = (
    "breakpoint() waits for a debugger, and there is none here: take it out; "
    "to debug, run python -m pytest on this unit's folder below exercises, where it works"
)
EXIT = "a function that is tested must not end the program: return a value instead, or raise ValueError with a sentence"


def refuse_interaction() -> None:
    """Replace these functions in this process; student code that is run by plain pytest keeps Python's own."""
    builtins.input = _refused_input
    sys.breakpointhook = _refused_breakpoint
    for name in ("exit", "quit"):  # an interpreter without `site` has none
        setattr(builtins, name, _refused_exit)


def _refused_input(*prompt: Any) -> NoReturn:
    raise EOFError(INPUT)


def _refused_breakpoint(*args: Any, **kwargs: Any) -> NoReturn:
    raise RuntimeError(BREAKPOINT)


def _refused_exit(*code: Any) -> NoReturn:
    raise SystemExit(*code)
