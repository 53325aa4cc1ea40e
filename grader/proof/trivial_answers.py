"""Trivial answers in place of a task's function; the points that they earn show how much a suite takes on trust.

Each has the structure of the solution's answer, so that shape and dtype checks pass: the solution is called with the
same arguments, and the data in its answer is replaced. Objects that only the student's code understands, such as a
cache, are kept. `trivial.toml` lists the tests that such an answer passes, each with a reason."""

import copy
import math
import pickle
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import numpy as np
from msgspec import Meta, Struct

from grader.course import layout
from grader.course.model import cannot_run
from grader.course.reading import read_text
from grader.course.registry import Course, Unit
from grader.course.toml_reading import line_of, read_record
from grader.judge.describe import is_array
from grader.judge.shapes import Spec, TupleSpec, holds_objects
from grader.proof.local_suites import LocalSuites
from grader.records.proof import Problem

Answer = Literal["zeros", "ones", "nan", "arguments", "falling", "none"]
"""Zeros, ones, NaN, the call's own arguments, numbers that decrease from call to call, None."""

ANSWERS: tuple[Answer, ...] = get_args(Answer)

Replace = Callable[[Any], Any]
REMEMBERED = 200  # cached answers per solution


class Remembered:
    """A cache around a solution's function, since every trivial answer runs the same tests.

    Parameters
    ----------
    function : callable
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._answers: dict[bytes, Any] = {}

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return the function's answer for copies of the arguments."""
        try:
            key = pickle.dumps((args, kwargs))
        except Exception:  # not picklable, such as a function among the arguments: no caching
            return self._computed(args, kwargs)
        if key not in self._answers:
            if len(self._answers) >= REMEMBERED:
                self._answers.clear()
            self._answers[key] = self._computed(args, kwargs)
        return self._answers[key]

    def _computed(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        args, kwargs = copy.deepcopy((args, kwargs))
        return self._function(*args, **kwargs)


def trivial(function: Any, spec: Spec, answer: Answer) -> Any:
    """Return a function or class that gives trivial answers.

    Parameters
    ----------
    function : object
        The solution's function or class.
    spec : Spec
        Its annotated result.
    answer : str
        One of `ANSWERS`.
    """
    if isinstance(function, type):
        return _trivial_class(function, answer)
    calls = iter(range(10**9))

    def answering(*args: Any, **kwargs: Any) -> Any:
        replace = _replacing(answer, args, kwargs, next(calls))
        if answer == "none":
            return None
        try:
            right = function(*args, **kwargs)
        except Exception:  # the call should be refused, but a trivial answer refuses nothing
            return replace(0.0)
        return _with_parts(right, spec, replace)

    return answering


def trivial_answers(functions: Mapping[str, Any], specs: Mapping[str, Spec]) -> dict[Answer, dict[str, Any]]:
    """Return a replacement of every task for each trivial answer."""
    remembered = {
        name: function if isinstance(function, type) else Remembered(function) for name, function in functions.items()
    }
    return {
        answer: {name: trivial(function, specs.get(name), answer) for name, function in remembered.items()}
        for answer in ANSWERS
    }


def _trivial_class(base: type, answer: Answer) -> type:
    """Return a subclass whose data attributes always read as trivial values."""

    class TrivialObject(base):  # type: ignore[misc]  # the base is known only at run time
        def __getattribute__(self, name: str) -> Any:
            value = super().__getattribute__(name)
            if name.startswith("_") or callable(value):
                return value
            return _in_tree(value, _replacing(answer, (), {}, 0))

    TrivialObject.__name__ = TrivialObject.__qualname__ = base.__name__
    return TrivialObject


def _with_parts(right: Any, spec: Spec, replace: Replace) -> Any:
    """Replace the data of an answer; keep the student's own objects."""
    if isinstance(spec, TupleSpec) and isinstance(right, tuple) and len(right) == len(spec.items):
        return tuple(_with_parts(part, item, replace) for part, item in zip(right, spec.items, strict=True))
    return right if holds_objects(spec) else _in_tree(right, replace)


def _in_tree(value: Any, replace: Replace) -> Any:
    if isinstance(value, dict):
        return {key: _in_tree(item, replace) for key, item in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(_in_tree(item, replace) for item in value))
    if type(value) in (list, tuple):
        return type(value)(_in_tree(item, replace) for item in value)
    return replace(value)


def _replacing(answer: Answer, args: tuple[Any, ...], kwargs: Mapping[str, Any], call: int) -> Replace:
    """Return a function that replaces one number, text or array of an answer."""
    numbers = {"zeros": 0.0, "ones": 1.0, "nan": float("nan")}
    if answer in numbers:
        return lambda value: _filled(value, numbers[answer])
    if answer == "falling":
        given = _Given(args, kwargs)
        return lambda value: given(value) if is_array(value) and value.ndim > 1 else _falling(value, call)
    return _Given(args, kwargs, otherwise=args[0] if args else None)


def _filled(value: Any, number: float) -> Any:
    """Return a value of the same type and shape filled with one number."""
    if isinstance(value, np.ndarray):
        return np.full(value.shape, number, value.dtype if _holds(value.dtype.kind, number) else np.float64)
    if is_array(value):
        able = value.is_floating_point() or not math.isnan(number)
        return (value.clone() if able else value.double()).fill_(number)
    if isinstance(value, bool | int | np.bool_ | np.integer):
        return number if math.isnan(number) else type(value)(number)
    if isinstance(value, float | np.floating):
        return type(value)(number)
    return "" if isinstance(value, str) else value


def _holds(kind: str, number: float) -> bool:
    return not math.isnan(number) or kind in "fc"


def _falling(value: Any, call: int) -> Any:
    """Return a smaller loss than in the previous call, or a decreasing array of losses."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size:
        return (0.5 ** (call + 40 * np.arange(value.size) / value.size)).reshape(value.shape).astype(value.dtype)
    return type(value)(0.5**call) if isinstance(value, float | np.floating) else _filled(value, 0.0)


class _Given:
    """Replacement of a value by the first argument of its type, shape and dtype: trained weights by the initial ones.

    Parameters
    ----------
    args, kwargs : tuple and mapping
        Arguments of the call.
    otherwise : object, optional
        Replacement of a value that no argument fits; zeros if None.
    """

    def __init__(self, args: tuple[Any, ...], kwargs: Mapping[str, Any], otherwise: Any = None) -> None:
        self._arguments, self._otherwise = [*args, *kwargs.values()], otherwise

    @cached_property
    def _by_form(self) -> dict[tuple[object, ...], Any]:
        """Return the first argument of each form; worked out once, since an answer may have thousands of parts."""
        return {_form(leaf): leaf for leaf in reversed(list(_leaves(self._arguments)))}

    def __call__(self, value: Any) -> Any:
        fitting = self._by_form.get(_form(value), self._otherwise)
        return _filled(value, 0.0) if fitting is None else fitting


def _form(value: Any) -> tuple[object, ...]:
    return type(value), getattr(value, "shape", None), str(getattr(value, "dtype", None))


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    if type(value) in (list, tuple):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


class Passed(Struct, frozen=True, forbid_unknown_fields=True):
    """A listed test: the trivial answers that pass it, and why."""

    task: str
    test: str
    answers: Annotated[tuple[Answer, ...], Meta(min_length=1)]
    reason: Annotated[str, Meta(min_length=1)]


class _TrivialFile(Struct, frozen=True, forbid_unknown_fields=True):
    passed: tuple[Passed, ...] = ()


def read_trivial(root: Path, unit: str) -> tuple[Passed, ...]:
    """Return a unit's listed tests; empty if it has no file.

    Raises
    ------
    CourseError
        If the file is broken; the message names file and line.
    """
    path = layout.trivial(root, unit)
    if not path.is_file():
        return ()
    return read_record(path, layout.relative_name(path, root), _TrivialFile).passed


Earned = dict[tuple[str, str], dict[Answer, float]]
"""Points of each trivial answer, by task and test."""


class Trivial(Struct, frozen=True):
    """A test that trivial answers earn points in.

    Attributes
    ----------
    task, test : str
    points : dict of str to float
        Points by answer.
    reason : str
        Why this is acceptable; empty if no reason is listed.
    """

    task: str
    test: str
    points: dict[Answer, float]
    reason: str = ""


def trivial_earnings(course: Course, suites: LocalSuites, unit: Unit) -> tuple[Trivial, ...]:
    """Run the tests on trivial answers to each task of a unit: to it alone, and to all tasks at once.

    Run `LocalSuites.solution` first, which records the functions that tests call.
    """
    earned: Earned = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some tests divide by the loss, which is zero here
        for task in unit.tasks:
            if task.name not in cannot_run(unit):
                _add(earned, task.name, suites, unit)
    reasons = {(entry.task, entry.test): entry for entry in read_trivial(course.root, unit.name)}
    return tuple(
        Trivial(task, test, points, _reason(reasons.get((task, test)), points))
        for (task, test), points in earned.items()
    )


def _reason(listed: Passed | None, points: Mapping[Answer, float]) -> str:
    return listed.reason if listed and points.keys() <= set(listed.answers) else ""


def _add(earned: Earned, task: str, suites: LocalSuites, unit: Unit) -> None:
    """Run a task's tests on every trivial answer and add the points."""
    answers = trivial_answers(suites.functions(unit), suites.results(unit))
    alone = suites.calls_of(unit, task) <= {task}
    for answer in ANSWERS:
        for replaced in _submissions(task, answers[answer], alone=alone):
            for test in suites.replaced(unit, task, replaced):
                if test.earned > 0:
                    points = earned.setdefault((task, test.test), {})
                    points[answer] = max(points.get(answer, 0.0), test.earned)


def _submissions(task: str, functions: Mapping[str, Any], *, alone: bool) -> Iterator[Mapping[str, Any]]:
    yield {task: functions[task]}
    if not alone:
        yield functions


def trivial_problems(course: Course, unit: Unit, earnings: Iterable[Trivial]) -> Iterator[Problem]:
    """Yield the tests that pay trivial answers without a reason, and listed ones that do not pay them."""
    listed = {(entry.task, entry.test): set(entry.answers) for entry in read_trivial(course.root, unit.name)}
    earned = {(entry.task, entry.test): entry.points for entry in earnings}
    for (task, test), points in earned.items():
        unlisted = [name for name in points if name not in listed.get((task, test), set())]
        if unlisted:
            sentence = f"{test} gives {max(points.values()):g} points to answers without work: {', '.join(unlisted)}"
            yield Problem(
                f"{unit.name}.{task}", f"{sentence}; let it check a value, or list it in trivial.toml with why"
            )
    for (task, test), answers in listed.items():
        spare = sorted(answers - earned.get((task, test), {}).keys())
        if spare:
            where = _where_listed(course.root, unit.name, task, test)
            edit = "take them out" if len(spare) < len(answers) else "delete the entry"
            yield Problem(where, f"lists {test} for {', '.join(spare)}, which earn nothing there: {edit}")


def _where_listed(root: Path, unit: str, task: str, test: str) -> str:
    path = layout.trivial(root, unit)
    shown = layout.relative_name(path, root)
    place = next(n for n, entry in enumerate(read_trivial(root, unit)) if (entry.task, entry.test) == (task, test))
    return f"{shown}, line {line_of(read_text(path, shown), f'$.passed[{place}]')}"
