"""Runs of the tests that a student has written, each in a fresh worker, beside a function that stays with the judge.

Of the submission only the file of tests goes along. The function under test is a name there that asks the judge, so
that no source of it, right or wrong, enters the room.
"""

import functools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

import pytest
from msgspec.structs import replace

from grader.judge.budget import Overspent
from grader.judge.local import LocalTransport, unwritten_task
from grader.judge.outcomes import GraderFault, NotAttempted, NotMeasured, NotRun, OutcomeException, StudentRaised
from grader.judge.remote import LoadRequest, RemoteTransport
from grader.wire import WireError
from grader.worker.imports import OWN_TESTS
from grader.worker.objects import Places
from grader.worker.small_pytest import cases_of

ALONE = f"{OWN_TESTS}.py is run without your other files: it may call the function that it tests, and nothing else"


class Called(Protocol):
    """Protocol of a function that tests call."""

    __name__: str

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return an answer."""


class RunsOfTests(Protocol):
    """Protocol of what runs a student's tests."""

    is_shared: bool
    """Whether the same tests are run for all tests of a suite."""

    def names(self, function: Called) -> tuple[str, ...]:
        """Return the names of the tests in the student's file, each case of a parametrized one by itself.

        A file may call the function while it is loaded.
        """

    def run(self, name: str, function: Called) -> "Ended":
        """Run one test, beside a function in the place of the one that it tests."""


class Ended:
    """End of one run of a student's test.

    Parameters
    ----------
    outcome : OutcomeException or None
        None if it has passed.
    """

    def __init__(self, outcome: OutcomeException | None) -> None:
        self.outcome = outcome

    @property
    def has_passed(self) -> bool:
        """Whether it raised nothing."""
        return self.outcome is None

    @property
    def has_failed(self) -> bool:
        """Whether it raised an exception of its own; one that ends its worker or takes too long says nothing."""
        return isinstance(self.outcome, StudentRaised)


class LentFunction:
    """Function that a worker calls in the place of the one under test; the other names of an oracle are empty.

    Parameters
    ----------
    function : Called
    home : str
        Stem of the file from which the tests import it.
    """

    def __init__(self, function: Called, home: str) -> None:
        self._function, self._home = function, home
        self.names = (function.__name__,)

    def lends(self, function: Any) -> bool:
        """Return whether this is the function."""
        return function is self._function

    def forgets(self, function: Any) -> bool:
        """Return False: the answers to a student's tests are remembered with their arguments."""
        return False

    def start_test(self) -> None:
        """Do nothing: there are no caches."""

    def release(self, numbers: tuple[Any, ...]) -> None:
        """Do nothing: there are no caches."""

    def stand_ins(self) -> dict[str, tuple[str, Called, Places]]:
        """Return the function by its name, with the file that defines it."""
        return {self._function.__name__: (self._home, self._function, False)}

    def homes(self) -> dict[str, str]:
        """Return nothing: no function can be passed to the one under test."""
        return {}

    def lent(self, number: int) -> Any:
        """Refuse a cache: none is ever lent."""
        raise WireError("a worker has sent a cache that it was not lent")

    def passed(self, function: Any) -> Any:
        """Refuse a function: the one under test takes only data."""
        raise WireError("a worker has passed a function on that takes no functions")

    named = passed


class FreshWorker(RemoteTransport):
    """Worker for one run of one test."""

    def names(self) -> tuple[str, ...]:
        """Return the names of the tests."""
        (names,) = self._request(OWN_TESTS, OWN_TESTS, ("names_of_tests", OWN_TESTS))
        if type(names) is not tuple or {*map(type, names)} - {str}:
            raise self._no_answer(OWN_TESTS)
        return names

    def run(self, name: str) -> None:
        """Run a test; what it raises is raised as an outcome."""
        self._request(name.partition("[")[0], OWN_TESTS, ("run_test", OWN_TESTS, name))


class RemoteRuns:
    """Runs of tests in fresh workers.

    Parameters
    ----------
    transport : RemoteTransport
        Transport to the whole submission, which is not used itself.
    task : str
        The function under test.
    """

    is_shared = True

    def __init__(self, transport: RemoteTransport, task: str) -> None:
        self._transport, self._home = transport, transport._load.task_files[task]
        load = transport._load
        files = load.submission.files
        others = dict.fromkeys({*files, *load.task_files.values()} - {OWN_TESTS, self._home}, ALONE)
        kept = {OWN_TESTS: files[OWN_TESTS]} if OWN_TESTS in files else {}
        alone = replace(load.submission, files={**kept, self._home: ""})
        known = {name: stem for name, stem in load.task_files.items() if stem in (OWN_TESTS, self._home)}
        self._load = LoadRequest(alone, known, load.library, load.seed, load.forbidden, {**others, **load.blocked})

    def names(self, function: Called) -> tuple[str, ...]:
        """Return the names of the tests."""
        worker = self._fresh(LentFunction(function, self._home))
        try:
            return worker.names()
        finally:
            worker.close()

    def run(self, name: str, function: Called) -> Ended:
        """Run one test in a worker of its own."""
        worker = self._fresh(LentFunction(function, self._home))
        try:
            worker.run(name)
        except (NotMeasured, NotAttempted, NotRun, Overspent, GraderFault):
            raise
        except OutcomeException as outcome:
            return Ended(outcome)
        finally:
            worker.close()
        return Ended(None)

    def _fresh(self, lent: LentFunction) -> FreshWorker:
        base = self._transport
        oracle: Any = lent
        worker = FreshWorker(base._launcher, self._load, base._limits, base._budget, oracle)
        worker.default_file = OWN_TESTS
        return worker


class LocalRuns:
    """Runs of trusted tests in this process, or of a student's own in a plain run of pytest.

    Parameters
    ----------
    transport : LocalTransport
    task : str
        The function under test.
    test : str
        One of the tests.
    """

    is_shared = False

    def __init__(self, transport: LocalTransport, task: str, test: str) -> None:
        first, self._task = transport._find(test), task
        self._module = getattr(first, "__globals__", {})
        self._original = transport._find(task)

    def names(self, function: Called) -> tuple[str, ...]:
        """Return the names of the tests."""
        return tuple(self._cases())

    def run(self, name: str, function: Called) -> Ended:
        """Run one test with the function in the place of the one under test."""
        with self._replaced(function):
            try:
                self._cases()[name]()
            except NotImplementedError as stub:
                raise NotAttempted(f"{stub} is not written yet", cause=unwritten_task(stub)) from None
            except (Exception, pytest.fail.Exception) as error:
                kinds = tuple(base.__name__ for base in type(error).__mro__)
                return Ended(StudentRaised(kinds, str(error), function=name))
        return Ended(None)

    @contextmanager
    def _replaced(self, function: Called) -> Iterator[None]:
        """Replace the function under test in the file of tests, and in its own."""
        files = [self._module, getattr(self._original, "__globals__", {})]
        places = [(file, name) for file in files for name, value in file.items() if value is self._original]
        for file, name in places:
            file[name] = function
        try:
            yield
        finally:
            for file, name in places:
                file[name] = self._original

    def _cases(self) -> Mapping[str, functools.partial[Any]]:
        return cases_of(dict(self._module))


def runs_of(transport: Any, task: str, test: str) -> RunsOfTests:
    """Return what runs the tests of a student's file.

    Parameters
    ----------
    transport : Transport
        Transport to the student's code.
    task : str
        The function under test.
    test : str
        One of the tests: the task that asks for them.
    """
    if isinstance(transport, RemoteTransport):
        return RemoteRuns(transport, task)
    if isinstance(transport, LocalTransport):
        return LocalRuns(transport, task, test)
    return runs_of(transport._inner, task, test)  # one that records what passes through it
