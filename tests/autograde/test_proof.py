"""Proofs: a whole course has no problems; each way in which a suite can fail to hold is found."""


def test_a_whole_course_has_no_problems(prepared):
    assert prepared.proof.problems == ()


def test_points_are_those_of_all_tests(prepared):
    expected = {"slope": 4.5, "residuals": 5.0, "centred": 3.0, "centred_slope": 4.0}
    assert prepared.proof.points == {f"lines.{task}": value for task, value in expected.items()} | {"counts.total": 4.0}


def test_hidden_points_leave_out_what_students_have(prepared):
    hidden = {"slope": 3.5, "residuals": 4.0, "centred": 2.0, "centred_slope": 3.0}
    assert prepared.hidden_points == {f"lines.{task}": value for task, value in hidden.items()} | {"counts.total": 3.0}


def test_misconceptions_are_measured_test_by_test(prepared):
    (entry,) = [each for each in prepared.proof.caught if each.name == "ratio_of_means"]
    assert entry.named
    assert entry.earned == {
        "line.test_slope_matches_the_worked_example": 1.0,
        "line.test_slope_agrees_with_least_squares": 0.0,
        "line.test_slope_is_a_plain_number": 1.0,
    }


def test_every_step_is_timed(prepared):
    assert set(prepared.proof.seconds) == {"stubs", "solutions", "misconceptions", "judge", "workers"}


def test_a_stub_that_passes_is_a_problem(prepared):
    assert "add.test_any_stub_passes ends as passed on the stub, not as not_attempted" in _whats(prepared)


def test_a_solution_that_fails_is_a_problem(prepared):
    assert any(what.startswith("add.test_no_solution_passes ends as failed on the sol") for what in _whats(prepared))


def test_a_misconception_that_is_taken_for_another_is_a_problem(prepared):
    told = "second_subtracted is taken for another misconception: The numbers are subtracted."
    assert told in _whats(prepared)


def _whats(prepared):
    return [problem.what for problem in prepared.broken.problems if problem.where == "sums.added"]
