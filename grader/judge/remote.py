"""Transport to an isolated worker: every call sends one frame and receives one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.course.registry import Limits
from grader.judge.budget import Budget, CallAllowance
from grader.judge.callbacks import Callbacks
from grader.judge.dry_run import Answered, AnswerSizes, too_large
from grader.judge.oracle import Oracle
from grader.judge.outcomes import (
    Blocked,
    CheckFailed,
    NotMeasured,
    NotRun,
    OutcomeException,
    StudentRaised,
    TimedOut,
    WireFault,
    WorkerDied,
)
from grader.judge.remote_error import Known, lines_of_stack, remote_error
from grader.judge.remote_objects import Handle, KeptObjects
from grader.judge.student import CallRequest, CallResult
from grader.records import Cause, CauseKind
from grader.sandbox.channel import Channel, ChannelError, DeadlinePassed, NoCoreForIt, WorkerLimits
from grader.sandbox.launcher import Launcher
from grader.submissions.intake import Submission
from grader.wire import (
    CallbackRef,
    HandleRef,
    NotAnAnswer,
    OverSizeLimit,
    SharedRef,
    SizeLimits,
    WireError,
    decode,
    encode,
)
from grader.wire.frames import Frame
from grader.worker.aliasing import CHANGED, EARLIER, Alias
from grader.worker.objects import replace_at

SIGNALS = {
    -11: "a segmentation fault",
    -6: "an abort",
    -9: "a kill",
    -24: "the CPU time limit",
    -25: "the file size limit",
}

INTO_A_FUNCTION = (
    "what stands outside of functions runs whenever the file is imported: "
    'put what takes time into a function, or below if __name__ == "__main__"'
)

Request = tuple[Any, ...]
"""Name of a method of the worker's server, without ``_do_``, and its arguments."""


@dataclass(frozen=True)
class LoadRequest:
    """Submission, with what a worker needs to run it.

    Attributes
    ----------
    submission : Submission
    task_files : mapping of str to str
        File of each task.
    library : str
        ``numpy`` or ``torch``.
    seed : int
        Seed of the worker's global generators.
    forbidden : tuple of str
        Torch operators that may not be called.
    blocked : mapping of str to str
        Files that may not be run, with the reason.
    gpu_mib : int
        GPU memory that the worker may use; 0 for a worker without a GPU.
    """

    submission: Submission
    task_files: Mapping[str, str]
    library: str = "numpy"
    seed: int = 0
    forbidden: tuple[str, ...] = ()
    blocked: Mapping[str, str] = field(default_factory=dict)
    gpu_mib: int = 0

    def message(self, unloadable: Mapping[str, str]) -> Request:
        """Return the message to a worker, which does not say who handed the submission in.

        Parameters
        ----------
        unloadable : mapping of str to str
            Files that a fresh worker does not run when other files import them, with the reason.
        """
        unit, files = self.submission.unit, dict(self.submission.files)
        return ("load", unit, files, self.library, self.seed, self.forbidden, dict(unloadable))


class RemoteTransport:
    """Transport that calls a submission's functions in a worker, and opens a fresh one after a worker has died.

    Parameters
    ----------
    launcher : Launcher
    load : LoadRequest
    limits : Limits
    budget : Budget
    oracle : Oracle, optional
        References that stand in for functions of the submission.
    """

    def __init__(
        self, launcher: Launcher, load: LoadRequest, limits: Limits, budget: Budget, oracle: Oracle | None = None
    ) -> None:
        self._launcher = launcher
        self._oracle = oracle
        self._load = load
        self._limits = limits
        self._budget = budget
        self._channel: Channel | None = None
        self._stillborn: dict[str, OutcomeException] = {}  # files that ended their worker during loading
        self._loaded: set[str] = set()
        self._last_words = ""  # output of a worker that has ended
        self._asked_to_load = ""  # the file that the current request loads
        self._running = ""  # the file that is being run, according to the worker
        self._callbacks = Callbacks(oracle.lends if oracle else lambda function: False)
        self._stands_in: tuple[str, ...] = ()  # the tasks whose references stand in for functions in the worker
        self._objects = KeptObjects(self._request_on_object)
        self._has_answers = False  # whether the worker keeps answers that have to be new
        self._lost_with = ""  # how the previous worker ended
        self._expected: Answered | None = None
        self._size = 0  # bytes received in answer to the current request
        self.sizes = AnswerSizes()
        self.default_file = ""

    def start_test(self, sizes: AnswerSizes) -> None:
        """Discard what the last test has left, on both sides, and set the answer sizes of the next."""
        self.sizes = sizes
        self._callbacks.start_test()
        if self._oracle:
            self._oracle.start_test()
            self._replace_functions(self._oracle)
        had_objects, self._lost_with = bool(self._objects) or self._has_answers, ""
        self._has_answers = False
        self._objects.forget()
        if self._channel is not None and had_objects:
            self._exchange(("forget",), "your code")

    def _replace_functions(self, oracle: Oracle) -> None:
        """Load the submission anew if other references than before stand in for functions of it."""
        if self._stands_in == oracle.names:
            return
        self._stands_in = oracle.names
        self._stillborn.clear()  # a file that ended its worker may have called a function that is replaced now
        if self._channel is not None:
            self._load_submission()

    def call(self, request: CallRequest) -> CallResult:
        """Call a student function; the caches in its answer stay in the worker."""
        function, file = request.function, self._task_file(request.function)
        fields = (request.args, request.kwargs, request.keep, request.caches, self._objects.unused(), request.is_new)
        value, *rest = self._request(function, file, ("call", file, function, *fields), asked=function)
        value = replace_at(value, request.caches, self._objects.sole_handle)
        if request.is_new:
            self._has_answers = True
            return CallResult(value, size=self._size, aliases=self._aliases(request, rest))
        if request.keep and not _are_arguments(rest, request):
            raise self._no_answer(function)
        return CallResult(value, *(rest if request.keep else ()), size=self._size)  # type: ignore[misc]  # two, if any

    def _aliases(self, request: CallRequest, rest: list[Any]) -> tuple[Alias, ...]:
        """Return the aliases that a worker reports, if they are some that there can be."""
        aliases = rest[0] if len(rest) == 1 and type(rest[0]) is tuple else (None,)
        names = (*map(str, range(len(request.args))), *request.kwargs)
        possible = {EARLIER, CHANGED, *(("argument", name) for name in names)}
        if not all(type(alias) is tuple and {*map(type, alias)} == {str} and alias in possible for alias in aliases):
            raise self._no_answer(request.function)
        return aliases

    def attribute(self, name: str) -> Any:
        """Return a module-level value."""
        file = self._task_file(name)
        return self._request(name, file, ("value", file, name), asked=name)[0]

    def on_device(self, request: str, function: str, *fields: Any) -> Any:
        """Send a request about a worker's buffers on a device; before a run, the function's file is loaded.

        Parameters
        ----------
        request : str
            ``allocate``, ``put``, ``run`` or ``take``.
        function : str
            Function concerned; a run calls it.
        *fields
            Further fields of the request.
        """
        file = self._task_file(function) if request == "run" else ""
        named = (file, function) if file else ()
        return self._request(function, file, (f"device_{request}", *named, *fields))[0]

    def recorded(self, text: str, datasets: Mapping[str, str], digits: Any) -> Any:
        """Return what a milestone asks matplotlib for, with the submission's functions.

        Parameters
        ----------
        text : str
            The milestone's source.
        datasets : mapping of str to str
            Source of the course's data sets.
        digits : tuple of ndarray or None
            scikit-learn's digits.

        Returns
        -------
        object
            Data of the student's code: nothing about it is certain.
        """
        return self._request("the milestone", "", ("record", text, dict(datasets), digits))[0]

    def cpu_seconds(self) -> float | None:
        """Return the CPU time that the worker has used so far; None if the platform does not report it."""
        self._open()
        assert self._channel is not None
        try:
            return self._channel.cpu_seconds()
        except ChannelError as error:
            raise self._post_mortem(error, "your code", "") from None

    def printed(self) -> str:
        """Return the end of the student's printed output since the last call."""
        last_words, self._last_words = self._last_words, ""
        return last_words + (self._channel.printed() if self._channel else "")

    def close(self) -> None:
        """End the worker."""
        if self._channel:
            self._budget.worker_ended(self._channel.close().cpu_seconds)
            self._channel = None

    def _task_file(self, name: str) -> str:
        return self._load.task_files.get(name, self.default_file)

    def _request(self, label: str, file: str, request: Request, asked: str = "") -> tuple[Any, ...]:
        self._open()
        if file and file not in self._loaded:
            self._load_file(file)
        self._expected = self.sizes.next_call(asked) if asked else None
        try:
            return self._opened(self._exchange(request, label), label, file)
        except Exception as error:  # no outcome: the caller finds out whether data or suite is at fault
            self.close()
            raise WireFault(f"{type(error).__name__}: {error}"[:500]) from error

    def _load_file(self, file: str) -> None:
        """Run a student file; one that ends its worker is not run again for the next test."""
        if file in self._load.blocked:
            raise Blocked(self._load.blocked[file])
        while file not in self._stillborn:
            self._open()
            self._asked_to_load = file
            try:
                self._opened(self._exchange(("import", file), f"loading {file}.py"), file, file)
            except (StudentRaised, NotRun, NotMeasured):
                raise
            except OutcomeException as outcome:
                self._note_stillborn(file, outcome)
            else:
                self._loaded.add(file)
                return
            finally:
                self._asked_to_load = ""
        raise self._stillborn[file]

    def _note_stillborn(self, file: str, outcome: OutcomeException) -> None:
        """Record the file that could not be run; if the worker died, this may be one that the file imports."""
        died_in = self._running if self._channel is None else file
        culprit = died_in if self._is_file(died_in) and died_in not in self._stillborn else file
        self._stillborn[culprit] = outcome
        self._lost_with = outcome.message
        if culprit != file:
            self._budget.start_test_again()

    def _opened(self, reply: Any, label: str, file: str) -> tuple[Any, ...]:
        if type(reply) is tuple and 2 <= len(reply) <= 4 and reply[0] == "ok":
            return reply[1:]
        if type(reply) is tuple and len(reply) == 2 and reply[0] == "error" and type(reply[1]) is dict:
            raise remote_error(reply[1], self._known()).outcome(label, file, self._limits)
        raise self._no_answer(label)

    def _is_file(self, stem: str) -> bool:
        return stem in self._load.submission.files

    def _known(self) -> Known:
        """Return the names against which a worker's report is checked."""
        tasks, files = self._load.task_files, self._load.submission.files
        absent: dict[str, Cause | None] = {stem: Cause(CauseKind.MISSING_FILE, f"{stem}.py") for stem in tasks.values()}
        stillborn = {stem: outcome.cause for stem, outcome in self._stillborn.items()}
        unloadable = {stem: cause for stem, cause in absent.items() if stem not in files} | stillborn
        unloadable |= dict.fromkeys(self._load.blocked)  # the reason of a ban says enough
        return Known({*files, *tasks.values()}, tasks, unloadable)

    def _no_answer(self, label: str) -> WorkerDied:
        self.close()
        return WorkerDied(f"{label}: the answer came in a form that no worker sends")

    def _exchange(self, request: Request, label: str) -> Any:
        self._budget.start_call()
        self._callbacks.start_request()
        while True:
            reply = self._roundtrip(request, label)
            if type(reply) is tuple and len(reply) == 2 and reply[0] == "running":
                self._running = reply[1] if type(reply[1]) is str and self._is_file(reply[1]) else ""
                request = ("go",)
                continue
            if not (type(reply) is tuple and len(reply) == 5 and reply[0] == "callback"):
                return reply
            *call, unused = reply[1:]
            if self._oracle and type(unused) is tuple:
                self._oracle.release(unused)
            request = self._call_back(*call)

    def _call_back(self, number: Any, args: Any, kwargs: Any) -> Request:
        size = self._size
        try:
            with self._budget.computing():  # the student's code called it, so its time is charged
                reply = self._callbacks.reply(number, args, kwargs)
            if self._oracle and self._oracle.forgets(self._callbacks.function(number)):
                self.sizes.spend(-size)  # training sends its parameters a thousand times
            return reply
        except BaseException:
            self.close()  # the worker waits for an answer, and would take the next request for it
            raise

    def _open(self) -> None:
        if self._channel is not None:
            return
        wanted = self._limits
        limits = WorkerLimits(
            memory_mib=wanted.memory_mib,
            cpu_seconds=wanted.cpu_seconds,
            output_kib=wanted.output_kib,
            disk_mib=wanted.disk_mib,
            open_files=wanted.open_files,
            gpu_mib=self._load.gpu_mib,
        )
        with self._budget.waiting():
            self._channel = self._launcher.open(self._load.library, limits)
        self._load_submission()

    def _load_submission(self) -> None:
        self._loaded.clear()
        self._objects.forget()
        self._has_answers, self._running = False, ""
        self._exchange(self._load.message(self._unloadable()), "loading")
        if self._oracle:
            self._exchange(("stand_in", self._oracle.stand_ins(), self._oracle.homes()), "loading")

    def _unloadable(self) -> dict[str, str]:
        """Return the files that a fresh worker does not run when other files import them, with the reason."""
        absent = {stem: f"{stem}.py is missing" for stem in self._load.task_files.values()}
        unsafe = {stem: f"{stem}.py does not load: {outcome.message}" for stem, outcome in self._stillborn.items()}
        known = {stem: reason for stem, reason in absent.items() if stem not in self._load.submission.files}
        return known | unsafe | dict(self._load.blocked)

    def _roundtrip(self, request: Request, label: str) -> Any:
        assert self._channel is not None
        allowed = self._budget.next_call()
        self._require_time(allowed)
        parts = self._encoded(request)
        size_limits = self.sizes.size_limits(self._expected, sum(map(len, parts)), calls_back=bool(self._callbacks))
        self._channel.size_limits = size_limits
        try:
            with self._budget.charging(self._channel):
                frame = self._channel.ask(parts, allowed.seconds, allowed.most)
            return self._decoded(frame, size_limits)
        except OverSizeLimit as error:
            self.close()  # the unread rest would be taken for the next answer
            raise too_large(label, error, size_limits, self._expected) from None
        except NotAnAnswer as error:
            self.close()
            raise CheckFailed(f"{label} returned {error}", got=str(error), expected="a list or an array") from None
        except CheckFailed:
            self.close()  # it may wait for an answer of a function, and would take the next test's request for it
            raise
        except (ChannelError, WireError) as error:
            raise self._post_mortem(error, label, allowed.reason) from None

    def _require_time(self, allowed: CallAllowance) -> None:
        if allowed.seconds > 0 and allowed.most > 0:
            return
        self.close()  # it may be waiting for an answer, and would take the next test's request for it
        if allowed.seconds <= 0:
            raise NotRun(f"not run: the time is used up ({allowed.reason})")
        raise NotMeasured("not run: the machine was too busy, and the tests before have waited for too long")

    def _encoded(self, request: Request) -> list[bytes | memoryview]:
        try:
            return encode(request, hook=self._outgoing, layouts=True)
        except WireError as error:
            if request[0] not in ("answer", "refuse"):
                raise
            return encode(self._callbacks.refusal(str(error)))
        except OutcomeException:
            self.close()  # it may be waiting for an answer, and would take the next request for it
            raise

    def _decoded(self, frame: Frame, size_limits: SizeLimits) -> Any:
        self._size = len(frame)
        self.sizes.spend(self._size)
        return decode(frame, hook=self._incoming, size_limits=size_limits)

    def _post_mortem(self, error: Exception, label: str, reason: str) -> OutcomeException:
        assert self._channel is not None
        near = self._lines_now(self._channel) if isinstance(error, DeadlinePassed) else ()
        ended = self._channel.close()
        self._budget.worker_ended(ended.cpu_seconds)
        code = ended.code
        self._last_words = self._channel.printed()
        self._channel = None
        label = f"loading {self._running}.py" if self._running else label
        if isinstance(error, DeadlinePassed):
            advice = f"; {INTO_A_FUNCTION}" if self._running else ""
            message = f"{label} did not return in time ({reason}){advice}"
            return TimedOut(message, near=near, cause=self._of_load(CauseKind.NO_RETURN))
        if isinstance(error, NoCoreForIt):
            got = f"{label} got {error.used:.2g} s of computing in {error.waited:.0f} s"
            return NotMeasured(f"the machine was too busy: {got}, too little to know ({reason})")
        if isinstance(error, WireError):
            return WorkerDied(f"{label}: the answer could not be read ({error})")
        if code == -24:
            message = f"{label} used up its CPU time (the unit may take {self._limits.cpu_seconds} s)"
            return TimedOut(message, cause=self._of_load(CauseKind.CPU_TIME))
        how = SIGNALS.get(code or 0, f"exit status {code}")
        return WorkerDied(f"{label} ended its process with {how}", cause=self._of_load(CauseKind.PROCESS_ENDED))

    def _lines_now(self, channel: Channel) -> tuple[str, ...]:
        """Return the student's lines where a worker is, if it says so at once."""
        with self._budget.asking() as seconds:
            return lines_of_stack(channel.stack(seconds), self._load.submission.files) if seconds > 0 else ()

    def _of_load(self, kind: CauseKind) -> Cause | None:
        """Return the cause of a worker's end, if it was loading a file, otherwise None."""
        file = self._running or self._asked_to_load
        return Cause(kind, f"{file}.py") if file else None

    def _outgoing(self, value: Any) -> Any:
        if type(value) is Handle:
            return self._objects.reference(value, self._lost_with)
        if callable(value) and not isinstance(value, Handle):
            return self._callbacks.reference(value)
        raise WireError(f"a {type(value).__name__} cannot travel")

    def _incoming(self, reference: HandleRef | CallbackRef | SharedRef) -> Any:
        if isinstance(reference, HandleRef):
            return self._objects.handle(reference)
        if self._oracle and isinstance(reference, CallbackRef):
            return self._from_judge(self._oracle, reference)
        raise WireError("a worker has no functions of the judge to send")

    def _from_judge(self, oracle: Oracle, reference: CallbackRef) -> Handle:
        """Return the handle of something that the worker cannot have but from the judge, or for which it has a name."""
        match reference.name.partition(" "):
            case "cache", "", "":
                return oracle.lent(reference.number)
            case "task", _, name:
                return oracle.named(name)
        return oracle.passed(self._callbacks.function(reference.number))

    def _request_on_object(self, op: str, **fields: Any) -> Any:
        """Send a request about a student object; the fields are in the order of the worker's parameters."""
        return self._request("the student's object", "", (op, *fields.values()))[0]


def _are_arguments(left: list[Any], request: CallRequest) -> bool:
    """Return whether the returned arguments have the number and names of those sent."""
    if [type(part) for part in left] != [tuple, dict]:
        return False
    return len(left[0]) == len(request.args) and left[1].keys() == request.kwargs.keys()
