"""The student's screens: results of a unit's tests, and the start screen with the progress in the course."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from msgspec import Struct
from msgspec.structs import replace
from rich.cells import cell_len
from rich.text import Text

from grader.course.model import Task, Unit
from grader.records import Cause, CauseKind, Feedback, TestRecord, Verdict
from grader.records.choices import counting, spare_tasks
from grader.report.screens import WIDEST, Marks, hanging, joined, lines_of, measured, paragraph, points

NAMES = 28  # maximum columns for names of tasks
MANY = 3  # with more tasks than this, each passed one takes a single line
BAR = 14  # columns of a progress bar


def is_done(tests: Sequence[TestRecord]) -> bool:
    """Return whether a task's tests passed, ignoring those that could not be run or measured."""
    return bool(tests) and all(test.verdict.meaning.is_done for test in tests)


def is_not_attempted(tests: Sequence[TestRecord]) -> bool:
    """Return whether a task, or one that it calls, is not written yet, ignoring tests that could not be measured."""
    ran = [test for test in tests if test.verdict.meaning.ran]
    return bool(ran) and all(test.verdict is Verdict.NOT_ATTEMPTED for test in ran)


def score(tests: Sequence[TestRecord]) -> str:
    """Return ``2 of 5 points``."""
    total = measured(tests)
    return f"{points(sum(test.earned for test in tests))} of {points(total)} point{'s' * (total != 1)}"


def unit_report(
    unit: Unit,
    tests: Sequence[TestRecord],
    marks: Marks,
    width: int,
    *,
    hidden_points: float = 0,
    hidden_properties: Mapping[str, Sequence[str]] = {},
    every_test: bool = False,
    full: bool = False,
) -> Text:
    """Return the results of a unit's tests.

    Parameters
    ----------
    unit : Unit
    tests : sequence of TestRecord
        Tests of some or all of its tasks.
    marks : Marks
    width : int
        Available columns.
    hidden_points : float
        Points of these tasks in the hidden tests, which run after submission.
    hidden_properties : mapping of str to sequence of str
        What the hidden tests of a task look at, by the task's name; told of few tasks, or of each with `every_test`.
    every_test : bool
        Whether to list each test even for tasks that passed.
    full : bool
        Whether to show the whole output of the student's code.

    Returns
    -------
    Text
    """
    width = min(width, WIDEST)
    shown_tests = tests if full else _without_repeats(tests)
    groups = [(task, [test for test in shown_tests if test.task == task.name]) for task in unit.tasks]
    groups = [(task, task_tests) for task, task_tests in groups if task_tests]
    if len(groups) == 1:
        more = after_submission(hidden_points, width, hidden_properties.get(groups[0][0].name, ()))
        return joined([*_only_task(unit, groups[0], marks, width, full=full), *more])
    brief = not every_test and len(groups) > MANY
    spare = spare_tasks(tests, unit.choices)
    lines = hanging(Text(), unit.name, width, style="bold", right=score(counting(tests, unit.choices)))
    shown = [(task, task_tests) for task, task_tests in groups if not is_not_attempted(task_tests)]
    column = min(max((len(task.name) for task, _ in shown), default=0), NAMES)
    for task, task_tests in shown:
        lines += _one_of_many(
            (task, task_tests),
            column,
            marks,
            width,
            brief=brief and is_done(task_tests),
            full=full,
            counts=task.name not in spare,
            mend_first=_mend_first(unit, task, groups, width),
        )
    lines += [*_not_attempted(groups, marks, width), *_choice_lines(unit, spare, width)]
    lines += after_submission(hidden_points, width)
    names = [task.name for task, _ in groups]
    return joined([*lines, *([] if brief else _looked_at(names, hidden_properties, width))])


def _looked_at(names: Sequence[str], properties: Mapping[str, Sequence[str]], width: int) -> list[Text]:
    """Return what the hidden tests of each task look at."""
    known = [name for name in names if properties.get(name)]
    column = min(max((len(name) for name in known), default=0), NAMES)
    texts = [hanging(Text(f"  {name:<{column}}  "), ", ".join(properties[name]), width, style="dim") for name in known]
    return [line for text in texts for line in text]


def _choice_lines(unit: Unit, spare: AbstractSet[str], width: int) -> list[Text]:
    """Return a line for each choice of which some options do not count."""
    choices = [choice for choice in unit.choices if not spare.isdisjoint(choice.tasks)]
    texts = [f"{choice.title}: the best {choice.choose} of {len(choice.options)} count" for choice in choices]
    return [Text(), *(line for text in texts for line in paragraph(text, width, style="dim"))] if texts else []


Group = tuple[Task, list[TestRecord]]


def _without_repeats(tests: Sequence[TestRecord]) -> list[TestRecord]:
    """Show an exception, or a file that does not load, only once: further tests refer to the first one."""
    seen: set[tuple[Cause | str, tuple[str, ...]]] = set()
    kept = []
    for test in tests:
        place = (_reason(test.feedback), test.feedback.where)
        kept.append(replace(test, feedback=_as_above(test)) if place in seen else test)
        seen.add(place)
    return kept


def _reason(feedback: Feedback) -> Cause | str:
    """Return the part shown only once: the cause if a file could not be loaded, or else the message."""
    cause = feedback.cause
    return cause if cause and cause.keeps_from_loading else feedback.message


def _as_above(test: TestRecord) -> Feedback:
    """Return a test's feedback without the part shown by an earlier one."""
    if test.verdict is Verdict.CRASHED:
        return Feedback(message="as above")
    return replace(test.feedback, message="as above", where=()) if test.feedback.where else test.feedback


def _only_task(unit: Unit, group: Group, marks: Marks, width: int, *, full: bool) -> list[Text]:
    task, tests = group
    lines = hanging(Text(), f"{unit.name} {marks.dot} {task.name}", width, style="bold", right=score(tests))
    lines.append(Text())
    for test in tests:
        lines += lines_of(test, marks, width, full=full)
    return [*lines, *_waiting_line(group, marks, width)]


def _one_of_many(
    group: Group,
    column: int,
    marks: Marks,
    width: int,
    *,
    brief: bool,
    full: bool,
    mend_first: list[Text],
    counts: bool = True,
) -> list[Text]:
    """Return the lines of one task among others: a single line if it passed, else with blank lines around it."""
    task, tests = group
    first = Text.assemble("  ", _task_sign(tests, marks), " ", (f"{task.name:<{column}}  ", "" if brief else "bold"))
    right = f"{points(sum(test.earned for test in tests))}/{points(measured(tests))}" if counts else "does not count"
    head = hanging(first, task.title, width, right=right)
    if all(test.verdict is Verdict.SKIPPED for test in tests):
        return [*head, *hanging(Text("    "), tests[0].feedback.message, width, style="dim")]
    if brief:
        return head
    lines = [line for test in tests for line in lines_of(test, marks, width, indent=4, full=full)]
    return [Text(), *head, *mend_first, *lines]


def _mend_first(unit: Unit, task: Task, groups: list[Group], width: int) -> list[Text]:
    """Return a line that names the failing tasks which a failing task calls; empty if there are none."""
    lowest = lowest_failing(unit, task, groups)
    if not lowest:
        return []
    fails = "fails" if len(lowest) == 1 else "fail"
    return hanging(Text("    "), f"calls {' and '.join(lowest)}, which {fails}: mend that first", width, style="yellow")


def lowest_failing(unit: Unit, task: Task, groups: Sequence[Group]) -> list[str]:
    """Return the failing tasks below a failing task that have no failing task below themselves.

    Parameters
    ----------
    unit : Unit
    task : Task
    groups : sequence of (Task, list of TestRecord)
        Tasks with their tests.
    """
    failing = {other.name for other, tests in groups if not is_done(tests) and not is_not_attempted(tests)}
    below = unit.tasks_below(task.name) & failing if task.name in failing else frozenset()
    return [other.name for other, _ in groups if other.name in below and not unit.tasks_below(other.name) & failing]


def _task_sign(tests: list[TestRecord], marks: Marks) -> tuple[str, str]:
    if all(test.verdict is Verdict.SKIPPED for test in tests):
        return marks.skipped, "dim"
    return (marks.passed, "green") if is_done(tests) else (marks.failed, "red")


def _not_attempted(groups: list[Group], marks: Marks, width: int) -> list[Text]:
    """Return a line with the unwritten tasks, and one for each task that waits for them."""
    open_groups = [(task, tests) for task, tests in groups if is_not_attempted(tests)]
    names = [task.name for task, tests in open_groups if not _waits_for(task, tests)]
    waiting = [line for group in open_groups for line in _waiting_line(group, marks, width)]
    first = Text.assemble("  ", (marks.open, "dim"), " not attempted  ")
    lines = hanging(first, ", ".join(names), width, style="dim") if names else []
    return [Text(), *lines, *waiting] if open_groups else []


def _waits_for(task: Task, tests: list[TestRecord]) -> str:
    """Return the other task whose unwritten stub these tests ended in; empty if none."""
    causes = [test.feedback.cause for test in tests]
    unwritten = [cause.name for cause in causes if cause and cause.kind is CauseKind.UNWRITTEN]
    return next((name for name in unwritten if name != task.name), "")


def _waiting_line(group: Group, marks: Marks, width: int) -> list[Text]:
    task, tests = group
    other = _waits_for(task, tests) if is_not_attempted(tests) else ""
    if not other:
        return []
    return hanging(Text.assemble("  ", (marks.open, "dim"), " "), f"{task.name} waits for {other}", width, style="dim")


def after_submission(hidden_points: float, width: int, properties: Sequence[str] = ()) -> list[Text]:
    """Return a sentence about the points of the hidden tests and what these look at; empty if there are none."""
    if not hidden_points:
        return []
    more = "more point is" if hidden_points == 1 else "more points are"
    subject = f": {', '.join(properties)}" if properties else ""
    return [Text(), *paragraph(f"{points(hidden_points)} {more} graded after submission{subject}", width, style="dim")]


class UnitProgress(Struct, frozen=True):
    """A student's progress in one unit.

    Attributes
    ----------
    name : str
    earned, points : float
        Earned and possible points in the visible tests.
    begun : bool
        Whether any file has been changed.
    next_task : str
        The first task that is not done; empty if all are.
    minutes : int
        Estimated time for that task.
    picture : bool
        Whether the milestone can be drawn.
    changed : tuple of str
        Names of files that have changed since their last run.
    optional : tuple of str
        Optional tasks that are not done.
    """

    name: str
    earned: float
    points: float
    begun: bool = False
    next_task: str = ""
    minutes: int = 0
    picture: bool = False
    changed: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()

    @property
    def done(self) -> bool:
        """Whether every task is done."""
        return not self.next_task and self.points > 0


def course_progress(
    title: str, units: Sequence[UnitProgress], marks: Marks, width: int, *, hidden_points: float = 0
) -> Text:
    """Return a student's progress with one line per unit.

    Parameters
    ----------
    title : str
        Title of the course.
    units : sequence of UnitProgress
    marks : Marks
    width : int
        Available columns.
    hidden_points : float
        Points of the hidden tests, which run after submission.

    Returns
    -------
    Text
    """
    width = min(width, WIDEST)
    total = f"{points(sum(unit.earned for unit in units))} of {points(sum(unit.points for unit in units))} points"
    lines = [*hanging(Text(), title, width, style="bold", right=total), Text()]
    columns = _columns(units)
    current = _current(units)
    for unit in units:
        lines += _unit_lines(unit, unit.name == current, columns, marks, width)
    return joined([*lines, *after_submission(hidden_points, width)])


def _columns(units: Sequence[UnitProgress]) -> tuple[int, int]:
    """Return the widths of the names and the scores."""
    names = max((cell_len(unit.name) for unit in units), default=0)
    return names, max((len(_score(unit)) for unit in units), default=0)


def _score(unit: UnitProgress) -> str:
    return f"{points(unit.earned)}/{points(unit.points)}"


def _current(units: Sequence[UnitProgress]) -> str:
    """Return the first unit that is begun but not done, or else the first one not done."""
    not_done = [unit for unit in units if not unit.done]
    return next((unit.name for unit in [*filter(lambda unit: unit.begun, not_done), *not_done]), "")


def _unit_lines(
    unit: UnitProgress, is_current: bool, columns: tuple[int, int], marks: Marks, width: int
) -> Iterator[Text]:
    started = unit.begun and not unit.done
    sign, colour = (marks.passed, "green") if unit.done else (marks.current, "yellow")
    if not (unit.done or started or is_current):
        sign, colour = marks.open, "dim"
    head = Text.assemble("  ", (sign, colour), f" {unit.name:<{columns[0]}}  ")
    head.append_text(_bar(unit, marks))
    head.append(f"  {_score(unit):>{columns[1]}}   ")
    yield from hanging(head, _remark(unit, shows_next=started or is_current), width, style="dim" if unit.done else "")
    if unit.changed:
        changed = f"{', '.join(unit.changed)} changed since last run: grade run {unit.name}"
        yield from hanging(Text("    "), changed, width, style="yellow")


def _bar(unit: UnitProgress, marks: Marks) -> Text:
    """Return the progress bar; it is full only for all points, and empty only for none."""
    share = unit.earned / unit.points if unit.points else 0.0
    full = min(max(int(share * BAR), int(unit.earned > 0)), BAR if share >= 1 else BAR - 1)
    return Text.assemble((marks.full * full, "green"), (marks.empty * (BAR - full), "dim"))


def _remark(unit: UnitProgress, *, shows_next: bool) -> str:
    optional = f"optional: {', '.join(unit.optional)}" if unit.optional and unit.done else ""
    if unit.picture and unit.done:
        return "; ".join(part for part in (f"picture ready: grade show {unit.name}", optional) if part)
    if unit.next_task and shows_next:
        return f"next: {unit.next_task} ({unit.minutes} min)"
    return optional
