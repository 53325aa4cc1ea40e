"""Update of a student's bundle by a newer one: tests, handouts and untouched stubs are replaced, work is kept.

Every file is written atomically, a stub before its original, and `release.json` last. So an update that was broken off
is finished by starting it again.
"""

import difflib
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path, PurePosixPath

from msgspec import Struct

from grader.atomic import write_atomically
from grader.course import layout
from grader.course.registry import Course, load_course
from grader.errors import CourseError, DeepgradeError, NotFoundError
from grader.release.backups import WRITABLE
from grader.submissions.intake import is_junk

MOST_FILES = 10_000
MOST_BYTES = 512 * 1024**2
FRESH = "unpack the new bundle again, or get a fresh copy of it"
_NEVER = frozenset({".deepgrade", ".venv", "venv", ".git"})


class KeptStub(Struct, frozen=True):
    """A stub that the student has worked on and that is other in the new bundle.

    Attributes
    ----------
    name : str
        Path in the bundle.
    diff : tuple of str
        What has changed from the old stub to the new one.
    """

    name: str
    diff: tuple[str, ...]


class UpdatePlan(Struct, frozen=True):
    """Changes that an update makes.

    Attributes
    ----------
    source : Path
        The new bundle.
    written : tuple of str
        Files that are new or other, in the order in which they are written.
    removed : tuple of str
        Files of the old bundle that the new one does not have.
    kept : tuple of KeptStub
    """

    source: Path
    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    kept: tuple[KeptStub, ...] = ()

    @property
    def renews_engine(self) -> bool:
        """Whether the engine has to be installed again."""
        return any(name.endswith(".whl") or name in ("requirements.txt", "constraints.txt") for name in self.written)


@contextmanager
def opened_bundle(path: Path) -> Iterator[Path]:
    """Yield the folder of a bundle, which may be packed as a zip.

    Parameters
    ----------
    path : Path

    Raises
    ------
    NotFoundError
        If there is neither.
    DeepgradeError
        If the zip is broken, too large, or would write outside of its folder.
    """
    if path.is_dir():
        yield _bundle_in(path)
        return
    if not path.is_file():
        raise NotFoundError(f"there is no {path}", "grade update FOLDER, or a zip")
    with tempfile.TemporaryDirectory() as folder:
        _unpack(path, Path(folder))
        yield _bundle_in(Path(folder))


def _bundle_in(folder: Path) -> Path:
    """Return the folder with `release.json`: this one, or the only one in it."""
    inner = [path for path in folder.iterdir() if path.is_dir() and not is_junk(path.name)]
    candidates = [folder, *inner] if len(inner) == 1 else [folder]
    for candidate in candidates:
        if layout.release(candidate).is_file() and layout.registry(candidate).is_file():
            return candidate
    raise CourseError(f"{folder.name} is no bundle: it has no {layout.RELEASE}", FRESH)


def _unpack(path: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not (member.is_dir() or is_junk(member.filename))]
            if len(members) > MOST_FILES or sum(member.file_size for member in members) > MOST_BYTES:
                raise DeepgradeError(f"{path.name} is too large for a bundle", FRESH)
            for member in members:
                _require_inside(member.filename)
                if stat.S_ISLNK(member.external_attr >> 16):
                    raise DeepgradeError(f"{path.name} holds a link: {member.filename}", FRESH)
            for member in members:
                target = folder / member.filename
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.read(member))
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise DeepgradeError(f"{path.name} cannot be read as a zip: {error}", FRESH) from None


def _require_inside(name: str) -> None:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if not parts or name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
        raise DeepgradeError(f"a file would be written outside of the folder: {name}", FRESH)


def plan_update(course: Course, source: Path) -> UpdatePlan:
    """Return what an update would do; nothing is written.

    Parameters
    ----------
    course : Course
        The student's bundle.
    source : Path
        The folder of the new bundle.

    Raises
    ------
    CourseError
        If this is no bundle, or the new one is broken or of another course.
    """
    root = course.root
    newer = _checked(course, source)
    names = [layout.relative_name(path, source) for path in sorted(source.rglob("*")) if path.is_file()]
    ours = [name for name in names if PurePosixPath(name).parts[0] not in _NEVER and not is_junk(name)]
    stubs = {f"exercises/{unit.name}/{stem}.py" for unit in newer.units for stem in unit.files}
    untouched = [name for name in sorted(stubs) if _is_untouched(root, source, name)]
    kept = [_kept_stub(root, source, name) for name in sorted(stubs) if name not in untouched]
    others = sorted({*ours} - stubs, key=_rank)
    written = [name for name in [*untouched, *others] if not _is_equal(root / name, source / name)]
    return UpdatePlan(
        source, tuple(written), tuple(_superseded(root, {*ours})), tuple(stub for stub in kept if stub.diff)
    )


def _checked(course: Course, source: Path) -> Course:
    if not course.is_bundle:
        raise CourseError("this is no student bundle but an author's checkout", "git pull")
    if source.resolve() == course.root:
        raise CourseError("this is the bundle itself", "name the folder or the zip of the new one")
    newer = load_course(source)
    if newer.name != course.name:
        raise CourseError(f'the new bundle is of the course "{newer.name}", this one is "{course.name}"', FRESH)
    for unit in newer.units:
        for stem in unit.files:
            for path in (layout.stub_path(source, unit.name, stem), layout.pristine_stub(source, unit.name, stem)):
                if not path.is_file():
                    raise CourseError(f"the new bundle lacks {layout.relative_name(path, source)}", FRESH)
    return newer


def _rank(name: str) -> tuple[int, str]:
    """Return a key that sorts originals behind other files, and the mark of a finished update last."""
    return (2 if name == layout.RELEASE else int(name.startswith(".stubs/")), name)


def _original(root: Path, name: str) -> Path:
    """Return the original of a stub."""
    return root / ".stubs" / PurePosixPath(name).relative_to("exercises")


def _is_untouched(root: Path, source: Path, name: str) -> bool:
    """Return whether a stub is missing, or still as the old or the new bundle has it."""
    path = root / name
    return not path.exists() or _is_equal(path, _original(root, name)) or _is_equal(path, source / name)


def _is_equal(one: Path, other: Path) -> bool:
    """Return whether two files have the same content, whatever their line ends."""
    if not (one.is_file() and other.is_file()):
        return False
    return one.read_bytes().replace(b"\r\n", b"\n") == other.read_bytes().replace(b"\r\n", b"\n")


def _kept_stub(root: Path, source: Path, name: str) -> KeptStub:
    old, new = _lines(_original(root, name)), _lines(source / name)
    return KeptStub(
        name, tuple(difflib.unified_diff(old, new, f"{name}, as it was", f"{name}, as it is now", lineterm=""))
    )


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []


def _superseded(root: Path, names: set[str]) -> Iterator[str]:
    """Yield the files of the old bundle that would go on counting: tests, originals, the engine."""
    for pattern in ("exercises/*/test_*.py", ".stubs/*/*", "deepgrade-*.whl"):
        for path in sorted(root.glob(pattern)):
            if layout.relative_name(path, root) not in names:
                yield layout.relative_name(path, root)


def carry_out(course: Course, plan: UpdatePlan, now: datetime) -> Path:
    """Write what a plan says, and return the folder in which everything that was replaced is kept.

    Parameters
    ----------
    course : Course
    plan : UpdatePlan
    now : datetime
        Names that folder.

    Raises
    ------
    NoRoomError
        If the disk is full.
    DeepgradeError
        If a file cannot be written; the update can be started again.
    """
    root = course.root
    folder = layout.state_folder(root) / "replaced" / now.strftime("%Y%m%d-%H%M%S")
    if plan.kept:
        text = "\n\n".join("\n".join(stub.diff) for stub in plan.kept) + "\n"
        write_atomically(folder / "stubs.diff", text.encode(), WRITABLE)
    for name in plan.written:
        _keep(root, folder, name)
        write_atomically(root / name, (plan.source / name).read_bytes(), WRITABLE)
    for name in plan.removed:
        _keep(root, folder, name)
        (root / name).unlink()
    return folder


def _keep(root: Path, folder: Path, name: str) -> None:
    """Copy a file before it is replaced, unless it is the engine or an original, which no student writes."""
    path = root / name
    if path.is_file() and not name.endswith(".whl") and not name.startswith(".stubs/"):
        write_atomically(folder / name, path.read_bytes(), WRITABLE)
