"""Part of pytest that a worker has for tests that students write: `raises`, `approx`, `fail`, `mark.parametrize`.

pytest itself is no guest for a sealed worker: its import costs 0.09 s of CPU in each of the fresh ones, and brings
sockets and processes. At home a student's own pytest runs the same file.
"""

import functools
import re
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any

import numpy as np

MOST_TESTS = 20  # of a file, each case of a parametrized one counted
MOST_CASES = 1000  # of a parametrized test, before anything is counted
CASES = "_deepgrade_cases"


class Raises:
    """Context in which an exception has to be raised.

    Parameters
    ----------
    kinds : type or tuple of type
    match : str, optional
        Pattern that its text has to contain.
    """

    def __init__(self, kinds: Any, match: str | None = None) -> None:
        self._kinds, self._match = kinds, match
        self.value: BaseException | None = None

    def __enter__(self) -> "Raises":
        """Begin the block, and return what will hold the exception."""
        return self

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> bool:
        """Accept the exception that is wanted; fail without any, and let others pass on."""
        if error is None:
            raise AssertionError(f"DID NOT RAISE {self._kinds}")
        if not isinstance(error, self._kinds):
            return False
        if self._match is not None and re.search(self._match, str(error)) is None:
            raise AssertionError(f"{str(error)!r} does not match {self._match!r}")
        self.value = error
        return True


def raises(kinds: Any, *called: Any, match: str | None = None, **fields: Any) -> Any:
    """Return the context in which an exception of these kinds has to be raised; with a function, call it there."""
    context = Raises(kinds, match)
    if not called:
        return context
    function, *args = called
    with context:
        function(*args, **fields)
    return context


class Approx:
    """Number, array, sequence or dict that equals what is near to it.

    Parameters
    ----------
    expected : object
    rel, abs_ : float, optional
        As of `pytest.approx`: 1e-6 of the expected number, and 1e-12, unless one of them is given.
    nan_ok : bool
        Whether not-a-number equals itself.
    """

    __array_ufunc__ = None  # NumPy leaves the comparison to this class
    __hash__ = None  # type: ignore[assignment]  # as pytest's: what equals nearly cannot be hashed

    def __init__(self, expected: Any, rel: float | None, abs_: float | None, *, nan_ok: bool) -> None:
        self._expected, self._nan_ok = expected, nan_ok
        self._abs = 1e-12 if abs_ is None else abs_
        self._rel = (1e-6 if abs_ is None else 0.0) if rel is None else rel

    def __eq__(self, actual: object) -> bool:
        """Return whether something has the same form, and numbers near to the expected ones."""
        if isinstance(self._expected, dict):
            same = isinstance(actual, dict) and actual.keys() == self._expected.keys()
            return same and all(self._is_near(actual[key], value) for key, value in self._expected.items())  # type: ignore[index]  # a dict
        return self._is_near(actual, self._expected)

    def _is_near(self, actual: Any, expected: Any) -> bool:
        try:
            left, right = np.asarray(actual), np.asarray(expected)
            if left.shape != right.shape:
                return False
            room = np.maximum(self._abs, self._rel * np.abs(right))
            near = (left == right) | (np.abs(left - right) <= np.where(np.isfinite(right), room, -1.0))
            return bool(np.all(near | (self._nan_ok & np.isnan(left) & np.isnan(right))))
        except (TypeError, ValueError):
            return bool(actual == expected)

    def __repr__(self) -> str:
        return f"approx({self._expected!r})"


def approx(expected: Any, rel: float | None = None, abs: float | None = None, nan_ok: bool = False) -> Approx:  # noqa: A002 (as pytest's)
    """Return what equals everything near to it."""
    return Approx(expected, rel, abs, nan_ok=nan_ok)


def fail(reason: str = "") -> None:
    """Fail the test."""
    raise AssertionError(reason)


class _Mark:
    """`pytest.mark`: parametrize, and marks without effect."""

    @staticmethod
    def parametrize(names: str | Iterable[str], values: Iterable[Any], **ignored: Any) -> Callable[[Any], Any]:
        """Return a decorator that runs a test once for each of some values."""

        def mark(test: Any) -> Any:
            setattr(test, CASES, _multiplied(test, getattr(test, CASES, [{}]), names, values))
            return test

        return mark

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *args, **fields: args[0] if len(args) == 1 and callable(args[0]) and not fields else _unchanged


def _unchanged(test: Any) -> Any:
    return test


def small_pytest() -> ModuleType:
    """Return the module that stands in for pytest."""
    module = ModuleType("pytest")
    module.raises, module.approx, module.fail = raises, approx, fail  # type: ignore[attr-defined]  # its names
    module.mark = _Mark()  # type: ignore[attr-defined]
    return module


def cases_of(names: Mapping[str, Any]) -> dict[str, functools.partial[Any]]:
    """Return the tests among a module's names, in the order of the file, each case of a parametrized one by itself.

    Examples
    --------
    >>> list(cases_of({"test_sum": lambda: None, "np": None}))
    ['test_sum']
    """
    tests: dict[str, functools.partial[Any]] = {}
    for name, test in list(names.items()):
        if name.startswith("test_") and callable(test):
            cases = _cases(test)
            numbered = {f"{name}[{number}]": case for number, case in enumerate(cases)} if cases else {name: {}}
            tests |= {full: functools.partial(test, **case) for full, case in numbered.items()}
    return tests


def _cases(test: Any) -> list[dict[str, Any]]:
    """Return the arguments of a parametrized test, marked here or by pytest itself; none for another test."""
    cases: list[dict[str, Any]] = getattr(test, CASES, [])
    for mark in getattr(test, "pytestmark", ()):
        if mark.name == "parametrize":
            cases = _multiplied(test, cases or [{}], *mark.args[:2])
    return cases


def _multiplied(
    test: Any, cases: list[dict[str, Any]], names: str | Iterable[str], values: Iterable[Any]
) -> list[dict[str, Any]]:
    wanted = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    rows = [(value,) if len(wanted) == 1 else tuple(value) for value in values]
    fields = [dict(zip(wanted, row, strict=True)) for row in rows]
    if len(cases) * len(fields) > MOST_CASES:
        raise ValueError(f"{test.__name__} has more than {MOST_CASES} cases")
    return [{**before, **new} for new in fields for before in cases]
