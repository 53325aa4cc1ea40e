"""The workers that one submission needs: one for each kind of task."""

from collections.abc import Callable
from functools import cached_property

from grader.course.model import Limits, Task
from grader.course.registry import Course
from grader.judge.answer_sizes import AnswerSizes
from grader.judge.budget import Budget
from grader.judge.items import Facts
from grader.judge.job import Job
from grader.judge.remote import RemoteTransport, Submission
from grader.judge.seeds import hidden_seed
from grader.judge.student import Student
from grader.judge.subjects import homes, signatures
from grader.judge.timing.alone import TellAlive
from grader.judge.timing.lanes import Track
from grader.sandbox.launcher import Launcher
from grader.submissions.evasion import blocked_files
from grader.submissions.parsing import readable


class Ways:
    """One transport for each kind of task: its library, what it forbids, its limits, opened when it is first needed."""

    def __init__(
        self,
        launcher: Launcher,
        job: Job,
        course: Course,
        budget: Budget,
        tell_alive: TellAlive = lambda: None,
        *,
        sizes_of: Callable[[Facts], AnswerSizes] = lambda facts: AnswerSizes(timed=True),
    ) -> None:
        self._sizes_of = sizes_of
        self._launcher, self._job, self._budget, self._tell_alive = launcher, job, budget, tell_alive
        self._unit = course.unit(job.unit)
        self._root = course.root
        self._transports: dict[tuple[str, tuple[str, ...], Limits], RemoteTransport] = {}
        self._tracks: dict[tuple[tuple[str, ...], Limits], Track] = {}

    @cached_property
    def _files(self) -> dict[str, str]:
        return readable(self._job.files)

    @cached_property
    def _blocked(self) -> dict[str, str]:
        return blocked_files(self._files)

    def student(self, facts: Facts) -> Student:
        """Return the student for a test."""
        task = next(task for task in self._unit.tasks if task.name == facts.task)
        transport = self._transport(task)
        transport.default_file = facts.file
        transport.start_test(self._sizes_of(facts))
        return Student(transport, signatures(self._root, facts.unit))

    def _transport(self, task: Task) -> RemoteTransport:
        limits = self._job.limits.changed_by(task.limits)
        key = (task.library, task.forbids, limits)
        if key not in self._transports:
            self._transports[key] = RemoteTransport(self._launcher, self.submission(task), limits, self._budget)
        return self._transports[key]

    def submission(self, task: Task) -> Submission:
        """Return the code as it is loaded for a task, without what the task forbids."""
        seed = hidden_seed(self._job.secret, self._unit.name, "worker")
        known, banned = homes(self._unit), self._blocked if task.forbids else {}
        files = self._files | {stem: f"raise ImportError({why!r})" for stem, why in banned.items()}  # for its siblings
        return Submission(self._unit.name, files, known, task.library, seed, task.forbids, banned)

    def track(self, facts: Facts) -> Track:
        """Return the workers of ours that a test's race needs."""
        task = next(task for task in self._unit.tasks if task.name == facts.task)
        limits = self._job.limits.changed_by(task.limits)
        key = (task.forbids, limits)
        if key not in self._tracks:
            self._tracks[key] = Track(self._launcher, self._unit.name, limits, self.submission(task), self._tell_alive)
        return self._tracks[key]

    def printed(self) -> str:
        """Return what was printed since this was last asked."""
        return "".join(transport.printed() for transport in self._transports.values())

    def close(self) -> None:
        """End the workers."""
        for transport in self._transports.values():
            transport.close()
        for track in self._tracks.values():
            track.close()
