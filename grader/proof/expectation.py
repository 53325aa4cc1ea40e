"""Expected grades of a simulated class, and their comparison with the actual ones."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from grader.errors import DeepgradeError
from grader.records import Result, Status


class WrongAnswer(Struct, frozen=True):
    """A misconception that the feedback on a task must name."""

    task: str
    name: str
    text: str


class Expected(Struct, frozen=True):
    """Expected grade of one unit of one simulated student.

    Attributes
    ----------
    student, unit : str
    status : Status
    earned : float
        Points of the whole unit that are certain: those of all untimed tests.
    tasks : dict of str to float
        The same per task.
    timed : dict of str to float
        Maximum points of each timed test, by ``file.test``. In a dry run the test earns exactly this.
    misconceptions : tuple of WrongAnswer
    remark : str
        Required beginning of the remark; empty if any remark is fine.
    at_most : dict of str to float
        Maximum points of the tasks that are in no other field: how much of them needs a file that is missing or broken
        is decided test by test.
    """

    student: str
    unit: str
    status: Status
    earned: float
    tasks: dict[str, float]
    misconceptions: tuple[WrongAnswer, ...] = ()
    remark: str = ""
    timed: dict[str, float] = {}
    at_most: dict[str, float] = {}


def expectation_path(destination: Path) -> Path:
    """Return the path of a simulated class's expectation: next to its folder, not inside."""
    return destination.with_name(f"{destination.name}.expected.json")


def read_expectation(destination: Path) -> list[Expected]:
    """Read the expectation that `simulate` wrote next to a folder.

    Raises
    ------
    DeepgradeError
        If the file is missing or is no expectation.
    """
    return read_expected(expectation_path(destination))


def read_expected(path: Path) -> list[Expected]:
    """Read an expectation from a file.

    Raises
    ------
    DeepgradeError
        If the file is missing or is no expectation.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[Expected])
    except FileNotFoundError:
        raise DeepgradeError(f"there is no {path}: this is no simulated class", "grade simulate") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DeepgradeError(f"{path} is broken: {error}", "grade simulate") from None


def verify(results: Sequence[Result], expected: Sequence[Expected], *, dry_run: bool = False) -> list[str]:
    """Compare actual with expected grades.

    Parameters
    ----------
    results : sequence of Result
    expected : sequence of Expected
    dry_run : bool
        Whether this was a dry run, in which timed tests must earn their maximum.

    Returns
    -------
    list of str
        One sentence for each difference; empty if there is none.
    """
    graded = {(result.student, result.unit): result for result in results}
    sentences: list[str] = []
    for grade in expected:
        result = graded.pop((grade.student, grade.unit), None)
        place = f"{grade.student}, {grade.unit}"
        differences = _differences(result, grade, dry_run=dry_run) if result else ["there is no result"]
        sentences += [f"{place}: {what}" for what in differences]
    unexpected = [place for place, result in graded.items() if result.status is not Status.MISSING]
    return [*sentences, *(f"{student}, {unit}: nobody expected this result" for student, unit in unexpected)]


def _differences(result: Result, expected: Expected, *, dry_run: bool) -> list[str]:
    if result.status is not expected.status:
        return [f"{result.status} ({result.remark}) instead of {expected.status}"]
    sentences = []
    for task, points in expected.tasks.items():
        certain = [test for test in result.tests if test.task == task and test.test not in expected.timed]
        earned = sum(test.earned for test in certain)
        if abs(earned - points) > 1e-6:
            sentences.append(f"{task} has {earned:g} instead of {points:g} points")
    for task, most in expected.at_most.items():
        earned = sum(test.earned for test in result.tests if test.task == task)
        if earned > most + 1e-6:
            sentences.append(f"{task} has {earned:g} points, more than {most:g}")
    sentences += _timed_differences(result, expected, dry_run=dry_run)
    for wrong in expected.misconceptions:
        if all(test.feedback.likely != wrong.text for test in result.tests if test.task == wrong.task):
            sentences.append(f"no feedback on {wrong.task} says: {wrong.text}")
    if not result.remark.startswith(expected.remark):
        sentences.append(f'the remark is "{result.remark}", not "{expected.remark}…"')
    return sentences


def _timed_differences(result: Result, expected: Expected, *, dry_run: bool) -> list[str]:
    """Return the timed tests that earned more than possible, or less than that in a dry run."""
    sentences = []
    for test in (test for test in result.tests if test.test in expected.timed):
        most = expected.timed[test.test]
        if test.earned > most + 1e-6 or (dry_run and test.earned < most - 1e-6):
            sentences.append(f"{test.test} has {test.earned:g} instead of {most:g} points")
    return sentences
