"""Proofs: a whole course has no problems; each way in which a suite can fail to hold is found."""

import numpy as np
import pytest

from grader.course import layout
from grader.judge.local_students import local_student, patched
from grader.proof import by_unit, check
from grader.proof.check import Proof
from grader.proof.local_suites import in_session
from grader.records.proof import VisibleMisconceptions


def test_a_whole_course_has_no_problems(prepared):
    assert prepared.proof.problems == ()


def test_points_are_those_of_all_tests(prepared):
    expected = {"slope": 4.5, "residuals": 5.0, "centred": 3.0, "centred_slope": 4.0}
    assert prepared.proof.points == {f"lines.{task}": value for task, value in expected.items()} | {"counts.total": 4.0}


def test_hidden_points_leave_out_what_students_have(prepared):
    hidden = {"slope": 3.5, "residuals": 4.0, "centred": 2.0, "centred_slope": 3.0}
    assert prepared.hidden_points == {f"lines.{task}": value for task, value in hidden.items()} | {"counts.total": 3.0}


def test_misconceptions_are_measured_test_by_test(prepared):
    (entry,) = [result for result in prepared.proof.caught if result.name == "ratio_of_means"]
    assert entry.named
    assert entry.earned == {
        "line.test_slope_matches_the_worked_example": 1.0,
        "line.test_slope_agrees_with_least_squares": 0.0,
        "line.test_slope_is_a_plain_number": 1.0,
    }


def test_no_misconception_is_run_again_to_name_the_others(prepared):
    assert sum(result.named for result in prepared.proof.caught) == 9
    assert prepared.run_again == []


def test_misconceptions_that_the_visible_tests_alone_fail_are_counted(prepared):
    assert prepared.proof.visible_misconceptions == {
        "lines": VisibleMisconceptions(
            3,
            7,
            (
                "slope.ratio_of_means",
                "residuals.residuals_negated",
                "centred.around_the_median",
                "centred_slope.not_centred",
            ),
        ),
        "counts": VisibleMisconceptions(2, 2),
    }


def test_every_step_is_timed(prepared):
    here = {"stubs", "solutions", "examples", "tolerances", "misconceptions", "variants", "answers without work"}
    assert set(prepared.proof.seconds) == here | {"workers", "functions", "bans"}


def test_a_proof_is_kept_and_says_the_same_the_next_time(prepared):
    assert prepared.steps_again == ["searching the exercises for leaks"]
    assert prepared.again == prepared.proof


@pytest.mark.parametrize(("anew", "run"), [(False, ["counts"]), (True, ["lines", "counts"])])
def test_what_was_proven_is_proven_again_only_if_that_is_asked_for(course, monkeypatch, anew, run):
    asked = []
    kept = {"lines": Proof((), {}, (), {"stubs": 1.0})}
    monkeypatch.setattr(check, "_kept", lambda course, units: kept)
    monkeypatch.setattr(check, "leaks_of_exercises", lambda root, units: [])

    def proven(course, units, *rest):
        asked.extend(units)
        return [Proof((), {}, (), {"stubs": 2.0}) for unit in units]

    monkeypatch.setattr(check, "run_by_unit", proven)
    assert check.prove(course, anew=anew).seconds == {"stubs": 4.0 if anew else 3.0}
    assert asked == run


def test_the_parts_of_a_proof_are_together_the_whole(prepared):
    whole, in_parts = prepared.broken, prepared.in_parts
    assert list(in_parts.problems) == [problem for problem in whole.problems if problem.where.startswith("sums.")]
    assert in_parts.caught == whole.caught
    assert in_parts.points == {name: points for name, points in whole.points.items() if name.startswith("sums.")}
    assert in_parts.trivial == {"sums": whole.trivial["sums"]}
    assert in_parts.visible_misconceptions == {"sums": whole.visible_misconceptions["sums"]}
    assert in_parts.slowest.keys() == {"sums"}


@pytest.mark.parametrize(("units", "jobs", "runs"), [(["lines"], 2, 2), (["lines"], 1, 1), (["lines", "counts"], 2, 2)])
def test_a_single_unit_keeps_two_cores_busy(course, monkeypatch, units, jobs, runs):
    asked = []

    def side_by_side(course, runs, *rest):
        asked.extend(unit for unit, _ in runs)
        return [Proof((), {}, (), {}) for _ in runs]

    for module in (check, by_unit):
        monkeypatch.setattr(module, "run_side_by_side", side_by_side)
    monkeypatch.setattr(check, "leaks_of_exercises", lambda root, units: [])
    monkeypatch.setattr(check, "KeptProofs", NothingKept)
    check.prove(course, units, jobs=jobs)
    assert asked == (units * 2)[:runs]


class NothingKept:
    """What keeps no proofs."""

    def __init__(self, *arguments):
        pass

    def get(self, unit):
        return None

    def proven(self, unit, prove):
        return prove()


def test_a_stub_that_passes_is_a_problem(prepared):
    assert "add.test_any_stub_passes ends as passed on the stub, not as not_attempted" in _whats(prepared)


def test_a_solution_that_fails_is_a_problem(prepared):
    assert any(what.startswith("add.test_no_solution_passes ends as failed on the sol") for what in _whats(prepared))


def test_tests_that_call_another_task_which_is_not_required_are_a_problem(prepared):
    sentence = 'its tests call kept: add it to "requires", or test that where kept is tested'
    assert sentence in [problem.what for problem in prepared.broken.problems if problem.where == "sums.opened"]


def test_points_that_differ_in_a_worker_are_a_problem_where_tests_pass_functions(prepared):
    told = [problem.what for problem in prepared.broken.problems if problem.where == "sums.applied"]
    test, because = "add.test_is_what_the_function_returns", "; a function of the test may rely on what student code"
    assert [what.partition(because)[0].partition(":")[0] for what in told if because in what] == [
        f"{test} gives one_too_small 2 points in a worker, and 0 here",
        f"{test} gives applied__in_this_process 0 points in a worker, and 2 here",
    ]


def test_a_misconception_that_does_what_another_does_is_a_problem(prepared):
    sentence = "no failing hidden test names second_subtracted: another misconception may do the same"
    assert sentence in _whats(prepared)


def test_a_right_answer_that_the_suite_refuses_is_a_problem_with_what_differed(prepared):
    sentence = "add.test_no_solution_passes ends as failed on the variant added__the_other_way_round: "
    (what,) = [what for what in _whats(prepared) if what.startswith(sentence)]
    assert what.removeprefix(sentence) == "the result is wrong; added(1, 2); got 3; expected 4"


def test_a_variant_is_tested_where_other_tasks_call_it(prepared):
    sentence = "add.test_is_added_to_itself ends as failed on the variant added__of_whole_numbers"
    assert any(what.startswith(sentence) for what in _whats(prepared))


def test_what_a_variant_keeps_in_its_cache_is_its_own_affair(prepared):
    assert not any("kept__" in problem.what for problem in prepared.broken.problems)


def test_a_variant_is_called_by_the_solutions_of_other_files_too_and_only_while_it_stands_in(course):
    x, y = np.array([1.0, 2.0, 4.0]), np.array([1.0, 3.0, 2.0])
    folder = course.root / "solutions" / "lines"
    student = local_student(course, "lines", folder, wrap=True)
    with patched(course, "lines", folder, "slope", lambda x, y: 7.0):
        assert (student.slope(x, y), student.centred_slope(x, y)) == (7.0, 7.0)
        assert student.residuals(x, y).tolist() == (y - 7 * x).tolist()
    assert student.slope(x, y) != 7.0
    assert student.centred_slope(x, y) != 7.0


def test_a_variant_of_no_task_is_left_to_the_lint(prepared):
    assert not any("nothing__" in problem.what for problem in prepared.broken.problems)


def test_variants_that_do_not_load_are_a_problem(prepared):
    (problem,) = [item for item in prepared.broken.problems if "torn" in item.where]
    assert problem.where == "tests/hidden/torn/variants.py"
    assert problem.what == "does not load: ModuleNotFoundError: No module named 'numpy.nowhere'"


def _whats(prepared):
    return [problem.what for problem in prepared.broken.problems if problem.where == "sums.added"]


def test_a_course_that_is_edited_between_two_runs_of_one_process_is_read_again(course):
    titles = []
    for title in ("A toy course", "Another title"):
        layout.registry(course.root).write_text(
            layout.registry(course.root).read_text(encoding="utf-8").replace("A toy course", title), encoding="utf-8"
        )
        in_session(course, ["counts"], lambda session: titles.append(session.course.title))
    assert titles == ["A toy course", "Another title"]


def test_what_a_release_would_refuse_is_a_problem(prepared):
    problems = [problem.what for problem in prepared.broken.problems if problem.where == "exercises/sums/notes.md"]
    assert problems == ["would give this away: the name of the wrong answer second_subtracted"]
