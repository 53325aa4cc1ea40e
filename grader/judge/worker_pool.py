"""Workers of one submission: one for each kind of task."""

from collections.abc import Callable, Hashable
from functools import cached_property
from typing import Protocol, TypeVar, cast

from msgspec.structs import replace

from grader.course.model import Limits, Task
from grader.course.registry import Course
from grader.judge.budget import Budget, Heartbeat
from grader.judge.dry_run import AnswerSizes
from grader.judge.items import TestInfo
from grader.judge.local_students import signatures, task_files
from grader.judge.oracle import Oracle
from grader.judge.protocol import Job, hidden_seed
from grader.judge.remote import LoadRequest, RemoteTransport
from grader.judge.shapes import Signature
from grader.judge.student import Student
from grader.sandbox.launcher import Launcher
from grader.submissions.parsing import readable
from grader.submissions.source_checks import blocked_files


class Closable(Protocol):
    """Protocol of a resource that holds workers and ends them."""

    def close(self) -> None:
        """End its workers."""


C = TypeVar("C", bound=Closable)


class WorkerPool:
    """Pool with one transport for each library, set of forbidden operators and limits; opened on first use."""

    def __init__(
        self,
        launcher: Launcher,
        job: Job,
        course: Course,
        budget: Budget,
        heartbeat: Heartbeat = lambda: None,
        *,
        sizes_of: Callable[[TestInfo], AnswerSizes] = lambda info: AnswerSizes(timed=True),
    ) -> None:
        self._sizes_of = sizes_of
        self._job, self._budget = job, budget
        self.launcher, self.heartbeat = launcher, heartbeat
        self._unit = course.unit(job.unit)
        self._course = course
        self._transports: dict[tuple[str, tuple[str, ...], Limits, bool], RemoteTransport] = {}
        self._resources: dict[Hashable, Closable] = {}

    @cached_property
    def _files(self) -> dict[str, str]:
        files = self._job.submission.files
        return files if self._job.is_readable else readable(files)

    @cached_property
    def _signatures(self) -> dict[str, Signature]:
        return signatures(self._course, self._unit.name)

    @cached_property
    def _blocked(self) -> dict[str, str]:
        return blocked_files(self._files)

    @cached_property
    def oracle(self) -> Oracle:
        """References of the unit's tasks."""
        return Oracle(self._course, self._unit.name)

    def student(self, info: TestInfo, *, with_oracle: bool = False) -> Student:
        """Return the student for a test; where the oracle replaces functions, with workers of its own."""
        transport = self._transport(self.task(info), with_oracle)
        transport.default_file = info.file
        transport.start_test(AnswerSizes() if with_oracle else self._sizes_of(info))
        return Student(transport, self._signatures)

    def _transport(self, task: Task, with_oracle: bool) -> RemoteTransport:
        limits = self.limits(task)
        key = (task.library, task.forbids, limits, with_oracle)
        if key not in self._transports:
            load, oracle = self.load_request(task), self.oracle if with_oracle else None
            self._transports[key] = RemoteTransport(self.launcher, load, limits, self._budget, oracle)
        return self._transports[key]

    def load_request(self, task: Task) -> LoadRequest:
        """Return the submission as it is loaded for a task, without files that the task forbids."""
        seed = hidden_seed(self._job.secret, self._unit.name, "worker")
        known, banned = task_files(self._unit), self._blocked if task.forbids else {}
        files = self._files | {stem: f"raise ImportError({why!r})" for stem, why in banned.items()}  # for other files
        submission = replace(self._job.submission, files=files)
        return LoadRequest(submission, known, task.library, seed, task.forbids, banned)

    def task(self, info: TestInfo) -> Task:
        """Return the task that a test belongs to."""
        return next(task for task in self._unit.tasks if task.name == info.task)

    def limits(self, task: Task) -> Limits:
        """Return the limits of a task's workers."""
        return self._job.limits.changed_by(task.limits)

    def resource(self, key: Hashable, make: Callable[[], C]) -> C:
        """Return the resource under a key, which is created on first use and kept until the workers end."""
        if key not in self._resources:
            self._resources[key] = make()
        return cast("C", self._resources[key])

    def printed(self) -> str:
        """Return the output printed since the last call."""
        return "".join(transport.printed() for transport in self._transports.values())

    def close(self) -> None:
        """End the workers."""
        for transport in self._transports.values():
            transport.close()
        for resource in self._resources.values():
            resource.close()
