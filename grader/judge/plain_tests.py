"""Tests that need nothing of pytest's but their arguments: they are called directly, which costs less.

Whether a test is one of them shows when pytest runs it for the first time, in the dry run.
"""

from typing import Any

import numpy as np
import pytest

from grader.judge.item_run import ItemRun
from grader.judge.plugin import seeded

PARAMETERS = pytest.StashKey[dict[str, Any]]()
GIVEN = frozenset({"student", "rng"})  # the fixtures that are made here
NEEDED = frozenset({"request"})  # by these, when pytest makes them


def is_plain(item: pytest.Item) -> bool:
    """Return whether a test is known to need nothing but its student, its generator and its parameters."""
    return PARAMETERS in item.stash


def note_if_plain(item: pytest.Item) -> None:
    """Note whether a test that pytest has prepared can be called directly the next time."""
    if isinstance(item, pytest.Function) and item.cls is None and item.get_closest_marker("xfail") is None:
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        unchanged = {name: value for name, value in parameters.items() if item.funcargs.get(name) is value}
        known = GIVEN.union(unchanged)
        if known.issuperset(item._fixtureinfo.argnames) and (known | NEEDED).issuperset(item.fixturenames):
            item.stash[PARAMETERS] = unchanged


def run_directly(run: ItemRun) -> None:
    """Run a plain test, and pass on how its two phases end, as pytest does."""
    item: Any = run.item
    setup = _phase("setup", lambda: _arguments(run))
    run.phase_ended(setup)
    if setup.excinfo is None:
        item.funcargs = setup.result

        def body() -> None:
            with run.at_work():
                item.obj(**{name: item.funcargs[name] for name in item._fixtureinfo.argnames})

        run.phase_ended(_phase("call", body))
        item.funcargs = None


def _phase(when: Any, step: Any) -> "pytest.CallInfo[Any]":
    return pytest.CallInfo.from_call(step, when, reraise=(pytest.exit.Exception, KeyboardInterrupt))


def _arguments(run: ItemRun) -> dict[str, Any]:
    generator = np.random.default_rng(seeded(run.item, run.info))
    names = run.item.fixturenames  # type: ignore[attr-defined]  # a plain test is a function
    student = {"student": run.student(run.info)} if "student" in names else {}
    return run.item.stash[PARAMETERS] | student | {"rng": generator}
