"""Simulated classes: students whose grades are known in advance.

A seed determines how a simulated student answers each task: with the solution, the stub, or a registered misconception.
A task that depends on a wrong or empty one stays empty, so all expected points are exact. The points of a misconception
are measured by running the suite on it without workers, once it is drawn: a class has a third of them.
"""

import contextlib
import random
import shutil
import string
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from itertools import chain
from pathlib import Path

import msgspec
from msgspec import Struct

from grader.autograde.plan import chosen_units
from grader.course import layout
from grader.course.registry import Course, Unit
from grader.errors import DeepgradeError
from grader.judge.session import WarmSession
from grader.proof.by_unit import OnProgress, run_by_unit
from grader.proof.dependencies import Dependencies
from grader.proof.expectation import Expected, WrongAnswer, expectation_path, read_expectation, verify
from grader.proof.local_suites import LocalSuites, MisconceptionResult, caught, in_session
from grader.proof.wrong_code import ENDLESS, RIGHT, UNTOUCHED, Answer, Answers, WrongCode, student_files
from grader.records import Status
from grader.submissions.hand_ins import pack

__all__ = ["Expected", "WrongAnswer", "expectation_path", "read_expectation", "simulate", "verify"]

BROKEN = "def unfinished(:"
KINDS = ("perfect", "endless", "broken", "lost", "absent", "idle")
SPECIAL_FROM = 8  # minimum class size for one student of every special kind

PROFILES: tuple[tuple[float, float, float], ...] = (  # probabilities that a task is right, wrong, untouched
    (1.0, 0.0, 0.0),
    (0.9, 0.08, 0.02),
    (0.75, 0.2, 0.05),
    (0.5, 0.25, 0.25),
    (0.0, 0.0, 1.0),
)
FREQUENCIES = (2, 4, 4, 2, 1)


class Measured(Struct, frozen=True):
    """Measured points of a unit's solutions and misconceptions.

    Attributes
    ----------
    points, tests : dict
        Points of the solution in each task, and the number of its tests.
    wrong : dict of str to tuple of str
        Names of each task's misconceptions.
    timed : dict of str to dict of str to float
        Points of the solution in each timed test, by task: they depend on the machine.
    result : callable
        Runs the suite on a misconception, given by task and name, and returns the result.
    """

    points: dict[str, float]
    tests: dict[str, int]
    wrong: dict[str, tuple[str, ...]]
    timed: dict[str, dict[str, float]]
    result: Callable[[str, str], MisconceptionResult]


def simulate(
    course: Course,
    destination: Path,
    *,
    students: int = 40,
    seed: int = 0,
    units: Sequence[str] = (),
    on_progress: OnProgress = lambda step: None,
    jobs: int = 1,
) -> list[Expected]:
    """Write a class of simulated students and, beside it, the expected grades.

    Parameters
    ----------
    course : Course
        An author's checkout.
    destination : Path
        A new folder, or one written by an earlier simulation, which is replaced. The expectation is written next to it
        as ``<destination>.expected.json``.
    students : int
    seed : int
        The same seed gives the same class.
    units : sequence of str, optional
        Only these; all if empty.
    on_progress : callable, optional
        Called with a description of each step; from another thread if there are several processes.
    jobs : int
        Units made up at a time, each in a process of its own.

    Returns
    -------
    list of Expected
        By student, then in the course's order of units.

    Raises
    ------
    NotFoundError
        If there is no such unit.
    DeepgradeError
        If the destination contains anything else, or the number of students is out of range.
    CourseError
        If a solution or a suite is broken, or this is a student bundle.
    """
    if not 1 <= students <= 9999:
        raise DeepgradeError(f"{students} students make no class", "--students 40")
    course.refuse_bundle("it has no hidden tests")
    chosen = chosen_units(course, units)
    note = expectation_path(destination)
    _require_room(destination, note)
    destination.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{destination.name}.", dir=destination.parent) as new:
        write = partial(_write_unit, destination=Path(new), students=students, seed=seed, last=chosen[-1])
        by_unit = run_by_unit(course, chosen, write, jobs, on_progress)
        _clear(destination)
        for folder in Path(new).iterdir():
            folder.rename(destination / folder.name)
    order = {unit.name: place for place, unit in enumerate(course.units)}
    expected = sorted(chain.from_iterable(by_unit), key=lambda entry: (entry.student, order[entry.unit]))
    note.write_bytes(msgspec.json.format(msgspec.json.encode(expected), indent=2) + b"\n")
    return expected


def _write_unit(
    course: Course, name: str, on_progress: OnProgress, *, destination: Path, students: int, seed: int, last: str
) -> list[Expected]:
    """Write one unit of every student; return what to expect."""
    unit, stdout = course.unit(name), sys.stdout
    expected: list[Expected] = []

    def report(step: str) -> None:
        with contextlib.redirect_stdout(stdout):  # the session captures stdout
            on_progress(f"{name}: {step}")

    def write(session: "WarmSession") -> None:
        report("what the solutions earn")
        simulation = _Simulation(course, unit, measure(LocalSuites(course, session), unit), seed, last=name == last)
        for number in range(1, students + 1):
            report(f"student {number} of {students}")
            expected.append(simulation.student(destination, number, students))

    in_session(course, [name], write)
    return expected


def measure(suites: LocalSuites, unit: Unit) -> Measured:
    """Run the suite on the solutions; prepare to run it on misconceptions."""
    records = suites.solution(unit)
    points = {task.name: sum(test.earned for test in records if test.task == task.name) for task in unit.tasks}
    clocked = [test for test in records if test.test in suites.timed(unit)]
    timed = {task.name: {test.test: test.earned for test in clocked if test.task == task.name} for task in unit.tasks}
    tests = {task.name: sum(test.task == task.name for test in records) for task in unit.tasks}
    runnable = {(wrong.task, wrong.name): wrong for wrong in suites.runnable_misconceptions(unit)}
    names = {task: tuple(name for of, name in runnable if of == task) for task in points}

    @cache
    def result(task: str, name: str) -> MisconceptionResult:
        return next(caught(suites, unit, [runnable[task, name]]))[0]

    return Measured(points, tests, names, timed, result)


class _Simulation:
    """Generator of one unit for every student."""

    def __init__(self, course: Course, unit: Unit, measured: Measured, seed: int, *, last: bool = True) -> None:
        self._course, self._unit, self._measured, self._seed = course, unit, measured, seed
        self._is_last = last
        self._needs = Dependencies(course.root, unit)
        self._wrong = WrongCode(course.root, unit.name)

    def student(self, destination: Path, number: int, students: int) -> Expected:
        """Write one student's unit; return the expected grade."""
        name = f"s{number:03d}"
        kind = self._kind(number, students)
        answers = self._answers(name, kind)
        (destination / name).mkdir(parents=True, exist_ok=True)
        if kind == "absent":
            return Expected(name, self._unit.name, Status.MISSING, 0.0, {}, remark="not submitted")
        files = student_files(self._course.root, self._unit, answers, self._wrong)
        expected = self._expected(name, answers)
        if kind in ("broken", "lost"):
            expected = self._damage(files, expected, kind)
        self._write(files, destination / name, zipped=kind == "" and number % 3 == 0)
        return expected

    def _kind(self, number: int, students: int) -> str:
        """Return a student's special kind, if any: the first students of a class have one where the unit allows it."""
        if students < SPECIAL_FROM or number > len(KINDS):
            return ""
        kind = KINDS[number - 1]
        if kind in ("endless", "absent"):  # only in one unit: an endless loop costs a timeout per test
            return kind if self._is_last else ""
        return "" if kind == "lost" and len(self._unit.files) < 2 else kind

    def _answers(self, name: str, kind: str) -> Answers:
        tasks = [task.name for task in self._unit.tasks]
        if kind == "idle":
            return dict.fromkeys(tasks, UNTOUCHED)
        if kind in ("perfect", "broken", "lost"):
            return dict.fromkeys(tasks, RIGHT)
        if kind == "endless":
            return self._with_a_loop(tasks)
        chance = random.Random(f"{self._seed} {name} {self._unit.name}")
        (profile,) = chance.choices(PROFILES, FREQUENCIES)
        answers: dict[str, Answer] = {}
        for task in tasks:
            answers[task] = self._answer(task, answers, profile, chance)
        return answers

    def _answer(self, task: str, before: Answers, profile: tuple[float, float, float], chance: random.Random) -> Answer:
        """Draw the answer to one task; it is untouched if a task it depends on is not right."""
        kind = chance.choices((RIGHT, "wrong", UNTOUCHED), profile)[0]
        if any(before.get(needed, RIGHT) != RIGHT for needed in self._needs.of_task(task)):
            return UNTOUCHED
        if kind != "wrong":
            return kind
        possible = [name for name in self._measured.wrong[task] if self._possible(task, name, before)]
        chance.shuffle(possible)
        results = (self._measured.result(task, name) for name in possible)
        return next((result for result in results if result.named), RIGHT)

    def _possible(self, task: str, name: str, before: Answers) -> bool:
        """Return whether this wrong answer fits the answers so far: every task it uses must be right."""
        borrowed = self._needs.tasks_reached(self._wrong.borrows(name)) - {task}
        return self._wrong.portable(name) and all(before.get(task) == RIGHT for task in borrowed)

    def _with_a_loop(self, tasks: Sequence[str]) -> Answers:
        """Return right answers with one endless loop, in the task that causes the fewest timeouts."""
        tests = self._measured.tests
        builds_on = {task: [other for other in tasks if task in self._needs.of_task(other)] for task in tasks}
        looping = min(tasks, key=lambda task: tests[task] + sum(tests[other] for other in builds_on[task]))
        answers: dict[str, Answer] = dict.fromkeys(tasks, RIGHT)
        answers |= dict.fromkeys(builds_on[looping], UNTOUCHED)
        return answers | {looping: ENDLESS}

    def _expected(self, name: str, answers: Answers) -> Expected:
        earned = {task: self._earned(task, answer) for task, answer in answers.items()}
        timed = {test: points for _, most in earned.values() for test, points in most.items()}
        tasks = {task: points for task, (points, _) in earned.items()}
        wrong = [
            WrongAnswer(task, answer.name, answer.text)
            for task, answer in answers.items()
            if isinstance(answer, MisconceptionResult)
        ]
        remark = "not attempted" if all(answer == UNTOUCHED for answer in answers.values()) else ""
        points = sum(tasks.values())
        return Expected(name, self._unit.name, Status.GRADED, points, tasks, tuple(wrong), remark, timed)

    def _earned(self, task: str, answer: Answer) -> tuple[float, dict[str, float]]:
        """Return an answer's certain points, and its maximum in each timed test."""
        timed = self._measured.timed.get(task, {})
        if isinstance(answer, MisconceptionResult):
            most = {test: answer.earned.get(test, 0.0) for test in timed}
            return sum(answer.earned.values()) - sum(most.values()), most
        if answer == RIGHT:
            return self._measured.points[task] - sum(timed.values()), timed
        return 0.0, dict.fromkeys(timed, 0.0)

    def _damage(self, files: dict[str, str], expected: Expected, kind: str) -> Expected:
        """Break or remove one file: its tasks earn nothing, and those that depend on it at most their points."""
        chance = random.Random(f"{self._seed} {kind} {self._unit.name}")
        stem = chance.choice([stem for stem in sorted(files) if self._counts(stem)])
        remark = f"{stem}.py is missing"
        if kind == "lost":
            del files[stem]
        else:
            files[stem] += f"\n\n{BROKEN}\n"
            remark = f"syntax error in {stem}.py"
        return self._without(stem, msgspec.structs.replace(expected, remark=remark))

    def _without(self, stem: str, expected: Expected) -> Expected:
        """Return the expectation of a unit without one file."""
        homes = {task.name: task.file for task in self._unit.tasks}
        needing, lost = self._needs.files_that_need(stem), {name for name, file in homes.items() if file == stem}
        leaning = {name for name in homes if homes[name] in needing or self._needs.of_task(name) & lost} - lost
        tasks = {name: 0.0 if name in lost else points for name, points in expected.tasks.items()}
        timed = {name: self._measured.timed.get(name, {}) for name in homes}
        at_most = {name: tasks.pop(name) + sum(timed[name].values()) for name in sorted(leaning)}
        races = {
            test: 0.0 if name in lost else most for name in homes.keys() - leaning for test, most in timed[name].items()
        }
        return msgspec.structs.replace(expected, earned=sum(tasks.values()), tasks=tasks, timed=races, at_most=at_most)

    def _counts(self, stem: str) -> bool:
        """Return whether a file has tests that run here: without any, its loss would not show."""
        return any(self._measured.points[task.name] for task in self._unit.tasks if task.file == stem)

    def _write(self, files: Mapping[str, str], folder: Path, *, zipped: bool) -> None:
        if not zipped:
            _write_files(files, folder / self._unit.name)
            return
        with tempfile.TemporaryDirectory() as checkout:
            _write_files(files, layout.exercises(Path(checkout), self._unit.name))
            pack(msgspec.structs.replace(self._course, root=Path(checkout)), self._unit.name, folder)


def _write_files(files: Mapping[str, str], folder: Path) -> None:
    folder.mkdir(parents=True)
    for stem, text in files.items():
        (folder / f"{stem}.py").write_text(text, encoding="utf-8", newline="\n")


def _require_room(destination: Path, note: Path) -> None:
    """Raise if a folder contains anything but an earlier simulation."""
    if destination.exists() and not destination.is_dir():
        raise DeepgradeError(f"{destination} is a file", "choose a new folder")
    inside = list(destination.iterdir()) if destination.exists() else []
    ours = note.is_file() and all(path.name[0] == "s" and set(path.name[1:]) <= set(string.digits) for path in inside)
    if inside and not ours:
        raise DeepgradeError(f"{destination} holds something else than a simulated class", "choose a new folder")


def _clear(destination: Path) -> None:
    """Empty the folder, creating it if necessary."""
    destination.mkdir(parents=True, exist_ok=True)
    for path in destination.iterdir():
        shutil.rmtree(path)
