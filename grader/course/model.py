"""The course as frozen records, and finding a unit or a task in it by name."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct, field
from msgspec.structs import asdict, replace

from grader.course import layout
from grader.course.spelling import closest, did_you_mean
from grader.errors import CourseError, NotFoundError

MOST_NAMES = 40  # of tasks that a message lists

TIMED = "fast"  # the stub file of a unit's timed tasks

Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*\Z")]
Library = Literal["numpy", "torch", "triton"]
TaskName = Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9_]*\Z")]  # a class begins with a capital
Operator = Annotated[
    str, Meta(pattern=r"^([a-z0-9_]+::[A-Za-z0-9_*]+|\*[A-Za-z0-9_]+\*)\Z")
]  # as torch's dispatcher knows it, aten::convolution, or a family of them, *convolution*
Seconds = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=1)]


class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    """What one call, one test and one submission may use.

    Attributes
    ----------
    call_seconds, test_seconds, submission_seconds : float
        Time of one call, of all calls of one test, of all tests of one submission of a unit: CPU time of the worker,
        threads added up, and time in which it rests. What it waits for a core is not counted.
    cpu_seconds : int
        CPU time of one worker, threads added up.
    memory_mib, disk_mib : int
        What a worker may allocate and write.
    output_kib : int
        What it may print between two answers.
    open_files : int
    """

    call_seconds: Seconds = 5.0
    test_seconds: Seconds = 20.0
    submission_seconds: Seconds = 120.0
    cpu_seconds: Count = 120
    memory_mib: Count = 1024
    disk_mib: Count = 32
    output_kib: Count = 64
    open_files: Annotated[int, Meta(ge=16)] = 128

    def changed_by(self, changes: "LimitChanges | None") -> "Limits":
        """Return these limits with those that are named replaced."""
        named = {} if changes is None else {name: value for name, value in asdict(changes).items() if value is not None}
        return replace(self, **named)


class LimitChanges(Struct, frozen=True, forbid_unknown_fields=True):
    """Limits of a unit or a task that differ from those around it."""

    call_seconds: Seconds | None = None
    test_seconds: Seconds | None = None
    submission_seconds: Seconds | None = None
    cpu_seconds: Count | None = None
    memory_mib: Count | None = None
    disk_mib: Count | None = None
    output_kib: Count | None = None
    open_files: Annotated[int, Meta(ge=16)] | None = None


class Task(Struct, frozen=True, forbid_unknown_fields=True):
    """One function or class that students write."""

    name: TaskName
    file: Name
    title: Annotated[str, Meta(min_length=1)]
    minutes: Count
    difficulty: Annotated[int, Meta(ge=1, le=5)]
    hints: tuple[str, str, str]
    requires: tuple[TaskName, ...] = ()
    library: Library = "numpy"
    forbids: tuple[Operator, ...] = ()
    limits: LimitChanges | None = None

    @property
    def optional(self) -> bool:
        """Whether it needs a library that not every student has; left out, it costs nothing."""
        return self.library == "triton"


class Unit(Struct, frozen=True, forbid_unknown_fields=True):
    """One unit: a folder of stubs with a handout and a milestone. Its name is the folder's."""

    name: Name
    title: Annotated[str, Meta(min_length=1)]
    requires: tuple[Name, ...] = ()
    milestone: str = ""
    limits: LimitChanges | None = None
    tasks: tuple[Task, ...] = field(name="task", default=())

    @property
    def files(self) -> tuple[str, ...]:
        """Stems of the stub files, each once, in the order of the tasks."""
        return tuple(dict.fromkeys(task.file for task in self.tasks))

    def library_of(self, file: str) -> Library:
        """Return the library that a stub file may import: of those of its tasks the one that brings most."""
        known = [task.library for task in self.tasks if task.file == file]
        return max(known, key=get_args(Library).index, default="numpy")

    @property
    def timed_tasks(self) -> tuple[Task, ...]:
        """The tasks that are timed against torch's own operators: those of `fast.py`."""
        return tuple(task for task in self.tasks if task.file == TIMED)

    @property
    def tasks_on_gpu(self) -> tuple[Task, ...]:
        """The tasks that can be timed on a GPU: those of `fast.py`, and kernels."""
        return tuple(task for task in self.tasks if task.file == TIMED or task.library == "triton")

    @property
    def is_timed(self) -> bool:
        """Whether the unit has timed tasks."""
        return bool(self.timed_tasks)


class Course(Struct, frozen=True):
    """The whole course.

    Attributes
    ----------
    root : Path
        The folder of `course.toml`.
    name, title : str
    limits : Limits
    units : tuple of Unit
    hidden_points : dict of str to float
        In a student bundle: what each ``unit.task`` is worth in the tests that students do not have. Empty elsewhere.
    """

    root: Path
    name: str
    title: str
    limits: Limits = Limits()
    units: tuple[Unit, ...] = ()
    hidden_points: dict[str, float] = {}

    @property
    def is_bundle(self) -> bool:
        """Whether this is a student bundle, without solutions and hidden tests."""
        return layout.release(self.root).is_file()

    def refuse_bundle(self, reason: str, hint: str = "to see where you stand: grade") -> None:
        """Refuse what only the author's checkout can do.

        Parameters
        ----------
        reason : str
            What a bundle lacks.
        hint : str
            What to do instead.

        Raises
        ------
        CourseError
            This is a student bundle.
        """
        if self.is_bundle:
            raise CourseError(f"this is a student bundle: {reason}", hint)

    def unit(self, name: str) -> Unit:
        """Return the unit of this name.

        Raises
        ------
        NotFoundError
            There is none; the message proposes the nearest name.
        """
        for unit in self.units:
            if unit.name == name:
                return unit
        raise _no_such("unit", name, [unit.name for unit in self.units])

    def limits_of(self, unit_name: str, task_name: str = "") -> Limits:
        """Return the limits of a unit, or of one of its tasks: the course's, changed by the unit's, by the task's."""
        unit = self.unit(unit_name)
        task = next((task for task in unit.tasks if task.name == task_name), None)
        return self.limits.changed_by(unit.limits).changed_by(task.limits if task else None)

    def task(self, name: str) -> tuple[Unit, Task]:
        """Return the unit and the task for ``task`` or ``unit.task``.

        Raises
        ------
        NotFoundError
            There is none; the message proposes the nearest name.
        """
        ids = {f"{unit.name}.{task.name}": (unit, task) for unit in self.units for task in unit.tasks}
        plain = {task.name: (unit, task) for unit, task in ids.values()}
        found = ids.get(name) or plain.get(name)
        if found:
            return found
        raise self._no_such_task(name, ids if "." in name else plain)

    def _no_such_task(self, name: str, known: dict[str, tuple[Unit, Task]]) -> NotFoundError:
        """Propose the nearest name; of a long list, name only the tasks of the unit that was probably meant."""
        if len(known) <= MOST_NAMES:
            return _no_such("task", name, list(known))
        if close := closest(name, known):
            meant = known[close][0]
            listed = f"tasks of {meant.name}: {', '.join(task.name for task in meant.tasks)}"
        else:
            listed = (
                f"exercises/UNIT/README.md lists a unit's tasks; units: {', '.join(unit.name for unit in self.units)}"
            )
        return NotFoundError(f'there is no task "{name}"{did_you_mean(name, list(known))}', listed)


def not_a_task(course: Course, unit_name: str, task: str) -> str:
    """Say why a test cannot be one of a task; empty where it can."""
    names = [each.name for each in course.unit(unit_name).tasks]
    if task in names:
        return ""
    home = next((unit.name for unit in course.units for each in unit.tasks if each.name == task), "")
    if home:
        return f'is a test of "{task}", no task of this unit but one of {home}: move it there'
    known = did_you_mean(task, names) or f"; its tasks: {', '.join(names)}"
    return f'is a test of "{task}", no task of this unit{known}'


def _no_such(kind: str, name: str, names: list[str]) -> NotFoundError:
    known = ", ".join(names) or "none yet"
    return NotFoundError(f'there is no {kind} "{name}"{did_you_mean(name, names)}', f"{kind}s: {known}")


_WHERE_FROM = {"triton": ("Triton", "pip install 'deepgrade[triton]'")}


def missing(library: str) -> str:
    """Return why tasks written with a library cannot be run here; empty where they can.

    Examples
    --------
    >>> missing("numpy")
    ''
    """
    if library not in _WHERE_FROM or find_spec(library) is not None:
        return ""
    name, command = _WHERE_FROM[library]
    return f"{name} is not installed: {command}"


def cannot_run(unit: Unit) -> dict[str, str]:
    """Return the tasks of a unit that cannot be run here, and why."""
    reasons = {task.name: missing(task.library) for task in unit.tasks}
    return {name: reason for name, reason in reasons.items() if reason}


def files_that_load(unit: Unit) -> tuple[str, ...]:
    """Return the stems of a unit's stub files whose libraries are all there, in the order of the tasks."""
    absent = {task.file for task in unit.tasks if missing(task.library)}
    return tuple(stem for stem in unit.files if stem not in absent)
