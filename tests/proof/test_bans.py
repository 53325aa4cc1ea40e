"""Misconceptions that a ban refuses: they are graded as a student hands them in, and what is refused is a problem."""

from pathlib import Path

import pytest

from grader.course.registry import load_course
from grader.proof.handed_in import ban_problems
from grader.proof.local_suites import MisconceptionResult
from grader.records import Feedback, TestRecord, Verdict

ROOT = Path(__file__).parents[2]
TANH = MisconceptionResult("activations", "gelu_fast", "fast_gelu_by_a_tanh", "A tanh.", {}, named=True)
FREE = MisconceptionResult("activations", "relu_activation", "relu_of_the_absolute_value", "Text.", {}, named=True)


class JudgeThatAnswers:
    """A judge whose tests end as they are told."""

    def __init__(self, verdict):
        self.verdict, self.jobs = verdict, []

    def grade(self, job, emit):
        self.jobs.append(job)
        for name, verdict in (("fast.test_a", Verdict.FAILED), ("fast.test_b", self.verdict)):
            told = Feedback(message="this task is written without aten::gelu: calling it is not allowed")
            emit(TestRecord("activations", "gelu_fast", name, name, True, 1.0, 0.0, verdict, told))


@pytest.fixture(scope="module")
def real_course():
    return load_course(ROOT)


def test_a_misconception_that_a_ban_refuses_is_a_problem(real_course):
    judge = JudgeThatAnswers(Verdict.BLOCKED)
    (problem,) = ban_problems(real_course, real_course.unit("activations"), judge, (TANH, FREE))
    assert problem.where == "activations.gelu_fast"
    assert problem.what == (
        "fast_gelu_by_a_tanh is refused when graded: this task is written without aten::gelu: calling it is not "
        "allowed; write the mistake without it"
    )
    (job,) = judge.jobs
    assert (job.tasks, job.visible_only) == (("gelu_fast",), True)
    assert "gelu_fast = _wrong_gelu_fast()" in job.submission.files["fast"]


def test_one_that_only_fails_is_none(real_course):
    judge = JudgeThatAnswers(Verdict.FAILED)
    assert not list(ban_problems(real_course, real_course.unit("activations"), judge, (TANH,)))
    assert not list(ban_problems(real_course, real_course.unit("backprop"), judge, (TANH,)))
    assert len(judge.jobs) == 1
