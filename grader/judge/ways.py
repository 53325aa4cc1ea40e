"""The workers that one submission needs: one per library that the unit's tasks use."""

from grader.course.model import Limits
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
    """One transport per library and limits that the unit's tasks have, opened when it is first needed."""

    def __init__(self, launcher: Launcher, job: Job, course: Course, budget: Budget) -> None:
        self._launcher, self._job, self._budget = launcher, job, budget
        self._unit = course.unit(job.unit)
        self._root = course.root
        self._transports: dict[tuple[str, Limits], RemoteTransport] = {}

    def student(self, facts: Facts) -> Student:
        """Return the student for a test."""
        task = next((task for task in self._unit.tasks if task.name == facts.task), None)
        library = task.library if task else "numpy"
        limits = self._job.limits.changed_by(task.limits if task else None)
        if (library, limits) not in self._transports:
            seed = hidden_seed(self._job.secret, facts.unit, "worker")
            submission = Submission(facts.unit, self._job.files, homes(self._unit), library, seed)
            self._transports[library, limits] = RemoteTransport(self._launcher, submission, limits, self._budget)
        transport = self._transports[library, limits]
        transport.default_file = facts.file
        return Student(transport, signatures(self._root, facts.unit))

    def printed(self) -> str:
        """Return what was printed since this was last asked."""
        return "".join(transport.printed() for transport in self._transports.values())

    def close(self) -> None:
        """End the workers."""
        for transport in self._transports.values():
            transport.close()
