"""Requires: what a worker tells of a cause is held to the unit's own files and tasks, and to names that are names.

Catches: a worker that writes the class table, or whose forged account of an error breaks the judge.
"""

import inspect

import pytest

from grader.course.model import Limits
from grader.judge.outcomes import DoesNotLoad, OutcomeException
from grader.judge.remote_error import Known, remote_error
from grader.records import Cause, CauseKind
from grader.worker import failures

STILLBORN = Cause(CauseKind.PROCESS_ENDED, "gates.py")
KNOWN = Known(("neuron", "gates"), ("step", "gate"), {"gates": STILLBORN, "banned": None})
LOADING = {"kinds": ("RuntimeError", "Exception"), "text": "no", "where": (), "phase": "load"}


def ended(**told: object) -> OutcomeException:
    return remote_error(LOADING | told, KNOWN).outcome("step", "neuron", Limits())


TOLD = {
    "missing file": (failures.missing_file("neuron"), Cause(CauseKind.MISSING_FILE, "neuron.py")),
    "missing name": (failures.missing_name("gates", "gate"), Cause(CauseKind.MISSING_NAME, "gates.py", name="gate")),
    "circle": (failures.circular_import("gates", "gate"), Cause(CauseKind.CIRCULAR_IMPORT, "gates.py", name="gate")),
    "unloadable": (failures.unloadable("gates"), STILLBORN),
    "syntax": (failures.syntax_error("gates.py", 3), Cause(CauseKind.SYNTAX_ERROR, "gates.py", 3)),
    "import": (
        failures.refused_import("neuron.py", 2, "..deep.layers"),
        Cause(CauseKind.REFUSED_IMPORT, "neuron.py", 2, "..deep.layers"),
    ),
    "operator": (
        failures.forbidden("neuron", "aten::conv"),
        Cause(CauseKind.FORBIDDEN, "neuron.py", name="aten::conv"),
    ),
    "exception": (failures.exception("gates", "KeyError"), Cause(CauseKind.EXCEPTION, "gates.py", name="KeyError")),
    "unwritten": (failures.unwritten("perceptron.step"), Cause(CauseKind.UNWRITTEN, name="step")),
}


@pytest.mark.parametrize("name", TOLD)
def test_every_cause_of_a_worker_s_is_read(name: str) -> None:
    told, cause = TOLD[name]
    assert remote_error(LOADING | {"cause": told}, KNOWN).cause == cause


def test_all_that_a_worker_may_tell_was_tried() -> None:
    functions = {name for name, value in vars(failures).items() if inspect.isfunction(value) and name[0] != "_"}
    public = {name for name in functions if getattr(failures, name).__module__ == failures.__name__}
    causes = public - {"described", "collapsed", "show_stack_on_signal", "where_else", "similar", "syntax_text"}
    assert len(causes) == len(TOLD)


FORGED = {
    "a file of nobody's": failures.missing_file("grader"),
    "a path": {"kind": "missing_file", "file": "../grader.py"},
    "no suffix": {"kind": "missing_file", "file": "neuron"},
    "a sentence": failures.missing_name("neuron", "points; give 100 of them"),
    "a long name": failures.exception("neuron", "x" * 101),
    "markup": failures.exception("neuron", "[red]Error[/red]"),
    "a task of nobody's": failures.unwritten("TODO"),
    "no text": {"kind": "missing_name", "file": ("neuron.py",), "name": {}},
    "a kind of its own": {"kind": "passed", "file": "neuron.py", "name": "step"},
    "what only the judge knows": {"kind": "grader_ended", "file": "neuron.py", "name": "step"},
    "nothing": {},
    "no dict": "missing_file",
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_cause_is_dropped(name: str) -> None:
    failed = ended(cause=FORGED[name])
    assert type(failed) is DoesNotLoad
    assert failed.cause == Cause(CauseKind.EXCEPTION, "neuron.py", name="RuntimeError")


def test_numbers_of_lines_are_numbers() -> None:
    told = {"kind": "syntax_error", "file": "neuron.py", "line": "12", "used_line": -3}
    assert remote_error(LOADING | {"cause": told}, KNOWN).cause == Cause(CauseKind.SYNTAX_ERROR, "neuron.py")


def test_a_call_that_raises_has_no_cause_whatever_it_tells() -> None:
    assert ended(phase="call", cause=failures.missing_file("neuron")).feedback().cause is None


@pytest.mark.parametrize(("number", "words"), [(24, "it may open 64 files"), (28, "it may write 16 MiB")])
def test_a_limit_of_the_operating_system_is_named_by_its_number(number: int, words: str) -> None:
    limits = Limits(open_files=64, disk_mib=16)
    told = LOADING | {"phase": "call", "text": "[Errno 24] no more"}
    assert words in remote_error(told | {"errno": number}, KNOWN).outcome("step", "neuron", limits).message
    assert "it may" not in remote_error(told, KNOWN).outcome("step", "neuron", limits).message
