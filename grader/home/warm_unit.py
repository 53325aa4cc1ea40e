"""A unit that is being worked on: its judge, which stays ready, and what its files defined when they last ran."""

import threading
from collections.abc import Mapping
from functools import cached_property

from grader.course.registry import Course, Unit
from grader.errors import CourseError, DeepgradeError
from grader.home.changes import Outline, outlines_of, touched_tasks
from grader.home.exchange import Exchange
from grader.judge.client import JudgeFailed, OnRecord, Stop
from grader.judge.home_judges import HomeJudge, home_judge
from grader.judge.protocol import Job
from grader.records import Timing
from grader.release.reset import pristine_text


class WarmUnit:
    """A unit with a judge that is started at once, and ready after some seconds.

    Parameters
    ----------
    course : Course
    unit : Unit
    forks : bool, optional
        Whether the judge forks for each run; by default, if the platform allows it.
    """

    def __init__(self, course: Course, unit: Unit, *, forks: bool | None = None) -> None:
        self.unit, self._course, self._forks = unit, course, forks
        self._known: dict[str, str] = {}
        self._outlines: dict[str, Outline | None] = {}
        self._lock = threading.Lock()
        self._judge: HomeJudge | None = None
        self._exchange = Exchange(course.root, unit.name, self.grade)
        self._start()

    def grade(self, job: Job, on_record: OnRecord, stop: Stop) -> Timing:
        """Grade a job; any thread may call it.

        Parameters
        ----------
        job : Job
        on_record : callable
            Called with each test's record when the test ends.
        stop : Stop
            Ends the run early.

        Returns
        -------
        Timing

        Raises
        ------
        JudgeFailed
            The judge ended, twice.
        CourseError
            The tests cannot be collected.
        """
        judge = self._started()
        try:
            return judge.grade(job, on_record, stop)
        except (JudgeFailed, OSError) as error:
            if stop.asked or judge.alive():
                raise JudgeFailed(str(error), f"grade run {self.unit.name}") from None
        return self._started().grade(job, on_record, stop)

    def touched(self, texts: Mapping[str, str]) -> tuple[str, ...]:
        """Return the tasks that the change since the last call can touch, all of them at the first.

        A task that was a stub and still is one is not among them: it has no verdict that could change.

        Parameters
        ----------
        texts : mapping of str to str
            The unit's files by stem.

        Returns
        -------
        tuple of str
            In the unit's order.
        """
        is_first = not self._outlines
        before, after = self._taken_up(texts)
        stubs = {} if is_first else self._stubs
        return tuple(
            task
            for task in touched_tasks(self.unit, before, after)
            if not self._is_still_stub(task, stubs, before, after)
        )

    def _is_still_stub(self, name: str, *files: Mapping[str, Outline | None]) -> bool:
        file = next(task.file for task in self.unit.tasks if task.name == name)
        parts = [(outlines.get(file) or {}).get(name) for outlines in files]
        return parts[0] is not None and all(part == parts[0] for part in parts)

    @cached_property
    def _stubs(self) -> Mapping[str, Outline | None]:
        try:
            return outlines_of({stem: pristine_text(self._course, self.unit.name, stem) for stem in self.unit.files})
        except CourseError:  # an author is still writing the solution
            return {}

    def _taken_up(self, texts: Mapping[str, str]) -> tuple[Mapping[str, Outline | None], Mapping[str, Outline | None]]:
        """Return the outlines of the last call and of this one."""
        changed = {stem: text for stem, text in texts.items() if self._known.get(stem) != text}
        gone = self._known.keys() - texts.keys()
        before, self._known = self._outlines, dict(texts)
        kept = {stem: parts for stem, parts in before.items() if stem not in gone}
        self._outlines = kept | outlines_of(changed)
        return before, self._outlines

    def close(self) -> None:
        """End the judge."""
        self._exchange.close()
        with self._lock:
            if self._judge is not None:
                self._judge.close()

    def _start(self) -> None:
        threading.Thread(target=self._start_quietly, daemon=True).start()

    def _start_quietly(self) -> None:
        try:
            self._started()
        except DeepgradeError:
            return  # the next run says why

    def _started(self) -> HomeJudge:
        """Return a judge that is ready; a dead one is replaced."""
        with self._lock:
            if self._judge is None or not self._judge.alive():
                self._judge = home_judge(self._course.root, self.unit.name, forks=self._forks)
                self._judge.wait_until_ready()
            return self._judge
