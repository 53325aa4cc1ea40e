"""Runs of mutants: what a suite notices, what it cannot, an endless loop, a list that is no longer true."""

import msgspec
import pytest

from grader.course.registry import load_course
from grader.errors import CourseError, NotFoundError, UnavailableError
from grader.proof import mutants as module
from grader.proof.mutants import try_mutants
from grader.proof.mutation.search import mutants_of
from grader.records import Verdict
from grader.records.proof import OPERATORS, MutantStatus
from grader.records.run import Interrupted
from tests.toy_course import make_broken_course, make_course, write

LOOP = '''\
"""Counting."""


def total(x):
    """Add up all numbers."""
    ### BEGIN SOLUTION
    left = list(x.reshape(-1))
    found = 0.0
    while left:
        found += left.pop()
    return float(found)
    ### END SOLUTION
'''


@pytest.fixture(scope="module")
def trials(course):
    """Return what became of the toy course's mutants, by unit."""
    calls = []
    unit_trials = try_mutants(course, jobs=2, on_run=lambda done, total: calls.append((done, total)))
    total = sum(len(trial.results) for trial in unit_trials)
    assert calls == [(done, total) for done in range(total + 1)]
    return {trial.unit: trial for trial in unit_trials}


def statuses(trial):
    return {result.mutant.after: result.status for result in trial.results}


def test_a_mutant_is_killed_by_a_test_of_its_own_task(trials):
    (result,) = [
        trial_result for trial_result in trials["lines"].results if trial_result.mutant.after == "return x + x.mean()"
    ]
    assert (result.status, result.task, result.test) == (
        MutantStatus.KILLED,
        "centred",
        "shift.test_the_mean_is_gone",
    )
    assert result.verdict is Verdict.FAILED


def test_a_helper_belongs_to_the_task_that_uses_it(trials):
    (result,) = [
        trial_result for trial_result in trials["lines"].results if trial_result.mutant.after == "return a / x"
    ]
    assert (result.status, result.task) == (MutantStatus.KILLED, "residuals")


def test_a_mutant_that_nobody_notices_survives(trials):
    assert statuses(trials["lines"])["return float(np.dot(y, x)) / float(np.dot(x, x))"] is MutantStatus.SURVIVED


def test_visible_tests_alone_notice_less(course, trials):
    (trial,) = try_mutants(course, ["counts"], visible=True, jobs=1)
    (killed,) = {result.test for result in trial.results if result.status is MutantStatus.KILLED}
    assert killed == "count.test_total_matches_the_worked_example"
    assert trial.count(MutantStatus.KILLED) <= trials["counts"].count(MutantStatus.KILLED)


def test_figures_add_up(trials):
    for trial in trials.values():
        assert sum(map(trial.count, MutantStatus)) == len(trial.results)
        assert trial.percent == 100 * trial.count(MutantStatus.KILLED) / len(trial.results)
        assert trial.problems == ()


LIST = "tests/hidden/counts/equivalents.toml"


def list_equivalents(root, *entries):
    """Write the list of equivalent mutants of the unit of counting."""
    listed = (f'[[equivalent]]\nmutant = "{name}"\nreason = "{why}"\n' for name, why in entries)
    write(root / LIST, "\n".join(listed))


def test_an_equivalent_mutant_does_not_count(tmp_path):
    course = make_course(tmp_path)
    write(tmp_path / "solutions/counts/count.py", LOOP.replace("left.pop()", "left.pop(-1)"))
    (harmless,) = [
        mutant for mutant in mutants_of(tmp_path, course.unit("counts")) if mutant.after.endswith("left.pop(0)")
    ]
    list_equivalents(tmp_path, (harmless.id, "Sums have no order."))
    (trial,) = try_mutants(load_course(tmp_path), ["counts"], only=[harmless.id], jobs=1)
    assert (trial.results[0].status, trial.results[0].reason) == (MutantStatus.EQUIVALENT, "Sums have no order.")
    assert (trial.percent, trial.problems) == (100.0, ())


def test_an_entry_without_a_mutant_and_one_that_is_noticed_are_told(tmp_path):
    course = make_course(tmp_path)
    noticed = next(mutant for mutant in mutants_of(tmp_path, course.unit("counts")) if mutant.operator == "reduction")
    list_equivalents(tmp_path, ("total.sign.00000000", "Gone."), (noticed.id, "Is it?"))
    (trial,) = try_mutants(course, ["counts"], jobs=1)
    assert trial.problems == (
        f'{LIST}, line 1: "total.sign.00000000" is listed as equivalent, but there is no such mutant (any more): '
        "delete the entry",
        f'{LIST}, line 5: "{noticed.id}" is listed as equivalent, but count.test_total_agrees_with_numpy notices it: '
        "delete the entry",
    )
    assert trial.count(MutantStatus.EQUIVALENT) == 0


def test_an_endless_loop_costs_two_seconds_and_is_noticed(tmp_path):
    course = make_course(tmp_path)
    course = msgspec.structs.replace(course, limits=msgspec.structs.replace(course.limits, call_seconds=30.0))
    write(
        tmp_path / "solutions/counts/count.py",
        LOOP.replace("found += left.pop()", "found += left[-1]\n        left.pop()"),
    )
    (endless,) = [
        mutant for mutant in mutants_of(tmp_path, course.unit("counts")) if mutant.after == "pass" and mutant.line == 11
    ]
    (trial,) = try_mutants(course, ["counts"], only=[endless.id], jobs=1)
    (result,) = trial.results
    assert (result.status, result.verdict) == (MutantStatus.KILLED, Verdict.TIMED_OUT)


def test_one_task_s_mutants_are_its_own_and_its_helpers(course):
    (trial,) = try_mutants(course, task="residuals", jobs=2)
    assert {result.mutant.owner for result in trial.results} == {"residuals", "_predicted"}
    (same,) = try_mutants(course, task="lines.residuals", jobs=2)
    assert same == trial


def test_some_operators_mutants_alone(course):
    (trial,) = try_mutants(course, ["lines"], task="residuals", operators=["sign", "operator"], jobs=2)
    assert {result.mutant.operator for result in trial.results} == {"sign", "operator"}
    with pytest.raises(NotFoundError, match=r'no operator "opperator"; did you mean "operator"\?') as raised:
        try_mutants(course, ["counts"], operators=["opperator"])
    assert "one of these: argument, axis" in raised.value.hint
    with pytest.raises(NotFoundError, match="no mutant of rounding, slice"):
        try_mutants(course, ["lines"], operators=["rounding", "slice"])


def test_every_operator_has_its_name_in_the_list(trials):
    used = {result.mutant.operator for trial in trials.values() for result in trial.results}
    assert used <= set(OPERATORS)


def test_a_sample_is_the_same_in_every_run_and_leaves_out_what_is_equivalent(tmp_path):
    course = make_course(tmp_path)
    (trial,) = try_mutants(course, ["counts"], sample=1, jobs=1)
    (drawn,) = [result.mutant.id for result in trial.results]
    list_equivalents(tmp_path, (drawn, "Is it?"))
    (without,) = try_mutants(load_course(tmp_path), ["counts"], sample=1000, jobs=1)
    others = {mutant.id for mutant in mutants_of(tmp_path, course.unit("counts"))} - {drawn}
    assert {result.mutant.id for result in without.results} == others


def test_mutants_of_a_task_that_cannot_be_run_are_left_out(tmp_path, monkeypatch):
    make_course(tmp_path)
    text = (tmp_path / "exercises/counts/unit.toml").read_text(encoding="utf-8")
    write(
        tmp_path / "exercises/counts/unit.toml", text.replace('title = "A sum"', 'title = "A sum"\nlibrary = "triton"')
    )
    course = load_course(tmp_path)
    monkeypatch.setattr("grader.course.model.find_spec", lambda name: name)
    assert module._Trial(course, course.unit("counts"), "secret").mutants
    monkeypatch.setattr("grader.course.model.find_spec", lambda name: None)
    assert module._Trial(course, course.unit("counts"), "secret").mutants == []
    assert module._Trial(course, course.unit("lines"), "secret").mutants


def test_what_does_not_exist_is_told(course):
    with pytest.raises(NotFoundError, match=r'no mutant "slope\.sign\.00000000"'):
        try_mutants(course, only=["slope.sign.00000000"])
    with pytest.raises(NotFoundError, match="no unit"):
        try_mutants(course, ["line"])


def test_a_suite_that_its_solution_fails_proves_nothing(tmp_path):
    with pytest.raises(CourseError, match="test_no_solution_passes ends as failed on the solution itself"):
        try_mutants(make_broken_course(tmp_path), jobs=1)


def test_what_the_grader_breaks_on_is_not_killed(monkeypatch, course):
    class Breaking:
        notes = ()

        def __init__(self):
            self.jobs = 0

        def grade(self, job, on_record):
            self.jobs += 1
            if self.jobs > 1:
                raise CourseError("out of order")

        def close(self):
            pass

    monkeypatch.setattr(module, "open_judge", lambda *arguments: Breaking())
    (trial,) = try_mutants(course, ["counts"], jobs=1)
    assert {(result.status, result.reason) for result in trial.results} == {(MutantStatus.GRADER_ERROR, "out of order")}
    assert trial.percent == 0.0


def test_a_library_that_is_missing_is_named(monkeypatch, course):
    monkeypatch.setitem(__import__("sys").modules, "grader.proof.mutation.search", None)
    with pytest.raises(UnavailableError, match="which is not installed"):
        try_mutants(course)


def test_ctrl_c_says_how_far_it_was(course):
    def stop(done, total):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted, match=r"stopped: 2 of \d+ mutants were run"):
        try_mutants(course, ["counts"], jobs=1, on_run=stop)
