"""Executor that sends work to a judge on several threads and yields the results."""

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from msgspec.structs import replace

from grader.autograde.again import merged, settled
from grader.autograde.plan import Work
from grader.autograde.races import Races, code_of, leaders_first
from grader.autograde.remark import remark_of, reviews_of
from grader.course.registry import Course
from grader.errors import DeepgradeError
from grader.judge.client import JudgesGone
from grader.judge.judges import Judge
from grader.judge.protocol import Shared
from grader.records import Isolation, Result, Status, TestRecord, Timing
from grader.records.choices import counting
from grader.submissions import parsing
from grader.submissions.intake import Submission
from grader.submissions.parsing import readable
from grader.submissions.source_checks import to_review

WAITING = 2  # per thread, so that the next submission is ready while a result is being written

LONGEST = 500  # characters of an exception's text


class Stopped(Exception):
    """Raised in threads when the run is over; their results are discarded."""


class Fanout:
    """Grader of submissions on `jobs` threads.

    Parameters
    ----------
    course : Course
    judge : Judge
    tier : Isolation
        Isolation recorded in the results.
    jobs : int
        Number of submissions graded at the same time.
    races : Races, optional
        Races shared by submissions with identical code.
    """

    def __init__(
        self,
        course: Course,
        judge: Judge,
        *,
        tier: Isolation,
        jobs: int,
        races: Races | None = None,
    ) -> None:
        self._course, self._judge = course, judge
        self._races = races or Races()
        self._codes: dict[tuple[str, str], str] = {}
        self._tier = tier
        self._pool = ThreadPoolExecutor(jobs, thread_name_prefix="grade")
        self._jobs = jobs
        self._stopped = False

    def results(self, work: Sequence[Work]) -> Iterator[Result]:
        """Yield each result as it is ready, in no particular order."""
        waiting = iter(leaders_first(work, [self._code(item) for item in work]))
        running: set[Future[Result]] = set()
        try:
            while True:
                for item in waiting:
                    running.add(self._pool.submit(self._grade, item))
                    if len(running) >= WAITING * self._jobs:
                        break
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        except BaseException:
            self._stopped = True
            raise

    def alone(self, work: Sequence[Work]) -> Iterator[Result]:
        """Grade one submission at a time, with nothing else running, and yield the results."""
        for item in work:
            yield settled(self._grade(item, alone=True))

    def close(self) -> None:
        """Submit no more work and close the judge, which ends the running gradings."""
        self._stopped = True
        self._judge.close()
        self._pool.shutdown(wait=True, cancel_futures=True)
        parsing.stop()

    def _code(self, work: Work) -> str:
        """Return the digest by which a submission shares races; empty if it cannot be computed."""
        place = (work.student, work.unit)
        if place not in self._codes:
            try:
                self._codes[place] = "" if work.job.dry_run else code_of(work, self._course.unit(work.unit))
            except Exception:  # unreadable files: reported when they are graded
                self._codes[place] = ""
        return self._codes[place]

    def _grade(self, work: Work, *, alone: bool = False) -> Result:
        """Return the result of one submission; no error in it affects the others."""
        code = self._code(work)
        try:
            with self._races.turn(code, alone=alone) as shared:
                result = self._graded(work, shared, alone=alone)
                asked = [test for test in result.tests if not work.job.tests or test.test in work.job.tests]
                measured = [test for test in asked if test.test not in shared]
                self._races.take(code, measured, alone=alone)
                return result
        except (Stopped, JudgesGone):
            raise
        except DeepgradeError as error:
            return self._result(work, Status.GRADER_ERROR, f"grader error: {error}", (), Timing())
        except Exception as error:
            reason = f"grader error: {type(error).__name__}: {error}"[:LONGEST]
            return self._result(work, Status.GRADER_ERROR, reason, (), Timing())

    def _graded(self, work: Work, shared: dict[str, Shared], *, alone: bool) -> Result:
        submission = replace(work.submission, files=readable(work.submission.files))
        job = replace(work.job, submission=submission, shared=shared, is_readable=True)
        tests: list[TestRecord] = []
        timing = self._judge.grade(job, tests.append)
        remark = remark_of(counting(tests, self._course.unit(work.unit).choices))
        return self._result(work, Status.GRADED, remark, tuple(tests), timing, alone=alone)

    def _result(
        self,
        work: Work,
        status: Status,
        remark: str,
        tests: tuple[TestRecord, ...],
        timing: Timing,
        *,
        alone: bool = False,
    ) -> Result:
        if self._stopped:
            raise Stopped
        review = (*self._to_review(work.submission), *reviews_of(tests))
        result = Result(
            work.student,
            work.unit,
            status,
            self._tier,
            remark,
            tests,
            work.key,
            timing,
            review,
            without=work.job.without,
            choices=self._course.unit(work.unit).choices,
        )
        if work.before is None or status is not Status.GRADED:
            return result
        return merged(work.before, result, work.job.tasks, alone=alone)

    def _to_review(self, submission: Submission) -> tuple[str, ...]:
        """Return the review list of a submission's files; no error in them affects other submissions."""
        tasks, files = self._course.unit(submission.unit).tasks, submission.files
        libraries = {stem: {task.library for task in tasks if task.file == stem} for stem in files}
        try:
            return tuple(to_review(files, libraries))
        except Exception as error:
            return (f"its files could not be looked through ({type(error).__name__}: {error})"[:LONGEST],)
