"""Answers the judge's requests, one at a time, with the student's code.

After the student's module has run, nothing here can be trusted: the judge takes from an answer only its data.
"""

import operator
import random
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from grader.wire import WireError, decode, encode, read_frame, write_frame
from grader.worker import policy
from grader.worker.failures import described
from grader.worker.loader import Package
from grader.worker.objects import ObjectTable

BINARY = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul")
COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")
OTHERS = ("neg", "pos", "abs", "getitem", "setitem")
OPERATORS: dict[str, Callable[..., Any]] = {
    **{name: getattr(operator, name) for name in (*BINARY, *COMPARISONS, *OTHERS)},
    "len": len,
    "iter": list,
    "float": float,
}

Request = dict[str, Any]


class MissingName(Exception):
    """The student's file does not define what the judge asks for."""


class LoadFailure(Exception):
    """A module of the student's raised while it ran; the cause says what."""


class Server:
    """Serves one submission's unit.

    Parameters
    ----------
    read_exactly : callable
        Returns the next n bytes from the judge.
    write : callable
        Sends bytes to the judge.
    """

    def __init__(self, read_exactly: Callable[[int], bytearray], write: Callable[[Any], object]) -> None:
        self._read_exactly = read_exactly
        self._write = write
        self._objects = ObjectTable(self._ask_judge)
        self._package = Package("student", {})
        self._forbidden: tuple[str, ...] = ()

    def serve(self) -> None:
        """Answer until the judge hangs up."""
        for stream in (sys.stdout, sys.stderr):  # a line that was printed before a crash must not be lost
            stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # both are text streams here
        while True:
            request = self._receive()
            try:
                answer: Any = ("ok", *self._handle(request))
            except LoadFailure as failure:
                answer = ("error", described(failure.__cause__ or failure, self._package.paths, "load"))
            except MissingName as missing:
                answer = ("error", described(missing, (), "missing"))
            except BaseException as error:  # whatever the student's code raises, SystemExit included, is an answer
                answer = ("error", described(error, self._package.paths, "call"))
            sys.stdout.flush()
            sys.stderr.flush()
            self._send(answer)

    def _handle(self, request: Request) -> tuple[Any, ...]:
        handler = getattr(self, f"_do_{request['op']}")
        with policy.forbid_operators(self._forbidden):
            result: tuple[Any, ...] = handler(request)
        return result

    def _do_load(self, request: Request) -> tuple[Any, ...]:
        if request["library"] == "numpy":
            policy.guard_imports()
        random.seed(request["seed"])
        np.random.seed(request["seed"] % 2**32)
        if "torch" in sys.modules:
            sys.modules["torch"].manual_seed(request["seed"])
        self._forbidden = tuple(request["forbidden"])
        self._package = Package(request["package"], request["files"])
        self._package.install()
        return (None,)

    def _do_import(self, request: Request) -> tuple[Any, ...]:
        self._module(request["module"])
        return (None,)

    def _do_call(self, request: Request) -> tuple[Any, ...]:
        function = self._find(request["module"], request["name"])
        args, kwargs = request["args"], request["kwargs"]
        value = function(*args, **kwargs)
        return (value, args, kwargs) if request["keep"] else (value,)

    def _do_value(self, request: Request) -> tuple[Any, ...]:
        return (self._find(request["module"], request["name"]),)

    def _do_attribute(self, request: Request) -> tuple[Any, ...]:
        return (getattr(request["object"], request["name"]),)

    def _do_assign(self, request: Request) -> tuple[Any, ...]:
        setattr(request["object"], request["name"], request["value"])
        return (None,)

    def _do_invoke(self, request: Request) -> tuple[Any, ...]:
        return (request["object"](*request["args"], **request["kwargs"]),)

    def _do_operate(self, request: Request) -> tuple[Any, ...]:
        return (OPERATORS[request["operator"]](*request["args"]),)

    def _find(self, stem: str, name: str) -> Any:
        module = self._module(stem)
        if not hasattr(module, name):
            raise MissingName(f"there is no {name} in {stem}.py")
        return getattr(module, name)

    def _module(self, stem: str) -> ModuleType:
        if stem not in self._package.stems:
            raise MissingName(f"the file {stem}.py is missing")
        try:
            return self._package.module(stem)
        except BaseException as error:
            raise LoadFailure from error

    def _ask_judge(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        self._send(("callback", number, args, kwargs))
        reply = self._receive()
        if reply["op"] == "refuse":
            raise RuntimeError(reply["message"])
        return reply["value"]

    def _receive(self) -> Request:
        request = decode(read_frame(self._read_exactly), hook=self._objects.incoming)
        assert isinstance(request, dict)
        return request

    def _send(self, answer: Any) -> None:
        try:
            parts = encode(answer, hook=self._objects.outgoing)
        except WireError as error:
            parts = encode(
                (
                    "error",
                    {"kinds": ("an answer that cannot be sent",), "text": str(error), "where": (), "phase": "answer"},
                )
            )
        write_frame(self._write, parts)
