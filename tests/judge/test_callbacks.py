"""Requires: functions of a test that student code calls do in a worker what they do in one process.

Catches: a function that trains in place and changes copies only, so that what is kept without a copy stays right;
answers that are no longer the arrays that were passed; exceptions of another class; a test's state that was copied
together with its function.
"""

import sys
from collections.abc import Callable, Iterator
from time import process_time
from typing import Any

import numpy as np
import pytest
import torch

from grader.course.model import Limits
from grader.judge.budget import Budget
from grader.judge.callbacks import LentObjects
from grader.judge.comparison import check
from grader.judge.local import LocalTransport
from grader.judge.outcomes import CheckFailed
from grader.judge.remote import LoadRequest, RemoteTransport
from grader.judge.student import Student, Transport
from grader.sandbox.fork_server import ForkLauncher
from grader.sandbox.launcher import Launcher
from grader.sandbox.subprocess_worker import SpawnLauncher
from grader.submissions.intake import Submission

LINUX = sys.platform == "linux"
LIMITS = Limits(call_seconds=20.0, test_seconds=60.0, submission_seconds=400.0, memory_mib=512)


def trains_in_place() -> Callable[..., Any]:
    def function(x: Any) -> Any:
        x[0] += 1
        return x

    return function


def reuses_its_buffer() -> Callable[..., Any]:
    buffer = np.zeros(2)

    def function(x: Any) -> Any:
        buffer[...] += 1
        return buffer

    return function


def fills_its_buffer_again() -> Callable[..., Any]:
    buffer = np.zeros(2)

    def function(x: Any) -> Any:
        buffer[...] = 7
        return buffer

    return function


def adopts_what_comes_first() -> Callable[..., Any]:
    adopted: list[Any] = []

    def function(x: Any) -> Any:
        adopted.append(x)
        adopted[0][0] += 1
        return adopted[0]

    return function


def hands_out_and_changes_later() -> Callable[..., Any]:
    given: list[Any] = []

    def function(x: Any) -> Any:
        for array in given:
            np.add(array, 10, out=array)
        given.append(np.zeros(2))
        x.append(given[-1])
        return {"twice": [given[-1], given[-1]], "argument": (x, x[0])}

    return function


def adds_an_entry() -> Callable[..., Any]:
    def function(x: Any) -> Any:
        x["new"] = x.pop("old")
        x["list"][:] = [x["new"], *x["list"]]

    return function


def draws() -> Callable[..., Any]:
    return lambda rng, n=1: rng.normal(size=n)


def draws_with_torch() -> Callable[..., Any]:
    return lambda rng: torch.rand(2, generator=rng)


def changes_and_refuses() -> Callable[..., Any]:
    def function(x: Any) -> Any:
        x += 1
        raise np.linalg.LinAlgError("singular")

    return function


class Counter:
    """Function with a state."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, x: Any) -> int:
        """Count the calls."""
        self.calls += 1
        return self.calls


SAME = {
    "kept without a copy": (trains_in_place, "kept = [f(x) for _ in range(3)]; return kept, x"),
    "the very array": (trains_in_place, "return f(x) is x"),
    "a list": (trains_in_place, "p = [x, x.copy()]; q = f(p); return q is p, q[0] is x, p, x"),
    "an item of another kind": (trains_in_place, "p = [3, 'four', None]; f(p); return p"),
    "columns first": (trains_in_place, "w = np.asfortranarray(np.ones((2, 3))); f(w); f(w.T); return w"),
    "part of an array": (trains_in_place, "f(x[::-1]); f(x[1:]); return x"),
    "bytes in another order": (trains_in_place, "w = x.astype('>f8'); f(w); return w.astype(float)"),
    "its own buffer": (reuses_its_buffer, "first = f(x); second = f(x); return first is second, first"),
    "a buffer after the student's changes": (fills_its_buffer_again, "a = f(x); a *= 3; b = f(x); return a, a is b"),
    "its buffer as an argument": (trains_in_place, "a = f(x); b = f(a); c = f(b); return a is c, a"),
    "arrays that it adopted": (adopts_what_comes_first, "y = x.copy(); p = f(x); q = f(y); return p is q is x, x, y"),
    "arrays that it gave": (
        hands_out_and_changes_later,
        "p = [x]; a = f(p); b = f(p); return a['argument'][0] is p, a['argument'][1] is x, p, b['twice'], a['twice']",
    ),
    "a dict": (adds_an_entry, "d = {'old': x, 'list': [2]}; f(d); return list(d), d['list'][0] is d['new'] is x, d"),
    "a dict in order": (
        adds_an_entry,
        "import collections; d = collections.OrderedDict(old=x, list=[2]); f(d); return type(d).__name__, dict(d)",
    ),
    "a generator": (draws, "rng = np.random.default_rng(3); return f(rng), f(rng, n=2), rng.normal()"),
    "a generator of torch": (draws_with_torch, "rng = torch.Generator().manual_seed(3); return f(rng), f(rng)"),
    "a tensor": (trains_in_place, "t = torch.zeros(2); kept = [f(t), f(t)]; return kept[0] is t, kept"),
    "a leaf": (
        lambda: lambda w: w.detach().add_(1),
        "w = torch.nn.Parameter(torch.zeros(2)); f(w); return w.detach(), w.requires_grad",
    ),
    "an exception": (
        changes_and_refuses,
        "try: f(x)\n    except ValueError as error: return type(error).__name__ != 'RuntimeError', str(error), x",
    ),
    "a state": (Counter, "return f(x), f(x), f(x)"),
}
SOURCE = "import numpy as np, torch\n" + "\n".join(
    f"def run_{number}(f, x):\n    {body}" for number, (_, body) in enumerate(SAME.values())
)
MORE = """
def passes_an_iterator(f, x):
    return f(zip(x, x)) is None

def passes_objects(f, x):
    try:
        f(np.array([{}], dtype=object))
    except TypeError as error:
        return str(error), f(x)

def changes_an_answer(f, x):
    answer = f(x)
    answer += 1
    x += 1
    f(x)
    return answer

def catches_everything(f, x):
    try:
        return f(x)
    except BaseException:
        return x

def has_many(f, x):
    return [f(x + i) for i in range(1000)][-1]

def passes_too_much(f, x):
    try:
        f(x)
    except RuntimeError as error:
        return "cannot be sent" in str(error), f(None)
"""

Open = Callable[[str], Student]


@pytest.fixture(scope="module")
def launcher() -> Iterator[Launcher]:
    started = ForkLauncher() if LINUX else SpawnLauncher()
    yield started
    started.close()


@pytest.fixture(scope="module")
def worker(launcher: Launcher) -> Iterator[Transport]:
    load = LoadRequest(Submission("unit", {"code": SOURCE + MORE}), {}, library="torch")
    transport = RemoteTransport(launcher, load, LIMITS, Budget(LIMITS))
    transport.default_file = "code"
    yield transport
    transport.close()


@pytest.fixture(params=["in this process", "in a worker"])
def student(request: pytest.FixtureRequest, worker: Transport) -> Student:
    here = LocalTransport(functions().__getitem__, wrap=True)
    return Student(here if request.param == "in this process" else worker, {})


def functions() -> dict[str, Any]:
    defined: dict[str, Any] = {}
    exec(SOURCE + MORE, defined)
    return defined


@pytest.mark.parametrize("case", SAME)
def test_student_code_sees_what_it_would_see_in_one_process(student: Student, case: str) -> None:
    make, name = SAME[case][0], f"run_{list(SAME).index(case)}"
    expected = functions()[name](make(), np.array([1.0, 2.0]))
    check(getattr(student, name)(make(), np.array([1.0, 2.0]))).equals(expected)


def test_a_changed_argument_of_the_call_itself_is_seen(student: Student) -> None:
    with pytest.raises(CheckFailed, match="changes its argument number 2 in place"):
        student.run_0.keeping_arguments(trains_in_place(), np.zeros(2))


def test_the_test_keeps_its_state(student: Student) -> None:
    counter = Counter()
    student.run_19(counter, np.zeros(2))
    assert counter.calls == 3


def test_nothing_of_the_tests_is_changed_by_student_code(student: Student) -> None:
    seen, answer = [], np.zeros(2)

    def function(x: np.ndarray) -> np.ndarray:
        seen.append(x)
        return answer

    student.changes_an_answer(function, np.zeros(2))
    check(answer).equals(np.zeros(2))
    check(seen).equals([np.zeros(2), np.ones(2)])


def test_what_cannot_travel_is_an_error_of_the_call_alone(student: Student) -> None:
    text, answer = student.passes_objects(trains_in_place(), np.zeros(2))
    assert "cannot be called with this: arrays of dtype object" in text
    check(answer).equals(np.array([1.0, 0.0]))


def test_objects_arrive_as_handles(student: Student) -> None:
    kinds = []
    student.passes_an_iterator(lambda x: kinds.append(type(x).__mro__[-2].__name__), np.zeros(2))
    assert kinds == ["Handle"]


def test_a_check_inside_a_function_ends_the_test(student: Student) -> None:
    def function(x: np.ndarray) -> None:
        check(x).equals(np.ones(2))

    with pytest.raises(CheckFailed):
        student.catches_everything(function, np.zeros(2))


def test_calls_that_a_test_notes_are_not_followed_without_end(student: Student) -> None:
    noted = []

    def function(x: np.ndarray) -> np.ndarray:
        noted.append(x)
        return x

    check(student.has_many(function, np.zeros(2))).equals(np.full(2, 999.0))
    assert len(noted) == 1000


def test_many_arrays_in_one_call_take_no_quadratic_time() -> None:
    objects, arrays = LentObjects(), [np.zeros(0) for _ in range(50_000)]
    start = process_time()
    numbers = objects.arrived(arrays)
    reply = objects.reply("answer", list(map(np.copy, arrays)))
    objects.ended(numbers, follows=True)
    assert len(reply[1]) == 50_000
    assert process_time() - start < 10


def test_after_an_answer_that_cannot_be_sent_both_sides_agree(student: Student) -> None:
    given = [np.zeros(2)]

    def function(x: np.ndarray | None) -> Any:
        return [given[0], lambda: 1, object()] if x is not None else given[0]

    cannot, answer = student.passes_too_much(function, np.zeros(2))
    assert cannot is True
    check(answer).equals(np.zeros(2))
