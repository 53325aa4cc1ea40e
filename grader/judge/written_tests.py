"""Grading of tests that students write: a test is worth what it catches, and nothing if it fails what is right.

A wrong version is caught by a test that passes beside every right version and fails beside the wrong one, every time:
each run has a worker of its own, right and wrong versions take turns, and from the second run on answers come from a
record, as fast for the one as for the other. What shows in no answer cannot make a test fail.
"""

import builtins
import random
import warnings
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Any
from weakref import WeakKeyDictionary

from grader.judge.authoring import TEXTS
from grader.judge.callbacks import builtin_name
from grader.judge.local import copied
from grader.judge.outcomes import CheckFailed, OutcomeException
from grader.judge.student import Student
from grader.judge.test_workers import Ended, RunsOfTests, runs_of
from grader.wire import HandleRef, WireError, encode
from grader.worker.aliasing import NewAnswers
from grader.worker.small_pytest import MOST_TESTS

TIMES = 3  # runs beside a wrong version that all have to fail, with right versions in between
MOST_CALLS = 200  # of the function in one run of a test

Version = Callable[..., Any]
Reply = tuple[Any, Exception | None]


class Recorded:
    """A version of a function as one test calls it, run after run.

    Parameters
    ----------
    task : str
        The function's name.
    version, right : callable
        The version, and the right one with which its answers are compared.
    """

    def __init__(self, task: str, version: Version, right: Version) -> None:
        self.__name__ = task
        self._version, self._right = version, right
        self._replies: list[tuple[bytes, Reply]] = []
        self.differs = False
        self._is_plain = True  # no answer came with changed arguments, or with memory of others
        self.start_run()

    def start_run(self) -> None:
        """Begin again: the next call is the first of a run."""
        self._calls = 0
        self._memory, self._right_memory = NewAnswers(), NewAnswers()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return the version's answer, and note whether a test can tell it from the right one."""
        self._calls += 1
        if self._calls > MOST_CALLS:
            raise RuntimeError(f"one test may call {self.__name__} {MOST_CALLS} times")
        key = _digest((args, kwargs))
        value, error = self._known(key) or self._computed(key, args, kwargs)
        if error is not None:
            raise error
        return value

    def _known(self, key: bytes) -> Reply | None:
        """Return the answer that this call got in an earlier run, if it was the same call and an answer by itself."""
        if not self._is_plain or self._calls > len(self._replies) or self._replies[self._calls - 1][0] != key:
            return None
        value, error = self._replies[self._calls - 1][1]
        return copied(value), error

    def _computed(self, key: bytes, args: Any, kwargs: Any) -> Reply:
        other_args, other_kwargs = copied((args, kwargs))
        reply, (seen, is_plain) = _asked(self._version, args, kwargs, self._memory)
        if self._version is not self._right:
            _, (expected, _) = _asked(self._right, other_args, other_kwargs, self._right_memory)
            self.differs = self.differs or seen != expected
        self._is_plain = self._is_plain and is_plain
        if self._is_plain and self._calls == len(self._replies) + 1:
            self._replies.append((key, copied(reply)))
        return reply


def _asked(
    version: Version, args: tuple[Any, ...], kwargs: Mapping[str, Any], memory: NewAnswers
) -> tuple[Reply, tuple[Any, bool]]:
    """Return an answer, what a test can see of it and of its arguments afterwards, and whether the former is all."""
    before = _digest((args, kwargs))
    reply = _reply(version, args, kwargs)
    value, error = reply
    aliases, after = memory.aliases(value, args, kwargs), _digest((args, kwargs))
    seen = (_digest(value), after, aliases, type(error).__name__)
    return reply, (seen, not aliases and before == after)


def _reply(version: Version, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Reply:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            return version(*args, **kwargs), None
        except Exception as error:  # an answer like any other: a test may expect it
            return None, _without_text(error)


def _without_text(error: Exception) -> Exception:
    """Return an exception of the same kind; its text is nobody's promise, and would show how the version works."""
    kind: type[Exception] = getattr(builtins, builtin_name(error))
    return kind("the function refuses these arguments")


def _digest(value: Any) -> bytes:
    try:
        parts = encode(value, layouts=True, hook=lambda other: HandleRef(0, type(other).__name__))
    except WireError as error:
        raise TypeError(f"this is no data that can be sent: {error}") from None
    digest = blake2b(digest_size=16)
    for part in parts:
        digest.update(part)
    return digest.digest()


class Examination:
    """Examination of one student's tests: which pass beside all right versions, and what they catch.

    Parameters
    ----------
    runs : RunsOfTests
    task : str
        The function under test.
    right : sequence of callable
        Right versions.
    public : bool
        Whether the texts of exceptions may be shown, which can hold answers of the function.
    """

    def __init__(self, runs: RunsOfTests, task: str, right: Sequence[Version], *, public: bool = False) -> None:
        self._runs, self._task, self._right, self._public = runs, task, right, public
        names = runs.names(Recorded(task, right[0], right[0]))
        self.has_too_many = len(names) > MOST_TESTS
        self.names = names[:MOST_TESTS]
        self.refused: dict[str, str] = {}
        self._chance = random.Random(repr(self.names))
        self._rights: dict[tuple[str, int], Recorded] = {}
        self._qualify()

    @property
    def accepted(self) -> list[str]:
        """Tests that have not been refused, in the order of the file."""
        return [name for name in self.names if name not in self.refused]

    def _qualify(self) -> None:
        """Refuse the tests that do not pass beside every right version, twice, each time in another order."""
        for _ in range(2):
            order = [(name, number) for name in self.accepted for number in range(len(self._right))]
            for name, number in self._shuffled(order):
                if name not in self.refused:
                    self._require_right(name, number)

    def _require_right(self, name: str, number: int) -> bool:
        """Run a test beside a right version; refuse it if it does not pass."""
        has_passed = (name, number) in self._rights
        right = self._rights.setdefault((name, number), Recorded(self._task, self._right[number], self._right[0]))
        ended = self._run(name, right)
        if not ended.has_passed:
            what = "passes once and fails once" if has_passed else "fails"
            self.refused[name] = f"{what} beside a right {self._task}: {self._how(ended)}"
        return ended.has_passed

    def catches(self, wrong: Version) -> bool:
        """Return whether one of the tests catches a wrong version."""
        return any(self._fails(name, wrong) for name in self._shuffled(self.accepted))

    def _fails(self, name: str, wrong: Version) -> bool:
        """Return whether a test fails beside a wrong version, each time; refuse one that is not to be trusted."""
        recorded = Recorded(self._task, wrong, self._right[0])
        for turn in range(TIMES):
            ended = self._run(name, recorded)
            if turn == 0 and not ended.has_failed:
                return False
            if not ended.has_failed:
                self.refused[name] = "passes once and fails once beside the same function"
                return False
            if not recorded.differs:
                self.refused[name] = f"fails beside a {self._task} that has answered as the right one does"
                return False
            if turn < TIMES - 1 and not self._require_right(name, self._chance.randrange(len(self._right))):
                return False
        return True

    def _run(self, name: str, function: Recorded) -> Ended:
        function.start_run()
        return self._runs.run(name, function)

    def _how(self, ended: Ended) -> str:
        """Return how a test ended, without texts that could hold an answer of a hidden function."""
        outcome = ended.outcome
        assert outcome is not None
        kinds: Sequence[str] = () if self._public else getattr(outcome, "kinds", ())
        return kinds[0] if kinds else "; ".join([outcome.message, *outcome.where[-1:]])

    def _shuffled(self, order: Sequence[Any]) -> list[Any]:
        return self._chance.sample(order, len(order))


class Examiner:
    """Right versions of a function, beside which a student's tests have to pass before they can catch anything.

    Parameters
    ----------
    task : str
        The function under test.
    *right : callable
        Right versions; the first one is the reference.
    test : str
        The task that asks for the tests; by default ``test_`` and the function's name.
    public : bool
        Whether students may read all versions: then feedback names those that are missed, and says what a test raised.

    Examples
    --------
    In a suite: ``NEURONS = Examiner("predict", right)``, and in its tests
    ``NEURONS.require_caught(student, without_bias)``.
    """

    def __init__(self, task: str, *right: Version, test: str = "", public: bool = False) -> None:
        self._task, self._right, self._test = task, right, test or f"test_{task}"
        self._public = public
        self._known: WeakKeyDictionary[Any, Examination | Ended] = WeakKeyDictionary()

    def require_caught(self, student: Student, *wrong: Version) -> None:
        """Fail the test unless the student's tests catch every one of some wrong versions; each is worth its share.

        Parameters
        ----------
        student : Student
        *wrong : callable
            Wrong versions.
        """
        runs = runs_of(student._transport, self._task, self._test)
        key = student._transport if runs.is_shared else runs
        try:
            examination = self._examination(runs, key)
            missed = [version for version in wrong if not examination.catches(version)]
        except OutcomeException as outcome:
            self._known[key] = Ended(outcome.with_traceback(None))  # the next tests end alike, at no cost
            raise
        if missed:
            raise self._failure(examination, missed, len(wrong))

    def _failure(self, examination: Examination, missed: Sequence[Version], count: int) -> CheckFailed:
        texts = [TEXTS[version] for version in missed if version in TEXTS]
        said = " ".join(
            [f"{count - len(missed)} of {count} wrong versions of {self._task} are caught; missed:", *texts]
        )
        said = said if texts else said.partition("; missed")[0]
        if self._public:
            said = "; ".join(f"no test fails beside {_named(version)}" for version in missed)
        return CheckFailed("; ".join([said, *_remarks(examination)]), credit=1 - len(missed) / count)

    def _examination(self, runs: RunsOfTests, key: Any) -> Examination:
        """Return the examination of a student's tests, which the tests of a suite share."""
        known = self._known.get(key)
        if isinstance(known, Ended) and known.outcome is not None:
            raise known.outcome
        if isinstance(known, Examination):
            return known
        examination = self._known[key] = Examination(runs, self._task, self._right, public=self._public)
        return examination


def _named(version: Version) -> str:
    """Return a version's name, with what its docstring says."""
    said = (version.__doc__ or "").strip().partition("\n")[0].rstrip(".")
    return f"{version.__name__} ({said})" if said else version.__name__


def _remarks(examination: Examination) -> list[str]:
    """Return what has to be known of the tests besides what they catch."""
    remarks = [f"{name} counts for nothing: it {why}" for name, why in list(examination.refused.items())[:3]]
    more = [f"only the first {MOST_TESTS} tests are run"] if examination.has_too_many else []
    return [*remarks, *more] if examination.names else ["there is no test"]
