"""Trial of a student's functions with inputs of the student's own: an expression, with the calls made in a worker.

The expression is the person's at the keyboard, and is evaluated in this process; what the unit's files define is called
in a worker with the limits of grading, and comes back as data.
"""

import ast
import builtins
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, get_args

import numpy as np

from grader.course.model import Library, Limits
from grader.course.registry import Course, Unit
from grader.errors import DeepgradeError
from grader.judge.budget import Budget
from grader.judge.comparison import check
from grader.judge.describe import describe, is_array
from grader.judge.local_students import signatures, task_files
from grader.judge.outcomes import CheckFailed, OutcomeException
from grader.judge.remote import LoadRequest, RemoteTransport
from grader.judge.student import Student
from grader.judge.torch_references import NOTHING, torch_answer
from grader.records import Feedback, Isolation
from grader.sandbox.launcher import launcher_for
from grader.submissions.intake import Submission
from grader.submissions.parsing import readable
from grader.submissions.source_checks import blocked_files
from grader.submissions.source_spans import all_spans

MOST_LINES = 30  # of a printed answer


@dataclass(frozen=True)
class Tried:
    """Outcome of a trial.

    Attributes
    ----------
    answer : str
        The value, written out; empty if there is none.
    kind : str
        Type, shape and dtype of the answer, where the value does not show them.
    printed : str
        Output of the student's code.
    problem : Feedback or None
        Why there is no answer, or what is wrong with its form.
    torch : str
        What torch answers to the same input; empty if no visible test says how to ask it.
    differs : str
        Where the two differ; empty if they agree.
    """

    answer: str = ""
    kind: str = ""
    printed: str = ""
    problem: Feedback | None = None
    torch: str = ""
    differs: str = ""


@dataclass
class _LastCall:
    """Calls of tasks, for a comparison with torch."""

    last: tuple[str, tuple[Any, ...], dict[str, Any]] | None = None
    answer: Any = field(default=NOTHING)


def parsed_expression(text: str) -> ast.Module:
    """Return a parsed expression; statements may stand before it, behind semicolons or on lines of their own.

    Raises
    ------
    DeepgradeError
        If it is not valid Python, or ends with no expression.
    """
    example = 'quote it for the shell: grade try "step(np.zeros(3))"'
    try:
        tree = ast.parse(text.strip())
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else str(error)
        raise DeepgradeError(f"this is no valid Python expression: {reason}", example) from None
    if not tree.body or not isinstance(tree.body[-1], ast.Expr):
        raise DeepgradeError("there is no expression to show: end with one", example)
    return tree


def names_in(tree: ast.AST) -> set[str]:
    """Return the names that an expression mentions."""
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def try_expression(course: Course, unit: Unit, files: Mapping[str, str], tree: ast.Module) -> Tried:
    """Evaluate an expression with the student's functions of a unit.

    Parameters
    ----------
    course : Course
    unit : Unit
    files : mapping of str to str
        The student's files, by stem.
    tree : ast.Module
        From `parsed_expression`.

    Returns
    -------
    Tried

    Raises
    ------
    DeepgradeError
        If the expression itself raises.
    """
    with _transport(course, unit, files, names_in(tree)) as transport:
        calls = _LastCall()
        student = Student(transport, signatures(course, unit.name))
        names = _Names(unit, _places(unit, files), transport, student, calls)
        try:
            value = _evaluated(tree, names)
        except OutcomeException as outcome:
            return Tried(problem=outcome.feedback(), printed=transport.printed())
        printed = transport.printed()
    return _compared(course, unit, calls, Tried(_written(value), _kind(value), printed), value)


def _written(value: Any) -> str:
    lines = repr(value).split("\n")
    left_out = [f"… {len(lines) - MOST_LINES} more lines"] if len(lines) > MOST_LINES else []
    return "\n".join(lines[:MOST_LINES] + left_out)


def _kind(value: Any) -> str:
    return describe(value).partition(" [")[0] if is_array(value) else ""


def _compared(course: Course, unit: Unit, calls: _LastCall, tried: Tried, value: Any) -> Tried:
    """Add torch's answer, if the expression's value is that of its last call."""
    if calls.last is None or calls.answer is not value:
        return tried
    name, args, kwargs = calls.last
    reference = torch_answer(course, unit, name, args, kwargs)
    if reference is NOTHING:
        return tried
    differs = ""
    try:
        check(value).equals(reference)
    except CheckFailed as failed:
        differs = failed.told.differs or failed.message
    return Tried(tried.answer, tried.kind, tried.printed, None, _written(reference), differs)


def _places(unit: Unit, files: Mapping[str, str]) -> dict[str, str]:
    """Return the file of each function and class of a unit, tasks before others."""
    others = {name: stem for stem, text in files.items() for name, _ in all_spans(text)}
    return others | task_files(unit)


@contextmanager
def _transport(course: Course, unit: Unit, files: Mapping[str, str], names: set[str]) -> Iterator[RemoteTransport]:
    used = [task for task in unit.tasks if task.name in names] or list(unit.tasks)
    library = max((task.library for task in used), key=get_args(Library).index, default="numpy")
    forbids = used[0].forbids if len(used) == 1 else ()
    limits = course.limits_of(unit.name, used[0].name if len(used) == 1 else "")
    texts = readable(files)
    blocked = blocked_files(texts) if forbids else {}
    load = LoadRequest(Submission(unit.name, texts), _places(unit, files), library, 0, forbids, blocked)
    launcher = launcher_for(Isolation.SELF)
    transport = RemoteTransport(launcher, load, limits, _started(limits))
    try:
        yield transport
    finally:
        transport.close()
        launcher.close()


def _started(limits: Limits) -> Budget:
    budget = Budget(limits)
    budget.start_test()
    return budget


class _Names(dict[str, Any]):
    """Names that an expression can use: Python's, NumPy as ``np``, torch, and those of the unit's files."""

    def __init__(
        self, unit: Unit, places: Mapping[str, str], transport: RemoteTransport, student: Student, calls: _LastCall
    ) -> None:
        super().__init__(np=np, __builtins__=builtins)
        self._tasks = task_files(unit)
        self._places, self._transport, self._student, self._calls = places, transport, student, calls

    def __missing__(self, name: str) -> Any:
        if name in self._places:
            return self._function(name)
        if name in ("torch", "F"):
            import torch

            return torch if name == "torch" else torch.nn.functional
        if hasattr(builtins, name):
            return getattr(builtins, name)
        raise KeyError(name)

    def _function(self, name: str) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            self._transport.default_file = self._places[name]
            answer = getattr(self._student, name)(*args, **kwargs)
            if name in self._tasks:
                self._calls.last, self._calls.answer = (name, args, kwargs), answer
            return answer

        return call


def _evaluated(tree: ast.Module, names: _Names) -> Any:
    *statements, last = tree.body
    assert isinstance(last, ast.Expr)
    try:
        exec(compile(ast.Module(list(statements), []), "<input>", "exec"), names)
        return eval(compile(ast.Expression(last.value), "<input>", "eval"), names)
    except Exception as error:  # of the expression: what the student's code raises is an outcome
        raise DeepgradeError(
            f"your input raises {type(error).__name__}: {error}", "mend the expression; np is NumPy"
        ) from None
