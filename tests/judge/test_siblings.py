"""Requires: a file that does not load costs its own tasks, and of other files only the tasks that use it.

Catches: a worker that dies in an imported file, and is blamed on the file that imports it.
"""

import sys
from collections.abc import Callable, Iterator

import pytest

from grader.course.model import Limits
from grader.judge.budget import Budget
from grader.judge.outcomes import Blocked, DoesNotLoad, Ended, TimedOut, WorkerDied
from grader.judge.remote import LoadRequest, RemoteTransport
from grader.sandbox.fork_server import ForkLauncher
from grader.sandbox.launcher import Launcher
from grader.sandbox.subprocess_worker import SpawnLauncher
from grader.submissions.submission import Submission

LINUX = sys.platform == "linux"
HOMES = {"step": "neuron", "gate": "gates", "uses": "gates", "kernel": "kernel", "far": "kernel"}
GATES = "from .neuron import step\ndef gate(): return 1\ndef uses(): return step(1)\n"
KERNEL = "from .gates import uses\ndef kernel(): return 2\ndef far(): return uses()\n"
LIMITS = Limits(call_seconds=1.0, test_seconds=4.0, submission_seconds=60.0, memory_mib=512)

DEADLY = {
    "exit": ("__import__('os')._exit(3)", WorkerDied, "loading neuron.py ended its process with exit status 3"),
    "loop": ("while True: pass", TimedOut, "loading neuron.py did not return in time"),
    "crash": ("__import__('ctypes').string_at(0)", WorkerDied, "loading neuron.py ended its process"),
    "syntax": ("def step(:", DoesNotLoad, "neuron.py does not load: SyntaxError: neuron.py, line 1"),
    "raise": ("step = 1\n1 / 0", DoesNotLoad, "neuron.py does not load: ZeroDivisionError"),
    "leave": ("raise SystemExit", DoesNotLoad, "neuron.py does not load: SystemExit"),
}


@pytest.fixture(scope="module")
def launcher() -> Iterator[Launcher]:
    started = ForkLauncher() if LINUX else SpawnLauncher()
    yield started
    started.close()


Open = Callable[..., RemoteTransport]


@pytest.fixture
def open_unit(launcher: Launcher) -> Iterator[Open]:
    opened: list[RemoteTransport] = []

    def build(limits: Limits = LIMITS, blocked: dict[str, str] | None = None, **files: str) -> RemoteTransport:
        budget = Budget(limits)
        submission = LoadRequest(Submission("unit", files), HOMES, blocked=blocked or {})
        opened.append(RemoteTransport(launcher, submission, limits, budget))
        opened[-1].budget = budget  # type: ignore[attr-defined]
        return opened[-1]

    yield build
    for transport in opened:
        transport.close()


def asked(transport: RemoteTransport, name: str) -> object:
    """Call a function in a test of its own."""
    transport.budget.start_test()  # type: ignore[attr-defined]
    try:
        return transport.call(name, (), {}, keep=False).value
    except Ended as ended:
        return ended


@pytest.mark.parametrize("kind", DEADLY)
@pytest.mark.parametrize(
    "order", [("gate", "step", "uses", "kernel", "far"), ("far", "kernel", "uses", "gate", "step")]
)
def test_a_file_that_cannot_be_run_costs_what_uses_it(open_unit: Open, kind: str, order: tuple[str, ...]) -> None:
    text, ending, message = DEADLY[kind]
    transport = open_unit(neuron=text, gates=GATES, kernel=KERNEL)
    answers = {name: asked(transport, name) for name in order}
    assert (answers["gate"], answers["kernel"]) == (1, 2)
    assert type(answers["step"]) is ending
    assert message in answers["step"].message
    for name in ("uses", "far"):
        assert type(answers[name]) is DoesNotLoad
        assert answers[name].message.startswith("needs step of neuron.py: neuron.py does not load: ")
        assert answers[name].where[-1].startswith("gates.py, line 3")


def test_a_deadly_file_is_waited_for_once(open_unit: Open) -> None:
    transport = open_unit(neuron="while True: pass", gates=GATES, kernel=KERNEL)
    for name in ("gate", "kernel", "step", "uses", "far", "step"):
        asked(transport, name)
    assert transport.budget.spent < 2 * LIMITS.call_seconds  # type: ignore[attr-defined]


def test_two_deadly_files_are_both_found(open_unit: Open) -> None:
    neuron = "from .gates import gate\n__import__('os')._exit(3)\n"
    transport = open_unit(
        neuron=neuron, gates="__import__('os')._exit(4)\n", kernel="from .neuron import step\n" + KERNEL
    )
    assert asked(transport, "kernel") == 2
    assert "loading neuron.py ended its process with exit status 3" in asked(transport, "step").message  # type: ignore[attr-defined]
    assert "loading gates.py ended its process with exit status 4" in asked(transport, "gate").message  # type: ignore[attr-defined]


def test_a_file_that_dies_for_itself_is_blamed_itself(open_unit: Open) -> None:
    transport = open_unit(neuron="def step(x): return x\n", gates=GATES + "__import__('os')._exit(5)\n", kernel=KERNEL)
    assert "loading gates.py ended its process with exit status 5" in asked(transport, "gate").message  # type: ignore[attr-defined]
    assert asked(transport, "kernel") == 2


def test_what_a_worker_says_of_itself_cannot_blame_the_others_for_ever(open_unit: Open) -> None:
    lie = """
import sys
server = sys._getframe()
while server.f_code.co_name != "serve":
    server = server.f_back
server.f_locals["self"]._tell_running("neuron")
__import__("os")._exit(3)
"""
    transport = open_unit(neuron="def step(x): return x\n", gates=lie, kernel=KERNEL)
    assert isinstance(asked(transport, "gate"), WorkerDied)
    assert asked(transport, "kernel") == 2


def test_a_missing_and_a_banned_file_cost_what_uses_them(open_unit: Open) -> None:
    reason = "neuron.py, line 1: gc is not allowed where an operator is forbidden"
    for blocked, said in (({}, "neuron.py is missing"), ({"neuron": reason}, reason)):
        transport = open_unit(blocked=blocked, gates=GATES)
        assert asked(transport, "gate") == 1
        assert asked(transport, "uses").message == f"needs step of neuron.py: {said}"  # type: ignore[attr-defined]
    assert type(asked(transport, "step")) is Blocked


def test_what_another_file_takes_is_not_this_test_s_time(open_unit: Open) -> None:
    limits = Limits(call_seconds=1.0, test_seconds=1.0, submission_seconds=30.0)
    transport = open_unit(limits, neuron="while True: pass", gates=GATES)
    assert asked(transport, "gate") == 1
