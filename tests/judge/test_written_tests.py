"""Tests that students write: what they earn in sealed workers, and what attacks on the scoring win."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from grader.judge.outcomes import CheckFailed, StudentRaised
from grader.judge.test_workers import Called, Ended
from grader.judge.written_tests import Examination, Examiner, Recorded
from tests.attacks.written import FILES, HEAD
from tests.course_with_tests import SOLUTION, Grade, earned, grading_tests

GOOD = "def test_total():\n    assert total(X) == pytest.approx(10.5)\n"


@pytest.fixture(scope="module")
def grade(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grade]:
    """Return a function that grades a file of tests in sealed workers."""
    with grading_tests(tmp_path_factory.mktemp("tests") / "course") as graded:
        yield graded


def test_the_reference_tests_catch_everything_beside_a_wrong_solution_of_ones_own(grade: Grade) -> None:
    """The student's `total` is wrong here, and has no part in it."""
    assert earned(grade(SOLUTION)) == 2.0


def test_a_test_is_worth_what_it_catches(grade: Grade) -> None:
    records = grade(HEAD + "def test_total():\n    assert total(np.array([[1.0, 2.0]])) == 3.0\n")
    assert {name: record.earned for name, record in records.items()} == {
        "a_mean_is_caught": 0.5,
        "two_other_wrong_sums_are_caught": 0.5,
        "means_are_caught": 0.5,
        "one_row_is_caught": 0.0,
    }
    assert records["one_row_is_caught"].feedback.message == (
        "0 of 1 wrong versions of total are caught; missed: Only the first row is added up."
    )


def test_each_wrong_version_is_worth_its_share(grade: Grade) -> None:
    records = grade(HEAD + "def test_total():\n    assert total(np.zeros((2, 2))) == 0.0\n")
    shared = records["two_other_wrong_sums_are_caught"]
    assert (shared.earned, shared.feedback.message) == (0.25, "no test fails beside last_row_left_out")


def test_a_test_that_fails_what_is_right_is_worth_nothing_and_spoils_no_other(grade: Grade) -> None:
    too_strict = "\n\ndef test_strict():\n    assert type(total(X)) is int, f'got {total(X)}'\n"
    assert earned(grade(HEAD + GOOD + too_strict)) == 2.0
    records = grade(HEAD + "def test_total():\n    pass\n" + too_strict)
    assert earned(records) == 0
    assert "it fails beside a right total: AssertionError" in records["means_are_caught"].feedback.message
    assert "10.5" not in records["means_are_caught"].feedback.message
    assert "got 10.5" in records["a_mean_is_caught"].feedback.message


def test_parametrized_tests_and_expected_exceptions_work_without_pytest(grade: Grade) -> None:
    text = (
        '@pytest.mark.parametrize("rows, want", [(1, 2.0), (3, 6.0)])\n'
        "def test_total(rows, want):\n    assert total(np.ones((rows, 2))) == pytest.approx(want)\n"
        "def test_refusal():\n    with pytest.raises(AttributeError):\n        total('text')\n"
    )
    records = grade(HEAD + text)
    assert records["means_are_caught"].earned == records["one_row_is_caught"].earned == 0.5


def test_the_function_may_be_reached_through_its_module_and_while_the_file_loads(grade: Grade) -> None:
    text = "import numpy as np\nfrom . import count\nfrom .count import total as f\n\nFIRST = f(np.ones((2, 2)))\n"
    assert earned(grade(text + "def test_total():\n    assert count.total(np.ones((2, 2))) == FIRST == 4.0\n")) == 2.0


@pytest.mark.parametrize("name", ["always fails", "always passes", "imports its own solution", "looks into tracebacks"])
def test_an_attack_wins_nothing(grade: Grade, name: str) -> None:
    """Try the commonest here; `tests/doors/test_attacks_by_tests.py` tries all of them."""
    records = grade(FILES[name])
    assert len(records) == 4
    assert earned(records) == 0, {test: record.feedback.message for test, record in records.items()}


def right(x: np.ndarray) -> float:
    return float(x.sum())


def wrong(x: np.ndarray) -> float:
    return float(x.sum()) + 1.0


class ByHand:
    """Runs whose outcomes follow from a function of the test's answer and of the number of the run."""

    is_shared = False

    def __init__(self, fails: Callable[[float, int], bool], names: tuple[str, ...] = ("test_total",)) -> None:
        self._fails, self._names = fails, names
        self.count = 0

    def names(self, function: Called) -> tuple[str, ...]:
        return self._names

    def run(self, name: str, function: Called) -> Ended:
        self.count += 1
        is_failing = self._fails(function(np.ones(3)), self.count)
        return Ended(StudentRaised(("AssertionError",), "", function=name) if is_failing else None)


def test_an_honest_test_catches_in_three_runs_with_right_ones_in_between() -> None:
    runs = ByHand(lambda answer, run: answer != 3.0)
    examination = Examination(runs, "total", [right])
    assert runs.count == 2
    assert examination.catches(wrong)
    assert runs.count == 7


def test_a_failure_that_no_answer_explains_is_refused() -> None:
    """From its third run on this test fails whatever is answered, and the function answers as the right one."""
    examination = Examination(ByHand(lambda answer, run: run > 2), "total", [right])
    assert not examination.catches(right)
    assert examination.refused == {"test_total": "fails beside a total that has answered as the right one does"}


def test_a_test_that_counts_its_runs_catches_nothing() -> None:
    for turn in range(3, 9):
        examination = Examination(ByHand(lambda answer, run, turn=turn: run >= turn), "total", [right])  # type: ignore[misc]
        assert not examination.catches(wrong)


def test_failing_at_random_is_worth_next_to_nothing() -> None:
    """At any rate of failing, twenty such tests catch less than 3 % of wrong versions; drawn with a fixed seed."""
    names = tuple(f"test_{number}" for number in range(20))
    for rate in (0.05, 0.1, 0.2, 0.3, 0.5):
        chance = np.random.default_rng(8)
        caught = 0
        for _ in range(15):
            runs = ByHand(lambda answer, run: chance.random() < rate, names)  # noqa: B023 (used at once)
            examination = Examination(runs, "total", [right, right, right])
            caught += sum(examination.catches(wrong) for _ in range(5))
        assert caught <= 2, rate


def test_only_the_first_twenty_tests_are_run() -> None:
    names = tuple(f"test_{number}" for number in range(21))
    examination = Examination(ByHand(lambda answer, run: False, names), "total", [right])
    assert len(examination.names) == 20
    assert examination.has_too_many


def test_answers_of_later_runs_come_from_the_record_and_cannot_be_changed() -> None:
    asked = []

    def version(x: np.ndarray) -> np.ndarray:
        asked.append(1)
        return x + 1

    recorded = Recorded("total", version, version)
    x = np.zeros(2)
    recorded(x)[:] = 7
    recorded.start_run()
    assert recorded(x).tolist() == [1.0, 1.0]
    assert len(asked) == 1
    assert recorded(np.ones(2)).tolist() == [2.0, 2.0]


def test_what_changes_its_argument_is_asked_in_every_run() -> None:
    def version(x: np.ndarray) -> np.ndarray:
        x += 1
        return x

    recorded = Recorded("total", version, lambda x: x + 1)
    for _ in range(2):
        recorded.start_run()
        x = np.zeros(2)
        assert recorded(x) is x
        assert x.tolist() == [1.0, 1.0]
    assert recorded.differs


def test_a_test_may_not_call_endlessly() -> None:
    recorded = Recorded("total", right, right)
    for _ in range(200):
        recorded(np.ones(1))
    with pytest.raises(RuntimeError, match="200 times"):
        recorded(np.ones(1))


def test_an_exception_is_an_answer() -> None:
    def refuses(x: object) -> float:
        raise ValueError("no")

    recorded = Recorded("total", refuses, right)
    for _ in range(2):
        recorded.start_run()
        with pytest.raises(ValueError, match="refuses these"):
            recorded(np.ones(1))
    assert recorded.differs


def test_an_examiner_names_public_versions_with_what_they_say() -> None:
    def nothing(x: np.ndarray) -> float:
        """Return zero."""
        return 0.0

    failure = Examiner("total", right, public=True)._failure(
        Examination(ByHand(lambda answer, run: False), "total", [right]), [nothing], 2
    )
    assert isinstance(failure, CheckFailed)
    assert (failure.message, failure.credit) == ("no test fails beside nothing (Return zero)", 0.5)
