"""Where everything of a course lies: the one place that spells its paths."""

from pathlib import Path

REGISTRY = "course.toml"
UNIT_FILE = "unit.toml"
RELEASE = "release.json"


def relative_name(path: Path, root: Path) -> str:
    """Return how messages and archives name a file: its path below `root`, with slashes on every platform."""
    return path.relative_to(root).as_posix()


def registry(root: Path) -> Path:
    """Return the registry of the course: its title, its limits, the order of its units."""
    return root / REGISTRY


def release(root: Path) -> Path:
    """Return the file that makes a folder a student bundle."""
    return root / RELEASE


def exercises(root: Path, unit: str = "") -> Path:
    """Return the folder of what students get, of one unit or of all."""
    return root / "exercises" / unit


def solutions(root: Path, unit: str = "") -> Path:
    """Return the folder that stubs are cut from, of one unit or of all."""
    return root / "solutions" / unit


def hidden(root: Path, unit: str = "") -> Path:
    """Return the folder of the hidden suites, of one unit or of all."""
    return root / "tests" / "hidden" / unit


def datasets(root: Path) -> Path:
    """Return the folder of the course's data."""
    return root / "datasets"


def unit_file(root: Path, unit: str) -> Path:
    """Return the unit's part of the registry: its tasks, their minutes and hints."""
    return exercises(root, unit) / UNIT_FILE


def equivalents(root: Path, unit: str) -> Path:
    """Return the list of mutants of the unit's solutions that no test can notice."""
    return hidden(root, unit) / "equivalents.toml"


def stub_path(root: Path, unit: str, file: str) -> Path:
    """Return the file that the student fills; `file` is its stem."""
    return exercises(root, unit) / f"{file}.py"


def solution_path(root: Path, unit: str, file: str) -> Path:
    """Return the solution that the stub is cut from."""
    return solutions(root, unit) / f"{file}.py"


def handout(root: Path, unit: str) -> Path:
    """Return the unit's text for students."""
    return exercises(root, unit) / "README.md"


def visible_test(root: Path, unit: str, file: str) -> Path:
    """Return the tests that students have."""
    return exercises(root, unit) / f"test_{file}.py"


def hidden_test(root: Path, unit: str, file: str) -> Path:
    """Return the tests that students do not have."""
    return hidden(root, unit) / f"test_{file}.py"


def misconceptions(root: Path, unit: str) -> Path:
    """Return the wrong answers that the hidden suite must catch."""
    return hidden(root, unit) / "misconceptions.py"


def variants(root: Path, unit: str) -> Path:
    """Return the other right answers that the hidden suite must accept."""
    return hidden(root, unit) / "variants.py"


def milestone(root: Path, unit: str) -> Path:
    """Return the students' copy of the unit's piece of history."""
    return exercises(root, unit) / "milestone.py"


def workloads(root: Path, unit: str) -> Path:
    """Return the students' copy of what the unit's timed tasks are timed on."""
    return exercises(root, unit) / "workloads.py"


def workloads_source(root: Path, unit: str) -> Path:
    """Return what the unit's timed tasks are timed on, copied for students as it is."""
    return solutions(root, unit) / "workloads.py"


def tiers(root: Path, unit: str) -> Path:
    """Return the thresholds of a unit's timed tasks, as the calibration wrote them."""
    return hidden(root, unit) / "tiers.toml"


def trivial(root: Path, unit: str) -> Path:
    """Return the list of tests that an answer without any work passes."""
    return hidden(root, unit) / "trivial.toml"


def milestone_source(root: Path, unit: str) -> Path:
    """Return the milestone that is copied for students as it is."""
    return solutions(root, unit) / "milestone.py"


def picture(root: Path, unit: str) -> Path:
    """Return the picture of the unit's handout."""
    return exercises(root, unit) / "picture.svg"


def picture_source(root: Path, unit: str) -> Path:
    """Return the text that draws the handout's picture."""
    return solutions(root, unit) / "picture.py"


def pristine_stub(root: Path, unit: str, file: str) -> Path:
    """Return the untouched stub that a student bundle keeps for `grade reset`."""
    return root / ".stubs" / unit / f"{file}.py"


def state_folder(root: Path) -> Path:
    """Return the folder of what the engine remembers: hints used, last results, backups."""
    return root / ".deepgrade"


def backups(root: Path, unit: str) -> Path:
    """Return the folder of what `grade reset` replaced."""
    return state_folder(root) / "backups" / unit


def secret_path(root: Path) -> Path:
    """Return the file of the course secret that test seeds derive from."""
    return root / ".course-secret"
