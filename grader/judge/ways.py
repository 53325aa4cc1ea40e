"""The workers that one submission needs: one for each kind of task."""

from grader.course.model import Limits, Task
from grader.course.registry import Course
from grader.judge.budget import Budget
from grader.judge.items import Facts
from grader.judge.job import Job
from grader.judge.remote import RemoteTransport, Submission
from grader.judge.seeds import hidden_seed
from grader.judge.student import Student
from grader.judge.subjects import homes, signatures
from grader.sandbox.launcher import Launcher


class Ways:
    """One transport for each kind of task: its library, what it forbids, its limits, opened when it is first needed."""

    def __init__(self, launcher: Launcher, job: Job, course: Course, budget: Budget) -> None:
        self._launcher, self._job, self._budget = launcher, job, budget
        self._unit = course.unit(job.unit)
        self._root = course.root
        self._transports: dict[tuple[str, tuple[str, ...], Limits], RemoteTransport] = {}

    def student(self, facts: Facts) -> Student:
        """Return the student for a test."""
        task = next(task for task in self._unit.tasks if task.name == facts.task)
        transport = self._transport(task)
        transport.default_file = facts.file
        return Student(transport, signatures(self._root, facts.unit))

    def _transport(self, task: Task) -> RemoteTransport:
        limits = self._job.limits.changed_by(task.limits)
        key = (task.library, task.forbids, limits)
        if key not in self._transports:
            seed = hidden_seed(self._job.secret, self._unit.name, "worker")
            files, known = self._job.files, homes(self._unit)
            submission = Submission(self._unit.name, files, known, task.library, seed, task.forbids)
            self._transports[key] = RemoteTransport(self._launcher, submission, limits, self._budget)
        return self._transports[key]

    def printed(self) -> str:
        """Return what was printed since this was last asked."""
        return "".join(transport.printed() for transport in self._transports.values())

    def close(self) -> None:
        """End the workers."""
        for transport in self._transports.values():
            transport.close()
