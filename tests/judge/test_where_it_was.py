"""A call without an end, a recursion and a call that needs a person: the student reads where it was and what to do."""

import sys
from collections.abc import Callable, Iterator

import pytest

from grader.course.model import Limits
from grader.judge.budget import ASKING_SECONDS, Budget
from grader.judge.local import LocalTransport
from grader.judge.outcomes import DoesNotLoad, OutcomeException, StudentRaised, TimedOut
from grader.judge.remote import LoadRequest, RemoteTransport
from grader.judge.remote_error import lines_of_stack
from grader.judge.student import Student
from grader.records import Feedback, Isolation
from grader.sandbox import socket_channel, subprocess_worker
from grader.sandbox.channel import Printed, await_stack
from grader.sandbox.fork_server import ForkLauncher
from grader.sandbox.launcher import Launcher
from grader.sandbox.subprocess_worker import SpawnLauncher
from grader.submissions.intake import Submission
from tests.sandbox.conftest import launcher_or_skip

LIMITS = Limits(call_seconds=0.5, test_seconds=60.0, submission_seconds=200.0, memory_mib=512)
UNTIL = """import numpy as np

def settle(x):
    while x > 0:
        x = helper(x)
    return x

def helper(x):
    return np.abs(x)
"""
RECURSION = """
def f(n):
    return g(n)

def g(n):
    return 1 + f(n)
"""

Ending = Callable[..., Feedback]


@pytest.fixture(scope="module", params=["fork", "spawn", "sealed", "weak"])
def launcher(request: pytest.FixtureRequest) -> Iterator[Launcher]:
    if request.param in ("sealed", "weak"):
        started = launcher_or_skip(Isolation(request.param))
    elif request.param == "fork":
        started = ForkLauncher() if sys.platform == "linux" else pytest.skip("forks on Linux only")
    else:
        started = SpawnLauncher()
    yield started
    started.close()


@pytest.fixture
def patience() -> float:
    """Return the seconds for which a worker is asked where it is: many, because a busy machine is slow to answer."""
    return 60.0


@pytest.fixture
def ending(launcher: Launcher, patience: float) -> Iterator[Ending]:
    """Return a function that gives the feedback of a call that fails, and the output that came with it."""
    opened: list[RemoteTransport] = []
    budget = Budget(LIMITS, asking_seconds=patience)

    def end(kind: type[OutcomeException], function: str, *args: object, **files: str) -> tuple[Feedback, str]:
        load = LoadRequest(Submission("unit", files), dict.fromkeys(("f", "settle"), "first"))
        opened.append(RemoteTransport(launcher, load, LIMITS, budget))
        with pytest.raises(kind) as raised:
            getattr(Student(opened[-1], {}), function)(*args)
        return raised.value.feedback(), opened[-1].printed()

    yield end
    for transport in opened:
        transport.close()


def test_a_time_out_shows_the_lines_where_the_code_was(ending: Ending) -> None:
    feedback, printed = ending(
        TimedOut, "settle", 1.0, first=UNTIL.replace("    while", "    print('begun')\n    while")
    )
    assert feedback.message.startswith("settle did not return in time (one call may take 0.5 s")
    assert feedback.near[0] in ("first.py, line 5: while x > 0:", "first.py, line 6: x = helper(x)")
    assert set(feedback.near[1:]) <= {"first.py, line 10: return np.abs(x)", "first.py, line 9: def helper(x):"}
    assert printed == "begun\n"


def test_code_that_waits_is_found_too(ending: Ending) -> None:
    feedback, _ = ending(TimedOut, "f", first="import time\ndef f():\n    time.sleep(60)\n")
    assert feedback.near == ("first.py, line 3: time.sleep(60)",)
    assert feedback.where == ()  # nothing that is a sample stands in what two gradings have in common


def test_what_is_run_on_import_is_to_go_into_a_function(ending: Ending) -> None:
    feedback, _ = ending(TimedOut, "f", first="def f(): pass\nwhile True: pass\n")
    assert feedback.near == ("first.py, line 2: while True: pass",)
    assert feedback.message.startswith("loading first.py did not return in time (one call may take 0.5 s")
    assert feedback.message.endswith(
        "; what stands outside of functions runs whenever the file is imported: "
        'put what takes time into a function, or below if __name__ == "__main__"'
    )


def test_the_lines_on_the_way_into_a_function_are_shown(ending: Ending) -> None:
    feedback, _ = ending(TimedOut, "f", first="def f():\n    while True: pass\nf()\n")
    assert feedback.near == ("first.py, line 3: f()", "first.py, line 2: while True: pass")


DEAF = "import sys\nsys.modules['signal'].signal(10, lambda *_: None)\ndef f():\n    while True: pass\n"


@pytest.mark.parametrize("patience", [ASKING_SECONDS])
def test_workers_that_do_not_say_cost_a_moment_once_in_a_submission(
    ending: Ending, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    def waiting(printed: Printed, drain: Callable[[], object], seconds: float) -> str:
        waits.append(seconds)
        return await_stack(printed, drain, seconds)

    for module in (socket_channel, subprocess_worker):
        monkeypatch.setattr(module, "await_stack", waiting)
    for _ in range(3):
        feedback, _ = ending(TimedOut, "f", first=DEAF)
        assert (feedback.near, feedback.where) == ((), ())
    assert waits == [ASKING_SECONDS]


def test_a_recursion_is_written_once(ending: Ending) -> None:
    feedback, _ = ending(StudentRaised, "f", 3, first=RECURSION)
    assert feedback.message.startswith("f raised RecursionError: maximum recursion depth exceeded")
    assert feedback.where[:2] == ("first.py, line 3: return g(n)", "first.py, line 6: return 1 + f(n)")
    assert feedback.where[2].startswith("(these 2 lines 4")
    assert len(feedback.where) <= 4


def test_a_recursion_in_this_process_is_written_once_too() -> None:
    def f(n: int) -> int:
        return 1 + f(n)

    student = Student(LocalTransport({"f": f}.__getitem__, wrap=True), {})
    with pytest.raises(StudentRaised) as raised:
        student.f(1)
    line, times, *rest = raised.value.where
    assert line.endswith("return 1 + f(n)")
    assert times.startswith("(this line ")
    assert len(rest) <= 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("input('n? ')", "f raised EOFError: input() waits for somebody to type"),
        (
            "breakpoint()",
            "f raised RuntimeError: breakpoint() waits for a debugger, and there is none here: take it out",
        ),
        ("exit()", "f raised SystemExit: a function that is tested must not end the program: return a value"),
        ("quit(1)", "f raised SystemExit: 1: a function that is tested must not end the program: return a value"),
        ("sys.exit('done')", "f raised SystemExit: done: a function that is tested must not end the program"),
    ],
)
def test_what_needs_a_person_says_what_to_do(ending: Ending, call: str, message: str) -> None:
    feedback, _ = ending(StudentRaised, "f", first=f"import sys\ndef f():\n    {call}\n")
    assert feedback.message.startswith(message)
    assert feedback.where == (f"first.py, line 3: {call}",)


def test_a_person_is_not_there_on_import_either(ending: Ending) -> None:
    feedback, _ = ending(DoesNotLoad, "f", first="n = int(input())\n")
    assert feedback.message.startswith("first.py does not load: EOFError: input() waits for somebody to type")


FORGED = """Stack (most recent call first):
  File "first.py", line 99999 in f
  File "first.py", line 0 in f
  File "other.py", line 1 in f
  File "/etc/passwd", line 1 in f
  File "../first.py", line 1 in f
  File "first.py", line 2 in [red]f[/red]
  File "first.py", line 1 in <module>
"""


def test_a_forged_stack_shows_lines_of_the_submission_and_nothing_else() -> None:
    assert lines_of_stack(FORGED, {"first": "def f():\n    pass"}) == (
        "first.py, line 1: def f():",
        "first.py, line 2: pass",
    )
    assert lines_of_stack("", {"first": "x"}) == ()
