"""Everything that a student's feedback on a unit says, as plain data for the HTML page and the Markdown file."""

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from grader.course.medals import Edges, medals_of, ratio_text
from grader.course.model import Task, Unit
from grader.gradebook.remarks import decision, lateness
from grader.printable import safe
from grader.records import STATUS_WORDS, Look, Result, Speed, Status, TestRecord, Verdict
from grader.records.choices import spare_tasks
from grader.records.disclosure import Level, disclosed
from grader.records.grades import UnitGrade
from grader.report.screens import measured, points, rows_of
from grader.report.student import is_done, is_not_attempted, lowest_failing

WIDE = 110  # columns of a page's rows

ON_CPU = "one thread of "  # the beginning of a measurement's device that is no GPU

LEVEL_SENTENCES = {
    Level.NAME: "Of hidden tests this page shows the name and the points.",
    Level.PROPERTY: "Of hidden tests this page shows what they look at, not with which inputs.",
    Level.EVERYTHING: "This page shows the hidden tests as well.",
}

SIGNS = {
    Look.RIGHT: ("✓", "passed"),
    Look.WRONG: ("✗", "failed"),
    Look.OPEN: ("·", "not attempted"),
    Look.LEFT_OUT: ("–", "left out"),
    Look.UNMEASURED: ("–", "not measured"),
    Look.BROKEN: ("!", "not measured"),
}
"""Sign and word for each look of a verdict: a page never relies on colour."""


class TestView(Struct, frozen=True):
    """One test.

    Attributes
    ----------
    sign, word : str
        The verdict as a sign and in words.
    look : str
        Its class in the style sheet.
    title : str
    hidden : bool
    score : str
        ``2/3``; empty if its points do not count.
    looks_at : str
        What a hidden test looks at.
    rows : tuple of (str, str)
        Label and text of its details.
    """

    __test__ = False  # pytest: this is data, not a test class

    sign: str
    word: str
    look: str
    title: str
    hidden: bool
    score: str
    looks_at: str = ""
    rows: tuple[tuple[str, str], ...] = ()


class MedalView(Struct, frozen=True):
    """A timed result on the scale of its medals.

    Attributes
    ----------
    device : str
    ratio, interval : str
        The student's time by torch's, and its 95 % interval.
    medal : str
        The medal, or ``below bronze``.
    scale : tuple of (str, str)
        Each medal with the largest ratio that reaches it, highest first.
    """

    device: str
    ratio: str
    interval: str
    medal: str
    scale: tuple[tuple[str, str], ...] = ()


class TaskView(Struct, frozen=True):
    """One task with its tests.

    Attributes
    ----------
    name, title, file : str
    look, sign, word : str
    score : str
    note : str
        Why its points do not count, or what to mend before it.
    tests : tuple of TestView
    medals : tuple of MedalView
    """

    name: str
    title: str
    file: str
    look: str
    sign: str
    word: str
    score: str
    note: str = ""
    tests: tuple[TestView, ...] = ()
    medals: tuple[MedalView, ...] = ()


class FeedbackView(Struct, frozen=True):
    """A student's feedback on a unit.

    Attributes
    ----------
    course, unit, title : str
        Titles, and the unit's name.
    student : str
        Name and id as the page shows them.
    score : str
        ``35 of 40 points``, or why there is none.
    story : tuple of str
        What made the tests' points the final ones: lateness, decisions by hand, notes.
    first : tuple of (str, str)
        What to mend first: task and reason.
    tasks : tuple of TaskView
    open_tasks : tuple of str
        Tasks that are not attempted.
    problem : str
        Why the submission was not graded; empty if it was.
    level : str
        How much of the hidden tests is shown.
    picture : bytes
        The milestone's picture, a PNG that a trusted process drew; empty if there is none.
    milestone : str
        What the picture shows; empty if none was asked for.
    no_picture : str
        Why there is no picture.
    """

    course: str
    unit: str
    title: str
    student: str
    score: str
    story: tuple[str, ...] = ()
    first: tuple[tuple[str, str], ...] = ()
    tasks: tuple[TaskView, ...] = ()
    open_tasks: tuple[str, ...] = ()
    problem: str = ""
    level: str = ""
    picture: bytes = b""
    milestone: str = ""
    no_picture: str = ""

    @property
    def picture_source(self) -> str:
        """The picture as a URL that holds its bytes; it is shown as a picture and never as markup."""
        return f"data:image/png;base64,{base64.b64encode(self.picture).decode()}" if self.picture else ""


def with_picture(view: FeedbackView, milestone: str, picture: bytes, reason: str) -> FeedbackView:
    """Return a view with its milestone's picture, or with why there is none.

    Parameters
    ----------
    view : FeedbackView
    milestone : str
        What the picture shows.
    picture : bytes
        A PNG; empty if there is none.
    reason : str
        Why there is none.
    """
    return replace(view, milestone=milestone, picture=picture, no_picture=safe(reason))


Scales = Mapping[str, Mapping[str, Edges]]
"""Thresholds by task and device."""


class UnitFacts(Struct, frozen=True):
    """Facts that are the same on every page of a unit.

    Attributes
    ----------
    course : str
        The course's title.
    unit : Unit
    level : Level
        How much of the hidden tests is shown.
    looks_at : dict of str to str
        What each hidden test looks at, by its name; shown from `Level.PROPERTY` on.
    scales : dict
        Thresholds of the timed tasks, by task and device.
    """

    course: str
    unit: Unit
    level: Level
    looks_at: dict[str, str] = {}
    scales: Scales = {}


def feedback_view(facts: UnitFacts, result: Result, *, name: str = "", grade: UnitGrade | None = None) -> FeedbackView:
    """Return what a student is told about a submission.

    Parameters
    ----------
    facts : UnitFacts
    result : Result
    name : str
        The student's name.
    grade : UnitGrade, optional
        With lateness and decisions by hand; without it, the tests' points count.

    Returns
    -------
    FeedbackView
        Nothing beyond the level is in it.
    """
    unit, level = facts.unit, facts.level
    tests = [disclosed(test, level) for test in result.tests]
    shown_facts = facts if level is not Level.NAME else replace(facts, looks_at={})
    groups = [(task, [test for test in tests if test.task == task.name]) for task in unit.tasks]
    groups = [(task, task_tests) for task, task_tests in groups if task_tests]
    begun = [(task, task_tests) for task, task_tests in groups if not is_not_attempted(task_tests)]
    spare = spare_tasks(tests, unit.choices)
    return FeedbackView(
        course=facts.course,
        unit=unit.name,
        title=unit.title,
        student=safe(f"{name} ({result.student})" if name and name != result.student else result.student),
        score=_score(result, grade),
        story=tuple(map(safe, _story(result, grade))),
        first=tuple(_to_mend(unit, groups)),
        tasks=tuple(_task_view(shown_facts, group, groups, spare) for group in begun),
        open_tasks=tuple(task.name for task, task_tests in groups if is_not_attempted(task_tests)),
        problem="" if result.status is Status.GRADED else _problem(result),
        level=LEVEL_SENTENCES[level] if any(test.hidden for test in tests) else "",
    )


def _score(result: Result, grade: UnitGrade | None) -> str:
    if grade is None:
        return f"{points(result.earned)} of {points(result.measured)} points"
    if grade.final is None:
        return f"no points yet: {grade.status.value}" if result.tests else grade.status.value
    return f"{points(grade.final)} of {points(grade.out_of)} points"


def _story(result: Result, grade: UnitGrade | None) -> Iterator[str]:
    """Yield what lies between the tests' points and the final ones."""
    if grade is None:
        return
    changed = grade.final is None or abs(grade.final - result.earned) > 0.005
    if result.tests and changed:
        yield f"{points(result.earned)} of {points(result.measured)} points in the tests"
    if grade.handed_in_by:
        yield "handed in by a member of your group"
    if grade.late_days:
        yield lateness(grade)
    yield from map(decision, grade.adjustments)
    yield from grade.notes


def _problem(result: Result) -> str:
    words = STATUS_WORDS[result.status]
    return f"{words}: {safe(result.remark)}" if result.remark else words


Group = tuple[Task, list[TestRecord]]


def _to_mend(unit: Unit, groups: Sequence[Group]) -> Iterator[tuple[str, str]]:
    """Yield the failing tasks that wait for no other failing one, the costliest first."""
    failing = [(task, tests) for task, tests in groups if not is_done(tests) and not is_not_attempted(tests)]
    names = {task.name for task, _ in failing}
    ready = [(task, tests) for task, tests in failing if not unit.tasks_below(task.name) & names]
    for task, tests in sorted(ready, key=lambda group: -_lost(group[1])):
        above = [other.name for other, _ in failing if task.name in unit.tasks_below(other.name)]
        calls = f"; {', '.join(above)} need{'s' * (len(above) == 1)} it" if above else ""
        lost = _lost(tests)
        yield task.name, f"{points(lost)} point{'s' * (lost != 1)} lost{calls}"


def _lost(tests: Sequence[TestRecord]) -> float:
    return measured(tests) - sum(test.earned for test in tests)


def _task_view(facts: UnitFacts, group: Group, groups: list[Group], spare: frozenset[str]) -> TaskView:
    task, tests = group
    look = Look.LEFT_OUT if all(test.verdict is Verdict.SKIPPED for test in tests) else _look(tests)
    below = lowest_failing(facts.unit, task, groups)
    note = f"calls {' and '.join(below)}: mend that first" if below else ""
    return TaskView(
        name=task.name,
        title=task.title,
        file=f"{task.file}.py",
        look=look.value,
        sign=SIGNS[look][0],
        word=SIGNS[look][1],
        score=f"{points(sum(test.earned for test in tests))}/{points(measured(tests))}",
        note="does not count: other options of this choice are better" if task.name in spare else note,
        tests=tuple(_test_view(test, facts.looks_at) for test in tests),
        medals=tuple(_medal_views(tests, facts.scales.get(task.name, {}))),
    )


def _look(tests: Sequence[TestRecord]) -> Look:
    return Look.RIGHT if is_done(tests) else Look.WRONG


def _test_view(test: TestRecord, looks_at: Mapping[str, str]) -> TestView:
    meaning = test.verdict.meaning
    sign, word = SIGNS[meaning.look]
    return TestView(
        sign=sign,
        word="partly" if meaning.look is Look.WRONG and test.earned else meaning.words or word,
        look=meaning.look.value,
        title=safe(test.title),
        hidden=test.hidden,
        score="" if meaning.costs_nothing else f"{points(test.earned)}/{points(test.points)}",
        looks_at=looks_at.get(test.test.partition("[")[0], "") if test.hidden else "",
        rows=tuple(_joined(rows_of(test, WIDE))),
    )


def _joined(rows: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return rows with those without a label as further lines of the one before."""
    joined: list[tuple[str, str]] = []
    for label, text in rows:
        if label or not joined:
            joined.append((label, text))
        else:
            joined[-1] = (joined[-1][0], f"{joined[-1][1]}\n{text}")
    return joined


def _medal_views(tests: Sequence[TestRecord], scale: Mapping[str, Edges]) -> Iterator[MedalView]:
    for speed in (test.speed for test in tests if test.speed):
        for one in (speed, *speed.others):
            edges = _edges(one, scale)
            yield MedalView(
                device=safe(one.device),
                ratio=ratio_text(one.ratio),
                interval=f"{ratio_text(one.low)} to {ratio_text(one.high)}",
                medal=one.tier or "below bronze",
                scale=tuple((medal.name, ratio_text(medal.edge)) for medal in (medals_of(edges) if edges else ())),
            )


def _edges(speed: Speed, scales: Mapping[str, Edges]) -> Edges | None:
    """Return the thresholds of the kind of race that a measurement comes from."""
    if speed.device.startswith(ON_CPU):
        return scales.get("cpu")
    return next((edges for kind, edges in scales.items() if speed.device.endswith(kind.removeprefix("gpu_"))), None)
