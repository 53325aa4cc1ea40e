"""Cells of a unit's notebook: their ids, kinds and points, and the points of a submission."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from grader.course.model import Course, Unit
from grader.course.registry import load_course
from grader.course.suite import unit_points
from grader.gradebook.scores import Case, Graded, grade_of
from grader.nbgrader.cells import Cell, CellKind, cells_of, points_of
from grader.records import Choice, Result, Status, TestRecord, Verdict
from grader.records.grades import Attempt, Person
from grader.records.rules import Rules
from tests.tiny_course import course, root, write

__all__ = ["course", "root"]
OURS = load_course(Path(__file__).parents[2])


def ids(cells: tuple[Cell, ...], *kinds: CellKind) -> list[str]:
    return [cell.grade_id for cell in cells if not kinds or cell.kind in kinds]


def test_each_task_is_followed_by_its_visible_and_hidden_tests(course: Course) -> None:
    cells = cells_of(course, course.unit("lines"))
    assert ids(cells) == [
        "slope",
        "test_matches_the_worked_example",
        "test_slope_agrees_with_the_reference",
        "test_slope_refuses_bad_input",
        "residuals",
        "test_matches_the_worked_example_too",
        "test_residuals_agrees_with_the_reference",
        "test_residuals_refuses_bad_input",
        "by-hand",
    ]
    assert cells[2] == Cell(
        "test_slope_agrees_with_the_reference",
        CellKind.HIDDEN,
        2.5,
        "slope",
        "line.test_slope_agrees_with_the_reference",
        "slope agrees with the reference",
        "random numbers",
    )


def test_a_name_that_two_files_have_is_told_apart_by_the_file(course: Course, root: Path) -> None:
    path = root / "tests/hidden/lines/test_line.py"
    write(root / "tests/hidden/lines/test_other.py", path.read_text(encoding="utf-8"))
    names = ids(cells_of(course, course.unit("lines")), CellKind.HIDDEN)
    assert "line-test_slope_refuses_bad_input" in names
    assert "other-test_slope_refuses_bad_input" in names


def test_decisions_by_hand_have_a_cell_of_no_points(course: Course) -> None:
    cell = cells_of(course, course.unit("lines"))[-1]
    assert (cell.kind, cell.points, cell.is_graded) == (CellKind.BY_HAND, 0.0, True)


def test_a_choice_has_the_points_and_its_tests_have_none(course: Course) -> None:
    unit = replace(course.unit("lines"), choices=(Choice("One of two", 1, (("slope",), ("residuals",))),))
    cells = cells_of(course, unit)
    assert {cell.points for cell in cells if cell.is_test} == {0.0}
    assert cells[-2] == Cell(
        "choice-1",
        CellKind.CHOICE,
        4.5,
        title="One of two: the best 1 of 2 count",
        tasks=("slope", "residuals"),
    )


def test_questions_for_people_come_last_under_ids_that_nbgrader_takes(course: Course) -> None:
    rules = Rules(questions={"lines": {"Why squares?": 3, "proof": 2.5}})
    cells = cells_of(replace(course, rules=rules), course.unit("lines"))[-3:-1]
    assert [(cell.grade_id, cell.kind, cell.points, cell.title) for cell in cells] == [
        ("question-1-Why-squares", CellKind.QUESTION, 3.0, "Why squares?"),
        ("question-2-proof", CellKind.QUESTION, 2.5, "proof"),
    ]


@pytest.mark.parametrize("unit", OURS.units, ids=lambda unit: unit.name)
def test_every_unit_has_unique_ids_and_its_own_points(unit: Unit) -> None:
    cells = cells_of(OURS, unit)
    names = ids(cells)
    assert len(set(names)) == len(names) > 10
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]+", name) for name in names)
    assert all(type(cell.points) is float for cell in cells)
    graded = [cell.points for cell in cells if cell.kind is not CellKind.QUESTION]
    assert sum(graded) == pytest.approx(unit_points(OURS.root, unit))


TESTS = tuple(
    Cell(f"test_{name}", CellKind.HIDDEN, points, "slope", f"line.test_{name}")
    for name, points in {"a": 10.0, "b": 8.0, "c": 2.0}.items()
)


def record(name: str, points: float, earned: float, verdict: Verdict = Verdict.PASSED, task="slope") -> TestRecord:
    return TestRecord("lines", task, f"line.test_{name}", name, True, points, earned, verdict)


def result(*tests: TestRecord, **fields) -> Result:
    return Result("anna", "lines", Status.GRADED, tests=tests, **fields)


def test_points_are_those_of_the_records() -> None:
    tests = record("a", 10, 10), record("b", 8, 2.5, Verdict.FAILED), record("c", 2, 0, Verdict.TIMED_OUT)
    points = points_of(TESTS, result(*tests))
    assert points == {"test_a": 10.0, "test_b": 2.5, "test_c": 0.0}
    assert {type(value) for value in points.values()} == {float}


def test_what_was_not_measured_gets_the_share_of_the_rest() -> None:
    tests = record("a", 10, 10), record("b", 8, 3.5, Verdict.FAILED), record("c", 2, 0, Verdict.TOO_NOISY)
    assert points_of(TESTS, result(*tests)) == {"test_a": 10.0, "test_b": 3.5, "test_c": 1.5}


def test_what_was_not_measured_waits_for_a_person_if_it_is_much() -> None:
    tests = record("a", 10, 10), record("b", 8, 0, Verdict.GRADER_ERROR), record("c", 2, 2)
    assert points_of(TESTS, result(*tests)) == {"test_a": 10.0, "test_b": None, "test_c": 2.0}


def test_a_refused_hand_in_waits_for_a_person_unless_it_was_given_zero() -> None:
    refused = Result("anna", "lines", Status.REJECTED)
    assert set(points_of(TESTS, refused).values()) == {None}
    assert set(points_of(TESTS, replace(refused, zero=True)).values()) == {0.0}


def test_all_cases_of_a_test_belong_to_one_cell() -> None:
    cells = (Cell("test_a", CellKind.VISIBLE, 4.0, "slope", "line.test_a"),)
    tests = record("a[2]", 2, 2), record("a[3]", 2, 1, Verdict.FAILED)
    assert points_of(cells, result(*tests)) == {"test_a": 3.0}


def test_of_a_choice_the_best_option_counts() -> None:
    choice = Choice("One of two", 1, (("slope",), ("residuals",)))
    cells = (
        replace(TESTS[0], points=0.0),
        Cell("test_d", CellKind.HIDDEN, 0.0, "residuals", "line.test_d"),
        Cell("choice-1", CellKind.CHOICE, 10.0, tasks=choice.tasks),
    )
    tests = record("a", 10, 4, Verdict.FAILED), record("d", 10, 7, Verdict.FAILED, task="residuals")
    assert points_of(cells, result(*tests, choices=(choice,))) == {"test_a": 0.0, "test_d": 0.0, "choice-1": 7.0}


EARNED = st.floats(0, 1)
VERDICTS = st.sampled_from([Verdict.PASSED, Verdict.FAILED, Verdict.TOO_NOISY, Verdict.SKIPPED])


@given(st.tuples(EARNED, EARNED, EARNED), st.tuples(VERDICTS, VERDICTS, VERDICTS))
def test_their_sum_is_the_gradebook_s(shares: tuple[float, ...], verdicts: tuple[Verdict, ...]) -> None:
    tests = [
        record(cell.test.removeprefix("line.test_"), cell.points, share * cell.points, verdict)
        for cell, share, verdict in zip(TESTS, shares, verdicts, strict=True)
    ]
    graded = result(*[replace(test, earned=0.0) if test.verdict.meaning.costs_nothing else test for test in tests])
    points = points_of(TESTS, graded)
    case = Case(Person("anna", line=2), {"lines": [Graded(graded, Attempt("anna", "lines"))]})
    raw = grade_of(case, {"lines": 20.0}, Rules()).units["lines"].raw
    if raw is None:
        assert None in points.values()
    else:
        assert sum(value or 0.0 for value in points.values()) == pytest.approx(raw, abs=0.006)
        assert None not in points.values()
