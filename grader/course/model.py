"""The course as frozen records, and lookup of units and tasks by name."""

from collections.abc import Collection, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct, field
from msgspec.structs import asdict, replace

from grader.course import layout
from grader.errors import CourseError, NotFoundError, closest, did_you_mean
from grader.records import Choice
from grader.records.choices import total
from grader.records.rules import Rules

MOST_NAMES = 40  # maximum number of tasks listed in a message

TIMED = "fast"  # the stub file of a unit's timed tasks

Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*\Z")]
Library = Literal["numpy", "torch", "triton"]
TaskName = Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9_]*\Z")]  # a class begins with a capital
Operator = Annotated[
    str, Meta(pattern=r"^([a-z0-9_]+::[A-Za-z0-9_*]+|\*[A-Za-z0-9_]+\*)\Z")
]  # a name of torch's dispatcher, aten::convolution, or a family, *convolution*
Seconds = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=1)]


class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    """Limits of one call, one test and one submission.

    Attributes
    ----------
    call_seconds, test_seconds, submission_seconds : float
        Time of one call, of all calls of one test, and of all tests of one submission of a unit: the worker's CPU time,
        summed over threads, plus time spent sleeping. Time spent waiting for a core does not count.
    cpu_seconds : int
        CPU time of one worker, summed over threads.
    memory_mib, disk_mib : int
        Memory and disk space of a worker.
    output_kib : int
        Output between two answers.
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
        """Return these limits with some replaced.

        Parameters
        ----------
        changes : LimitChanges or None
            New values; None keeps a limit.

        Returns
        -------
        Limits
        """
        named = {} if changes is None else {name: value for name, value in asdict(changes).items() if value is not None}
        return replace(self, **named)


class LimitChanges(Struct, frozen=True, forbid_unknown_fields=True):
    """Limits of a unit or task that differ from those of the course or unit.

    Attributes
    ----------
    call_seconds, test_seconds, submission_seconds : float or None
        As in `Limits`; None keeps a limit.
    cpu_seconds, memory_mib, disk_mib, output_kib, open_files : int or None
    """

    call_seconds: Seconds | None = None
    test_seconds: Seconds | None = None
    submission_seconds: Seconds | None = None
    cpu_seconds: Count | None = None
    memory_mib: Count | None = None
    disk_mib: Count | None = None
    output_kib: Count | None = None
    open_files: Annotated[int, Meta(ge=16)] | None = None


class Task(Struct, frozen=True, forbid_unknown_fields=True):
    """A function or class that students write.

    Attributes
    ----------
    name : str
        Name of the function or class.
    file : str
        Stem of the stub file.
    title : str
    minutes : int
        Expected working time.
    difficulty : int
        From 1 to 5.
    hints : tuple of str
        Three hints, each more explicit than the one before.
    requires : tuple of str
        Tasks of the unit that its code or its tests call; where one is wrong, the reference stands in for it.
    library : str
        ``numpy``, ``torch`` or ``triton``: the largest library that may be imported.
    forbids : tuple of str
        Torch operators that would do the task's work.
    limits : LimitChanges or None
    tests : str or None
        Task of the unit for which students write tests here; None unless this is such a task, in ``my_tests.py``.
    """

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
    tests: TaskName | None = None

    @property
    def optional(self) -> bool:
        """Whether the task needs a library that not every student has; it costs nothing if left out."""
        return self.library == "triton"


class Unit(Struct, frozen=True, forbid_unknown_fields=True):
    """A unit: a folder of stubs with a handout and a milestone.

    Attributes
    ----------
    name : str
        Name of the folder.
    title : str
    requires : tuple of str
        Units that should be done before.
    opens : tuple of str
        Units that have to be closed before this one is released, since it gives parts of their solutions away.
    milestone : str
        Title of the milestone; empty if there is none.
    limits : LimitChanges or None
    tasks : tuple of Task
    choices : tuple of Choice
        Options among the tasks of which only the best few count.
    """

    name: Name
    title: Annotated[str, Meta(min_length=1)]
    requires: tuple[Name, ...] = ()
    opens: tuple[Name, ...] = ()
    milestone: str = ""
    limits: LimitChanges | None = None
    tasks: tuple[Task, ...] = field(name="task", default=())
    choices: tuple[Choice, ...] = field(name="choice", default=())

    @property
    def files(self) -> tuple[str, ...]:
        """Stems of the stub files without duplicates, in the order of the tasks."""
        return tuple(dict.fromkeys(task.file for task in self.tasks))

    def library_of(self, file: str) -> Library:
        """Return the library that a stub file may import: the largest one among its tasks.

        Parameters
        ----------
        file : str
            Stem of the file.

        Returns
        -------
        str
            ``numpy``, ``torch`` or ``triton``.
        """
        known = [task.library for task in self.tasks if task.file == file]
        return max(known, key=get_args(Library).index, default="numpy")

    def tasks_below(self, name: str) -> frozenset[str]:
        """Return the tasks that a task requires, directly or not.

        Parameters
        ----------
        name : str
            The task; one that the unit does not have requires nothing.

        Returns
        -------
        frozenset of str
        """
        requires = {task.name: task.requires for task in self.tasks}
        waiting, below = list(requires.get(name, ())), set[str]()
        while waiting:
            lower = waiting.pop()
            if lower not in below:
                below.add(lower)
                waiting += requires.get(lower, ())
        return frozenset(below)

    def worth(self, points: Mapping[str, float]) -> float:
        """Return the sum of points by task, of each choice only its best options'.

        Parameters
        ----------
        points : mapping of str to float
            Points by task; other names than the unit's tasks do not count.

        Returns
        -------
        float
        """
        return total({task.name: points[task.name] for task in self.tasks if task.name in points}, self.choices)

    @property
    def timed_tasks(self) -> tuple[Task, ...]:
        """Tasks timed against torch's operators: those in `fast.py`."""
        return tuple(task for task in self.tasks if task.file == TIMED)

    @property
    def tasks_on_gpu(self) -> tuple[Task, ...]:
        """Tasks that can be timed on a GPU: those in `fast.py`, and Triton kernels."""
        return tuple(task for task in self.tasks if task.file == TIMED or task.library == "triton")

    @property
    def is_timed(self) -> bool:
        """Whether the unit has timed tasks."""
        return bool(self.timed_tasks)


class Course(Struct, frozen=True):
    """A course.

    Attributes
    ----------
    root : Path
        The folder of `course.toml`.
    name, title : str
    limits : Limits
    units : tuple of Unit
    hidden_points : dict of str to float
        In a student bundle, the points of each ``unit.task`` in the hidden tests; otherwise empty.
    hidden_properties : dict of str to tuple of str
        In a student bundle, what the hidden tests of each ``unit.task`` look at; otherwise empty.
    rules : Rules
        How grades follow from results.
    """

    root: Path
    name: str
    title: str
    limits: Limits = Limits()
    units: tuple[Unit, ...] = ()
    hidden_points: dict[str, float] = {}
    hidden_properties: dict[str, tuple[str, ...]] = {}
    rules: Rules = Rules()

    @property
    def is_bundle(self) -> bool:
        """Whether this is a student bundle, without solutions and hidden tests."""
        return layout.release(self.root).is_file()

    def refuse_bundle(self, reason: str, hint: str = "to see where you stand: grade") -> None:
        """Raise if this is a student bundle.

        Parameters
        ----------
        reason : str
            Description of what a bundle lacks.
        hint : str
            Suggestion of what to do instead.

        Raises
        ------
        CourseError
            If this is a student bundle.
        """
        if self.is_bundle:
            raise CourseError(f"this is a student bundle: {reason}", hint)

    def hidden_worth(self, unit: Unit, tasks: Collection[str] | None = None) -> float:
        """Return the points of a unit's hidden tests, of all tasks or of some, as far as a student bundle knows them.

        Parameters
        ----------
        unit : Unit
        tasks : collection of str, optional

        Returns
        -------
        float
        """
        names = [task.name for task in unit.tasks if tasks is None or task.name in tasks]
        return unit.worth({name: self.hidden_points.get(f"{unit.name}.{name}", 0.0) for name in names})

    def unit(self, name: str) -> Unit:
        """Return the unit of this name.

        Parameters
        ----------
        name : str

        Returns
        -------
        Unit

        Raises
        ------
        NotFoundError
            If there is none; the message suggests the nearest name.
        """
        for unit in self.units:
            if unit.name == name:
                return unit
        raise _no_such("unit", name, [unit.name for unit in self.units])

    def limits_of(self, unit_name: str, task_name: str = "") -> Limits:
        """Return the limits of a unit or task: the course's, overridden by the unit's, then by the task's.

        Parameters
        ----------
        unit_name : str
        task_name : str
            The task; if empty, the unit's own limits are returned.

        Returns
        -------
        Limits
        """
        unit = self.unit(unit_name)
        task = next((task for task in unit.tasks if task.name == task_name), None)
        return self.limits.changed_by(unit.limits).changed_by(task.limits if task else None)

    def task(self, name: str) -> tuple[Unit, Task]:
        """Return the unit and the task for ``task`` or ``unit.task``.

        Parameters
        ----------
        name : str

        Returns
        -------
        unit : Unit
        task : Task

        Raises
        ------
        NotFoundError
            If there is none; the message suggests the nearest name.
        """
        ids = {f"{unit.name}.{task.name}": (unit, task) for unit in self.units for task in unit.tasks}
        plain = {task.name: (unit, task) for unit, task in ids.values()}
        match = ids.get(name) or plain.get(name)
        if match:
            return match
        raise self._no_such_task(name, ids if "." in name else plain)

    def _no_such_task(self, name: str, known: dict[str, tuple[Unit, Task]]) -> NotFoundError:
        """Return an error that suggests the nearest name; in a large course, it lists only one unit's tasks."""
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
    """Return why a test cannot belong to a task; empty if it can.

    Parameters
    ----------
    course : Course
    unit_name : str
    task : str

    Returns
    -------
    str
    """
    names = [known.name for known in course.unit(unit_name).tasks]
    if task in names:
        return ""
    home = next((unit.name for unit in course.units for known in unit.tasks if known.name == task), "")
    if home:
        return f'is a test of "{task}", no task of this unit but one of {home}: move it there'
    known = did_you_mean(task, names) or f"; its tasks: {', '.join(names)}"
    return f'is a test of "{task}", no task of this unit{known}'


def _no_such(kind: str, name: str, names: list[str]) -> NotFoundError:
    known = ", ".join(names) or "none yet"
    return NotFoundError(f'there is no {kind} "{name}"{did_you_mean(name, names)}', f"{kind}s: {known}")


_WHERE_FROM = {"triton": ("Triton", "pip install 'deepgrade[triton]'")}


def missing(library: str) -> str:
    """Return why tasks that use a library cannot run here; empty if they can.

    Parameters
    ----------
    library : str
        ``numpy``, ``torch`` or ``triton``.

    Returns
    -------
    str

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
    """Return the tasks of a unit that cannot run here, with reasons.

    Parameters
    ----------
    unit : Unit

    Returns
    -------
    dict of str to str
        Reasons by task.
    """
    reasons = {task.name: missing(task.library) for task in unit.tasks}
    return {name: reason for name, reason in reasons.items() if reason}


def files_that_load(unit: Unit) -> tuple[str, ...]:
    """Return the stems of a unit's stub files whose libraries are installed, in the order of the tasks.

    Parameters
    ----------
    unit : Unit

    Returns
    -------
    tuple of str
    """
    absent = {task.file for task in unit.tasks if missing(task.library)}
    return tuple(stem for stem in unit.files if stem not in absent)
