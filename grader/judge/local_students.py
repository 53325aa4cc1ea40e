"""Students made from local files: stubs in progress, solutions, and misconceptions in their place."""

import contextlib
import hashlib
import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from grader.course import layout
from grader.course.model import files_that_load, missing
from grader.course.registry import Course, Unit
from grader.course.suite import misconceptions_of
from grader.course.suite import variants_of as written_variants
from grader.judge.local import LocalTransport, finder
from grader.judge.outcomes import DoesNotLoad
from grader.judge.shapes import Signature, read_signatures
from grader.judge.student import Student
from grader.records import Cause, CauseKind
from grader.worker.loader import Package


class LazyModules(Mapping[str, Any]):
    """Modules of a unit by file stem; each is run on first access."""

    def __init__(self, package: Package) -> None:
        self._package = package

    def __getitem__(self, stem: str) -> Any:
        if stem not in self._package.stems:
            raise DoesNotLoad(f"the file {stem}.py is missing", cause=Cause(CauseKind.MISSING_FILE, f"{stem}.py"))
        try:
            return self._package.module(stem)
        except SyntaxError as error:
            file = Path(error.filename or f"{stem}.py").name
            cause = Cause(CauseKind.SYNTAX_ERROR, file, error.lineno or 0)
            message = f"{stem}.py does not load: SyntaxError: {file}, line {error.lineno}: {error.msg}"
            raise DoesNotLoad(message, cause=cause) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._package.stems)

    def __len__(self) -> int:
        return len(self._package.stems)


def sources_in(folder: Path, unit: Unit) -> dict[str, str]:
    """Read a unit's stub files from a folder; missing files are left out."""
    paths = {stem: folder / f"{stem}.py" for stem in unit.files}
    return {stem: path.read_text(encoding="utf-8") for stem, path in paths.items() if path.is_file()}


@cache
def modules_of(
    folder: Path,
    sources: tuple[tuple[str, str], ...],
    libraries: tuple[tuple[str, str], ...],
    broken: tuple[tuple[str, str], ...] = (),
) -> LazyModules:
    """Create a package from the files in a folder, once; tracebacks and breakpoints have the real paths."""
    mark = hashlib.sha256(repr((str(folder), sources)).encode()).hexdigest()[:12]
    package = Package(
        f"{folder.parent.name}_{folder.name}_{mark}",
        dict(sources),
        {stem: str(folder / f"{stem}.py") for stem, _ in sources},
        libraries=dict(libraries),
        broken=dict(broken),
    )
    package.install()
    return LazyModules(package)


def modules_in(folder: Path, unit: Unit) -> LazyModules:
    """Return a unit's modules from the current files in a folder, without those whose libraries are not installed."""
    sources = sources_in(folder, unit)
    loaded = sorted((stem, sources[stem]) for stem in files_that_load(unit) if stem in sources)
    libraries = tuple((stem, unit.library_of(stem)) for stem, _ in loaded)
    absent = {stem: missing(unit.library_of(stem)) or f"{stem}.py is missing" for stem in unit.files}
    broken = tuple((stem, reason) for stem, reason in absent.items() if stem not in dict(loaded))
    return modules_of(folder, tuple(loaded), libraries, broken)


def preload(course: Course, unit_name: str) -> None:
    """Load what a diagnosis needs, so that forks of this process inherit it."""
    signatures(course, unit_name)
    runnable_misconceptions(course.root, unit_name)
    solutions = layout.solutions(course.root, unit_name)
    if solutions.is_dir():
        modules = modules_in(solutions, course.unit(unit_name))
        for stem in modules:
            modules[stem]


def task_files(unit: Unit) -> dict[str, str]:
    """Return the file of each task of a unit."""
    return {task.name: task.file for task in unit.tasks}


def signatures(course: Course, unit_name: str) -> dict[str, Signature]:
    """Read the signatures of a unit's functions from the solutions, or without solutions from the pristine stubs."""
    folders = (
        layout.solutions(course.root, unit_name),
        layout.pristine_stub(course.root, unit_name, "any").parent,
        layout.exercises(course.root, unit_name),
    )
    folder = next((folder for folder in folders if folder.is_dir()), folders[-1])
    by_name: dict[str, Signature] = {}
    for text in sources_in(folder, course.unit(unit_name)).values():
        by_name |= _signatures_of(text)
    return by_name


@lru_cache(maxsize=256)
def _signatures_of(text: str) -> dict[str, Signature]:
    try:
        return read_signatures(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # being edited; loading it reports the error
        return {}


def local_student(
    course: Course, unit_name: str, folder: Path, *, wrap: bool, replaced: Mapping[str, Any] | None = None
) -> Student:
    """Return a student whose code runs in this process.

    Parameters
    ----------
    course : Course
    unit_name : str
    folder : Path
        The unit's folder in `exercises` or `solutions`.
    wrap : bool
        Raise exceptions as `StudentRaised`, as an isolated worker does, rather than unchanged.
    replaced : mapping, optional
        Functions that replace those of the files.
    """
    return LocalStudents(course, unit_name, folder, wrap=wrap).student(replaced)


class LocalStudents:
    """Students whose code runs in this process, from files that are read once.

    Parameters
    ----------
    course : Course
    unit_name : str
    folder : Path
        As for `local_student`.
    wrap : bool
    """

    def __init__(self, course: Course, unit_name: str, folder: Path, *, wrap: bool) -> None:
        unit = course.unit(unit_name)
        self._modules, self._homes = modules_in(folder, unit), task_files(unit)
        self._signatures = signatures(course, unit_name)
        self._wrap = wrap

    def student(self, replaced: Mapping[str, Any] | None = None) -> Student:
        """Return a student with some of the files' functions replaced."""
        return Student(LocalTransport(finder(self._modules, self._homes, replaced), wrap=self._wrap), self._signatures)


@contextlib.contextmanager
def patched(course: Course, unit_name: str, folder: Path, name: str, function: Any) -> Iterator[None]:
    """Replace a function of a folder's files, also for calls within these files.

    Parameters
    ----------
    course : Course
    unit_name : str
    folder : Path
        Folder of the files.
    name : str
        The task.
    function : object
    """
    unit = course.unit(unit_name)
    modules = modules_in(folder, unit)
    original = finder(modules, task_files(unit))(name)
    places = [module for module in modules.values() if vars(module).get(name) is original]
    for module in places:
        setattr(module, name, function)
    try:
        yield
    finally:
        for module in places:
            setattr(module, name, original)


@dataclass(frozen=True)
class RunnableMisconception:
    """A registered misconception that can be run.

    Attributes
    ----------
    task : str
        Task that it solves wrongly.
    text : str
        Feedback for a student who wrote it.
    name : str
        Name of its function.
    function : callable
        Replacement for the task's function or class.
    """

    task: str
    text: str
    name: str
    function: Callable[..., Any]


@cache
def runnable_misconceptions(root: Path, unit_name: str) -> tuple[RunnableMisconception, ...]:
    """Import a unit's misconceptions; none in a student bundle, which lacks the file."""
    registered = misconceptions_of(root, unit_name)
    if not registered:
        return ()
    with importing_from(root):
        defined = vars(importlib.import_module(f"tests.hidden.{unit_name}.misconceptions"))
    return tuple(
        RunnableMisconception(wrong.task, wrong.text, wrong.name, defined[wrong.name])
        for wrong in registered
        if wrong.name in defined
    )


def variants_of(root: Path, unit_name: str) -> dict[str, Any]:
    """Import a unit's variants by name; none if there is no such file."""
    names = [variant.name for variant in written_variants(root, unit_name)]
    if not names:
        return {}
    with importing_from(root):
        module = importlib.import_module(f"tests.hidden.{unit_name}.variants")
    return {name: getattr(module, name) for name in names}


@contextlib.contextmanager
def importing_from(root: Path) -> Iterator[None]:
    """Make `solutions`, `datasets` and `tests` of a course importable."""
    added = str(root) not in sys.path
    if added:
        sys.path.insert(0, str(root))
    try:
        yield
    finally:
        if added:
            sys.path.remove(str(root))
