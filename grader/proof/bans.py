"""Misconceptions of tasks that forbid operators, run as a student would hand them in: none may be refused.

Who makes the mistake writes it without what is forbidden. A registered one that calls it would be named in this
process, where nothing is forbidden, but never when a submission is graded.
"""

from collections.abc import Iterator

from grader.autograde.secret import course_secret
from grader.course.model import cannot_run
from grader.course.registry import Course, Unit
from grader.judge.judges import Judge
from grader.judge.protocol import Job
from grader.proof.local_suites import MisconceptionResult
from grader.proof.wrong_code import RIGHT, Answer, WrongCode, student_files
from grader.records import TestRecord, Verdict
from grader.records.proof import Problem
from grader.submissions.intake import Submission


def ban_problems(
    course: Course, unit: Unit, judge: Judge, misconceptions: tuple[MisconceptionResult, ...]
) -> Iterator[Problem]:
    """Yield the misconceptions of a unit that use what their task forbids.

    Parameters
    ----------
    course : Course
    unit : Unit
    judge : Judge
        One that knows the unit's suite.
    misconceptions : tuple of MisconceptionResult
        Those of any unit.
    """
    banning = {task.name for task in unit.tasks if task.forbids} - cannot_run(unit).keys()
    concerned = [wrong for wrong in misconceptions if wrong.unit == unit.name and wrong.task in banning]
    if not concerned:
        return
    code = WrongCode(course.root, unit.name)
    for wrong in concerned:
        if code.portable(wrong.name):
            answers: dict[str, Answer] = {task.name: RIGHT for task in unit.tasks} | {wrong.task: wrong}
            submission = Submission(unit.name, student_files(course.root, unit, answers, code))
            if refused := _refusal(course, judge, submission, wrong.task):
                what = f"{wrong.name} is refused when graded: {refused.feedback.message}; write the mistake without it"
                yield Problem(f"{unit.name}.{wrong.task}", what)


def _refusal(course: Course, judge: Judge, submission: Submission, task: str) -> TestRecord | None:
    """Return the first test that is refused, if any."""
    limits, records = course.limits_of(submission.unit), list[TestRecord]()
    job = Job(submission, limits, course_secret(course), tasks=(task,), visible_only=True, diagnose=False)
    judge.grade(job, records.append)
    return next((record for record in records if record.verdict is Verdict.BLOCKED), None)
