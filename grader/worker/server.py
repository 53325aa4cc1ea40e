"""Server that answers the judge's requests, one at a time, with the student's code.

Once the student's module has run, nothing here can be trusted: the judge uses answers only as data.
"""

import random
import sys
from collections.abc import Callable
from contextlib import suppress
from types import ModuleType
from typing import Any

import numpy as np

from grader.wire import WireError, decode, encode, read_frame_into, write_frame
from grader.worker import failures, policy
from grader.worker.aliasing import NewAnswers
from grader.worker.device import BatchBuffers, Layout
from grader.worker.failures import MissingName, described
from grader.worker.imports import OWN_TESTS
from grader.worker.loader import Package
from grader.worker.objects import OPERATIONS, ObjectTable, Places, replace_at, without_caches
from grader.worker.placeholder import touch
from grader.worker.recording import recorded
from grader.worker.small_pytest import MOST_TESTS, cases_of, small_pytest
from grader.worker.stand_ins import Ask, StandIns

Request = tuple[Any, ...]
"""A request: the name of a `_do_` method of `Server` or of an operation, then its arguments."""


class LoadFailure(Exception):
    """A module of the student's raised while it ran; `__cause__` is its exception.

    Parameters
    ----------
    stem : str
        Stem of the file to load.
    """

    def __init__(self, stem: str) -> None:
        super().__init__(stem)
        self.stem = stem


def _flush() -> None:
    """Flush printed output; a stream that the student's code closed or replaced does not cost the answer."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(BaseException):
            stream.flush()


class Server:
    """Server for one submission's unit.

    Parameters
    ----------
    read_into : callable
        Fills a writable memoryview with the next bytes from the judge.
    write : callable
        Sends bytes to the judge.
    """

    def __init__(self, read_into: Callable[[memoryview], object], write: Callable[[Any], object]) -> None:
        self._read_into = read_into
        self._write = write
        self._objects = ObjectTable(self._send_plain, self._receive)
        self._package = Package("student", {})
        self._batches: BatchBuffers | None = None
        self._new_answers = NewAnswers()
        self._stand_ins = StandIns()
        self._is_guarded = False
        self._called: tuple[Any, str] | None = None

    def serve(self) -> None:
        """Answer requests until the judge closes the connection."""
        for stream in (sys.stdout, sys.stderr):  # keeps lines that are printed right before a crash
            stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # both are text streams here
        while True:
            self._objects.start_request()
            request = self._receive()
            self._called = None
            try:
                answer: Any = ("ok", *self._handle(request))
            except LoadFailure as failure:
                answer = ("error", self._described_load(failure))
            except MissingName as missing:
                answer = ("error", described(missing, (), "missing"))
            except BaseException as error:  # any exception of the student's code, SystemExit included, is an answer
                answer = ("error", described(error, self._package.paths, "call", called=self._called))
            _flush()
            self._send(answer)

    def _described_load(self, failure: LoadFailure) -> dict[str, Any]:
        return described(failure.__cause__ or failure, self._package.paths, "load", failure.stem)

    def _handle(self, request: Request) -> tuple[Any, ...]:
        name, *fields = request
        if name in OPERATIONS:
            return (OPERATIONS[name](*fields),)
        handler = getattr(self, f"_do_{name}")
        result: tuple[Any, ...] = handler(*fields)
        return result

    def _do_load(
        self, package: str, files: dict[str, str], library: str, seed: int, forbidden: tuple[str, ...], *rest: Any
    ) -> tuple[Any, ...]:
        """Load a submission; imports are checked if `rest` is given, which holds the files that must not be run.

        It may be loaded once more, when other functions of it are replaced: each file runs anew, as in a fresh worker.
        """
        if not self._is_guarded:
            policy.ban_operators(forbidden)
            if library == "numpy":
                policy.guard_imports()
        self._is_guarded = True
        self._package.remove()
        self._do_forget()
        random.seed(seed)
        np.random.seed(seed % 2**32)
        if "torch" in sys.modules:
            sys.modules["torch"].manual_seed(seed)
        self._package = Package(package, files)
        if rest:
            libraries = dict.fromkeys(files, library)
            self._package = Package(
                package,
                files,
                libraries=libraries,
                broken=rest[0],
                on_run=self._report_running,
                on_loaded=self._install_stand_ins,
            )
        self._package.install()
        if OWN_TESTS in files:
            sys.modules["pytest"] = small_pytest()
        return (None,)

    def _do_stand_in(self, functions: dict[str, tuple[str, Ask, Places]], homes: dict[str, str]) -> tuple[Any, ...]:
        """Replace functions in the files that are loaded from now on."""
        self._stand_ins = StandIns(functions, homes)
        return (None,)

    def _install_stand_ins(self, stem: str, module: ModuleType) -> None:
        self._stand_ins.install(stem, module)

    def _do_import(self, stem: str) -> tuple[Any, ...]:
        self._module(stem)
        return (None,)

    def _do_call(  # noqa: PLR0917 (the fields of a request have no names)
        self,
        stem: str,
        name: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        keep: bool,
        caches: Places = False,
        unused: tuple[int, ...] = (),
        is_new: bool = False,
    ) -> tuple[Any, ...]:
        """Call a function.

        `caches` selects the parts of the answer to keep here, and `unused` earlier ones to release. With `is_new`, what
        the answer shares memory with is returned, too.
        """
        self._objects.let_go(unused)
        function = self._find(stem, name)
        self._called = (function, name)
        answer = function(*args, **kwargs)
        value = replace_at(answer, caches, self._objects.keep)
        if is_new:
            return (value, self._new_answers.aliases(without_caches(answer, caches), args, kwargs))
        return (value, self._objects.returned(args), self._objects.returned(kwargs)) if keep else (value,)

    def _do_names_of_tests(self, stem: str) -> tuple[Any, ...]:
        """Return the names of the tests that a file of the student's holds."""
        return (tuple(cases_of(vars(self._module(stem))))[: MOST_TESTS + 1],)

    def _do_run_test(self, stem: str, name: str) -> tuple[Any, ...]:
        """Run one of these tests; it passes if it raises nothing."""
        test = cases_of(vars(self._module(stem)))[name]
        self._called = (test.func, name)
        test()
        return (None,)

    def _do_value(self, stem: str, name: str) -> tuple[Any, ...]:
        return (self._find(stem, name),)

    def _do_record(self, text: str, datasets: dict[str, str], digits: tuple[Any, ...] | None) -> tuple[Any, ...]:
        """Run a milestone, and return what it asks matplotlib for."""
        return (recorded(self._package.name, text, datasets, digits),)

    def _do_forget(self) -> tuple[Any, ...]:
        self._objects.forget()
        self._new_answers.forget()
        return (None,)

    def _do_device_allocate(self, where: str, layout: Layout, handle: tuple[Any, ...] | None) -> tuple[Any, ...]:
        self._batches = BatchBuffers(where, layout, handle)
        return (None,)

    def _do_device_put(self, slot: int, tensors: tuple[Any, ...]) -> tuple[Any, ...]:
        self._allocated().put(slot, tensors)
        return (None,)

    def _do_device_run(self, stem: str, name: str, slot: int, keys: tuple[int, ...], seal: int) -> tuple[Any, ...]:
        return (self._allocated().run(self._find(stem, name), slot, keys, seal),)

    def _do_device_take(self, slot: int) -> tuple[Any, ...]:
        return (self._allocated().take(slot),)

    def _allocated(self) -> BatchBuffers:
        if self._batches is None:
            raise RuntimeError("no buffers are allocated for batches")
        return self._batches

    def _find(self, stem: str, name: str) -> Any:
        module = self._module(stem)
        if not hasattr(module, name):
            hint = failures.where_else(name, [*vars(module)], self._package.get_source(f"{self._package.name}.{stem}"))
            raise MissingName(f"there is no {name} in {stem}.py{hint}", failures.missing_name(stem, name))
        return touch(getattr(module, name))

    def _module(self, stem: str) -> ModuleType:
        if stem not in self._package.stems:
            raise MissingName(f"the file {stem}.py is missing", failures.missing_file(stem))
        try:
            return self._package.module(stem)
        except BaseException as error:
            raise LoadFailure(stem) from error

    def _report_running(self, stem: str) -> None:
        """Report which file is running: if that ends this process, only this file is to blame."""
        self._send(("running", stem))
        self._receive()

    def _receive(self) -> Request:
        request = decode(read_frame_into(self._read_into), hook=self._objects.incoming, layouts=True)
        assert isinstance(request, tuple)
        return request

    def _send(self, answer: Any) -> None:
        try:
            self._send_plain(answer)
        except WireError as error:
            kinds = ("an answer that cannot be sent",)
            self._send_plain(("error", {"kinds": kinds, "text": str(error), "where": (), "phase": "answer"}))

    def _send_plain(self, message: Any) -> None:
        """Send a message, or raise `WireError`."""
        write_frame(self._write, encode(message, hook=self._objects.outgoing))
