"""Builder of an autograder for Gradescope: a zip with the course inside that grades one unit there.

It holds solutions, hidden tests and the secret, so it is for Gradescope's image alone. Source of its layout: the
specification of Gradescope's autograders (`setup.sh`, `run_autograder`, both at the top of the archive).
"""

import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from grader.atomic import write_atomically
from grader.course import layout
from grader.course.model import Unit
from grader.course.registry import Course
from grader.course.templates import fill
from grader.release.bundle import build_wheel, runtime_constraints

RUN, SETUP = "run_autograder", "setup.sh"
EXECUTABLE, PRIVATE = 0o755, 0o600
COURSE = "course"
TIME = (2020, 1, 1, 0, 0, 0)  # the same course gives the same bytes
_LEFT_OUT = ("__pycache__", ".pytest_cache", ".deepgrade")


def write_autograder(
    course: Course,
    unit: Unit,
    destination: Path,
    secret: str,
    *,
    make_wheel: Callable[[Path, Path], Path] = build_wheel,
) -> Path:
    """Write the zip that Gradescope takes as an autograder.

    Parameters
    ----------
    course : Course
        An author's checkout.
    unit : Unit
        The unit that it grades.
    destination : Path
        The archive to write.
    secret : str
        The course's secret, so that cases are the same there and here.
    make_wheel : callable, optional
        Builds the engine's wheel from a project's folder into another folder.

    Returns
    -------
    Path

    Raises
    ------
    CourseError
        If this is a student bundle, or the wheel cannot be built.
    UnavailableError
        If the tools that build it are not installed.
    DeepgradeError
        If the archive cannot be written.
    """
    course.refuse_bundle("it has no hidden tests to grade with")
    with tempfile.TemporaryDirectory() as folder:
        wheel = make_wheel(course.root, Path(folder))
        archive = Path(folder) / "autograder.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
            _add(packed, SETUP, fill(f"gradescope/{SETUP}", wheel=wheel.name).encode(), EXECUTABLE)
            _add(packed, RUN, fill(f"gradescope/{RUN}", unit=unit.name).encode(), EXECUTABLE)
            _add(packed, "constraints.txt", runtime_constraints(course.root).encode())
            _add(packed, wheel.name, wheel.read_bytes())
            _add(packed, f"{COURSE}/{layout.secret_path(Path()).name}", f"{secret}\n".encode())
            for path in _course_files(course.root):
                _add(packed, f"{COURSE}/{layout.relative_name(path, course.root)}", path.read_bytes())
        return write_atomically(destination, archive.read_bytes())


def _course_files(root: Path) -> Iterator[Path]:
    """Yield what grading needs of a course: registry, exercises, solutions, hidden tests, data."""
    yield layout.registry(root)
    for folder in (layout.exercises(root), layout.solutions(root), layout.hidden(root), layout.datasets(root)):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not any(part in _LEFT_OUT for part in path.relative_to(root).parts):
                yield path


def _add(packed: zipfile.ZipFile, name: str, data: bytes, mode: int = PRIVATE) -> None:
    entry = zipfile.ZipInfo(name, TIME)
    entry.external_attr = (0o100000 | mode) << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    packed.writestr(entry, data)
