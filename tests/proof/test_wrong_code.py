"""Misconceptions as students' own code: what they borrow, and that several of them in one file do not meet."""

import numpy as np
import pytest

from grader.proof.dependencies import Dependencies
from grader.proof.local_suites import MisconceptionResult
from grader.proof.wrong_code import ENDLESS, RIGHT, UNTOUCHED, WrongCode, student_files
from grader.worker.loader import Package
from tests.toy_course import make_course, write

X, Y = np.array([1.0, 2.0, 4.0]), np.array([1.0, 3.0, 2.0])


@pytest.fixture
def wrong(course):
    return WrongCode(course.root, "lines")


@pytest.fixture
def dependencies(course):
    return Dependencies(course.root, course.unit("lines"))


@pytest.fixture
def load(course, wrong):
    """Return a function that makes a student's modules from how the tasks are answered."""
    packages = []

    def modules(**answers):
        answers = {task: _answer(task, answers.get(task, RIGHT)) for task in TASKS}
        files = student_files(course.root, course.unit("lines"), answers, wrong)
        packages.append(Package("simulated_student", files))
        packages[-1].install()
        return packages[-1]

    yield modules
    for package in packages:
        package.remove()


TASKS = ("slope", "residuals", "centred", "centred_slope")


def _answer(task, answer):
    kinds = (RIGHT, UNTOUCHED, ENDLESS)
    return answer if answer in kinds else MisconceptionResult("lines", task, answer, "", {}, True)


def test_all_right_is_the_solution(load):
    package = load()
    assert package.module("line").slope(X, Y) == pytest.approx(15 / 21)
    assert package.module("shift").centred_slope(X, Y) == pytest.approx(np.polyfit(X, Y, 1)[0])


def test_untouched_is_the_stub(load):
    package = load(residuals=UNTOUCHED)
    assert package.module("line").slope(X, Y) == pytest.approx(15 / 21)
    with pytest.raises(NotImplementedError, match=r"lines\.residuals"):
        package.module("line").residuals(X, Y)


def test_endless_never_returns(course, load):
    assert "while True: pass" in load(centred=ENDLESS).get_source("simulated_student.shift")


def test_a_wrong_answer_calls_the_solution_as_it_was(load):
    assert load(slope="upside_down").module("line").slope(X, Y) == pytest.approx(15 / 14)


def test_helpers_of_the_same_name_do_not_meet(load):
    line = load(residuals="added_instead").module("line")
    assert line.residuals(X, Y) == pytest.approx(Y - 2 * X * 15 / 21)


def test_several_wrong_answers_in_one_file_do_not_meet(load):
    package = load(slope="upside_down", residuals="residuals_negated", centred="around_the_median")
    assert package.module("line").slope(X, Y) == pytest.approx(15 / 14)
    assert package.module("shift").centred(X) == pytest.approx(X - 2)
    # residuals looks slope up as it is called: this is why tasks that build on a wrong one are left untouched
    assert package.module("line").residuals(X, Y) == pytest.approx(-(Y - X * 15 / 14))


def test_siblings_and_the_own_file_are_told_apart(load):
    shift = load(centred_slope="only_one_is_centred").module("shift")
    centred = X - X.mean()
    assert shift.centred_slope(X, Y) == pytest.approx(centred @ (Y + X) / (centred @ centred))


@pytest.mark.parametrize(
    ("name", "borrowed"),
    [
        ("upside_down", {("line", "slope")}),
        ("ratio_of_means", set()),
        ("added_instead", {("line", "slope")}),
        ("only_one_is_centred", {("line", "slope"), ("shift", "centred")}),
    ],
)
def test_what_a_wrong_answer_borrows(wrong, name, borrowed):
    assert wrong.borrows(name) == borrowed


def test_a_wrong_answer_with_the_graders_own_helpers_is_not_portable(tmp_path):
    write(
        make_course(tmp_path).root / "tests/hidden/counts/misconceptions.py",
        "import math\nfrom grader.judge import misconception, to_torch\n\n\n"
        '@misconception("total", "Text.")\ndef borrowed(x):\n    return to_torch(x)\n\n\n'
        '@misconception("total", "Text.")\ndef own(x):\n    return math.fsum(x)\n',
    )
    code = WrongCode(tmp_path, "counts")
    assert (code.portable("own"), code.portable("borrowed")) == (True, False)


def test_tasks_that_build_on_others(dependencies):
    assert dependencies.of_task("slope") == set()
    assert dependencies.of_task("residuals") == {"slope"}
    assert dependencies.of_task("centred_slope") == {"slope", "centred"}


def test_calls_count_that_the_registry_does_not_know(tmp_path):
    root = make_course(tmp_path).root
    text = (root / "solutions/lines/line.py").read_text()
    write(root / "solutions/lines/line.py", text.replace("return a * x", "return a * x + 0 * slope(x, x)"))
    unit_file = root / "exercises/lines/unit.toml"
    write(unit_file, unit_file.read_text().replace('requires = ["slope"]\n', ""))
    from grader.course.registry import load_course

    unit = load_course(root).unit("lines")
    assert unit.tasks[1].requires == ()
    assert Dependencies(root, unit).of_task("residuals") == {"slope"}


def test_files_that_do_not_load_without_another(dependencies):
    assert dependencies.files_that_need("line") == {"line", "shift"}
    assert dependencies.files_that_need("shift") == {"shift"}
