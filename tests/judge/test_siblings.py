"""Requires: a file that does not load costs its own tasks, and of other files only the tasks that use it.

Catches: a worker that dies in an imported file, and is blamed on the file that imports it.
"""

import sys
from collections.abc import Callable, Iterator

import pytest

from grader.course.model import Limits
from grader.judge.budget import Budget
from grader.judge.outcomes import Blocked, DoesNotLoad, OutcomeException, TimedOut, WorkerDied
from grader.judge.remote import LoadRequest, RemoteTransport
from grader.judge.student import CallRequest
from grader.records import Cause, CauseKind
from grader.sandbox.fork_server import ForkLauncher
from grader.sandbox.launcher import Launcher
from grader.sandbox.subprocess_worker import SpawnLauncher
from grader.submissions.intake import Submission

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
    "imitate": ("raise RuntimeError('the file grader.py is missing')", DoesNotLoad, "the file grader.py is missing"),
    "import": ("import pandas\n\npandas.DataFrame()", Blocked, "neuron.py does not load: neuron.py, line 1 imports"),
}
CAUSES = {
    "exit": Cause(CauseKind.PROCESS_ENDED, "neuron.py"),
    "loop": Cause(CauseKind.NO_RETURN, "neuron.py"),
    "crash": Cause(CauseKind.PROCESS_ENDED, "neuron.py"),
    "syntax": Cause(CauseKind.SYNTAX_ERROR, "neuron.py", 1),
    "raise": Cause(CauseKind.EXCEPTION, "neuron.py", name="ZeroDivisionError"),
    "leave": Cause(CauseKind.EXCEPTION, "neuron.py", name="SystemExit"),
    "imitate": Cause(CauseKind.EXCEPTION, "neuron.py", name="RuntimeError"),
    "import": Cause(CauseKind.IMPORT_AT_LOAD, "neuron.py", 1, "pandas", 3),
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
        return transport.call(CallRequest(name)).value
    except OutcomeException as ended:
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
    assert {answers[name].cause for name in ("step", "uses", "far")} == {CAUSES[kind]}


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
server.f_locals["self"]._report_running("neuron")
__import__("os")._exit(3)
"""
    transport = open_unit(neuron="def step(x): return x\n", gates=lie, kernel=KERNEL)
    assert isinstance(asked(transport, "gate"), WorkerDied)
    assert asked(transport, "kernel") == 2


def test_a_worker_cannot_blame_a_file_that_is_not_the_submission_s(open_unit: Open) -> None:
    lie = """
import sys
server = sys._getframe()
while server.f_code.co_name != "serve":
    server = server.f_back
server.f_locals["self"]._report_running("grader")
__import__("os")._exit(3)
"""
    ended = asked(open_unit(gates=lie, kernel=KERNEL), "gate")
    assert ended.message.startswith("loading gates.py ended its process")  # type: ignore[attr-defined]
    assert ended.cause == Cause(CauseKind.PROCESS_ENDED, "gates.py")  # type: ignore[attr-defined]


def test_a_missing_and_a_banned_file_cost_what_uses_them(open_unit: Open) -> None:
    reason = "neuron.py, line 1: gc is not allowed where an operator is forbidden"
    missing = Cause(CauseKind.MISSING_FILE, "neuron.py")
    for blocked, said, cause in (({}, "neuron.py is missing", missing), ({"neuron": reason}, reason, None)):
        transport = open_unit(blocked=blocked, gates=GATES)
        assert asked(transport, "gate") == 1
        ended = asked(transport, "uses")
        assert (ended.message, ended.cause) == (f"needs step of neuron.py: {said}", cause)  # type: ignore[attr-defined]
    assert type(asked(transport, "step")) is Blocked


def test_what_another_file_takes_is_not_this_test_s_time(open_unit: Open) -> None:
    limits = Limits(call_seconds=1.0, test_seconds=1.0, submission_seconds=30.0)
    transport = open_unit(limits, neuron="while True: pass", gates=GATES)
    assert asked(transport, "gate") == 1


def test_a_stub_and_a_name_that_is_not_there_are_causes(open_unit: Open) -> None:
    neuron = "def step(x): raise NotImplementedError('unit.step')\n"
    transport = open_unit(neuron=neuron, gates=GATES, kernel="def far(): pass\n")
    assert asked(transport, "uses").cause == Cause(CauseKind.UNWRITTEN, name="step")  # type: ignore[attr-defined]
    absent = Cause(CauseKind.MISSING_NAME, "kernel.py", name="kernel")
    assert asked(transport, "kernel").cause == absent  # type: ignore[attr-defined]


def test_a_stub_s_own_words_are_no_task(open_unit: Open) -> None:
    transport = open_unit(neuron="def step(): raise NotImplementedError('later')\n")
    assert asked(transport, "step").cause is None  # type: ignore[attr-defined]
