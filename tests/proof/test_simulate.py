"""Simulated classes: the same seed gives the same files, and grading them brings exactly what is expected."""

import random
import zipfile

import msgspec
import pytest

from grader.errors import CourseError, DeepgradeError
from grader.proof.expectation import Expected, WrongAnswer
from grader.proof.local_suites import MisconceptionResult
from grader.proof.simulate import Measured, _Simulation, expectation_path, read_expectation, simulate, verify
from grader.records import Result, Status, TestRecord, Verdict


def no_result(task, name):
    raise AssertionError(f"nobody draws {name}")


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_seed_gives_the_same_files(prepared, classes):
    first = contents(classes / "first")
    assert first
    assert first == contents(classes / "second")


def test_the_expectation_lies_beside_the_class_not_in_it(prepared, classes):
    assert expectation_path(classes / "first").is_file()
    assert all(name.startswith("s0") for name in contents(classes / "first"))


def test_both_forms_of_handing_in_occur(prepared, classes):
    forms = {path.suffix for path in (classes / "first").rglob("*") if path.is_file()}
    assert forms == {".py", ".zip"}
    for path in (classes / "first").rglob("*.zip"):
        assert "manifest.json" in zipfile.ZipFile(path).namelist()


def test_every_grade_is_as_expected(graded, expected):
    assert verify(graded.results, expected) == []


def test_the_class_has_students_of_every_kind(expected):
    points = {"lines": 16.5, "counts": 4.0}
    assert any(grade.earned == points[grade.unit] for grade in expected)
    assert any(grade.remark == "not attempted" for grade in expected)
    assert any(grade.remark.startswith("syntax error in ") for grade in expected)
    assert any(grade.remark.endswith("is missing") for grade in expected)
    assert any(grade.status is Status.MISSING for grade in expected)
    assert sum(len(grade.misconceptions) for grade in expected) >= 3


def test_several_wrong_answers_in_one_unit_are_graded_each_for_itself(graded, expected):
    several = [grade for grade in expected if len(grade.misconceptions) > 1]
    assert several, "choose another seed: nobody has two misconceptions"


def test_a_loop_without_end_costs_only_its_task(graded):
    (looping,) = [grade for grade in graded.results if grade.remark.startswith("timed out")]
    assert looping.remark == "timed out: total"


def test_verify_names_wrong_points(graded, expected):
    index = next(number for number, grade in enumerate(expected) if grade.tasks)
    task = next(iter(expected[index].tasks))
    wrong = msgspec.structs.replace(expected[index], tasks=expected[index].tasks | {task: 99.0})
    (sentence,) = verify(graded.results, [*expected[:index], wrong, *expected[index + 1 :]])
    assert f"{task} has" in sentence
    assert "instead of 99 points" in sentence


def test_verify_names_a_misconception_that_is_not_said(graded, expected):
    index = next(number for number, grade in enumerate(expected) if grade.tasks)
    task = next(iter(expected[index].tasks))
    wrong = msgspec.structs.replace(expected[index], misconceptions=(WrongAnswer(task, "x", "Never said."),))
    assert any("says: Never said." in sentence for sentence in verify(graded.results, [wrong]))


def test_verify_names_results_that_are_too_many_or_too_few(graded, expected):
    assert any("there is no result" in sentence for sentence in verify(graded.results[1:], expected))
    assert any("nobody expected" in sentence for sentence in verify(graded.results, expected[1:]))


def test_a_folder_with_something_else_is_left_alone(course, tmp_path, monkeypatch):
    monkeypatch.setattr("grader.proof.simulate.run_by_unit", None)
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(DeepgradeError, match="holds something else"):
        simulate(course, tmp_path)
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_no_students_make_no_class(course, tmp_path):
    with pytest.raises(DeepgradeError, match="0 students"):
        simulate(course, tmp_path / "class", students=0)


def test_a_folder_without_expectation_is_no_simulated_class(tmp_path):
    with pytest.raises(DeepgradeError, match="no simulated class"):
        read_expectation(tmp_path)


def test_a_broken_expectation_is_told(tmp_path):
    expectation_path(tmp_path / "class").write_text("[{]")
    with pytest.raises(DeepgradeError, match="broken"):
        read_expectation(tmp_path / "class")


def test_only_a_file_whose_tests_run_here_is_broken_or_lost(course):
    unit = course.unit("lines")
    points = {task.name: 1.0 if task.file == "shift" else 0.0 for task in unit.tasks}
    simulation = _Simulation(course, unit, Measured(points, {}, {}, {}, no_result), seed=0)
    expected = Expected("s001", "lines", Status.GRADED, 2.0, dict(points))
    for kind in ("lost", "broken"):
        damaged = simulation._damage({"line": "", "shift": ""}, expected, kind)
        assert "shift.py" in damaged.remark


TIMED = Expected("s001", "lines", Status.GRADED, 2.0, {"slope": 2.0}, timed={"line.fast": 3.0})


def graded_with(points):
    certain = TestRecord("lines", "slope", "line.test", "t", True, 2.0, 2.0, Verdict.PASSED)
    race = TestRecord("lines", "slope", "line.fast", "t", True, 3.0, points, Verdict.PASSED)
    return [Result("s001", "lines", Status.GRADED, tests=(certain, race))]


def test_what_a_timed_test_brings_is_expected_only_where_nothing_is_timed():
    assert verify(graded_with(1.0), [TIMED]) == []
    assert verify(graded_with(3.0), [TIMED], dry_run=True) == []
    assert verify(graded_with(1.0), [TIMED], dry_run=True) == [
        "s001, lines: line.fast has 1 instead of 3 points",
    ]
    wrong = msgspec.structs.replace(TIMED, timed={"line.fast": 0.0})
    assert verify(graded_with(1.0), [wrong]) == ["s001, lines: line.fast has 1 instead of 0 points"]


def test_a_timed_task_is_certain_only_in_what_is_not_timed(course):
    unit = course.unit("counts")
    measured = Measured({"total": 5.0}, {"total": 2}, {}, {"total": {"count.fast": 3.0}}, no_result)
    simulation = _Simulation(course, unit, measured, seed=0)
    right, empty = (simulation._expected("s001", {"total": answer}) for answer in ("right", "untouched"))
    assert (right.earned, right.timed) == (2.0, {"count.fast": 3.0})
    assert (empty.earned, empty.timed) == (0.0, {"count.fast": 0.0})


def test_only_the_named_unit_is_made_up_and_progress_is_told(course, tmp_path, monkeypatch):
    def in_session(course, units, use):
        assert units == ["counts"]
        use(None)

    monkeypatch.setattr("grader.proof.simulate.in_session", in_session)
    monkeypatch.setattr("grader.proof.simulate.LocalSuites", lambda course, session: None)
    measured = Measured({"total": 4.0}, {"total": 2}, {"total": ()}, {}, no_result)
    monkeypatch.setattr("grader.proof.simulate.measure", lambda suites, unit: measured)
    steps = []
    expected = simulate(course, tmp_path / "class", students=2, units=["counts"], on_progress=steps.append)
    assert {entry.unit for entry in expected} == {"counts"}
    assert steps == ["counts: what the solutions earn", "counts: student 1 of 2", "counts: student 2 of 2"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["class", "class.expected.json"]


def test_an_earlier_class_stays_where_a_new_one_cannot_be_made(course, tmp_path, monkeypatch):
    folder = tmp_path / "class"
    (folder / "s001").mkdir(parents=True)
    expectation_path(folder).write_text("[]")

    def failing(course, units, use):
        raise CourseError("a suite is broken")

    monkeypatch.setattr("grader.proof.simulate.in_session", failing)
    with pytest.raises(CourseError, match="a suite is broken"):
        simulate(course, folder, students=2, units=["counts"])
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["class", "class.expected.json", "s001"]


def test_a_mistake_is_measured_once_it_is_drawn_and_one_without_a_name_is_never_chosen(course):
    unit = course.unit("lines")
    names = {"slope": ("unnamed", "named"), **{task.name: () for task in unit.tasks if task.name != "slope"}}
    asked = []

    def result(task, name):
        asked.append(name)
        return MisconceptionResult("lines", task, name, "Text.", {}, named=name == "named")

    points = dict.fromkeys(names, 1.0)
    simulation = _Simulation(course, unit, Measured(points, {}, names, {}, result), seed=0)
    simulation._possible = lambda task, name, before: True
    drawn = {simulation._answer("slope", {}, (0.0, 1.0, 0.0), random.Random(seed)).name for seed in range(20)}
    assert drawn == {"named"}
    assert set(asked) == {"named", "unnamed"}
    asked.clear()
    assert simulation._answer("slope", {}, (1.0, 0.0, 0.0), random.Random(0)) == "right"
    assert asked == []


def test_a_lost_file_costs_its_tasks_and_leaves_open_what_leans_on_it(course):
    unit = course.unit("lines")
    points = {task.name: 2.0 for task in unit.tasks}
    simulation = _Simulation(course, unit, Measured(points, {}, {}, {}, no_result), seed=0)
    lost = simulation._without("line", Expected("s001", "lines", Status.GRADED, 2.0 * len(points), dict(points)))
    homes = {task.name: task.file for task in unit.tasks}
    assert lost.tasks
    assert lost.at_most
    assert all(earned == 0 for name, earned in lost.tasks.items() if homes[name] == "line")
    assert all(homes[name] != "line" and most == 2 for name, most in lost.at_most.items())
    assert lost.tasks.keys() | lost.at_most.keys() == points.keys()


def test_a_task_that_leans_on_a_lost_file_has_at_most_its_points():
    leaning = Expected("s001", "lines", Status.GRADED, 0.0, {}, at_most={"slope": 3.0})
    assert verify(graded_with(1.0), [leaning]) == []
    assert verify(graded_with(3.0), [leaning]) == ["s001, lines: slope has 5 points, more than 3"]
